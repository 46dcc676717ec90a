"""Handing lists over and taking them on: send, confirm, dispute, correct.

A list is locked before it moves; its rows are written when it is sent, and a corrected list is a new version.
"""

from collections.abc import Mapping

from sqlalchemy import insert, select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.transfers import ANSWER_DAYS, RULE
from gongkai.supervision.queries import rule_book
from gongkai.supervision.transfers.models import TransferEvent, TransferList, TransferRow
from gongkai.supervision.transfers.queries import rows_now
from gongkai.supervision.transfers.schemas import Remark, Sending
from gongkai.supervision.transfers.states import EVENT_LABELS, STATE_LABELS, TRANSITIONS, Answer, Event, State
from gongkai.tenancy.models import Tenant

DISPUTED = "transfer.disputed"
"""Event with the id of a list to which the hall objected."""
_COPIED = (
    "item_id", "version_id", "version", "index_number", "title", "document_number", "formed_date", "published_date",
    "attachments", "digest",
)  # fmt: skip


def own_list(uow: UnitOfWork, *, actor: Actor, transfer_id: int, lock: bool = False) -> TransferList:
    """A list of the unit acted for.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(TransferList).where(TransferList.id == transfer_id, TransferList.tenant_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def received_list(uow: UnitOfWork, *, actor: Actor, transfer_id: int, lock: bool = False) -> TransferList:
    """A list that was sent to the hall acted for.

    Raises:
        NotFound: when it is missing, not sent yet or another hall's.
    """
    query = select(TransferList).where(
        TransferList.id == transfer_id, TransferList.hall_id == actor.tenant_id, TransferList.state != State.PREPARED
    )
    return uow.one(query, lock=lock)


def office_list(uow: UnitOfWork, *, actor: Actor, transfer_id: int) -> TransferList:
    """A list of a unit that hands over to this office's halls.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(TransferList).where(TransferList.id == transfer_id, TransferList.office_id == actor.tenant_id)
    return uow.one(query)


def send(uow: UnitOfWork, *, actor: Actor, transfer_id: int, form: Sending) -> TransferList:
    """Hand a list over with what is public of its month now; with nothing public it is a nil return （零报告）.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it was sent already.
    """
    sent = own_list(uow, actor=actor, transfer_id=transfer_id, lock=True)
    _expect(sent, Event.SEND)
    rows = rows_now(uow, tenant_id=sent.tenant_id, period=Period.parse(sent.period))
    _write_rows(uow, sent, [{name: getattr(row, name) for name in _COPIED} for row in rows])
    sent.medium, sent.contact, sent.phone = form.medium, form.contact, form.phone
    sent.items, sent.sent_at, sent.sent_by_name = len(rows), uow.now, actor.name
    sent.late = shanghai_date(uow.now) > sent.due_date
    _move(uow, sent, Event.SEND, actor, form.note)
    return sent


def confirm(uow: UnitOfWork, *, actor: Actor, transfer_id: int) -> TransferList:
    """Confirm that what the list says has arrived; what was objected to is found to be there after all.

    Raises:
        NotFound: when it is missing or another hall's.
        Conflict: when there is nothing to confirm any more.
    """
    taken = received_list(uow, actor=actor, transfer_id=transfer_id, lock=True)
    _expect(taken, Event.CONFIRM)
    taken.received_at, taken.received_by_name = uow.now, actor.name
    _move(uow, taken, Event.CONFIRM, actor)
    return taken


def dispute(
    uow: UnitOfWork, *, actor: Actor, transfer_id: int, problems: Mapping[int, Remark], text: str = ""
) -> TransferList:
    """Say which rows did not arrive, are damaged or differ; the unit has some working days to answer, and is told.

    Raises:
        NotFound: when it is missing or another hall's.
        Conflict: when it was confirmed or objected to already.
        Invalid: on `text`, when nothing is said or a row is not the list's.
    """
    taken = received_list(uow, actor=actor, transfer_id=transfer_id, lock=True)
    _expect(taken, Event.DISPUTE)
    rows = {row.id: row for row in _rows(uow, taken)}
    if not (problems or text) or not problems.keys() <= rows.keys():
        raise Invalid([Fault("text", "没有标注清单中的信息", "请在有出入的信息后选择情况，或者写明其他出入")])
    for row_id, one in problems.items():
        rows[row_id].problem, rows[row_id].problem_note = one.code, one.note
    calendar = load_calendar(uow, tenant_id=taken.tenant_id)
    taken.due_date = calendar.add_working_days(shanghai_date(uow.now), _answer_days(uow, taken)).date
    _move(uow, taken, Event.DISPUTE, actor, text)
    uow.emit(DISPUTED, taken.id)
    return taken


def correct(
    uow: UnitOfWork, *, actor: Actor, transfer_id: int, answers: Mapping[int, Remark], text: str
) -> TransferList:
    """Answer a mismatch: rows are brought again or struck off, and the corrected list takes this one's place.

    Returns:
        The corrected list, which waits for the hall.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when the hall objects to nothing.
        Invalid: naming each row of a problem that is not answered.
    """
    old = own_list(uow, actor=actor, transfer_id=transfer_id, lock=True)
    _expect(old, Event.CORRECT)
    rows = _rows(uow, old)
    silent = [row for row in rows if row.problem and row.id not in answers]
    if silent:
        raise Invalid(
            [Fault(f"answer-{row.id}", f"第{row.position}条没有答复", "请选择已补送或者从清单中撤销") for row in silent]
        )
    for row in rows:
        if row.problem:
            row.answer, row.answer_note = answers[row.id].code, answers[row.id].note
    _move(uow, old, Event.CORRECT, actor, text)
    new = TransferList(
        tenant_id=old.tenant_id, hall_id=old.hall_id, office_id=old.office_id, kind=old.kind, period=old.period,
        version=old.version + 1, state=State.SENT, made_at=uow.now, due_date=old.due_date, medium=old.medium,
        contact=old.contact, phone=old.phone, late=old.late or shanghai_date(uow.now) > old.due_date,
        sent_at=uow.now, sent_by_name=actor.name, items=0,
    )  # fmt: skip
    uow.session.add(new)
    uow.session.flush()
    kept = [row for row in rows if row.answer != Answer.STRIKE]
    new.items = len(kept)
    _write_rows(uow, new, [{name: getattr(row, name) for name in _COPIED} for row in kept])
    _note(uow, new, Event.SEND, actor, f"更正第{old.version}版清单。")
    return new


def received_row(uow: UnitOfWork, *, actor: Actor, row_id: int) -> TransferRow:
    """A row of a list that was sent to the hall acted for.

    Raises:
        NotFound: when it is missing or another hall's.
    """
    found = uow.session.scalar(
        select(TransferRow).where(TransferRow.id == row_id, TransferRow.hall_id == actor.tenant_id)
    )
    if found is None:
        raise NotFound
    return found


def _answer_days(uow: UnitOfWork, taken: TransferList) -> int:
    unit = uow.session.get_one(Tenant, taken.tenant_id)
    chain = [int(label) for label in unit.path.split(".")]
    number = rule_book(uow, codes=[RULE]).number(
        RULE, ANSWER_DAYS, chain=chain, tenant_type=unit.tenant_type, period=Period.of(shanghai_date(uow.now))
    )
    return int(number)


def _rows(uow: UnitOfWork, transfer: TransferList) -> list[TransferRow]:
    query = select(TransferRow).where(TransferRow.list_id == transfer.id).order_by(TransferRow.position)
    return list(uow.session.scalars(query))


def _write_rows(uow: UnitOfWork, transfer: TransferList, rows: list[dict[str, object]]) -> None:
    own = {"tenant_id": transfer.tenant_id, "hall_id": transfer.hall_id, "list_id": transfer.id}
    blank = {"problem": "", "problem_note": "", "answer": "", "answer_note": ""}
    if rows:
        uow.session.execute(
            insert(TransferRow), [own | blank | row | {"position": place} for place, row in enumerate(rows, 1)]
        )


def _expect(transfer: TransferList, event: Event) -> State:
    """The state that the event leads to.

    Raises:
        Conflict: when it cannot happen now.
    """
    to = TRANSITIONS.get((State(transfer.state), event))
    if to is None:
        raise Conflict(f"这份清单现在是“{STATE_LABELS[State(transfer.state)]}”，不能{EVENT_LABELS[event]}。")
    return to


def _move(uow: UnitOfWork, transfer: TransferList, event: Event, actor: Actor, text: str = "") -> None:
    transfer.state = _expect(transfer, event)
    _note(uow, transfer, event, actor, text)


def _note(uow: UnitOfWork, transfer: TransferList, event: Event, actor: Actor, text: str) -> None:
    uow.session.add(
        TransferEvent(
            tenant_id=transfer.tenant_id, hall_id=transfer.hall_id, list_id=transfer.id, event=event, at=uow.now,
            actor_id=actor.user_id, actor_name=actor.name, text=text,
        )
    )  # fmt: skip
    uow.session.flush()
    detail = {"period": transfer.period, "version": transfer.version, "items": transfer.items, "text": text}
    uow.audit(
        f"transfer.{event}", tenant_id=transfer.tenant_id, object_type="transfer_list", object_id=transfer.id,
        detail=detail,
    )  # fmt: skip
