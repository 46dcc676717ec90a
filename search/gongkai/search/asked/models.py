"""The table of counts."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base


class SearchQueryCount(Base):
    """How often a query was searched for on a day, and how often nothing was found.

    No address, no account, no time finer than the day. Queries with personal numbers are not kept at all.
    """

    __tablename__ = "search_query"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    query: Mapped[str] = mapped_column(Text, primary_key=True)
    searches: Mapped[int] = mapped_column(Integer)
    without_results: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("searches > 0", name="searches"),
        CheckConstraint("without_results BETWEEN 0 AND searches", name="without_results"),
    )
