"""Tables of supervision. Findings and notices carry the unit's id; facts and circulars the office's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.problems import OPEN_STATES

FACT_KINDS = {
    "report_missing": "年度报告未发布",
    "false_rectification": "整改不实",
    "commended": "工作较好",
}
CIRCULAR_STATES = {
    "collecting": "汇总中",
    "frozen": "已锁定数据",
    "draft": "拟稿",
    "in_review": "审核中",
    "signed": "已签发",
    "issued": "已印发",
    "withdrawn": "已撤回",
}
COVERAGES = {"all": "全部下级单位", "direct": "本级直属单位（不含县（市、区）所属单位）"}
FINDING_STATES = ("open", "in_progress", "disputed", "dismissed", "claimed_fixed", "closed", "reopened")


class OfficeRule(Base):
    """A threshold set by an office for a kind of unit or one unit, from a month on (`supervision.md` section 6)."""

    __tablename__ = "office_rule"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    rule_code: Mapped[str] = mapped_column(Text)
    tenant_type: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    value: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[str] = mapped_column(Text)
    valid_to: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[int | None] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("(tenant_type IS NULL) <> (unit_id IS NULL)", name="one_target"),
        Index(None, "tenant_id", "rule_code"),
    )


class Finding(Base):
    """A problem found with a unit in a period, with its evidence."""

    __tablename__ = "finding"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    rule_code: Mapped[str] = mapped_column(Text)
    problem_class: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[int] = mapped_column(BigInteger, default=0)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(Text, default="open")
    found_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("state", FINDING_STATES), name="state"),
        UniqueConstraint("tenant_id", "office_id", "rule_code", "period", "object_type", "object_id"),
        Index(None, "office_id", "period"),
        Index("ix_finding_open", "office_id", "period", postgresql_where=one_of("state", OPEN_STATES)),
    )


class OfficeFact(Base):
    """What an office records of a unit by hand: report missing, false claim, commended."""

    __tablename__ = "office_fact"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    source: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    entered_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(FACT_KINDS)), name="kind"),
        UniqueConstraint("tenant_id", "period", "kind", "unit_id"),
    )


class Circular(Base):
    """A circular （通报）: its frozen figures, its prose, and how it was issued."""

    __tablename__ = "circular"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    coverage: Mapped[str] = mapped_column(Text, default="all")
    state: Mapped[str] = mapped_column(Text, default="collecting")
    title: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    prose: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    drafter_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    signed_by: Mapped[int | None] = mapped_column(BigInteger)
    signatory: Mapped[str] = mapped_column(Text, default="")
    signed_date: Mapped[date | None] = mapped_column(Date)
    disclosure_mode: Mapped[str] = mapped_column(Text, default="withheld")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    issued_date: Mapped[date | None] = mapped_column(Date)
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    ledger_digest: Mapped[str | None] = mapped_column(Text)
    lock_version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(CIRCULAR_STATES)), name="state"),
        CheckConstraint(one_of("coverage", tuple(COVERAGES)), name="coverage"),
        CheckConstraint("state IN ('collecting', 'withdrawn') OR snapshot IS NOT NULL", name="locked_before_drafting"),
        CheckConstraint(
            "state NOT IN ('signed', 'issued') OR (signatory <> '' AND signed_date IS NOT NULL)",
            name="signed_is_complete",
        ),
        CheckConstraint("signed_by IS NULL OR NOT (signed_by = ANY (drafter_ids))", name="signatory_is_no_drafter"),
        CheckConstraint(
            "state <> 'issued' OR (issued_date IS NOT NULL AND issued_at IS NOT NULL AND ledger_digest IS NOT NULL)",
            name="issued_is_complete",
        ),
        Index(None, "tenant_id", "period"),
        Index(
            "uq_circular_open", "tenant_id", "period", "coverage", unique=True, postgresql_where="state <> 'withdrawn'"
        ),
        Index(
            "uq_circular_number",
            "tenant_id",
            "document_number",
            unique=True,
            postgresql_where="document_number <> ''",
        ),
    )


class Notice(Base):
    """A message in the application to a unit or one person; the key keeps it from being sent twice."""

    __tablename__ = "notice"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "created_at"),
        Index("ix_notice_unread", "tenant_id", "created_at", postgresql_where="read_at IS NULL"),
        Index("ix_notice_person", "user_id", "key", postgresql_where="user_id IS NOT NULL"),
    )
