"""Versions of the calendar: a notice is proposed, what it would move is counted and looked at, then it holds.

What moves are dates of units that no person may see into together; they are counted and moved by jobs in system scope.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.admin.holidays import Notice, current_notice, words
from gongkai.admin.moves import STAYS, Move, apply_moves, by_kind, found_moves, summed
from gongkai.admin.services import record_change
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import Days, units_of_area
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.models import CalendarVersion, CalendarYear, LocalHoliday
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.models import Tenant

PROPOSED = "calendar.proposed"
"""Outbox event: count what the version (the object id) would move."""
CHANGED = "calendar.changed"
"""Outbox event: the version (the object id) holds; move what it moves."""
HISTORY_KEY, LOCAL_KEY = "calendar", "calendar.local"
SHOWN_VERSIONS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """Dates of one kind and unit that move, or stay, together."""

    kind: str
    unit: str
    before: str
    after: str
    number: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a version moves: lines, units concerned and numbers by kind; what would move, but stays."""

    moved: Sequence[Line]
    stays: Sequence[Line]
    units: int
    numbers: dict[str, int]

    @property
    def number(self) -> int:
        """How many dates move."""
        return sum(self.numbers.values())


def propose(uow: UnitOfWork, *, actor: Actor, notice: Notice) -> None:
    """Keep a notice for confirmation in the place of one that waits, and have counted what it would move.

    Raises:
        Invalid: when it is what is in force already.
    """
    if current_notice(uow, year=notice.year, office_id=notice.office_id) == notice:
        raise Invalid([Fault("", f"与现行的{notice.title}相同，无需重新录入")])
    new = {
        "days_off": list(notice.days_off),
        "make_up_days": list(notice.make_up_days),
        "source": notice.source,
        "proposed_by": actor.user_id,
        "proposed_by_name": actor.name,
        "proposed_at": uow.now,
        "counted": None,
    }
    key = {"tenant_id": actor.tenant_id, "local": notice.local, "year": notice.year}
    stored = insert(CalendarVersion).values(**key, **new, state="proposed", in_force_by_name="")
    statement = stored.on_conflict_do_update(
        index_elements=list(key), index_where=CalendarVersion.state == "proposed", set_=new
    ).returning(CalendarVersion.id)
    uow.emit(PROPOSED, uow.session.scalars(statement).one())


def proposal(uow: UnitOfWork, *, office_id: int, year: int, local: bool, lock: bool = False) -> CalendarVersion:
    """The notice of an office that waits for confirmation.

    Raises:
        NotFound: when there is none.
    """
    query = select(CalendarVersion).where(
        CalendarVersion.tenant_id == office_id, CalendarVersion.local.is_(local), CalendarVersion.year == year,
        CalendarVersion.state == "proposed",
    )  # fmt: skip
    return uow.one(query, lock=lock)


def notice_of(version: CalendarVersion) -> Notice:
    """The notice of a version."""
    office_id = version.tenant_id if version.local else None
    return Notice(version.year, tuple(version.days_off), tuple(version.make_up_days), version.source, office_id)


def put_in_force(uow: UnitOfWork, *, actor: Actor, year: int, token: str, local: bool = False) -> Notice:
    """Put a proposed notice in force; the dates that it moves are moved by a job. Doing it again does nothing.

    Raises:
        NotFound: when nothing waits for confirmation.
        Conflict: when another notice waits than the one that was looked at, or it is not counted yet.
    """
    before = current_notice(uow, year=year, office_id=actor.tenant_id if local else None)
    if before.token == token:
        return before
    waiting = proposal(uow, office_id=actor.tenant_id, year=year, local=local, lock=True)
    notice = notice_of(waiting)
    if notice.token != token:
        raise Conflict("他人已提交另一份安排，本次没有启用。请重新打开核对页面，确认后再启用。")
    if waiting.counted is None:
        raise Conflict("影响尚未统计完成，请稍候刷新核对页面，再启用。")
    waiting.state, waiting.in_force_at = "in_force", uow.now
    waiting.in_force_by, waiting.in_force_by_name = actor.user_id, actor.name
    waiting.replaced = {
        "days_off": [str(day) for day in before.days_off], "make_up_days": [str(day) for day in before.make_up_days],
    }  # fmt: skip
    _keep(uow, actor, notice)
    changes = [
        (f"{year}年放假", words(before.days_off), words(notice.days_off)),
        (f"{year}年调休上班", words(before.make_up_days), words(notice.make_up_days)),
    ]
    changed = [one for one in changes if one[1] != one[2]]
    record_change(
        uow, actor=actor, key=LOCAL_KEY if local else HISTORY_KEY, reason=notice.source, changes=changed
    )  # fmt: skip
    uow.session.flush()
    uow.emit(CHANGED, waiting.id)
    return notice


def _keep(uow: UnitOfWork, actor: Actor, notice: Notice) -> None:
    values: dict[str, Any] = {
        "days_off": list(notice.days_off), "source": notice.source, "entered_by": actor.user_id, "entered_at": uow.now,
    }  # fmt: skip
    if notice.local:
        own = insert(LocalHoliday).values(tenant_id=actor.tenant_id, year=notice.year, **values)
        uow.session.execute(own.on_conflict_do_update(index_elements=["tenant_id", "year"], set_=values))
        return
    values["make_up_days"] = list(notice.make_up_days)
    stored = insert(CalendarYear).values(year=notice.year, **values)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["year"], set_=values))


def count_effects(uow: UnitOfWork, version_ids: Iterable[int]) -> None:
    """Count what these proposals would move. Needs the scope of all units."""
    for version_id in version_ids:
        version = uow.session.get(CalendarVersion, version_id, with_for_update=True)
        if version is not None and version.state == "proposed":
            notice = notice_of(version)
            held = current_notice(uow, year=notice.year, office_id=notice.office_id)
            version.counted = summed(_moves(uow, version, held.days_off, held.make_up_days))


def apply(uow: UnitOfWork, version_id: int) -> int:
    """Move what a version in force moves, and record it; once. Returns how many dates moved. Needs the scope of all
    units."""
    version = uow.session.get(CalendarVersion, version_id, with_for_update=True)
    if version is None or version.replaced is None or version.applied is not None:
        return 0
    off, made_up = (
        [date.fromisoformat(day) for day in version.replaced[name]] for name in ("days_off", "make_up_days")
    )
    moves = _moves(uow, version, off, made_up)
    version.applied = summed(moves)
    moving = [one for one in moves if one.kind not in STAYS]
    apply_moves(uow, moving, source=version.source)
    if moving:
        detail = {"moved": by_kind(version.applied["rows"])}
        uow.audit(
            "calendar.apply", tenant_id=version.tenant_id, object_type="calendar_version", object_id=version.id,
            detail=detail,
        )  # fmt: skip
    return len(moving)


def _moves(
    uow: UnitOfWork, version: CalendarVersion, days_off: Sequence[date], make_up_days: Sequence[date]
) -> list[Move]:
    office = version.tenant_id if version.local else None
    units = units_of_area(uow, office_id=version.tenant_id) if version.local else None
    return found_moves(
        uow,
        notice=Days(version.year, version.days_off, version.make_up_days, office, units),
        replaced=Days(version.year, days_off, make_up_days, office, units),
        day=shanghai_date(version.proposed_at),
        until=version.in_force_at,
    )


def effect_of(uow: UnitOfWork, recorded: dict[str, Any] | None) -> Effect | None:
    """What was recorded of a version, with the names of the units; None before it was."""
    if recorded is None:
        return None
    rows = recorded["rows"]
    names = _names(uow, {row[1] for row in rows})
    lines = [Line(kind, names[unit], before, after, number) for kind, unit, before, after, number in rows]
    moving = [row for row in rows if row[0] not in STAYS]
    return Effect(
        [one for one in lines if one.kind not in STAYS],
        [one for one in lines if one.kind in STAYS],
        len({row[1] for row in moving}),
        dict(by_kind(moving)),
    )


def _names(uow: UnitOfWork, unit_ids: set[int]) -> dict[int, str]:
    rows = uow.session.execute(select(Tenant.id, Tenant.short_name).where(Tenant.id.in_(unit_ids)))
    return {row.id: row.short_name for row in rows}


def versions(uow: UnitOfWork, *, office_id: int, local: bool) -> Sequence[CalendarVersion]:
    """The versions that an office has put in force, newest first."""
    query = (
        select(CalendarVersion)
        .where(
            CalendarVersion.tenant_id == office_id, CalendarVersion.local.is_(local),
            CalendarVersion.in_force_at.is_not(None),
        )
        .order_by(CalendarVersion.in_force_at.desc())
        .limit(SHOWN_VERSIONS)
    )  # fmt: skip
    return uow.session.scalars(query).all()


def get_version(uow: UnitOfWork, *, office_id: int, version_id: int, local: bool) -> CalendarVersion:
    """A version that an office has put in force.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(CalendarVersion).where(
        CalendarVersion.id == version_id, CalendarVersion.tenant_id == office_id, CalendarVersion.local.is_(local),
        CalendarVersion.state == "in_force",
    )  # fmt: skip
    return uow.one(query)
