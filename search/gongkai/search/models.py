"""Tables of search: public rows only, written by the outbox handler, and the indexes that are kept beside them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Sequence, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base
from gongkai.core.models import Instant

REVISION = Sequence("search_revision", metadata=Base.metadata)
"""Counts writings: a document's revision, and the version of what is sent to a search server."""


class SearchDocument(Base):
    """One public item as search sees it; folded fields keep the length of the original ones.

    `revision` is another after each writing.
    """

    __tablename__ = "search_document"

    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tenant_id: Mapped[int] = mapped_column(BigInteger)
    version_id: Mapped[int] = mapped_column(BigInteger)
    column_code: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)
    year: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    title_folded: Mapped[str] = mapped_column(Text)
    text_folded: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    number_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    length: Mapped[int] = mapped_column(Integer)
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=REVISION.next_value())

    __table_args__ = (
        Index(None, "grams", postgresql_using="gin"),
        Index(None, "number_keys", postgresql_using="gin"),
        Index(None, "tenant_id", "published_at"),
        Index(None, "published_at", "item_id"),
    )


class SearchPassage(Base):
    """A piece of the text of a public item's attachment, with the file and the place where it stands.

    What is found is decided by the document, whose terms hold those of its passages; these say where.
    """

    __tablename__ = "search_passage"

    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    text_folded: Mapped[str] = mapped_column(Text)


class SearchGram(Base):
    """In how many documents a gram occurs: the rare ones choose the candidates, all weigh in BM25."""

    __tablename__ = "search_gram"

    gram: Mapped[str] = mapped_column(Text, primary_key=True)
    documents: Mapped[int] = mapped_column(Integer)


class SearchIndex(Base):
    """An index of the search server into which every change is written: the one in use, and one being built."""

    __tablename__ = "search_index"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
