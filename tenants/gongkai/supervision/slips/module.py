"""What reminder slips add to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.supervision.slips import unit_views, views
from gongkai.supervision.slips.notices import HANDLERS, remind_units
from gongkai.supervision.slips.queries import count_replied, count_waiting

MODULE = Module(
    name="supervision.slips",
    blueprints=(views.blueprint, unit_views.blueprint),
    navigation=(
        NavigationLink("待办", "工作提示单", "own_slips.index", Permission.FINDINGS_READ, count_waiting, order=52),
        NavigationLink("督查", "工作提示单", "slips.index", Permission.SLIPS_WRITE, count_replied, order=32),
    ),
    handlers=HANDLERS,
    schedule=(Periodic("supervision.remind_slips", timedelta(hours=1), remind_units),),
)
