"""What the look at everything adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.outlook import unit_views, views

MODULE = Module(
    name="supervision.outlook",
    blueprints=(views.blueprint, unit_views.blueprint),
    navigation=(
        NavigationLink("待办", "本单位情况", "standing.show", Permission.FINDINGS_READ, order=15),
        NavigationLink("督查", "今日办理", "outlook.today", Permission.FINDINGS_DECIDE, order=12),
        NavigationLink("督查", "变化趋势", "outlook.year", Permission.SUPERVISION_READ, order=14),
        NavigationLink("督查", "栏目更新", "outlook.all_columns", Permission.SUPERVISION_READ, order=16),
    ),
)
