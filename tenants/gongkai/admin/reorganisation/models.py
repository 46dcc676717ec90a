"""The plan of a reorganisation: what happens to which units on which day, and who receives what."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {"merge": "合并", "split": "分设", "move": "划转", "abolish": "撤销", "function": "职能划转"}
STATES = {"drafting": "拟定中", "planned": "待执行", "done": "已执行", "cancelled": "已取消"}
LONGEST_GRACE = 12


class Reorganisation(Base):
    """One plan, held by the office that made it.

    Attributes:
        source_ids: the units that end, are moved, or give functions away.
        receiver_ids: the units that take over; for a move the one unit under which the sources then stand.
        allotments: who receives what: `columns` (template code), `units` (id of a unit below a source) and `people`
            (user id), each → id of a receiver; 0 for a person whose post ends.
        passes_decided: whether approved and scheduled items pass as drafts; otherwise they keep the plan from being
            carried out.
        level: level of moved units in their new place, empty when it stays.
        outcome: what was done, as (heading, sentences) for the page.
        failure: why the last attempt to carry it out was refused.
    """

    __tablename__ = "reorganisation"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="drafting")
    effective_date: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(Text)
    source_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    receiver_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    allotments: Mapped[dict[str, dict[str, int]]] = mapped_column(JSONB, default=dict)
    passes_decided: Mapped[bool] = mapped_column(Boolean, default=False)
    level: Mapped[str] = mapped_column(Text, default="")
    grace_months: Mapped[int] = mapped_column(Integer, default=0)
    planned_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    planned_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    failure: Mapped[str] = mapped_column(Text, default="")
    failed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("state", tuple(STATES)), name="state"),
        CheckConstraint("cardinality(source_ids) > 0 AND cardinality(receiver_ids) > 0", name="units"),
        CheckConstraint(f"grace_months BETWEEN 0 AND {LONGEST_GRACE}", name="grace_months"),
        CheckConstraint("(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
        Index(None, "tenant_id", "effective_date"),
        Index("ix_reorganisation_planned", "effective_date", postgresql_where="state = 'planned'"),
    )
