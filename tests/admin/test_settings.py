"""The site's data: changed with a reason, shown everywhere, every change on record."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.models import SiteSetting
from tests.accounts.browsing import send, text_of
from tests.factories.world import World

PAGE = "/admin/settings/"
FORM = {
    "name": "云岭州政府信息公开平台",
    "short_name": "云岭公开",
    "sponsor": "云岭州人民政府办公室",
    "phone": "0878-3123456",
    "site_code": "5323000001",
    "icp": "滇ICP备05000001号-1",
    "police_record": "滇公网安备53230000000001号",
    "domain": "www.YL.gov.cn",
    "error_report_url": "https://www.example.gov.cn/jiucuo.html?site_code=5323000001",
    "reason": "平台上线",
}


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, "yl-prefecture_admin")


def seen(client: FlaskClient) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', text_of(client.get(PAGE)))
    assert found is not None
    return found[1]


def stored(world: World) -> dict[str, str]:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalar(select(SiteSetting.value).where(SiteSetting.key == "site")) or {}


def test_a_change_shows_on_every_page_and_in_the_history(world: World, admin: FlaskClient) -> None:
    answer = send(admin, PAGE, FORM, follow_redirects=True)
    assert "所有页面随即按新内容显示" in text_of(answer)
    assert stored(world)["domain"] == "www.yl.gov.cn"
    front = text_of(admin.application.test_client().get("/sign-in"))
    assert "云岭州政府信息公开平台" in front
    assert 'href="https://www.example.gov.cn/jiucuo.html?site_code=5323000001"' in text_of(
        admin.application.test_client().get("/")
    )
    send(admin, PAGE, {**FORM, "phone": "0878-3999999", "reason": "电话变更", "seen": seen(admin)})
    page = text_of(admin.get(PAGE))
    history = page[page.index("修改记录") :]
    assert "联系电话：0878-3123456 → 0878-3999999" in history
    assert history.index("电话变更") < history.index("平台上线")
    assert "yl-prefecture_admin" in history


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"short_name": "\u3000"}, "short_name"),
        ({"short_name": "长" * 13}, "short_name"),
        ({"phone": "请来电"}, "phone"),
        ({"site_code": "123"}, "site_code"),
        ({"error_report_url": "javascript:alert(1)"}, "error_report_url"),
        ({"icp": "05000001"}, "icp"),
        ({"police_record": "53230000000001"}, "police_record"),
        ({"domain": "https://www.yl.gov.cn/"}, "domain"),
        ({"sponsor": "长" * 81}, "sponsor"),
        ({"reason": ""}, "reason"),
        ({"reason": "长" * 201}, "reason"),
    ],
)
def test_a_refused_change_names_the_field_and_keeps_what_was_typed(
    world: World, admin: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = send(admin, PAGE, {**FORM, "operator": "云岭州数据局", **changes})
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page, "云岭州数据局" in page) == (400, True, True)
    assert stored(world) == {}


def test_a_stale_form_overwrites_nothing_and_the_same_data_are_no_change(world: World, admin: FlaskClient) -> None:
    before = seen(admin)
    send(admin, PAGE, {**FORM, "seen": before})
    answer = send(admin, PAGE, {**FORM, "seen": seen(admin)})
    assert (answer.status_code, "内容没有变化" in text_of(answer)) == (400, True)
    answer = send(admin, PAGE, {**FORM, "name": "别的平台", "seen": before})
    assert (answer.status_code, "他人刚刚修改了网站信息" in text_of(answer)) == (409, True)
    assert stored(world)["name"] == FORM["name"]


@pytest.mark.parametrize("path", [PAGE, "/admin/calendar/", "/admin/calendar/2027", "/admin/calendar/2027/preview"])
def test_settings_are_the_prefectures_administrators(world: World, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 302
    assert world.sign_in(client, "yl-supervisor").get(path).status_code == 403
