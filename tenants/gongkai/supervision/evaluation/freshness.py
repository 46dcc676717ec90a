"""Columns: not updated in time, blank, soon due; many of them are a veto (SR-U1 to SR-U6, 19号 V3 and V4).

A column that is blank is not counted as stale as well (`supervision.md` 3.1: no double deduction).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from gongkai.catalog.freshness import next_due
from gongkai.catalog.models import INBOX_CODE
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import UpdatePeriod, plus_months
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values
from gongkai.tenancy.kinds import SUPERVISING_TYPES

PORTAL, NEWS, NOTICE, OTHER, EMPTY, SOON = "SR-U1", "SR-U2", "SR-U3", "SR-U4", "SR-U5", "SR-U6"
MANY, MANY_OTHER, MANY_EMPTY = "SR-V41", "SR-V42", "SR-V43"
CODES = (PORTAL, NEWS, NOTICE, OTHER, EMPTY, SOON, MANY, MANY_OTHER, MANY_EMPTY)
_STALE = {"news": NEWS, "notice": NOTICE}

_COLUMNS = text("""
SELECT c.tenant_id, c.id, c.name, c.rule_type, c.update_period, c.created_at,
    (SELECT max(i.published_at) FROM item AS i
     WHERE i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public) AS published,
    (SELECT max(i.refreshed_at) FROM item AS i
     WHERE i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public AND i.refreshed_at IS NOT NULL) AS refreshed
FROM content_column AS c
WHERE c.tenant_id = ANY (CAST(:units AS bigint[])) AND c.active AND c.accepts_items AND c.code <> :inbox
""")
_PORTALS = text("""
SELECT portal.id, max(latest.at) AS updated
FROM tenant AS portal JOIN tenant AS unit ON unit.path <@ portal.path
CROSS JOIN LATERAL (
    SELECT max(i.published_at) AS at FROM item AS i WHERE i.tenant_id = unit.id AND i.is_public) AS latest
WHERE portal.id = ANY (CAST(:portals AS bigint[]))
GROUP BY portal.id
""")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that takes items; `updated` is the day of its last publication or change, None where it is blank."""

    id: int
    name: str
    rule_type: str
    period: UpdatePeriod
    opened: date
    updated: date | None


@dataclass(frozen=True, slots=True)
class Columns:
    """A unit with its columns; `portal`: last publication of all units of a government's portal, None without one."""

    subject: Subject
    columns: Sequence[Column]
    portal: date | None = None


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Columns]:
    """The columns of some units."""
    found: dict[int, list[Column]] = {}
    for row in uow.session.execute(_COLUMNS, {"units": asked.unit_ids, "inbox": INBOX_CODE}):
        last = max((at for at in (row.published, row.refreshed) if at is not None), default=None)
        column = Column(
            row.id, row.name, row.rule_type, UpdatePeriod(row.update_period), shanghai_date(row.created_at),
            None if last is None else shanghai_date(last),
        )  # fmt: skip
        found.setdefault(row.tenant_id, []).append(column)
    wanted = [one.id for one in asked.subjects.values() if one.tenant_type in SUPERVISING_TYPES]
    portals = {row.id: row.updated for row in uow.session.execute(_PORTALS, {"portals": wanted}) if row.updated}
    for unit_id, subject in asked.subjects.items():
        portal = portals.get(unit_id)
        yield Columns(subject, found.get(unit_id, ()), None if portal is None else shanghai_date(portal))


def evaluate(facts: Columns, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problems of a unit's columns on the day."""
    unit, today = facts.subject, moment.today
    if unit.in_grace(today):
        return
    numbers = dict.fromkeys((MANY, MANY_OTHER, MANY_EMPTY), 0)
    for column in facts.columns:
        problem = _of_column(unit, column, values, today)
        if problem is None:
            continue
        yield problem
        if problem.rule != SOON:
            numbers[{EMPTY: MANY_EMPTY, OTHER: MANY_OTHER}.get(problem.rule, MANY)] += 1
    for rule, number in numbers.items():
        if number >= values.whole(rule, "number"):
            yield Problem(rule, unit.id, {"number": number}, url=_page(unit))
    if facts.portal is not None:
        days = values.whole(PORTAL, "days")
        if (today - facts.portal).days > days:
            yield Problem(PORTAL, unit.id, {"since": facts.portal.isoformat(), "days": days}, url=_page(unit))


def _page(unit: Subject) -> str:
    return f"/units/{unit.code}"


def _of_column(unit: Subject, column: Column, values: Values, today: date) -> Problem | None:
    since = column.updated or column.opened
    evidence = {"column": column.name, "since": since.isoformat()}
    url = f"/units/{unit.code}/columns/{column.id}"
    if column.updated is None and (today - since).days >= values.whole(EMPTY, "days"):
        return Problem(EMPTY, unit.id, evidence, "column", column.id, url=url) if values.enabled(EMPTY) else None
    due = due_day(column, values)
    if due is None:
        return None
    evidence["due"] = due.isoformat()
    if due < today:
        return Problem(_STALE.get(column.rule_type, OTHER), unit.id, evidence, "column", column.id, url=url)
    used, whole = (today - since).days, (due - since).days
    if used * 100 >= whole * values.number(SOON, "share"):
        return Problem(SOON, unit.id, evidence, "column", column.id, url=url)
    return None


def due_day(column: Column, values: Values) -> date | None:
    """The last day for a column's next update; None where only events ask for one."""
    since = column.updated or column.opened
    if column.rule_type == "news":
        return since + timedelta(days=values.whole(NEWS, "days"))
    if column.rule_type == "notice":
        return plus_months(since, values.whole(NOTICE, "months"))
    return next_due(column.period, since)


FAMILY = Family(
    name="freshness", label="栏目更新", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip
