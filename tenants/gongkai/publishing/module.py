"""What publishing adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing import import_views
from gongkai.publishing.cli import COMMANDS
from gongkai.publishing.import_batches import REQUESTED, waiting_count
from gongkai.publishing.import_tasks import run_requested
from gongkai.publishing.intake import screens as intake
from gongkai.publishing.screens import BLUEPRINTS, NAVIGATION
from gongkai.publishing.signing import screens as signing
from gongkai.publishing.tasks import publish_due

MODULE = Module(
    name="publishing",
    blueprints=(*BLUEPRINTS, import_views.blueprint, *signing.BLUEPRINTS, *intake.BLUEPRINTS),
    commands=COMMANDS,
    navigation=(
        *NAVIGATION,
        *signing.NAVIGATION,
        *intake.NAVIGATION,
        NavigationLink("发布", "批量导入", "imports.index", Permission.ITEMS_IMPORT, order=60),
        NavigationLink(
            "督查", "历史信息迁移", "imports.office_index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=80
        ),
    ),
    handlers={REQUESTED: run_requested},
    schedule=(Periodic("publishing.publish_due", timedelta(seconds=30), publish_due), *intake.SCHEDULE),
)
