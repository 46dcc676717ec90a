"""Tables of the platform itself: outbox, audit, holidays, settings of the site."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from gongkai.core.db import Base, big_id

Instant = DateTime(timezone=True)


class OutboxEvent(Base):
    """What must happen outside the database after commit; deleted when done."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = big_id()
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    not_before: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "not_before", "id"), Index(None, "kind", "not_before", "id"))


class AuditEvent(Base):
    """Who did what to which object, for which unit; never changed."""

    __tablename__ = "audit_event"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    acting_tenant_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text, default="")
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        Index(None, "tenant_id", "at"),
        Index(None, "object_type", "object_id"),
        Index("ix_audit_event_setting", "tenant_id", "at", postgresql_where="action = 'setting.change'"),
    )


class CalendarYear(Base):
    """A year's holiday notice as entered by the office, when the library does not have it yet (K1)."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    days_off: Mapped[list[date]] = mapped_column(ARRAY(Date))
    make_up_days: Mapped[list[date]] = mapped_column(ARRAY(Date))
    source: Mapped[str] = mapped_column(Text)
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    entered_at: Mapped[datetime] = mapped_column(Instant)


class LocalHoliday(Base):
    """A year's festivals of an area （放假办法 art. 4, K2）: days off of an office and of all units under it."""

    __tablename__ = "local_holiday"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    days_off: Mapped[list[date]] = mapped_column(ARRAY(Date))
    source: Mapped[str] = mapped_column(Text)
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    entered_at: Mapped[datetime] = mapped_column(Instant)


class CalendarVersion(Base):
    """A year's notice as an office proposed it and put it in force; never changed after that.

    Attributes:
        tenant_id: the office; of a `local` notice its units' own festivals, else the national one.
        counted: what it would move, as counted before it was put in force; None until then.
        replaced: the days that held for the year before it: `days_off`, `make_up_days`.
        applied: what it moved; None until that is done.
    """

    __tablename__ = "calendar_version"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    local: Mapped[bool] = mapped_column(Boolean)
    year: Mapped[int] = mapped_column(Integer)
    days_off: Mapped[list[date]] = mapped_column(ARRAY(Date))
    make_up_days: Mapped[list[date]] = mapped_column(ARRAY(Date))
    source: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="proposed")
    proposed_by: Mapped[int | None] = mapped_column(BigInteger)
    proposed_by_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    counted: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    in_force_at: Mapped[datetime | None] = mapped_column(Instant)
    in_force_by: Mapped[int | None] = mapped_column(BigInteger)
    in_force_by_name: Mapped[str] = mapped_column(Text, default="")
    replaced: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    applied: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'in_force')", name="state"),
        CheckConstraint("(state = 'in_force') = (in_force_at IS NOT NULL)", name="in_force"),
        CheckConstraint("NOT local OR make_up_days = '{}'", name="local_days_off"),
        Index(
            "uq_calendar_version_proposed", "tenant_id", "local", "year", unique=True,
            postgresql_where="state = 'proposed'",
        ),
        Index(None, "tenant_id", "in_force_at"),
    )  # fmt: skip


class SiteSetting(Base):
    """A named setting of the whole deployment: the prefecture's name, footer, default rules."""

    __tablename__ = "site_setting"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
