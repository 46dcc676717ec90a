"""Names of agencies and places as citizens write them: short, without the kind of place, as they once were.

They are made from the tree of units; `gongkai.search.vocabulary` reads it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from gongkai.core.text.folding import fold
from gongkai.search.lexicon import Named, Names, Synonyms, Wording, built_in

STEM_SHARE = 0.8
_PLACE = re.compile(
    r"(?P<stem>.[^和与及]{1,5}?|.(?=[县州]))(?P<kind>自治州|自治县|开发区|街道办事处|街道|州|市|县|区|旗|镇|乡)(?!村|场监|管理)"
)
_PREFIX = re.compile("^(?:国家税务总局|国家统计局|中华人民共和国)")
_GOVERNMENT = "人民政府"
UNITS = text(
    "SELECT code, official_name, short_name, aliases,"
    " ARRAY(SELECT DISTINCT unnest(ARRAY[p.official_name, p.short_name])"
    " FROM tenant_period AS p WHERE p.tenant_id = tenant.id AND p.valid_to IS NOT NULL) AS former"
    " FROM tenant ORDER BY path"
)
"""Rows for `make_names`."""


def make_names(units: Iterable[Any]) -> Names:
    """Names from rows of `code`, `official_name`, `short_name`, `aliases`, `former`, superior units before others."""
    agencies: dict[str, tuple[list[str], list[str]]] = {}
    places: dict[str, Named] = {}
    bodies: set[str] = set()
    synonyms = built_in().synonyms
    for unit in units:
        official = fold(unit.official_name)
        chain, body = split_name(official)
        for place in chain:
            _add_place(places, place)
        for form in {*_forms(official, chain, body, synonyms), *_former(unit, chain, synonyms)}:
            if form in places or len(form) < 3:
                continue
            names, codes = agencies.setdefault(form, ([], []))
            if official not in names:
                names.append(official)
            codes.append(unit.code)
        bodies |= {name for name in _bodies(body, synonyms) if len(name) > 2}
    known = {form: Named(_wordings(form, names), tuple(codes)) for form, (names, codes) in agencies.items()}
    # A name that several bodies share, like the 民政局 of every county, says no more than its words.
    return Names(
        {form: named for form, named in known.items() if len(named.unit_codes) == 1}, places, frozenset(bodies)
    )


def split_name(official: str) -> tuple[list[str], str]:
    """Places that a name begins with, and the body's own name: 和溪县清水镇人民政府 is 和溪县, 清水镇 and 人民政府."""
    rest = _PREFIX.sub("", official)
    chain: list[str] = []
    while len(chain) < 3 and (match := _PLACE.match(rest)):
        chain.append(match[0].removesuffix("办事处"))
        rest = rest[match.end() :]
    return chain, rest


def _forms(official: str, chain: Sequence[str], body: str, synonyms: Synonyms) -> set[str]:
    """How a body is called: its place with or without its kind, or only the last of its places, and a short body."""
    bodies = _bodies(body, synonyms)
    if body.startswith(_GOVERNMENT):
        bodies |= {body.removeprefix("人民"), "政府办" if body.endswith("办公室") else "政府"}
    forms = {official}
    for place in {"".join(chain), *chain[-1:]} - {""}:
        starts = {place, _stem(place)} if chain else {place}
        forms |= {start + name for start in starts for name in bodies}
    return forms


def _bodies(body: str, synonyms: Synonyms) -> set[str]:
    """A body's own name and its short ones, without a place."""
    return {body, *(wording.text for wording in synonyms.get(body, ()) if wording.share >= STEM_SHARE)} - {""}


def _former(unit: Any, chain: Sequence[str], synonyms: Synonyms) -> set[str]:
    given = {fold(name) for name in (unit.short_name, *unit.aliases, *unit.former) if name}
    forms = set(given)
    for name in given:
        other, body = split_name(name)
        forms |= _forms(name, other, body, synonyms) if other else _forms(name, chain, name, synonyms)
    return forms


def _add_place(places: dict[str, Named], place: str) -> None:
    stem = _stem(place)
    places.setdefault(place, Named((Wording(place, 1), *([Wording(stem, STEM_SHARE)] if stem != place else []))))
    if stem != place:
        places.setdefault(stem, Named((Wording(place, 1), Wording(stem, STEM_SHARE))))


def _stem(place: str) -> str:
    """A place without its kind, where two characters are left."""
    match = _PLACE.fullmatch(place)
    return match["stem"] if match and len(match["stem"]) > 1 else place


def _wordings(form: str, names: Sequence[str]) -> tuple[Wording, ...]:
    own = [Wording(name, 1) for name in names]
    return tuple(own) if form in names else (*own, Wording(form, STEM_SHARE))
