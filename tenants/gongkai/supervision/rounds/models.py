"""Tables of the verification round and of receipts. A round carries the office's id; sheets, lines and receipts the
unit's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.rounds.states import Answer, Decision, SheetState


class VerificationRound(Base):
    """A round of a circular: its sheets were sent at once, or it was skipped with a reason (`supervision.md` 7).

    Attributes:
        frozen_at: when the figures were locked that it is about; a skipped round holds for these only.
        due_date: last day of the answers; None where it was skipped.
    """

    __tablename__ = "verification_round"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id"))
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    due_date: Mapped[date | None] = mapped_column(Date)
    skip_reason: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    started_by: Mapped[int | None] = mapped_column(BigInteger)
    started_by_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(due_date IS NULL) = (skip_reason <> '')", name="sent_or_skipped"),
        Index(None, "tenant_id", "circular_id"),
    )


class VerificationSheet(Base):
    """A 问题核实反馈表: what one unit is about to be named for, and whether it has answered."""

    __tablename__ = "verification_sheet"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("verification_round.id"))
    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id"))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=SheetState.SENT)
    sent_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    contact: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[int | None] = mapped_column(BigInteger)
    answered_by_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(SheetState)), name="state"),
        CheckConstraint("(state IN ('answered', 'silent')) = (answered_at IS NOT NULL)", name="answered"),
        CheckConstraint("due_date > sent_date", name="time_to_answer"),
        UniqueConstraint("round_id", "tenant_id"),
        Index(None, "tenant_id", "sent_date"),
        Index(None, "office_id", "circular_id"),
        Index("ix_verification_sheet_due", "due_date", postgresql_where="state = 'sent'"),
        Index("ix_verification_sheet_waiting", "tenant_id", postgresql_where="state = 'sent'"),
    )


class VerificationLine(Base):
    """A fact of a sheet as it stood when it was sent, what the unit says to it, and what the office decides.

    Attributes:
        finding_ids: findings of the ledger that the fact rests on; what is contested about them is decided there.
        note, link, file_digest: why it is contested, and the evidence.
    """

    __tablename__ = "verification_line"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("verification_sheet.id"))
    problem_class: Mapped[str] = mapped_column(Text)
    problem_title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    finding_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    answer: Mapped[str] = mapped_column(Text, default=Answer.NONE)
    note: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(Text, default="")
    file_digest: Mapped[str] = mapped_column(Text, default="")
    filename: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[str] = mapped_column(Text, default=Decision.NONE)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("answer", tuple(Answer)), name="answer"),
        CheckConstraint(one_of("decision", tuple(Decision)), name="decision"),
        CheckConstraint("answer <> 'contest' OR note <> ''", name="contested_with_reason"),
        CheckConstraint("decision = '' OR (answer = 'contest' AND decided_at IS NOT NULL)", name="decided"),
        Index(None, "sheet_id", "id"),
        Index("ix_verification_line_open", "office_id", postgresql_where="answer = 'contest' AND decision = ''"),
    )


class CircularReceipt(Base):
    """An issued circular as a unit that it names has it: its lines of annex 2, and who confirmed having read it.

    Attributes:
        lines: problem_class, title, text, basis for each line of annex 2 about the unit.
        withdrawn_reason: why the circular was withdrawn, empty while it stands.
    """

    __tablename__ = "circular_receipt"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id"))
    title: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text)
    correction: Mapped[str] = mapped_column(Text, default="")
    issued_date: Mapped[date] = mapped_column(Date)
    deadline: Mapped[date] = mapped_column(Date)
    contact: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_by_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_name = '')", name="confirmed"),
        UniqueConstraint("circular_id", "tenant_id"),
        Index(None, "tenant_id", "issued_date"),
        Index(
            "ix_circular_receipt_open", "tenant_id",
            postgresql_where="confirmed_at IS NULL AND withdrawn_reason = ''",
        ),
    )  # fmt: skip
