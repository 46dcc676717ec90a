"""The disclosure guide: written, looked at, published in versions that never change."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from gongkai.catalog.guide import PublishedGuide, current_guide, get_guide, publish_guide
from gongkai.catalog.guide_content import CHANNELS, FACTS, NOTES, PLACES, GuideContent, form_fields, read_content
from gongkai.catalog.models import DisclosureGuide
from gongkai.core.errors import Conflict, Invalid, NotFound
from gongkai.core.models import AuditEvent
from tests.accounts.browsing import send, text_of
from tests.conftest import AdjustableClock
from tests.factories.world import World

ADMIN = "hx-mzj-unit_admin"
EDIT = "/work/guide/edit"
FORM = {
    "office_name": "和溪县民政局办公室",
    "address": "和溪县解放路12号",
    "postcode": "667400",
    "hours": "周一至周五 8:30—12:00，14:30—18:00\r\n（法定节假日除外）",
    "phone": "0878-6012345",
    "fax": "无",
    "email": "hxmzj@example.gov.cn",
    "online_url": "https://www.example.gov.cn/ysqgk",
    "classification_note": "分为主动公开和依申请公开两类。",
    "arrangement_note": "按栏目编排。",
    "access_note": "在本平台查询。\r\n也可到查阅场所查阅。",
    "place_name_0": "县图书馆",
    "place_address_0": "文化路1号",
    "place_hours_0": "周二至周日 9:00—17:00",
    "channel_mail": "信封左下角注明“政府信息公开申请”。",
    "channel_in_person": "到办公室当面提交。",
    "effective_date": "2026-03-23",
    "based_on": "0",
}


def publish(client: FlaskClient, **changes: str) -> Any:
    return send(client, EDIT, {**FORM, **changes, "step": "publish"})


def guide_of(world: World, unit: str = "hx-mzj") -> PublishedGuide | None:
    with world.services.database.unit_of_work() as uow:
        return current_guide(uow, tenant_id=world.units[unit])


def test_a_first_guide_is_drafted_looked_at_and_published(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    page = text_of(client.get(EDIT))
    assert "自收到申请之日起20个工作日内答复" in page
    answer = send(client, EDIT, {**FORM, "step": "preview"})
    page = text_of(answer)
    assert (answer.status_code, "核对公开指南第1版" in page, "周二至周日" in page) == (200, True, True)
    assert guide_of(world) is None
    assert publish(client).status_code == 302
    made = guide_of(world)
    assert made is not None
    assert (made.version, made.effective_date, made.content.hours) == (
        1,
        date(2026, 3, 23),
        ("周一至周五 8:30—12:00，14:30—18:00", "（法定节假日除外）"),
    )
    assert [channel.kind for channel in made.content.request_channels] == ["mail", "in_person"]
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, ADMIN)
        event = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "guide.publish")).one()
        assert (event.user_id, event.detail["version"]) == (world.people[ADMIN], 1)


def test_going_back_from_the_preview_keeps_every_field(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    page = text_of(send(client, EDIT, {**FORM, "step": "edit"}))
    for value in FORM.values():
        assert value.split("\r\n", maxsplit=1)[0] in page


def test_a_later_version_replaces_the_earlier_on_its_day_and_both_stay_readable(
    world: World, client: FlaskClient, clock: AdjustableClock
) -> None:
    world.sign_in(client, ADMIN)
    publish(client)
    page = text_of(client.get(EDIT))
    assert 'name="based_on" value="1"' in page
    assert "县图书馆" in page
    answer = publish(client, phone="0878-6099999", effective_date="2026-04-01", based_on="1")
    assert answer.status_code == 302
    page = text_of(client.get("/work/guide/"))
    assert ("第2版将于2026年4月1日生效" in page, "0878-6012345" in page, "待生效" in page) == (True, True, True)
    clock.advance(days=9)
    found = guide_of(world)
    assert found is not None
    assert (found.version, found.content.phone) == (2, "0878-6099999")
    world.sign_in(client.application.test_client(), ADMIN)
    first = text_of(world.sign_in(client.application.test_client(), ADMIN).get("/work/guide/versions/1"))
    assert "0878-6012345" in first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"office_name": ""}, "office_name"),
        ({"address": " \u3000"}, "address"),
        ({"hours": "\r\n"}, "hours"),
        ({"hours": "\n".join("一二三四五六七")}, "hours"),
        ({"phone": ""}, "phone"),
        ({"phone": "打给张三"}, "phone"),
        ({"fax": ""}, "fax"),
        ({"email": "", "online_url": ""}, "online_url"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"email": "不是邮箱"}, "email"),
        ({"postcode": "12345"}, "postcode"),
        ({"classification_note": ""}, "classification_note"),
        ({"arrangement_note": ""}, "arrangement_note"),
        ({"access_note": "长" * 3001}, "access_note"),
        ({"channel_mail": "", "channel_in_person": ""}, "channel_online"),
        ({"place_name_0": ""}, "place_name_0"),
        ({"effective_date": ""}, "effective_date"),
        ({"effective_date": "2028-01-01"}, "effective_date"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "publish"])
def test_what_article_12_demands_is_demanded_field_by_field(
    world: World, client: FlaskClient, changes: dict[str, str], field: str, step: str
) -> None:
    world.sign_in(client, ADMIN)
    answer = send(client, EDIT, {**FORM, **changes, "step": step})
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page) == (400, True)
    assert "文化路1号" in page
    assert guide_of(world) is None


def test_a_utility_needs_no_request_channel(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-gs-unit_admin")
    page = text_of(client.get(EDIT))
    assert ("第五十五条" in page, "依申请公开" in page) == (True, False)
    answer = publish(client, channel_mail="", channel_in_person="")
    assert answer.status_code == 302
    assert guide_of(world, "hx-gs") is not None


def test_sending_twice_publishes_once_and_a_stale_form_overwrites_nothing(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    publish(client)
    answer = publish(client)
    assert (answer.status_code, "没有发布新版" in text_of(answer)) == (400, True)
    answer = publish(client, phone="0878-1")
    assert (answer.status_code, "他人已发布公开指南第1版" in text_of(answer)) == (409, True)


def test_a_version_does_not_come_into_force_before_the_one_it_replaces(world: World, client: FlaskClient) -> None:
    world.sign_in(client, ADMIN)
    publish(client)
    answer = publish(client, phone="0878-12345", effective_date="2026-03-22", based_on="1")
    assert (answer.status_code, "不能早于上一版" in text_of(answer)) == (400, True)


def test_the_application_cannot_change_a_published_version(world: World) -> None:
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, ADMIN)
        content = read_content(FORM)
        publish_guide(
            uow,
            tenant_id=actor.tenant_id,
            content=content,
            effective_date=date(2026, 3, 23),
            published_by=actor.user_id,
        )
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, ADMIN)
        with pytest.raises(ProgrammingError, match="permission denied"):
            uow.session.execute(update(DisclosureGuide).values(version=9))


def test_a_stranger_cannot_publish_for_another_unit(world: World) -> None:
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, ADMIN)
        for tenant_id in (world.units["qs-mzj"], 10**9):
            with pytest.raises((NotFound, ProgrammingError)):
                publish_guide(
                    uow,
                    tenant_id=tenant_id,
                    content=read_content(FORM),
                    effective_date=date(2026, 3, 23),
                    published_by=actor.user_id,
                )
            uow.session.rollback()


def test_versions_of_others_are_not_shown_in_the_workspace(world: World, client: FlaskClient) -> None:
    publish(world.sign_in(client, ADMIN))
    other = world.sign_in(client.application.test_client(), "qs-mzj-unit_admin")
    for version in (1, 0, 10**10, 10**30):
        assert other.get(f"/work/guide/versions/{version}").status_code == 404
    with world.services.database.unit_of_work() as uow, pytest.raises(NotFound):
        get_guide(uow, tenant_id=world.units["qs-mzj"], version=1)
    assert client.application.test_client().get("/work/guide/").status_code == 302


def test_the_service_checks_what_the_form_checks(world: World) -> None:
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, ADMIN)
        with pytest.raises(Invalid) as refusal:
            publish_guide(
                uow,
                tenant_id=actor.tenant_id,
                content=GuideContent(),
                effective_date=date(2026, 3, 23),
                published_by=None,
            )
        assert set(refusal.value.by_field()) >= {"office_name", "address", "hours", "phone", "fax", "online_url"}
        with pytest.raises(Conflict):
            publish_guide(
                uow,
                tenant_id=actor.tenant_id,
                content=read_content(FORM),
                effective_date=date(2026, 3, 23),
                published_by=None,
                based_on=3,
            )


_NAMES = [
    *FACTS,
    *NOTES,
    "hours",
    *(f"place_{key}_{number}" for key in ("name", "address", "hours") for number in range(PLACES)),
    *(f"channel_{kind}" for kind in CHANNELS),
]


@given(st.dictionaries(st.sampled_from(_NAMES), st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)))
def test_the_form_shows_again_what_was_read_from_it(sent: dict[str, str]) -> None:
    content = read_content(sent)
    assert read_content(form_fields(content)) == content
    assert GuideContent.model_validate(content.model_dump(mode="json")) == content
    assert "\x00" not in str(content)
