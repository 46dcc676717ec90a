"""Reads a query: numbers first, then names, years, known words, genres and fillers; the rest is taken as it stands."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from gongkai.core.text.folding import HAN, fold
from gongkai.search.lexicon import Lexicon, Wording, built_in
from gongkai.search.numbers import keys_asked, keys_within
from gongkai.search.query import Correction, ParsedQuery, Part, PartKind, grams_of, readable
from gongkai.search.terms import phrases_of, terms_of

WEIGHTS: dict[PartKind, float] = {
    "word": 1.0,
    "plain": 1.0,
    "agency": 1.6,
    "body": 0.6,
    "place": 1.8,
    "year": 1.4,
    "month": 0.6,
    "genre": 0.5,
    "filler": 0.04,
}
LONGEST_NAME = 30
MOST_WORDINGS = 8
_RUN = re.compile(f"(?:[{HAN}]|[^\\W_{HAN}])+")
_YEAR = re.compile("(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?:年度?|(?![0-9]))(?P<ending>初|底|上半年|下半年)?")
_MONTH = re.compile("(?<![0-9])(?P<month>1[0-2]|0?[1-9])月份?")
_TENS = re.compile("(?<![0-9十百千万])(?P<tens>[1-9]?)十(?P<units>[1-9]?)(?=[号年月日期批届次条周个岁元名周])")
_AGE = re.compile("(?<![0-9])(?P<age>[1-9][0-9]?)岁")
_LABEL = re.compile("索引号|发文字号|文号")
_BODY = re.compile("(?:局|委员会|[^方]厅|办公室|办事处|联合会|管理中心|法院|检察院)$")
_Match = tuple[int, PartKind, tuple[Wording, ...], tuple[str, ...]]


def parse(text: str, lexicon: Lexicon | None = None, *, correction: Correction | None = None) -> ParsedQuery:
    """Read a query of either script by a lexicon (the built-in one unless another is given).

    A single character beside longer words is not required: where it stands among others it is part of a pair.

    Raises:
        Invalid: when it is longer than LONGEST_QUERY.
    """
    plain = readable(text)
    folded = fold(plain)
    found = list(dict.fromkeys(terms_of(folded)))
    whole_words = any(len(term) > 1 for term in found)
    parts = _places_once(tuple(_parts(folded, lexicon or built_in()))) if whole_words else ()
    terms = tuple(dict.fromkeys(term for part in _counting(parts) for term in _typed_terms(folded, part)))
    if not terms:
        terms = tuple(term for term in found if len(term) > 1)
    return ParsedQuery(
        text=plain,
        folded=folded,
        phrases=tuple(phrases_of(folded)),
        terms=terms,
        characters=() if terms else tuple(found),
        number_keys=tuple(dict.fromkeys((*keys_asked(plain), *keys_within(plain)))) if found else (),
        parts=parts,
        years=tuple(int(match["year"]) for match in _YEAR.finditer(folded)),
        months=tuple(int(match["month"]) for match in _MONTH.finditer(folded)),
        correction=correction,
    )


def _counting(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if part.kind != "filler"] or parts


def _typed_terms(folded: str, part: Part) -> Iterator[str]:
    typed = folded[part.start : part.end]
    return (term for term in terms_of(typed) if len(term) > 1)


def _parts(folded: str, lexicon: Lexicon) -> Iterator[Part]:
    for run in _RUN.finditer(folded):
        at, plain_from = run.start(), run.start()
        while at < run.end():
            match = _longest(folded, at, run.end(), lexicon)
            if match is None:
                at += 1
                continue
            if at > plain_from:
                yield _plain(folded, plain_from, at)
            end, kind, wordings, codes = match
            best = sorted(wordings, key=lambda w: -w.share)[:MOST_WORDINGS]
            yield Part(kind, at, end, WEIGHTS[kind], tuple(best), codes)
            at = plain_from = end
        if plain_from < run.end():
            yield _plain(folded, plain_from, run.end())


def _longest(folded: str, at: int, end: int, lexicon: Lexicon) -> _Match | None:
    """The longest thing known to begin here; numbers in Chinese are known in both forms."""
    for look in _LOOKS:
        if (match := look(folded, at, end, lexicon)) is not None:
            return match
    return None


def _dated(folded: str, at: int, end: int, _: Lexicon) -> _Match | None:
    if match := _YEAR.match(folded, at, end):
        year = Wording(match["year"], 1)
        return (match.end(), "year", (Wording(match["year"] + "年", 1), year), ())
    if match := _TENS.match(folded, at, end):
        number = str(int(match["tens"] or 1) * 10 + int(match["units"] or 0))
        tail = folded[match.end() : match.end() + 1]
        stop = match.end() + len(tail)
        typed = (Wording(folded[at:stop], 1), Wording(number + tail, 1))
        return (stop, "word", (*typed, Wording(f"{number}周岁", 1)) if tail == "岁" else typed, ())
    if match := _AGE.match(folded, at, end):
        return (match.end(), "word", (Wording(match[0], 1), Wording(f"{match['age']}周岁", 1)), ())
    if match := _MONTH.match(folded, at, end):
        return (match.end(), "month", (Wording(match["month"].lstrip("0") + "月", 1),), ())
    return None


def _known(folded: str, at: int, end: int, lexicon: Lexicon) -> _Match | None:
    for stop in range(min(end, at + LONGEST_NAME), at + 1, -1):
        typed = folded[at:stop]
        if named := lexicon.names.agencies.get(typed):
            return (stop, "agency", named.wordings, named.unit_codes)
        if named := lexicon.names.places.get(typed):
            return (stop, "place", named.wordings, ())
        if typed in lexicon.synonyms or typed in lexicon.terms or typed in lexicon.names.bodies:
            others = lexicon.synonyms.get(typed, ())
            return (stop, _kind(typed, others, lexicon), (Wording(typed, 1), *others), ())
        if typed in lexicon.genres:
            return (stop, "genre", (Wording(typed, 1),), ())
        if typed in lexicon.fillers:
            return (stop, "filler", (Wording(typed, 1),), ())
    return None


def _kind(typed: str, others: Sequence[Wording], lexicon: Lexicon) -> PartKind:
    if typed in lexicon.genres:
        return "genre"
    if typed in lexicon.names.bodies:
        return "body"
    return "body" if any(_BODY.search(name) for name in (typed, *(w.text for w in others[:1]))) else "word"


def _single_filler(folded: str, at: int, _: int, lexicon: Lexicon) -> _Match | None:
    """Fillers of one character part words only where they can hardly be part of one."""
    typed = folded[at : at + 1]
    return (
        (at + 1, "filler", (Wording(typed, 1),), ()) if typed in "的了吗呢吧呀" and typed in lexicon.fillers else None
    )


_LOOKS: tuple[Callable[[str, int, int, Lexicon], _Match | None], ...] = (_dated, _known, _single_filler)


def _plain(folded: str, start: int, end: int) -> Part:
    typed = folded[start:end]
    weight = WEIGHTS["plain"] if len(typed) > 1 else WEIGHTS["filler"]
    label = _LABEL.fullmatch(typed) is not None
    return Part("filler" if label or len(typed) == 1 else "plain", start, end, weight, (Wording(typed, 1),))


def _places_once(parts: Sequence[Part]) -> tuple[Part, ...]:
    """A place named twice counts once."""
    names = [part.wordings[0].text if part.kind == "place" else "" for part in parts]
    return tuple(
        replace(part, kind="filler", weight=0.0) if name and name in names[:at] else part
        for at, (part, name) in enumerate(zip(parts, names, strict=True))
    )


@lru_cache(maxsize=4096)
def terms_of_wording(text: str) -> tuple[str, ...]:
    """Index terms of a wording."""
    return grams_of(text)
