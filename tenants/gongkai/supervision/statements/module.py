"""What statements of having nothing to publish add to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.statements import unit_views, views
from gongkai.supervision.statements.notices import HANDLERS
from gongkai.supervision.statements.queries import count_to_decide, count_to_sign

MODULE = Module(
    name="supervision.statements",
    blueprints=(views.blueprint, unit_views.blueprint),
    navigation=(
        NavigationLink(
            "待办", "无应公开信息说明", "own_statements.index", Permission.FINDINGS_READ, count_to_sign, order=56
        ),
        NavigationLink(
            "督查", "无应公开信息说明", "statements.index", Permission.SUPERVISION_READ, count_to_decide, order=25
        ),
    ),
    handlers=HANDLERS,
)
