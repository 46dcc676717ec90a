"""What collection from elsewhere adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.collection.cli import collect
from gongkai.publishing.collection.queries import count_proposed
from gongkai.publishing.collection.services import REQUESTED
from gongkai.publishing.collection.tasks import collect_due, run_requested
from gongkai.publishing.collection.views import blueprint

MODULE = Module(
    name="publishing.collection",
    blueprints=(blueprint,),
    commands=(collect,),
    navigation=(
        NavigationLink("发布", "信息采集", "collection.index", Permission.INTAKE_MANAGE, order=65),
        NavigationLink(
            "督查", "信息采集", "collection.office_index", Permission.MIGRATIONS_ALLOW, badge=count_proposed, order=82
        ),
    ),
    handlers={REQUESTED: run_requested},
    schedule=(Periodic("publishing.collect_due", timedelta(minutes=10), collect_due),),
)
