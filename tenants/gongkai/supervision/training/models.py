"""Tables of the training register. All rows carry the office's id; a unit reads those that name it."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id
from gongkai.core.models import Instant


class TrainingSession(Base):
    """A training held by an office, open until the office closes its attendance list.

    Attributes:
        period: the month of `held_date`; the circular of that month names the absentees. A session carried over from
            the facts of older versions keeps the month for which it was recorded.
        hours: class hours of one person who comes; empty only where it was carried over.
        times: how often it was held （场次）; each person comes once.
        stated_invited: number of invited units where their names are not known, as it was carried over.
        source: the notice by which the units were invited.
    """

    __tablename__ = "training_session"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    held_date: Mapped[date] = mapped_column(Date)
    topic: Mapped[str] = mapped_column(Text)
    organiser: Mapped[str] = mapped_column(Text)
    online: Mapped[bool] = mapped_column(Boolean, default=False)
    place: Mapped[str] = mapped_column(Text, default="")
    hours: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    times: Mapped[int] = mapped_column(Integer, default=1)
    stated_invited: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("hours > 0", name="hours"),
        CheckConstraint("times BETWEEN 1 AND 99", name="times"),
        Index(None, "tenant_id", "period"),
    )


class TrainingUnit(Base):
    """A unit at a session: invited, or there without an invitation; `excuse` is why it need not have come."""

    __tablename__ = "training_unit"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    invited: Mapped[bool] = mapped_column(Boolean, default=True)
    excuse: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("invited OR excuse = ''", name="excused_from_an_invitation"),
        UniqueConstraint("tenant_id", "session_id", "unit_id"),
        Index(None, "session_id", "unit_id"),
        Index(None, "unit_id", "session_id"),
    )


class TrainingAttendance(Base):
    """A person who came, for a unit.

    Attributes:
        section: tells two persons of one name apart; otherwise it may be empty.
        hours: where the person's differ from the session's.
        user_id: the account of the unit's member of that name, where there is one.
    """

    __tablename__ = "training_attendance"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(Text)
    section: Mapped[str] = mapped_column(Text, default="")
    hours: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_by: Mapped[int | None] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("hours > 0", name="hours"),
        UniqueConstraint("tenant_id", "session_id", "unit_id", "name", "section", name="uq_training_attendance_person"),
        Index(None, "session_id", "unit_id"),
        Index(None, "unit_id", "session_id"),
    )
