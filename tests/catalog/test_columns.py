"""The unit's catalogue through its screens."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.catalog.freshness import freshness, next_due
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import move_column
from gongkai.core.calendar.periods import NAMED_UPDATE_PERIODS, UpdatePeriod
from gongkai.core.errors import Refused
from gongkai.core.models import AuditEvent
from tests.accounts.browsing import send, text_of
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

ADMIN = "hx-mzj-unit_admin"
HOME = "/work/columns/"


def column_id(world: World, code: str, unit: str = "hx-mzj") -> int:
    with world.services.database.unit_of_work() as uow:
        return world.column(uow, unit, code)


def column(world: World, identity: int) -> ContentColumn:
    with world.services.database.unit_of_work() as uow:
        return uow.session.get_one(ContentColumn, identity)


def add(client: FlaskClient, parent: int, name: str, **more: str) -> None:
    data = {"name": name, "update_period": "monthly", **more}
    answer = send(client, f"{HOME}{parent}/add", data)
    assert answer.status_code == 302, text_of(answer)


def own(world: World, name: str) -> ContentColumn:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalars(select(ContentColumn).where(ContentColumn.name == name)).one()


def row_of(page: str, name: str) -> str:
    """The table row of a column, without tags."""
    found = [
        row for row in re.findall(r"<tr id=.*?</tr>", page, re.DOTALL) if f">{name}" in row or f"span>{name}" in row
    ]
    assert len(found) == 1, (name, len(found))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_the_tree_shows_counts_last_update_and_what_is_overdue(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    published(world, column="gsgg")
    clock.advance(days=40)
    published(world, column="gsgg", title="关于防汛值班的通知", formed_date=date(2026, 4, 30))
    page = text_of(world.sign_in(client, "hx-mzj-contributor").get(HOME))
    assert re.search(r"公示公告 必设 形成或变更时更新 2026-05-02 — 1 2 ", row_of(page, "公示公告")), row_of(
        page, "公示公告"
    )
    assert re.search(r"法定主动公开内容 .* — — — 1 2 ", row_of(page, "法定主动公开内容"))
    clock.advance(days=400)
    page = text_of(world.sign_in(client, "hx-mzj-contributor").get(f"{HOME}?view=due"))
    assert "逾期" in row_of(page, "财政预算")
    assert "尚未发布" in row_of(page, "财政预算")
    assert "公示公告" not in page


def test_an_added_column_inherits_from_its_parent_and_can_be_changed_moved_closed_and_reopened(
    world: World, client: FlaskClient
) -> None:
    world.sign_in(client, ADMIN)
    parent = column_id(world, "czys")
    add(client, parent, "专项资金", update_period="days", update_days="15", responsible_section="财务科")
    add(client, parent, "惠民补贴")
    first, second = own(world, "专项资金"), own(world, "惠民补贴")
    assert (first.update_period, first.key_area_group, first.level) == ("days:15", "fiscal_funds", 3)
    assert (first.template_code, first.responsible_section) == (None, "财务科")
    changed = {"name": "专项资金管理", "update_period": "quarterly", "description": "资金的分配结果。"}
    assert send(client, f"{HOME}{first.id}/edit", changed).status_code == 302
    send(client, f"{HOME}{second.id}/move", {"direction": "up"}, page=HOME)
    page = text_of(client.get(HOME))
    assert page.rindex("惠民补贴") < page.rindex("专项资金管理")
    assert "每季度更新" in row_of(page, "专项资金管理")
    send(client, f"{HOME}{first.id}/close", {}, page=HOME)
    assert column(world, first.id).active is False
    send(client, f"{HOME}{first.id}/reopen", {}, page=HOME)
    assert column(world, first.id).active is True
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, ADMIN)
        actions = uow.session.scalars(
            select(AuditEvent.action).where(AuditEvent.object_id == first.id).order_by(AuditEvent.id)
        ).all()
    assert actions == ["column.add", "column.edit", "column.close", "column.reopen"]


def test_a_new_column_comes_after_the_columns_of_the_template(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    add(client, column_id(world, "fd"), "婚姻登记")
    page = text_of(client.get(HOME))
    assert page.rindex("公示公告") < page.rindex("婚姻登记")


def test_what_the_template_requires_cannot_be_closed_and_the_page_says_why(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    required = column_id(world, "gsgg")
    answer = send(client, f"{HOME}{required}/close", {}, page=HOME, follow_redirects=True)
    assert "“公示公告”是法定栏目，不能关闭或删除" in text_of(answer)
    assert column(world, required).active is True


def test_of_a_template_column_only_the_responsible_section_changes(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    target = column_id(world, "gsgg")
    data = {"name": "改名", "update_period": "days", "update_days": "3", "responsible_section": "办公室"}
    assert send(client, f"{HOME}{target}/edit", data).status_code == 302
    found = column(world, target)
    assert (found.name, found.update_period, found.responsible_section) == ("公示公告", "event", "办公室")
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, ADMIN)
        with pytest.raises(Refused, match="不能移动"):
            move_column(uow, tenant_id=actor.tenant_id, column_id=target, direction="up")


def test_a_column_with_open_columns_below_stays_open(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    parent = column_id(world, "fzsx")
    add(client, parent, "历年目录")
    answer = send(client, f"{HOME}{parent}/close", {}, page=HOME, follow_redirects=True)
    assert "请先关闭下级栏目" in text_of(answer)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "update_period": "monthly"}, "name"),
        ({"name": "字" * 41, "update_period": "monthly"}, "name"),
        ({"name": "公示公告", "update_period": "monthly"}, "name"),
        ({"name": "甲", "update_period": "sometimes"}, "update_period"),
        ({"name": "甲"}, "update_period"),
        ({"name": "甲", "update_period": "days", "update_days": "0"}, "update_days"),
        ({"name": "甲", "update_period": "days", "update_days": "٣"}, "update_days"),
        ({"name": "甲", "update_period": "event", "description": "长" * 201}, "description"),
        ({"name": "甲", "update_period": "event", "responsible_section": "科" * 41}, "responsible_section"),
    ],
)
def test_a_refused_form_names_the_field_and_keeps_what_was_typed(
    world: World, client: FlaskClient, data: dict[str, str], field: str
) -> None:
    world.sign_in(client, ADMIN)
    answer = send(client, f"{HOME}{column_id(world, 'fd')}/add", {"responsible_section": "救助科", **data})
    page = text_of(answer)
    assert answer.status_code == 400
    assert f'href="#field-{field}"' in page
    assert data.get("responsible_section", "救助科") in page
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(ContentColumn.id).where(ContentColumn.template_code.is_(None))) is None


def test_nothing_stands_below_the_guide_or_a_fourth_level(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    answer = client.get(f"{HOME}{column_id(world, 'zn')}/add")
    assert (answer.status_code, "公开指南是一份固定格式的文件" in text_of(answer)) == (409, True)
    add(client, column_id(world, "gsgg"), "三级")
    add(client, own(world, "三级").id, "四级")
    answer = client.get(f"{HOME}{own(world, '四级').id}/add")
    assert (answer.status_code, "最多4级" in text_of(answer)) == (409, True)


@pytest.mark.parametrize("deed", ["add", "edit", "move", "close", "reopen"])
def test_a_foreign_column_answers_as_a_missing_one(world: World, client: FlaskClient, deed: str) -> None:
    world.sign_in(client, ADMIN)
    answers = []
    for identity in (column_id(world, "fzsx", "qs-mzj"), 10**9, 10**30):
        data = {"name": "甲", "update_period": "event", "direction": "up"}
        answer = send(client, f"{HOME}{identity}/{deed}", data, page=HOME)
        answers.append((answer.status_code, "没有找到这个页面" in text_of(answer)))
    assert answers == [(404, True)] * 3
    assert column(world, column_id(world, "fzsx", "qs-mzj")).active is True


def test_members_read_the_catalogue_and_only_the_administrator_changes_it(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    page = text_of(client.get(HOME))
    assert ("增设下级" in page, "财政预算" in page) == (False, True)
    assert client.get(f"{HOME}{column_id(world, 'fd')}/add").status_code == 403


@given(
    st.sampled_from([*NAMED_UPDATE_PERIODS, UpdatePeriod("days:1"), UpdatePeriod("days:15")]),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_the_next_update_lies_one_period_on_and_is_overdue_from_the_day_after(
    period: UpdatePeriod, since: date, today: date
) -> None:
    due = next_due(period, since)
    found = freshness(period, since=since, today=today)
    assert found.due == due
    if period.code == "event":
        assert (due, found.state) == (None, "")
        return
    assert due is not None
    longest = {"monthly": 31, "quarterly": 92, "half_yearly": 184, "yearly": 366}.get(period.code, period.days or 0)
    assert 0 < (due - since).days <= longest
    assert (found.state == "overdue") == (today > due)


@pytest.mark.parametrize(
    ("since", "code", "due"),
    [
        ("2026-01-31", "monthly", "2026-02-28"),
        ("2024-02-29", "yearly", "2025-02-28"),
        ("2025-11-30", "quarterly", "2026-02-28"),
    ],
)
def test_months_end_on_their_last_day(since: str, code: str, due: str) -> None:
    assert next_due(UpdatePeriod(code), date.fromisoformat(since)) == date.fromisoformat(due)


def test_a_person_of_the_unit_answers_for_a_column(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    identity, writer = column_id(world, "gsgg"), world.people["hx-mzj-contributor"]
    answer = send(
        client, f"{HOME}{identity}/edit", {"responsible_section": "救助科", "responsible_user_id": str(writer)}
    )
    assert answer.status_code == 302
    assert column(world, identity).responsible_user_id == writer
    assert "救助科，hx-mzj-contributor" in row_of(text_of(client.get(HOME)), "公示公告")
    for wrong in (str(world.people["qs-mzj-contributor"]), "abc", "0", "9" * 30):
        answer = send(client, f"{HOME}{identity}/edit", {"responsible_user_id": wrong})
        assert answer.status_code == 400
        assert "责任人不是本单位在岗人员" in text_of(answer)
    assert column(world, identity).responsible_user_id == writer
    send(client, f"{HOME}{identity}/edit", {"responsible_section": "救助科"})
    assert column(world, identity).responsible_user_id is None
