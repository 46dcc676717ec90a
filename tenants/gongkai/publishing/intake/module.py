"""What intake from document systems adds to the product."""

from datetime import timedelta

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.intake import api_views, attribute_views, queries, sender_views, views
from gongkai.publishing.intake.tasks import read_folder, tidy_up


def waiting_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Documents that nobody of the unit has taken on, for the people who can."""
    return queries.count_untouched(uow, tenant_id=actor.tenant_id) if actor.may(Permission.ITEMS_WRITE) else 0


BLUEPRINTS = (api_views.blueprint, views.blueprint, sender_views.blueprint, attribute_views.blueprint)
NAVIGATION = (
    NavigationLink("发布", "公文系统来文", "intake.index", Permission.ITEMS_READ, waiting_badge, order=12),
    NavigationLink("发布", "公开属性统计", "attributes.own", Permission.ITEMS_READ, order=70),
    NavigationLink("督查", "公开属性统计", "attributes.office", Permission.SUPERVISION_READ, order=55),
    NavigationLink("设置", "公文系统接入", "intake_senders.index", Permission.INTAKE_MANAGE, order=40),
)
SCHEDULE = (
    Periodic("publishing.intake_folder", timedelta(minutes=1), read_folder),
    Periodic("publishing.intake_nonces", timedelta(minutes=10), tidy_up),
)
MODULE = Module(name="publishing.intake", blueprints=BLUEPRINTS, navigation=NAVIGATION, schedule=SCHEDULE)
