"""What stands around naming adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.supervision.rounds import unit_views, views
from gongkai.supervision.rounds.notices import HANDLERS, close_rounds
from gongkai.supervision.rounds.queries import count_own

MODULE = Module(
    name="supervision.rounds",
    blueprints=(views.blueprint, unit_views.blueprint),
    navigation=(
        NavigationLink("待办", "通报核实和阅知", "own_circulars.index", Permission.FINDINGS_READ, count_own, order=51),
    ),
    handlers=HANDLERS,
    schedule=(Periodic("supervision.close_rounds", timedelta(hours=1), close_rounds),),
)
