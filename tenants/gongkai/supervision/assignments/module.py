"""What tasks from above add to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.supervision.assignments import unit_views, views
from gongkai.supervision.assignments.notices import HANDLERS, remind_units
from gongkai.supervision.assignments.queries import count_undone

MODULE = Module(
    name="supervision.assignments",
    blueprints=(views.blueprint, unit_views.blueprint),
    navigation=(
        NavigationLink("待办", "上级任务", "own_assignments.index", Permission.FINDINGS_READ, count_undone, order=54),
        NavigationLink("督查", "上级任务", "assignments.index", Permission.ASSIGNMENTS_WRITE, order=34),
    ),
    handlers=HANDLERS,
    schedule=(Periodic("supervision.remind_assignments", timedelta(hours=1), remind_units),),
)
