"""A unit whose collection is stale: out of step, chased, and never called blank for it."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.publishing.collection.queries import Sync
from gongkai.publishing.collection.tasks import collect_due
from gongkai.supervision.alerts import BLANK_NOTICE, CLOSED_NOTICE
from gongkai.supervision.syncing import STALE_NOTICE
from gongkai.supervision.tasks import close_period, remind
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.collection.conftest import near, site
from tests.publishing.collection.elsewhere import Answer, Site, entry, lines, set_up, source_of
from tests.publishing.conftest import SignIn, sign_in
from tests.supervision.months import publish_months
from tests.supervision.test_alerts import findings, notices

__all__ = ["near", "sign_in", "site"]


@pytest.fixture
def stale(
    near: World, site: Site, sign_in: SignIn, clock: AdjustableClock, owner_engine: Engine, app: Flask
) -> tuple[World, int]:
    """A bureau that published nothing in March, and whose source has not answered for two days; on the 25th."""
    publish_months(owner_engine, near, {"hx-qsz": {"2026-02": 20, "2026-03": 20}, "hx-mzj": {"2026-02": 20}})
    source_id = set_up(near, sign_in, site.put(lines(entry(1, published_at="2026-01-20T01:00:00Z"))))
    assert "未发布3家" in sign_in("hx-supervisor").get("/office/").replace(" ", "")
    site.pages["/feed"] = Answer(status=503)
    clock.advance(hours=49)
    collect_due(near.services)
    work_off(near.services)
    return near, source_id


def test_the_office_sees_that_it_is_out_of_step_and_not_blank(stale: tuple[World, int], sign_in: SignIn) -> None:
    _, source_id = stale
    office = sign_in("hx-supervisor")
    office.get("/office/")
    assert "未发布2家" in office.words
    assert "另有1家数据未同步，暂不认定，距月底还有6天" in office.words
    assert re.search(r"<dt>数据未同步 1家</dt><dd><a [^>]*>和溪县民政局</a>", office.page_source)
    cell = re.search(r'<td class="is-stale">.*?</td>', office.page_source)
    assert cell is not None
    assert "和溪县民政局2026年3月发布0条，数据未同步" in cell[0]
    page = office.get("/office/units/hx-mzj")
    assert ("数据未同步，暂不认定。" in page, "本月尚无计入任务的信息" in page) == (True, False)
    office.get("/office/call-list")
    assert "2家单位本月尚未发布计入任务的信息，1家单位数据未同步，请逐家联系。" in office.words
    assert "请先核实采集来源，暂不认定是否空白" in office.words
    listed = office.get("/office/collection/")
    assert "1个来源数据未同步，请先核实采集，再认定单位是否空白。" in listed
    assert "以来没有采集成功" in office.get(f"/office/collection/{source_id}")


def test_unit_and_office_are_told_once_and_nobody_is_reminded_of_a_blank_month(
    stale: tuple[World, int], clock: AdjustableClock
) -> None:
    world, _ = stale
    for _ in range(3):
        clock.advance(hours=2)
        collect_due(world.services)
        remind(world.services)
        work_off(world.services)
    for unit in ("hx-mzj", "hx"):
        (told,) = notices(world, unit, STALE_NOTICE)
        assert told.subject == "数据未同步：门户网站公告"
        assert "自2026年3月23日 09:30起没有采集成功" in told.body
    assert notices(world, "hx-mzj", BLANK_NOTICE) == []
    assert len(notices(world, "hx-gs", BLANK_NOTICE)) == 1


def test_a_month_that_ends_meanwhile_is_judged_when_the_source_is_back(
    stale: tuple[World, int], site: Site, clock: AdjustableClock
) -> None:
    world, source_id = stale
    clock.advance(days=7)
    close_period(world.services)
    assert [key for key in findings(world, "hx", "2026-03") if key[0] == "hx-mzj"] == []
    assert ("hx-gs", "SR-Q2") in findings(world, "hx", "2026-03")
    (closed,) = notices(world, "hx", CLOSED_NOTICE)
    assert "另有1家数据未同步，暂不认定，同步后再生成问题。" in closed.body
    # Long after the days in which a month is closed.
    clock.advance(days=9)
    site.put(lines(entry(1, published_at="2026-01-20T01:00:00Z"), entry(2)))
    collect_due(world.services)
    work_off(world.services)
    found = findings(world, "hx", "2026-03")
    assert [rule for unit, rule in found if unit == "hx-mzj"] == ["SR-Q1"]
    assert found["hx-mzj", "SR-Q1"].evidence["counted"] == 1
    assert source_of(world, source_id).stale_told_at is None


def test_a_paused_source_leaves_the_month_to_what_is_here(stale: tuple[World, int], sign_in: SignIn) -> None:
    _, source_id = stale
    sign_in("hx-mzj-unit_admin").post(f"/work/collection/{source_id}/pause")
    office = sign_in("hx-supervisor")
    office.get("/office/")
    assert ("未发布3家" in office.words, "数据未同步1家" in office.words) == (True, False)


def test_who_has_met_the_task_is_judged_all_the_same(
    stale: tuple[World, int], sign_in: SignIn, owner_engine: Engine
) -> None:
    world, _ = stale
    publish_months(owner_engine, world, {"hx-mzj": {"2026-03": 20}})
    office = sign_in("hx-supervisor")
    office.get("/office/")
    assert "数据未同步，暂不认定" not in office.words


MARCH = Period.parse("2026-03")
BEGAN = datetime(2026, 3, 5, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("began", "last", "now", "behind"),
    [
        (BEGAN, None, BEGAN, True),
        (BEGAN, datetime(2026, 3, 20, 6, tzinfo=SHANGHAI), datetime(2026, 3, 22, 5, tzinfo=SHANGHAI), False),
        (BEGAN, datetime(2026, 3, 20, 6, tzinfo=SHANGHAI), datetime(2026, 3, 22, 7, tzinfo=SHANGHAI), True),
        # An ended month is complete only when a run has succeeded after its end.
        (BEGAN, datetime(2026, 3, 31, 23, tzinfo=SHANGHAI), datetime(2026, 4, 1, 0, 30, tzinfo=SHANGHAI), True),
        (BEGAN, datetime(2026, 4, 1, 0, tzinfo=SHANGHAI), datetime(2026, 9, 1, tzinfo=SHANGHAI), False),
        (datetime(2026, 4, 1, tzinfo=SHANGHAI), None, datetime(2026, 4, 2, tzinfo=SHANGHAI), False),
    ],
)
def test_which_months_lack_something(began: datetime, last: datetime | None, now: datetime, behind: bool) -> None:
    assert Sync(began, last, 48).is_behind(MARCH, now) is behind


@given(hours=st.integers(25, 744), last=st.integers(0, 2000), since=st.integers(0, 2000))
def test_a_later_success_never_makes_a_month_more_behind(hours: int, last: int, since: int) -> None:
    now = BEGAN + timedelta(hours=4000)
    earlier = Sync(BEGAN, BEGAN + timedelta(hours=last), hours)
    later = Sync(BEGAN, BEGAN + timedelta(hours=last + since), hours)
    for period in (MARCH, MARCH.next(), Period.of(now.date())):
        assert earlier.is_behind(period, now) or not later.is_behind(period, now)
