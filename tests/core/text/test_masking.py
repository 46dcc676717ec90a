"""Numbers and names are hidden, in tables also where they are mistyped; the text keeps its length."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.masking import TableMask, mask_name, mask_text
from gongkai.core.text.personal_data import find_personal_data


def test_numbers_keep_their_head_and_tail() -> None:
    counts: Counter[str] = Counter()
    text = "身份证110101199003077432，手机138 1234 5678，卡号6222021234567890128，电话0539-8123456。"
    assert mask_text(text, counts) == (
        "身份证110101********7432，手机138 **** 5678，卡号6222***********0128，电话0539-8123456。"
    )
    assert counts == {"identity_number": 1, "mobile": 1, "bank_card": 1}


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"), ("张　三", "张　*"), ("王小明", "王**"), ("欧阳明", "欧阳*"), ("欧阳", "欧*"),
        ("买买提·吐尔逊", "买**·***"), ("合计", "合计"), ("某某公司", "某某公司"), ("张", "张"), ("John", "John"),
    ],
)  # fmt: skip
def test_names_keep_their_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_columns_are_known_by_their_headers() -> None:
    counts: Counter[str] = Counter()
    table = TableMask(counts, names=True)
    assert table.row(["低保发放名单", "", "", ""]) == ["低保发放名单", "", "", ""]
    table.row(["户主姓名", "公民身份号码", "联系电话", "开户行及账号", "地址"])
    assert table.row(["李四、王小五", "110101199003077430", "05398123456", "62284800001", "和溪县张三村"]) == [
        "李*、王**", "110101********7430", "05398123456", "62284800001", "和溪县张三村",
    ]  # fmt: skip
    assert table.row(["合计", "2", "", "", ""]) == ["合计", "2", "", "", ""]
    assert counts == {"name": 1, "identity_number": 1}


def test_names_stay_unless_they_are_to_be_hidden() -> None:
    table = TableMask(Counter(), names=False)
    table.row(["姓名", "手机号码"])
    assert table.row(["张三", "13812345678"]) == ["张三", "138****5678"]


@given(st.lists(st.text("张三1380123456789X -，、姓名", max_size=30), min_size=1, max_size=5), st.booleans())
def test_what_is_hidden_is_as_long_as_before_and_hiding_again_changes_nothing(cells: list[str], names: bool) -> None:
    table = TableMask(Counter(), names=names)
    table.row(["姓名", "身份证号码", "手机", "银行账号", "备注"])
    once = table.row(cells)
    assert [len(cell) for cell in once] == [len(cell) for cell in cells]
    assert not any(find_personal_data(cell) for cell in once)
    again = TableMask(Counter(), names=names)
    again.row(["姓名", "身份证号码", "手机", "银行账号", "备注"])
    assert again.row(once) == once
