"""The same month in two structures: as the bodies were then, or put together as they are today.

Today's structure takes the bodies and places of today and gives each the counts of those that went into it as a
whole. A body that was divided stays under its own name, since its counts cannot be shared out. Circulars, findings
and reminders always go by the structure of the month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, text

from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.listing import in_official_order
from gongkai.supervision.queries import standings
from gongkai.supervision.standings import Counts, Standing, Standings
from gongkai.tenancy.succession import Heirs, heirs

THEN, NOW = "then", "now"
STRUCTURES = {THEN: "按当时机构", NOW: "按现机构"}
_GROUPS = ", ".join(
    f"coalesce(sum(c.counted) FILTER (WHERE c.period = :period AND c.key_area_group = '{group}'), 0) AS {group}"
    for group in KEY_AREA_GROUPS
)
_INHERITED = text(f"""
SELECT went.heir,
    coalesce(sum(c.counted) FILTER (WHERE c.period = :period), 0) AS counted,
    coalesce(sum(c.total) FILTER (WHERE c.period = :period), 0) AS total,
    coalesce(sum(c.news) FILTER (WHERE c.period = :period), 0) AS news,
    coalesce(sum(c.counted) FILTER (WHERE c.period = :previous), 0) AS last_counted, {_GROUPS},
    string_agg(DISTINCT body.short_name, '、') AS names
FROM period_count AS c
JOIN unnest(CAST(:bodies AS bigint[]), CAST(:heirs AS bigint[])) AS went (tenant_id, heir) USING (tenant_id)
JOIN tenant AS body ON body.id = c.tenant_id
WHERE c.period IN (:period, :previous)
GROUP BY went.heir
""")  # noqa: S608 - only names of our own constants are put in


@dataclass(frozen=True, slots=True)
class Structured:
    """Standings in one of the structures.

    Attributes:
        heirs: body → the unit to which its counts are added; empty in the structure of the time.
        apart: short names of bodies that were divided and stay under their own names.
    """

    found: Standings
    structure: str
    heirs: Mapping[int, int]
    apart: tuple[str, ...] = ()

    def lines(self, lines: Mapping[int, int]) -> dict[int, int]:
        """Lines of a heat map （unit → line） with those of the bodies that went into the units."""
        inherited = {body: lines[heir] for body, heir in self.heirs.items() if heir in lines and body not in lines}
        return {**lines, **inherited}


def structured(
    uow: UnitOfWork, *, office_id: int, period: Period, since: Period | None = None, structure: str = THEN
) -> Structured:
    """Where the bodies under an office stand in a month, in one of `STRUCTURES`; anything else means that of the time.

    Raises:
        NotFound: when the office did not exist in that month （in today's structure: does not exist today）.
    """
    if structure != NOW:
        return Structured(standings(uow, office_id=office_id, period=period, since=since), THEN, {})
    known = heirs(uow)
    today = standings(uow, office_id=office_id, period=period, since=since, today=known)
    rows = {row.id: row for row in (*today.rows, *today.untasked)}
    apart = _divided(uow, office_id, period, since, known, rows)
    rows.update(apart)
    for row in _inherited(uow, known, period):
        if row.heir in rows:
            rows[row.heir] = _with(rows[row.heir], row)
    units = {row.id: row.unit for row in rows.values()} | {today.office.id: today.office}
    areas = {row.area_id: units.get(row.area_id, today.office) for row in rows.values()}
    ordered = in_official_order(rows.values(), today.office, areas)
    found = replace(
        today,
        rows=[row for row in ordered if row.task.value is not None],
        untasked=[row for row in ordered if row.task.value is None],
    )
    return Structured(found, NOW, known.sole, tuple(row.name for row in apart.values()))


def _divided(
    uow: UnitOfWork,
    office_id: int,
    period: Period,
    since: Period | None,
    known: Heirs,
    rows: Mapping[int, Standing],
) -> dict[int, Standing]:
    """The bodies of the time that no unit of today stands for: they were divided."""
    try:
        then = standings(uow, office_id=office_id, period=period, since=since)
    except NotFound:
        return {}
    found: dict[int, Standing] = {}
    gone = {row.id: row for row in (*then.rows, *then.untasked, *then.former) if row.id not in rows}
    for body, row in gone.items():
        if body in known.shared:
            found[body] = _unjudged(
                row, f"已分设为{'、'.join(known.shared[body].values())}，数据无法分摊，按原单位列示"
            )
    for body, row in gone.items():
        # What went into a body that was divided, in a month before that body came to be.
        heir = known.sole.get(body)
        if heir in known.shared and heir not in found:
            found[body] = _unjudged(row, "承接单位已分设，数据无法分摊，按原单位列示")
    return found


def _inherited(uow: UnitOfWork, known: Heirs, period: Period) -> list[Row[Any]]:
    if not known.sole:
        return []
    values = {
        "bodies": list(known.sole),
        "heirs": list(known.sole.values()),
        "period": str(period),
        "previous": str(period.previous()),
    }
    return list(uow.session.execute(_INHERITED, values))


def _with(row: Standing, more: Row[Any]) -> Standing:
    keys = {group: row.counts.key_areas.get(group, 0) + int(getattr(more, group)) for group in KEY_AREA_GROUPS}
    counts = Counts(
        counted=row.counts.counted + int(more.counted),
        total=row.counts.total + int(more.total),
        news=row.counts.news + int(more.news),
        key_areas=keys,
    )
    last = (row.last_counted or 0) + int(more.last_counted)
    return replace(_unjudged(row, f"含原{more.names}的数据，不计考核"), counts=counts, last_counted=last, inherits=True)


def _unjudged(row: Standing, note: str) -> Standing:
    remark = "；".join(filter(None, (row.remark, note)))
    return replace(row, attained=None, blank=False, blank_months=0, excused=False, remark=remark)
