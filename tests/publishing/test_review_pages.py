"""Review, approval and publication at the workspace: three people, the queues, bulk, schedule, takedown."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.accounts.models import Membership
from gongkai.accounts.permissions import Role
from gongkai.publishing.chain import recall, send_back, submit
from gongkai.publishing.drafts import save_draft
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.tasks import publish_due
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, submitted
from tests.factories.world import World, add_person
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person, version_of


def state_of(world: World, item_id: int) -> str:
    """The item's state as its unit sees it."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-approver")
        return uow.session.execute(select(Item.state).where(Item.id == item_id)).scalar_one()


def decide(person: Person, item_id: int, kind: str, status: int = 200, **fields: str) -> str:
    """Open an item and send the decision form."""
    page = person.get(f"/work/items/{item_id}")
    return person.post(f"/work/items/{item_id}/{kind}", {"version": version_of(page), **fields}, status)


def test_an_item_goes_through_three_people_and_comes_back_once(world: World, sign_in: SignIn) -> None:
    writer, reviewer, approver = (
        sign_in(f"hx-mzj-{role}") for role in ("contributor", "confidentiality_reviewer", "approver")
    )
    item_id = draft(world)
    writer.post(f"/work/items/{item_id}/submit")
    assert "今天有1件事要办：1条待您保密审查。" in reviewer.get("/work/")
    page = reviewer.get("/work/review/")
    assert "1条信息待您保密审查" in page
    assert f"/work/items/{item_id}" in page

    page = decide(reviewer, item_id, "review", decision="return", opinion="联系电话请改为办公电话。")
    assert "已退回修改" in page
    page = writer.get("/work/")
    assert "1条被退回修改" in page
    assert "hx-mzj-confidentiality_reviewer退回：联系电话请改为办公电话。" in page
    assert "联系电话请改为办公电话。" in writer.get(f"/work/items/{item_id}/edit")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, body_html="<p>电话：办公室。</p>"))
    writer.post(f"/work/items/{item_id}/submit")

    page = decide(reviewer, item_id, "review", decision="agree")
    assert "保密审查已通过，已送终审，办理人：hx-mzj-approver" in page
    page = approver.get(f"/work/items/{item_id}")
    for words in ("经保密审查，同意公开。", "联系电话请改为办公电话。", "电话：办公室。", "检查未发现问题"):
        assert words in page
    page = decide(approver, item_id, "approve", decision="agree", opinion="同意发布。")
    assert re.search(r"已发布，索引号\S+2026-00001", page)
    assert state_of(world, item_id) == "published"
    page = writer.get(f"/work/items/{item_id}")
    assert "同意发布。" in page
    assert "第1版" in page
    assert "本月已发布" in writer.get("/work/")
    assert "待您" not in approver.get("/work/")


def test_a_return_without_opinion_is_refused_beside_the_field(world: World, sign_in: SignIn) -> None:
    item_id = submitted(world)
    page = decide(sign_in("hx-mzj-confidentiality_reviewer"), item_id, "review", 400, decision="return", opinion=" ")
    assert "未填写退回意见" in page
    assert 'href="#field-opinion"' in page
    assert state_of(world, item_id) == "in_review"


def test_after_a_decision_the_next_one_opens(world: World, sign_in: SignIn) -> None:
    first = submitted(world, title="第一条")
    second = submitted(world, title="第二条")
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    assert f'href="/work/items/{second}"' in reviewer.get(f"/work/items/{first}")
    decide(reviewer, first, "review", decision="agree")
    assert reviewer.location == f"/work/items/{second}"
    decide(reviewer, second, "review", decision="agree")
    assert reviewer.location == "/work/review/"
    assert "没有待您保密审查的信息" in reviewer.page


def test_a_decision_is_about_what_was_read(world: World, sign_in: SignIn) -> None:
    item_id = submitted(world)
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    version = version_of(reviewer.get(f"/work/items/{item_id}"))
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        recall(uow, actor=actor, item_id=item_id)
        save_draft(uow, actor=actor, item_id=item_id, form=item_form(world, uow, "hx-mzj", "gsgg", summary="换过了。"))
        submit(uow, actor=actor, item_id=item_id)
    page = reviewer.post(f"/work/items/{item_id}/review", {"version": version, "decision": "agree"}, 409)
    assert "在您打开页面之后又有变动" in page
    assert "换过了。" in page
    page = reviewer.post("/work/review/", {"item": f"{item_id}.{version}"})
    assert "在您打开页面之后又有变动" in page
    assert state_of(world, item_id) == "in_review"


def test_who_wrote_sees_no_buttons_and_is_refused(app: Flask, world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "both", "hx-mzj", Role.REVIEWER)
        uow.session.add(_second_post(world, "both"))
    person = Person(app, world, "both")
    item_id = draft(world, title="自己写的信息")
    person.post(f"/work/items/{item_id}/edit", person.edit(item_id, summary="我也改过。"))
    person.post(f"/work/items/{item_id}/submit")
    page = person.get(f"/work/items/{item_id}")
    assert "您参与了这条信息的编写" in page
    assert "审核通过" not in page
    version = "0"
    page = person.get("/work/review/")
    assert "您参与了编写，请由其他同志办理" in page
    assert f'name="item" value="{item_id}.' not in page
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "both")
        version = str(uow.session.execute(select(Item.lock_version).where(Item.id == item_id)).scalar_one())
    page = person.post(f"/work/items/{item_id}/review", {"version": version, "decision": "agree"}, 403)
    assert "您参与了这条信息的编写" in page
    assert state_of(world, item_id) == "in_review"


def _second_post(world: World, login: str) -> Membership:
    return Membership(
        tenant_id=world.units["hx-mzj"], user_id=world.people[login], role="contributor", section="办公室",
        active=True, started_date=date(2020, 1, 1),
    )  # fmt: skip


def test_a_reviewer_cannot_return_what_waits_for_approval(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    assert "退回修改" not in reviewer.get(f"/work/items/{item_id}")
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-approver")
        version = uow.session.execute(select(Item.lock_version).where(Item.id == item_id)).scalar_one()
    fields = {"version": str(version), "decision": "return", "opinion": "再看看"}
    reviewer.post(f"/work/items/{item_id}/review", fields, 409)
    reviewer.post(f"/work/items/{item_id}/approve", fields, 403)
    assert state_of(world, item_id) == "in_approval"


def test_forty_items_are_approved_at_once_and_the_refused_one_says_why(world: World, sign_in: SignIn) -> None:
    ids = [reviewed(world, title=f"第{number}号公告", body_html=f"<p>第{number}号。</p>") for number in range(41)]
    approver = sign_in("hx-mzj-approver")
    page = approver.get("/work/approval/?all=1")
    ticked = re.findall(r'name="item" value="([\d.]+)"[^>]* checked', page)
    assert len(ticked) == 41
    with world.services.database.transaction() as uow:
        recalled = world.actor(uow, "hx-mzj-approver")
        send_back(uow, actor=recalled, item_id=ids[0], opinion="先退回")
    page = approver.post("/work/approval/", {"item": ticked, "opinion": "同意。"})
    assert "已批准40条，1条未能办理，原因见下" in page
    assert "第0号公告" in page
    assert "又有变动" in page
    assert {state_of(world, item_id) for item_id in ids[1:]} == {"published"}
    assert state_of(world, ids[0]) == "draft"


def test_bulk_without_ticks_or_with_nonsense_says_so(world: World, sign_in: SignIn) -> None:
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    assert "未勾选任何信息" in reviewer.post("/work/review/")
    for item in ("abc", "1", "1.2.3", "-1.1", "９.１", "99999999999999999999999.1"):
        assert "未勾选任何信息" in reviewer.post("/work/review/", {"item": item})
    assert "未能办理" in reviewer.post("/work/review/", {"item": f"{submitted(world, 'qs-mzj')}.1"})


def test_publication_at_a_set_time_is_set_changed_and_happens(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = reviewed(world)
    approver = sign_in("hx-mzj-approver")
    page = decide(approver, item_id, "approve", 400, decision="agree", when="at", publish_at="")
    assert "定时发布时间未填写或格式有误" in page
    page = decide(approver, item_id, "approve", 400, decision="agree", when="at", publish_at="2026-03-23T09:29")
    assert "定时发布时间已过" in page
    assert 'value="2026-03-23T09:29"' in page
    page = decide(approver, item_id, "approve", decision="agree", when="at", publish_at="2026-03-24T09:00")
    assert "将于2026年3月24日 09:00自动发布" in page
    assert "定时发布" in approver.get("/work/")
    page = approver.post(f"/work/items/{item_id}/unschedule")
    assert "定时发布已取消" in page
    approver.post(f"/work/items/{item_id}/schedule", {"publish_at": "2026-03-23T08:00"}, 400)
    page = approver.post(f"/work/items/{item_id}/schedule", {"publish_at": "2026-03-25T10:30"})
    assert "2026年3月25日 10:30" in page
    clock.advance(days=2, hours=1)
    publish_due(world.services)
    assert state_of(world, item_id) == "published"
    assert "定时发布" in sign_in("hx-mzj-contributor").get(f"/work/items/{item_id}")


def test_what_is_not_for_the_public_ends_at_approval(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world, disclosure_mode="on_request", withheld_reason="涉及第三方商业秘密，依据条例第十五条")
    page = decide(sign_in("hx-mzj-approver"), item_id, "approve", decision="agree")
    assert "已按“依申请公开”办结，不在网站发布" in page
    assert state_of(world, item_id) == "on_request"


def test_taking_down_wants_a_reason_and_the_approver(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    sign_in("hx-mzj-contributor").get(f"/work/items/{item_id}/takedown", 403)
    approver = sign_in("hx-mzj-approver")
    assert "索引号" in approver.get(f"/work/items/{item_id}/takedown")
    page = approver.post(f"/work/items/{item_id}/takedown", {"reason": " "}, 400)
    assert "未填写撤下原因" in page
    page = approver.post(f"/work/items/{item_id}/takedown", {"reason": "含有个人信息"})
    assert "已撤下" in page
    assert "含有个人信息" in page
    approver.post(f"/work/items/{item_id}/takedown", {"reason": "再撤一次"}, 409)


def test_validity_is_marked_with_its_basis(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    approver = sign_in("hx-mzj-approver")
    page = approver.post(f"/work/items/{item_id}/validity", {"validity": "repealed"}, 400)
    assert "未填写依据" in page
    assert re.search(r'value="repealed" checked', page)
    page = approver.post(f"/work/items/{item_id}/validity", {"validity": "repealed", "reason": "和政发〔2026〕1号"})
    assert "已标注为“废止”" in page
    assert "本文件已废止" in page
    assert "第2版" in page
    approver.post(f"/work/items/{item_id}/validity", {"validity": "eternal", "reason": "x"}, 400)


def test_a_revision_is_shown_beside_what_is_published(world: World, sign_in: SignIn) -> None:
    item_id = published(world, body_html="<p>第一段。</p><p>电话一。</p>")
    writer = sign_in("hx-mzj-contributor")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "content", "change_reason": "补充电话"})
    revision_id = int(writer.location.split("/")[3])
    changes = {"summary": "新的概述。", "body_html": "<p>第一段。</p><p>电话二。</p><p>新增段。</p>"}
    writer.post(f"/work/items/{revision_id}/edit", writer.edit(revision_id, **changes))
    writer.post(f"/work/items/{revision_id}/submit")
    reviewer, approver = sign_in("hx-mzj-confidentiality_reviewer"), sign_in("hx-mzj-approver")
    page = reviewer.get(f"/work/items/{revision_id}")
    assert "要素改动1项，正文改动2段" in reviewer.words
    assert "<td>部署春季防火工作，明确责任和时限。</td><td><mark>新的概述。</mark></td>" in page
    assert "<td>电话一。</td><td><mark>电话二。</mark></td>" in page
    assert "有一份修改稿正在办理" in writer.get(f"/work/items/{item_id}")
    assert f"/work/items/{item_id}/revise" not in writer.page
    decide(reviewer, revision_id, "review", decision="agree")
    assert "公众看到的内容已更新" in decide(approver, revision_id, "approve", decision="agree")
    assert "新增段。" in writer.get(f"/work/items/{item_id}")
    assert "第2版" in writer.page


def test_reasons_for_overridden_warnings_stand_before_the_reviewer(world: World, sign_in: SignIn) -> None:
    item_id = draft(world, document_number="民发3号")
    writer = sign_in("hx-mzj-contributor")
    writer.post(f"/work/items/{item_id}/submit", {"reason-number_form": "原件文号如此"})
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    assert "1项提示已说明理由" in reviewer.get("/work/review/")
    page = reviewer.get(f"/work/items/{item_id}")
    assert "编写人说明：" in page
    assert "原件文号如此" in page


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("hx-mzj-contributor", "/work/review/", 403),
        ("hx-mzj-confidentiality_reviewer", "/work/approval/", 403),
        ("hx-mzj-unit_admin", "/work/review/", 403),
        ("hx-mzj-approver", "/work/review/", 403),
        ("hx-mzj-approver", "/work/approval/", 200),
    ],
)
def test_each_queue_belongs_to_one_post(world: World, sign_in: SignIn, login: str, path: str, status: int) -> None:
    sign_in(login).get(path, status)


FOREIGN = (
    "review", "approve", "publish", "schedule", "unschedule", "takedown", "validity",
)  # fmt: skip


def test_another_units_item_is_decided_on_by_nobody_else(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    people = sign_in("qs-mzj-approver"), sign_in("qs-mzj-confidentiality_reviewer")
    for kind in FOREIGN:
        person = people[1] if kind == "review" else people[0]
        fields = {"version": "1", "decision": "agree", "reason": "因", "validity": "lapsed"}
        fields |= {"publish_at": "2026-04-01T09:00"}
        for wanted in (item_id, 10**9):
            person.post(f"/work/items/{wanted}/{kind}", fields, 404)
    assert state_of(world, item_id) == "in_approval"


def test_the_history_says_who_took_an_item_down_and_why(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    approver = sign_in("hx-mzj-approver")
    approver.post(f"/work/items/{item_id}/takedown", {"reason": "含有个人信息"})
    history = approver.page[approver.page.index("办理过程") :]
    assert re.findall(r"<p>撤下 <span class=\"muted\">(.*?)</span></p><p class=\"opinion\">(.*?)</p>", history) == [
        ("hx-mzj-approver", "含有个人信息")
    ]
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, "hx-mzj-approver")
        query = select(ItemStep).where(ItemStep.item_id == item_id).order_by(ItemStep.id.desc()).limit(1)
        step = uow.session.scalars(query).one()
        assert (step.action, step.from_state, step.to_state) == ("take_down", "published", "taken_down")
        assert (step.actor_id, step.at) == (actor.user_id, uow.session.get_one(Item, item_id).taken_down_at)


def test_a_revision_of_what_was_taken_down_goes_nowhere_and_can_be_deleted(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    writer, approver = sign_in("hx-mzj-contributor"), sign_in("hx-mzj-approver")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "content", "change_reason": "补充电话"})
    revision_id = int(writer.location.split("/")[3])
    assert "撤下后修改稿不能再发布" in re.sub("<[^>]+>", "", approver.get(f"/work/items/{item_id}/takedown"))
    approver.post(f"/work/items/{item_id}/takedown", {"reason": "含有个人信息"})
    page = writer.get(f"/work/items/{item_id}")
    assert "公众看到的仍是" not in page
    assert "原信息已撤下，这份修改稿不能再送审、发布，可以删除" in writer.words
    for path in (f"/work/items/{revision_id}", f"/work/items/{revision_id}/edit"):
        assert "公众看到的仍是" not in writer.get(path)
        assert "原信息已撤下" in writer.words
    assert "原信息已撤下，修改稿不能再送审、发布" in writer.post(f"/work/items/{revision_id}/submit", status=400)
    assert state_of(world, revision_id) == "draft"
    writer.get(f"/work/items/{item_id}")
    writer.post(f"/work/items/{revision_id}/delete")
    assert "修改稿" not in writer.get(f"/work/items/{item_id}")


def test_a_revision_with_a_history_is_kept_when_its_item_is_gone(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    writer, approver = sign_in("hx-mzj-contributor"), sign_in("hx-mzj-approver")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "erratum", "change_reason": "改错别字"})
    revision_id = int(writer.location.split("/")[3])
    writer.post(f"/work/items/{revision_id}/submit")
    approver.post(f"/work/items/{item_id}/takedown", {"reason": "含有个人信息"})
    assert "原信息已撤下" in sign_in("hx-mzj-confidentiality_reviewer").get(f"/work/items/{revision_id}")
    writer.get(f"/work/items/{item_id}")
    assert "不能再送审、发布，不再办理" in writer.words
    assert "删除修改稿" not in writer.page


def test_a_refused_action_names_the_operation_and_who_carries_it_out(world: World, sign_in: SignIn) -> None:
    item_id = published(world)
    writer = sign_in("hx-mzj-contributor")
    page = writer.post(f"/work/items/{item_id}/takedown", {"reason": "含有个人信息"}, 403)
    assert "您没有办理此项操作的权限" in page
    assert "“审批、发布和撤下信息”由分管领导（审批人）办理" in page
    assert "请联系本单位管理员" in page
    assert "没有查看此页的权限" not in page
    assert "您没有查看此页的权限" in writer.get("/work/approval/", 403)
    assert state_of(world, item_id) == "published"
