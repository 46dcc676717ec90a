"""Tables of tasks from above. A task carries the office's id, each unit's share of it the unit's."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {"repost": "转载任务", "yearly": "年度要点", "special": "专项任务"}
TOLD = ("", "due", "overdue")


class Assignment(Base):
    """A task as an office hands it out; nothing of it changes afterwards but that it can be withdrawn.

    Attributes:
        source: who laid it on the office, or the document it comes from; `source_url` the original's address.
        received_at: when the office received it; a repost is due `hours` after that.
        column_code: the column in which its result has to stand, with `column_name`; empty for any.
    """

    __tablename__ = "assignment"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    column_code: Mapped[str] = mapped_column(Text, default="")
    column_name: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(Instant)
    hours: Mapped[int | None] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)
    handed_out_at: Mapped[datetime] = mapped_column(Instant)
    handed_out_by: Mapped[int | None] = mapped_column(BigInteger)
    handed_out_by_name: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint("title <> '' AND source <> ''", name="complete"),
        CheckConstraint("(kind = 'repost') = (hours IS NOT NULL)", name="hours_of_reposts"),
        CheckConstraint("kind <> 'repost' OR source_url <> ''", name="original_of_reposts"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason = '')", name="withdrawn_with_reason"),
        Index(None, "tenant_id", "handed_out_at"),
    )


class AssignmentShare(Base):
    """What a unit has of a task: its receipt, and the link with which it says that it is done.

    Attributes:
        item_id: the item of the unit's own that the link names; the task is done as long as that is public.
        link: index number or address as given; without an item it was not checked.
        done_at: when the unit said so; `told` which reminder it has had.
    """

    __tablename__ = "assignment_share"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    handed_out_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)
    receipt_at: Mapped[datetime | None] = mapped_column(Instant)
    receipt_name: Mapped[str] = mapped_column(Text, default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    link: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_name: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(one_of("told", TOLD), name="told"),
        CheckConstraint("(done_at IS NULL) = (link = '') AND (item_id IS NULL OR link <> '')", name="done_with_link"),
        UniqueConstraint("assignment_id", "tenant_id"),
        Index(None, "tenant_id", "due_at"),
        Index(None, "office_id", "due_at"),
        Index(None, "office_id", "handed_out_at"),
        Index("ix_assignment_share_due", "due_at", postgresql_where="told <> 'overdue' AND NOT withdrawn"),
        Index("ix_assignment_share_open", "tenant_id", postgresql_where="done_at IS NULL AND NOT withdrawn"),
        Index("ix_assignment_share_item", "item_id", postgresql_where="item_id IS NOT NULL"),
    )
