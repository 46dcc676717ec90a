"""Long and many-sided queries are within what the server takes."""

import pytest

from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.search.lexicon import built_in
from gongkai.search.query import LONGEST_QUERY
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")

DISTINCT = "".join(chr(0x4E10 + 3 * number) for number in range(LONGEST_QUERY))


def manifold() -> str:
    """Words with the most equivalents, as many as a query may have."""
    words = sorted(built_in().synonyms, key=lambda word: -len(built_in().synonyms[word]))
    return "".join(words)[: LONGEST_QUERY - 20] + "没有这样的词"


def answered(world: World, typed: str) -> SearchResult:
    with world.services.database.unit_of_work() as uow:
        result = world.services.search.search(uow, SearchQuery(typed))
    assert not result.degraded
    return result


def test_two_hundred_different_characters(world: World) -> None:
    item_id = published(world, body_html=f"<p>{DISTINCT}</p>")
    assert [hit.item_id for hit in answered(world, DISTINCT).hits] == [item_id]
    assert answered(world, DISTINCT[:-2] + "没有").hits


def test_words_with_many_equivalents(world: World) -> None:
    typed = manifold()
    others = "，".join(
        other.text for word in built_in().synonyms if word in typed for other in built_in().synonyms[word]
    )
    item_id = published(world, body_html=f"<p>{typed}</p><p>{others}</p>")
    assert [hit.item_id for hit in answered(world, typed).hits] == [item_id]
