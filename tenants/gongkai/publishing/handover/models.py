"""Table of hand-overs: what passed from whom to whom; only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id
from gongkai.core.models import Instant


class Handover(Base):
    """A hand-over that was done.

    `detail` holds `roles` and `section` that the successor was given, `kept_roles` that were not passed on, and the
    ids of `items` (by `drafts`, `under_way`, `scheduled`), `columns`, `batches` and `deputies`.
    """

    __tablename__ = "handover"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    leaver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    done_by: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "tenant_id", "done_at"),)
