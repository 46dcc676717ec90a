"""Index numbers （索引号）: generated in the publishing transaction without gaps, taken over as found on migration."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from gongkai.catalog.models import IndexCounter, IndexNumber
from gongkai.core.errors import Conflict, Refused
from gongkai.core.text.index_numbers import format_number, sequence_of
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

NO_CODE = "本单位尚未登记编制索引号所需的代码，不能发布信息。请联系市级管理员在“单位管理”中补填。"

_COUNTERS, _NUMBERS = (table.metadata.tables[table.__tablename__] for table in (IndexCounter, IndexNumber))
_ONE_MORE = insert(_COUNTERS)
# Built once: these two run with every publication.
_ADVANCE = _ONE_MORE.on_conflict_do_update(
    index_elements=["tenant_id", "year"],
    set_={"last_sequence": _COUNTERS.c.last_sequence + _ONE_MORE.excluded.last_sequence},
).returning(_COUNTERS.c.last_sequence)
_RECORD = insert(_NUMBERS).on_conflict_do_nothing().returning(_NUMBERS.c.id)


def give_number(uow: UnitOfWork, *, tenant: Tenant, item_id: int, year: int, month: int) -> tuple[str, int]:
    """The next number of a unit in a year; the counter's row lock keeps the sequence without gaps.

    Returns:
        The number and its sequence.

    Raises:
        Refused: when the unit's codes do not give a number of its pattern, or give another unit's.
    """
    sequence = advance_counter(uow, tenant_id=tenant.id, year=year)
    try:
        number = format_number(
            tenant.index_pattern, code=tenant.uscc or "", area=tenant.area_code or "", year=year, month=month,
            sequence=sequence,
        )  # fmt: skip
    except ValueError as error:
        raise Refused(NO_CODE) from error
    _record(uow, tenant.id, item_id, number, year, sequence, generated=True)
    return number, sequence


def take_over_number(uow: UnitOfWork, *, tenant: Tenant, item_id: int, number: str, year: int) -> None:
    """Keep the original number of a migrated item; one of the unit's own pattern raises the counter.

    Raises:
        Conflict: when the unit has this number already.
    """
    taken = uow.session.scalar(
        select(IndexNumber.item_id).where(IndexNumber.tenant_id == tenant.id, IndexNumber.number == number)
    )
    if taken is not None:
        raise Conflict(f"索引号“{number}”已用于本单位另一条信息。")
    sequence = sequence_of(tenant.index_pattern, number, year=year)
    if sequence is not None:
        raise_counter(uow, tenant_id=tenant.id, year=year, sequence=sequence)
    _record(uow, tenant.id, item_id, number, year, sequence, generated=False)


def keep_number(uow: UnitOfWork, *, tenant_id: int, item_id: int, number: str, year: int) -> None:
    """Record the number that a reprint keeps, its source's; no counter of the unit knows of it.

    Raises:
        Refused: when the unit has this number already.
    """
    _record(uow, tenant_id, item_id, number, year, None, generated=False)


def raise_counter(uow: UnitOfWork, *, tenant_id: int, year: int, sequence: int) -> None:
    """Make sure that the next generated number lies above `sequence`."""
    raised = insert(IndexCounter).values(tenant_id=tenant_id, year=year, last_sequence=sequence)
    uow.session.execute(
        raised.on_conflict_do_update(
            index_elements=["tenant_id", "year"],
            set_={"last_sequence": func.greatest(IndexCounter.last_sequence, raised.excluded.last_sequence)},
        )
    )


def advance_counter(uow: UnitOfWork, *, tenant_id: int, year: int, by: int = 1) -> int:
    """Take the next `by` sequences of a unit in a year; returns the last of them."""
    values = {"tenant_id": tenant_id, "year": year, "last_sequence": by}
    return int(uow.session.execute(_ADVANCE, values).scalar_one())


def _record(
    uow: UnitOfWork,
    tenant_id: int,
    item_id: int,
    number: str,
    year: int,
    sequence: int | None,
    *,
    generated: bool,
) -> None:
    values = {
        "tenant_id": tenant_id, "item_id": item_id, "number": number, "generated": generated, "year": year,
        "sequence": sequence, "given_at": uow.now,
    }  # fmt: skip
    if uow.session.execute(_RECORD, values).first() is None:
        raise Refused(f"索引号“{number}”已被使用，信息没有发布。请联系市级管理员在“单位管理”中核对本单位的代码。")
