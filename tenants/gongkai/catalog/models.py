"""Tables of the catalogue."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

RULE_TYPES = ("news", "notice", "other", "static")
KEY_AREA_GROUPS = {
    "platform_key_area": "平台重点领域信息",
    "fiscal_funds": "财政资金信息",
    "enforcement_and_power": "行政执法和权力运行信息",
    "other_key_area": "其他重点领域信息",
}

INBOX_CODE = "intake-inbox"
"""Code of the closed column in which documents wait that came without a column (`inbox`)."""


class ContentColumn(Base):
    """A column （栏目） of a unit's catalogue; `template_code` is set for those that the template gave."""

    __tablename__ = "content_column"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("content_column.id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(Integer)
    part: Mapped[str] = mapped_column(Text)
    statutory_item: Mapped[str] = mapped_column(Text, default="")
    update_period: Mapped[str] = mapped_column(Text)
    rule_type: Mapped[str] = mapped_column(Text)
    key_area_group: Mapped[str] = mapped_column(Text, default="")
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    owner_role: Mapped[str] = mapped_column(Text, default="contributor")
    responsible_section: Mapped[str] = mapped_column(Text, default="")
    responsible_user_id: Mapped[int | None]
    description: Mapped[str] = mapped_column(Text, default="")
    sort_order: Mapped[int] = mapped_column(Integer)
    accepts_items: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    template_code: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint(one_of("rule_type", RULE_TYPES), name="rule_type"),
        CheckConstraint(one_of("key_area_group", ("", *KEY_AREA_GROUPS)), name="key_area_group"),
        CheckConstraint(one_of("part", ("guide", "rules", "statutory", "report", "other")), name="part"),
        Index(None, "tenant_id", "parent_id", "sort_order"),
        Index("ix_content_column_report", "tenant_id", postgresql_where="part = 'report'"),
    )


class ColumnSuccession(Base):
    """A column whose function passed to another unit on a date; what was published in it stays where it is."""

    __tablename__ = "column_succession"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    column_code: Mapped[str] = mapped_column(Text)
    effective_date: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("tenant_id <> successor_id", name="not_itself"),
        UniqueConstraint("tenant_id", "column_code", "effective_date"),
        Index(None, "successor_id", "column_code"),
    )


class IndexCounter(Base):
    """The last sequence given to a unit in a year; the row is the lock that keeps numbers without gaps."""

    __tablename__ = "index_counter"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_sequence: Mapped[int] = mapped_column(Integer)


class IndexNumber(Base):
    """Every index number ever given or taken over: the look-up table behind `/index/<number>`."""

    __tablename__ = "index_number"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column()
    number: Mapped[str] = mapped_column(Text)
    generated: Mapped[bool] = mapped_column(Boolean)
    year: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int | None] = mapped_column(Integer)
    given_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("uq_index_number_generated", "number", unique=True, postgresql_where="generated"),
        Index(None, "number"),
        Index(None, "item_id"),
    )


class DisclosureGuide(Base):
    """A version of a unit's disclosure guide （条例 art. 12）; the newest in force is shown."""

    __tablename__ = "disclosure_guide"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    version: Mapped[int] = mapped_column(Integer)
    effective_date: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[int | None] = mapped_column()

    __table_args__ = (UniqueConstraint("tenant_id", "version"),)
