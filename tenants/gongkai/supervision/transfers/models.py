"""Tables of transfers: the halls an office appoints, and lists with their rows and steps, which carry the unit's id."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.transfers.states import WAITING, Answer, Event, Hall, Medium, Problem, State


class ReceivingHall(Base):
    """An archive or library that receives what the units of an office publish, from a month on.

    Attributes:
        from_period: the first month of which lists are made, `2026-03`.
        ended_at: since when no further lists are made; those that are there are carried on.
    """

    __tablename__ = "receiving_hall"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    from_period: Mapped[str] = mapped_column(Text)
    appointed_by: Mapped[int | None] = mapped_column(BigInteger)
    appointed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(Hall)), name="kind"),
        CheckConstraint("tenant_id <> hall_id", name="another"),
        Index("uq_receiving_hall_in_force", "tenant_id", "hall_id", unique=True, postgresql_where="ended_at IS NULL"),
    )


class TransferList(Base):
    """What a unit published in a month, for one hall; a corrected list is another row with the next version.

    Attributes:
        office_id: the office that appointed the hall.
        due_date: by when the unit has to send it or, after a mismatch, to answer.
        items: rows handed over, None until it is sent; 0 is a nil return （零报告）.
        late: whether it was sent after its day.
    """

    __tablename__ = "transfer_list"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(Text, default=State.PREPARED)
    made_at: Mapped[datetime] = mapped_column(Instant)
    due_date: Mapped[date] = mapped_column(Date)
    items: Mapped[int | None] = mapped_column(Integer)
    medium: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by_name: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    received_by_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(Hall)), name="kind"),
        CheckConstraint(one_of("state", tuple(State)), name="state"),
        CheckConstraint(one_of("medium", ("", *Medium)), name="medium"),
        CheckConstraint("(state = 'prepared') = (sent_at IS NULL)", name="sent"),
        CheckConstraint("(sent_at IS NULL) = (items IS NULL)", name="items_when_sent"),
        CheckConstraint("(state = 'confirmed') = (received_at IS NOT NULL)", name="received"),
        UniqueConstraint("tenant_id", "hall_id", "period", "version"),
        Index(None, "hall_id", "period"),
        Index(None, "office_id", "period"),
        Index("ix_transfer_list_waiting", "tenant_id", "due_date", postgresql_where=one_of("state", WAITING)),
        Index("ix_transfer_list_owed", "office_id", "due_date", postgresql_where=one_of("state", WAITING)),
        Index("ix_transfer_list_arrived", "hall_id", postgresql_where="state = 'sent'"),
    )


class TransferRow(Base):
    """A version handed over, as it was said to be on the day of sending; what the hall found and the unit answered.

    Attributes:
        digest: hash of the version in the unit's chain, by which the copy can be checked.
    """

    __tablename__ = "transfer_row"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("transfer_list.id"))
    position: Mapped[int] = mapped_column(Integer)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    version: Mapped[int] = mapped_column(Integer)
    index_number: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text, default="")
    formed_date: Mapped[date | None] = mapped_column(Date)
    published_date: Mapped[date] = mapped_column(Date)
    attachments: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text, default="")
    problem_note: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answer_note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("problem", ("", *Problem)), name="problem"),
        CheckConstraint(one_of("answer", ("", *Answer)), name="answer"),
        CheckConstraint("answer = '' OR problem <> ''", name="answers_a_problem"),
        UniqueConstraint("list_id", "position"),
    )


class TransferEvent(Base):
    """What happened to a list: sent, confirmed, disputed with the words, corrected with the answer."""

    __tablename__ = "transfer_event"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("transfer_list.id"))
    event: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("event", tuple(Event)), name="event"),
        Index(None, "list_id", "id"),
    )
