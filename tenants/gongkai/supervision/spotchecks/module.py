"""What spot checks add to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.spotchecks import views
from gongkai.supervision.spotchecks.queries import count_unchecked

MODULE = Module(
    name="supervision.spotchecks",
    blueprints=(views.blueprint,),
    navigation=(
        NavigationLink("督查", "抽查", "spot_checks.index", Permission.FINDINGS_DECIDE, count_unchecked, order=22),
    ),
)
