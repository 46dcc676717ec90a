"""What links are: their addresses, the verdict over days, the pace of asking. Pure functions."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.instants import shanghai_date
from gongkai.publishing.linkcheck.addresses import (
    LONGEST,
    Malformed,
    Target,
    domain_of,
    is_government,
    is_listed,
    target_of,
)
from gongkai.publishing.linkcheck.pace import INTERVAL_SECONDS, OnHold, Pace
from gongkai.publishing.linkcheck.places import Link, links_in
from gongkai.publishing.linkcheck.verdicts import Standing, judged, next_time, result_of
from tests.conftest import START

BASE = "https://www.yl.gov.cn"
OUTCOMES = ("fine", "unsure", "gone", "failed", "certificate", "inner")


@pytest.mark.parametrize(
    ("written", "address", "host"),
    [
        ("http://a.gov.cn", "http://a.gov.cn/", "a.gov.cn"),
        ("HTTP://A.GOV.CN:80/b#c", "http://a.gov.cn/b", "a.gov.cn"),
        ("https://a.gov.cn:8443/b?c=d", "https://a.gov.cn:8443/b?c=d", "a.gov.cn"),
        ("http://a.gov.cn./公 1?名=值", "http://a.gov.cn/%E5%85%AC%201?%E5%90%8D=%E5%80%BC", "a.gov.cn"),
        ("http://政务.政务/", "http://xn--zfr164b.xn--zfr164b/", "xn--zfr164b.xn--zfr164b"),
        ("//a.gov.cn/b", "https://a.gov.cn/b", "a.gov.cn"),
        ("http://[2400:3200::1]/a", "http://[2400:3200::1]/a", "2400:3200::1"),
        ("/items/1#a", "/items/1", ""),
        ("2", "/items/2", ""),
        ("?page=2", "/items/5?page=2", ""),
        ("https://www.yl.gov.cn/units/a/", "/units/a/", ""),
        ("http://WWW.yl.gov.cn/index/A%2F1", "/index/A%2F1", ""),
    ],
)  # fmt: skip
def test_an_address_has_one_spelling(written: str, address: str, host: str) -> None:
    assert target_of(written, base_url=BASE, page="/items/5") == Target(address, host)


@pytest.mark.parametrize("written", ["", "  ", "#top", "mailto:a@b.cn", "tel:12345", "MAILTO:a@b.cn"])
def test_what_leads_to_no_page_is_left_alone(written: str) -> None:
    assert target_of(written, base_url=BASE) is None


@given(
    st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://a.gov.cn/", "//", "http://a@", "ftp:"])
)
def test_any_text_is_an_address_in_one_spelling_or_none(text: str, start: str) -> None:
    try:
        found = target_of(start + text, base_url=BASE, page="/items/5")
    except Malformed:
        return
    if found is not None:
        assert found.address.isascii()
        assert found.address.isprintable()
        assert " " not in found.address
        assert len(found.address) <= LONGEST
        assert target_of(found.address, base_url=BASE, page="/items/9") == found


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("xinhuanet.com", "xinhuanet.com"), (" WWW.Xinhuanet.com ", "xinhuanet.com"),
        ("https://news.cn/a?b", "news.cn"), ("新华网.中国", "xn--xkrr14bows.xn--fiqs8s"), ("com", ""), ("", ""),
        ("a b.com", ""), ("http://[", ""), ("a..", ""),
    ],
)  # fmt: skip
def test_a_domain_is_read_from_what_people_write(written: str, domain: str) -> None:
    assert domain_of(written) == domain


def test_a_domain_holds_what_lies_below_it_and_nothing_that_looks_like_it() -> None:
    assert is_listed("a.b.example.com", {"example.com"})
    assert not is_listed("badexample.com", {"example.com"})
    assert not is_listed("example.com.cn", {"example.com"})
    assert is_government("www.gov.cn")
    assert is_government("a.xn--zfr164b")
    assert not is_government("gov.cn.example.com")
    assert not is_government("fakegov.cn")


def test_links_and_images_of_a_text() -> None:
    text = (
        '<p>见<a href="/items/1">《通知》<strong>原文</strong></a>和<a href="http://a.cn/?a=1&amp;b=2"></a></p>'
        '<a href="/items/2"><img src="/attachments/7" alt="流程图"></a><a>无</a><img src="https://a.cn/1.png">'
    )
    assert links_in(text) == [
        Link("link", "《通知》原文", "/items/1"),
        Link("link", "", "http://a.cn/?a=1&b=2"),
        Link("image", "流程图", "/attachments/7"),
        Link("link", "流程图", "/items/2"),
        Link("image", "图片", "https://a.cn/1.png"),
    ]


def after(*answers: str, hours: float = 24.0) -> Standing:
    """What is known after answers that lie so many hours apart."""
    standing, now = Standing(), START
    for answer in answers:
        standing = judged(standing, answer, now=now, today=shanghai_date(now))
        now += timedelta(hours=hours)
    return standing


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (("gone",), "failing"),
        (("gone", "gone"), "dead"),
        (("failed", "failed"), "failing"),
        (("failed", "failed", "failed"), "dead"),
        (("gone", "failed", "gone"), "dead"),
        (("gone", "failed"), "failing"),
        (("failed", "failed", "fine", "failed"), "failing"),
        (("failed", "failed", "unsure", "failed"), "failing"),
        (("gone", "gone", "unsure"), "unsure"),
        (("gone", "gone", "failed"), "dead"),
        (("certificate",), "certificate"),
        (("certificate", "certificate", "failed"), "failing"),
        (("inner",), "inner"),
    ],
)
def test_how_often_it_takes(answers: tuple[str, ...], verdict: str) -> None:
    assert after(*answers).verdict == verdict


def test_answers_of_one_day_count_once() -> None:
    again = after("gone", "gone", "gone", hours=1)
    assert (again.verdict, again.failed_days, again.failed_at) == ("failing", 1, START)
    assert after("failed", "failed", "gone", "gone", hours=1).verdict == "failing"


@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.floats(0, 48)), max_size=12))
def test_nothing_is_dead_that_was_not_gone_twice_or_out_of_reach_three_times(
    history: list[tuple[str, float]],
) -> None:
    standing, now = Standing(), START
    row: list[tuple[str, datetime]] = []
    for outcome, hours in history:
        now += timedelta(hours=hours)
        standing = judged(standing, outcome, now=now, today=shanghai_date(now))
        row = [*row, (outcome, now)] if outcome in ("gone", "failed") else []
        days = {shanghai_date(moment) for _, moment in row}
        gone = {shanghai_date(moment) for kind, moment in row if kind == "gone"}
        if standing.verdict == "dead":
            assert len(gone) >= 2 or len(days) >= 3
        assert (standing.failed_days > 0) == (standing.failed_at is not None)
        assert standing.failed_days >= standing.gone_days
        if row:
            assert standing.verdict in ("failing", "dead")
            assert (standing.failed_days, standing.failed_at) == (len(days), row[0][1])
            assert len(days) < 3 or standing.verdict == "dead"
        assert outcome not in ("fine", "unsure") or standing == Standing(outcome)
        assert next_time(standing.verdict, now=now, link_id=3) > now


def test_what_a_link_is_to_its_unit() -> None:
    def result(verdict: str, host: str, final_host: str = "") -> str:
        return result_of(verdict, host=host, final_host=final_host, domains={"news.cn"})

    assert result("fine", "www.gov.cn") == "fine"
    assert result("fine", "www.news.cn") == "fine"
    assert result("fine", "") == "fine"
    assert result("waiting", "a.com") == "outside"
    assert result("fine", "a.gov.cn", "shop.com") == "outside"
    assert result("dead", "a.com") == "dead"
    assert result("failing", "a.gov.cn") == "failing"


def test_a_host_is_asked_once_a_second_and_left_alone_when_it_wants() -> None:
    time, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time[0] += seconds

    pace = Pace(lambda: time[0], sleep)
    for host in ("a", "a", "b", "a"):
        with pace.turn(host) as waited:
            assert waited == (slept[-1] if slept and host == "a" else 0)
    assert slept == [INTERVAL_SECONDS, INTERVAL_SECONDS]
    pace.hold("a", 60)
    with pytest.raises(OnHold) as held, pace.turn("a"):
        pass
    assert held.value.seconds == 60
    with pace.turn("b"):
        pass
    time[0] += 60
    with pace.turn("a"):
        pass
