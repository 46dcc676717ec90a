"""What the public reads of one unit: itself, its columns with counts, its lists. Always in the public scope.

Lists run over a unit and the bodies whose functions it took over; each body's rows come from its own index range, so
that none of them is sorted as a whole.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from gongkai.catalog.models import DisclosureGuide
from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.portal.errors import ColumnGone
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

TRAIL = """(SELECT jsonb_agg(jsonb_build_array(a.code, a.short_name) ORDER BY nlevel(a.path)) FROM tenant AS a
        WHERE a.id = ANY (CAST(string_to_array(CAST(t.path AS text), '.') AS bigint[])))"""
SUCCESSORS = """(SELECT jsonb_agg(jsonb_build_array(n.code, n.official_name, s.effective_date)
        ORDER BY n.sort_order, n.id)
        FROM tenant_succession AS s JOIN tenant AS n ON n.id = s.successor_id WHERE s.tenant_id = t.id)"""
_SHOWN = "NOT EXISTS (SELECT 1 FROM emergency_block AS e WHERE e.column_id = {0}.id)"
_UNIT = f"""
    t.id, t.code, t.official_name, t.short_name, t.tenant_type, t.status, t.abolished_date, t.contact, t.created_at,
    up.code AS parent_code, up.official_name AS parent_name,
    (SELECT g.content FROM disclosure_guide AS g WHERE g.tenant_id = t.id AND g.effective_date <= :today
        ORDER BY g.version DESC LIMIT 1) AS guide,
    (SELECT jsonb_agg(jsonb_build_array(k.code, k.name, k.part) ORDER BY k.sort_order, k.id) FROM content_column AS k
        WHERE k.tenant_id = t.id AND k.parent_id IS NULL AND k.active AND {_SHOWN.format("k")}) AS tops,
    {TRAIL} AS trail, {SUCCESSORS} AS successors
"""  # noqa: S608 - put together from constants of this module
_BY_CODE = text(f"SELECT {_UNIT} FROM tenant AS t LEFT JOIN tenant AS up ON up.id = t.parent_id WHERE t.code = :code")  # noqa: S608
_COLUMN = text(f"""
SELECT {_UNIT}, c.id AS column_id, c.code AS column_code, c.name AS column_name, c.part, c.description,
    c.update_period, c.accepts_items, c.active, c.parent_id, {_SHOWN.format("c")} AS shown,
    (SELECT jsonb_agg(jsonb_build_array(b.code, b.name) ORDER BY b.sort_order, b.id) FROM content_column AS b
        WHERE b.tenant_id = c.tenant_id AND b.parent_id = c.id AND b.active AND {_SHOWN.format("b")}) AS below,
    (SELECT b.code FROM content_column AS b WHERE b.id = c.parent_id) AS above,
    (SELECT jsonb_agg(jsonb_build_array(p.tenant_id = t.id, o.code, o.official_name, p.effective_date)
            ORDER BY p.effective_date DESC, p.id)
        FROM column_succession AS p
        JOIN tenant AS o ON o.id = CASE WHEN p.tenant_id = t.id THEN p.successor_id ELSE p.tenant_id END
        WHERE p.column_code = c.code AND t.id IN (p.tenant_id, p.successor_id)) AS passed
FROM tenant AS t
JOIN content_column AS c ON c.tenant_id = t.id AND c.code = :column_code
LEFT JOIN tenant AS up ON up.id = t.parent_id
WHERE t.code = :code
""")  # noqa: S608
_BEFORE = """WITH RECURSIVE before AS (
    SELECT s.tenant_id, s.effective_date FROM tenant_succession AS s WHERE s.successor_id = :tenant_id
    UNION
    SELECT s.tenant_id, s.effective_date
    FROM tenant_succession AS s JOIN before AS b ON s.successor_id = b.tenant_id)"""
_FORMER = text(f"""
{_BEFORE}
SELECT t.id, t.code, t.official_name, t.short_name, max(b.effective_date) AS effective_date
FROM before AS b JOIN tenant AS t ON t.id = b.tenant_id
GROUP BY t.id ORDER BY effective_date DESC, t.id
""")  # noqa: S608
_CATALOGUE = text(f"""
SELECT c.id, c.parent_id, c.code, c.name, c.part, c.level, c.update_period, c.accepts_items, c.active,
    coalesce(sum(n.total), 0) AS total, max(greatest(latest.published_at, fresh.refreshed_at)) AS last_at
FROM content_column AS c
JOIN content_column AS same ON same.tenant_id = ANY (CAST(:tenant_ids AS bigint[])) AND same.code = c.code
LEFT JOIN LATERAL (SELECT sum(k.total) AS total FROM column_count AS k
    WHERE k.tenant_id = same.tenant_id AND k.column_id = same.id) AS n ON true
LEFT JOIN LATERAL (SELECT i.published_at FROM item AS i
    WHERE i.tenant_id = same.tenant_id AND i.column_id = same.id AND i.is_public
    ORDER BY i.published_at DESC LIMIT 1) AS latest ON true
LEFT JOIN LATERAL (SELECT i.refreshed_at FROM item AS i
    WHERE i.tenant_id = same.tenant_id AND i.column_id = same.id AND i.is_public AND i.refreshed_at IS NOT NULL
    ORDER BY i.refreshed_at DESC LIMIT 1) AS fresh ON true
WHERE c.tenant_id = :tenant_id AND {_SHOWN.format("c")}
GROUP BY c.id
HAVING c.active OR sum(n.total) > 0
ORDER BY c.level, c.sort_order, c.id
""")  # noqa: S608
_YEARS = text(f"""
{_BEFORE}
SELECT c.tenant_id, c.id AS column_id, t.code, t.official_name, left(n.period, 4) AS year, sum(n.total) AS total,
    greatest(
        (SELECT i.published_at FROM item AS i WHERE i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
            ORDER BY i.published_at DESC LIMIT 1),
        (SELECT i.refreshed_at FROM item AS i WHERE i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
            AND i.refreshed_at IS NOT NULL ORDER BY i.refreshed_at DESC LIMIT 1)) AS last_at
FROM content_column AS c
JOIN tenant AS t ON t.id = c.tenant_id
LEFT JOIN column_count AS n ON n.tenant_id = c.tenant_id AND n.column_id = c.id AND n.total > 0
WHERE c.code = :column_code AND c.tenant_id IN (SELECT :tenant_id UNION ALL SELECT tenant_id FROM before)
GROUP BY c.tenant_id, c.id, t.id, year
ORDER BY year DESC
""")  # noqa: S608
_LISTED = """i.id, i.tenant_id, i.title, i.document_number, i.summary, i.validity, i.is_reprint, i.published_at,
        i.changed_at, i.column_id, i.display_until"""
LATEST = text(f"""
SELECT i.*, c.code AS column_code, c.name AS column_name
FROM unnest(CAST(:tenant_ids AS bigint[])) AS u (tenant_id)
CROSS JOIN LATERAL (SELECT {_LISTED} FROM item AS i WHERE i.tenant_id = u.tenant_id AND i.is_public
    ORDER BY i.published_at DESC, i.id DESC LIMIT :size) AS i
JOIN content_column AS c ON c.id = i.column_id
ORDER BY i.published_at DESC, i.id DESC LIMIT :size
""")  # noqa: S608
LISTED = text(f"""
SELECT i.*
FROM unnest(CAST(:tenant_ids AS bigint[]), CAST(:column_ids AS bigint[])) AS u (tenant_id, column_id)
CROSS JOIN LATERAL (SELECT {_LISTED} FROM item AS i
    WHERE i.tenant_id = u.tenant_id AND i.column_id = u.column_id AND i.is_public
        AND i.published_at >= :since AND i.published_at < :until
    ORDER BY i.published_at DESC, i.id DESC LIMIT :last) AS i
ORDER BY i.published_at DESC, i.id DESC LIMIT :size OFFSET :skip
""")  # noqa: S608
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


def unit(uow: UnitOfWork, *, code: str) -> AnyRow:
    """A unit with its place in the tree, its top columns, its guide and who took it over. Columns as `_UNIT`.

    Raises:
        NotFound: when there is none.
    """
    found = uow.session.execute(_BY_CODE, {"code": code, "today": shanghai_date(uow.now)}).one_or_none()
    if found is None:
        raise NotFound
    return found


def column(uow: UnitOfWork, *, code: str, column_code: str) -> AnyRow:
    """A column with its unit, the one above it and those below it. Columns as `_COLUMN`.

    Raises:
        NotFound: when there is no such unit or column.
        ColumnGone: when an office has taken it down.
    """
    values = {"code": code, "column_code": column_code, "today": shanghai_date(uow.now)}
    found = uow.session.execute(_COLUMN, values).one_or_none()
    if found is None:
        raise NotFound
    if not found.shown:
        raise ColumnGone
    return found


def bodies_before(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The bodies whose functions passed to this one, directly or through others, the latest first.

    Rows: id, code, official_name, short_name, effective_date.
    """
    return uow.session.execute(_FORMER, {"tenant_id": tenant_id}).all()


def catalogue(uow: UnitOfWork, *, tenant_id: int, before: Sequence[int]) -> Sequence[AnyRow]:
    """The columns of a unit with what it and the bodies before it published there. Rows as `_CATALOGUE`."""
    values = {"tenant_id": tenant_id, "tenant_ids": [tenant_id, *before]}
    return uow.session.execute(_CATALOGUE, values).all()


def years(uow: UnitOfWork, *, tenant_id: int, column_code: str) -> Sequence[AnyRow]:
    """What stands in a column, by body (the unit and those before it) and year. Rows as `_YEARS`, newest first."""
    return uow.session.execute(_YEARS, {"tenant_id": tenant_id, "column_code": column_code}).all()


def latest(uow: UnitOfWork, *, tenant_ids: Sequence[int], size: int) -> Sequence[AnyRow]:
    """The newest items of these bodies together. Rows as `_LISTED`, with column_code, column_name."""
    return uow.session.execute(LATEST, {"tenant_ids": list(tenant_ids), "size": size}).all()


def listed(
    uow: UnitOfWork, *, places: Sequence[tuple[int, int]], year: int | None, size: int, skip: int
) -> Sequence[AnyRow]:
    """A page of the items in these (body, column) places, newest first, of one year if given. Rows as `_LISTED`."""
    first, last = (year, year) if year else (_FIRST_YEAR, _LAST_YEAR)
    values = {
        "tenant_ids": [tenant_id for tenant_id, _ in places],
        "column_ids": [column_id for _, column_id in places],
        "since": datetime(first, 1, 1, tzinfo=SHANGHAI),
        "until": datetime(last + 1, 1, 1, tzinfo=SHANGHAI),
        "last": skip + size,
        "size": size,
        "skip": skip,
    }
    return uow.session.execute(LISTED, values).all()


def units_under(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The units directly below this one, in official order: code, short_name, tenant_type."""
    query = (
        select(Tenant.code, Tenant.short_name, Tenant.tenant_type)
        .where(Tenant.parent_id == tenant_id, Tenant.status == "active")
        .order_by(*OFFICIAL_ORDER)
    )
    return uow.session.execute(query).all()


def guides(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The versions of a unit's guide that are or were in force, newest first: version, effective_date, content."""
    query = (
        select(DisclosureGuide.version, DisclosureGuide.effective_date, DisclosureGuide.content)
        .where(DisclosureGuide.tenant_id == tenant_id, DisclosureGuide.effective_date <= shanghai_date(uow.now))
        .order_by(DisclosureGuide.version.desc())
    )
    return uow.session.execute(query).all()
