"""The term of a document: its last day, the notice six months before, and what the public reads after it."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.publishing.lifecycle.tasks import TERM_ENDS, tell_terms
from gongkai.publishing.lifecycle.terms import is_term, soon_until, term_end, told_from
from gongkai.supervision.models import Notice
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.lifecycle.deeds import UNIT, events, stored

START = date(2026, 3, 16)


def notices(world: World, unit: str = UNIT) -> list[tuple[str, str]]:
    """(body, link) of a unit's notices of ends of terms."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.body, Notice.link).where(
            Notice.kind == "term_ends", Notice.tenant_id == world.units[unit]
        )
        return [(row.body, row.link) for row in uow.session.execute(query.order_by(Notice.id))]


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("", None), ("长期", None), ("长期有效", None), ("5年", date(2031, 3, 15)), ("五年", date(2031, 3, 15)),
        ("有效期5年", date(2031, 3, 15)), ("两年", date(2028, 3, 15)), ("十年", date(2036, 3, 15)),
        ("二十年", date(2046, 3, 15)), ("18个月", date(2027, 9, 15)), ("2031-03-31", date(2031, 3, 31)),
        ("至2031年3月31日", date(2031, 3, 31)), ("有效期至2031年3月31日止", date(2031, 3, 31)),
    ],
)  # fmt: skip
def test_terms_as_offices_write_them(written: str, last: date | None) -> None:
    assert is_term(written)
    assert term_end(written, start=START) == last


@pytest.mark.parametrize("written", ["若干年", "年", "0年", "2031-02-30", "5", "自发布之日起", "99999年", "〇年"])
def test_other_words_are_no_term(written: str) -> None:
    assert not is_term(written)
    assert term_end(written, start=START) is None


def test_without_a_matching_day_a_term_ends_with_its_month_and_without_a_start_it_has_no_end() -> None:
    assert term_end("1年", start=date(2024, 2, 29)) == date(2025, 2, 28)
    assert term_end("4年", start=date(2024, 2, 29)) == date(2028, 2, 28)
    assert term_end("5年", start=None) is None


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_who_is_told_today_are_those_whose_day_has_come(today: date) -> None:
    last = soon_until(today)
    assert told_from(last) <= today < told_from(last + timedelta(days=1))


def test_the_editor_s_term_gives_the_last_day_from_the_day_of_effect(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, validity_period="5年"))
    assert stored(world, item_id).valid_until == date(2031, 3, 15)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, effective_date="2026-05-01"))
    assert stored(world, item_id).valid_until == date(2031, 4, 30)
    assert "2031-04-30" in writer.get(f"/work/items/{item_id}")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, validity_period="长期"))
    assert stored(world, item_id).valid_until is None


def test_the_unit_is_told_six_months_before_once_and_its_desk_shows_it(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = published(world, optional={"validity_period": "1年"})
    published(world, title="长期的", body_html="<p>另一条。</p>", optional={"validity_period": "长期"})
    clock.advance(days=175)
    tell_terms(world.services)
    assert events(world, TERM_ENDS) == []
    assert "有效期" not in sign_in(f"{UNIT}-contributor").get("/work/")
    clock.advance(days=1)
    for _ in range(2):
        tell_terms(world.services)
        work_off(world.services)
    words = "《关于做好春季防火工作的通知》有效期将于2027年3月15日届满，请评估后决定继续有效、修改或废止"
    assert notices(world) == [(f"{words}。", f"/work/items/{item_id}")]
    assert notices(world, "qs-mzj") == []
    for role in ("contributor", "approver"):
        page = sign_in(f"{UNIT}-{role}").get("/work/")
        assert words in page
        assert "今天有1件事要办：1条到期评估提醒" in page
    assert words not in sign_in(f"{UNIT}-confidentiality_reviewer").get("/work/")


def test_after_the_end_the_page_leaves_it_to_the_agency_until_that_decides(
    world: World, client: FlaskClient, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = published(world, optional={"validity_period": "1年"})
    clock.advance(days=357)
    page = Seen(client, f"/items/{item_id}")
    assert page.value("有效期") == "1年（至2027年3月15日）"
    assert "届满" not in page.text
    clock.advance(days=1)
    page = Seen(client, f"/items/{item_id}")
    assert "本文件有效期已于2027年3月15日届满" in page.text
    assert "请以制定机关公告为准" in page.text
    assert page.value("有效性") == "有效"
    approver = sign_in(f"{UNIT}-approver")
    assert "有效期已于2027年3月15日届满" in approver.get("/work/")
    form = {"validity": "in_force", "reason": "经评估继续有效"}
    assert "未填写新的有效期" in approver.post(f"/work/items/{item_id}/validity", form, 400)
    approver.post(f"/work/items/{item_id}/validity", form | {"term": "2030-12-31"})
    page = Seen(client, f"/items/{item_id}")
    assert "届满" not in page.text
    assert page.value("有效期") == "至2030年12月31日"
    assert "标注为继续有效" in page.text
    assert "有效期" not in approver.get("/work/")


def test_what_was_repealed_is_not_said_to_have_ended(
    world: World, client: FlaskClient, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = published(world, optional={"validity_period": "1年"})
    clock.advance(days=300)
    approver = sign_in(f"{UNIT}-approver")
    form = {"validity": "repealed", "reason": "依据", "made_on": "2027-01-10"}
    approver.post(f"/work/items/{item_id}/validity", form)
    tell_terms(world.services)
    assert events(world, TERM_ENDS) == []
    clock.advance(days=100)
    page = Seen(client, f"/items/{item_id}")
    assert "届满" not in page.text
    assert page.value("废止日期") == "2027-01-10"
