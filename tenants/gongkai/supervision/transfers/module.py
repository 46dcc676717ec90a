"""What transfers to archives and libraries add to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.supervision.transfers import hall_views, tasks, unit_views, views
from gongkai.supervision.transfers.notices import HANDLERS
from gongkai.supervision.transfers.queries import count_arrived, count_overdue, count_waiting

MODULE = Module(
    name="supervision.transfers",
    blueprints=(views.blueprint, unit_views.blueprint, hall_views.blueprint),
    navigation=(
        NavigationLink("待办", "送交两馆", "own_transfers.index", Permission.TRANSFERS_SEND, count_waiting, order=56),
        NavigationLink(
            "待办", "接收政府信息", "receiving.index", Permission.TRANSFERS_RECEIVE, count_arrived, order=57
        ),
        NavigationLink("督查", "送交两馆", "transfers.index", Permission.FACTS_WRITE, count_overdue, order=54),
    ),
    handlers=HANDLERS,
    schedule=(Periodic("supervision.transfer_lists", timedelta(hours=3), tasks.run),),
)
