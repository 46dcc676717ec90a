"""What the training register adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.training import attendance_views, views
from gongkai.supervision.training.notices import HANDLERS

MODULE = Module(
    name="supervision.training",
    blueprints=(views.blueprint, attendance_views.blueprint),
    navigation=(
        NavigationLink("督查", "培训登记", "training.index", Permission.FACTS_WRITE, order=52),
        NavigationLink("待办", "培训情况", "training_attendance.own", Permission.FINDINGS_READ, order=60),
    ),
    handlers=HANDLERS,
)
