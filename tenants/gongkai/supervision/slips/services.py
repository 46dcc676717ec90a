"""Issuing reminder slips and taking them on: read, reply, return, close, withdraw.

A delivery is locked before it moves; what happened is kept as an event of its own, with the words of those days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendar, load_calendars
from gongkai.core.errors import Conflict, NotFound
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import acceptable
from gongkai.supervision.picking import expect_units
from gongkai.supervision.slips.models import ReminderSlip, SlipCounter, SlipDelivery, SlipEvent
from gongkai.supervision.slips.schemas import Reply, SlipForm
from gongkai.supervision.slips.states import EVENT_LABELS, OPEN, STATE_LABELS, TRANSITIONS, Event, State

ISSUED, REPLIED = "slip.issued", "slip.replied"
"""Events with the id of a slip, and of a reply."""
ANSWERED = "slip.answered"
"""Event with the id of a return or withdrawal: what the office did that the unit has to know."""


@dataclass(frozen=True)
class Upload:
    """A file that comes with a reply."""

    files: FileStore
    filename: str
    stream: BinaryIO
    limit_bytes: int


def issue(uow: UnitOfWork, *, actor: Actor, form: SlipForm, unit_ids: Sequence[int]) -> ReminderSlip:
    """Issue a slip to units of the office under the next number of its register; each is told after the commit.

    Raises:
        Invalid: on `units`, when none is chosen or one is not the office's to supervise.
    """
    chosen = expect_units(uow, path=actor.tenant_path, office_id=actor.tenant_id, unit_ids=unit_ids)
    today = shanghai_date(uow.now)
    due = load_calendars(uow).latest(chosen, today, form.working_days)
    sequence = _next_number(uow, actor.tenant_id, today.year)
    slip = ReminderSlip(
        tenant_id=actor.tenant_id, year=today.year, sequence=sequence, number=f"提示〔{today.year}〕{sequence}号",
        matter=form.matter, basis=form.basis, body=form.body, about=form.about, about_url=form.about_url,
        working_days=form.working_days, issued_date=today, due_date=due, contact=form.contact, phone=form.phone,
        issued_by=actor.user_id, issued_by_name=actor.name, issued_at=uow.now,
    )  # fmt: skip
    uow.session.add(slip)
    uow.session.flush()
    uow.session.add_all(
        SlipDelivery(
            tenant_id=unit_id, office_id=actor.tenant_id, slip_id=slip.id, state=State.ISSUED, issued_date=today,
            due_date=due,
        )
        for unit_id in chosen
    )  # fmt: skip
    uow.session.flush()
    detail = {"number": slip.number, "matter": slip.matter, "due": due.isoformat(), "units": chosen}
    uow.audit("slip.issue", tenant_id=actor.tenant_id, object_type="reminder_slip", object_id=slip.id, detail=detail)
    uow.emit(ISSUED, slip.id)
    return slip


def get_slip(uow: UnitOfWork, *, office_id: int, slip_id: int) -> ReminderSlip:
    """A slip of this office.

    Raises:
        NotFound: when it is missing or another office's.
    """
    found = uow.session.scalar(
        select(ReminderSlip).where(ReminderSlip.id == slip_id, ReminderSlip.tenant_id == office_id)
    )
    if found is None:
        raise NotFound
    return found


def own_delivery(uow: UnitOfWork, *, actor: Actor, delivery_id: int, lock: bool = False) -> SlipDelivery:
    """A slip that the unit acted for has received.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(SlipDelivery).where(SlipDelivery.id == delivery_id, SlipDelivery.tenant_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def office_delivery(uow: UnitOfWork, *, actor: Actor, delivery_id: int, lock: bool = False) -> SlipDelivery:
    """A delivery of one of this office's slips.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(SlipDelivery).where(SlipDelivery.id == delivery_id, SlipDelivery.office_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def mark_read(uow: UnitOfWork, *, actor: Actor, delivery_id: int) -> SlipDelivery:
    """Record that the unit has opened the slip, the first time; later it changes nothing.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    delivery = own_delivery(uow, actor=actor, delivery_id=delivery_id, lock=True)
    if delivery.state == State.ISSUED:
        _move(uow, delivery, Event.READ, actor)
    return delivery


def reply(
    uow: UnitOfWork, *, actor: Actor, delivery_id: int, answer: Reply, upload: Upload | None = None
) -> SlipDelivery:
    """Reply to a slip, with a file if there is one; the office is told.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it waits for no reply.
        Invalid: on `attachment`, when the file may not be kept.
    """
    delivery = own_delivery(uow, actor=actor, delivery_id=delivery_id, lock=True)
    _expect(delivery, Event.REPLY)
    digest, filename = "", ""
    if upload is not None:
        acceptable(upload.filename, upload.stream, upload.limit_bytes)
        filename = safe_filename(upload.filename)
        digest = upload.files.put(upload.stream, limit_bytes=upload.limit_bytes).digest_sha256
    event = _move(uow, delivery, Event.REPLY, actor, answer.text, answer.link, digest, filename)
    delivery.replied_at = uow.now
    delivery.late = delivery.late or shanghai_date(uow.now) > delivery.due_date
    uow.emit(REPLIED, event.id)
    return delivery


def close(uow: UnitOfWork, *, actor: Actor, delivery_id: int) -> SlipDelivery:
    """Accept a reply: the slip is settled with this unit （办结）.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when there is no reply to decide on.
    """
    delivery = office_delivery(uow, actor=actor, delivery_id=delivery_id, lock=True)
    _move(uow, delivery, Event.CLOSE, actor)
    return delivery


def send_back(uow: UnitOfWork, *, actor: Actor, delivery_id: int, reason: str, working_days: int) -> SlipDelivery:
    """Return a reply with the reason; the unit has so many working days to reply anew, and is reminded anew.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when there is no reply to decide on.
    """
    delivery = office_delivery(uow, actor=actor, delivery_id=delivery_id, lock=True)
    event = _move(uow, delivery, Event.RETURN, actor, reason)
    calendar = load_calendar(uow, tenant_id=delivery.tenant_id)
    delivery.due_date = calendar.add_working_days(shanghai_date(uow.now), working_days).date
    delivery.returns += 1
    delivery.told = ""
    uow.emit(ANSWERED, event.id)
    return delivery


def withdraw(uow: UnitOfWork, *, actor: Actor, slip_id: int, reason: str, delivery_id: int | None = None) -> int:
    """Withdraw a slip from one unit, or from all where it is not settled; its number stays used.

    Returns:
        From how many units it was withdrawn.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when it is settled with all of them.
    """
    slip = get_slip(uow, office_id=actor.tenant_id, slip_id=slip_id)
    query = select(SlipDelivery).where(
        SlipDelivery.slip_id == slip.id, SlipDelivery.office_id == actor.tenant_id, SlipDelivery.state.in_(OPEN)
    )
    if delivery_id is not None:
        query = query.where(SlipDelivery.id == delivery_id)
    found = uow.session.scalars(query.order_by(SlipDelivery.id).with_for_update()).all()
    if not found:
        raise Conflict("已经办结或者撤回，不能再撤回。")
    for delivery in found:
        event = _move(uow, delivery, Event.WITHDRAW, actor, reason)
        uow.emit(ANSWERED, event.id)
    return len(found)


def reply_with_file(uow: UnitOfWork, *, answer_id: int, actor: Actor, office: bool) -> SlipEvent:
    """A reply that carries a file, as the unit that sent it or the office that received it reads it.

    Raises:
        NotFound: when there is none, or it belongs to somebody else.
    """
    mine = SlipEvent.office_id == actor.tenant_id if office else SlipEvent.tenant_id == actor.tenant_id
    return uow.one(select(SlipEvent).where(SlipEvent.id == answer_id, mine, SlipEvent.file_digest != ""))


def _next_number(uow: UnitOfWork, office_id: int, year: int) -> int:
    one_more = insert(SlipCounter).values(tenant_id=office_id, year=year, last_sequence=1)
    return int(
        uow.session.execute(
            one_more.on_conflict_do_update(
                index_elements=["tenant_id", "year"], set_={"last_sequence": SlipCounter.last_sequence + 1}
            ).returning(SlipCounter.last_sequence)
        ).scalar_one()
    )


def _expect(delivery: SlipDelivery, event: Event) -> State:
    """The state that the event leads to.

    Raises:
        Conflict: when it cannot happen now.
    """
    to = TRANSITIONS.get((State(delivery.state), event))
    if to is None:
        raise Conflict(f"这份提示单现在是“{STATE_LABELS[State(delivery.state)]}”，不能{EVENT_LABELS[event]}。")
    return to


def _move(
    uow: UnitOfWork,
    delivery: SlipDelivery,
    event: Event,
    actor: Actor,
    text: str = "",
    link: str = "",
    digest: str = "",
    filename: str = "",
) -> SlipEvent:
    delivery.state = _expect(delivery, event)
    if delivery.state not in OPEN:
        delivery.ended_at = uow.now
    done = SlipEvent(
        tenant_id=delivery.tenant_id, office_id=delivery.office_id, delivery_id=delivery.id, event=event, at=uow.now,
        actor_id=actor.user_id, actor_name=actor.name, text=text, link=link, file_digest=digest, filename=filename,
    )  # fmt: skip
    uow.session.add(done)
    uow.session.flush()
    uow.audit(
        f"slip.{event}", tenant_id=delivery.tenant_id, object_type="slip_delivery", object_id=delivery.id,
        detail={"slip_id": delivery.slip_id, "text": text, "link": link, "file": digest},
    )  # fmt: skip
    return done
