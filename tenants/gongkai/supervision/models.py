"""Tables of supervision. Findings and notices carry the unit's id; facts and circulars the office's."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.ledger.states import FOUND_BY, OPEN_STATES, STANDING, STATE_LABELS

FACT_KINDS = {
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


class OfficeRule(Base):
    """A number of a rule set by an office for a kind of unit, one unit, or all of its units, from a month on
    (`supervision.md` section 6)."""

    __tablename__ = "office_rule"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    rule_code: Mapped[str] = mapped_column(Text)
    parameter: Mapped[str] = mapped_column(Text, default="value")
    tenant_type: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    value: Mapped[Decimal] = mapped_column(Numeric)
    valid_from: Mapped[str] = mapped_column(Text)
    valid_to: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[int | None] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("tenant_type IS NULL OR unit_id IS NULL", name="one_target"),
        Index(None, "tenant_id", "rule_code"),
    )


class Finding(Base):
    """A problem found with a unit, with its evidence, on its way through the ledger （整改台账, 5.2 and 5.3).

    Attributes:
        office_id: the nearest office above the unit, which decides; offices further up read it.
        period: month of the event, or the month in which a lasting condition was found.
        lasting: a condition that stands until it no longer holds; one of an object stands at a time.
        evidence: the frozen values that fill the rule's sentence, and the digest of the page where there is one.
        object_id: what it is about (`object_type`: `column`, `item`, `finding` …), 0 for the unit itself.
        responsible_person: who sees to it in the unit; `claim_*`: form D10, its rectification feedback.
        recheck_by: who looked again, None for the system; never the claimant.
        recurrence_of: the finding about the same object that was closed less than 90 days before.
    """

    __tablename__ = "finding"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    rule_code: Mapped[str] = mapped_column(Text)
    problem_class: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    lasting: Mapped[bool] = mapped_column(Boolean, default=False)
    object_type: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[int] = mapped_column(BigInteger, default=0)
    object_url: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(Text, default="open")
    found_by: Mapped[str] = mapped_column(Text, default="system")
    found_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    circular_id: Mapped[int | None] = mapped_column(ForeignKey("circular.id"))
    due_date: Mapped[date | None] = mapped_column(Date)
    responsible_person: Mapped[str] = mapped_column(Text, default="")
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    claim: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    recheck_at: Mapped[datetime | None] = mapped_column(Instant)
    recheck_by: Mapped[int | None] = mapped_column(BigInteger)
    reopened_count: Mapped[int] = mapped_column(Integer, default=0)
    false_claim: Mapped[bool] = mapped_column(Boolean, default=False)
    extension: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    recurrence_of: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(STATE_LABELS)), name="state"),
        CheckConstraint(one_of("found_by", tuple(FOUND_BY)), name="found_by"),
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_when"),
        CheckConstraint("recheck_by IS NULL OR recheck_by <> claimed_by", name="recheck_by_another"),
        Index(
            "uq_finding_event", "tenant_id", "rule_code", "period", "object_type", "object_id",
            unique=True, postgresql_where="NOT lasting AND found_by = 'system'",
        ),
        Index(
            "uq_finding_condition", "tenant_id", "rule_code", "object_type", "object_id",
            unique=True, postgresql_where="lasting AND closed_at IS NULL AND found_by = 'system'",
        ),
        Index(None, "tenant_id", "period"),
        Index(None, "office_id", "period"),
        Index("ix_finding_open", "office_id", "period", postgresql_where=one_of("state", OPEN_STATES)),
        Index("ix_finding_standing", "tenant_id", "rule_code", postgresql_where=STANDING),
        Index("ix_finding_due", "due_date", postgresql_where=f"due_date IS NOT NULL AND {STANDING}"),
    )  # fmt: skip


class FindingEvent(Base):
    """A step of a finding through the ledger: what happened, when, by whom; never changed itself."""

    __tablename__ = "finding_event"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    event: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        Index(None, "tenant_id", "finding_id", "id"),
        Index("ix_finding_event_fail", "tenant_id", postgresql_where="event = 'fail'"),
    )


class Exemption(Base):
    """A decision of an office that a rule is not applied to a unit, or to one object of it, for a time.

    `rule_code` may be a family of rules. The day `until_date` is included.
    """

    __tablename__ = "rule_exemption"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    rule_code: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[int] = mapped_column(BigInteger, default=0)
    from_date: Mapped[date] = mapped_column(Date)
    until_date: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("until_date >= from_date", name="range"),
        Index(None, "tenant_id", "until_date"),
    )


class EvaluationDue(Base):
    """An item that changed since the rules over items were last evaluated."""

    __tablename__ = "evaluation_due"

    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))

    __table_args__ = (Index(None, "tenant_id", "item_id"),)


class OfficeFact(Base):
    """What an office records of a unit by hand: false claim, commended."""

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


class CircularProgress(Base):
    """How many months of a longer period are added up for a person who waits for it.

    Attributes:
        before: they are those of the period before, which is compared.
    """

    __tablename__ = "circular_progress"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    done: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    before: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Circular(Base):
    """A circular （通报）: its frozen figures, its prose, and how it was issued.

    Attributes:
        replaces_id: the withdrawn circular that this one corrects; `correction` says what was corrected （更正说明）.
    """

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
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("circular.id"))
    correction: Mapped[str] = mapped_column(Text, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
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
        CheckConstraint("(replaces_id IS NULL) = (correction = '')", name="correction_of_another"),
        Index(
            "uq_circular_replaces", "replaces_id", unique=True,
            postgresql_where="replaces_id IS NOT NULL AND state <> 'withdrawn'",
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
    )  # fmt: skip


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
