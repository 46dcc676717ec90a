"""The terms of the PostgreSQL index, of documents and of queries alike.

Runs of Chinese give overlapping pairs, runs of letters and digits whole words. A digit that stands alone counts as a
Chinese character: folding makes 一 a 1, and 统一 must be found inside 全国统一 as well as before 战线.
"""

import re
from collections.abc import Iterable

from gongkai.core.text.folding import HAN, fold

TITLE = "^"
"""Stands before the terms of titles, which are also listed character by character."""

LONGEST_WORD = 40
"""Characters of a word that count: a key of a GIN index must not be long."""

_LETTER = f"[^\\W_{HAN}]"
_RUN = re.compile(f"(?P<pairs>(?:[{HAN}]|(?<!{_LETTER})[0-9](?!{_LETTER}))+)|{_LETTER}+")
_QUOTES = re.compile("[\"'“”‘’「」『』《》〈〉<>·]")
_PHRASE = re.compile(r"[^\W_]+")


def terms_of(folded: str) -> list[str]:
    """Terms of folded text in its order, repetitions kept; a Chinese character between words is a term itself."""
    terms: list[str] = []
    for run in _RUN.finditer(folded):
        word = run[0]
        if run["pairs"] is None or len(word) == 1:
            terms.append(word[:LONGEST_WORD])
        else:
            terms.extend(word[at : at + 2] for at in range(len(word) - 1))
    return terms


def without_quotes(folded: str) -> str:
    """Folded text as it is spoken: “三公”经费 is 三公经费. Offsets are lost."""
    return _QUOTES.sub("", folded)


def title_terms(folded: str) -> set[str]:
    """Marked terms of a folded title: those of `terms_of`, and its single characters for one-character queries."""
    return {TITLE + term for term in (*terms_of(folded), *filter(str.isalnum, folded))}


def phrases_of(folded: str) -> list[str]:
    """What was written without a break, each once, in order."""
    return list(dict.fromkeys(_PHRASE.findall(folded)))


def document_terms(title: str, text: str, *, also: str = "", attached: Iterable[str] = ()) -> list[str]:
    """All terms under which a document is found, sorted; `also` is searched but not shown, `attached` is folded."""
    spoken_title, spoken_text = without_quotes(fold(title)), without_quotes(fold(text))
    terms = {*terms_of(fold(title)), *terms_of(spoken_title), *terms_of(spoken_text), *terms_of(fold(also))}
    for passage in attached:
        terms.update(terms_of(without_quotes(passage)))
    return sorted({*terms, *title_terms(fold(title)), *title_terms(spoken_title), *terms_of(fold(text))})
