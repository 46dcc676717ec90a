"""What the register knows: sessions with their figures, absences of a month, hours of units and persons in a year.

Everything is computed from the names on record. A session carried over from older versions states how many units were
invited; of it only the absent ones are known by name.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, select

from gongkai.accounts.models import Membership, User
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.models import AuditEvent
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.training.figures import (
    NONE,
    Absence,
    MonthAbsences,
    OfficeYear,
    OwnSession,
    PersonYear,
    Session,
    UnitAtSession,
    UnitYear,
)
from gongkai.supervision.training.models import TrainingAttendance, TrainingSession, TrainingUnit
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER


def sessions_of(
    uow: UnitOfWork, *, office_id: int, first: Period, last: Period, session_id: int | None = None
) -> list[Session]:
    """An office's sessions of some months, the latest first; with `session_id` that one alone."""
    wanted = and_(TrainingSession.tenant_id == office_id, TrainingSession.period.between(str(first), str(last)))
    if session_id is not None:
        wanted = and_(TrainingSession.tenant_id == office_id, TrainingSession.id == session_id)
    came = _came(wanted)
    unit = TrainingUnit
    there, excused = came.c.persons.is_not(None), unit.excuse != ""
    units = (
        select(
            unit.session_id,
            func.count().filter(unit.invited).label("invited"),
            func.count().filter(unit.invited, there).label("attended"),
            func.count().filter(unit.invited, excused, ~there).label("excused"),
            func.count().filter(~unit.invited).label("walked_in"),
            func.coalesce(func.sum(came.c.persons), 0).label("persons"),
            func.coalesce(func.sum(came.c.hours), NONE).label("person_hours"),
        )
        .join(TrainingSession, TrainingSession.id == unit.session_id)
        .outerjoin(came, and_(came.c.session_id == unit.session_id, came.c.unit_id == unit.unit_id))
        .where(wanted)
        .group_by(unit.session_id)
    )
    figures = {row.session_id: row for row in uow.session.execute(units)}
    query = select(TrainingSession.__table__).where(wanted)
    rows = uow.session.execute(query.order_by(TrainingSession.held_date.desc(), TrainingSession.id.desc())).all()
    return [_session(row, figures.get(row.id)) for row in rows]


def units_at(uow: UnitOfWork, *, office_id: int, session_id: int) -> list[UnitAtSession]:
    """The units of a session in official order, with the persons who came (id, name, section, hours, user_id)."""
    query = (
        select(TrainingUnit.unit_id, TrainingUnit.invited, TrainingUnit.excuse, Tenant.code, Tenant.short_name)
        .join(Tenant, Tenant.id == TrainingUnit.unit_id)
        .where(TrainingUnit.tenant_id == office_id, TrainingUnit.session_id == session_id)
        .order_by(*OFFICIAL_ORDER)
    )
    who = TrainingAttendance
    people = select(who.unit_id, who.id, who.name, who.section, who.hours, who.user_id).where(
        who.tenant_id == office_id, who.session_id == session_id
    )
    persons: dict[int, list[AnyRow]] = defaultdict(list)
    for row in uow.session.execute(people.order_by(who.id)):
        persons[row.unit_id].append(row)
    return [
        UnitAtSession(
            row.unit_id, row.code, row.short_name, row.invited, row.excuse,
            state_of(invited=row.invited, came=bool(persons[row.unit_id]), excuse=row.excuse),
            tuple(persons[row.unit_id]),
        )
        for row in uow.session.execute(query)
    ]  # fmt: skip


def state_of(*, invited: bool, came: bool, excuse: str) -> str:
    """How a unit stands to a session: attended, walked_in, excused or missing."""
    if came:
        return "attended" if invited else "walked_in"
    return "excused" if excuse else "missing"


def absences_of_month(uow: UnitOfWork, *, office_id: int, period: Period) -> MonthAbsences:
    """Who was absent from an office's closed sessions of a month, and what the circular states beside it."""
    return absences_of_months(uow, office_id=office_id, first=period, last=period)


def absences_of_months(uow: UnitOfWork, *, office_id: int, first: Period, last: Period) -> MonthAbsences:
    """The same of several months, both included."""
    closed = [row for row in sessions_of(uow, office_id=office_id, first=first, last=last) if row.closed_at]
    if not closed:
        return MonthAbsences()
    known = {row.id: row for row in closed}
    unit, who = TrainingUnit, TrainingAttendance
    came = select(who.id).where(who.session_id == unit.session_id, who.unit_id == unit.unit_id).exists()
    query = (
        select(unit.session_id, unit.unit_id, unit.excuse, came.label("came"))
        .where(unit.tenant_id == office_id, unit.session_id.in_(known), unit.invited)
        .order_by(unit.id)
    )
    rows = uow.session.execute(query).all()
    absent = [
        Absence(row.unit_id, row.session_id, session.held_date, session.topic, session.source)
        for row in rows
        if not row.came and not row.excuse
        for session in (known[row.session_id],)
    ]
    stated = max((row.invited for row in closed if row.carried), default=0)
    return MonthAbsences(
        first=min(row.held_date for row in closed),
        last=max(row.held_date for row in closed),
        sessions=sum(row.times for row in closed),
        invited=max(stated, len({row.unit_id for row in rows})),
        absences=tuple(sorted(absent, key=lambda row: (row.held_date, row.session_id))),
    )


def office_year(uow: UnitOfWork, *, office_id: int, year: int) -> OfficeYear:
    """Trainings an office held in a year, with persons and hours, as annual reports ask; open lists are not counted."""
    rows = sessions_of(uow, office_id=office_id, first=Period(year, 1), last=Period(year, 12))
    closed = [row for row in rows if row.closed_at is not None]
    return OfficeYear(
        year,
        sessions=sum(row.times for row in closed),
        person_times=sum(row.persons for row in closed),
        hours=sum((row.person_hours for row in closed), NONE),
    )


def units_year(uow: UnitOfWork, *, office_id: int, year: int, unit_id: int | None = None) -> list[UnitYear]:
    """What an office's closed sessions of a year were to each unit, in official order; `unit_id` asks for one."""
    wanted = and_(
        TrainingSession.tenant_id == office_id,
        TrainingSession.period.between(f"{year:04d}-01", f"{year:04d}-12"),
        TrainingSession.closed_at.is_not(None),
    )
    came = _came(wanted)
    unit = TrainingUnit
    there, excused = came.c.persons.is_not(None), unit.excuse != ""
    query: Any = (
        select(
            unit.unit_id,
            Tenant.code,
            Tenant.short_name,
            func.count().filter(unit.invited).label("invited"),
            func.count().filter(there).label("attended"),
            func.count().filter(unit.invited, ~there, ~excused).label("absent"),
            func.count().filter(~there, excused).label("excused"),
            func.coalesce(func.sum(came.c.persons), 0).label("person_times"),
            func.coalesce(func.sum(came.c.hours), NONE).label("hours"),
        )
        .join(TrainingSession, TrainingSession.id == unit.session_id)
        .join(Tenant, Tenant.id == unit.unit_id)
        .outerjoin(came, and_(came.c.session_id == unit.session_id, came.c.unit_id == unit.unit_id))
        .where(wanted)
        .group_by(unit.unit_id, Tenant.id)
        .order_by(*OFFICIAL_ORDER)
    )
    people = _people_of_year(uow, wanted, unit_id)
    if unit_id is not None:
        query = query.where(unit.unit_id == unit_id)
    return [
        UnitYear(
            row.unit_id, row.code, row.short_name, row.invited, row.attended, row.absent, row.excused,
            row.person_times, row.hours, tuple(people.get(row.unit_id, ())),
        )
        for row in uow.session.execute(query)
    ]  # fmt: skip


def own_sessions(uow: UnitOfWork, *, unit_id: int, year: int) -> list[OwnSession]:
    """Sessions of a year to which a unit was invited or came, the latest first."""
    query = (
        select(TrainingSession.__table__, TrainingUnit.invited, TrainingUnit.excuse)
        .join(TrainingUnit, TrainingUnit.session_id == TrainingSession.id)
        .where(
            TrainingUnit.unit_id == unit_id, TrainingSession.period.between(f"{year:04d}-01", f"{year:04d}-12")
        )
        .order_by(TrainingSession.held_date.desc(), TrainingSession.id.desc())
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    who = TrainingAttendance
    people = select(who.session_id, who.name, who.section, who.hours).where(
        who.unit_id == unit_id, who.session_id.in_([row.id for row in rows])
    )
    persons: dict[int, list[AnyRow]] = defaultdict(list)
    for row in uow.session.execute(people.order_by(who.id)):
        persons[row.session_id].append(row)
    return [
        OwnSession(
            row.id, row.held_date, row.topic, row.organiser, row.online, row.place, row.hours,
            row.closed_at is not None, state_of(invited=row.invited, came=bool(persons[row.id]), excuse=row.excuse),
            row.excuse, tuple(persons[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def own_people(uow: UnitOfWork, *, unit_id: int, year: int) -> list[PersonYear]:
    """Class hours of a unit's persons in a year, by whichever office; open lists are not counted."""
    wanted = and_(
        TrainingSession.period.between(f"{year:04d}-01", f"{year:04d}-12"), TrainingSession.closed_at.is_not(None)
    )
    return _people_of_year(uow, wanted, unit_id).get(unit_id, [])


def members_of(uow: UnitOfWork, *, unit_ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    """People with an account in each unit: tenant_id, user_id, name, section; each once."""
    query = (
        select(Membership.tenant_id, User.id.label("user_id"), User.name, func.max(Membership.section).label("section"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.tenant_id.in_(unit_ids), Membership.active, User.active)
        .group_by(Membership.tenant_id, User.id)
        .order_by(Membership.tenant_id, User.id)
    )
    rows = uow.session.execute(query).all()
    return {unit_id: list(members) for unit_id, members in groupby(rows, key=lambda row: row.tenant_id)}


def history_of(uow: UnitOfWork, *, office_id: int, session_id: int) -> Sequence[AnyRow]:
    """What was done with a session, latest first: at, action, detail, who."""
    query = (
        select(AuditEvent.at, AuditEvent.action, AuditEvent.detail, User.name.label("who"))
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.tenant_id == office_id,
            AuditEvent.object_type == "training_session",
            AuditEvent.object_id == session_id,
        )
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    return uow.session.execute(query).all()


def _came(wanted: ColumnElement[bool]) -> Subquery:
    """Who came to the wanted sessions: session_id, unit_id, persons, hours."""
    who = TrainingAttendance
    return (
        select(
            who.session_id,
            who.unit_id,
            func.count().label("persons"),
            func.sum(func.coalesce(who.hours, TrainingSession.hours)).label("hours"),
        )
        .join(TrainingSession, TrainingSession.id == who.session_id)
        .where(wanted)
        .group_by(who.session_id, who.unit_id)
        .subquery()
    )


def _session(row: AnyRow, figures: AnyRow | None) -> Session:
    named, excused = (figures.invited, figures.excused) if figures else (0, 0)
    attended = figures.attended if figures else 0
    missing = named - attended - excused
    invited = named if row.stated_invited is None else max(row.stated_invited, named)
    return Session(
        id=row.id,
        office_id=row.tenant_id,
        period=row.period,
        held_date=row.held_date,
        topic=row.topic,
        organiser=row.organiser,
        online=row.online,
        place=row.place,
        hours=row.hours,
        times=row.times,
        source=row.source,
        note=row.note,
        closed_at=row.closed_at,
        carried=row.stated_invited is not None,
        invited=invited,
        attended=invited - excused - missing,
        excused=excused,
        missing=missing,
        walked_in=figures.walked_in if figures else 0,
        persons=figures.persons if figures else 0,
        person_hours=figures.person_hours if figures else NONE,
    )


def _people_of_year(uow: UnitOfWork, wanted: ColumnElement[bool], unit_id: int | None) -> dict[int, list[PersonYear]]:
    """Persons with their hours by unit. One name is one person, unless sections tell several apart."""
    who = TrainingAttendance
    query: Any = (
        select(
            who.unit_id,
            who.name,
            who.section,
            func.count().label("times"),
            func.sum(func.coalesce(who.hours, TrainingSession.hours, NONE)).label("hours"),
        )
        .join(TrainingSession, TrainingSession.id == who.session_id)
        .where(wanted)
        .group_by(who.unit_id, who.name, who.section)
        .order_by(who.unit_id, who.name, who.section)
    )
    if unit_id is not None:
        query = query.where(who.unit_id == unit_id)
    found: dict[int, list[PersonYear]] = defaultdict(list)
    for (unit, name), rows in groupby(uow.session.execute(query).all(), key=lambda row: (row.unit_id, row.name)):
        found[unit] += _told_apart(unit, name, list(rows))
    return dict(found)


def _told_apart(unit_id: int, name: str, rows: list[AnyRow]) -> list[PersonYear]:
    sections = [row.section for row in rows if row.section]
    if len(sections) > 1:
        return [PersonYear(unit_id, name, row.section, row.times, row.hours) for row in rows]
    section = sections[0] if sections else ""
    return [PersonYear(unit_id, name, section, sum(r.times for r in rows), sum((r.hours for r in rows), NONE))]
