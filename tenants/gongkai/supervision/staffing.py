"""Units without a valid 信息员: somebody with that post, not ended, whose account is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from gongkai.accounts.permissions import Role
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendars
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType

PATIENCE_WORKING_DAYS = 5
"""So many working days a unit may take to name somebody before the office is shown it."""

# A post ends with its date or with the account, whichever is first; a unit that never had one is without since it was
# entered. A day counts from the one after (K3), so the day of the end itself is not among the working days.
_UNSTAFFED = text(f"""
WITH post AS NOT MATERIALIZED (
    SELECT m.tenant_id, u.disabled_at, u.created_at, u.active AS open,
        CASE WHEN NOT m.active OR m.ended_date IS NOT NULL THEN coalesce(m.ended_date, m.started_date) END AS left_on,
        m.active AND (m.ended_date IS NULL OR m.ended_date > :today) AND u.active AS valid
    FROM membership AS m JOIN user_account AS u ON u.id = m.user_id
    WHERE m.role = '{Role.CONTRIBUTOR}'
)
SELECT t.id, t.code, t.short_name, CAST(coalesce(
    (SELECT max(least(post.left_on, CASE WHEN NOT post.open THEN
        CAST(coalesce(post.disabled_at, post.created_at) AT TIME ZONE 'Asia/Shanghai' AS date) END))
        FROM post WHERE post.tenant_id = t.id),
    CAST(t.created_at AT TIME ZONE 'Asia/Shanghai' AS date)) AS date) AS since
FROM tenant AS t
WHERE t.path <@ CAST(:path AS ltree) AND t.status = 'active' AND t.tenant_type <> '{TenantType.VILLAGE_COMMITTEE}'
    AND (CAST(:only AS bigint) IS NULL OR t.id = :only)
    AND NOT EXISTS (SELECT FROM post WHERE post.tenant_id = t.id AND post.valid)
ORDER BY since, t.sort_order, t.id
""")  # noqa: S608 - only names of our own constants are put in


@dataclass(frozen=True, slots=True)
class Unstaffed:
    """A unit without a valid 信息员 since a day, which is so many working days ago."""

    id: int
    code: str
    name: str
    since: date
    working_days: int

    @property
    def words(self) -> str:
        """Since when, in words."""
        since = f"{self.since.year}年{self.since.month}月{self.since.day}日"
        return f"自{since}起无信息员（已{self.working_days}个工作日）"


def unstaffed_units(uow: UnitOfWork, *, path: str, only: int | None = None) -> Sequence[Unstaffed]:
    """Units at and under `path` without a valid 信息员 for five working days, the longest first; `only` one unit.

    Only units whose people the scope can see are answered rightly: one's own and the supervised subtree.
    """
    today, calendars = shanghai_date(uow.now), load_calendars(uow)
    rows = uow.session.execute(_UNSTAFFED, {"today": today, "path": path, "only": only})
    found = [
        Unstaffed(
            row.id, row.code, row.short_name, row.since, calendars.of(row.id).working_days_between(row.since, today)
        )
        for row in rows
    ]
    return [unit for unit in found if unit.working_days >= PATIENCE_WORKING_DAYS]
