"""Transfers brought to a stage: the county's archive with its receiver, lists of months, sent or not."""

from datetime import date

from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.transfers.models import TransferList, TransferRow
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, create_tenant
from tests.factories.world import World, add_person

ARCHIVE = "hx-dag"
SENDING = {"medium": "both", "contact": "李四", "phone": "0550-7654321"}


def archive(world: World, uow: UnitOfWork) -> None:
    """和溪县档案馆 and the person who receives there."""
    new = NewTenant(
        code=ARCHIVE, official_name="和溪县档案馆", short_name="县档案馆", level="county", sort_order=95,
        tenant_type=TenantType.PUBLIC_UTILITY, established_date=date(2026, 3, 1), parent_id=world.units["hx"],
    )  # fmt: skip
    world.units[ARCHIVE] = create_tenant(uow, new=new).id
    add_person(uow, world, f"{ARCHIVE}-{Role.RECEIVER}", ARCHIVE, Role.RECEIVER)


def prepared(world: World, unit: str, period: str, *, kind: str = "archive", hall: str = ARCHIVE) -> int:
    """A list that the unit has to send by the end of the month after 2026-03; returns its id."""
    with world.services.database.system_scope("test") as uow:
        made = TransferList(
            tenant_id=world.units[unit], hall_id=world.units[hall], office_id=world.units["hx"], kind=kind,
            period=period, made_at=uow.now, due_date=date(2026, 4, 7),
        )  # fmt: skip
        uow.session.add(made)
        uow.session.flush()
        return made.id


def list_of(world: World, unit: str, period: str, version: int = 1) -> TransferList:
    """A unit's list of a month for the archive."""
    with world.services.database.system_scope("test") as uow:
        query = select(TransferList).where(
            TransferList.tenant_id == world.units[unit], TransferList.period == period,
            TransferList.hall_id == world.units[ARCHIVE], TransferList.version == version,
        )  # fmt: skip
        return uow.session.scalars(query).one()


def rows_of(world: World, list_id: int) -> list[TransferRow]:
    """The rows of a list in their order."""
    with world.services.database.system_scope("test") as uow:
        query = select(TransferRow).where(TransferRow.list_id == list_id).order_by(TransferRow.position)
        return list(uow.session.scalars(query))
