"""Tables of meaning: whose vectors there are, and the vectors. They go with their documents."""

from datetime import datetime

from sqlalchemy import REAL, BigInteger, CheckConstraint, ForeignKey, Identity, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import UniqueConstraint

from gongkai.core.db import Base
from gongkai.core.models import Instant


class SearchModel(Base):
    """An embedding model whose vectors are kept: the one that answers, and one that is being filled beside it.

    `alike` and `unlike` are cosines of what belongs together and of what does not (`trial`). Every document with a
    revision up to `filled_to` has its vector; `complete_at` is when it first had all of them.
    """

    __tablename__ = "search_model"

    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    dimensions: Mapped[int] = mapped_column(Integer)
    alike: Mapped[float] = mapped_column(REAL)
    unlike: Mapped[float] = mapped_column(REAL)
    filled_to: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    complete_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("dimensions > 0", name="dimensions"), UniqueConstraint("source", "name"))


class SearchVector(Base):
    """The vector of a document, of length 1; `digest` is that of the text it was made from."""

    __tablename__ = "search_vector"

    item_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("search_document.item_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("search_model.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    vector: Mapped[list[float]] = mapped_column(ARRAY(REAL))
