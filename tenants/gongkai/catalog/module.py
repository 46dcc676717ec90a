"""What the catalogue adds to the product."""

from collections.abc import Sequence

from gongkai.accounts.permissions import Permission
from gongkai.catalog.column_views import blueprint as columns
from gongkai.catalog.guide_views import blueprint as guide
from gongkai.catalog.services import provision_columns
from gongkai.core.module import Module, NavigationLink
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def give_template(_: Services, uow: UnitOfWork, tenant_ids: Sequence[int]) -> None:
    """A new unit gets its template's columns."""
    for tenant_id in tenant_ids:
        provision_columns(uow, tenant_id=tenant_id)


MODULE = Module(
    name="catalog",
    blueprints=(columns, guide),
    handlers={"tenant.created": give_template},
    navigation=(
        NavigationLink("发布", "栏目目录", "columns.index", Permission.COLUMNS_READ, order=60),
        NavigationLink("发布", "公开指南", "guide.index", Permission.GUIDE_WRITE, order=70),
    ),
)
