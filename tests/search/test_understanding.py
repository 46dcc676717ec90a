"""What a query means: names, places, years, everyday words, numerals, fillers."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.folding import fold
from gongkai.search.lexicon import Lexicon, Wording, built_in, read_synonyms, with_next
from gongkai.search.names import make_names, split_name
from gongkai.search.numbers import keys_within
from gongkai.search.query import ParsedQuery
from gongkai.search.understanding import parse


def unit(code: str, name: str, *former: str, short: str = "") -> SimpleNamespace:
    """A unit as the tree has it."""
    return SimpleNamespace(code=code, official_name=name, short_name=short, aliases=[], former=list(former))


UNITS = [
    unit("yl", "云岭州人民政府", short="云岭州"),
    unit("hx", "和溪县人民政府", short="和溪县"),
    unit("hx-rsj", "和溪县人力资源和社会保障局", "和溪县劳动局"),
    unit("hx-mzj", "和溪县民政局"),
    unit("qs-mzj", "青石县民政局"),
    unit("hx-qsz", "和溪县清水镇人民政府"),
]
KNOWN = built_in()
LEXICON = Lexicon(KNOWN.synonyms, KNOWN.fillers, KNOWN.genres, make_names(UNITS), KNOWN.terms)


def kinds(parsed: ParsedQuery) -> list[tuple[str, str]]:
    """Kind and first wording of each part that counts."""
    return [(part.kind, part.wordings[0].text) for part in parsed.parts if part.kind != "filler"]


@pytest.mark.parametrize(
    "typed", ["和溪县人社局", "和溪人社局", "和溪县人力资源和社会保障局", "和溪縣人社局", "和溪县劳动局"]
)
def test_an_agency_is_recognised_by_short_and_former_names(typed: str) -> None:
    [part] = parse(typed, LEXICON).parts
    assert (part.kind, part.unit_codes) == ("agency", ("hx-rsj",))
    assert part.wordings[0].text == "和溪县人力资源和社会保障局"


def test_a_name_that_every_county_has_is_none_of_them() -> None:
    [part] = parse("民政局", LEXICON).parts
    assert (part.kind, part.unit_codes) == ("body", ())


@pytest.mark.parametrize(
    ("name", "places", "body"),
    [
        ("和溪县清水镇人民政府", ["和溪县", "清水镇"], "人民政府"),
        ("和溪县市场监督管理局", ["和溪县"], "市场监督管理局"),
        ("和溪县住房和城乡建设局", ["和溪县"], "住房和城乡建设局"),
        ("单县乡村振兴局", ["单县"], "乡村振兴局"),
        ("国家税务总局和溪县税务局", ["和溪县"], "税务局"),
        ("民政局", [], "民政局"),
    ],
)
def test_the_places_of_a_name(name: str, places: list[str], body: str) -> None:
    assert split_name(name) == (places, body)


def test_a_whole_question_is_read() -> None:
    parsed = parse("请问清水镇二〇二三年低保怎么申请", LEXICON)
    assert kinds(parsed) == [("place", "清水镇"), ("year", "2023年"), ("word", "低保")]
    assert parsed.years == (2023,)
    assert {"最低生活保障"} <= {wording.text for wording in parsed.parts[-2].wordings}


def test_fillers_are_not_required_and_official_words_are_not_cut_by_them() -> None:
    parsed = parse("怎么查政府工作报告")
    assert kinds(parsed) == [("word", "政府工作报告")]
    assert "怎么" not in parsed.terms


@pytest.mark.parametrize(
    ("typed", "digits"), [("第十二号", "12号"), ("三十日", "30日"), ("十月", "10月"), ("二十五条", "25条")]
)
def test_numerals_are_read_as_digits_too(typed: str, digits: str) -> None:
    assert digits in {wording.text for part in parse(typed).parts for wording in part.wordings}


def test_the_fourteenth_plan_is_no_number() -> None:
    assert kinds(parse("十四五规划")) == [("word", fold("十四五规划"))]


@pytest.mark.parametrize("typed", ["关于国办发〔2019〕54号的解读", "解读 国办发[2019]54号", "國辦發（2019）54號全文"])
def test_a_number_among_other_words_is_found(typed: str) -> None:
    assert "国办发/2019/54" in keys_within(typed)


def test_the_list_is_read_both_ways_and_with_shares() -> None:
    found = read_synonyms(["甲乙 = 丙丁", "戊己 庚辛 > 甲乙 *0.5", "# 备注", "壬癸 < 子丑"])
    assert found["甲乙"] == (Wording("丙丁", 0.8),)
    assert found["丙丁"] == (Wording("甲乙", 0.8),)
    assert found["庚辛"] == (Wording("甲乙", 0.5),)
    assert found["子丑"] == (Wording("壬癸", 0.8),)
    with pytest.raises(ValueError, match="甲乙"):
        read_synonyms(["甲乙 丙丁"])


def test_equivalents_of_close_equivalents_count_less() -> None:
    found = with_next(read_synonyms(["甲乙 > 丙丁", "丙丁 > 戊己", "戊己 > 庚辛"]))
    assert found["甲乙"] == (Wording("丙丁", 0.8), Wording("戊己", 0.64))


def test_the_built_in_list_has_some_hundreds_of_folded_entries() -> None:
    known = built_in()
    assert len(known.synonyms) > 500
    assert all(
        fold(word) == word and 0 < other.share <= 1 for word, others in known.synonyms.items() for other in others
    )


@given(st.text(st.sampled_from("和溪县清水镇民政局人社的了吗二十三年号低保怎么 ，〔2019〕abc"), max_size=60))
def test_parts_lie_in_the_query_in_order_and_apart(typed: str) -> None:
    parsed = parse(typed, LEXICON)
    end = 0
    for part in parsed.parts:
        assert end <= part.start < part.end <= len(parsed.folded)
        assert part.wordings
        end = part.end
