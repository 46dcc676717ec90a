"""What this room adds to publishing: blueprint, navigation, what follows a change, and the daily look at plans."""

from collections.abc import Mapping
from datetime import timedelta

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.module import EventHandler, NavigationLink, Periodic
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.follow import announce_overdue, follow_items
from gongkai.publishing.links.queries import count_follow_ups
from gongkai.publishing.links.views import blueprint
from gongkai.publishing.publication import CHANGED


def badge(uow: UnitOfWork, actor: Actor) -> int:
    """Interpretations that are due and reprints that wait, for those who write."""
    return count_follow_ups(uow, tenant_id=actor.tenant_id) if actor.may(Permission.ITEMS_WRITE) else 0


BLUEPRINTS = (blueprint,)
NAVIGATION = (NavigationLink("发布", "解读和转载", "work_links.index", Permission.ITEMS_READ, badge, order=30),)
HANDLERS: Mapping[str, EventHandler] = {CHANGED: follow_items}
SCHEDULE = (Periodic("publishing.interpretations_overdue", timedelta(hours=1), announce_overdue),)
