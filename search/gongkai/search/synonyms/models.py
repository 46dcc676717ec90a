"""The table of the list's versions."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base
from gongkai.core.models import Instant


class SearchWords(Base):
    """A version of the list, whole; the highest is in force, and none is ever changed. One list for all units."""

    __tablename__ = "search_words"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    lines: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_name: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("reason <> ''", name="reason"),
    )
