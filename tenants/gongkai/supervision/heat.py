"""The dashboard's figures in the shape its page shows: headline, groups of lines, cells, trend. No database here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.text.numerals import percent
from gongkai.supervision.queries import HeatMap
from gongkai.supervision.standings import Area, Standing, Standings, Totals

STEPS = (1.0, 1.5, 2.0, 3.0, 5.0)
"""Shares of the monthly task at which a cell of a unit gets darker."""
AREA_STEPS = (0.0, 0.6, 0.85, 1.05, 1.3)
"""Shares of its own average over the window at which a cell of a folded county gets darker."""
AREAS = "县（市、区）"
OTHERS = 0
"""Line of the units that are not shown: they stand in the trend only."""
SHOWN_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Filters:
    """What the official asked to see: a search, one class, only problems, one opened county (`all` opens each)."""

    search: str = ""
    heading: str = ""
    only_problems: bool = False
    opened: str = ""

    @property
    def picks(self) -> bool:
        """Whether single units are picked out, so that no county is folded."""
        return bool(self.search or self.heading or self.only_problems)

    def takes(self, row: Standing) -> bool:
        """Whether a unit is among those asked for."""
        if self.only_problems and not row.below:
            return False
        if self.heading and row.heading != self.heading:
            return False
        return not self.search or row.unit.matches(self.search)


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of a line: the count (None where the body did not exist), its shade 0–5, its state in words' code."""

    period: Period
    count: int | None
    step: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the map: a unit (`standing`), or a folded county (`totals` and its code to open it)."""

    name: str
    code: str
    cells: Sequence[Cell]
    standing: Standing | None = None
    totals: Totals | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    id: str
    name: str
    note: str
    lines: Sequence[Line]


@dataclass
class Plan:
    """Which units stand on which line; `lines` is what the heat map query is asked with."""

    groups: list[tuple[str, str, list[Standing] | list[Area]]] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    left_out: int = 0


def plan(found: Standings, filters: Filters) -> Plan:
    """Choose what is shown: the office's own units and folded counties, or the units that were picked out."""
    made = Plan(lines={row.id: OTHERS for row in (*found.rows, *found.former)})
    folded = [area for area in found.areas if _folds(area, filters)]
    listed = [area for area in found.areas if not _folds(area, filters)]
    if folded:
        made.groups.append(("areas", AREAS, folded))
        for area in folded:
            made.lines |= {row.id: -area.unit.id for row in (*area.rows, *found.former) if row.area_id == area.unit.id}
        # An opened county stands right under the list of counties.
        listed.sort(key=lambda area: area.is_office)
    room = len(found.rows) if filters.opened == "all" else SHOWN_AT_MOST
    for area in listed:
        for place, (heading, rows) in enumerate(area.classes):
            taken = [row for row in rows if filters.takes(row)]
            shown = taken[:room]
            made.left_out += len(taken) - len(shown)
            room -= len(shown)
            if shown:
                name = heading if area.is_office else f"{area.unit.short_name} · {heading}"
                made.groups.append((f"{area.unit.code}-{place}", name, shown))
                made.lines |= {row.id: row.id for row in shown}
    return made


def _folds(area: Area, filters: Filters) -> bool:
    return not area.is_office and not filters.picks and filters.opened not in ("all", area.unit.code)


def groups(found: Standings, made: Plan, heat: HeatMap, months: Sequence[Period]) -> list[Group]:
    """The groups of the map with their cells."""
    shown = []
    for group_id, name, members in made.groups:
        lines = [
            _area_line(member, heat, months) if isinstance(member, Area) else unit_line(found, member, heat, months)
            for member in members
        ]
        rows = [row for member in members for row in (member.rows if isinstance(member, Area) else [member])]
        shown.append(Group(group_id, name, _note(rows), lines))
    return shown


def _note(rows: Sequence[Standing]) -> str:
    blank = sum(1 for row in rows if row.blank)
    below = sum(1 for row in rows if row.below)
    stale = sum(1 for row in rows if row.stale)
    excused = sum(1 for row in rows if row.excused)
    words = f"{len(rows)}家，未完成{below}家" + (f"，其中未发布{blank}家" if blank else "")
    words += f"，数据未同步{stale}家" if stale else ""
    return words + (f"，无应公开信息{excused}家" if excused else "")


def unit_line(found: Standings, row: Standing, heat: HeatMap, months: Sequence[Period]) -> Line:
    """A unit's line."""
    cells = [_unit_cell(found, row, heat.counted.get((row.id, str(month)), 0), month) for month in months]
    return Line(row.name, row.code, cells, standing=row, note=row.remark)


def _unit_cell(found: Standings, row: Standing, count: int, month: Period) -> Cell:
    unit = row.unit
    if not unit.existed_in(month) or month < found.began:
        return Cell(month, count or None)
    task = found.book.task(
        chain=unit.chain,
        tenant_type=unit.tenant_type,
        level=unit.level,
        vertically_managed=unit.vertically_managed,
        period=month,
    ).value
    if task is None or row.inherits or not unit.judged_in(month):
        return Cell(month, count, min(count, 1), "exempt")
    if not count and month in found.stated.get(row.id, ()):
        return Cell(month, count, 0, "excused")
    if count < task and found.is_behind(row.id, month):
        return Cell(month, count, 0, "stale")
    if count < task:
        return Cell(month, count, 0, "below" if count else "blank")
    return Cell(month, count, sum(1 for share in STEPS if count >= share * task))


def _area_line(area: Area, heat: HeatMap, months: Sequence[Period]) -> Line:
    counts = [heat.counted.get((-area.unit.id, str(month)), 0) for month in months]
    usual = sum(counts) / len(counts)
    cells = [
        Cell(month, count, sum(1 for share in AREA_STEPS if count and count >= share * usual))
        for month, count in zip(months, counts, strict=True)
    ]  # fmt: skip
    return Line(area.unit.short_name, area.unit.code, cells, totals=area.totals)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the trend; `change` is None where the month before is not known."""

    period: Period
    counted: int
    key_area: int
    change: int | None

    @property
    def key_share(self) -> str:
        """Share of the key areas, empty where nothing was published."""
        return percent(self.key_area, self.counted) if self.counted else ""


def trend(heat: HeatMap, months: Sequence[Period], began: Period) -> list[Month]:
    """Totals month by month, newest first; months before the statistics began are left out."""
    shown = []
    for month in reversed(months):
        if month < began:
            break
        counted, key_area = heat.months.get(str(month), (0, 0))
        before = (
            heat.months.get(str(month.previous()), (0, 0))[0] if month.previous() >= max(began, months[0]) else None
        )
        shown.append(Month(month, counted, key_area, None if before is None else counted - before))
    return shown


def window(last: Period, months: int) -> list[Period]:
    """The last so many months, oldest first."""
    return list(period_range(last.minus(months - 1), last))


def headline(found: Standings, today: date, *, may_set: bool) -> tuple[str, str]:
    """The sentence the dashboard opens with, and its tone (plain, good, warn, danger).

    `may_set` tells whether the reader may set the monthly tasks.
    """
    sums = found.totals
    if not (sums.assessed or sums.stale or sums.excused):
        who = "请先" if may_set else "请督查员"
        return f"{found.period.label}没有设定月度任务的单位。{who}在“任务设置”中设定。", "plain"
    running = found.period == Period.of(today)
    words = "尚未发布信息" if running else "未发布信息（空白月）"
    when = "本月" if running else found.period.label
    parts = []
    if sums.blank:
        parts.append(f"{when}{sums.blank}家单位{words}")
    else:
        parts.append(f"{when}无空白月单位")
    if sums.below:
        with_blank = f"（含{'尚未发布' if running else '空白月'}的{sums.blank}家）" if sums.blank else ""
        parts.append(f"{sums.below}家未完成月度任务{with_blank}")
    elif sums.assessed:
        parts.append(f"{sums.assessed}家单位全部完成月度任务")
    if sums.stale:
        parts.append(f"另有{sums.stale}家数据未同步，暂不认定")
    if sums.excused:
        parts.append(f"{sums.excused}家无应公开信息")
    if running:
        left = (found.period.last_day - today).days
        parts.append(f"距月底还有{left}天" if left else "今天是本月最后一天")
    tone = "danger" if sums.blank else "warn" if sums.below else "good"
    return "，".join(parts) + "。", tone
