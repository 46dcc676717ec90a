"""What interpretations and joint documents add to the product."""

from datetime import timedelta

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.follow import announce_overdue, follow_items
from gongkai.publishing.links.queries import count_follow_ups
from gongkai.publishing.links.views import blueprint
from gongkai.publishing.publication import CHANGED


def badge(uow: UnitOfWork, actor: Actor) -> int:
    """Interpretations that are due and reprints that wait, for those who write."""
    return count_follow_ups(uow, tenant_id=actor.tenant_id) if actor.may(Permission.ITEMS_WRITE) else 0


MODULE = Module(
    name="publishing.links",
    blueprints=(blueprint,),
    navigation=(NavigationLink("发布", "解读和转载", "work_links.index", Permission.ITEMS_READ, badge, order=30),),
    handlers={CHANGED: follow_items},
    schedule=(Periodic("publishing.interpretations_overdue", timedelta(hours=1), announce_overdue),),
)
