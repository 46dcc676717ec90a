"""What imports add to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.publishing.imports import held, held_views
from gongkai.publishing.imports.batches import REQUESTED, waiting_count
from gongkai.publishing.imports.held import HANDLERS
from gongkai.publishing.imports.tasks import run_requested
from gongkai.publishing.imports.views import blueprint

MODULE = Module(
    name="publishing.imports",
    blueprints=(blueprint, held_views.blueprint),
    navigation=(
        NavigationLink("发布", "批量导入", "imports.index", Permission.ITEMS_IMPORT, order=60),
        NavigationLink(
            "督查", "历史信息迁移", "imports.office_index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=80
        ),
        NavigationLink(
            "督查", "迁移附件核对", "held_files.index", Permission.MIGRATIONS_ALLOW, badge=held.waiting_count, order=82
        ),
    ),
    handlers={REQUESTED: run_requested, **HANDLERS},
)
