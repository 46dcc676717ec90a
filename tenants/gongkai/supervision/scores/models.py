"""Tables of the scores. A version is never changed: what changes a score makes a new one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant
from gongkai.supervision.scores.formula import GRADE_LABELS


class UnitScore(Base):
    """A version of a unit's score of a month; `detail` as `formula.Score.as_json`, `reason`: why it was computed."""

    __tablename__ = "unit_score"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    period: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    score: Mapped[Decimal] = mapped_column(Numeric)
    grade: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    reason: Mapped[str] = mapped_column(Text)
    computed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("grade", tuple(GRADE_LABELS)), name="grade"),
        CheckConstraint("score >= 0", name="floor"),
        UniqueConstraint("tenant_id", "period", "version"),
        Index("ix_unit_score_period", "period", "tenant_id"),
    )
