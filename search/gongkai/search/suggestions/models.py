"""The beginnings under which titles are suggested."""

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base


class SearchStart(Base):
    """A beginning of a title or of a word in it, in characters, pinyin or initials; it goes with its document.

    Keys are compared byte by byte, so that all that begins alike lies side by side in the index.
    """

    __tablename__ = "search_start"

    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    item_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("search_document.item_id", onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )

    __table_args__ = (Index(None, "item_id"),)
