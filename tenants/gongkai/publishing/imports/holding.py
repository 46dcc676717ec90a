"""Rows that wait because of their files: kept whole, and told apart when a list is brought again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.checks import PreparedRow, RowFile
from gongkai.publishing.imports.models import OPEN_STATES, HeldRow
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.rows import MigrationRow

HELD = "held_row.reading"
"""Event: files of a held row are still to be read; carries its id."""


def hold_back(
    uow: UnitOfWork,
    *,
    rows: Sequence[PreparedRow],
    batch_id: int,
    result: ImportResult,
    items: Mapping[str, int] | None = None,
) -> list[PreparedRow]:
    """Keep the rows with concerns until a person has looked at their files; the others are returned.

    `items` is key → public item, where the files belong to one that is there.
    """
    free = []
    for row in rows:
        if not row.concerns:
            free.append(row)
            continue
        result.held += 1
        title = row.given.row.title
        result.hints.extend((row.given.number, row.place.unit.name, title, concern) for concern in row.concerns)
        held = HeldRow(
            tenant_id=row.place.unit.id, batch_id=batch_id, item_id=(items or {}).get(row.key), key=row.key,
            title=title, row=packed(row.given.row), files=[asdict(file) for file in row.files],
            concerns=list(row.concerns), state="reading" if row.unread else "waiting", created_at=uow.now,
        )  # fmt: skip
        uow.session.add(held)
        uow.session.flush()
        if row.unread:
            uow.emit(HELD, held.id)
    return free


def not_held(
    uow: UnitOfWork, *, tenant_id: int, batch_id: int, rows: Sequence[PreparedRow], result: ImportResult
) -> list[PreparedRow]:
    """The rows that do not wait already, and of which nobody has decided that they are not published."""
    keys = sorted({row.key for row in rows if row.files})
    query = select(HeldRow).where(
        HeldRow.tenant_id == tenant_id, HeldRow.key.in_(keys), HeldRow.state.in_((*OPEN_STATES, "rejected"))
    )
    known = {held.key: held for held in (uow.session.scalars(query.order_by(HeldRow.id)) if keys else ())}
    free = []
    for row in rows:
        held = known.get(row.key)
        if held is None or held.state == "released":
            free.append(row)
        elif held.state == "rejected":
            problem = f"附件核对后决定不予发布：{held.reason}"
            row.given.fault("attachments", problem, "确需发布的，请更换附件，以新的外部编号导入", row.given.row.title)
            result.refuse(row.given.faults)
        else:
            result.held += 1
            about = (row.given.number, row.place.unit.name, row.given.row.title)
            if held.batch_id != batch_id:
                result.hints.append((*about, "附件正在核对，没有重复导入"))
    return free


def packed(row: MigrationRow) -> dict[str, Any]:
    """A row as JSON."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in asdict(row).items()
    }


def unpacked(stored: Mapping[str, Any]) -> MigrationRow:
    """The row that `packed` has made JSON of."""
    values = dict(stored)
    for name in ("formed_date", "effective_date", "repealed_date"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    values["published_at"] = datetime.fromisoformat(values["published_at"]) if values["published_at"] else None
    values["attachment_names"] = tuple(values["attachment_names"])
    return MigrationRow(**{field.name: values[field.name] for field in fields(MigrationRow)})


def files_of(held: HeldRow) -> tuple[RowFile, ...]:
    """The files of a held row, which are in the store."""
    return tuple(RowFile(**file) for file in held.files)
