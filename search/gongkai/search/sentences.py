"""What a search says about itself: how a query was read, which filters it suggests, why a result stands there."""

import re
from collections.abc import Sequence

from gongkai.core.ports import Facet, Offer, SearchQuery
from gongkai.core.text.folding import HAN
from gongkai.search.numbers import is_whole, words_of
from gongkai.search.query import ParsedQuery
from gongkai.search.ranking import Ranked

NEARLY = 0.8
"""Share of a part of the query from which on it is said to be there."""
_FACTORS = {
    "coverage": "检索词覆盖程度",
    "phrase": "与标题连续相同",
    "year": "年份",
    "validity": "有效性",
    "authority": "本单位制发",
}


def understood(parsed: ParsedQuery, *, key: int | None, whole: int, best: Ranked | None) -> tuple[str, ...]:
    """How the query was read, a sentence without its full stop each.

    `key` is the number key that found documents, `whole` how many match in all parts, `best` the first result.
    """
    said = []
    by_number = key is not None and key < len(parsed.number_keys)
    if key is not None and by_number:
        said.append(words_of(parsed.number_keys[key]))
    elif parsed.number_keys and is_whole(parsed.number_keys[0]):
        said.append(f"没有文号为“{parsed.text}”的信息")
    if best is not None and not whole and not by_number and not _has_all(best):
        kept = dict.fromkeys(
            parsed.text[g.part.start : g.part.end] for g in best.gains if g.covered and g.part.is_required
        )
        said.append("没有同时包含全部词语的信息，已改为查找" + "".join(f"“{word}”" for word in kept))
    if parsed.characters:
        said.append("只输入了单个字，仅在标题中查找；再输入几个字即可查找正文")
    if any(re.match(f"[{HAN}]", new) and old != new for old, new in zip(parsed.text, parsed.folded, strict=True)):
        said.append("简体、繁体一并查找")
    return tuple(said)


def _has_all(best: Ranked) -> bool:
    """Whether the first result has every word: pairs across two of them stand in no index, 固资 in 加固资金."""
    return all(gain.covered >= NEARLY for gain in best.gains if gain.part.is_required)


def offers(parsed: ParsedQuery, query: SearchQuery, total: int, **facets: Sequence[Facet]) -> tuple[Offer, ...]:
    """Filters by the agencies and years （facets `units`, `years`） that the query names, where they leave less.

    A filter that is chosen already is not offered.
    """
    codes = {code for part in parsed.agencies for code in part.unit_codes}
    by_unit = [facet for facet in facets["units"] if facet.value in codes and not query.unit_code]
    asked = {str(year) for year in parsed.years}
    by_year = [facet for facet in facets["years"] if facet.value in asked and not query.year]
    return (
        *(Offer("unit", facet.value, facet.label) for facet in by_unit if 0 < facet.count < total),
        *(Offer("year", facet.value, f"{facet.value}年发布") for facet in by_year if 0 < facet.count < total),
    )


def reasons(ranked: Ranked, parsed: ParsedQuery) -> tuple[str, ...]:
    """Why a result stands where it does, for an administrator: a line for each part of the query, then the factors."""
    candidate = ranked.candidate
    said = []
    if candidate.reading < len(parsed.number_keys):
        said.append(f"{words_of(parsed.number_keys[candidate.reading])}，文号、索引号一致的排在最前")
    for gain in (gain for gain in ranked.gains if gain.part.kind != "filler" or gain.value):
        typed = parsed.text[gain.part.start : gain.part.end]
        if not gain.value:
            said.append(f"“{typed}”未出现")
            continue
        other = f"（按“{gain.wording}”）" if gain.wording != parsed.folded[gain.part.start : gain.part.end] else ""
        said.append(f"“{typed}”{other}见于{'、'.join(gain.places)}，得{gain.value:.1f}分")
    factors = "，".join(f"{_FACTORS[name]}×{value:.2f}" for name, value in ranked.factors.items())
    if factors:
        said.append(f"{factors}，合计{ranked.score:.1f}分")
    return tuple(said)
