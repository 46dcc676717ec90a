"""Months, quarters and years of the statistics."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, QUARTER, YEAR, Span

LENGTHS = st.sampled_from((MONTH, QUARTER, YEAR))
PERIODS = st.builds(Period, st.integers(1900, 2100), st.integers(1, 12))
SPANS = st.builds(Span.around, PERIODS, LENGTHS)


@pytest.mark.parametrize(
    ("text", "title", "first", "last"),
    [
        ("2023-03", "2023年3月份", "2023-03", "2023-03"),
        ("2023-Q1", "2023年第一季度", "2023-01", "2023-03"),
        ("2023-Q4", "2023年第四季度", "2023-10", "2023-12"),
        ("2023", "2023年度", "2023-01", "2023-12"),
    ],
)
def test_a_span_in_words(text: str, title: str, first: str, last: str) -> None:
    span = Span.parse(text)
    assert (str(span), span.title, str(span.first), str(span.last)) == (text, title, first, last)
    assert span.label == title.removesuffix("份")


@pytest.mark.parametrize("text", ["", "2023-13", "2023-Q0", "2023-Q5", "0000", "2023-3", "23", "2023-q1", "2023年"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="统计期应写成"):
        Span.parse(text)


def test_a_quarter_begins_with_the_year() -> None:
    with pytest.raises(ValueError, match="no such span"):
        Span(Period(2023, 2), QUARTER)


@given(SPANS)
def test_text_and_back_and_no_gap_between_spans(span: Span) -> None:
    assert Span.parse(str(span)) == span
    assert span.previous().last_day + timedelta(days=1) == span.first_day
    assert len(span.months) == span.length
    assert all(Span.around(month, span.length) == span for month in span.months)
