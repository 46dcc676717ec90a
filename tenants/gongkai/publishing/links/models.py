"""Tables of what belongs together."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

INTERPRETS, ANSWERS = "interprets", "answers"
KINDS = (INTERPRETS, ANSWERS)


class ItemLink(Base):
    """One item of a unit interprets another one （相关解读 / 解读文件, `catalog.md` section 1）, or answers it: says
    what became of a consultation （征求意见公告 / 征求意见结果, section 12）.

    A link holds between the items themselves, never between their revisions; the public sees it while both ends are
    public.

    Attributes:
        item_id: the interpretation, or the result.
        target_id: the document that it interprets, or the consultation.
    """

    __tablename__ = "item_link"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text, default=INTERPRETS)
    linked_by: Mapped[int] = mapped_column(BigInteger)
    linked_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("item_id <> target_id", name="two_items"),
        UniqueConstraint("tenant_id", "item_id", "target_id"),
        Index(None, "tenant_id", "target_id"),
    )


class InterpretationPlan(Base):
    """How a document will be interpreted that is submitted without its interpretation, or why it needs none.

    Attributes:
        planned_date, form, person: the plan; kept while incomplete, as the editor saves itself.
        reason: why none is needed; empty where there is a plan.
        due_date: set at publication without the interpretation: the day of the plan, at the latest the third working
            day after publication (`catalog.md` section 12).
        told_at: when the unit was told that the day has passed.
    """

    __tablename__ = "interpretation_plan"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    planned_date: Mapped[date | None] = mapped_column(Date)
    form: Mapped[str] = mapped_column(Text, default="")
    person: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    due_date: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    set_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("told_at IS NULL OR due_date IS NOT NULL", name="told_of_a_day"),
        UniqueConstraint("tenant_id", "item_id"),
        Index("ix_interpretation_plan_due", "tenant_id", "due_date", postgresql_where="due_date IS NOT NULL"),
    )


class JointReprint(Base):
    """A co-issuing unit may show a joint document as a reprint: what it was offered, and what it made of it (art. 10).

    Whether it waits, is in work, stands or is out of date follows from the states of both items and the versions.

    Attributes:
        tenant_id: the co-issuing unit.
        source_id, source_tenant_id: the lead agency's item and unit; the lead may read the row.
        item_id: the reprint; empty until it is made, or when its draft was thrown away.
        version_id: the version of the source with which the public reprint agrees.
        declined_reason: why the unit does not reprint it.
    """

    __tablename__ = "joint_reprint"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    source_tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id", ondelete="SET NULL"))
    version_id: Mapped[int | None] = mapped_column(BigInteger)
    declined_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("tenant_id <> source_tenant_id", name="two_units"),
        CheckConstraint("item_id IS NULL OR declined_reason = ''", name="made_or_declined"),
        UniqueConstraint("tenant_id", "source_id"),
        Index("uq_joint_reprint_item", "item_id", unique=True, postgresql_where="item_id IS NOT NULL"),
        Index(None, "source_tenant_id", "source_id"),
    )
