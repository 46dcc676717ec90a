"""Tables of the term lists, of texts read from attachments, and of what a sweep found in published items."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {
    "leader": "领导人姓名职务及排序",
    "forbidden": "禁用语",
    "outdated": "过时表述",
    "abolished": "已撤销机构名称",
    "typo": "常见错别字",
}
LEVELS = {"block": "禁止", "warn": "提示"}
ACTIONS = {"add": "新增", "change": "修改", "remove": "停用"}
HIT_STATES = {"open": "待处理", "corrected": "已改正", "justified": "已说明理由", "withdrawn": "词条已停用"}


class TermEntry(Base):
    """An entry of an office's list, in force for its subtree; a removed one stays with `removed_at`.

    Of a leader `wrong` is the name, `right` the titles （parted by 、）, `rank` the place in the order of names.
    """

    __tablename__ = "term_entry"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    wrong: Mapped[str] = mapped_column(Text)
    right: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str] = mapped_column(Text)
    rank: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("level", tuple(LEVELS)), name="level"),
        CheckConstraint("wrong <> ''", name="wrong"),
        CheckConstraint("valid_to >= valid_from", name="valid_range"),
        Index("uq_term_entry_wrong", "tenant_id", "kind", "wrong", unique=True, postgresql_where="removed_at IS NULL"),
    )


class TermChange(Base):
    """A version of an entry: what it said then, who changed it, when and why; never changed itself."""

    __tablename__ = "term_change"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("term_entry.id"))
    version: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_name: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("action", tuple(ACTIONS)), name="action"),
        CheckConstraint("reason <> ''", name="reason"),
        UniqueConstraint("tenant_id", "entry_id", "version"),
    )


class ExtractedText(Base):
    """What was read from a unit's file; `parts` are {file, place, text}, `unread` {file, reason}.

    `tries` counts the attempts since a person last asked; at `retry_at` the next one is due.
    """

    __tablename__ = "extracted_text"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    parts: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    unread: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    read_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=1)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_extracted_text_retry_at", "tenant_id", "retry_at", postgresql_where="retry_at IS NOT NULL"),
    )


class TermHit(Base):
    """A term in a published item, with where it stands; worked off by the item's unit."""

    __tablename__ = "term_hit"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    rule_key: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    excerpt: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("level", tuple(LEVELS)), name="level"),
        CheckConstraint(one_of("state", tuple(HIT_STATES)), name="state"),
        CheckConstraint("state <> 'justified' OR reason <> ''", name="justified"),
        UniqueConstraint("tenant_id", "item_id", "rule_key", "place"),
        Index(None, "tenant_id", "state", "level", "id"),
    )


class TermSweep(Base):
    """A run over everything that an office's subtree has published; `last_item_id` is how far it is."""

    __tablename__ = "term_sweep"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    last_item_id: Mapped[int] = mapped_column(BigInteger, default=0)
    items_done: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("uq_term_sweep_waiting", "tenant_id", unique=True, postgresql_where="finished_at IS NULL"),
        Index(None, "tenant_id", "requested_at"),
    )


class MaskedCopy(Base):
    """A copy of a list of persons with numbers hidden, and the original behind it, which stays within the unit.

    `counts` is kind （`core.text.masking.LABELS`） → how many were hidden. With `replaced` the original is no
    attachment of the item any more.
    """

    __tablename__ = "masked_copy"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    copy_name: Mapped[str] = mapped_column(Text)
    copy_digest: Mapped[str] = mapped_column(Text)
    original_name: Mapped[str] = mapped_column(Text)
    original_digest: Mapped[str] = mapped_column(Text)
    original_media_type: Mapped[str] = mapped_column(Text)
    original_size: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    replaced: Mapped[bool] = mapped_column(Boolean)
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "tenant_id", "item_id", "id"),)
