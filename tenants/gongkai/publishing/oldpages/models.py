"""Tables of old pages: what was read stays as it was found, repairs are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.core.text.damage.scripts import Script

STATE_LABELS = {
    "quarantined": "待核对",
    "clean": "完好，待迁移",
    "repaired": "已修复，待迁移",
    "rejected": "不予迁移",
    "migrated": "已迁移",
}
CHOICE_LABELS = {"accept": "采纳建议", "own": "另行改正", "leave": "保留原文"}


class OldPage(Base):
    """One saved page of a unit's old site.

    Attributes:
        title, labels, body_html: as they were read, never changed; repairs stand in `OldPageRepair`.
        labels: [label, value] pairs of the page's metadata table; `trail` its breadcrumb.
        given_title: typed by a person where the page has no title; `published_at` likewise.
        findings: the damage, as `core.text.damage.findings.Finding`, with offsets into `document.whole_text`.
        notes: what else a person has to look at, in words.
        problem: why it is not migrated: the reason of a rejection, or what the migration refused.
    """

    __tablename__ = "old_page"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    column_id: Mapped[int] = mapped_column(ForeignKey("content_column.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    state: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    file_digest: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str] = mapped_column(Text)
    script: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    given_title: Mapped[str] = mapped_column(Text, default="")
    trail: Mapped[list[str]] = mapped_column(JSONB)
    labels: Mapped[list[list[str]]] = mapped_column(JSONB)
    body_html: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    notes: Mapped[list[str]] = mapped_column(JSONB)
    problem: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("state", tuple(STATE_LABELS)), name="state"),
        CheckConstraint(one_of("script", tuple(Script)), name="script"),
        CheckConstraint("state <> 'rejected' OR problem <> ''", name="rejected_why"),
        CheckConstraint("(state = 'migrated') = (item_id IS NOT NULL)", name="migrated_item"),
        UniqueConstraint("tenant_id", "file_digest"),
        Index("ix_old_page_state", "tenant_id", "state", "id"),
        Index("ix_old_page_waiting", "tenant_id", postgresql_where="state = 'quarantined'"),
        Index("ix_old_page_item", "item_id", postgresql_where="item_id IS NOT NULL"),
    )


class OldPageRepair(Base):
    """What a person decided about one finding; a later decision on the same finding takes its place."""

    __tablename__ = "old_page_repair"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("old_page.id"))
    finding: Mapped[int] = mapped_column(Integer)
    choice: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int] = mapped_column(BigInteger)
    decided_by_name: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("choice", tuple(CHOICE_LABELS)), name="choice"),
        CheckConstraint("choice <> 'leave' OR before = after", name="left_as_found"),
        Index(None, "tenant_id", "page_id", "id"),
    )
