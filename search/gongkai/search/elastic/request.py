"""What the server is asked for one reading of a query: the whole matches; where these are few, the near ones too.

Everything is asked by terms, the very ones of the PostgreSQL backend; only `match_phrase` on titles is analysed there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gongkai.core.ports import SearchQuery
from gongkai.search.candidates import Paths
from gongkai.search.elastic.definition import RESULT_WINDOW
from gongkai.search.filters import DIMENSIONS, Wanted
from gongkai.search.finding import Needle, listed, milliseconds_of, page_by_date
from gongkai.search.query import ParsedQuery
from gongkai.search.terms import TITLE
from gongkai.search.understanding import terms_of_wording

KEY_WEIGHT = 1_000.0
"""Beyond any score of words: the fuller the number key, the earlier the document."""
IN_TITLE, ANYWHERE = 3.0, 1.0
NEAR_ANYWHERE = 0.85
"""Of a near match's coverage, what counts for words that stand neither in its title nor among its names."""
PHRASE_WEIGHT = 6.0
LONGEST_PHRASE, MOST_PHRASES = 40, 6
NEAREST = 1_000
"""Near matches that are counted and shown."""
WHOLE = "whole"
"""Name that whole matches have among near ones."""
_MOST_VALUES = 10_000
"""Beyond the number of units, of which one node holds some thousands."""
_NEWEST = [{"published_at": "desc"}, {"item_id": "desc"}]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the requests are made from."""

    parsed: ParsedQuery
    paths: Paths
    needles: Sequence[Needle]
    query: SearchQuery
    wanted: Wanted


def whole_request(asked: Asked) -> dict[str, Any]:
    """Arguments of the search for whole matches, counted by each filter under the others."""
    query, keys = asked.query, asked.parsed.number_keys
    by_date = query.order == "date"
    first, last = page_by_date(query) if by_date else (0, listed(query))
    # Nothing says how many follow a place: the one after the page does.
    last = last + 1 if by_date and query.after else min(last, RESULT_WINDOW)
    conditions = _conditions(asked.wanted)
    by_key = [{"term": {"number_keys": {"value": key, "_name": str(at)}}} for at, key in enumerate(keys)]
    matching: dict[str, Any] = {"filter": [any_of([*map(all_terms, asked.paths.whole), *by_key])]}
    if not by_date:
        matching["should"] = _weighing(asked)
    return {
        "query": {"bool": matching},
        "post_filter": {"bool": {"filter": list(conditions.values())}},
        "aggs": _counts(keys, conditions),
        "sort": _NEWEST if by_date else ["_score", *_NEWEST],
        **({"search_after": [milliseconds_of(query.after), query.after[1]]} if by_date and query.after else {}),
        "from_": min(first, last),
        "size": max(last - first, 0),
        "source": False,
        "track_total_hits": True,
    }


def near_request(asked: Asked) -> dict[str, Any]:
    """Arguments of the search for near matches that are about the topic, beside the few whole ones."""
    topics = [all_terms(terms_of_wording(needle.text)) for needle in asked.needles if needle.topic]
    near = [any_of(map(all_terms, asked.paths.near)), *([any_of(topics)] if topics else ())]
    ways: list[dict[str, Any]] = [{"bool": {"filter": near}}]
    if asked.paths.whole:
        ways.append({"bool": {"filter": [any_of(map(all_terms, asked.paths.whole))], "_name": WHOLE}})
    return {
        "query": {
            "bool": {"filter": [any_of(ways)], "should": _gains(asked.needles, title=1.0, anywhere=NEAR_ANYWHERE)}
        },
        "sort": ["_score", *_NEWEST],
        "size": NEAREST,
        "source": False,
        "docvalue_fields": [*DIMENSIONS.values(), {"field": "published_at", "format": "epoch_millis"}],
        "track_total_hits": False,
    }


def _weighing(asked: Asked) -> list[dict[str, Any]]:
    """What orders whole matches: number keys, each part of the query in its best wording, whole phrases of titles."""
    keys = asked.parsed.number_keys
    by_key = [_constant({"term": {"number_keys": key}}, KEY_WEIGHT * (len(keys) - at)) for at, key in enumerate(keys)]
    phrases = [phrase for phrase in asked.parsed.phrases if 2 < len(phrase) <= LONGEST_PHRASE][:MOST_PHRASES]
    return [
        *([{"dis_max": {"queries": by_key}}] if by_key else ()),
        *_gains(asked.needles, title=IN_TITLE, anywhere=ANYWHERE),
        *(_constant({"match_phrase": {"title": phrase}}, PHRASE_WEIGHT) for phrase in phrases),
    ]


def _gains(needles: Sequence[Needle], *, title: float, anywhere: float) -> list[dict[str, Any]]:
    """For each part of the query what its best wording earns, in titles and names or anywhere."""
    gains = []
    for _, group in groupby(sorted(needles, key=lambda needle: needle.part), key=lambda needle: needle.part):
        ways = []
        for needle in group:
            terms = terms_of_wording(needle.text)
            at_head = any_of([all_terms([TITLE + term for term in terms]), all_terms(terms, field="names")])
            ways += [_constant(at_head, needle.weight * title), _constant(all_terms(terms), needle.weight * anywhere)]
        gains.append({"dis_max": {"queries": ways}})
    return gains


def _conditions(wanted: Wanted) -> dict[str, dict[str, Any]]:
    """Dimension → condition; that on the day of publication holds for every count."""
    found: dict[str, dict[str, Any]] = {
        name: {"terms": {DIMENSIONS[name]: sorted(values)}} for name, values in wanted.values.items()
    }
    days = {"gte": wanted.since, "lt": wanted.until}
    if any(days.values()):
        found["day"] = {"range": {"published_at": {name: day.isoformat() for name, day in days.items() if day}}}
    return found


def all_terms(terms: Sequence[str], *, field: str = "terms") -> dict[str, Any]:
    """A document has all of these terms."""
    conditions = [{"term": {field: term}} for term in terms]
    return conditions[0] if len(conditions) == 1 else {"bool": {"filter": conditions}}


def any_of(conditions: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One of the conditions holds."""
    return {"bool": {"should": list(conditions), "minimum_should_match": 1}}


def _constant(condition: dict[str, Any], weight: float) -> dict[str, Any]:
    return {"constant_score": {"filter": condition, "boost": weight}}


def _counts(keys: Sequence[str], conditions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Each filter's values counted under the other filters; all matches; which key has documents."""
    counts: dict[str, Any] = {"matched": {"filter": {"match_all": {}}}}
    for name, field in DIMENSIONS.items():
        others = [condition for other, condition in conditions.items() if other != name]
        values = {"terms": {"field": field, "size": _MOST_VALUES}}
        counts[name] = {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}}
    if keys:
        counts["keys"] = {"filters": {"filters": [{"term": {"number_keys": key}} for key in keys]}}
    return counts
