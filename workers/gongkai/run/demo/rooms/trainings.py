"""Two trainings of the prefecture's office: one whose list is closed with absent units, one still to come."""

from datetime import timedelta
from decimal import Decimal

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.days import workdays_after
from gongkai.run.demo.rooms.stage import Stage
from gongkai.supervision.training.attendance import record_attendance
from gongkai.supervision.training.choosing import Choice, choose, units_on
from gongkai.supervision.training.queries import members_of, sessions_of, units_at
from gongkai.supervision.training.schemas import Person, SessionForm
from gongkai.supervision.training.services import close_session, create_session, excuse
from gongkai.tenancy.kinds import TenantType

OFFICE = "yl-zf-zwgk"
ORGANISER = "云岭州政务公开办公室"
PAST, EXCUSED, ABSENT = "政府信息公开业务培训", 4, (9, 17)
COMING = "政府信息公开年度报告编制培训"


def play(stage: Stage) -> None:
    """The session of some weeks ago, its list a day later; the invitation to the next one."""
    stage.once("training.invite", stage.at(22, 9), _invite_past)
    stage.once("training.close", stage.at(12, 16), _close)
    stage.once("training.coming", stage.at(2, 10), _invite_coming, stage)


def _invite_past(uow: UnitOfWork) -> None:
    day = workdays_after(shanghai_date(uow.now), 7)
    place, source = "州政务服务中心报告厅", "州政务公开办培训通知"
    _invite(uow, SessionForm(day, PAST, ORGANISER, Decimal("3.5"), place=place, source=source))


def _invite_coming(uow: UnitOfWork, stage: Stage) -> None:
    _invite(uow, SessionForm(stage.today + timedelta(days=8), COMING, ORGANISER, Decimal(2), online=True))


def _invite(uow: UnitOfWork, form: SessionForm) -> None:
    actor = actor_of(uow, OFFICE)
    create_session(uow, office_id=actor.tenant_id, entered_by=actor.user_id, form=form, unit_ids=_departments(uow))


def _departments(uow: UnitOfWork) -> list[int]:
    """The departments directly under the prefecture, in official order."""
    actor = actor_of(uow, OFFICE)
    units = units_on(uow, office_id=actor.tenant_id, day=shanghai_date(uow.now))
    chosen = set(choose(units, Choice(kinds=frozenset({TenantType.BUREAU}))))
    return [row.id for row in units.rows if row.id in chosen and row.area_id == actor.tenant_id]


def _close(uow: UnitOfWork) -> None:
    actor = actor_of(uow, OFFICE)
    office_id, today = actor.tenant_id, shanghai_date(uow.now)
    found = sessions_of(uow, office_id=office_id, first=Period.of(today).previous(), last=Period.of(today))
    session_id = next(row.id for row in found if row.topic == PAST)
    units = units_at(uow, office_id=office_id, session_id=session_id)
    members = members_of(uow, unit_ids=[unit.unit_id for unit in units])
    away = {units[place].unit_id for place in (EXCUSED, *ABSENT)}
    lists = {
        unit.unit_id: [Person(one.name, one.section) for one in members.get(unit.unit_id, [])[:2]]
        for unit in units
        if unit.unit_id not in away
    }
    record_attendance(uow, office_id=office_id, entered_by=actor.user_id, session_id=session_id, lists=lists)
    why = "当日承办全国性会议，已报州政务公开办同意"
    excuse(uow, office_id=office_id, session_id=session_id, unit_id=units[EXCUSED].unit_id, excuse=why)
    close_session(uow, office_id=office_id, session_id=session_id)
