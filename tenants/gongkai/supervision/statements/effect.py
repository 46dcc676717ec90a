"""Which statements have effect: accepted, and nothing published in their month. What judges months reads only this."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork

ACCEPTED = "s.state = 'accepted'"
"""Condition on a statement `s`: it ends a row of blank months. One in whose month something is published is made void
by the event of that publication."""
EFFECTIVE = """s.state = 'accepted' AND NOT EXISTS (
    SELECT 1 FROM period_count AS pc WHERE pc.tenant_id = s.tenant_id AND pc.period = s.period AND pc.total > 0)"""
"""Condition on a statement `s`: it is accepted, and nothing at all was published in its month, the last event not yet
worked off included. The month is judged by this."""
_STATED = text(f"""
SELECT s.tenant_id, s.period FROM blank_statement AS s
WHERE s.tenant_id = ANY (CAST(:unit_ids AS bigint[])) AND s.period BETWEEN :first AND :last AND {EFFECTIVE}
""")  # noqa: S608 - our own condition


def stated_months(
    uow: UnitOfWork, *, unit_ids: Sequence[int], first: Period, last: Period
) -> Mapping[int, Collection[Period]]:
    """Unit → the months from `first` to `last` in which it had nothing to publish, as an accepted statement has it."""
    found: dict[int, set[Period]] = {}
    values = {"unit_ids": list(unit_ids), "first": str(first), "last": str(last)}
    for tenant_id, period in uow.session.execute(_STATED, values):
        found.setdefault(tenant_id, set()).add(Period.parse(period))
    return found
