"""Names of places and bodies sort and abbreviate as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.pinyin import initials, pinyin_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("财政局", "cai zheng ju"),
        ("重庆市", "chong qing shi"),
        ("长沙市", "chang sha shi"),
        ("长治市", "chang zhi shi"),
        ("县长岭镇", "xian chang ling zhen"),
        ("市长热线办公室", "shi zhang re xian ban gong shi"),
        ("长子县", "zhang zi xian"),
        ("中国人民银行楚雄州分行", "zhong guo ren min yin hang chu xiong zhou fen hang"),
        ("行政审批局", "xing zheng shen pi ju"),
        ("国家统计局楚雄调查队", "guo jia tong ji ju chu xiong diao cha dui"),
        ("人民调解委员会", "ren min tiao jie wei yuan hui"),
        ("重点项目办公室", "zhong dian xiang mu ban gong shi"),
        ("漯河市", "luo he shi"),
        ("都匀市", "du yun shi"),
        ("勐腊县", "meng la xian"),
        ("牟定县", "mou ding xian"),
        ("六安市", "lu an shi"),
        ("绿春县", "lv chun xian"),
        ("第２中学（ＡＢ校区）", "di 2 zhong xue ab xiao qu"),
        ("", ""),
    ],
)
def test_readings(name: str, key: str) -> None:
    assert pinyin_key(name) == key


def test_initials() -> None:
    assert initials("财政局") == "czj"
    assert initials("重庆市长寿区") == "cqscsq"
    assert initials("12345政务服务热线") == "12345zwfwrx"


def test_names_sort_by_syllable() -> None:
    names = ["先锋镇", "西安镇", "西街镇", "永定镇"]
    assert sorted(names, key=pinyin_key) == ["西安镇", "西街镇", "先锋镇", "永定镇"]


@given(st.text(max_size=30))
def test_any_text_has_a_key(name: str) -> None:
    key = pinyin_key(name)
    assert key == key.strip()
    assert "  " not in key
    assert len(initials(name)) <= len(key)


@given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF, categories=["Lo"]), max_size=30))
def test_each_chinese_character_has_one_syllable(name: str) -> None:
    assert len(pinyin_key(name).split()) == len(initials(name)) == len(name)
