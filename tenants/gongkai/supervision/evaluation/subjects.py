"""The units that are judged, with the office that keeps the ledger of each."""

from collections.abc import Collection

from sqlalchemy import text

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Subject
from gongkai.tenancy.kinds import SUPERVISING_TYPES, TenantType

# Nothing is asked of villages （基层减负, `regulation.md` section 11).
_SUBJECTS = text(f"""
SELECT t.id, t.code, t.short_name, CAST(t.path AS text) AS path, t.tenant_type,
    (SELECT min(p.valid_from) FROM tenant_period AS p WHERE p.tenant_id = t.id) AS established,
    grace.begins, grace.ends
FROM tenant AS t LEFT JOIN (
    SELECT tenant_id, array_agg(from_date ORDER BY from_date, id) AS begins,
        array_agg(until_date ORDER BY from_date, id) AS ends
    FROM tenant_grace GROUP BY tenant_id) AS grace ON grace.tenant_id = t.id
WHERE t.status = 'active' AND t.tenant_type <> '{TenantType.VILLAGE_COMMITTEE}'
    AND (CAST(:path AS ltree) IS NULL OR t.path <@ CAST(:path AS ltree))
ORDER BY t.id
""")  # noqa: S608 - only names of our own constants are put in


def subjects_of(uow: UnitOfWork, *, path: str | None = None) -> dict[int, Subject]:
    """The units in force under a place of the tree (`1.5`; None: all), its own body included."""
    rows = uow.session.execute(_SUBJECTS, {"path": path}).all()
    offices = _offices(uow)
    return {
        row.id: Subject(
            id=row.id,
            code=row.code,
            name=row.short_name,
            chain=(chain := tuple(int(label) for label in row.path.split("."))),
            tenant_type=row.tenant_type,
            office_id=nearest_office(chain, offices),
            established=row.established,
            graces=tuple(zip(row.begins or (), row.ends or (), strict=True)),
        )
        for row in rows
    }


def _offices(uow: UnitOfWork) -> frozenset[int]:
    """Ids of the governments whose office supervises."""
    kinds = sorted(SUPERVISING_TYPES)
    query = text("SELECT id FROM tenant WHERE tenant_type = ANY (:kinds)")
    return frozenset(uow.session.scalars(query, {"kinds": kinds}))


def nearest_office(chain: tuple[int, ...], offices: Collection[int]) -> int:
    """The nearest supervising government above a unit; the root of the tree where there is none."""
    return next((unit_id for unit_id in reversed(chain[:-1]) if unit_id in offices), chain[0])
