"""What both backends keep: a judged little set of what citizens type and must find, counts, pages, marks."""

from dataclasses import dataclass
from datetime import date

import pytest

from gongkai.core.errors import Invalid
from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.search.filters import HEADINGS
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

pytestmark = pytest.mark.usefixtures("backend")

BUDGET = (
    "<p>根据预算法,现将二〇二六年州级财政预算和“三公”经费安排予以公开。</p>"
    "<p>全国统一的支出标准见附表,联系电话0539-1234567。</p>"
)
RELIEF = (
    "<p>為做好最低生活保障工作,现就提高补助标准的有關事項通知如下。</p><p>自3月起执行,参照国办发〔2019〕54号办理。</p>"
)

JUDGED = {
    "财政预算": ["budget", "mention"],
    "財政預算": ["budget", "mention"],
    "财政 预算 公开": ["budget"],
    "春季防火": ["new fire", "old fire"],
    "最低生活保障": ["relief"],
    "低保标准": ["relief"],
    "统一": ["budget"],
    "三公": ["budget"],
    "三月": ["relief"],
    "简": ["mention"],
    "青石县民政局 防火": ["new fire"],
    "1234567": ["budget"],
    "和民发〔2026〕3号": ["old fire"],
    "和民發[2026]3": ["old fire"],
    "和民发2026 3号": ["old fire"],
    "青民发": ["relief"],
    "国办发(2019)54号": ["relief"],
    "113708280043326001": ["budget"],
    "113708280043326001/2027-00001": ["budget"],
    "%' OR 1=1; --": [],
    "。、《》()": [],
    "": [],
    "\x00\ud800": [],
    ".*+?[](){}^$|\\": [],
    "没有这样的词": [],
}


@dataclass
class Library:
    """A few published items by name."""

    world: World
    items: dict[str, int]

    def search(self, text: str, **filters: object) -> SearchResult:
        """A citizen's search, in the public scope."""
        with self.world.services.database.unit_of_work() as uow:
            return self.world.services.search.search(uow, SearchQuery(text, **filters))  # type: ignore[arg-type]

    def names(self, text: str, **filters: object) -> list[str]:
        """Names of the items found, in order."""
        by_id = {item_id: name for name, item_id in self.items.items()}
        return [by_id[hit.item_id] for hit in self.search(text, **filters).hits]


@pytest.fixture
def library(world: World, clock: AdjustableClock) -> Library:
    """Five items of three units in two years."""
    items = {}
    items["old fire"] = published(world, "hx-mzj", document_number="和民发〔2026〕3号")
    items["relief"] = published(
        world, "qs-mzj", "qtwj", title="關於提高城鄉低保標準的通知", body_html=RELIEF, issuing_agency="青石县民政局",
        document_number="青民发〔2026〕12号", summary="提高补助标准。",
    )  # fmt: skip
    clock.advance(days=300)
    later = date(2027, 1, 14)
    items["budget"] = published(
        world, "yl-czj", "czys", title="云岭州2026年财政预算公开", body_html=BUDGET, issuing_agency="云岭州财政局",
        summary="预算公开。", formed_date=later,
    )  # fmt: skip
    items["mention"] = published(
        world, "hx-mzj", title="工作简报", body_html="<p>会议学习了财政预算管理办法。</p>", summary="会议情况。",
        formed_date=later,
    )  # fmt: skip
    items["new fire"] = published(
        world, "qs-mzj", formed_date=later, issuing_agency="青石县民政局",
        body_html="<p>各乡镇:</p><p>现就做好春季防火工作通知如下。</p>",
    )  # fmt: skip
    return Library(world, items)


def test_what_is_typed_finds_what_is_meant(library: Library) -> None:
    assert {typed: library.names(typed) for typed in JUDGED} == JUDGED


def test_the_reading_of_a_query_is_said(library: Library) -> None:
    assert library.search("和民发2026 3").understood == ("按文号“和民发〔2026〕3号”查找",)
    assert library.search("防").understood == ("只输入了单个字，仅在标题中查找；再输入几个字即可查找正文",)
    assert library.search("財政預算").understood == ("简体、繁体一并查找",)
    assert library.search("财政预算").understood == ()
    assert library.search("和民发〔2026〕99号").understood[0] == "没有文号为“和民发〔2026〕99号”的信息"


def test_words_that_never_stand_together_are_searched_apart_and_said_so(library: Library) -> None:
    result = library.search("春季防火 最低生活保障标准化建设")
    assert result.total > 0
    [said] = result.understood
    assert said.startswith("没有同时包含全部词语的信息，已改为查找“")


def test_filters_do_not_loosen_the_query(library: Library) -> None:
    result = library.search("财政预算", filters={"unit": "qs-mzj"})
    assert (result.total, result.understood) == (0, ())
    assert [(facet.value, facet.count) for facet in result.facets["unit"]] == [
        ("qs-mzj", 0),
        ("yl-czj", 1),
        ("hx-mzj", 1),
    ]


def test_each_count_is_what_choosing_it_yields(library: Library) -> None:
    combinations: tuple[dict[str, str], ...] = (
        {}, {"unit": "hx-mzj"}, {"year": "2027"}, {"column": "gsgg", "year": "2026"}, {"area": "qs", "kind": "bureau"},
        {"genre": "通知", "subject": "综合政务"}, {"part": "statutory", "validity": "in_force"},
    )  # fmt: skip
    for chosen in combinations:
        result = library.search("通知", filters=chosen)
        assert result.total == len(result.hits)
        assert list(result.facets) == list(HEADINGS)
        for name, facets in result.facets.items():
            for facet in facets:
                narrowed = library.search("通知", filters={**chosen, name: facet.value})
                assert (name, facet.value, narrowed.total) == (name, facet.value, facet.count)


def test_days_of_publication_narrow_every_count(library: Library) -> None:
    every = library.search("通知")
    dates = sorted(hit.published_date for hit in every.hits)
    later = [day for day in dates if day > dates[0]]
    assert later
    result = library.search("通知", since=later[0])
    assert result.total == len(later)
    assert sum(facet.count for facet in result.facets["unit"]) == len(later)
    assert library.search("通知", until=dates[0]).total == len(dates) - len(later)
    assert library.search("通知", since=dates[0], until=dates[-1]).total == len(dates)


def test_order_by_date_and_pages(library: Library) -> None:
    assert library.names("财政预算", order="date") == ["mention", "budget"]
    pages = [library.names("通知", size=1, page=number) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [1, 1, 1, 0]
    assert sum(pages, []) == library.names("通知")  # noqa: RUF017 - three short lists


def test_hits_show_the_original_with_marks(library: Library) -> None:
    [hit] = library.search("低保标准").hits
    assert [hit.title[start:end] for start, end in hit.title_marks] == ["低保標準"]
    assert (hit.unit_name, hit.document_number, hit.validity) == ("青石县民政局", "青民发〔2026〕12号", "in_force")
    [hit] = library.search("最低生活保障").hits
    assert [hit.snippet[start:end] for start, end in hit.snippet_marks] == ["最低生活保障"]


def test_a_query_of_200_characters_works_and_a_longer_one_is_refused(library: Library) -> None:
    assert library.search(("春季防火工作" * 40)[:200]).total == 2
    with pytest.raises(Invalid, match="检索词过长,共201个字".replace(",", "，")):
        library.search("字" * 201)
