"""Tables of an office's proceedings, which carry its id: one register for four kinds, with the units they are about."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

MEETING, COMMENDATION, TALK, ACCOUNTABILITY = "meeting", "commendation", "talk", "accountability"
KINDS = {MEETING: "会议", COMMENDATION: "表扬", TALK: "约谈", ACCOUNTABILITY: "责任追究"}


class Proceeding(Base):
    """One of them. A wrong entry is voided with its reason and counts no more.

    Attributes:
        led_by: who presided, praised, talked or decided.
        outcome: what was resolved, demanded or imposed.
        persons: how many people were held accountable （人次）; None for the other kinds.
    """

    __tablename__ = "proceeding"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    held_date: Mapped[date] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(Text)
    led_by: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    persons: Mapped[int | None] = mapped_column(Integer)
    file_digest: Mapped[str] = mapped_column(Text, default="")
    filename: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    entered_by_name: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint("(kind = 'accountability') = (persons IS NOT NULL)", name="persons_of_accountability"),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="voided_with_reason"),
        CheckConstraint("(file_digest = '') = (filename = '')", name="file_with_name"),
        Index(None, "tenant_id", "held_date"),
    )


class ProceedingUnit(Base):
    """A unit that one of them is about."""

    __tablename__ = "proceeding_unit"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
