"""Tables of publishing. Versions, steps and numbers are only ever added to; counts are kept by triggers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.publishing.conspicuous import holds_long_number, says_nothing
from gongkai.publishing.states import Action, ItemState

MODES = {"proactive": "主动公开", "on_request": "依申请公开", "withheld": "不予公开"}
VALIDITIES = {"in_force": "有效", "amended": "已修改", "lapsed": "失效", "repealed": "废止"}
ORIGINS = {
    "produced": "本机关制作",
    "obtained_from_public": "从公民、法人和其他组织获取",
    "obtained_from_agency": "从其他行政机关获取",
    "joint": "与其他机关共同制作",
}
ENTRY_ROUTES = {
    "chain": "本平台审查发布",
    "migrated": "历史信息迁移",
    "collected": "采集",
    "intake": "公文系统接入",
}
# The order of a unit's own list, in the spelling in which the database gives it back.
LISTED_AT = "(\nCASE\n    WHEN is_public THEN published_at\n    ELSE updated_at\nEND)"
CHANGE_KINDS = {"erratum": "勘误", "content": "内容变更", "static": "静态信息更新"}
VALIDITY_MARK = "validity"
CHANGE_LABELS = CHANGE_KINDS | {VALIDITY_MARK: "有效性标注"}
"""The three ways in which an item changes, and the mark that a document still holds, or holds no more."""
DISPLAY_DUE = "is_public AND display_until IS NOT NULL AND display_told_date IS DISTINCT FROM display_until"
TERM_DUE = "is_public AND valid_until IS NOT NULL AND term_told_date IS DISTINCT FROM valid_until"


class Item(Base):
    """One piece of information （一条信息）.

    A row with `revises_id` is the next version of a published item on its way through the same chain; it is
    never shown itself. What the public reads stands in the current version, which cannot be changed.

    Attributes:
        chain_steps: the steps that it was submitted with; `step` is the one that it waits at, empty outside the chain.
        emergency_id: the measure by which an office took it down; while it stands the item counts to its month.
        handler_id: the person who carries it on （承办人）; `responsible_unit` is the section （科室） that it is of.
        display_until: from this day on the public reads only that it ended （公示截止）; `display_told_date` and
            `term_told_date` are the days that search, feeds and the unit were told of.
        valid_until: the last day of its term （有效期）; empty where it has none.
        change_date: the day on which what it describes changed, from which the limit of a change runs.
        refreshed_at: the last change of content or static information, which makes its column younger.
        decision_item_id: the item of the decision on its validity, when it is in the platform.
        next_assessment_date: by when it is to be assessed again, as it is not public （条例 art. 18）.
        review_batch_id: the import batch with which it was submitted and is decided on as a whole.
    """

    __tablename__ = "item"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    column_id: Mapped[int] = mapped_column(ForeignKey("content_column.id"))
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    state: Mapped[str] = mapped_column(Text, default=ItemState.DRAFT)
    entry_route: Mapped[str] = mapped_column(Text, default="chain")
    lock_version: Mapped[int] = mapped_column(Integer, default=1)

    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    body_html: Mapped[str] = mapped_column(Text, default="")
    document_number: Mapped[str] = mapped_column(Text, default="")
    document_number_original: Mapped[str] = mapped_column(Text, default="")
    issuing_agency: Mapped[str] = mapped_column(Text, default="")
    formed_date: Mapped[date | None] = mapped_column(Date)
    effective_date: Mapped[date | None] = mapped_column(Date)
    validity: Mapped[str] = mapped_column(Text, default="in_force")
    repealed_date: Mapped[date | None] = mapped_column(Date)
    disclosure_mode: Mapped[str] = mapped_column(Text, default="proactive")
    withheld_reason: Mapped[str] = mapped_column(Text, default="")
    subject_class: Mapped[str] = mapped_column(Text, default="")
    genre_class: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(Text, default="produced")
    is_reprint: Mapped[bool] = mapped_column(Boolean, default=False)
    secrecy_cleared: Mapped[bool] = mapped_column(Boolean, default=False)
    responsible_unit: Mapped[str] = mapped_column(Text, default="")
    optional: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    original_labels: Mapped[list[list[str]] | None] = mapped_column(JSONB)

    author_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    check_overrides: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    change_kind: Mapped[str | None] = mapped_column(Text)
    change_reason: Mapped[str] = mapped_column(Text, default="")
    publish_due_date: Mapped[date | None] = mapped_column(Date)
    scheduled_at: Mapped[datetime | None] = mapped_column(Instant)
    chain_steps: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    step: Mapped[str] = mapped_column(Text, default="")
    handler_id: Mapped[int | None] = mapped_column(BigInteger)

    display_until: Mapped[date | None] = mapped_column(Date)
    display_told_date: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    term_told_date: Mapped[date | None] = mapped_column(Date)
    change_date: Mapped[date | None] = mapped_column(Date)
    refreshed_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_item_id: Mapped[int | None] = mapped_column(BigInteger)
    next_assessment_date: Mapped[date | None] = mapped_column(Date)

    published_at: Mapped[datetime | None] = mapped_column(Instant)
    recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    period: Mapped[str | None] = mapped_column(Text)
    index_number: Mapped[str | None] = mapped_column(Text)
    index_number_seq: Mapped[int | None] = mapped_column(Integer)
    current_version_id: Mapped[int | None] = mapped_column(BigInteger)
    taken_down_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_down_reason: Mapped[str] = mapped_column(Text, default="")
    emergency_id: Mapped[int | None] = mapped_column(BigInteger)

    counts_to_quota: Mapped[bool] = mapped_column(Boolean, default=False)
    counted_out_reason: Mapped[str] = mapped_column(Text, default="")
    is_news: Mapped[bool] = mapped_column(Boolean, default=False)
    key_area_group: Mapped[str] = mapped_column(Text, default="")
    text_digest: Mapped[str] = mapped_column(Text, default="")

    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    review_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    external_key: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str] = mapped_column(Text, default="")

    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    is_public: Mapped[bool] = mapped_column(
        Boolean, Computed("state = 'published' AND revises_id IS NULL", persisted=True)
    )

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(ItemState)), name="state"),
        CheckConstraint(one_of("entry_route", tuple(ENTRY_ROUTES)), name="entry_route"),
        CheckConstraint(one_of("validity", tuple(VALIDITIES)), name="validity"),
        CheckConstraint(one_of("disclosure_mode", tuple(MODES)), name="disclosure_mode"),
        CheckConstraint(one_of("origin", tuple(ORIGINS)), name="origin"),
        CheckConstraint(
            "state NOT IN ('published', 'taken_down') OR revises_id IS NOT NULL OR (published_at IS NOT NULL AND"
            " period IS NOT NULL AND index_number IS NOT NULL AND current_version_id IS NOT NULL)",
            name="published_is_complete",
        ),
        CheckConstraint("state <> 'taken_down' OR taken_down_reason <> ''", name="takedown_reason"),
        CheckConstraint("disclosure_mode = 'proactive' OR state <> 'published'", name="only_proactive_published"),
        CheckConstraint("(state IN ('in_review', 'in_approval')) = (step <> '')", name="step_in_chain"),
        Index("ix_item_desk", "tenant_id", "state", "updated_at"),
        Index(
            "ix_item_column_public",
            "tenant_id",
            "column_id",
            "published_at",
            "id",
            postgresql_where="is_public",
        ),
        Index("ix_item_tenant_public", "tenant_id", "published_at", "id", postgresql_where="is_public"),
        Index("ix_item_public", "published_at", "id", postgresql_where="is_public"),
        Index("ix_item_period", "tenant_id", "period", "published_at", postgresql_where="period IS NOT NULL"),
        Index("ix_item_listed", "tenant_id", text(LISTED_AT), "id"),
        Index("ix_item_creator", "tenant_id", "created_by", "id", postgresql_where="created_by IS NOT NULL"),
        Index(
            "ix_item_column_refreshed",
            "tenant_id",
            "column_id",
            "refreshed_at",
            postgresql_where="is_public AND refreshed_at IS NOT NULL",
        ),
        Index("ix_item_display_due", "display_until", postgresql_where=DISPLAY_DUE),
        Index("ix_item_term_due", "valid_until", postgresql_where=TERM_DUE),
        Index("ix_item_term", "tenant_id", "valid_until", postgresql_where="is_public AND valid_until IS NOT NULL"),
        Index("ix_item_repealed", "repealed_date", postgresql_where="is_public AND repealed_date IS NOT NULL"),
        Index(
            "ix_item_assessment",
            "tenant_id",
            "next_assessment_date",
            postgresql_where="next_assessment_date IS NOT NULL",
        ),
        Index("ix_item_digest", "tenant_id", "text_digest"),
        Index(
            "ix_item_document_number",
            "tenant_id",
            "document_number",
            postgresql_where="document_number <> ''",
        ),
        Index("ix_item_step", "tenant_id", "step", "updated_at", postgresql_where="step <> ''"),
        Index("ix_item_formed", "tenant_id", "formed_date", postgresql_where="revises_id IS NULL"),
        Index("ix_item_scheduled", "scheduled_at", postgresql_where="state = 'scheduled'"),
        Index("uq_item_external_key", "tenant_id", "external_key", unique=True),
        Index("ix_item_revises", "revises_id", postgresql_where="revises_id IS NOT NULL"),
        Index("ix_item_emergency", "tenant_id", "emergency_id", postgresql_where="emergency_id IS NOT NULL"),
        Index("ix_item_batch", "batch_id", postgresql_where="batch_id IS NOT NULL"),
        Index(
            "ix_item_review_batch",
            "tenant_id",
            "review_batch_id",
            "step",
            "id",
            postgresql_where="review_batch_id IS NOT NULL",
        ),
    )


class ItemStep(Base):
    """One step of the chain: who decided what, on whose writing. The database refuses a decider who wrote.

    A step signed on paper names the `signatory_id` who decided; its actor is the person who checked the signature.
    """

    __tablename__ = "item_step"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    action: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text, default="")
    from_state: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    author_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    opinion: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)
    signature_id: Mapped[int | None] = mapped_column(BigInteger)
    signatory_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("action", tuple(Action)), name="action"),
        CheckConstraint(
            "action NOT IN ('pass_review', 'approve', 'return') OR NOT (actor_id = ANY (author_ids))",
            name="decider_is_no_author",
        ),
        CheckConstraint(
            "action NOT IN ('pass_review', 'approve', 'return') OR actor_id IS NOT NULL", name="decider_known"
        ),
        CheckConstraint(
            "(signature_id IS NULL) = (signatory_id IS NULL)"
            " AND (signatory_id IS NULL OR NOT (signatory_id = ANY (author_ids)))",
            name="signatory_is_no_author",
        ),
        Index(None, "tenant_id", "item_id", "id"),
    )


class ChainTemplate(Base):
    """The steps that a unit has chosen for its items, or for those of a column and the columns below it."""

    __tablename__ = "chain_template"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    column_id: Mapped[int | None] = mapped_column(ForeignKey("content_column.id"))
    steps: Mapped[list[str]] = mapped_column(ARRAY(Text))
    set_by: Mapped[int | None] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(
            "cardinality(steps) BETWEEN 2 AND 4 AND 'confidentiality_review' = ANY (steps)"
            " AND steps[cardinality(steps)] = 'final_approval'",
            name="complete",
        ),
        UniqueConstraint("tenant_id", "column_id", postgresql_nulls_not_distinct=True),
    )


class ItemVersion(Base):
    """A published version: immutable, and a link of its unit's hash chain (decision 8)."""

    __tablename__ = "item_version"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    version: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("item_id", "version"),
        UniqueConstraint("tenant_id", "position"),
        Index(None, "tenant_id", "published_at"),
    )


class VersionText(Base):
    """The text of a version, apart from it, so that leaked personal data can be erased and the chain verifies."""

    __tablename__ = "version_text"

    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    body_html: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_version_text_blank", "tenant_id", "item_id", postgresql_where=text(says_nothing())),
        Index("ix_version_text_numbered", "tenant_id", "item_id", postgresql_where=text(holds_long_number())),
    )


class Attachment(Base):
    """A file of an item's working copy; published versions name theirs by digest in `content`."""

    __tablename__ = "attachment"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    digest: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sort_order: Mapped[int] = mapped_column(Integer, default=0)
    uploaded_by: Mapped[int | None] = mapped_column(BigInteger)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "tenant_id", "item_id", "sort_order"),)


class TenantLedger(Base):
    """Head and length of a unit's hash chain; its row lock puts a unit's publications in order."""

    __tablename__ = "tenant_ledger"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    head: Mapped[str] = mapped_column(Text)
    length: Mapped[int] = mapped_column(Integer)


class ColumnCount(Base):
    """Published items of a (unit, column, period); kept by a trigger, never written by hand."""

    __tablename__ = "column_count"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("content_column.id"), primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    total: Mapped[int] = mapped_column(Integer)
    counted: Mapped[int] = mapped_column(Integer)


class PeriodCount(Base):
    """Published items of a (unit, period, key-area group); kept by a trigger, never written by hand."""

    __tablename__ = "period_count"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    key_area_group: Mapped[str] = mapped_column(Text, primary_key=True)
    total: Mapped[int] = mapped_column(Integer)
    counted: Mapped[int] = mapped_column(Integer)
    news: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index(None, "period", "tenant_id"),)
