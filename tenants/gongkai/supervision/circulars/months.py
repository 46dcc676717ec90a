"""The months of a circular's period: where each unit stands in each, and its figures over all of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, Span
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.snapshot import Figures, MonthFigures, UnitFigures
from gongkai.supervision.listing import in_official_order
from gongkai.supervision.queries import standings
from gongkai.supervision.standings import Standing, Standings, Totals, Unit, totals

Step = Callable[[], None]
"""Called whenever a month is added up."""


@dataclass(frozen=True)
class Months:
    """An office's standings in the months of a span, of the bodies that the circular covers.

    Attributes:
        found: the standings of each month that had begun and in which the office existed, at least one.
    """

    span: Span
    coverage: str
    found: Sequence[Standings]

    @property
    def latest(self) -> Standings:
        """The last of the months."""
        return self.found[-1]

    @property
    def office(self) -> Unit:
        """The office as it was last."""
        return self.latest.office

    @cached_property
    def rows(self) -> dict[int, Mapping[Period, Standing]]:
        """Unit → its standings by month, of the months in which it is counted; units in official order."""
        return _in_order(self, {one.period: self.counted_in(one) for one in self.found})

    @cached_property
    def untasked(self) -> dict[int, Standing]:
        """Unit → its last standing, of those that had no task in any of the months; in official order."""
        free = {one.period: [row for row in one.untasked if self.covers(row, one)] for one in self.found}
        return {unit_id: last(rows) for unit_id, rows in _in_order(self, free).items() if unit_id not in self.rows}

    @cached_property
    def known(self) -> dict[int, Standing]:
        """Unit → its last standing: whom the circular can name."""
        return {unit_id: last(rows) for unit_id, rows in self.rows.items()} | self.untasked

    @cached_property
    def names(self) -> dict[int, str]:
        """Short names by unit; where two counties have a 民政局 each, the county stands before them."""
        times = Counter(row.name for row in self.known.values())
        return {
            unit_id: row.name if times[row.name] == 1 else f"{self.area_name(row)}{row.name}"
            for unit_id, row in self.known.items()
        }

    def counted_in(self, month: Standings) -> list[Standing]:
        """The bodies that a month counts."""
        return [row for row in month.rows if self.covers(row, month)]

    def covers(self, row: Standing, month: Standings) -> bool:
        """Whether the circular is about a body; the office's own only where it publishes under its own name."""
        if row.id == month.office.id:
            return bool(row.counts.counted or row.last_counted)
        return self.coverage == "all" or len(row.unit.chain) <= len(month.office.chain) + 1

    def area_name(self, row: Standing) -> str:
        """The county of a body, empty for the office's own ones."""
        if row.area_id == self.office.id:
            return ""
        name = self.units[row.area_id].short_name
        return name.removesuffix("人民政府").removesuffix("政府")

    @cached_property
    def units(self) -> dict[int, Unit]:
        """Every body that stands in some month, the counties in which others stand among them."""
        return {row.id: row.unit for one in self.found for row in (*one.rows, *one.untasked)}


def months_of(uow: UnitOfWork, *, office_id: int, span: Span, coverage: str, step: Step = lambda: None) -> Months:
    """The standings of the months of a span; those that have not begun have none.

    Raises:
        NotFound: when the office existed in none of them.
    """
    running = Period.of(shanghai_date(uow.now))
    found = []
    for month in span.months:
        if month > running and month != span.first:
            break
        with suppress(NotFound):
            found.append(standings(uow, office_id=office_id, period=month))
        step()
    if not found:
        raise NotFound
    return Months(span, coverage, found)


def months_before(uow: UnitOfWork, months: Months, step: Step = lambda: None) -> Months | None:
    """The span before, None where the statistics began only in it or later."""
    before = months.span.previous()
    if months.found[0].began > before.first:
        return None
    try:
        return months_of(uow, office_id=months.office.id, span=before, coverage=months.coverage, step=step)
    except NotFound:
        return None


def unit_figures(months: Months, before: Months | None, reachable: set[int]) -> tuple[UnitFigures, ...]:
    """The figures of each unit over the span, in official order."""
    earlier = {} if before is None else before.rows
    return tuple(
        _figures(months, rows, earlier.get(unit_id, {}), reachable=unit_id in reachable)
        for unit_id, rows in months.rows.items()
    )


def month_figures(months: Months) -> tuple[MonthFigures, ...]:
    """The sums of each month of a longer span; none of a month."""
    if months.span.length == MONTH:
        return ()
    return tuple(MonthFigures(str(one.period), _sums(totals(months.counted_in(one)))) for one in months.found)


def _sums(found: Totals) -> Figures:
    return Figures(
        units=found.units,
        assessed=found.assessed,
        attained=found.attained,
        below=found.below,
        blank=found.blank,
        counted=found.counted,
        total=found.total,
        key_areas=found.key_areas,
        last_counted=found.last_counted,
    )


def last(rows: Mapping[Period, Standing]) -> Standing:
    """The last of a unit's standings."""
    return rows[max(rows)]


def _in_order(months: Months, listed: Mapping[Period, Sequence[Standing]]) -> dict[int, Mapping[Period, Standing]]:
    found: dict[int, dict[Period, Standing]] = {}
    for period, rows in listed.items():
        for row in rows:
            found.setdefault(row.id, {})[period] = row
    areas = {row.area_id: months.units.get(row.area_id, months.office) for row in map(last, found.values())}
    ordered = in_official_order(map(last, found.values()), months.office, areas)
    return {row.id: found[row.id] for row in ordered}


def _figures(
    months: Months, rows: Mapping[Period, Standing], before: Mapping[Period, Standing], *, reachable: bool
) -> UnitFigures:
    """The figures of a unit from its standings in one or more months, and in those of the span before."""
    newest, longer = last(rows), months.span.length != MONTH
    keys: Counter[str] = Counter()
    for row in rows.values():
        keys.update(row.counts.key_areas)
    blanks = tuple(str(month) for month, row in rows.items() if row.blank)
    found = UnitFigures(
        code=newest.code,
        name=months.names[newest.id],
        official_name=newest.unit.official_name,
        heading=newest.heading,
        task=sum(row.task.value or 0 for row in rows.values()),
        counted=sum(row.counts.counted for row in rows.values()),
        total=sum(row.counts.total for row in rows.values()),
        attained=_attained(rows),
        area=months.area_name(newest),
        key_areas=dict(keys),
        last_counted=newest.last_counted,
        last_attained=_attained(before),
        blank=bool(blanks),
        blank_months=newest.blank_months,
        excused=_attained(rows) is None and any(row.excused for row in rows.values()),
        remark=newest.remark,
        flags=_flags(newest.unit, months.span),
        reachable=reachable,
    )
    if not longer:
        return found
    notes = dict.fromkeys(row.remark.replace("本月", "当月") for row in rows.values() if row.remark)
    return replace(
        found,
        last_counted=sum(row.counts.counted for row in before.values()) if before else None,
        blank_months=len(blanks),
        remark="；".join(notes),
        judged=sum(row.attained is not None for row in rows.values()),
        missed=tuple(str(month) for month, row in rows.items() if row.below),
        blanks=blanks,
        month=str(max(rows)),
    )


def _attained(rows: Mapping[Period, Standing]) -> bool | None:
    """Whether the task of each judged month was met; None where nothing is judged."""
    judged = [row.attained for row in rows.values() if row.attained is not None]
    return all(judged) if judged else None


def _flags(unit: Unit, span: Span) -> tuple[str, ...]:
    flags = []
    if unit.established > span.first_day:
        flags.append("established")
    if unit.ended is not None and unit.ended <= span.last_day:
        flags.append("abolished")
    return tuple(flags)
