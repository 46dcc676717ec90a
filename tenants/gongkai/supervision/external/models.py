"""Tables of external data: where figures come from, and the figures, every version of them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.external.kinds import KINDS


class ExternalSource(Base):
    """Where figures of a month come from, in words; `digest` and `filename` where a table was brought."""

    __tablename__ = "external_source"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, default="")
    filename: Mapped[str] = mapped_column(Text, default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    entered_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint("(digest = '') = (filename = '')", name="file_with_name"),
        Index(None, "tenant_id", "period"),
    )


class ExternalFigure(Base):
    """A body's figures of a kind and month; the one without `replaced_at` holds, those before are its history."""

    __tablename__ = "external_figure"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    version: Mapped[int] = mapped_column(Integer)
    figures: Mapped[Mapping[str, int]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, default="")
    source_id: Mapped[int] = mapped_column(ForeignKey("external_source.id"))
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
    replaced_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        UniqueConstraint("tenant_id", "period", "kind", "unit_id", "version"),
        Index(
            "uq_external_figure_current", "tenant_id", "period", "kind", "unit_id", unique=True,
            postgresql_where="replaced_at IS NULL",
        ),
        Index("ix_external_figure_unit", "unit_id", "period", postgresql_where="replaced_at IS NULL"),
        Index(None, "source_id"),
    )  # fmt: skip
