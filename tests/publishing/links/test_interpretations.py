"""Documents and interpretations: arranged before submission, published together, linked both ways, told when late."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.core.calendar.workdays import national_calendar
from gongkai.portal.feeds import ATOM
from gongkai.publishing.chain import decide, publish, send_back, submit
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.links.follow import announce_overdue
from gongkai.publishing.links.models import InterpretationPlan
from gongkai.publishing.links.plans import due_day
from gongkai.publishing.tasks import publish_due
from gongkai.supervision.models import Notice
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.links.partners import UNIT, approve, document, interpretation, item_of, join, pair, remove, send
from tests.publishing.pages import version_of

WRITER, APPROVER = f"{UNIT}-contributor", f"{UNIT}-approver"
MISSING = "没有关联解读，也没有解读计划或者不需要解读的理由"


def test_a_normative_document_is_not_submitted_without_an_arrangement(world: World, sign_in: SignIn) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    page = writer.get(f"/work/items/{item_id}/submit")
    assert "还差1项才能送审" in page
    assert MISSING in page
    assert 'href="/work/items/' in page
    writer.post(f"/work/items/{item_id}/submit", status=400)
    assert item_of(world, item_id).state == "draft"
    assert 'id="field-interpretation"' in writer.get(f"/work/items/{item_id}/edit")


@pytest.mark.parametrize(
    "plan",
    [
        {"plan_date": "2026-03-25", "plan_form": "图解", "plan_person": "张三"},
        {"plan_reason": "仅转发上级文件，没有新的规定。"},
    ],
)
def test_a_plan_or_a_reason_lets_it_go(world: World, sign_in: SignIn, plan: dict[str, str]) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, **plan))
    assert "填写完整，可以送审" in writer.page
    for name, written in plan.items():
        assert writer.edit(item_id)[name] == written
    writer.post(f"/work/items/{item_id}/submit")
    assert item_of(world, item_id).state == "in_review"
    shown = "".join(sign_in(f"{UNIT}-confidentiality_reviewer").get(f"/work/items/{item_id}").split())
    assert (plan.get("plan_person") or plan["plan_reason"].rstrip("。")) in shown


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        ({"plan_date": "2026-03-25", "plan_form": "图解"}, "解读计划不完整"),
        ({"plan_date": "2026-03-20", "plan_form": "图解", "plan_person": "张三"}, "已过"),
        ({"plan_date": "2026-05-30", "plan_form": "图解", "plan_person": "张三"}, "晚于2026年4月23日"),
        ({"plan_date": "2026-03-25", "plan_form": "图解", "plan_person": "张三", "plan_reason": "不需要"}, "同时填写"),
    ],
)
def test_an_impossible_plan_is_told(world: World, sign_in: SignIn, plan: dict[str, str], problem: str) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, **plan))
    assert problem in writer.get(f"/work/items/{item_id}/submit")
    writer.post(f"/work/items/{item_id}/submit", status=400)


def test_an_unreadable_day_is_refused_and_nothing_is_lost(world: World, sign_in: SignIn) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    page = writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, plan_date="下周", summary="新的概述。"), 400)
    assert "计划解读日期格式有误" in page
    assert "新的概述。" in page
    assert item_of(world, item_id).summary != "新的概述。"


def test_another_document_asks_for_a_reason_and_a_notice_for_nothing(world: World, sign_in: SignIn) -> None:
    writer = sign_in(WRITER)
    other = draft(world, column="qtwj", title="关于开展社会救助工作的通知")
    assert "有1项提示须说明理由" in writer.get(f"/work/items/{other}/submit")
    writer.post(f"/work/items/{other}/submit", {"reason-interpretation": "内部工作安排，不涉及公众。"})
    assert item_of(world, other).state == "in_review"
    assert "填写完整，可以送审" in writer.get(f"/work/items/{draft(world)}/submit")


def test_writing_one_from_the_editor_keeps_what_was_written(world: World, sign_in: SignIn) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    writer.post(f"/work/items/{item_id}/links/new", writer.edit(item_id, summary="改过的概述。"))
    made = int(writer.location.split("/")[3])
    assert made != item_id
    found = item_of(world, made)
    assert (found.title, found.genre_class, found.state) == ("《和溪县临时救助实施办法》解读", "解读", "draft")
    assert item_of(world, item_id).summary == "改过的概述。"
    assert "和溪县临时救助实施办法" in writer.page
    writer.post(f"/work/items/{item_id}/submit")
    assert item_of(world, item_id).state == "in_review"


def test_links_are_made_and_undone_from_either_side(world: World, sign_in: SignIn) -> None:
    writer, first, second = sign_in(WRITER), document(world), interpretation(world)
    page = writer.get(f"/work/items/{first}/edit")
    assert f'<option value="{second}">' in page
    writer.post(f"/work/items/{first}/links/add", writer.edit(first, link=str(second)))
    assert "已建立关联" in writer.page
    assert f'href="/work/items/{first}"' in writer.get(f"/work/items/{second}/edit")
    writer.post(f"/work/items/{second}/links/remove", writer.edit(second, other=str(first)))
    assert "没有关联" in writer.get(f"/work/items/{first}")
    writer.post(f"/work/items/{second}/links/add", writer.edit(second, link_reference="和民规〔2026〕1号"))
    assert f'href="/work/items/{second}"' in writer.get(f"/work/items/{first}/edit")


def test_only_a_document_and_an_interpretation_of_the_unit_are_linked(world: World, sign_in: SignIn) -> None:
    writer, first = sign_in(WRITER), document(world)
    values = writer.edit(first, link=str(draft(world)))
    assert "只能在文件和政策解读之间建立关联" in writer.post(f"/work/items/{first}/links/add", values, 400)
    foreign = interpretation(world, unit="qs-mzj")
    writer.post(f"/work/items/{first}/links/add", writer.edit(first, link=str(foreign)), 404)
    values = writer.edit(first, link_reference="没有这样的标题")
    assert "本单位没有这条信息" in writer.post(f"/work/items/{first}/links/add", values, 400)
    assert "没有选择要关联的信息" in writer.post(f"/work/items/{first}/links/add", writer.edit(first), 400)


def test_while_the_document_is_decided_on_its_link_stays(world: World, sign_in: SignIn) -> None:
    first, second = pair(world)
    send(world, first)
    writer = sign_in(WRITER)
    page = writer.post(f"/work/items/{second}/links/remove", writer.edit(second, other=str(first)), 409)
    assert "正在审批，不能取消关联" in page


def test_both_are_published_at_one_instant_with_their_own_numbers(
    world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    first, second = pair(world)
    send(world, first, second)
    approver = sign_in(APPROVER)
    assert "解读批准后不单独发布，随文件一并发布" in approver.get(f"/work/items/{second}")
    assert "批准，随文件发布" in approver.page
    approver.post(f"/work/items/{second}/approve", {"version": version_of(approver.page), "decision": "agree"})
    assert "解读随文件一并发布" in approver.page
    assert item_of(world, second).state == "approved"
    assert Seen(client, f"/items/{second}").status == 404
    page = approver.get(f"/work/items/{second}")
    assert "随文件一并发布，不单独发布" in page
    assert "立即发布" not in page
    assert "尚未发布，解读随文件一并发布" in approver.post(f"/work/items/{second}/publish", status=409)

    assert "已批准，文件发布时一并发布" in approver.get(f"/work/items/{first}")
    approver.post(f"/work/items/{first}/approve", {"version": version_of(approver.page), "decision": "agree"})
    assert "《和溪县临时救助实施办法》解读》一并发布" in approver.page
    one, two = item_of(world, first), item_of(world, second)
    assert (one.state, two.state) == ("published", "published")
    assert one.published_at == two.published_at
    assert one.index_number != two.index_number
    assert "随文件《和溪县临时救助实施办法》一并发布。" in approver.get(f"/work/items/{second}")
    for here, there, heading in ((first, second, "相关解读"), (second, first, "解读文件")):
        seen = Seen(client, f"/items/{here}")
        assert heading in seen.text
        assert f"/items/{there}" in seen.links
    feed = ET.fromstring(Seen(client, f"/units/{UNIT}/feed.atom").html)
    related = {
        (entry.findtext(f"{{{ATOM}}}id"), link.get("href"))
        for entry in feed.iter(f"{{{ATOM}}}entry")
        for link in entry.iter(f"{{{ATOM}}}link")
        if link.get("rel") == "related"
    }
    base = "http://localhost/items/"
    assert related == {(f"{base}{first}", f"{base}{second}"), (f"{base}{second}", f"{base}{first}")}
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(InterpretationPlan.id)) is None


def test_the_clock_publishes_both(world: World, clock: AdjustableClock) -> None:
    first, second = pair(world)
    send(world, first, second)
    approve(world, second)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, APPROVER)
        decide(uow, actor=actor, item_id=first, publish_at=uow.now + timedelta(hours=1))
    assert item_of(world, second).state == "approved"
    clock.advance(hours=2)
    publish_due(world.services)
    assert item_of(world, first).published_at == item_of(world, second).published_at is not None


@pytest.mark.parametrize("document_first", [True, False])
def test_many_at_once_publish_both_at_one_instant(world: World, sign_in: SignIn, document_first: bool) -> None:
    makers = (document, interpretation) if document_first else (interpretation, document)
    both = [make(world) for make in makers]
    join(world, *both)
    send(world, *both)
    ticks = [f"{one}.{item_of(world, one).lock_version}" for one in both]
    sign_in(APPROVER).post("/work/approval/", {"item": ticks})
    first, second = (item_of(world, one) for one in both)
    assert first.published_at == second.published_at is not None


def test_an_interpretation_of_two_documents_waits_for_both(world: World) -> None:
    first, second = pair(world)
    other = document(world, title="另一份办法", document_number="和民规〔2026〕2号")
    join(world, other, second)
    send(world, first, second, other)
    approve(world, second)
    approve(world, first)
    assert item_of(world, second).state == "approved"
    approve(world, other)
    assert item_of(world, second).published_at == item_of(world, other).published_at is not None


def test_a_document_that_goes_first_is_said_so_and_its_interpretation_gets_a_day(
    world: World, sign_in: SignIn, clock: AdjustableClock, client: FlaskClient
) -> None:
    first, second = pair(world)
    send(world, first)
    approver, writer = sign_in(APPROVER), sign_in(WRITER)
    page = approver.get(f"/work/items/{first}")
    assert "现为“草稿”。现在批准的，文件先行发布，解读最迟2026年3月26日" in page
    approver.post(f"/work/items/{first}/approve", {"version": version_of(page), "decision": "agree"})
    work_off(world.services)
    assert "1条文件解读待发布" in writer.get("/work/")
    assert "有1份文件的解读待发布" in writer.get("/work/links/")
    assert "还有3个工作日" in writer.page
    assert "没有等您办理" in approver.get("/work/")
    assert "相关解读" not in Seen(client, f"/items/{first}").text

    announce_overdue(world.services)
    assert _notices(world) == []
    clock.advance(days=4)
    for _ in range(2):
        announce_overdue(world.services)
        work_off(world.services)
    assert _notices(world) == ["政策解读逾期未发布"]
    writer = sign_in(WRITER)
    assert "已逾期1个工作日" in writer.get("/work/links/")
    send(world, second)
    approve(world, second)
    assert item_of(world, second).state == "published"
    assert "没有待发布的解读" in writer.get("/work/links/")


def _notices(world: World) -> list[str]:
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject).where(Notice.tenant_id == world.units[UNIT], Notice.kind != "mail")
        return list(uow.session.scalars(query))


def test_a_plan_gets_its_own_day(world: World, sign_in: SignIn) -> None:
    writer, item_id = sign_in(WRITER), document(world)
    plan = {"plan_date": "2026-03-24", "plan_form": "图解", "plan_person": "张三"}
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, **plan))
    send(world, item_id)
    approve(world, item_id)
    assert "2026年3月24日" in writer.get("/work/links/")
    assert "计划2026年3月24日，图解，责任人张三" in writer.page
    assert "撰写解读" in writer.page
    writer.post(f"/work/items/{item_id}/links/new")
    assert "《和溪县临时救助实施办法》解读" in writer.page
    assert "继续撰写" in writer.get("/work/links/")


def test_a_returned_document_and_a_revision_keep_their_links(world: World, sign_in: SignIn) -> None:
    first, second = pair(world)
    send(world, first, second)
    with world.services.database.transaction() as uow:
        send_back(uow, actor=world.actor(uow, APPROVER), item_id=first, opinion="改一改")
        submit(uow, actor=world.actor(uow, WRITER), item_id=first)
        decide(uow, actor=world.actor(uow, f"{UNIT}-confidentiality_reviewer"), item_id=first)
    approve(world, second)
    approve(world, first)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, WRITER)
        revision = start_revision(uow, actor=actor, item_id=first, change_kind="erratum", reason="错别字")
    page = sign_in(WRITER).get(f"/work/items/{revision.id}/edit")
    assert f'href="/work/items/{second}"' in page
    assert "填写完整，可以送审" in page


def test_an_approved_one_that_is_cut_loose_is_published_alone(world: World, sign_in: SignIn) -> None:
    first, second = pair(world)
    send(world, second)
    approve(world, second)
    writer = sign_in(WRITER)
    writer.post(f"/work/items/{first}/links/remove", writer.edit(first, other=str(second)))
    with world.services.database.transaction() as uow:
        publish(uow, actor=world.actor(uow, APPROVER), item_id=second)
    assert item_of(world, second).state == "published"


def test_a_takedown_hides_the_link_on_the_other_page_only(world: World, client: FlaskClient) -> None:
    first, second = pair(world)
    send(world, first, second)
    approve(world, second)
    approve(world, first)
    remove(world, second)
    seen = Seen(client, f"/items/{first}")
    assert seen.status == 200
    assert "相关解读" not in seen.text
    assert f"/items/{second}" not in seen.links


def test_a_published_pair_is_linked_later_from_the_page(world: World, sign_in: SignIn, client: FlaskClient) -> None:
    second = published(world, column="zcjd", title="一图读懂临时救助")
    first = published(world, column="qtwj", title="关于临时救助的通知")
    writer = sign_in(WRITER)
    writer.get(f"/work/items/{first}")
    writer.post(f"/work/items/{first}/links/add", {"link": str(second)})
    assert f"/items/{second}" in Seen(client, f"/items/{first}").links
    assert "相关解读" not in Seen(client, f"/items/{second}").text
    writer.post(f"/work/items/{first}/links/remove", {"other": str(second)})
    assert f"/items/{second}" not in Seen(client, f"/items/{first}").links


DAYS = st.integers(0, 300).map(lambda days: date(2026, 1, 1) + timedelta(days=days))


@given(published=DAYS, planned=st.none() | DAYS)
def test_the_day_lies_between_publication_and_the_third_working_day(published: date, planned: date | None) -> None:
    calendar = national_calendar()
    due = due_day(calendar, published=published, planned=planned)
    assert published <= due
    assert calendar.working_days_between(published, due) <= 3
    if planned is not None and published <= planned <= due:
        assert due == planned
