"""How often an office asked something of its grass-roots units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, text

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.burdens.demands import GRASS_ROOTS
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

_ASKED = text("""
SELECT asked.kind, count(*) AS times, count(DISTINCT asked.unit_id) AS units
FROM (
    SELECT 'findings' AS kind, tenant_id AS unit_id FROM finding
    WHERE office_id = :office AND due_date IS NOT NULL AND found_at >= :first AND found_at < :next
    UNION ALL SELECT 'slips', tenant_id FROM slip_delivery
    WHERE office_id = :office AND state <> 'withdrawn' AND issued_date >= :first AND issued_date < :next
    UNION ALL SELECT 'assignments', tenant_id FROM assignment_share
    WHERE office_id = :office AND NOT withdrawn AND handed_out_at >= :first AND handed_out_at < :next
    UNION ALL SELECT 'trainings', u.unit_id FROM training_unit AS u JOIN training_session AS s ON s.id = u.session_id
    WHERE u.tenant_id = :office AND s.held_date >= :first AND s.held_date < :next
    UNION ALL SELECT 'sheets', tenant_id FROM verification_sheet
    WHERE office_id = :office AND sent_date >= :first AND sent_date < :next
    UNION ALL SELECT 'transfers', tenant_id FROM transfer_list
    WHERE office_id = :office AND version = 1 AND made_at >= :first AND made_at < :next
    UNION ALL SELECT 'reports', d.unit_id FROM report_duty AS d JOIN report_list AS l ON l.id = d.list_id
    WHERE d.tenant_id = :office AND l.report_year = extract(year FROM CAST(:first AS date)) - 1
) AS asked
JOIN tenant AS t ON t.id = asked.unit_id AND t.tenant_type = ANY (CAST(:types AS text[]))
GROUP BY asked.kind
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a demand was made in a year, and of how many units."""

    times: int = 0
    units: int = 0


def asked_in(uow: UnitOfWork, *, office_id: int, year: int) -> Mapping[str, Asked]:
    """Key of a demand → how often the office made it of townships and sub-districts in a year."""
    given = {
        "office": office_id, "first": date(year, 1, 1), "next": date(year + 1, 1, 1), "types": list(GRASS_ROOTS),
    }  # fmt: skip
    return {row.kind: Asked(row.times, row.units) for row in uow.session.execute(_ASKED, given)}


def grass_roots(uow: UnitOfWork, *, path: str) -> int:
    """How many townships and sub-districts there are under an office."""
    query = select(func.count()).select_from(Tenant)
    return (
        uow.session.scalar(query.where(below(path), Tenant.tenant_type.in_(GRASS_ROOTS), Tenant.status == "active"))
        or 0
    )
