"""Sanitised HTML as one text: places are marked and changed where they stand, the rest of the HTML stays."""

from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.richtext.flat import Mark, flatten
from gongkai.core.richtext.sanitising import sanitise

HTML = (
    "<p>甲<strong>乙丙</strong>丁&amp;</p>"
    '<table><tbody><tr><td>一</td><td>二</td></tr></tbody></table><p><a href="/x" title="a&gt;b">末</a></p>'
)


def test_the_text_has_a_line_for_each_block_and_tabs_between_cells() -> None:
    assert flatten(HTML).text == "甲乙丙丁&\n一\t二\t\n末\n"


def test_a_change_keeps_the_elements_around_it() -> None:
    flat = flatten(HTML)
    at = flat.text.index("丙")
    assert flat.edited([(at, at + 1, "<X>"), (0, 1, "")]).startswith("<p><strong>乙&lt;X&gt;</strong>丁&amp;</p>")
    assert flat.edited([(1, 4, "戊")]).startswith("<p>甲<strong>戊</strong>&amp;</p>")


def test_a_paragraph_with_nothing_left_goes() -> None:
    flat = flatten("<p>甲</p><p>打印</p>")
    assert flat.edited([(2, 4, "")]) == "<p>甲</p>"


def test_marks_are_closed_within_each_piece() -> None:
    marked = flatten("<p>甲<strong>乙丙</strong></p>").marked([Mark(0, 2, "<mark>", "</mark>")])
    assert marked == "<p><mark>甲</mark><strong><mark>乙</mark>丙</strong></p>"


@given(st.text(alphabet="甲乙<>&\"' \n", max_size=20), st.text(alphabet="丙丁<&", max_size=5), st.data())
def test_a_change_of_the_html_is_the_change_of_the_text(words: str, new: str, data: st.DataObject) -> None:
    source = sanitise(f"<p>{words.replace('&', '&amp;').replace('<', '&lt;')}末</p>")
    flat = flatten(source)
    assert flat.edited([]) == source
    start = data.draw(st.integers(0, len(flat.text) - 2))
    end = data.draw(st.integers(start + 1, len(flat.text) - 1))
    expected = flat.text[:start] + new + flat.text[end:]
    again = flatten(flat.edited([(start, end, new)])).text
    assert " ".join(again.split()) == " ".join(expected.split())
