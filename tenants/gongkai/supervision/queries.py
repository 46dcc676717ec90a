"""What supervision reads: standings, heat map, a body's columns, items, people. Counts come from `period_count` only.

The tree, names and kinds are those of the month asked for (`tenant_period`, decision 6).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, or_, select, text
from sqlalchemy.orm import aliased

from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.queries import Sync, syncs
from gongkai.supervision.judging import judge
from gongkai.supervision.listing import area_of, in_official_order
from gongkai.supervision.models import OfficeRule
from gongkai.supervision.rules import ALERT_DAY, ALL, TASK, Rule, RuleBook
from gongkai.supervision.standings import Counts, Standing, Standings, Unit
from gongkai.supervision.statements.effect import ACCEPTED, stated_months
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below
from gongkai.tenancy.succession import Heirs

_KEY_COLUMNS = ", ".join(
    f"sum(counted) FILTER (WHERE period = :period AND key_area_group = '{group}') AS {group}"
    for group in KEY_AREA_GROUPS
)
_NUMBERS = ("counted", "total", "news", "last_counted", *KEY_AREA_GROUPS)
# A body that existed on any day from :since to :last_day is in the tree, under its latest name and parent then.
_STANDINGS = text(f"""
WITH RECURSIVE present AS MATERIALIZED (
    SELECT DISTINCT ON (tenant_id) tenant_id, parent_id, tenant_type, level, official_name, short_name, sort_order,
        valid_to
    FROM tenant_period
    WHERE valid_from <= :last_day AND (valid_to IS NULL OR valid_to > :since)
    ORDER BY tenant_id, valid_from DESC
), tree AS (
    SELECT present.*, CAST(:chain AS bigint[]) AS chain FROM present WHERE tenant_id = :office_id
    UNION ALL
    SELECT present.*, tree.chain || present.tenant_id FROM present JOIN tree ON present.parent_id = tree.tenant_id
), counts AS (
    SELECT tenant_id,
        sum(counted) FILTER (WHERE period = :period) AS counted,
        sum(total) FILTER (WHERE period = :period) AS total,
        sum(news) FILTER (WHERE period = :period) AS news,
        sum(counted) FILTER (WHERE period = :previous) AS last_counted,
        {_KEY_COLUMNS}
    FROM period_count
    WHERE period IN (:period, :previous) AND tenant_id = ANY (ARRAY(SELECT tenant_id FROM tree))
    GROUP BY tenant_id
), first AS (
    SELECT tenant_id, min(valid_from) AS established FROM tenant_period GROUP BY tenant_id
), heir AS (
    SELECT ts.tenant_id, string_agg(s.short_name, '、' ORDER BY s.sort_order) AS successor
    FROM tenant_succession AS ts JOIN tenant AS s ON s.id = ts.successor_id GROUP BY ts.tenant_id
), grace AS (
    SELECT tenant_id, array_agg(from_date ORDER BY from_date, id) AS grace_from,
        array_agg(until_date ORDER BY from_date, id) AS grace_until
    FROM tenant_grace GROUP BY tenant_id
)
SELECT tree.*, tenant.code, tenant.pinyin_key, tenant.initials, tenant.aliases, tenant.vertically_managed,
    first.established, heir.successor, grace.grace_from, grace.grace_until,
    {", ".join(f"coalesce(counts.{number}, 0) AS {number}" for number in _NUMBERS)},
    CASE WHEN coalesce(counts.counted, 0) = 0 THEN
        greatest((SELECT max(c.period) FROM period_count AS c
                  WHERE c.tenant_id = tree.tenant_id AND c.period < :period AND c.counted > 0),
                 (SELECT max(s.period) FROM blank_statement AS s
                  WHERE s.tenant_id = tree.tenant_id AND s.period < :period AND {ACCEPTED})) END AS last_active,
    (SELECT period FROM period_count WHERE total > 0 AND tenant_id = ANY (ARRAY(
        SELECT tenant_id FROM tree UNION ALL
        SELECT went.body FROM unnest(CAST(:bodies AS bigint[]), CAST(:heirs AS bigint[])) AS went (body, heir)
            JOIN tree ON tree.tenant_id = went.heir))
        ORDER BY period LIMIT 1) AS began
FROM tree JOIN tenant ON tenant.id = tree.tenant_id JOIN first USING (tenant_id)
LEFT JOIN counts USING (tenant_id) LEFT JOIN heir USING (tenant_id) LEFT JOIN grace USING (tenant_id)
WHERE tree.tenant_type <> '{TenantType.VILLAGE_COMMITTEE}'
""")  # noqa: S608 - only names of our own constants are put in
_ABOVE_THEN = text("""
WITH RECURSIVE up (tenant_id, parent_id) AS (
    (SELECT tenant_id, parent_id FROM tenant_period
     WHERE tenant_id = :tenant_id AND valid_from <= :last_day AND (valid_to IS NULL OR valid_to > :first_day)
     ORDER BY valid_from DESC LIMIT 1)
    UNION ALL
    SELECT above.tenant_id, above.parent_id FROM up CROSS JOIN LATERAL (
        SELECT p.tenant_id, p.parent_id FROM tenant_period AS p
        WHERE p.tenant_id = up.parent_id AND p.valid_from <= :last_day
            AND (p.valid_to IS NULL OR p.valid_to > :first_day)
        ORDER BY p.valid_from DESC LIMIT 1) AS above
)
SELECT tenant_id FROM up
""")
_numbers_of = attrgetter(*_NUMBERS)
HEAT_MAP = text("""
SELECT shown.line, c.period, sum(c.counted) AS counted, sum(c.counted) FILTER (WHERE c.key_area_group <> '') AS key_area
FROM period_count AS c
JOIN unnest(CAST(:units AS bigint[]), CAST(:lines AS bigint[])) AS shown (tenant_id, line) USING (tenant_id)
WHERE c.period BETWEEN :first AND :last
GROUP BY shown.line, c.period
""")
_COLUMNS = text("""
SELECT cc.name, parent.name AS parent_name, cc.key_area_group, cc.rule_type,
    sum(c.total) FILTER (WHERE c.period = :period) AS this_month,
    sum(c.counted) FILTER (WHERE c.period = :period) AS counted,
    sum(c.total) AS in_window, max(c.period) FILTER (WHERE c.total > 0) AS last_month
FROM column_count AS c JOIN content_column AS cc ON cc.id = c.column_id AND cc.tenant_id = c.tenant_id
LEFT JOIN content_column AS parent ON parent.id = cc.parent_id
WHERE c.tenant_id = :tenant_id AND c.period BETWEEN :first AND :period
GROUP BY cc.id, parent.id
HAVING sum(c.total) > 0
ORDER BY this_month DESC NULLS LAST, in_window DESC, cc.sort_order, cc.id
""")
_PEOPLE = text("""
SELECT m.tenant_id, m.role, m.section, u.id AS user_id, u.name, u.mobile, u.email
FROM membership AS m JOIN user_account AS u ON u.id = m.user_id AND u.active
WHERE m.active AND m.role IN ('contributor', 'unit_admin') AND m.tenant_id = ANY (CAST(:tenant_ids AS bigint[]))
ORDER BY m.tenant_id, m.role, u.id
""")
_ITEMS = text("""
SELECT i.id, i.title, i.index_number, i.document_number, i.published_at, i.state, i.counts_to_quota, i.is_news,
    i.counted_out_reason, i.taken_down_reason, i.key_area_group, i.entry_route, cc.name AS column_name,
    count(*) OVER () AS in_all
FROM item AS i JOIN content_column AS cc ON cc.id = i.column_id
WHERE i.tenant_id = :tenant_id AND i.period = :period AND i.revises_id IS NULL
    AND i.state IN ('published', 'taken_down')
ORDER BY i.published_at DESC, i.id DESC LIMIT :size OFFSET :skip
""")


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Counted items by line of the map and month; a line is a unit, or all units of a folded county.

    Attributes:
        counted: (line, month) → counted items; absent means none.
        months: month → (counted items, those in key areas) over all lines.
    """

    counted: Mapping[tuple[int, str], int] = field(default_factory=dict)
    months: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def rule_book(uow: UnitOfWork, *, path: str = "", codes: Collection[str] = (TASK, ALERT_DAY)) -> RuleBook:
    """The rules of an office, of those above it and of those below it: monthly task and reminder day, or `codes`.

    `path` is the office's place in the tree, `1.5`; without it the rules of all offices.
    """
    query: Any = select(
        OfficeRule.tenant_id, OfficeRule.rule_code, OfficeRule.tenant_type, OfficeRule.unit_id, OfficeRule.value,
        OfficeRule.valid_from, OfficeRule.valid_to, OfficeRule.parameter,
    ).where(OfficeRule.rule_code.in_(codes))  # fmt: skip
    if path:
        above = [int(label) for label in path.split(".")]
        offices = select(Tenant.id).where(below(path))
        query = query.where(or_(OfficeRule.tenant_id.in_(above), OfficeRule.tenant_id.in_(offices)))
    return RuleBook.of(
        Rule(
            row.tenant_id, row.rule_code, row.tenant_type or row.unit_id or ALL, row.value, row.valid_from,
            row.valid_to, row.parameter,
        )
        for row in uow.session.execute(query)
    )  # fmt: skip


def standings(
    uow: UnitOfWork, *, office_id: int, period: Period, since: Period | None = None, today: Heirs | None = None
) -> Standings:
    """Where each body under an office stands in a month, the office's own body included if it has a task.

    `since` (default: the month itself) opens the window for which bodies abolished meanwhile are listed as `former`.
    `today` takes the bodies and places of today instead, whether they existed in the month or not; the statistics
    then begin with those of the bodies that went into them.

    Raises:
        NotFound: when the office did not exist in that month, or does not exist.
    """
    path = uow.one(select(Tenant.path).where(Tenant.id == office_id))
    book = rule_book(uow, path=path)
    day = None if today is None else shanghai_date(uow.now)
    sole = {} if today is None else today.sole
    values = {
        "bodies": list(sole), "heirs": list(sole.values()), "office_id": office_id,
        "chain": [int(label) for label in path.split(".")], "since": day or (since or period).first_day,
        "last_day": day or period.last_day, "period": str(period), "previous": str(period.previous()),
    }  # fmt: skip
    rows = uow.session.execute(_STANDINGS, values).all()
    units = {row.tenant_id: _unit(row) for row in rows}
    office = units.get(office_id)
    if office is None:
        raise NotFound
    began = Period.parse(rows[0].began) if rows[0].began else period
    sources = syncs(uow)
    behind = _behind(sources, period, uow.now)
    stated = stated_months(uow, unit_ids=list(units), first=since or period, last=period)
    before = period.previous() if period.previous() >= began else None
    found = [
        _standing(
            row, units, office, book, period, before, began,
            behind=row.tenant_id in behind, stated=period in stated.get(row.tenant_id, ()),
        )
        for row in rows
    ]  # fmt: skip
    ordered = in_official_order(found, office, {row.area_id: units[row.area_id] for row in found})
    present, gone = _parted(ordered, lambda row: day is not None or row.unit.existed_in(period))
    tasked, without = _parted(present, lambda row: row.task.value is not None)
    former = [row for row in gone if row.task.value is not None]
    return Standings(
        office=office, period=period, rows=tasked, untasked=without, former=former, began=began, book=book,
        now=uow.now, syncs=sources, stated=stated,
    )  # fmt: skip


def _parted(rows: Iterable[Standing], wanted: Callable[[Standing], bool]) -> tuple[list[Standing], list[Standing]]:
    """Those for which it holds, and the others."""
    kept, others = list[Standing](), list[Standing]()
    for row in rows:
        (kept if wanted(row) else others).append(row)
    return kept, others


def _behind(sources: Mapping[int, Sequence[Sync]], period: Period, now: datetime) -> set[int]:
    """The units whose figures of a month may lack items that are published elsewhere."""
    return {unit for unit, found in sources.items() if any(sync.is_behind(period, now) for sync in found)}


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        id=row.tenant_id,
        code=row.code,
        chain=tuple(row.chain),
        tenant_type=row.tenant_type,
        level=row.level,
        official_name=row.official_name,
        short_name=row.short_name,
        sort_order=row.sort_order,
        pinyin_key=row.pinyin_key,
        initials=row.initials,
        aliases=tuple(row.aliases),
        vertically_managed=row.vertically_managed,
        established=row.established,
        ended=row.valid_to,
        successor=row.successor or "",
        graces=tuple(zip(row.grace_from or (), row.grace_until or (), strict=True)),
    )


def _standing(
    row: Row[Any],
    units: Mapping[int, Unit],
    office: Unit,
    book: RuleBook,
    period: Period,
    before: Period | None,
    began: Period,
    *,
    behind: bool,
    stated: bool,
) -> Standing:
    unit = units[row.tenant_id]
    counted, total, news, last_counted, *keys = _numbers_of(row)
    task = book.task(
        chain=unit.chain,
        tenant_type=unit.tenant_type,
        level=unit.level,
        vertically_managed=unit.vertically_managed,
        period=period,
    )
    return judge(
        unit,
        area=area_of(unit.chain, office, units),
        task=task,
        counts=Counts(counted, total, news, dict(zip(KEY_AREA_GROUPS, keys, strict=True))),
        last_counted=last_counted,
        last_active=Period.parse(row.last_active) if row.last_active else None,
        period=period,
        before=before,
        began=began,
        behind=behind,
        stated=stated,
    )


def heat_map(uow: UnitOfWork, *, lines: Mapping[int, int], first: Period, last: Period) -> HeatMap:
    """Counted items by line and month; `lines` maps each unit's id to the line it is added to."""
    counted: dict[tuple[int, str], int] = {}
    months: dict[str, tuple[int, int]] = {}
    found = uow.session.execute(
        HEAT_MAP, {"units": list(lines), "lines": list(lines.values()), "first": str(first), "last": str(last)}
    )
    for line, month, number, key_area in found:
        counted[line, month] = int(number)
        before = months.get(month, (0, 0))
        months[month] = (before[0] + int(number), before[1] + int(key_area or 0))
    return HeatMap(counted, months)


def find_unit(uow: UnitOfWork, *, office_id: int, code: str, period: Period) -> Row[Any]:
    """A unit of an office by its code: one that stands under it today, or stood under it in the month asked for.

    Rows: id, code, path, short_name, official_name, status, contact, here (whether it stands under the office today).

    Raises:
        NotFound: when it is missing or belongs to another office.
    """
    office = aliased(Tenant)
    here = Tenant.path.op("<@")(office.path)
    query: Any = select(
        Tenant.id, Tenant.code, Tenant.path, Tenant.short_name, Tenant.official_name, Tenant.status, Tenant.contact,
        here.label("here"),
    ).join(office, office.id == office_id)  # fmt: skip
    found = uow.session.execute(query.where(Tenant.code == code)).one_or_none()
    if found is None or not (found.here or stood_under(uow, tenant_id=found.id, office_id=office_id, period=period)):
        raise NotFound
    return found


def stood_under(uow: UnitOfWork, *, tenant_id: int, office_id: int, period: Period) -> bool:
    """Whether a unit belonged to an office in a month, by the last place that it had in it (as `standings` has it)."""
    values = {"tenant_id": tenant_id, "first_day": period.first_day, "last_day": period.last_day}
    return office_id in uow.session.scalars(_ABOVE_THEN, values).all()


def columns_of(uow: UnitOfWork, *, tenant_id: int, first: Period, period: Period) -> Sequence[Row[Any]]:
    """A unit's columns that hold something: name, parent_name, key_area_group, rule_type, this_month, counted,
    in_window, last_month."""
    parameters = {"tenant_id": tenant_id, "first": str(first), "period": str(period)}
    return uow.session.execute(_COLUMNS, parameters).all()


def people_of(uow: UnitOfWork, *, tenant_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The people to call for each unit: its contributors （信息员）, or its administrators where it has none.

    Rows: tenant_id, role, section, user_id, name, mobile, email. Only units in the scope are answered.
    """
    found: dict[int, list[Row[Any]]] = {}
    for row in uow.session.execute(_PEOPLE, {"tenant_ids": list(tenant_ids)}):
        members = found.setdefault(row.tenant_id, [])
        if row.role == "contributor" or not members or members[0].role != "contributor":
            members.append(row)
    return found


def items_of(
    uow: UnitOfWork, *, tenant_id: int, period: Period, page: int = 1, size: int = 50
) -> tuple[Sequence[Row[Any]], int]:
    """A page of what a unit published in a month, counted or not, with the number of all; items taken down included."""
    parameters = {"tenant_id": tenant_id, "period": str(period), "size": size, "skip": (page - 1) * size}
    rows = uow.session.execute(_ITEMS, parameters).all()
    return rows, rows[0].in_all if rows else 0


def offices(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Every office that supervises: id, code, path, short_name; the prefecture's first."""
    query: Any = select(Tenant.id, Tenant.code, Tenant.path, Tenant.short_name).where(
        Tenant.status == "active",
        or_(
            Tenant.parent_id.is_(None),
            Tenant.tenant_type.in_((TenantType.PREFECTURE_GOVERNMENT, TenantType.COUNTY_GOVERNMENT)),
        ),
    )
    return uow.session.execute(query.order_by(Tenant.parent_id.is_not(None), Tenant.sort_order, Tenant.id)).all()
