"""Tables of collection: the sources, and which item came from where with which content."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {"table": "表格（.xlsx 或 .csv）", "jsonl": "JSON 文本（.jsonl，每行一条）", "atom": "Atom 订阅源"}
STATES = {"proposed": "待批准", "allowed": "已批准", "refused": "未获批准"}
STALE_HOURS = 48
LEAST_STALE_HOURS, MOST_STALE_HOURS = 25, 744


class CollectionSource(Base):
    """Where a unit's items are published elsewhere, and how they are read; with `covers_subtree` an office's for
    the units below it, which the rows name.

    Attributes:
        address: `https://…`, or `inbox/` and the name of a file in the unit's inbox folder.
        column_code: the column of all rows; empty where the rows name theirs.
        mapping: our field → the source's name for it, where it is neither ours nor an alias.
        whole: each answer lists everything, so that what is not in it is missing; else only the newest.
        hour: of the day in Shanghai, from which on it is collected once a day.
        stale_hours: hours without success after which the units' figures are out of step.
        responsible_person: who answers for what is collected.
        note: why the office refused.
        unit_ids: units that it brings items for: the unit itself, or those named so far.
        office_id: the office that decided; its person stands in `decided_by`.
        began_at: since when it is collected; the units answer for earlier months without it.
    """

    __tablename__ = "collection_source"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    covers_subtree: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    column_code: Mapped[str] = mapped_column(Text, default="")
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    whole: Mapped[bool] = mapped_column(Boolean)
    hour: Mapped[int] = mapped_column(Integer)
    stale_hours: Mapped[int] = mapped_column(Integer, default=STALE_HOURS)
    responsible_person: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="proposed")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    note: Mapped[str] = mapped_column(Text, default="")
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    last_run_at: Mapped[datetime | None] = mapped_column(Instant)
    last_success_at: Mapped[datetime | None] = mapped_column(Instant)
    stale_told_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("state", tuple(STATES)), name="state"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint(f"stale_hours BETWEEN {LEAST_STALE_HOURS} AND {MOST_STALE_HOURS}", name="stale_hours"),
        CheckConstraint(
            "state <> 'allowed' OR (office_id IS NOT NULL AND began_at IS NOT NULL AND responsible_person <> '')",
            name="allowed_is_complete",
        ),
        Index("ix_collection_source_tenant_id_id", "tenant_id", "id"),
    )


class CollectedEntry(Base):
    """What a source last said of an item, so that a change there is told from one made here.

    Attributes:
        digest: of the row as the source had it.
        seen_at: the last run that found it; `missing_since`: the first one that did not.
    """

    __tablename__ = "collected_entry"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("collection_source.id"))
    digest: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    missing_since: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_collected_entry_tenant_id_source_id_seen_at", "tenant_id", "source_id", "seen_at"),
        Index(
            "ix_collected_entry_missing", "tenant_id", "source_id", "missing_since",
            postgresql_where="missing_since IS NOT NULL",
        ),
    )  # fmt: skip
