"""What old pages add to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.publishing.oldpages.arrival import RELEASED
from gongkai.publishing.oldpages.cli import oldpages
from gongkai.publishing.oldpages.queries import waiting_count
from gongkai.publishing.oldpages.tasks import run_released
from gongkai.publishing.oldpages.uploads import UPLOADED, read_uploads
from gongkai.publishing.oldpages.views import blueprint

MODULE = Module(
    name="publishing.oldpages",
    blueprints=(blueprint,),
    commands=(oldpages,),
    navigation=(
        NavigationLink(
            "督查", "旧网页核对", "old_pages.index", Permission.MIGRATIONS_ALLOW, badge=waiting_count, order=81
        ),
    ),
    handlers={RELEASED: run_released, UPLOADED: read_uploads},
)
