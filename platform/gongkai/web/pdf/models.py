"""PDF copies of official documents, waited for or there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

WAITING, DONE, FAILED = "waiting", "done", "failed"


class PdfCopy(Base):
    """The PDF of a document that a unit asked for, known by the digest of its .docx: equal documents share one.

    It lies here rather than among the files: it can be made again, goes after a week, and no other row counts on it.

    Attributes:
        source_digest: SHA-256 of the .docx in hex; source: its bytes, until they are converted.
        content: the PDF, once it is done; reason: why it failed, in words.
    """

    __tablename__ = "pdf_copy"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    source_digest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    source: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    reason: Mapped[str] = mapped_column(Text, default="")
    requested_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("state", (WAITING, DONE, FAILED)), name="state"),
        CheckConstraint("(state = 'done') = (content IS NOT NULL)", name="content"),
        CheckConstraint("(state = 'waiting') = (source IS NOT NULL)", name="source"),
        CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finished"),
        UniqueConstraint("tenant_id", "source_digest", name="uq_pdf_copy_source"),
        Index("ix_pdf_copy_requested_at", "tenant_id", "requested_at"),
    )
