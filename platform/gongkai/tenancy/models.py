"""Tables of units: the unit as it is today, its periods, its successions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, LTree, big_id, one_of
from gongkai.core.models import Instant
from gongkai.tenancy.kinds import LEVELS, TenantType

STATUSES = ("active", "abolished")


class Tenant(Base):
    """A unit as it is today; `path` is the projection of its current period, labels are ids."""

    __tablename__ = "tenant"

    id: Mapped[int] = big_id()
    code: Mapped[str] = mapped_column(Text, unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    path: Mapped[str] = mapped_column(LTree())
    tenant_type: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    sector: Mapped[str | None] = mapped_column(Text)
    official_name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    pinyin_key: Mapped[str] = mapped_column(Text)
    initials: Mapped[str] = mapped_column(Text)
    sort_order: Mapped[int] = mapped_column(Integer)
    uscc: Mapped[str | None] = mapped_column(Text)
    area_code: Mapped[str | None] = mapped_column(Text)
    index_pattern: Mapped[str] = mapped_column(Text, default="USCC_YEAR_SEQ")
    vertically_managed: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(Text, default="active")
    abolished_date: Mapped[date | None] = mapped_column(Date)
    contact: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("tenant_type", tuple(TenantType)), name="tenant_type"),
        CheckConstraint(one_of("level", tuple(LEVELS)), name="level"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        Index(None, "path", postgresql_using="gist"),
        Index(None, "parent_id", "sort_order"),
    )


class TenantPeriod(Base):
    """What a unit was called and where it stood from `valid_from` until the day before `valid_to` (decision 6)."""

    __tablename__ = "tenant_period"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    tenant_type: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    official_name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    sort_order: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid_range"),
        CheckConstraint(one_of("tenant_type", tuple(TenantType)), name="tenant_type"),
        Index(None, "tenant_id", "valid_from"),
    )


class TenantSuccession(Base):
    """A unit whose functions passed to another on a date; its rows stay where they are."""

    __tablename__ = "tenant_succession"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    effective_date: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("tenant_id <> successor_id", name="not_itself"),
        Index(None, "tenant_id", "successor_id", unique=True),
        Index(None, "successor_id"),
    )


class TenantGrace(Base):
    """From when until when （both days included） a unit that took functions over is not judged by its monthly task."""

    __tablename__ = "tenant_grace"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    from_date: Mapped[date] = mapped_column(Date)
    until_date: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("until_date >= from_date", name="range"),
        Index(None, "tenant_id", "from_date"),
    )
