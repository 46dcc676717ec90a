"""Tables of imports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant


class ImportBatch(Base):
    """One import: what was brought, by whom, on whose permission, and what became of its rows.

    With `covers_subtree` the office that holds the batch brings rows of any unit below it.

    Attributes:
        files_name, files_digest: the archive of files given with the list; no digest where a command read them itself.
        column_id: where old pages go that do not name their column.
        source_id: the source elsewhere of which a `collection` is one run.
        rows_changed, rows_missing: items whose source has a new text, and those that it does not list any more.
        late: the issued circulars after which items come, as `imports.late` writes them; None until looked at.
        late_confirmed_by: who let the import go on in spite of them.
    """

    __tablename__ = "import_batch"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="waiting")
    dry_run: Mapped[bool] = mapped_column(Boolean)
    covers_subtree: Mapped[bool] = mapped_column(Boolean, default=False)
    filename: Mapped[str] = mapped_column(Text)
    file_digest: Mapped[str] = mapped_column(Text)
    files_name: Mapped[str] = mapped_column(Text, default="")
    files_digest: Mapped[str] = mapped_column(Text, default="")
    cutoff_date: Mapped[date | None] = mapped_column(Date)
    responsible_person: Mapped[str] = mapped_column(Text, default="")
    allowed_by: Mapped[int | None] = mapped_column(BigInteger)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    rows_total: Mapped[int] = mapped_column(Integer, default=0)
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    rows_created: Mapped[int] = mapped_column(Integer, default=0)
    rows_unchanged: Mapped[int] = mapped_column(Integer, default=0)
    rows_refused: Mapped[int] = mapped_column(Integer, default=0)
    rows_changed: Mapped[int] = mapped_column(Integer, default=0)
    rows_missing: Mapped[int] = mapped_column(Integer, default=0)
    report_digest: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    column_id: Mapped[int | None] = mapped_column(ForeignKey("content_column.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("collection_source.id"))
    late: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    late_confirmed_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("kind", ("drafts", "migration", "tenants", "old_pages", "collection")), name="kind"),
        CheckConstraint(
            one_of("state", ("waiting", "running", "done", "failed", "refused", "confirming")), name="state"
        ),
        Index(None, "tenant_id", "created_at"),
        Index("ix_import_batch_listed", "tenant_id", "id", postgresql_where="kind <> 'collection'"),
        Index("ix_import_batch_late", "id", postgresql_where="late <> '[]'::jsonb"),
        Index("ix_import_batch_source", "tenant_id", "source_id", "id", postgresql_where="source_id IS NOT NULL"),
        Index("ix_import_batch_waiting", "created_at", postgresql_where="state = 'waiting'"),
    )


HELD_STATES = {
    "reading": "附件正在读取",
    "waiting": "待核对",
    "released": "正在发布",
    "brought": "已发布",
    "rejected": "不予发布",
}
OPEN_STATES = ("reading", "waiting", "released")
"""States in which a row is still to be brought."""
_OPEN = "state IN ('reading', 'waiting', 'released')"


class HeldRow(Base):
    """A row of a migration whose files nobody may read yet: nothing of it is public until a person has looked.

    Attributes:
        item_id: the public item that lacks these files; None where the row is an item of its own.
        key: what the migration knows the row by.
        row: the row as its list has it (`imports.rows.MigrationRow`).
        files: digest, filename, media_type, size of each.
        concerns: what is to be looked at, in words.
        problem: what the migration refused, or what is to be confirmed.
        reason: what the person who decided found.
    """

    __tablename__ = "held_row"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    key: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    row: Mapped[dict[str, Any]] = mapped_column(JSONB)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    concerns: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text, default="")
    late_confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(HELD_STATES)), name="state"),
        CheckConstraint("state <> 'rejected' OR reason <> ''", name="rejected_why"),
        Index("uq_held_row_open", "tenant_id", "key", unique=True, postgresql_where=_OPEN),
        Index("ix_held_row_key", "tenant_id", "key"),
        Index("ix_held_row_waiting", "tenant_id", "id", postgresql_where="state = 'waiting'"),
        Index("ix_held_row_batch", "batch_id"),
    )
