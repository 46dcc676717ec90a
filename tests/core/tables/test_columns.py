import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.tables.columns import Column, HeaderMatcher

COLUMNS = (Column("title", "标题", aliases=("文件名称",)), Column("code", "统一社会信用代码(18位)"))


@pytest.mark.parametrize(
    "header",
    [
        "标题",
        " 标　题 ",
        "*标题",
        "标题＊",
        "标题（必填）",
        "标题【必填】[20字]",
        "标题：",
        "标\n题",
        "文件名称",
    ],
)
def test_headers_are_recognised_whatever_their_dress(header: str) -> None:
    column = HeaderMatcher(COLUMNS).find(header)
    assert column
    assert column.key == "title"


@pytest.mark.parametrize("header", ["", "*", "标题二", "副标题", "(标题)"])
def test_other_headers_are_not(header: str) -> None:
    assert HeaderMatcher(COLUMNS).find(header) is None


@given(
    st.text(" *＊\u3000\n", max_size=5),
    st.sampled_from(["统一社会信用代码", "统一社会信用代码（18位）"]),
    st.data(),
)
def test_noise_anywhere_changes_nothing(noise: str, header: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(header)))
    assert HeaderMatcher(COLUMNS).find(header[:at] + noise + header[at:]) is COLUMNS[1]
