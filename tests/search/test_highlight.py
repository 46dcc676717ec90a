"""Marks lie inside what they mark and mark only what was asked for; the two lines end at punctuation."""

from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.folding import fold
from gongkai.search.highlight import LEAD, LONGEST, marks_in, snippet
from gongkai.search.terms import terms_of
from gongkai.search.understanding import parse

ALPHABET = "财财政政預预算算。，\n 一三3号號〔2019〕54ab县"
TEXT = st.text(st.sampled_from(ALPHABET), max_size=400)
QUERY = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=20)


@given(TEXT, QUERY)
def test_marks_lie_inside_and_mark_what_was_asked(text: str, typed: str) -> None:
    parsed = parse(typed)
    shown = snippet(text, parsed.marked)
    assert len(shown.text) <= LONGEST + 2
    end = 0
    for start, stop in shown.marks:
        assert end <= start < stop <= len(shown.text)
        end = stop
        marked = fold(shown.text[start:stop])
        assert set(terms_of(marked)) <= {*parsed.terms, *parsed.characters, *terms_of(parsed.folded)}
        assert marked in text or marked in fold(text)


@given(TEXT, QUERY)
def test_a_text_with_a_mark_shows_one(text: str, typed: str) -> None:
    marked = parse(typed).marked
    wanted = [length for start, stop in marks_in(fold(text), marked) if (length := stop - start) <= LONGEST - LEAD]
    if wanted:
        assert snippet(text, marked).marks


def test_the_window_has_most_of_the_query_and_is_cut_at_punctuation() -> None:
    text = "预算编制工作。" + "其他事项，" * 60 + "现公布二〇二六年財政預算和决算。" + "联系人见附件，" * 30
    shown = snippet(text, parse("财政预算 决算").marked)
    assert [shown.text[start:end] for start, end in shown.marks] == ["財政預算", "决算"]
    assert shown.text.startswith("…")
    assert shown.text.endswith("，…")
    assert 80 <= len(shown.text) <= LONGEST + 2


def test_without_a_mark_the_beginning_is_shown_on_one_line() -> None:
    assert snippet("第一行\n第二行", ("没有",)).text == "第一行 第二行"


def test_a_number_is_marked_whole() -> None:
    assert marks_in("2054号、54号", ("54",)) == ((6, 8),)
