"""Tables of people. Users belong to nobody; a membership ties one to a unit with one role."""

from datetime import date, datetime

from flask_security import UserMixin
from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.accounts.permissions import CHAIN_ROLES, Role
from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant


class User(Base, UserMixin):
    """A person who signs in by `username`, mobile number or e-mail."""

    __tablename__ = "user_account"

    id: Mapped[int] = big_id()
    username: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    mobile: Mapped[str | None] = mapped_column(Text, unique=True)
    email: Mapped[str | None] = mapped_column(Text, unique=True)  # type: ignore[assignment]
    password: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=True)
    failed_logins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)  # type: ignore[assignment]
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def roles(self) -> list[object]:  # type: ignore[override]
        """Flask-Security's roles are not used; a person's roles are those of the memberships."""
        return []


class Membership(Base):
    """A person's post in a unit, from a day on, until it ends."""

    __tablename__ = "membership"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(Text)
    section: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    started_date: Mapped[date] = mapped_column(Date)
    ended_date: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint(one_of("role", tuple(Role)), name="role"),
        UniqueConstraint("tenant_id", "user_id", "role"),
        Index(None, "user_id"),
    )


class Deputy(Base):
    """Who stands in for a person in one post of the chain （代理）, from a day to a day, both included.

    It gives nothing while the principal does not hold the post, or the deputy none in the unit.
    """

    __tablename__ = "deputy"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    principal_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    named_by: Mapped[int]
    named_at: Mapped[datetime] = mapped_column(Instant)
    ended_by: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("role", CHAIN_ROLES), name="role"),
        CheckConstraint("valid_from <= valid_to", name="range"),
        CheckConstraint("principal_id <> deputy_id", name="another"),
        Index(None, "tenant_id", "valid_to"),
        Index("ix_deputy_person", "deputy_id", "valid_to", postgresql_where="ended_at IS NULL"),
    )


class SignInThrottle(Base):
    """Failures counted against something other than a known account: an address, or a name that nobody has.

    `key` is a kind and a digest, so that a password typed into the wrong field is not kept.
    """

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index(None, "last_at"),)
