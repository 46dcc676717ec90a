"""Tables of emergency takedowns. A case carries the office's id; measures and blocks carry the unit's."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {"item": "信息", "attachment": "附件", "column": "栏目"}
OUTCOMES = {"restored": "恢复发布", "withdrawn": "不再公开"}
BLOCK_KINDS = ("text", "file", "hidden_file", "column")


class EmergencyTakedown(Base):
    """A case: who called on what basis, who took down, and the paper that has to follow within one working day."""

    __tablename__ = "emergency_takedown"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    caller: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text, default="")
    taken_at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[int] = mapped_column(BigInteger)
    taken_by_name: Mapped[str] = mapped_column(Text)
    paper_due_date: Mapped[date] = mapped_column(Date)
    paper_digest: Mapped[str] = mapped_column(Text, default="")
    paper_name: Mapped[str] = mapped_column(Text, default="")
    paper_received_at: Mapped[datetime | None] = mapped_column(Instant)
    paper_by_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("caller <> '' AND basis <> ''", name="said_why"),
        CheckConstraint("(paper_digest <> '') = (paper_received_at IS NOT NULL)", name="paper"),
        Index(None, "tenant_id", "taken_at"),
        Index("ix_emergency_takedown_paper", "paper_due_date", postgresql_where="paper_received_at IS NULL"),
    )


class EmergencyMeasure(Base):
    """What was taken down in a case: one item, one file of a unit, or one column with all that stands in it.

    Attributes:
        item_id: the item, or the one that the file was chosen from; `column_id` the column.
        digest: SHA-256 of the file; empty for items and columns.
        title: what it was called then; `items` how many items went off the public pages with it.
        counted: how many of these counted to the monthly task, and go on counting until the office has ruled.
        follows_id: on a file of a reprint, the measure on the lead agency's file, with which it ends.
        count_kept: the ruling; empty while there is none, and where nothing was counted.
    """

    __tablename__ = "emergency_measure"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    takedown_id: Mapped[int] = mapped_column(ForeignKey("emergency_takedown.id"))
    kind: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    column_id: Mapped[int | None] = mapped_column(ForeignKey("content_column.id"))
    digest: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text)
    index_number: Mapped[str] = mapped_column(Text, default="")
    items: Mapped[int] = mapped_column(Integer, default=0)
    counted: Mapped[int] = mapped_column(Integer, default=0)
    stopped: Mapped[int] = mapped_column(Integer, default=0)
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(Text, default="")
    count_kept: Mapped[bool | None] = mapped_column(Boolean)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(BigInteger)
    ended_by_name: Mapped[str] = mapped_column(Text, default="")
    end_reason: Mapped[str] = mapped_column(Text, default="")
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("emergency_measure.id"))

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("outcome", ("", *OUTCOMES)), name="outcome"),
        CheckConstraint(
            "(kind = 'column') = (column_id IS NOT NULL) AND (kind = 'column') = (item_id IS NULL)"
            " AND (kind = 'attachment') = (digest <> '')",
            name="one_object",
        ),
        CheckConstraint(
            "(outcome <> '') = (ended_at IS NOT NULL) AND (outcome = '' OR end_reason <> '')"
            " AND (outcome = 'withdrawn' OR count_kept IS NULL)",
            name="ruling",
        ),
        Index(None, "tenant_id", "takedown_id"),
        Index(None, "takedown_id"),
        Index("ix_emergency_measure_follows", "tenant_id", "item_id", postgresql_where="follows_id IS NOT NULL"),
    )


class EmergencyBlock(Base):
    """What a measure locks in its unit, open to every scope: publication and the portal ask here.

    `text` and `file` are digests that cannot be published; `hidden_file` and `column` are not shown either.
    Rows go when the office restores; they stay when it rules that it is public no more.
    """

    __tablename__ = "emergency_block"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("emergency_measure.id"))
    kind: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, default="")
    column_id: Mapped[int | None] = mapped_column(ForeignKey("content_column.id"))

    __table_args__ = (
        CheckConstraint(one_of("kind", BLOCK_KINDS), name="kind"),
        CheckConstraint(
            "(kind = 'column') = (column_id IS NOT NULL) AND (kind = 'column') = (digest = '')", name="key"
        ),
        Index(None, "tenant_id", "kind", "digest"),
        Index(None, "measure_id"),
        Index(None, "column_id", postgresql_where="column_id IS NOT NULL"),
    )
