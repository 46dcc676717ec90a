"""Damage of texts from old sites: what is found, where, and what is proposed; sound texts are left alone."""

import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.richtext.plain import to_text
from gongkai.core.text.damage.detect import find_damage, repaired
from gongkai.core.text.damage.findings import Certainty, Damage, Finding, Lexicon
from gongkai.core.text.damage.scripts import Script, script_of
from gongkai.run.demo.history import history
from gongkai.run.demo.units import units

LEXICON = Lexicon(names=("和溪县民政局", "和溪县人民政府", "云岭州人民政府"), areas=("和溪县", "云岭州"))
SPAM = ("必威_真人娱乐app", "*亚博体育官网", "威尼斯人棋牌下载", "时时彩平台注册", "澳门赌场bet365")
SOUND = (
    "现将2023年社会救助资金使用情况公告如下。",
    "各镇人民政府、县直各部门：",
    "根据《中华人民共和国政府信息公开条例》（国务院令第711号）的规定，制定本办法。",
    "（一）主动公开政府信息26条，其中行政许可12条。",
    "空气质量指数（AQI）为50，细颗粒物浓度为35μg/m³。",
    "国家体育总局关于全民健身的通知已经转发。",
    "打击网络赌博、非法彩票和电信诈骗。",
    "请登录县政府门户网站下载申请表，网址为www.example.gov.cn。",
    "村务公开和院务公开由各单位组织，先进行复议，再履行权力。",
    "今年年底前、同年3月、2023年年度报告、该项目于年内完成。",
    "张某某、李×、王**为公示对象。",
    "〔2023〕5号文件与第12号公告同时有效。",
)


def found(text: str, kind: Damage | None = None) -> list[tuple[str, str | None]]:
    """Excerpt and proposal of each finding （of one kind）."""
    return [(one.excerpt, one.repair) for one in find_damage(text, LEXICON) if kind in (None, one.kind)]


@pytest.mark.parametrize("text", SOUND)
def test_sound_sentences_have_no_findings(text: str) -> None:
    assert find_damage(text, LEXICON) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*必威_真人娱乐app县2013年工作安排", [("*必威_真人娱乐app", "和溪")]),
        ("*必威_真人娱乐app民政局办公室", [("*必威_真人娱乐app", "和溪县")]),
        ("亚博足球网州人民政府", [("亚博足球网", "云岭")]),
        ("省、州必威_真人娱乐app：做好有关工作", [("必威_真人娱乐app", None)]),
        ("　必威_真人娱乐app　", [("必威_真人娱乐app", "")]),
        ("请到彩票app官网投注", [("彩票app官网投注", None)]),
    ],
)
def test_advertising_is_found_and_the_name_that_it_replaced_proposed(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(text) == expected


def test_ordinary_words_beside_a_mark_of_advertising_are_likely_only() -> None:
    (one,) = find_damage("请到彩票app官网投注", LEXICON)
    assert (one.kind, one.certainty) == (Damage.FOREIGN, Certainty.LIKELY)
    (one,) = find_damage("必威", LEXICON)
    assert one.certainty is Certainty.CERTAIN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("工作總結(jié)及計(jì)劃", [("(jié)", ""), ("(jì)", "")]),
        ("重（chong）庆", [("（chong）", "")]),
        ("振(しん)兴", [("(しん)", "")]),
        ("理顺?biāo)悸", [("?biāo)", None)]),
        ("指数(aqi)和(app)，见附件(a)", []),
    ],
)
def test_readings_are_told_from_abbreviations(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert found(text, Damage.READING) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("做好府信息公开工作", [("府", "政府")]),
        ("加强党风廉建设", [("建", "政建")]),
        ("州府信息中心", []),
        ("做好府信息公开，引起行复议", [("府", "政府")]),
        ("做好府信息公开和务公开，引起行复议", [("府", "政府"), ("务", "政务"), ("复", "政复")]),
        ("做好府信息公開和務(wù)公開", [("府", "政府"), ("務", "政務")]),
        ("贯彻《_府信息公开条例》", [("_", "中华人民共和国政")]),
        ("由_民政局负责", [("_", "和溪县")]),
        ("由_水利局负责", [("_", None)]),
        ("和溪县政局负责", [("政", "民政")]),
        ("20xx年，xx市共公开xxx条", [("20xx", None), ("xx", None), ("xxx", None)]),
        ("将于年10月交付，年3月5日完成", [("年", None), ("年", None)]),
        ("云政办发〔〕7号、云政办发〔2020〕号、国务院令第号", [("〔〕", None), ("号", None), ("第号", None)]),
        ("编制指南》和《目录》", [("》", None)]),
    ],
)
def test_gaps_are_found_and_filled_only_where_one_candidate_fits(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(text, Damage.DROPPED) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本局復核各项救助对象的登记情况", [("復", "复")]),
        ("2O12年，和民发〔20l4〕7号", [("2O12", "2012"), ("20l4", "2014")]),
        ("共２0人", [("２0", "20")]),
        ("全文见www.hx.Сom", [("С", "C")]),
        ("⼀、总则", [("⼀", "一")]),
        ("李喆、王昇", []),
        ("Санкт-Петербург与Ω、α", []),
    ],
)
def test_letters_and_characters_that_only_look_right(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert found(text, Damage.MIXED) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("政府信息".encode().decode("gbk"), "政府信息"),
        ("政府信息公开".encode("gbk").decode("latin-1"), "政府信息公开"),
        ("低保公示公告".encode().decode("cp1252", errors="replace"), None),
        ("户数&nbsp;为&ldquo;3&rdquo;", "“"),
        ("地址%E5%92%8C%E6%BA%AA结束", "和溪"),
        ("见\\u548c\\u6eaa结束", "和溪"),
        ("共锟斤拷锟斤拷户", None),
        ("共\ufffd\ufffd户和\ue0a6类", None),
    ],
)
def test_text_in_the_wrong_charset_is_found_and_read_where_it_can_be(text: str, expected: str | None) -> None:
    proposals = [repair for _, repair in found(text, Damage.ENCODING)]
    assert proposals
    assert expected in proposals


def test_what_is_not_seen_is_found() -> None:
    assert found("低\u200b保\u202e标准\u00ad") == [("\u200b", ""), ("\u202e", ""), ("\u00ad", "")]


def test_leftovers_of_the_page_and_broken_paragraphs() -> None:
    text = (
        "字体：大 中 小 【打印】【关闭】\n2010年工作总结（精选12篇）\n您现在的位置：首页 > 公告\n浏览次数：12\n"
        "下一步，我局将继续做好动态管理、公示监督、资金发放等各项工作，并会同财政和\n上一篇：通知\n大\n"
    )
    kinds = [(one.kind, one.excerpt[:6], one.repair) for one in find_damage(text, LEXICON)]
    assert kinds == [
        (Damage.LEFTOVER, "字体：大 中", ""),
        (Damage.LEFTOVER, "（精选12篇", None),
        (Damage.LEFTOVER, "您现在的位置", ""),
        (Damage.LEFTOVER, "浏览次数：1", ""),
        (Damage.CUT, "并会同财政和", None),
        (Damage.LEFTOVER, "上一篇：通知", ""),
    ]


def test_traditional_script_is_a_trait_of_the_whole() -> None:
    text = (Path(__file__).parents[2] / "data" / "oldpages" / "traditional.txt").read_text("utf8")
    assert script_of(text) is Script.TRADITIONAL
    assert find_damage(text, LEXICON) == []
    assert script_of("简体字的说明" * 20 + "後") is Script.SIMPLIFIED
    assert script_of("简体与繁體字並於一處") is Script.MIXED


def test_official_texts_of_the_demonstration_have_no_findings() -> None:
    """The guard against false alarms: some hundred texts of every kind of item."""
    lexicon = Lexicon(names=tuple(unit.official_name for unit in units()))
    rows = list(history(date(2026, 3, 23), units(), items=700))
    assert len({row.column_code for row in rows}) > 20
    wrong = [(one, row.title) for row in rows for one in find_damage(f"{row.title}\n{to_text(row.body_html)}", lexicon)]
    assert not wrong, wrong[:5]


PIECES = ("府信息公开", "總結(jié)", "\u200b", "&nbsp;", "2O12年", "【打印】", "《", "\n", "_", "\ufffd", "20xx年")
DAMAGED = st.lists(
    st.one_of(
        st.sampled_from(SOUND),
        st.sampled_from(SPAM),
        st.sampled_from(PIECES),
        st.text(alphabet="政府民和溪县（）()《》〔〕年月号、，。\nab01_*?xX\u200b復é", max_size=8),
    ),
    max_size=12,
).map("".join)  # fmt: skip


def check_offsets(text: str, findings: list[Finding]) -> None:
    end = 0
    for one in findings:
        assert one.excerpt
        assert text[one.start : one.end] == one.excerpt
        assert one.start >= end
        assert "\n" not in one.excerpt
        end = one.end


@given(DAMAGED)
def test_offsets_point_at_the_excerpt_and_no_finding_overlaps_another(text: str) -> None:
    check_offsets(text, find_damage(text, LEXICON))


@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=6), st.data())
def test_a_text_with_its_proposals_taken_has_no_finding_of_the_kind(lines: list[str], data: st.DataObject) -> None:
    """Damage is put into sound lines; where every finding has a proposal, the repaired text is sound again."""
    damage: dict[Damage, Callable[[str], str]] = {
        Damage.READING: lambda line: re.sub("公", "公(gōng)", line, count=1),
        Damage.HIDDEN: lambda line: line[:3] + "\u200b" + line[3:],
        Damage.ENCODING: lambda line: line + "&nbsp;&rdquo;",
        Damage.LEFTOVER: lambda line: line + "\n【打印】【关闭】",
        Damage.DROPPED: lambda line: line + "做好府信息公开工作。",
        Damage.MIXED: lambda line: line + "共２0户，2O12年。",
        Damage.FOREIGN: lambda line: "*必威_真人娱乐app县" + line,
    }
    kind = data.draw(st.sampled_from(sorted(damage)))
    text = "\n".join(damage[kind](line) for line in lines)
    findings = [one for one in find_damage(text, LEXICON) if one.kind is kind]
    edits = [(one.start, one.end, one.repair) for one in findings if one.repair is not None]
    again = find_damage(repaired(text, edits), LEXICON)
    assert kind not in Counter(one.kind for one in again)
    if kind is not Damage.READING or "公" in text:
        assert findings


def test_hostile_texts_take_no_longer_than_their_length() -> None:
    for piece in ("扫一扫微信", "《", "必威_", "锟斤拷", "&amp;", "府信息", "(", "20xx", "政a", "é", "\u200b"):
        begun = time.monotonic()
        find_damage(piece * (40_000 // len(piece)), LEXICON)
        assert time.monotonic() - begun < 5, piece
