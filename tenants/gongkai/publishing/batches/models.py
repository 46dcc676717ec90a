"""Tables of batches: what is done with one as a whole, which rows are drawn, who opened which."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

DEEDS = {"submit": "整批送审", "agree": "同意整批", "return": "退回整批"}


class BatchDeed(Base):
    """One deed done with all rows of a batch: asked for on a page, carried out by a job.

    Attributes:
        step: the step decided at; empty for the submission.
        opinion: of the decider; for the submission the reason given for the warnings of the checks.
        seen: item id → lock version of the rows that the person saw; no other row is touched.
        refused: [item id, title, reason] of rows that stayed where they were.
        findings: item id → what the checks said of a submitted row.
    """

    __tablename__ = "batch_deed"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    deed: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    opinion: Mapped[str] = mapped_column(Text, default="")
    seen: Mapped[dict[str, int]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, default="waiting")
    rows_total: Mapped[int] = mapped_column(Integer)
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list)
    findings: Mapped[dict[str, list[str]]] = mapped_column(JSONB, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("deed", tuple(DEEDS)), name="deed"),
        CheckConstraint(one_of("state", ("waiting", "running", "done", "failed")), name="state"),
        Index("ix_batch_deed_tenant_id_batch_id_id", "tenant_id", "batch_id", "id"),
        Index(
            "uq_batch_deed_open", "tenant_id", "batch_id", unique=True,
            postgresql_where="state IN ('waiting', 'running')",
        ),
    )  # fmt: skip


class BatchSample(Base):
    """The seed from which the rows are drawn that whoever decides at a step has to open."""

    __tablename__ = "batch_sample"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    seed: Mapped[int] = mapped_column(BigInteger)


class BatchOpening(Base):
    """A person has opened a row of a batch, in the version that waited at this step then."""

    __tablename__ = "batch_opening"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    lock_version: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(Instant)
