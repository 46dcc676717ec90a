"""Which months have been issued: what imports ask before they bring items into a closed one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from gongkai.core.ports import IssuedCircular
from gongkai.core.uow import UnitOfWork

_ISSUED = text("""
SELECT circular.id, circular.period, office.short_name AS office, circular.title, circular.document_number AS number,
    sum(brought.items) AS items, array_agg(DISTINCT brought.period) AS months
FROM unnest(CAST(:unit_ids AS bigint[]), CAST(:periods AS text[]), CAST(:items AS bigint[]))
    AS brought (unit_id, period, items)
JOIN tenant AS unit ON unit.id = brought.unit_id
JOIN circular ON circular.state = 'issued' AND circular.period IN (brought.period, left(brought.period, 4),
    left(brought.period, 4) || '-Q' || (right(brought.period, 2)::int + 2) / 3)
JOIN tenant AS office ON office.id = circular.tenant_id AND unit.path <@ office.path
    AND (circular.coverage = 'all' OR nlevel(unit.path) <= nlevel(office.path) + 1)
GROUP BY circular.id, office.id
ORDER BY circular.period, office.path, circular.id
""")


class IssuedCirculars:
    """`IssuedPeriods` over the circulars."""

    def after_issue(self, uow: UnitOfWork, brought: Mapping[tuple[int, str], int]) -> Sequence[IssuedCircular]:
        """See `IssuedPeriods.after_issue`."""
        if not brought:
            return []
        pairs = sorted(brought)
        values = {
            "unit_ids": [unit_id for unit_id, _ in pairs],
            "periods": [period for _, period in pairs],
            "items": [brought[pair] for pair in pairs],
        }
        rows = uow.session.execute(_ISSUED, values)
        return [
            IssuedCircular(row.id, row.period, row.office, row.title, row.number, int(row.items), tuple(row.months))
            for row in rows
        ]
