"""The lexicon in effect: the built-in words and the names of units."""

from dataclasses import replace

from gongkai.core.uow import UnitOfWork
from gongkai.search.lexicon import Lexicon, built_in
from gongkai.search.names import names_of


def lexicon_of(uow: UnitOfWork) -> Lexicon:
    """What queries are understood by now."""
    return replace(built_in(), names=names_of(uow))
