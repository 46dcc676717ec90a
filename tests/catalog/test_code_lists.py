"""Subject classes and genres: what a form offers on a day, and what an older or foreign writing names."""

from datetime import date

import pytest

from gongkai.catalog.code_lists import (
    find_genre,
    find_subject_class,
    genres,
    subject_candidates,
    subject_classes,
)

TODAY = date(2026, 3, 23)


def test_there_are_twenty_two_classes_on_any_day() -> None:
    for day in (date(2015, 1, 1), date(2021, 2, 24), date(2021, 2, 25), TODAY):
        assert len(subject_classes(day)) == 22


def test_the_wording_changes_with_the_day() -> None:
    before, after = (
        {text for _, texts in subject_classes(day) for text in texts} for day in (date(2021, 2, 24), date(2021, 2, 25))
    )
    assert "民政、扶贫、救灾/扶贫" in before - after
    assert "民政、乡村振兴、救灾/乡村振兴" in after - before
    assert "综合政务/政务公开" in before & after


def test_the_fifteen_kinds_of_official_documents_come_first() -> None:
    (heading, documents), (_, others) = genres(TODAY)
    assert heading == "公文"
    assert len(documents) == 15
    assert {"通报", "命令（令）", "纪要"} <= set(documents)
    assert "解读" in others
    assert "会议纪要" in dict(genres(date(2012, 6, 30)))["公文"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("综合政务\\政务公开", "综合政务/政务公开"),
        ("商贸、海关、旅游/国内贸易(含供销)", "商贸、海关、旅游/国内贸易（含供销）"),
        ("民政、扶贫、救灾", "民政、扶贫、救灾"),
        ("綜合政務", "综合政务"),
        ("财政", "财政、金融、审计/财政"),
        ("国内贸易(含供销)", "商贸、海关、旅游/国内贸易（含供销）"),
        ("优抚安置", "民政、乡村振兴、救灾/优抚安置"),
        ("扶贫", "民政、扶贫、救灾/扶贫"),
        ("其他", "其他"),
        ("养花", None),
        ("", None),
    ],
)
def test_a_class_is_found_in_other_writings(written: str, found: str | None) -> None:
    assert find_subject_class(written) == found


def test_every_subclass_of_today_but_the_rest_is_found_by_its_name() -> None:
    for _, texts in subject_classes(TODAY):
        for text in texts:
            name = text.rpartition("/")[2]
            assert find_subject_class(name) == ("其他" if name == "其他" else text)


@pytest.mark.parametrize(
    ("written", "candidates"),
    [
        ("金融", ["财政、金融、审计"]),
        ("住房", ["城乡建设、环境保护/城乡建设（含住房）"]),
        ("养花", []),
        ("", []),
    ],
)
def test_an_unknown_class_has_those_as_candidates_that_contain_it(written: str, candidates: list[str]) -> None:
    assert (find_subject_class(written), list(subject_candidates(written))) == (None, candidates)


def test_an_earlier_genre_is_still_known() -> None:
    assert find_genre("会议纪要") == "会议纪要"
    assert find_genre("命令(令)") == "命令（令）"
    assert find_genre("小说") is None
