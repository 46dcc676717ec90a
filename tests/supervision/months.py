"""Months of published items for tests, written as items so that the database's own trigger counts them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Engine, insert, select

from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import provision_columns
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, create_tenant
from tests.factories.world import World


def publish_month(
    owner: Engine, world: World, unit: str, month: str, number: int, *, column: str = "", **values: Any
) -> None:
    """So many published items of a unit in a month; they count unless `values` says otherwise."""
    period = Period.parse(month)
    instant = f"{period.first_day.isoformat()}T09:00:00+08:00"
    with owner.begin() as connection:
        column_id = connection.execute(
            select(ContentColumn.id).where(
                ContentColumn.tenant_id == world.units[unit],
                ContentColumn.code.in_((column,) if column else ("gsgg", "tgxx")),
            )
        ).scalar_one()
        rows = [
            {
                "tenant_id": world.units[unit],
                "column_id": column_id,
                "state": "published",
                "title": f"{unit}{month}第{place}条",
                "published_at": instant,
                "recorded_at": instant,
                "period": month,
                "index_number": f"{unit}/{month}-{place}-{values.get('key_area_group', '')}",
                "current_version_id": 1,
                "counts_to_quota": True,
                "created_at": instant,
                "updated_at": instant,
                **values,
            }
            for place in range(number)
        ]
        if rows:
            connection.execute(insert(Item), rows)


def publish_months(owner: Engine, world: World, numbers: Mapping[str, Mapping[str, int]]) -> None:
    """Unit → month → number of items."""
    for unit, months in numbers.items():
        for month, number in months.items():
            publish_month(owner, world, unit, month, number)


def add_unit(
    uow: UnitOfWork,
    world: World,
    code: str,
    name: str,
    kind: TenantType,
    *,
    parent: str = "hx",
    established: date = date(2015, 1, 1),
    **values: Any,
) -> int:
    """One more unit with its columns; returns its id."""
    level = "township" if kind is TenantType.TOWNSHIP else "county"
    new = NewTenant(
        code=code, official_name=name, short_name=name, tenant_type=kind, level=level,
        sort_order=500 + len(world.units), established_date=established, parent_id=world.units[parent], **values,
    )  # fmt: skip
    world.units[code] = create_tenant(uow, new=new).id
    provision_columns(uow, tenant_id=world.units[code])
    return world.units[code]
