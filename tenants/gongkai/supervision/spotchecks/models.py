"""Tables of spot checks, which carry the office's id: the draw with what it was made from, a record for each item."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

RESULTS = {"ok": "未发现问题", "problem": "存在问题", "gone": "信息已撤下，未检查"}


class SpotCheck(Base):
    """A draw; nothing of it changes afterwards.

    Attributes:
        column_names: columns that it is limited to, by name; empty for all.
        size: items drawn, of each unit where `each_unit`.
        population: ids of all items that could be drawn, ascending: what was public on the day of the draw.
    """

    __tablename__ = "spot_check"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    title: Mapped[str] = mapped_column(Text)
    first_date: Mapped[date] = mapped_column(Date)
    last_date: Mapped[date] = mapped_column(Date)
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    column_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    size: Mapped[int] = mapped_column(Integer)
    each_unit: Mapped[bool] = mapped_column(Boolean)
    seed: Mapped[str] = mapped_column(Text)
    population: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    drawn_at: Mapped[datetime] = mapped_column(Instant)
    drawn_by: Mapped[int | None] = mapped_column(BigInteger)
    drawn_by_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("size > 0 AND first_date <= last_date", name="sound"),
        Index(None, "tenant_id", "drawn_at"),
    )


class CheckRecord(Base):
    """An item of the sample and what was found (form D08 检查记录表).

    Attributes:
        looked_at: what was looked at （检查内容）.
        finding_id: the finding that a problem became in the ledger.
    """

    __tablename__ = "check_record"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"))
    position: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    title: Mapped[str] = mapped_column(Text)
    column_name: Mapped[str] = mapped_column(Text)
    published_date: Mapped[date] = mapped_column(Date)
    result: Mapped[str] = mapped_column(Text, default="")
    looked_at: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    rule_code: Mapped[str] = mapped_column(Text, default="")
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_by: Mapped[int | None] = mapped_column(BigInteger)
    checked_by_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("result", ("", *RESULTS)), name="result"),
        CheckConstraint("(result = '') = (checked_at IS NULL)", name="checked"),
        CheckConstraint("(result = 'problem') = (finding_id IS NOT NULL)", name="problem_in_ledger"),
        UniqueConstraint("check_id", "position"),
        Index(None, "tenant_id", "check_id"),
        Index("ix_check_record_open", "tenant_id", postgresql_where="result = ''"),
    )
