"""Tables of reminder slips. A slip and its counter carry the office's id; deliveries and events carry the unit's."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.slips.states import OPEN, TOLD, WAITING, Event, State


class SlipCounter(Base):
    """The last number of an office's register in a year; the row is the lock that keeps it without gaps."""

    __tablename__ = "slip_counter"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_sequence: Mapped[int] = mapped_column(Integer)


class ReminderSlip(Base):
    """A slip as it was issued; nothing of it changes afterwards.

    Attributes:
        number: `提示〔2026〕3号`, from `year` and `sequence`.
        about: what it is about in words （栏目、信息标题、问题编号）; `about_url` an address where that is to be seen.
        working_days: the time given for the reply; `due_date` is its last day.
    """

    __tablename__ = "reminder_slip"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    year: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text)
    matter: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text, default="")
    about_url: Mapped[str] = mapped_column(Text, default="")
    working_days: Mapped[int] = mapped_column(Integer)
    issued_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    contact: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    issued_by: Mapped[int | None] = mapped_column(BigInteger)
    issued_by_name: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "year", "sequence"),
        CheckConstraint("matter <> '' AND basis <> '' AND body <> ''", name="complete"),
        CheckConstraint("due_date > issued_date", name="time_to_reply"),
    )


class SlipDelivery(Base):
    """A slip as one unit has it: its state and the day by which it has to reply.

    Attributes:
        due_date: that of the slip, later where a reply was returned.
        returns: how often a reply was returned; `late` whether one came after its day.
        told: which reminder of the present due date the unit has had.
    """

    __tablename__ = "slip_delivery"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    slip_id: Mapped[int] = mapped_column(ForeignKey("reminder_slip.id"))
    state: Mapped[str] = mapped_column(Text, default=State.ISSUED)
    issued_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    returns: Mapped[int] = mapped_column(Integer, default=0)
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    told: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(State)), name="state"),
        CheckConstraint(one_of("told", TOLD), name="told"),
        CheckConstraint("(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended"),
        UniqueConstraint("slip_id", "tenant_id"),
        Index(None, "tenant_id", "issued_date"),
        Index(None, "office_id", "issued_date"),
        Index("ix_slip_delivery_open", "tenant_id", "due_date", postgresql_where=one_of("state", OPEN)),
        Index("ix_slip_delivery_replied", "office_id", postgresql_where="state = 'replied'"),
        Index("ix_slip_delivery_due", "due_date", postgresql_where=f"told <> 'overdue' AND {one_of('state', WAITING)}"),
    )


class SlipEvent(Base):
    """What happened to a delivery: read, replied with link and file, returned with its reason, closed, withdrawn."""

    __tablename__ = "slip_event"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("slip_delivery.id"))
    event: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(Text, default="")
    file_digest: Mapped[str] = mapped_column(Text, default="")
    filename: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("event", tuple(Event)), name="event"),
        CheckConstraint("event NOT IN ('reply', 'return', 'withdraw') OR text <> ''", name="said_what"),
        Index(None, "delivery_id", "id"),
    )
