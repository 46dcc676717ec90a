"""What publishing adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.batches import services as batch_services
from gongkai.publishing.batches import views as batch_views
from gongkai.publishing.batches.tasks import run_deeds
from gongkai.publishing.cli import COMMANDS
from gongkai.publishing.collection import services as collection
from gongkai.publishing.collection import tasks as collection_tasks
from gongkai.publishing.collection import views as collection_views
from gongkai.publishing.collection.cli import collect
from gongkai.publishing.collection.queries import count_proposed
from gongkai.publishing.imports import views as import_views
from gongkai.publishing.imports.batches import REQUESTED, waiting_count
from gongkai.publishing.imports.tasks import run_requested
from gongkai.publishing.screens import BLUEPRINTS, NAVIGATION
from gongkai.publishing.tasks import publish_due

MODULE = Module(
    name="publishing",
    blueprints=(*BLUEPRINTS, import_views.blueprint, batch_views.blueprint, collection_views.blueprint),
    commands=(*COMMANDS, collect),
    navigation=(
        *NAVIGATION,
        NavigationLink("发布", "批量导入", "imports.index", Permission.ITEMS_IMPORT, order=60),
        NavigationLink(
            "督查", "历史信息迁移", "imports.office_index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=80
        ),
        NavigationLink("发布", "信息采集", "collection.index", Permission.INTAKE_MANAGE, order=65),
        NavigationLink(
            "督查",
            "信息采集",
            "collection.office_index",
            Permission.MIGRATIONS_ALLOW,
            badge=count_proposed,
            order=85,
        ),
    ),
    handlers={
        REQUESTED: run_requested,
        batch_services.REQUESTED: run_deeds,
        collection.REQUESTED: collection_tasks.run_requested,
    },
    schedule=(
        Periodic("publishing.publish_due", timedelta(seconds=30), publish_due),
        Periodic("publishing.collect_due", timedelta(minutes=10), collection_tasks.collect_due),
    ),
)
