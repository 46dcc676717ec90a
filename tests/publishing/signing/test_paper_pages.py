"""Signatures on paper at the workspace: registered, checked by a second account, refused, objected to."""

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError

from gongkai.accounts.models import User
from gongkai.core.uow import Scope
from gongkai.publishing.chain import decide, send_back, submit
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.services import confirm
from gongkai.supervision.models import Notice
from tests.factories.items import draft, reviewed, submitted, work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import file, version_of
from tests.publishing.signing.paper import (
    APPROVER,
    CLERK,
    HEAD,
    LAWYER,
    REVIEWER,
    SECOND,
    alone,
    bring,
    printed_code,
    sheet_form,
    staffed,
    steps_of,
)
from tests.publishing.test_attachments_pages import PDF


def state_of(world: World, item_id: int) -> tuple[str, str]:
    """State and step of an item as its unit sees it."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        row = uow.session.execute(select(Item.state, Item.step).where(Item.id == item_id)).one()
        return row.state, row.step


def signature_of(world: World, item_id: int) -> PaperSignature:
    """The newest signature of an item."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        query = select(PaperSignature).where(PaperSignature.item_id == item_id).order_by(PaperSignature.id.desc())
        return uow.session.scalars(query.limit(1)).one()


def notices(world: World, login: str) -> list[tuple[str, str]]:
    """(subject, body) of what was left for a person alone."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject, Notice.body).where(Notice.user_id == world.people[login])
        return [(row.subject, row.body) for row in uow.session.execute(query.where(Notice.kind == "paper_signature"))]


def test_a_chain_of_four_steps_one_of_them_on_paper_ends_in_publication(world: World, sign_in: SignIn) -> None:
    staffed(world)
    clerk, second, head, approver = map(sign_in, (CLERK, SECOND, HEAD, APPROVER))
    item_id = draft(world)
    clerk.post(f"/work/items/{item_id}/submit")
    page = head.get(f"/work/items/{item_id}")
    head.post(f"/work/items/{item_id}/review", {"version": version_of(page), "decision": "agree"})

    code = printed_code(clerk, item_id)
    assert "合法性审查" in clerk.get(f"/work/items/{item_id}/paper-signature")
    page = clerk.post(
        f"/work/items/{item_id}/paper-signature",
        sheet_form(world, code.lower().replace("-", "－"), LAWYER, opinion="合法，同意公开。"),
    )
    assert "线下签批已登记，请" in page
    assert SECOND in page
    assert state_of(world, item_id) == ("in_review", "legality_review")
    assert "1份线下签批等您核对" in second.get("/work/signatures/")
    address = f"/work/signatures/{signature_of(world, item_id).id}"
    page = second.get(address)
    assert f"请对照扫描件核对：{LAWYER}于2026年3月23日签署“同意”（合法性审查）。" in page
    assert "现就做好春季防火工作通知如下。" in page
    assert code in page
    with second.client.get(f"{address}/scan") as scan:
        assert (scan.data, scan.mimetype) == (PDF, "application/pdf")
        assert scan.headers["Content-Disposition"].startswith("inline")
    page = second.post(f"{address}/confirm")
    assert "本环节通过，已送保密审查" in page
    assert state_of(world, item_id) == ("in_review", "confidentiality_review")
    assert steps_of(world, item_id)[-1] == (
        "pass_review", "legality_review", world.people[SECOND], world.people[LAWYER],
    )  # fmt: skip
    page = clerk.get(f"/work/items/{item_id}")
    assert f"合法，同意公开。（线下签批：{LAWYER}签字，2026年3月23日，{SECOND}核对登记）" in page

    reviewer = sign_in(REVIEWER)
    page = reviewer.get(f"/work/items/{item_id}")
    reviewer.post(f"/work/items/{item_id}/review", {"version": version_of(page), "decision": "agree"})
    page = approver.get(f"/work/items/{item_id}")
    approver.post(f"/work/items/{item_id}/approve", {"version": version_of(page), "decision": "agree"})
    assert state_of(world, item_id)[0] == "published"


def test_the_last_step_on_paper_publishes_and_tells_who_signed(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    clerk, reviewer = sign_in(CLERK), sign_in(REVIEWER)
    form = sheet_form(world, printed_code(clerk, item_id), APPROVER)
    clerk.post(f"/work/items/{item_id}/paper-signature", form)
    assert state_of(world, item_id)[0] == "in_approval"
    address = f"/work/signatures/{signature_of(world, item_id).id}"
    assert "并发布，索引号" in reviewer.post(f"{address}/confirm")
    assert state_of(world, item_id)[0] == "published"
    work_off(world.services)
    [(subject, body)] = notices(world, APPROVER)
    assert subject == "您的线下签批已登记"
    assert "《关于做好春季防火工作的通知》已按您2026年3月23日的线下签批发布" in body
    assert "如有异议" in body

    approver = sign_in(APPROVER)
    assert subject in approver.get("/work/notices/")
    assert subject not in clerk.get("/work/notices/")
    assert "未填写异议内容" in approver.post(f"{address}/object", {"objection": " "}, 400)
    assert "您的异议已提交" in approver.post(f"{address}/object", {"objection": "我没有签过这份文件。"})
    work_off(world.services)
    [(subject, body)] = notices(world, "hx-mzj-unit_admin")
    assert "我没有签过这份文件。" in body
    assert f"登记人：{CLERK}" in body
    approver.post(f"{address}/object", {"objection": "再说一次。"}, 409)
    clerk.post(f"{address}/object", {"objection": "不是我签的。"}, 403)


def test_only_who_signed_gets_the_mail(world: World) -> None:
    item_id = reviewed(world)
    with world.services.database.system_scope("test") as uow:
        for login in (CLERK, APPROVER):
            address = update(User).where(User.id == world.people[login])
            uow.session.execute(address.values(email=f"{login}@example.gov.cn"))
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
        confirm(uow, actor=world.actor(uow, REVIEWER), signature_id=signature.id)
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        mails = uow.session.scalars(select(Notice.user_id).where(Notice.kind == "mail")).all()
    assert mails == [world.people[APPROVER]]


def test_author_registrar_and_signatory_cannot_check(world: World, sign_in: SignIn) -> None:
    staffed(world)
    item_id = submitted(world)
    with world.services.database.transaction() as uow:
        address = f"/work/signatures/{bring(world, uow, item_id, HEAD, by=SECOND).id}"
    for login, words in (
        (CLERK, "您参与了这条信息的编写"),
        (SECOND, "您登记了这份线下签批"),
        (HEAD, "您是签字人"),
        (APPROVER, "您的岗位不能办理"),
    ):
        person = sign_in(login)
        assert "一致，核对登记" not in person.get(address)
        assert words in person.post(f"{address}/confirm", status=403)
        person.post(f"{address}/refuse", {"reason": "不清楚"}, 403)
    assert state_of(world, item_id) == ("in_review", "section_review")


@pytest.mark.parametrize("values", [{"checked_by": CLERK}, {"checked_by": SECOND}, {"checked_by": HEAD}])
def test_the_database_itself_refuses_such_a_check(world: World, values: dict[str, str]) -> None:
    staffed(world)
    item_id = submitted(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, HEAD, by=SECOND)
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, LAWYER)
        change = update(PaperSignature).where(PaperSignature.id == signature.id)
        checked = {name: world.people[login] for name, login in values.items()}
        with pytest.raises(IntegrityError, match="checker_is_second"):
            uow.session.execute(change.values(state="confirmed", checked_at=uow.now, **checked))


def test_the_database_refuses_an_author_as_signatory(world: World) -> None:
    item_id = submitted(world)
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, REVIEWER)
        uow.session.add(
            ItemStep(
                tenant_id=actor.tenant_id, item_id=item_id, action="pass_review", step="confidentiality_review",
                from_state="in_review", to_state="in_approval", actor_id=actor.user_id, actor_name="x",
                author_ids=[world.people[CLERK]], at=uow.now, signature_id=1, signatory_id=world.people[CLERK],
            )
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="signatory_is_no_author"):
            uow.session.flush()


def test_each_field_of_the_form_is_refused_beside_itself(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    clerk = sign_in(CLERK)
    path = f"/work/items/{item_id}/paper-signature"
    code = printed_code(clerk, item_id)
    for changes, words in (
        ({"signatory_id": ""}, "未选择签字人"),
        ({"signatory_id": str(world.people[REVIEWER])}, "所选同志不能签批“终审”环节"),
        ({"signatory_id": str(world.people["qs-mzj-approver"])}, "所选同志不能签批"),
        ({"signed_date": "2026-03-24"}, "签字日期不能晚于今天"),
        ({"signed_date": "2026-03-22"}, "签字日期早于送审或上一环节办结的日期（2026年3月23日）"),
        ({"signed_date": "3月23日"}, "签字日期未填写或格式有误"),
        ({"decision": "return"}, "未填写退回意见"),
        ({"decision": "publish"}, "未选择签批结果"),
        ({"code": ""}, "未填写校验码"),
        ({"code": "00000000-1"}, "校验码与现在的信息内容不符"),
        ({"code": code[:-1] + "2"}, "校验码与现在的信息内容不符"),
        ({"scan": file(b"", "")}, "未选择扫描件"),
        ({"scan": file(b"name,sum\na,1\n", "a.csv")}, "不能作为扫描件"),
    ):
        page = clerk.post(path, sheet_form(world, code, APPROVER) | changes, 400)
        assert words in page, words
        assert f'href="#field-{next(iter(changes))}"' in page or changes.get("decision") == "return"
    assert state_of(world, item_id)[0] == "in_approval"
    sign_in(APPROVER).post(path, sheet_form(world, code, APPROVER), 403)


def test_a_sheet_of_another_text_is_refused_at_registration_and_at_the_check(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    clerk, reviewer = sign_in(CLERK), sign_in(REVIEWER)
    code = printed_code(clerk, item_id)
    with world.services.database.transaction() as uow:
        send_back(uow, actor=world.actor(uow, APPROVER), item_id=item_id, opinion="请改标题")
    clerk.post(f"/work/items/{item_id}/edit", clerk.edit(item_id, title="改过的标题"))
    with world.services.database.transaction() as uow:
        submit(uow, actor=world.actor(uow, CLERK), item_id=item_id)
        decide(uow, actor=world.actor(uow, REVIEWER), item_id=item_id)
    path = f"/work/items/{item_id}/paper-signature"
    assert "打印之后文本有改动" in clerk.post(path, sheet_form(world, code, APPROVER), 400)

    clerk.post(path, sheet_form(world, printed_code(clerk, item_id), APPROVER))
    signature = signature_of(world, item_id)
    with world.services.database.transaction(Scope(tenant_ids=(world.units["hx-mzj"],))) as uow:
        uow.session.execute(update(Item).where(Item.id == item_id).values(body_html="<p>偷偷换过的正文。</p>"))
    page = reviewer.post(f"/work/signatures/{signature.id}/confirm", status=409)
    assert "呈批单打印之后信息内容有改动" in page
    assert state_of(world, item_id)[0] == "in_approval"


def test_what_moves_on_in_another_way_lapses_the_signature(world: World, sign_in: SignIn) -> None:
    staffed(world)
    item_id = submitted(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, HEAD)
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, HEAD), item_id=item_id)
    second = sign_in(SECOND)
    address = f"/work/signatures/{signature.id}"
    assert "这份线下签批作废" in second.get(address)
    assert "因信息变动已作废" in second.post(f"{address}/confirm", status=409)
    assert state_of(world, item_id) == ("in_review", "legality_review")


def test_a_return_on_paper_sends_the_item_back_with_the_opinion(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    clerk, reviewer = sign_in(CLERK), sign_in(REVIEWER)
    form = sheet_form(world, printed_code(clerk, item_id), APPROVER, decision="return", opinion="补充依据后再报。")
    clerk.post(f"/work/items/{item_id}/paper-signature", form)
    page = reviewer.post(f"/work/signatures/{signature_of(world, item_id).id}/confirm")
    assert "已按线下签批意见退回修改" in page
    assert state_of(world, item_id) == ("draft", "")
    assert "补充依据后再报。（线下签批：" in clerk.get("/work/")


def test_a_refused_registration_tells_its_registrar_and_can_be_made_again(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    clerk, reviewer = sign_in(CLERK), sign_in(REVIEWER)
    path = f"/work/items/{item_id}/paper-signature"
    code = printed_code(clerk, item_id)
    clerk.post(path, sheet_form(world, code, APPROVER))
    clerk.post(path, sheet_form(world, code, APPROVER), 409)
    first = signature_of(world, item_id)
    assert clerk.get(path).count("等待")
    assert clerk.location == f"/work/signatures/{first.id}"
    assert "未填写不予登记的原因" in reviewer.post(f"/work/signatures/{first.id}/refuse", {"reason": ""}, 400)
    reviewer.post(f"/work/signatures/{first.id}/refuse", {"reason": "扫描件看不清签字。"})
    work_off(world.services)
    assert "扫描件看不清签字。请核实后重新登记。" in notices(world, CLERK)[0][1]
    assert state_of(world, item_id)[0] == "in_approval"

    clerk.post(path, sheet_form(world, code, APPROVER))
    second = signature_of(world, item_id)
    assert second.id != first.id
    reviewer.post(f"/work/signatures/{second.id}/withdraw", status=403)
    assert "登记已撤回" in clerk.post(f"/work/signatures/{second.id}/withdraw")
    clerk.post(path, sheet_form(world, code, APPROVER))
    assert signature_of(world, item_id).state == "registered"


def test_the_office_checks_for_a_unit_with_a_single_clerk(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    alone(world)
    clerk = sign_in(CLERK)
    form = sheet_form(world, printed_code(clerk, item_id), APPROVER)
    page = clerk.post(f"/work/items/{item_id}/paper-signature", form)
    assert "已送上级政务公开办核对" in page
    signature = signature_of(world, item_id)
    assert signature.for_superior
    address = f"/office/signatures/{signature.id}"
    work_off(world.services)

    office = sign_in("hx-supervisor")
    page = office.get("/work/notices/")
    assert "和溪县民政局的线下签批待核对" in page
    assert f'href="{address}"' in page
    assert "线下签批待核对" not in sign_in("yl-supervisor").get("/work/notices/")
    assert "线下签批待核对" not in sign_in("qs-supervisor").get("/work/notices/")
    page = office.get("/office/signatures/")
    assert "1份线下签批等您核对" in page
    assert "和溪县民政局" in page
    page = office.get(address)
    assert "现就做好春季防火工作通知如下。" in page
    with office.client.get(f"{address}/scan") as scan:
        assert scan.data == PDF
    assert "没有等您核对" in sign_in("yl-supervisor").get("/office/signatures/")
    stranger = sign_in("qs-supervisor")
    assert signature.title not in stranger.get("/office/signatures/")
    stranger.get(address, 404)
    stranger.get(f"{address}/scan", 404)
    stranger.post(f"{address}/confirm", status=404)
    stranger.post(f"{address}/refuse", {"reason": "不符"}, 404)
    assert state_of(world, item_id)[0] == "in_approval"

    assert "并发布，索引号" in office.post(f"{address}/confirm")
    assert state_of(world, item_id)[0] == "published"
    actor, signatory = steps_of(world, item_id)[-2][2:]
    assert (actor, signatory) == (world.people["hx-supervisor"], world.people[APPROVER])
    assert "和溪县政务公开办hx-supervisor核对登记" in clerk.get(f"/work/items/{item_id}")
    office.post(f"{address}/confirm", status=409)


def test_the_offices_deed_is_audited_with_the_office(world: World, sign_in: SignIn, superuser: Engine) -> None:
    item_id = reviewed(world)
    alone(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
    office = sign_in("hx-supervisor")
    office.post(f"/office/signatures/{signature.id}/refuse", {"reason": "扫描件与登记不符。"})
    with superuser.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT action, acting_tenant_id, user_id FROM audit_event WHERE tenant_id = :unit"
                " AND action IN ('scope.acting_for', 'paper_signature.refuse') ORDER BY id DESC LIMIT 2"
            ),
            {"unit": world.units["hx-mzj"]},
        ).all()
    who = (world.units["hx"], world.people["hx-supervisor"])
    assert {row.action for row in rows} == {"scope.acting_for", "paper_signature.refuse"}
    assert {(row.acting_tenant_id, row.user_id) for row in rows} == {who}
    assert signature_of(world, item_id).state == "refused"


def test_what_a_unit_checks_itself_no_office_sees(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
    assert not signature.for_superior
    office = sign_in("hx-supervisor")
    assert signature.title not in office.get("/office/signatures/")
    office.get(f"/office/signatures/{signature.id}", 404)
