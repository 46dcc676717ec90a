"""Where a unit stands in a month: pure, from its counts, its task, and what is known about the month.

The only place that says what a blank month is; `heat` asks the same of the other months of a window.
"""

from gongkai.core.calendar.instants import format_date
from gongkai.core.calendar.periods import Period
from gongkai.supervision.rules import Task
from gongkai.supervision.standings import Counts, Standing, Unit
from gongkai.tenancy.kinds import profile

_AREA_ENDS = "州市县区旗盟"


def blank_streak(*, period: Period, first: Period, last_active: Period | None) -> int:
    """Months in a row without counted items up to and including `period`, which is blank itself.

    `first` is the earliest month for which the unit answers; `last_active` the last earlier month with counted items,
    or without anything to publish as an accepted statement has it.
    """
    start = first if last_active is None else max(first, last_active.next())
    return max(1, (period.year - start.year) * 12 + period.month - start.month + 1)


def judge(
    unit: Unit,
    *,
    area: Unit,
    task: Task,
    counts: Counts,
    last_counted: int,
    last_active: Period | None,
    period: Period,
    before: Period | None,
    began: Period,
    behind: bool = False,
    stated: bool = False,
) -> Standing:
    """Where a unit stands. A body set up or abolished within the month is flagged, not blamed; one whose figures are
    `behind` their source is judged only where it has met its task all the same. What it `stated`, that it had nothing
    to publish, holds as long as it has published nothing at all.

    `before` is the month before, or None where it has no statistics.
    """
    judged = task.value is not None and unit.judged_in(period) and began <= period
    excused = judged and stated and counts.total == 0
    stale = judged and not excused and behind and task.value is not None and counts.counted < task.value
    judged = judged and not stale and not excused
    blank = judged and counts.counted == 0
    known_before = before is not None and unit.existed_in(before)
    return Standing(
        unit=unit,
        area_id=area.id,
        heading=class_heading(unit.tenant_type, area),
        task=task,
        counts=counts,
        last_counted=last_counted if known_before else None,
        attained=counts.counted >= task.value if judged and task.value is not None else None,
        blank=blank,
        blank_months=blank_streak(period=period, first=max(unit.answers_from(period), began), last_active=last_active)
        if blank
        else 0,
        remark=remark(unit, period, stale=stale, excused=excused),
        stale=stale,
        excused=excused,
    )


def remark(unit: Unit, period: Period, *, stale: bool, excused: bool = False) -> str:
    """What the table says beside a unit that is not judged like the others."""
    notes = []
    if unit.established > period.first_day:
        notes.append(f"{format_date(unit.established)}设立，本月不计考核")
    if unit.ended is not None and unit.ended <= period.last_day:
        over = f"，职能由{unit.successor}承接" if unit.successor else ""
        notes.append(f"{format_date(unit.ended)}撤销{over}")
    if (until := unit.grace_in(period)) is not None:
        notes.append(f"设立过渡期至{format_date(until)}，不计考核")
    if unit.vertically_managed:
        notes.append("垂直管理")
    if stale:
        notes.append("数据未同步，暂不认定")
    if excused:
        notes.append("本月无应公开信息")
    return "；".join(notes)


def class_heading(tenant_type: str, area: Unit) -> str:
    """The class under which an office lists a unit: 州直部门, 县直部门, 乡镇（街道） …"""
    group = profile(tenant_type).group
    if group != "部门":
        return group
    place = area.short_name.removesuffix("政府").removesuffix("人民")[-1:]
    return f"{place}直部门" if place in _AREA_ENDS else "直属部门"
