"""Which document comes first, and what is said of it: place, year, validity, authority, reprints, misspellings."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.publishing.models import Item
from gongkai.search import answer
from gongkai.search.document import build_documents
from gongkai.search.ranking import Candidate, Ranked
from gongkai.search.reprints import fold_reprints
from gongkai.search.store import lock, write
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")


def search(world: World, typed: str, **more: Any) -> SearchResult:
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, SearchQuery(typed, **more))


def ids(world: World, typed: str) -> list[int]:
    return [hit.item_id for hit in search(world, typed).hits]


def relief(world: World, unit: str, place: str, year: int) -> int:
    return published(
        world, unit, title=f"关于调整{year}年{place}最低生活保障标准的通知", issuing_agency=f"{place}民政局",
        body_html=f"<p>{place}自{year}年起提高最低生活保障标准。</p>",
    )  # fmt: skip


@pytest.fixture
def papers(world: World) -> dict[str, int]:
    """The same paper of two places and two years."""
    return {
        "hx 2024": relief(world, "hx-mzj", "和溪县", 2024),
        "qs 2024": relief(world, "qs-mzj", "青石县", 2024),
        "hx 2025": relief(world, "hx-mzj", "和溪县", 2025),
        "qs 2025": relief(world, "qs-mzj", "青石县", 2025),
    }


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("青石县2024年低保标准", "qs 2024"),
        ("和溪县2024年低保标准", "hx 2024"),
        ("和溪 低保标准 2025", "hx 2025"),
        ("青石县民政局 2025年低保", "qs 2025"),
        ("吃低保一个月能领多少钱 青石县 2024年", "qs 2024"),
    ],
)
def test_place_and_year_decide_among_look_alikes(world: World, papers: dict[str, int], typed: str, first: str) -> None:
    assert ids(world, typed)[0] == papers[first]


def test_a_homophone_is_put_right_and_said_and_can_be_searched_all_the_same(
    world: World, papers: dict[str, int], client: FlaskClient
) -> None:
    result = search(world, "最底生活保章标准")
    assert result.corrected == ("最底生活保章标准", "最低生活保障标准")
    assert len(result.hits) == len(papers)
    page = client.get("/search?q=最底生活保章标准").get_data(as_text=True)
    assert "已显示“<a" in page
    assert "仍要检索“<a" in page
    assert "verbatim=1" in page
    assert search(world, "最底生活保章标准", verbatim=True).corrected is None


@pytest.mark.parametrize("typed", ["最低生活保障", "低保要几张照片", "没有这样的词", "和溪县"])
def test_what_is_not_misspelt_is_left_alone(world: World, papers: dict[str, int], typed: str) -> None:
    assert search(world, typed).corrected is None


def test_a_named_agency_is_offered_as_a_filter(world: World, papers: dict[str, int], client: FlaskClient) -> None:
    published(world, title="青石县民政局低保工作调研", body_html="<p>参加了青石县民政局的低保工作会。</p>")
    assert [(offer.name, offer.value) for offer in search(world, "青石县民政局 低保").offers] == [("unit", "qs-mzj")]
    page = client.get("/search?q=青石县民政局 低保").get_data(as_text=True)
    assert "只看：<a" in page
    page = client.get("/search?q=青石县民政局 低保&unit=qs-mzj").get_data(as_text=True)
    assert "只看：" not in page


def test_what_is_in_force_comes_before_what_is_repealed(world: World) -> None:
    first, second = (
        published(world, unit, title="防火工作规定", body_html="<p>防火工作按本规定执行。</p>")
        for unit in ("hx-mzj", "qs-mzj")
    )
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Item, second).validity = "repealed"
    with world.services.database.system_scope("test") as uow:
        lock(uow)
        write(uow, item_ids=[second], documents=build_documents(uow, item_ids=[second]))
    assert ids(world, "防火工作规定") == [first, second]


def test_reprints_of_one_document_are_one_result(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    paper = {"document_number": "国办发〔2019〕54号", "issuing_agency": "国务院办公厅", "title": "防火工作规定"}
    first = published(world, "hx-mzj", **paper)
    clock.advance(days=1)
    second = published(world, "qs-mzj", **paper)
    alike = published(world, "hx-qsz", title="防火工作规定")
    result = search(world, "防火工作规定")
    assert {(hit.item_id, hit.reprints) for hit in result.hits} == {(second, 1), (alike, 0)}
    assert (result.total, result.reachable) == (3, 2)
    assert "另有1家单位转载" in client.get("/search?q=防火工作规定").get_data(as_text=True)
    assert first not in ids(world, "防火工作规定")


def test_the_issuing_agency_s_own_copy_stands_for_all() -> None:
    at = datetime(2026, 3, 23, tzinfo=UTC)
    number = "和民发/2026/3"
    copies = [
        Candidate(1, 0, "防火", "", "和溪县民政局 青石县民政局", "青石县民政局", at, own=False, number=number),
        Candidate(2, 0, "防火", "", "和溪县民政局", "和溪县民政局", at, number=number),
        Candidate(3, 0, "防火", "", "和溪县民政局", "和溪县民政局", at, number="和民发/2026/4"),
    ]
    folded = fold_reprints([Ranked(candidate, 1.0) for candidate in copies])
    assert [(entry.candidate.item_id, entry.reprints) for entry in folded] == [(2, (1,)), (3, ())]
    twice = [Ranked(replace(copies[1], item_id=item_id), 1.0) for item_id in (5, 6)]
    assert fold_reprints(twice) == twice, "one unit's two papers are no reprints"


def test_not_all_words_are_needed_but_the_topic_is(world: World, papers: dict[str, int]) -> None:
    other = published(world, "qs-mzj", title="青石县春季防火工作安排", issuing_agency="青石县民政局")
    found = search(world, "青石县 低保 骆驼养殖")
    assert papers["qs 2025"] in [hit.item_id for hit in found.hits]
    assert found.understood[0].startswith("没有同时包含全部词语的信息，已改为查找“青石县”“低保”")
    assert other not in [hit.item_id for hit in search(world, "青石县 低保标准 2025年").hits]


def test_near_matches_are_counted_and_dated_like_all_others(world: World, papers: dict[str, int]) -> None:
    typed = "青石县 低保 骆驼养殖"
    every = search(world, typed)
    assert {papers["qs 2024"], papers["qs 2025"]} <= {hit.item_id for hit in every.hits}
    assert every.total == len(every.hits) == sum(facet.count for facet in every.units)
    for facet in every.units:
        chosen = search(world, typed, unit_code=facet.value)
        assert chosen.total == len(chosen.hits) == facet.count
        assert [(other.value, other.count) for other in chosen.units] == [(f.value, f.count) for f in every.units]
    dated = search(world, typed, order="date")
    assert [hit.item_id for hit in dated.hits] == sorted((hit.item_id for hit in every.hits), reverse=True)
    assert [hit.item_id for hit in search(world, typed, order="date", size=1, page=2).hits] == [dated.hits[1].item_id]


def test_no_page_loses_a_result_to_reprints(
    world: World, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "CONSIDERED", 3)
    paper = {"document_number": "国办发〔2019〕54号", "issuing_agency": "国务院办公厅", "title": "防火工作规定"}
    alone = {published(world, title=f"第{number}次防火工作规定") for number in range(4)}
    clock.advance(days=1)
    copies = {published(world, unit, **paper) for unit in ("hx-mzj", "qs-mzj")}
    pages = [search(world, "防火工作规定", size=2, page=page) for page in (1, 2, 3, 4)]
    shown = [hit.item_id for page in pages for hit in page.hits]
    assert pages[0].reachable == len(shown) == len(set(shown)) == 5
    assert alone < set(shown)
    assert len(copies & set(shown)) == 1


def test_a_result_can_be_explained(world: World, papers: dict[str, int]) -> None:
    reasons = search(world, "青石县低保标准", explain=True).hits[0].reasons
    assert reasons[0].startswith("“青石县”见于标题、机构、正文，得")
    assert reasons[1].startswith("“低保”（按“最低生活保障”）见于标题、正文，得")
    assert "检索词覆盖程度×" in reasons[-1]
    assert search(world, "青石县低保标准").hits[0].reasons == ()


def test_titles_are_found_past_their_quotation_marks(world: World) -> None:
    item = published(world, title="2026年“三公”经费支出情况", body_html="<p>现予公开。</p>")
    assert ids(world, "三公经费") == [item]


def test_words_written_together_are_not_said_to_be_missing(world: World) -> None:
    item = published(world, title="水库除险加固工程", body_html="<p>工程资金已经到位。</p>")
    found = search(world, "水库除险加固资金")
    assert [hit.item_id for hit in found.hits] == [item]
    assert found.understood == ()
