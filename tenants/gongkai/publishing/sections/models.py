"""Table of sections: only what they were called before; a section is there while somebody or something is of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base
from gongkai.core.models import Instant


class FormerSection(Base):
    """A name that a section of a unit had, or of a section merged into it; `name` is always today's."""

    __tablename__ = "former_section"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    former_name: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    renamed_by: Mapped[int]
    renamed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("former_name <> name", name="another"),)
