"""The table of signatures on paper."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.publishing.steps import StepKind

DECISIONS = {"agree": "同意", "return": "退回修改"}
STATES = {
    "registered": "待核对",
    "confirmed": "已核对登记",
    "refused": "核对未通过",
    "withdrawn": "已撤回登记",
    "lapsed": "已作废",
}
IS_WAITING = "(state = 'registered')"
"""What lists are ordered by first, as their indexes have it."""


class PaperSignature(Base):
    """A decision on one step of an item that was written and signed on the sheet D01, waiting for its check or checked.

    Attributes:
        round: the submission （第几次送审） whose sheet was signed; `digest` is what the item said on it.
        decision: what the signatory wrote: agreed, or returned with `opinion`.
        for_superior: nobody in the unit can check it, so the office above does; that office may read the row.
        state: `lapsed` when the item left the step in another way (the database sets it).
    """

    __tablename__ = "paper_signature"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    step: Mapped[str] = mapped_column(Text)
    round: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    author_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    signatory_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signatory_name: Mapped[str] = mapped_column(Text)
    signed_date: Mapped[date] = mapped_column(Date)
    decision: Mapped[str] = mapped_column(Text)
    opinion: Mapped[str] = mapped_column(Text, default="")
    scan_digest: Mapped[str] = mapped_column(Text)
    scan_filename: Mapped[str] = mapped_column(Text)
    scan_media_type: Mapped[str] = mapped_column(Text)
    scan_size_bytes: Mapped[int] = mapped_column(BigInteger)
    registered_by: Mapped[int] = mapped_column(BigInteger)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    for_superior: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(Text, default="registered")
    checked_by: Mapped[int | None] = mapped_column(BigInteger)
    checked_by_name: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    refusal_reason: Mapped[str] = mapped_column(Text, default="")
    objection: Mapped[str] = mapped_column(Text, default="")
    objected_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("step", tuple(StepKind)), name="step"),
        CheckConstraint(one_of("decision", tuple(DECISIONS)), name="decision"),
        CheckConstraint(one_of("state", tuple(STATES)), name="state"),
        CheckConstraint("NOT (signatory_id = ANY (author_ids))", name="signatory_is_no_author"),
        CheckConstraint(
            "(state IN ('confirmed', 'refused')) = (checked_by IS NOT NULL AND checked_at IS NOT NULL)",
            name="checked",
        ),
        CheckConstraint(
            "checked_by IS NULL OR (checked_by <> registered_by AND checked_by <> signatory_id"
            " AND NOT (checked_by = ANY (author_ids)))",
            name="checker_is_second",
        ),
        CheckConstraint("state <> 'refused' OR refusal_reason <> ''", name="refusal_reason"),
        CheckConstraint("decision = 'agree' OR opinion <> ''", name="return_opinion"),
        Index(None, "tenant_id", "item_id"),
        Index(
            "uq_paper_signature_waiting", "tenant_id", "item_id", unique=True, postgresql_where="state = 'registered'"
        ),
        Index("ix_paper_signature_listed", "tenant_id", text(IS_WAITING), "registered_at", "id"),
        Index(
            "ix_paper_signature_superior",
            "tenant_id",
            text(IS_WAITING),
            "registered_at",
            "id",
            postgresql_where="for_superior",
        ),
    )
