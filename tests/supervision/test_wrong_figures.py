"""Figures that real circulars print wrongly (`supervision.md` 1.2): neither draft nor edit can say them.

红河 2020Q1: 14 of 150 accounts unqualified, printed 93.3%; 青海 2020Q3: 8 of 134 sites, printed 94.3%; 东营 2017Q1:
parts that sum to 61 of a printed total of 60.
"""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.core.text.numerals import percent
from gongkai.supervision.circulars.checks import hints
from gongkai.supervision.circulars.document import Circulate, body_text
from gongkai.supervision.circulars.issuing import BLOCKING
from gongkai.supervision.circulars.prose import TOKEN, Edit, Prose, check_edit
from gongkai.supervision.circulars.snapshot import Snapshot, UnitFigures, add_up
from gongkai.supervision.circulars.text import draft
from tests.supervision.march import DETAILS, GROUPS, march, units

TOTAL = "overall.total"
MODEL = units()[0]


def of_size(number: int, attained: int) -> Snapshot:
    """A month of so many units, so many of which met their task."""
    rows = tuple(
        replace(MODEL, code=f"u{place}", name=f"第{place}局", official_name=f"第{place}局", attained=place < attained)
        for place in range(number)
    )
    return march(units=rows, facts=())


def said(snapshot: Snapshot) -> str:
    """The body that is drafted."""
    return body_text(Circulate(snapshot, DETAILS, Prose()))


def refusals(snapshot: Snapshot, text: str) -> list[str]:
    """What is wrong with an edit of the paragraph on totals."""
    return [fault.problem for fault in check_edit(draft(snapshot, DETAILS), TOTAL, text, names=(), named=())]


def drafted(snapshot: Snapshot) -> str:
    """The paragraph on totals with its tokens."""
    place = draft(snapshot, DETAILS).paragraph(TOTAL)
    assert place is not None
    return place[1].text


@pytest.mark.parametrize(
    ("number", "good", "right", "printed"), [(150, 136, "90.7%", "93.3%"), (134, 126, "94.0%", "94.3%")]
)
def test_a_rate_that_does_not_follow_from_its_counts_is_neither_drafted_nor_typed(
    number: int, good: int, right: str, printed: str
) -> None:
    snapshot = of_size(number, good)
    text = said(snapshot)
    assert f"完成月度任务的{good}家，占{right}（{good}/{number}）" in text
    assert printed not in text
    paragraph = drafted(snapshot)
    for edit in (
        paragraph.replace("{完成率}", printed),
        paragraph + f"完成率为{printed}。",
        paragraph + "完成率为九成。",
    ):
        assert refusals(snapshot, edit), edit


def test_a_rate_cannot_be_moved_behind_another_count() -> None:
    paragraph = drafted(march())
    swapped = (
        paragraph.replace("{完成率}", "{?}").replace("{重点领域占比}", "{完成率}").replace("{?}", "{重点领域占比}")
    )
    assert len(refusals(march(), swapped)) == 2
    counts = paragraph.replace("{完成家数}", "{?}").replace("{未完成家数}", "{完成家数}").replace("{?}", "{未完成家数}")
    assert "“{完成率}”没有跟在“{完成家数}”之后" in refusals(march(), counts)
    together = "完成月度任务的{完成家数}家，占{完成率}"
    moved = paragraph.replace(together, "") + f"{together}。"
    assert refusals(march(), moved) == [], "a rate goes with its count"


def test_parts_that_do_not_sum_cannot_be_introduced_as_if_they_did() -> None:
    snapshot = march()
    assert snapshot.figures.key_total == 863, "of which 683 are in the named groups"
    assert "分别为" not in said(snapshot)
    paragraph = drafted(snapshot)
    for words in ("分别为", "分别是", "分别有", "各为"):
        assert refusals(snapshot, paragraph.replace("，其中平台", f"，{words}平台", 1)) == [
            "“分别为”引出的各项不是锁定数据中相加等于总数的各项"
        ], words


def test_parts_that_sum_keep_their_total_and_all_of_themselves() -> None:
    rows = tuple(replace(unit, key_areas={**unit.key_areas, "other_key_area": 0}) for unit in units())
    snapshot = march(units=rows)
    assert "分别为364条、133条、186条" in said(snapshot)
    paragraph = drafted(snapshot)
    assert refusals(snapshot, "总的看，" + paragraph) == []
    less = paragraph.replace("、{行政执法和权力运行信息条数}条", "") + "行政执法信息{行政执法和权力运行信息条数}条。"
    assert refusals(snapshot, less) == ["“分别为”引出的各项不是锁定数据中相加等于总数的各项"]
    other = paragraph.replace("分别为{", "分别为{发布总数}条、{").replace("{发布总数}条，", "若干条，", 1)
    assert refusals(snapshot, other)


def test_locked_sums_that_differ_from_their_parts_keep_the_circular_from_review() -> None:
    snapshot = of_size(61, 61)
    wrong = replace(snapshot, figures=replace(snapshot.figures, units=60, assessed=60, attained=60))
    found = [hint for hint in hints(Circulate(wrong, DETAILS, Prose())) if hint.code in BLOCKING]
    assert any("各类相加为61，与合计60不一致，相差1" in hint.text for hint in found)


FIGURES = st.builds(
    lambda counted, keys, attained: replace(
        MODEL, counted=counted + sum(keys), total=counted + sum(keys), attained=attained, blank=False,
        key_areas=dict(zip(GROUPS.values(), keys, strict=True)),
    ),
    st.integers(0, 400), st.tuples(*[st.integers(0, 90)] * 4), st.booleans(),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(FIGURES, min_size=1, max_size=12),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from(["其中", "分别为"]),
)
def test_whatever_is_accepted_every_rate_follows_from_the_count_before_it_and_parts_sum(
    rows: list[UnitFigures], one: int, other: int, word: str
) -> None:
    numbered = tuple(replace(row, code=f"u{number}", name=f"第{number}局") for number, row in enumerate(rows))
    snapshot = march(units=numbered, facts=())
    paragraph = drafted(snapshot)
    names = TOKEN.findall(paragraph)
    one, other = one % len(names), other % len(names)
    names[one], names[other] = names[other], names[one]
    left = iter(names)
    edit = TOKEN.sub(lambda _: f"{{{next(left)}}}", paragraph.replace("，其中", f"，{word}", 1))
    if refusals(snapshot, edit):
        return
    text = body_text(Circulate(snapshot, DETAILS, Prose({TOTAL: Edit(edit, paragraph)})))
    figures = add_up(numbered)
    rates = [(figures.attained, figures.assessed), (figures.key_total, figures.counted)]
    for count, rate in re.findall(r"(\d+)[^\d%]*占([0-9.]+%)", text):
        assert (int(count), rate) in [(part, percent(part, whole)) for part, whole in rates if whole]
    if "分别为" in text:
        parts = re.findall(r"(\d+)条", text.split("分别为")[1].split("。")[0])
        assert sum(map(int, parts)) == figures.key_total
