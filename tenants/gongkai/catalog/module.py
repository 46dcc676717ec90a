"""What the catalogue adds to the product."""

from collections.abc import Sequence

from gongkai.catalog.services import provision_columns
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def give_template(_: Services, uow: UnitOfWork, tenant_ids: Sequence[int]) -> None:
    """A new unit gets its template's columns."""
    for tenant_id in tenant_ids:
        provision_columns(uow, tenant_id=tenant_id)


MODULE = Module(name="catalog", handlers={"tenant.created": give_template})
