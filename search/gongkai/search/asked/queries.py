"""What was searched for in a month. Queries that few people typed are not listed: they may say who typed them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.search.asked.models import SearchQueryCount as Kept

FEWEST = 3
"""Searches in a month from which on a query is listed."""
_SEARCHES = func.sum(Kept.searches).label("searches")
_WITHOUT = func.sum(Kept.without_results).label("without_results")


def totals(uow: UnitOfWork, *, month: Period) -> AnyRow:
    """All counted searches of a month: searches, without_results; None without any."""
    query = select(_SEARCHES, _WITHOUT).where(Kept.day.between(month.first_day, month.last_day))
    return uow.session.execute(query).one()


def frequent(uow: UnitOfWork, *, month: Period, limit: int) -> Sequence[AnyRow]:
    """The most frequent queries of a month: query, searches, without_results."""
    query = select(Kept.query, _SEARCHES, _WITHOUT).where(Kept.day.between(month.first_day, month.last_day))
    query = query.group_by(Kept.query).having(_SEARCHES >= FEWEST).order_by(_SEARCHES.desc(), Kept.query).limit(limit)
    return uow.session.execute(query).all()


def in_vain(uow: UnitOfWork, *, month: Period, limit: int) -> Sequence[AnyRow]:
    """The queries that most often found nothing in a month: query, searches, without_results."""
    query = select(Kept.query, _SEARCHES, _WITHOUT).where(
        Kept.day.between(month.first_day, month.last_day), Kept.without_results > 0
    )
    query = query.group_by(Kept.query).having(_WITHOUT >= FEWEST).order_by(_WITHOUT.desc(), Kept.query).limit(limit)
    return uow.session.execute(query).all()


def first_day(uow: UnitOfWork) -> date | None:
    """The oldest day that is kept."""
    return uow.session.scalar(select(func.min(Kept.day)))
