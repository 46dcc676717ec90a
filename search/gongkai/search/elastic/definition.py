"""What an index is: settings, analysis and a closed mapping, all of it built into the official distribution.

What is found is decided by `terms` and `number_keys`, the very keys of the PostgreSQL backend, and so is nearly all of
the order, by these and the terms of `names`. Only `title` is analysed, into the same terms, for what stands in a row.
"""

from collections.abc import Iterable
from typing import Any

from gongkai.core.text.folding import FOLDING, HAN
from gongkai.search.filters import DIMENSIONS
from gongkai.search.terms import LONGEST_WORD

VERSION = 3
"""Part of every index's name and of its `_meta`; raise it with each change below, then run `gongkai search reindex`."""

RESULT_WINDOW = 10_000
"""How far page numbers reach; Elasticsearch's own default."""

REFRESH_INTERVAL = "500ms"

# What the standard tokenizer does not break at, between letters or digits (UAX #29: MidLetter, MidNum, MidNumLet,
# ExtendNumLet and the single quote).
_JOINERS = (
    "_':.,;\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\u203f\u2040\u2044\u2054\u202f\u037e\u0589\u060c\u060d\u066c"
    "\u07f8\ufe10\ufe13\ufe14\ufe33\ufe34\ufe4d\ufe4e\ufe4f\ufe50\ufe52\ufe54\ufe55\uff07\uff0c\uff0e\uff1a\uff1b\uff3f"
)
_MARK = "\ue000"
_NUMERALS = "〇一二三四五六七八九"
_LETTER = f"[\\p{{L}}\\p{{N}}&&[^{HAN}]]"
_SHARDS = 1
_DELETES_KEPT = "1h"


def definition() -> dict[str, Any]:
    """Arguments of the creation of an index; loading a whole index needs no refresh before its end."""
    return {"settings": _settings(), "mappings": _mappings()}


def vector_field(model_id: int) -> str:
    """Name of the field with the vectors of an embedding model."""
    return f"meaning_{model_id}"


def vector_fields(models: Iterable[tuple[int, int]]) -> dict[str, Any]:
    """Properties for (model id, dimensions): each model's vectors have a field of their own."""
    kind = {"type": "dense_vector", "index": True, "similarity": "cosine", "index_options": {"type": "int8_hnsw"}}
    return {vector_field(model_id): {**kind, "dims": dimensions} for model_id, dimensions in models}


def _settings() -> dict[str, Any]:
    return {
        # One shard: the counts of filters are exact then, and a prefecture's documents fit many times over.
        "number_of_shards": _SHARDS,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        # A deletion is remembered longer than any writer takes from drawing its version to the end of its request.
        "gc_deletes": _DELETES_KEPT,
        "max_result_window": RESULT_WINDOW,
        "analysis": {
            "char_filter": {
                "folding": {"type": "mapping", "mappings": _rules(_folding())},
                # A digit that stands alone counts as Chinese (see `gongkai.search.terms`): marked, then made Chinese.
                "lone_digits": {
                    "type": "pattern_replace",
                    "pattern": f"(?<!{_LETTER})([0-9])(?!{_LETTER})",
                    "replacement": f"{_MARK}$1",
                },
                "numerals": {
                    "type": "mapping",
                    "mappings": _rules((f"{_MARK}{digit}", numeral) for digit, numeral in enumerate(_NUMERALS)),
                },
            },
            "filter": {
                "pairs": {"type": "cjk_bigram", "ignored_scripts": ["hiragana", "katakana", "hangul"]},
                "short": {"type": "truncate", "length": LONGEST_WORD},
            },
            "analyzer": {
                "words": {
                    "type": "custom",
                    "char_filter": ["folding", "lone_digits", "numerals"],
                    "tokenizer": "standard",
                    "filter": ["pairs", "short"],
                }
            },
        },
    }


def _mappings() -> dict[str, Any]:
    kept = {"type": "long", "index": False}
    key = {"type": "keyword", "doc_values": False}
    words = {"type": "text", "analyzer": "words"}
    return {
        "dynamic": "strict",
        "_meta": {"version": VERSION},
        # Results are shown from `search_document`; the terms can be derived again.
        "_source": {"excludes": ["terms", "names"]},
        "properties": {
            "item_id": {"type": "long"},
            "revision": kept,
            **{field: {"type": "keyword"} for field in DIMENSIONS.values()},
            "published_at": {"type": "date"},
            "terms": key,
            "names": key,
            "number_keys": key,
            "title": words,
        },
    }


def _folding() -> Iterable[tuple[str, str]]:
    """Our table; what would join words separates them."""
    separators = dict.fromkeys(_JOINERS, " ")
    folded = {source: separators.get(target, target) for source, target in FOLDING.items()}
    return (separators | folded).items()


def _rules(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Rules of a `mapping` char filter, in escapes: it trims its rules, and reads UTF-16."""
    return [f"{_escaped(source)} => {_escaped(target)}" for source, target in pairs]


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
