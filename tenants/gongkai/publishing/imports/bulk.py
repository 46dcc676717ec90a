"""Writing many rows of one table with one statement, so that its statement-level triggers run once."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from gongkai.core.db import Base
from gongkai.core.uow import UnitOfWork


def draw_ids(uow: UnitOfWork, *, table: type[Base], count: int) -> list[int]:
    """The next `count` ids of a table."""
    draw = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return list(uow.session.scalars(draw, {"table": table.__tablename__, "count": count}))


def insert_rows(uow: UnitOfWork, *, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns; dates become ISO text, lists and mappings JSON."""
    if not rows:
        return
    names = ", ".join(table.__table__.columns[name].name for name in rows[0])
    statement = (
        f"INSERT INTO {table.__tablename__} ({names})"  # noqa: S608 - names come from the table's own columns
        f" SELECT {names} FROM json_populate_recordset(CAST(NULL AS {table.__tablename__}), CAST(:rows AS json))"
    )
    packed = json.dumps(rows, ensure_ascii=False, default=_plain, separators=(",", ":"))
    uow.session.execute(text(statement), {"rows": packed})


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written in bulk")
