"""What publishing adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing import import_views
from gongkai.publishing.cli import COMMANDS
from gongkai.publishing.import_batches import REQUESTED, waiting_count
from gongkai.publishing.import_tasks import run_requested
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.screens import BLUEPRINTS, NAVIGATION
from gongkai.publishing.tasks import publish_due
from gongkai.publishing.terms import masked_views, office_views, unit_views
from gongkai.publishing.terms.services import SWEEP
from gongkai.publishing.terms.sweep import run_sweeps, sweep_changed
from gongkai.publishing.terms.tasks import read_backlog, sweep_daily
from gongkai.publishing.terms.texts import ADDED, read_added

MODULE = Module(
    name="publishing",
    blueprints=(
        *BLUEPRINTS,
        import_views.blueprint,
        office_views.blueprint,
        unit_views.blueprint,
        masked_views.blueprint,
    ),
    commands=COMMANDS,
    navigation=(
        *NAVIGATION,
        NavigationLink("发布", "批量导入", "imports.index", Permission.ITEMS_IMPORT, order=60),
        NavigationLink(
            "督查", "历史信息迁移", "imports.office_index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=80
        ),
        NavigationLink("督查", "词条名单", "terms.index", Permission.TERMS_MANAGE, order=70),
        NavigationLink(
            "待办", "表述问题", "term_hits.index", Permission.FINDINGS_READ, badge=unit_views.open_hits, order=60
        ),
    ),
    handlers={REQUESTED: run_requested, ADDED: read_added, SWEEP: run_sweeps, CHANGED: sweep_changed},
    schedule=(
        Periodic("publishing.publish_due", timedelta(seconds=30), publish_due),
        Periodic("publishing.read_backlog", timedelta(minutes=10), read_backlog),
        Periodic("publishing.sweep_terms", timedelta(days=1), sweep_daily),
    ),
)
