"""The screens of what happens afterwards for the module: blueprints and links of the officials' navigation."""

from datetime import timedelta

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle import change_views, validity_views, withheld_views
from gongkai.publishing.lifecycle.queries import count_withheld
from gongkai.publishing.lifecycle.tasks import end_displays, tell_terms

BLUEPRINTS = (change_views.blueprint, validity_views.blueprint, withheld_views.blueprint)


def due_badge(uow: UnitOfWork, actor: Actor) -> int:
    """What the unit does not publish and has to assess by today."""
    return count_withheld(uow, tenant_id=actor.tenant_id, due=shanghai_date(uow.now))


NAVIGATION = (
    NavigationLink("发布", "不予公开信息", "withheld.index", Permission.ITEMS_WRITE, due_badge, order=40),
    NavigationLink("发布", "有效性清理", "validity_lists.index", Permission.VALIDITY_MANAGE, order=50),
)
MODULE = Module(
    name="publishing.lifecycle",
    blueprints=BLUEPRINTS,
    navigation=NAVIGATION,
    schedule=(
        Periodic("publishing.end_displays", timedelta(minutes=10), end_displays),
        Periodic("publishing.tell_terms", timedelta(days=1), tell_terms),
    ),
)
