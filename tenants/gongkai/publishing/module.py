"""What publishing adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing import import_views
from gongkai.publishing.archive import views as archive_views
from gongkai.publishing.cli import COMMANDS
from gongkai.publishing.emergency import views as emergency_views
from gongkai.publishing.emergency.queries import count_without_paper
from gongkai.publishing.emergency.tasks import remind_papers
from gongkai.publishing.import_batches import REQUESTED, waiting_count
from gongkai.publishing.import_tasks import run_requested
from gongkai.publishing.links import screens as links
from gongkai.publishing.screens import BLUEPRINTS, NAVIGATION
from gongkai.publishing.signing import screens as signing
from gongkai.publishing.tasks import publish_due

MODULE = Module(
    name="publishing",
    blueprints=(
        *BLUEPRINTS,
        import_views.blueprint,
        *signing.BLUEPRINTS,
        *links.BLUEPRINTS,
        emergency_views.blueprint,
        archive_views.blueprint,
    ),
    commands=COMMANDS,
    navigation=(
        *NAVIGATION,
        *signing.NAVIGATION,
        *links.NAVIGATION,
        NavigationLink("发布", "批量导入", "imports.index", Permission.ITEMS_IMPORT, order=60),
        NavigationLink(
            "督查", "历史信息迁移", "imports.office_index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=80
        ),
        NavigationLink(
            "督查", "紧急撤下", "emergency.index", Permission.EMERGENCY_TAKE_DOWN, badge=count_without_paper, order=90
        ),
    ),
    handlers={REQUESTED: run_requested, **links.HANDLERS},
    schedule=(
        Periodic("publishing.publish_due", timedelta(seconds=30), publish_due),
        Periodic("publishing.remind_emergency_papers", timedelta(hours=1), remind_papers),
        *links.SCHEDULE,
    ),
)
