"""Tables of statements of having nothing to publish; both carry the unit's id, and that of its nearest office."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.statements.states import Event, State


class BlankStatement(Base):
    """A unit's statement for a month; one that is filed again is the same one, its history is in the events.

    Attributes:
        office_id: the nearest office, which accepts or returns it.
        filed_by, signed_by: two different people of the unit; the second may approve publications.
        decided_at: when the office last decided; one that was never signed nor decided on is the unit's own.
        note: why it was returned or not signed, or what made it void.
    """

    __tablename__ = "blank_statement"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=State.FILED)
    reason: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    filed_by: Mapped[int] = mapped_column(BigInteger)
    filed_by_name: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[int | None] = mapped_column(BigInteger)
    signed_by_name: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(State)), name="state"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("state NOT IN ('signed', 'accepted') OR signed_by IS NOT NULL", name="signed"),
        CheckConstraint("signed_by <> filed_by", name="second_person"),
        UniqueConstraint("tenant_id", "period"),
        Index(None, "office_id", "period"),
        Index("ix_blank_statement_signed", "office_id", postgresql_where="state = 'signed'"),
        Index("ix_blank_statement_accepted", "tenant_id", "period", postgresql_where="state = 'accepted'"),
    )


REACHED = or_(BlankStatement.signed_by.is_not(None), BlankStatement.decided_at.is_not(None))
"""Condition: the office has or had it before it."""


class BlankStatementEvent(Base):
    """What happened to a statement, by whom, with the reason given."""

    __tablename__ = "blank_statement_event"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("blank_statement.id"))
    event: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("event", tuple(Event)), name="event"),
        CheckConstraint("event NOT IN ('file', 'decline', 'return') OR text <> ''", name="said_why"),
        Index(None, "statement_id", "id"),
    )
