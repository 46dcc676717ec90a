"""Reading the counts that the database keeps, and recounting them from the items (architecture decision 7)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Row, Select, func, select, text

from gongkai.catalog.models import KEY_AREA_GROUPS, ContentColumn
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import ColumnCount, Item, PeriodCount
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below
from gongkai.tenancy.succession import heirs

# What an office took down at once counts to the task of its month until it has ruled; totals are of what is public.
_BY_GROUP = text(
    "SELECT unit.code, coalesce(kept.period, found.period) AS period,"
    " coalesce(kept.key_area_group, found.key_area_group) AS place,"
    " coalesce(kept.total, 0) AS kept_total, coalesce(found.total, 0) AS found_total,"
    " coalesce(kept.counted, 0) AS kept_counted, coalesce(found.counted, 0) AS found_counted,"
    " coalesce(kept.news, 0) AS kept_news, coalesce(found.news, 0) AS found_news"
    " FROM period_count kept FULL JOIN ("
    "  SELECT tenant_id, period, key_area_group, count(*) FILTER (WHERE is_public) AS total,"
    "  count(*) FILTER (WHERE counts_to_quota) AS counted, count(*) FILTER (WHERE is_public AND is_news) AS news"
    "  FROM item WHERE is_public OR (state = 'taken_down' AND emergency_id IS NOT NULL)"
    "  GROUP BY tenant_id, period, key_area_group) found"
    " USING (tenant_id, period, key_area_group) JOIN tenant unit ON unit.id = tenant_id"
    " WHERE (coalesce(kept.total, 0), coalesce(kept.counted, 0), coalesce(kept.news, 0))"
    " <> (coalesce(found.total, 0), coalesce(found.counted, 0), coalesce(found.news, 0))"
    " ORDER BY unit.code, period, place"
)
_BY_COLUMN = text(
    "SELECT unit.code, coalesce(kept.period, found.period) AS period, content_column.name AS place,"
    " coalesce(kept.total, 0) AS kept_total, coalesce(found.total, 0) AS found_total,"
    " coalesce(kept.counted, 0) AS kept_counted, coalesce(found.counted, 0) AS found_counted,"
    " 0 AS kept_news, 0 AS found_news"
    " FROM column_count kept FULL JOIN ("
    "  SELECT tenant_id, column_id, period, count(*) FILTER (WHERE is_public) AS total,"
    "  count(*) FILTER (WHERE counts_to_quota) AS counted"
    "  FROM item WHERE is_public OR (state = 'taken_down' AND emergency_id IS NOT NULL)"
    "  GROUP BY tenant_id, column_id, period) found"
    " USING (tenant_id, column_id, period) JOIN tenant unit ON unit.id = tenant_id"
    " JOIN content_column ON content_column.id = column_id"
    " WHERE (coalesce(kept.total, 0), coalesce(kept.counted, 0))"
    " <> (coalesce(found.total, 0), coalesce(found.counted, 0))"
    " ORDER BY unit.code, period, place"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Published items: in all, those that count to the monthly task, and news （shown apart）."""

    total: int
    counted: int
    news: int


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """A unit's figures of a period; `subtree` sums the unit and all below it, None where nothing is below.

    `groups` is key-area group → counted items, `columns` (code, name, total, counted) of columns with items,
    `included` the codes of former bodies whose figures are in it, `apart` of divided ones whose are not.
    """

    own: Figures
    groups: dict[str, int]
    columns: list[tuple[str, str, int, int]]
    subtree: Figures | None
    subtree_groups: dict[str, int]
    included: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept count that the items do not bear out; `place` is the key-area group's or the column's name."""

    table: str
    unit_code: str
    period: str
    place: str
    kept: Figures
    found: Figures

    def as_json(self) -> dict[str, Any]:
        """With plain types only."""
        return asdict(self)


def unit_counts(uow: UnitOfWork, *, tenant: Tenant, period: str, now: bool = False) -> UnitCounts:
    """The figures of a unit in a period （`2023-03`）.

    With `now` those of the bodies that went into it, or into units below it, as a whole are added; bodies that were
    divided keep their own.
    """
    under = below(tenant.path)
    units = set(uow.session.scalars(select(Tenant.id).where(under)))
    own_ids, whole_ids, apart = {tenant.id}, set(units), set[int]()
    if now:
        known = heirs(uow)
        apart = set(known.part_of(tenant.id))
        own_ids.update(known.before(tenant.id))
        whole_ids = {unit for unit in units if known.sole.get(unit, unit) in units}
        whole_ids.update(body for body, heir in known.sole.items() if heir in units)
    columns = uow.session.execute(
        select(
            ContentColumn.code, func.min(ContentColumn.name), func.sum(ColumnCount.total), func.sum(ColumnCount.counted)
        )
        .join(ColumnCount, ColumnCount.column_id == ContentColumn.id)
        .where(ColumnCount.tenant_id.in_(own_ids), ColumnCount.period == period, ColumnCount.total > 0)
        .group_by(ContentColumn.code)
        .order_by(func.min(ContentColumn.sort_order), ContentColumn.code)
    ).all()
    own, groups = _sum(uow, period, PeriodCount.tenant_id.in_(own_ids))
    whole, whole_groups = _sum(uow, period, PeriodCount.tenant_id.in_(whole_ids))
    listed = [(code, name, int(total), int(counted)) for code, name, total, counted in columns]
    many = len(units) > 1
    return UnitCounts(
        own=own,
        groups=groups,
        columns=listed,
        subtree=whole if many else None,
        subtree_groups=whole_groups if many else {},
        included=_codes(uow, own_ids - {tenant.id}),
        apart=_codes(uow, apart),
    )


def _codes(uow: UnitOfWork, ids: set[int]) -> list[str]:
    return list(uow.session.scalars(select(Tenant.code).where(Tenant.id.in_(ids)).order_by(Tenant.code)))


def _sum(uow: UnitOfWork, period: str, where: Any) -> tuple[Figures, dict[str, int]]:
    sums = func.sum(PeriodCount.total), func.sum(PeriodCount.counted), func.sum(PeriodCount.news)
    rows = uow.session.execute(
        select(PeriodCount.key_area_group, *sums)
        .where(PeriodCount.period == period, where)
        .group_by(PeriodCount.key_area_group)
    ).all()
    groups = {group: int(counted) for group, _, counted, _ in rows}
    figures = Figures(*(sum(int(row[place]) for row in rows) for place in (1, 2, 3)))
    return figures, {group: groups.get(group, 0) for group in KEY_AREA_GROUPS}


def differences(uow: UnitOfWork) -> list[Difference]:
    """Recount every item in plain SQL and compare with both kept tables; empty when all is right.

    Needs the scope of all units: what an office took down is not public, and counts until it has ruled.
    """
    found = []
    for table, query in (("period_count", _BY_GROUP), ("column_count", _BY_COLUMN)):
        for row in uow.session.execute(query):
            place = KEY_AREA_GROUPS.get(row.place, row.place or "非重点领域") if table == "period_count" else row.place
            kept = Figures(row.kept_total, row.kept_counted, row.kept_news)
            recounted = Figures(row.found_total, row.found_counted, row.found_news)
            found.append(Difference(table, row.code, row.period, place, kept, recounted))
    return found


def published_items(uow: UnitOfWork, *, tenant_id: int, period: str | None) -> Sequence[Row[*tuple[Any, ...]]]:
    """A unit's public items, newest first, of one period or of all.

    Rows: id, published_at, period, column_code, column, title, document_number, index_number, entry_route,
    counts_to_quota, counted_out_reason, is_news, key_area_group.
    """
    query: Select[*tuple[Any, ...]] = (
        select(
            Item.id, Item.published_at, Item.period, ContentColumn.code.label("column_code"),
            ContentColumn.name.label("column"), Item.title, Item.document_number, Item.index_number,
            Item.entry_route, Item.counts_to_quota, Item.counted_out_reason, Item.is_news, Item.key_area_group,
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.tenant_id == tenant_id, Item.is_public)
        .order_by(Item.published_at.desc(), Item.id.desc())
    )  # fmt: skip
    return uow.session.execute(query.where(Item.period == period) if period else query).all()
