"""What term lists and the checks of files add to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.terms import masked_views, office_views, unit_views
from gongkai.publishing.terms.rereading import ASKED
from gongkai.publishing.terms.services import SWEEP
from gongkai.publishing.terms.sweep import run_sweeps, sweep_changed
from gongkai.publishing.terms.tasks import read_asked, read_backlog, retry_failed, sweep_daily
from gongkai.publishing.terms.texts import ADDED, read_added

MODULE = Module(
    name="publishing.terms",
    blueprints=(office_views.blueprint, unit_views.blueprint, masked_views.blueprint),
    navigation=(
        NavigationLink("督查", "词条名单", "terms.index", Permission.TERMS_MANAGE, order=70),
        NavigationLink(
            "待办", "表述问题", "term_hits.index", Permission.FINDINGS_READ, badge=unit_views.open_hits, order=60
        ),
    ),
    handlers={ADDED: read_added, ASKED: read_asked, SWEEP: run_sweeps, CHANGED: sweep_changed},
    schedule=(
        Periodic("publishing.read_backlog", timedelta(minutes=10), read_backlog),
        Periodic("publishing.retry_texts", timedelta(minutes=10), retry_failed),
        Periodic("publishing.sweep_terms", timedelta(days=1), sweep_daily),
    ),
)
