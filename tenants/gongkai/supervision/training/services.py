"""What an office does with a training session: record, invite, close, correct. Each deed is on the audit trail.

Until the list is closed everything may change. Afterwards each correction needs its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.training.models import TrainingAttendance, TrainingSession, TrainingUnit
from gongkai.supervision.training.schemas import TEXT_LIMIT, SessionForm

INVITED, CLOSED = "training.invited", "training.closed"
ACTIONS = {
    "training.create": "登记培训",
    "training.change": "修改培训登记",
    "training.remove": "删除培训登记",
    "training.invite": "增加应参训单位",
    "training.withdraw": "移出应参训单位",
    "training.excuse": "登记请假",
    "training.attend": "登记签到",
    "training.close": "确认参训名单",
}
"""Deed → what the history of a session calls it."""


def get_session(uow: UnitOfWork, *, office_id: int, session_id: int, lock: bool = False) -> TrainingSession:
    """A session of this office, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(TrainingSession).where(TrainingSession.id == session_id, TrainingSession.tenant_id == office_id)
    return uow.one(query, lock=lock)


def create_session(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, form: SessionForm, unit_ids: Sequence[int]
) -> TrainingSession:
    """Record a session and invite units, which are told; `unit_ids` are units of the office.

    Raises:
        Invalid: when no unit is invited.
    """
    if not unit_ids:
        raise Invalid([Fault("units", "未选择应参训单位", "请勾选范围或单位，填写单位名称，或上传单位名单")])
    session = TrainingSession(
        tenant_id=office_id, period=str(Period.of(form.held_date)), created_by=entered_by, created_at=uow.now,
        **asdict(form),
    )  # fmt: skip
    uow.session.add(session)
    uow.session.flush()
    audit(uow, "training.create", session, form=_plain(form), units=_invite(uow, session, unit_ids))
    uow.emit(INVITED, session.id)
    return session


def change_session(
    uow: UnitOfWork, *, office_id: int, session_id: int, form: SessionForm, reason: str = ""
) -> TrainingSession:
    """Correct what a session is; circulars whose figures are locked keep what they had.

    Raises:
        NotFound: when it is missing or another office's.
        Invalid: when the list is closed and no reason is given, or the session would lie in the future.
    """
    session = session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    if session.closed_at is not None and form.held_date > shanghai_date(uow.now):
        raise Invalid([Fault("held_date", "参训名单已确认，培训日期不能晚于今天", "请核对日期")])
    before = {name: getattr(session, name) for name in asdict(form)}
    changed = {name: value for name, value in asdict(form).items() if value != before[name]}
    for name, value in changed.items():
        setattr(session, name, value)
    if "held_date" in changed:
        session.period = str(Period.of(form.held_date))
    if changed:
        old = {name: _json(before[name]) for name in changed}
        audit(uow, "training.change", session, reason=reason, before=old, after=_plain(form, changed))
    return session


def remove_session(uow: UnitOfWork, *, office_id: int, session_id: int) -> None:
    """Remove a session that was recorded by mistake.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when its list is closed, or persons are on it.
    """
    session = get_session(uow, office_id=office_id, session_id=session_id, lock=True)
    known = select(TrainingAttendance.id).where(TrainingAttendance.session_id == session_id).limit(1)
    if session.closed_at is not None or uow.session.scalar(known) is not None:
        raise Conflict("这次培训已有签到人员或者名单已确认，不能删除。登记有误的，请修改并说明原因。")
    audit(uow, "training.remove", session, topic=session.topic, held_date=session.held_date.isoformat())
    uow.session.delete(session)
    uow.session.flush()


def invite(uow: UnitOfWork, *, office_id: int, session_id: int, unit_ids: Sequence[int], reason: str = "") -> int:
    """Invite more units of the office; returns how many are new.

    Raises:
        NotFound: when the session is missing or another office's.
        Invalid: when no unit is chosen, or the list is closed and no reason is given.
    """
    if not unit_ids:
        raise Invalid([Fault("units", "未选择应参训单位", "请勾选范围或单位，填写单位名称，或上传单位名单")])
    session = session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    new = _invite(uow, session, unit_ids)
    if new:
        audit(uow, "training.invite", session, reason=reason, units=new)
        uow.emit(INVITED if session.closed_at is None else CLOSED, session.id)
    return len(new)


def withdraw_unit(uow: UnitOfWork, *, office_id: int, session_id: int, unit_id: int, reason: str = "") -> None:
    """Take a unit off the list of those invited by mistake.

    Raises:
        NotFound: when the session or the unit's invitation is missing or another office's.
        Conflict: when persons of the unit are on the list.
        Invalid: when the list is closed and no reason is given.
    """
    session = session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    row = _unit_row(uow, session_id, unit_id)
    who = TrainingAttendance
    known = select(who.id).where(who.session_id == session_id, who.unit_id == unit_id).limit(1)
    if uow.session.scalar(known) is not None:
        raise Conflict("该单位已有人员签到，不能移出名单。请先删除其签到人员。")
    uow.session.delete(row)
    uow.session.flush()
    audit(uow, "training.withdraw", session, reason=reason, units=[unit_id])


def excuse(
    uow: UnitOfWork, *, office_id: int, session_id: int, unit_id: int, excuse: str, reason: str = ""
) -> None:  # fmt: skip
    """Record why an invited unit need not come; an empty `excuse` takes it back.

    Raises:
        NotFound: when the session is missing or another office's, or the unit was not invited.
        Invalid: when the excuse is too long, or the list is closed and no reason is given.
    """
    session = session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    row = _unit_row(uow, session_id, unit_id)
    text = " ".join(excuse.split())
    if len(text) > TEXT_LIMIT:
        raise Invalid([Fault("excuse", f"请假原因过长（{len(text)}字）", f"请控制在{TEXT_LIMIT}字以内")])
    if not row.invited:
        raise NotFound
    if text == row.excuse:
        return
    audit(uow, "training.excuse", session, reason=reason, units=[unit_id], before=row.excuse, after=text)
    row.excuse = text
    if session.closed_at is not None and not text:
        uow.emit(CLOSED, session.id)


def close_session(uow: UnitOfWork, *, office_id: int, session_id: int) -> TrainingSession:
    """Close the attendance list: who was invited, did not come and is not excused, is absent and is told so.

    Raises:
        NotFound: when the session is missing or another office's.
        Conflict: when the list is closed already, or the day of the training has not come.
    """
    session = get_session(uow, office_id=office_id, session_id=session_id, lock=True)
    if session.closed_at is not None:
        raise Conflict("这次培训的参训名单已经确认。需要更正的，请修改并说明原因。")
    if session.held_date > shanghai_date(uow.now):
        raise Conflict(f"培训于{format_date(session.held_date)}举办，尚未举办的不能确认参训名单。")
    session.closed_at = uow.now
    audit(uow, "training.close", session)
    uow.emit(CLOSED, session.id)
    return session


def session_to_change(uow: UnitOfWork, *, office_id: int, session_id: int, reason: str) -> TrainingSession:
    """A session about to be changed, locked.

    Raises:
        NotFound: when it is missing or another office's.
        Invalid: when its list is closed and no reason is given, or a reason is too long.
    """
    session = get_session(uow, office_id=office_id, session_id=session_id, lock=True)
    if session.closed_at is not None and not reason.strip():
        raise Invalid([Fault("reason", "没有填写更正原因", "参训名单已确认，更正须写明原因")])
    if len(reason) > TEXT_LIMIT:
        raise Invalid([Fault("reason", f"更正原因过长（{len(reason)}字）", f"请控制在{TEXT_LIMIT}字以内")])
    return session


def audit(uow: UnitOfWork, action: str, session: TrainingSession, **detail: Any) -> None:
    """Record a deed on a session; empty details are left out."""
    uow.audit(
        action,
        tenant_id=session.tenant_id,
        object_type="training_session",
        object_id=session.id,
        detail={name: value for name, value in detail.items() if value not in ("", [], {})},
    )


def _invite(uow: UnitOfWork, session: TrainingSession, unit_ids: Iterable[int]) -> list[int]:
    """Invite units; those that came unasked are invited afterwards. Returns the units that were not invited before."""
    wanted = list(dict.fromkeys(unit_ids))
    values = [
        {
            "tenant_id": session.tenant_id, "session_id": session.id, "unit_id": unit_id, "invited": True, "excuse": "",
            "added_at": uow.now,
        }
        for unit_id in wanted
    ]  # fmt: skip
    statement = insert(TrainingUnit).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "session_id", "unit_id"],
        set_={"invited": True},
        where=~TrainingUnit.invited,
    )
    return sorted(uow.session.scalars(statement.returning(TrainingUnit.unit_id)))


def _unit_row(uow: UnitOfWork, session_id: int, unit_id: int) -> TrainingUnit:
    query = select(TrainingUnit).where(TrainingUnit.session_id == session_id, TrainingUnit.unit_id == unit_id)
    return uow.one(query)


def _plain(form: SessionForm, names: Iterable[str] | None = None) -> dict[str, Any]:
    values = asdict(form)
    return {name: _json(values[name]) for name in (names or values)}


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
