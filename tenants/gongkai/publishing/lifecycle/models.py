"""Tables of what happens to items afterwards. Assessments are only ever added to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

RESULTS = {"keep": "继续不公开", "publish": "转为公开"}


class WithheldAssessment(Base):
    """One assessment of an item that is not public （不予公开信息动态调整, 条例 art. 18; form D04）.

    Attributes:
        draft_id: the draft in which its publication was begun; empty when that was thrown away.
    """

    __tablename__ = "withheld_assessment"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    assessed_date: Mapped[date] = mapped_column(Date)
    result: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("item.id", ondelete="SET NULL"))
    assessor_id: Mapped[int | None] = mapped_column(BigInteger)
    assessor_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(one_of("result", tuple(RESULTS)), name="result"),
        CheckConstraint("draft_id IS NULL OR result = 'publish'", name="draft_only_to_publish"),
        Index(None, "tenant_id", "item_id", "id"),
        Index("ix_withheld_assessment_date", "tenant_id", "assessed_date"),
        Index("ix_withheld_assessment_draft", "draft_id", postgresql_where="draft_id IS NOT NULL"),
    )


class ValidityList(Base):
    """A list of documents whose validity was settled （清理结果）: looked at when it comes, marked in one run.

    The numbers of rows are those of the run once `marked_at` is set, of the dry run before.
    """

    __tablename__ = "validity_list"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    filename: Mapped[str] = mapped_column(Text)
    file_digest: Mapped[str] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    marked_at: Mapped[datetime | None] = mapped_column(Instant)
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    rows_marked: Mapped[int] = mapped_column(Integer, default=0)
    rows_unchanged: Mapped[int] = mapped_column(Integer, default=0)
    rows_refused: Mapped[int] = mapped_column(Integer, default=0)
    report_digest: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "tenant_id", "id"),)
