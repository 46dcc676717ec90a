"""Tables of the annual reports due: an office's list of a year, and the bodies on it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id
from gongkai.core.models import Instant


class ReportList(Base):
    """The list that an office makes by its notice for the reports of a year; they are due in the year after."""

    __tablename__ = "report_list"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    report_year: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text, default="")
    notice_date: Mapped[date] = mapped_column(Date)
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("tenant_id", "report_year"),)


class ReportDuty(Base):
    """A body on the list.

    Attributes:
        basis: why the date is another than the notice's or the law's, or why the body is on the list.
        exempt_reason: why it owes none this year; empty where it owes one.
        published_date: when it was published elsewhere, with the address, as the office has marked; a report in the
            body's own column is found by itself and is not written here.
    """

    __tablename__ = "report_duty"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("report_list.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    due_date: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text, default="")
    exempt_reason: Mapped[str] = mapped_column(Text, default="")
    published_date: Mapped[date | None] = mapped_column(Date)
    published_url: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("(published_date IS NULL) = (published_url = '')", name="published_with_address"),
        UniqueConstraint("tenant_id", "list_id", "unit_id"),
    )
