"""A statement on its way: filed by one person of the unit, signed by a second, accepted or returned by the office.

It is locked before it moves; what happened is kept as an event of its own. A statement that takes effect or loses it
changes whether a month was blank, so `statement.moved` has the month judged again.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, NotFound, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.subjects import nearest_office
from gongkai.supervision.queries import offices, standings
from gongkai.supervision.statements.models import REACHED, BlankStatement, BlankStatementEvent
from gongkai.supervision.statements.states import (
    EVENT_LABELS,
    STATE_LABELS,
    TRANSITIONS,
    Event,
    State,
    is_open,
    last_day_to_file,
)

MOVED = "statement.moved"
"""Event with the id of a step that somebody else has to know of."""
_TOLD = {Event.FILE, Event.SIGN, Event.DECLINE, Event.ACCEPT, Event.RETURN, Event.VOID}


@dataclass(frozen=True, slots=True)
class Choice:
    """A month for which a unit can file a statement, and the last day for it."""

    period: Period
    last_day: date


def months_to_state(uow: UnitOfWork, *, tenant_id: int) -> list[Choice]:
    """The months, newest first, for which a unit can file a statement today: its task is judged in them and it has
    published nothing at all."""
    today, calendar = shanghai_date(uow.now), load_calendar(uow, tenant_id=tenant_id)
    running = Period.of(today)
    found = []
    for period in (running, running.previous()):
        last_day = last_day_to_file(period, calendar)
        if today > last_day:
            continue
        try:
            # The unit as the root of its own tree: its place, and with it the offices above, comes with its path.
            shown = standings(uow, office_id=tenant_id, period=period)
        except NotFound:
            continue
        own = next((row for row in shown.rows if row.id == tenant_id), None)
        if own is None or not own.unit.judged_in(period) or own.counts.total:
            continue
        alert_day = shown.book.alert_day(chain=own.unit.chain, period=period)
        if is_open(period, today=today, alert_day=alert_day, calendar=calendar):
            found.append(Choice(period, last_day))
    return found


def file(uow: UnitOfWork, *, actor: Actor, period: Period, reason: str) -> BlankStatement:
    """File a month's statement, or file it again after it was returned, withdrawn or void.

    Raises:
        Refused: when the month takes none: too early, too late, not judged, or something was published in it.
        Conflict: when it is under way or accepted.
    """
    if period not in {choice.period for choice in months_to_state(uow, tenant_id=actor.tenant_id)}:
        raise Refused(
            f"{period.label}现在不能填报无应公开信息说明。只有本月未发布任何信息、设有月度任务的单位，"
            "自提醒日起至次月第5个工作日可以填报；已有信息发布的，无需填报。"
        )
    chain = tuple(int(label) for label in actor.tenant_path.split("."))
    office_id = nearest_office(chain, {row.id for row in offices(uow)})
    values = {
        "office_id": office_id, "reason": reason, "filed_at": uow.now, "filed_by": actor.user_id,
        "filed_by_name": actor.name,
    }  # fmt: skip
    created = uow.session.scalar(
        insert(BlankStatement)
        .values(
            tenant_id=actor.tenant_id, period=str(period), state=State.FILED, signed_by_name="", note="", **values
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "period"])
        .returning(BlankStatement.id)
    )  # fmt: skip
    mine = (BlankStatement.tenant_id == actor.tenant_id, BlankStatement.period == str(period))
    statement = _locked(uow, select(BlankStatement).where(*mine))
    if created is None:
        statement.state = _target(statement, Event.FILE)
        for name, value in {**values, "signed_at": None, "signed_by": None, "signed_by_name": "", "note": ""}.items():
            setattr(statement, name, value)
    _note(uow, statement, Event.FILE, actor, reason)
    return statement


def sign(uow: UnitOfWork, *, actor: Actor, statement_id: int) -> BlankStatement:
    """The leader signs: from here on the office has it.

    Raises:
        NotFound: when it is missing or another unit's.
        Refused: when the person has filed it.
        Conflict: when it does not wait for a signature.
    """
    statement = own_statement(uow, actor=actor, statement_id=statement_id, lock=True)
    state = _target(statement, Event.SIGN)
    if statement.filed_by == actor.user_id:
        raise Refused("填报人不能签署自己填报的说明，请由本单位另一位有审批权限的负责人签署。")
    statement.signed_at, statement.signed_by, statement.signed_by_name = uow.now, actor.user_id, actor.name
    statement.state = state
    _note(uow, statement, Event.SIGN, actor)
    return statement


def decline(uow: UnitOfWork, *, actor: Actor, statement_id: int, reason: str) -> BlankStatement:
    """The leader does not sign, with the reason: there is something to publish.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it does not wait for a signature.
    """
    statement = own_statement(uow, actor=actor, statement_id=statement_id, lock=True)
    return _move(uow, statement, Event.DECLINE, actor, reason)


def withdraw(uow: UnitOfWork, *, actor: Actor, statement_id: int) -> BlankStatement:
    """The unit takes back what is not decided.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it is decided.
    """
    return _move(uow, own_statement(uow, actor=actor, statement_id=statement_id, lock=True), Event.WITHDRAW, actor)


def accept(uow: UnitOfWork, *, actor: Actor, statement_id: int) -> BlankStatement:
    """The office accepts: the month is not blank as long as nothing is published in it.

    Raises:
        NotFound: when it is missing or another office's.
        Refused: when the person has filed or signed it.
        Conflict: when it does not wait for a decision.
    """
    statement = office_statement(uow, actor=actor, statement_id=statement_id, lock=True)
    _target(statement, Event.ACCEPT)
    if actor.user_id in (statement.filed_by, statement.signed_by):
        raise Refused("填报人和签署人不能审核本单位的说明，请由其他督查员审核。")
    return _move(uow, statement, Event.ACCEPT, actor)


def send_back(uow: UnitOfWork, *, actor: Actor, statement_id: int, reason: str) -> BlankStatement:
    """The office returns a statement with the reason, also one that it has accepted.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when there is nothing to return.
    """
    statement = office_statement(uow, actor=actor, statement_id=statement_id, lock=True)
    return _move(uow, statement, Event.RETURN, actor, reason)


def make_void(uow: UnitOfWork, *, statement: BlankStatement) -> BlankStatement:
    """Record that something was published in the month: the statement has no effect any more."""
    moment = format_date(shanghai_date(uow.now))
    return _move(uow, statement, Event.VOID, None, f"{Period.parse(statement.period).label}已有信息发布（{moment}）")


def own_statement(uow: UnitOfWork, *, actor: Actor, statement_id: int, lock: bool = False) -> BlankStatement:
    """A statement of the unit acted for.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    mine = (BlankStatement.id == statement_id, BlankStatement.tenant_id == actor.tenant_id)
    return _locked(uow, select(BlankStatement).where(*mine), lock=lock)


def office_statement(uow: UnitOfWork, *, actor: Actor, statement_id: int, lock: bool = False) -> BlankStatement:
    """A statement on which this office decides; what is not signed is the unit's own.

    Raises:
        NotFound: when it is missing, another office's, or was never signed.
    """
    mine = (BlankStatement.id == statement_id, BlankStatement.office_id == actor.tenant_id)
    return _locked(uow, select(BlankStatement).where(*mine, REACHED), lock=lock)


def _locked(uow: UnitOfWork, query: Select[BlankStatement], *, lock: bool = True) -> BlankStatement:
    return uow.one(query, lock=lock)


def _target(statement: BlankStatement, event: Event) -> State:
    to = TRANSITIONS.get((State(statement.state), event))
    if to is None:
        raise Conflict(f"这份说明现在是“{STATE_LABELS[State(statement.state)]}”，不能{EVENT_LABELS[event]}。")
    return to


def _move(
    uow: UnitOfWork, statement: BlankStatement, event: Event, actor: Actor | None, text: str = ""
) -> BlankStatement:
    statement.state = _target(statement, event)
    if event in (Event.ACCEPT, Event.RETURN):
        statement.decided_at = uow.now
    statement.note = text
    _note(uow, statement, event, actor, text)
    return statement


def _note(uow: UnitOfWork, statement: BlankStatement, event: Event, actor: Actor | None, text: str = "") -> None:
    done = BlankStatementEvent(
        tenant_id=statement.tenant_id, office_id=statement.office_id, statement_id=statement.id, event=event,
        at=uow.now, actor_id=actor.user_id if actor else None, actor_name=actor.name if actor else "系统", text=text,
    )  # fmt: skip
    uow.session.add(done)
    uow.session.flush()
    uow.audit(
        f"statement.{event}", tenant_id=statement.tenant_id, object_type="blank_statement", object_id=statement.id,
        detail={"period": statement.period, "text": text},
    )  # fmt: skip
    if event in _TOLD:
        uow.emit(MOVED, done.id)
