"""The lexicon in effect: the built-in words, the office's own, and the names of units; and the units themselves.

It is kept by the process until a name or the office's list has changed, which is asked of the database in one
statement a search: what the office saves is in effect with the next one.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from gongkai.core.uow import UnitOfWork
from gongkai.search.lexicon import Lexicon, Synonyms, built_in, merged, official_terms, read_synonyms, with_next
from gongkai.search.names import UNITS, make_names
from gongkai.search.units import Units, make_units

_TRIED = "search.words"
_STATE = text(
    "SELECT (SELECT coalesce(sum(hashtextextended("
    "concat_ws('|', id, code, path, tenant_type, official_name, short_name, aliases::text, sort_order), 0)), 0)"
    " FROM tenant) AS units,"
    " (SELECT coalesce(sum(hashtextextended(concat_ws('|', tenant_id, official_name, short_name), 0)), 0)"
    " FROM tenant_period WHERE valid_to IS NOT NULL) AS periods,"
    " (SELECT coalesce(max(version), 0) FROM search_words) AS words"
)
_LINES = text("SELECT lines FROM search_words ORDER BY version DESC LIMIT 1")
_KEPT: dict[str, tuple[tuple[Any, ...], Lexicon, Units]] = {}
_LOCK = threading.Lock()


def in_effect(uow: UnitOfWork) -> tuple[Lexicon, Units]:
    """What queries are understood by now, and the units there are."""
    state = tuple(uow.session.execute(_STATE).one())
    with _LOCK:
        kept = _KEPT.get("lexicon")
    if kept is None or kept[0] != state:
        rows = uow.session.execute(UNITS).all()
        words = _with_words(built_in(), read_synonyms(office_lines(uow)))
        kept = (state, replace(words, names=make_names(rows)), make_units(rows))
        with _LOCK:
            _KEPT["lexicon"] = kept
    _, lexicon, units = kept
    tried: Mapping[str, Any] | None = uow.session.info.get(_TRIED)
    return (lexicon if tried is None else replace(_with_words(built_in(), tried), names=lexicon.names)), units


def office_lines(uow: UnitOfWork) -> list[str]:
    """The lines of the office's own list in force."""
    return (uow.session.execute(_LINES).scalar() or "").splitlines()


def lexicon_of(uow: UnitOfWork) -> Lexicon:
    """What queries are understood by now."""
    return in_effect(uow)[0]


@contextmanager
def trying(uow: UnitOfWork, words: Synonyms) -> Iterator[None]:
    """Searches in this unit of work use this list instead of the one in force."""
    uow.session.info[_TRIED] = words
    try:
        yield
    finally:
        del uow.session.info[_TRIED]


def _with_words(lexicon: Lexicon, words: Synonyms) -> Lexicon:
    if not words:
        return lexicon
    synonyms = with_next(merged(lexicon.synonyms, words))
    return replace(lexicon, synonyms=synonyms, terms=official_terms(synonyms))
