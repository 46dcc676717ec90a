"""Quantity: below the task, blank, blank in a row, published in a burst at the month's end, above the task.

Rules SR-Q1 to SR-Q4 and SR-B2 of `supervision.md` section 6, judged when a month has ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text

from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Moment, Problem, Values
from gongkai.supervision.standings import Standing

BELOW, BLANK, IN_A_ROW, BURST, ABOVE = "SR-Q1", "SR-Q2", "SR-Q3", "SR-Q4", "SR-B2"
CODES = (BELOW, BLANK, IN_A_ROW, BURST, ABOVE)

_BY_DAY = text("""
SELECT tenant_id, CAST(extract(day FROM published_at AT TIME ZONE 'Asia/Shanghai') AS integer) AS day, count(*) AS items
FROM item
WHERE tenant_id = ANY (CAST(:units AS bigint[])) AND period = :period AND counts_to_quota AND revises_id IS NULL
    AND state IN ('published', 'taken_down')
GROUP BY tenant_id, day
""")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A unit's month: where it stands, and its items by day of the month, counted ones."""

    standing: Standing
    by_day: tuple[int, ...]


def with_days(uow: UnitOfWork, rows: Mapping[int, Standing], period: Period) -> Iterator[Quantity]:
    """The standings of some units with their items by day."""
    days: dict[int, list[int]] = {unit_id: [0] * period.last_day.day for unit_id in rows}
    for row in uow.session.execute(_BY_DAY, {"units": list(rows), "period": str(period)}):
        days[row.tenant_id][row.day - 1] = row.items
    for unit_id, standing in rows.items():
        yield Quantity(standing, tuple(days[unit_id]))


def evaluate(facts: Quantity, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problems of a closed month."""
    row = facts.standing
    if row.attained is None or row.task.value is None:
        return
    period = moment.period
    figures = {"task": row.task.value, "counted": row.counts.counted, "total": row.counts.total, "name": row.name}
    where = f"/office/units/{row.code}?period={period}"
    if row.below:
        yield Problem(BELOW, row.id, figures, period=str(period), url=where)
    if row.blank:
        months = period_range(period.minus(row.blank_months - 1), period)
        blank = {**figures, "blank_months": row.blank_months, "months": [str(month) for month in months]}
        yield Problem(BLANK, row.id, blank, period=str(period), url=where)
        if row.blank_months >= values.whole(IN_A_ROW, "months"):
            yield Problem(IN_A_ROW, row.id, blank, period=str(period), url=where)
    yield from _burst(facts, values, moment, where)
    steps = steps_above(row.counts.counted, row.task.value, values)
    if steps:
        share = percent(row.counts.counted - row.task.value, row.task.value)
        yield Problem(ABOVE, row.id, {**figures, "share": share, "steps": steps}, period=str(period), url=where)


def _burst(facts: Quantity, values: Values, moment: Moment, where: str) -> Iterator[Problem]:
    total, days = sum(facts.by_day), values.whole(BURST, "days")
    late = sum(facts.by_day[-days:])
    if total >= values.whole(BURST, "items") and late * 100 > total * values.number(BURST, "share"):
        found = {"total": total, "late": late, "days": days, "share": percent(late, total)}
        yield Problem(BURST, facts.standing.id, found, period=str(moment.period), url=where)


def steps_above(counted: int, task: int, values: Values) -> int:
    """Points for what goes beyond the task: one above `first` per cent, one more at `second` and at each `step` on."""
    if task <= 0:
        return 0
    over = Decimal(counted - task) * 100 / task
    if over <= values.number(ABOVE, "first"):
        return 0
    beyond = over - values.number(ABOVE, "second")
    more = 1 + int(beyond // values.number(ABOVE, "step")) if beyond >= 0 else 0
    return min(1 + more, values.whole(ABOVE, "most"))
