"""A year's holiday notice: entered, looked at with what it moves, put in force."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.admin.holidays import as_lines, ranges, read_days
from gongkai.core.calendar.store import load_calendar
from gongkai.core.models import CalendarYear
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.models import Item
from tests.accounts.browsing import send, text_of
from tests.factories.items import draft, published, submitted, work_off
from tests.factories.world import World

HOME = "/admin/calendar/"
NEXT = {
    "days_off": "2027-01-01..2027-01-03 元旦\r\n2027-10-01至2027-10-07\n2027-5-1",
    "make_up_days": "2027-10-09",
    "source": "国办发明电〔2026〕12号",
}


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, "yl-prefecture_admin")


def entered(world: World, year: int) -> CalendarYear | None:
    with world.services.database.unit_of_work() as uow:
        return uow.session.get(CalendarYear, year)


def limits(world: World) -> dict[int, date | None]:
    with world.services.database.system_scope("test") as uow:
        return {row.id: row.publish_due_date for row in uow.session.execute(select(Item.id, Item.publish_due_date))}


def token(client: FlaskClient, year: int) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text_of(client.get(f"{HOME}{year}/preview")))
    assert found is not None
    return found[1]


def this_year_with(client: FlaskClient, *more: str) -> dict[str, str]:
    """The form of this year as the library has it, with further days off."""
    page = text_of(client.get(f"{HOME}2026"))
    areas = [found.strip() for found in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)]
    return {"days_off": "\n".join([areas[0], *more]), "make_up_days": areas[1], "source": "国办通知"}


def test_the_list_says_which_year_is_missing_and_what_that_means(admin: FlaskClient) -> None:
    page = text_of(admin.get(HOME))
    assert "2027年放假安排尚未录入，跨入该年的期限均为暂定" in page
    assert "系统内置（国务院办公厅放假通知）" in page


def test_a_new_year_is_entered_looked_at_and_put_in_force(world: World, admin: FlaskClient) -> None:
    answer = send(admin, f"{HOME}2027", NEXT)
    assert answer.headers["Location"] == f"{HOME}2027/preview"
    page = text_of(admin.get(f"{HOME}2027/preview"))
    assert "正在统计启用后会变动的期限" in page
    assert "2027年10月1日（周五）至2027年10月7日（周四），共7天" in page
    assert 'name="token"' not in page
    assert entered(world, 2027) is None
    work_off(world.services)
    page = text_of(admin.get(f"{HOME}2027/preview"))
    assert "启用后，没有期限变动" in page
    data = {"token": token(admin, 2027)}
    for _ in range(2):
        page = text_of(send(admin, f"{HOME}2027/preview", data, page=HOME, follow_redirects=True))
        assert "已启用2027年放假安排" in page
    assert "国办发明电〔2026〕12号" in page
    assert "2027年1月1日至2027年1月3日、2027年5月1日、2027年10月1日至2027年10月7日" in page
    place = re.search(rf'href="({HOME}versions/\d+)"', page)
    assert place is not None
    page = text_of(admin.get(place[1]))
    assert "启用时，没有期限变动" not in page, "the job has not run yet"
    work_off(world.services)
    page = text_of(admin.get(place[1]))
    assert "启用时，没有期限变动" in page
    assert "yl-prefecture_admin于2026年3月23日" in page
    found = entered(world, 2027)
    assert found is not None
    assert (len(found.days_off), found.make_up_days, found.entered_by) == (
        11,
        [date(2027, 10, 9)],
        world.people["yl-prefecture_admin"],
    )
    with world.services.database.unit_of_work() as uow:
        calendar = load_calendar(uow)
        assert calendar.is_working_day(date(2027, 10, 9))
        assert not calendar.add_working_days(date(2026, 12, 30), 5).provisional


def test_what_a_notice_moves_is_counted_over_all_units_and_moved_on_confirmation(
    world: World, admin: FlaskClient
) -> None:
    first, second = draft(world, "hx-mzj"), submitted(world, "qs-mzj")
    permit = draft(world, "hx-mzj", column="xzxk")
    public = published(world, "yl-czj")
    undated = draft(world, "hx-mzj", formed_date=None)
    before = limits(world)
    assert (before[first], before[permit], before[undated]) == (date(2026, 4, 14), date(2026, 3, 25), None)
    send(admin, f"{HOME}2026", this_year_with(admin, "2026-04-13..2026-04-14 州庆"))
    work_off(world.services)
    page = text_of(admin.get(f"{HOME}2026/preview"))
    assert "启用后，2家单位的2项期限将变动" in page
    assert "未发布信息的公开期限2项" in page
    assert "2026年4月13日（周一）至2026年4月14日（周二），共2天" in page
    rows = re.findall(r">(2026-04-\d\d)</td>.*?>(2026-04-\d\d)</td>.*?>(\d+)项", page, re.DOTALL)
    assert rows == [("2026-04-14", "2026-04-16", "1")] * 2
    assert limits(world) == before
    send(admin, f"{HOME}2026/preview", {"token": token(admin, 2026)})
    work_off(world.services)
    assert limits(world) == before | {first: date(2026, 4, 16), second: date(2026, 4, 16)}
    assert before[public] == date(2026, 4, 14)


def test_a_notice_leaves_the_limits_of_revisions_as_they_run_from_the_change(world: World, admin: FlaskClient) -> None:
    item_id = published(world, "hx-mzj")
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        erratum = start_revision(uow, actor=actor, item_id=item_id, change_kind="erratum", reason="改错别字").id
    waiting = draft(world, "hx-mzj", title="另一条")
    assert limits(world)[erratum] is None
    send(admin, f"{HOME}2026", this_year_with(admin, "2026-04-13..2026-04-14 州庆"))
    work_off(world.services)
    assert "启用后，1家单位的1项期限将变动" in text_of(admin.get(f"{HOME}2026/preview"))
    send(admin, f"{HOME}2026/preview", {"token": token(admin, 2026)})
    work_off(world.services)
    found = limits(world)
    assert (found[erratum], found[waiting]) == (None, date(2026, 4, 16))


def test_a_notice_is_not_put_in_force_unseen(world: World, admin: FlaskClient) -> None:
    assert admin.get(f"{HOME}2027/preview").status_code == 404
    send(admin, f"{HOME}2027", NEXT)
    work_off(world.services)
    old = token(admin, 2027)
    send(admin, f"{HOME}2027", {**NEXT, "make_up_days": ""})
    answer = send(admin, f"{HOME}2027/preview", {"token": old}, page=HOME)
    assert (answer.status_code, "他人已提交另一份安排" in text_of(answer)) == (409, True)
    work_off(world.services)
    new = token(admin, 2027)
    send(admin, f"{HOME}2027", {**NEXT, "make_up_days": ""})
    answer = send(admin, f"{HOME}2027/preview", {"token": new}, page=HOME)
    assert (answer.status_code, "影响尚未统计完成" in text_of(answer)) == (409, True)
    assert entered(world, 2027) is None


def test_what_holds_already_need_not_be_entered_again(world: World, admin: FlaskClient) -> None:
    send(admin, f"{HOME}2027", NEXT)
    work_off(world.services)
    send(admin, f"{HOME}2027/preview", {"token": token(admin, 2027)})
    answer = send(admin, f"{HOME}2027", NEXT)
    assert (answer.status_code, "与现行的2027年放假安排相同" in text_of(answer)) == (400, True)
    page = text_of(admin.get(f"{HOME}2027"))
    assert "2027-10-01..2027-10-07" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"days_off": ""}, "days_off", "未填写放假日期"),
        ({"days_off": "国庆节放七天"}, "days_off", "第1行“国庆节放七天”无法识别"),
        ({"days_off": "2027-02-30"}, "days_off", "第1行“2027-02-30”无法识别"),
        ({"days_off": "٢٠٢٧-01-01"}, "days_off", "无法识别"),
        ({"days_off": "2027-10-07..2027-10-01"}, "days_off", "结束日期早于开始日期"),
        ({"days_off": "2027-01-01..2027-12-31"}, "days_off", "超过31天"),
        ({"days_off": "2026-10-01"}, "days_off", "不在2027年放假安排的范围内"),
        ({"days_off": "2027-01-01\n" * 61}, "days_off", "超过60行"),
        ({"make_up_days": "2027-10-08"}, "make_up_days", "不是周六或周日"),
        ({"make_up_days": "2027-10-02"}, "make_up_days", "既是放假日又是调休上班日"),
        ({"source": ""}, "source", "未填写依据"),
        ({"source": "长" * 101}, "source", "依据超过100个字"),
    ],
)
def test_a_refused_notice_says_which_line_is_wrong_and_keeps_the_text(
    world: World, admin: FlaskClient, changes: dict[str, str], field: str, words: str
) -> None:
    answer = send(admin, f"{HOME}2027", {**NEXT, **changes})
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page) == (400, True)
    assert words in page
    if "days_off" not in changes:
        assert "2027-10-01至2027-10-07" in page
    assert admin.get(f"{HOME}2027/preview").status_code == 404


@pytest.mark.parametrize("year", [0, 1999, 2023, 2029, 99999])
def test_years_far_away_are_not_found(admin: FlaskClient, year: int) -> None:
    assert admin.get(f"{HOME}{year}").status_code == 404
    assert send(admin, f"{HOME}{year}", NEXT, page=HOME).status_code == 404


@given(st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=60))
def test_lines_and_days_are_each_others_inverse(days: set[date]) -> None:
    found, faults = read_days(as_lines(days), field="x")
    short = all((last - first).days < 31 for first, last in ranges(days))
    assert (set(found) == days, faults == []) == (short, short)
