"""Sending documents: what becomes of them, what the sender is told, what is refused."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.core.models import AuditEvent
from gongkai.publishing.chain import decide, send_back, submit
from gongkai.publishing.drafts import delete_draft, form_of, save_draft
from gongkai.publishing.intake import queries
from gongkai.publishing.intake.keys import expect_signature, signed_text
from gongkai.publishing.intake.models import IntakeSender
from gongkai.publishing.models import Item
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.intake.client import ROOT
from tests.publishing.intake.office import (
    ADMIN,
    PDF,
    System,
    attachments,
    county_admin,
    documents,
    fields,
    ofd,
    system,
    word,
)

CLERK, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"


@pytest.fixture
def office(app: Flask, world: World) -> System:
    """The bureau's document system."""
    return system(app, world)


def faults(told: dict[str, Any]) -> dict[str, str]:
    """Field → problem of a refusal."""
    return {fault["field"]: fault["problem"] for fault in told["faults"]}


def complete(office: System, item_id: int) -> None:
    """What the clerk has to do: confirm that it is no secret, and send it into the chain."""
    with office.world.services.database.transaction() as uow:
        actor = office.world.actor(uow, CLERK)
        item = uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()
        form = form_of(item)
        object.__setattr__(form, "secrecy_cleared", True)
        save_draft(uow, actor=actor, item_id=item_id, form=form)
        submit(uow, actor=actor, item_id=item_id)


def agree(office: System, item_id: int, *logins: str) -> None:
    for login in logins:
        with office.world.services.database.transaction() as uow:
            decide(uow, actor=office.world.actor(uow, login), item_id=item_id)


def test_a_document_becomes_a_draft_with_its_signing_and_its_time(office: System, sign_in: SignIn) -> None:
    told = office.sent()
    assert told["id"] == "HXMZ-2026-0113"
    assert told["unit"] == "hx-mzj"
    assert told["received_at"] == "2026-03-23T09:30:00+08:00"
    assert told["status_url"] == f"http://localhost{ROOT}/HXMZ-2026-0113"
    assert (told["state"], told["state_words"]) == ("draft", "草稿，待收文单位办理")
    # 20 working days from the day after formation, the Qingming holidays (4 to 6 April) left out.
    assert told["publish_due_date"] == "2026-04-14"
    item = office.item(told)
    assert (item.state, item.entry_route, item.author_ids, item.created_by) == ("draft", "intake", [], None)
    assert (item.document_number, item.document_number_original) == ("和民发〔2026〕13号", "和民发[2026] 013号")
    assert item.publish_due_date == date(2026, 4, 14)
    assert item.issuing_agency == "和溪县民政局"
    assert (item.responsible_unit, item.secrecy_cleared) == ("救灾科", False)
    assert "现就做好春季防火工作通知如下。" in item.body_html
    page = sign_in(CLERK)
    page.get(f"/work/items/{item.id}")
    assert "2026年3月16日公文系统签发王建国同意印发。2026年3月23日09:30公文系统送来公文系统" in page.words
    assert "录入方式公文系统接入" in page.words


def test_the_same_document_again_changes_nothing(office: System, clock: AdjustableClock) -> None:
    text = word()
    first = office.sent(text)
    clock.advance(days=3)
    status, again = office.send(text)
    assert (status, again) == (200, first)
    # Neither the order of the fields nor blanks around a value make another document.
    status, again = office.client.send(dict(reversed(fields(title=f" {fields()['title']} ").items())), text=text)
    assert (status, again) == (200, first)
    assert len(documents(office.world)) == 1


def test_the_same_document_several_times_at_once_is_taken_in_once(office: System) -> None:
    text = word()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: office.send(text), range(4)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({told["receipt"] for _, told in answers}) == 1
    assert len(documents(office.world)) == 1


def test_another_document_under_the_same_id_is_refused_and_says_what_differs(office: System) -> None:
    text = word()
    first = office.sent(text)
    status, told = office.send(text, title="关于另一件事的通知", signed_date="2026-03-17")
    assert status == 409
    assert "这次送来的标题、签发日期与第一次不同" in told["detail"]
    status, told = office.send(word("换了正文。"))
    assert status == 409
    assert "文件“通知.docx”的内容" in told["detail"]
    assert office.item(first).title == fields()["title"]
    assert len(documents(office.world)) == 1


@pytest.mark.parametrize(("name", "data", "media_type"), [
    ("通知.pdf", PDF, "application/pdf"),
    ("通知.ofd", ofd(), "application/ofd"),
])  # fmt: skip
def test_a_text_in_another_format_is_the_first_attachment(
    office: System, name: str, data: bytes, media_type: str
) -> None:
    status, told = office.client.send(
        fields(text=name, attachments=["名单.csv"]), text=data, attachments=["姓名,金额\n一,1\n".encode()]
    )
    assert status == 201, told
    assert attachments(office.world, told["item_id"]) == [(name, media_type), ("名单.csv", "text/csv")]
    assert office.item(told).body_html == ""
    assert "已作为附件" in told["notes"][0]


def test_without_a_column_it_waits_to_be_filed(office: System, sign_in: SignIn) -> None:
    told = office.sent(column=None)
    clerk = sign_in(CLERK)
    clerk.get("/work/intake/")
    assert "1份公文还没有人办理，最早的须在2026年4月14日（含当日）前公开。" in clerk.words
    assert "待归类" in clerk.words
    # The editor keeps nothing until a column is chosen, and offers none by itself.
    form = clerk.edit(told["item_id"], secrecy_cleared="1")
    assert form["column_id"] == ""
    assert '<option value="">请选择栏目</option>' in clerk.page_source
    clerk.post(f"/work/items/{told['item_id']}/edit", form, 400)
    assert "未选择所属栏目" in clerk.page
    intake = f"/work/intake/{documents(office.world)[0].id}"
    clerk.get(intake)
    clerk.post(f"{intake}/column", {"column_id": ""}, 400)
    assert "未选择栏目" in clerk.page
    with office.world.services.database.system_scope("test") as uow:
        column_id = office.world.column(uow, "hx-mzj", "gsgg")
    clerk.post(f"{intake}/column", {"column_id": column_id})
    item = office.item(told)
    assert item.column_id == column_id
    assert item.author_ids == [office.world.people[CLERK]]
    clerk.get("/work/intake/")
    assert "没有等待办理的公文。" in clerk.words


def test_the_inbox_is_no_column_of_the_catalogue(office: System, sign_in: SignIn) -> None:
    told = office.sent(column=None)
    admin = sign_in(ADMIN)
    admin.get("/work/columns/")
    assert "待归类" not in admin.words
    column_id = office.item(told).column_id
    admin.post(f"/work/columns/{column_id}/reopen")
    assert "不能启用" in admin.words


def test_the_sender_learns_what_becomes_of_it(office: System) -> None:
    told = office.sent()
    item_id = told["item_id"]
    complete(office, item_id)
    assert office.client.state(told["id"])[1]["state"] == "in_review"
    with office.world.services.database.transaction() as uow:
        actor = office.world.actor(uow, REVIEWER)
        send_back(uow, actor=actor, item_id=item_id, opinion="附件含个人信息")
    status, now = office.client.state(told["id"])
    assert (status, now["state"], now["opinion"]) == (200, "returned", "附件含个人信息")
    complete(office, item_id)
    agree(office, item_id, REVIEWER, APPROVER)
    work_off(office.world.services)
    _, now = office.client.state(told["id"])
    assert now["state"] == "published"
    assert now["url"] == f"http://localhost/items/{item_id}"
    assert now["index_number"] == office.item(told).index_number != ""
    assert now["receipt"] == told["receipt"]
    assert office.app.test_client().get(f"/items/{item_id}").status_code == 200


@pytest.mark.parametrize(("mode", "words"), [("withheld", "不予公开"), ("on_request", "依申请公开")])
def test_what_is_not_for_the_public_ends_there_after_review_and_approval(office: System, mode: str, words: str) -> None:
    told = office.sent(disclosure_mode=mode, withheld_reason="内部事务信息（条例第十六条）")
    assert told["publish_due_date"] is None
    complete(office, told["item_id"])
    agree(office, told["item_id"], REVIEWER, APPROVER)
    _, now = office.client.state(told["id"])
    assert (now["state"], now["state_words"]) == (mode, f"{words}，已办结")
    assert "url" not in now
    assert office.app.test_client().get(f"/items/{told['item_id']}").status_code == 404


def test_a_draft_that_the_unit_threw_away_is_told_as_such(office: System, sign_in: SignIn) -> None:
    text = word()
    told = office.sent(text)
    with office.world.services.database.transaction() as uow:
        delete_draft(uow, actor=office.world.actor(uow, CLERK), item_id=told["item_id"])
    _, now = office.client.state(told["id"])
    assert (now["state"], now["publish_due_date"]) == ("deleted", None)
    assert office.send(text)[0] == 200
    clerk = sign_in(CLERK)
    clerk.get("/work/intake/?all=1")
    assert "草稿已删除" in clerk.words
    clerk.get(f"/work/intake/{documents(office.world)[0].id}")
    assert "这份公文的草稿已删除" in clerk.words


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"title": None}, "title", "缺少标题"),
    ({"titel": "x"}, "titel", "没有这个字段"),
    ({"title": 7}, "title", "标题应为文本"),
    ({"title": "长" * 301}, "title", "标题过长（301字）"),
    ({"title": "通\u0007知"}, "title", "标题含有不可见的控制字符"),
    ({"id": "一号/1"}, "id", "公文标识有误"),
    ({"formed_date": "2026-02-30"}, "formed_date", "成文日期“2026-02-30”不是有效日期"),
    ({"formed_date": "2026-03-24"}, "formed_date", "成文日期不能晚于今天"),
    ({"signed_date": "昨天"}, "signed_date", "签发日期“昨天”不是有效日期"),
    ({"signed_date": "2026-03-24"}, "signed_date", "签发日期不能晚于今天"),
    ({"disclosure_mode": "主动公开"}, "disclosure_mode", "公开属性“主动公开”有误"),
    ({"disclosure_mode": "withheld"}, "withheld_reason", "不予公开而没有理由"),
    ({"column": "no-such"}, "column", "和溪县民政局没有代码为“no-such”的在用栏目"),
    ({"unit": "qs-mzj"}, "unit", "单位代码“qs-mzj”无效或不在接入范围内"),
    ({"unit": "nobody"}, "unit", "单位代码“nobody”无效或不在接入范围内"),
    ({"text": "../通知.docx"}, "text", "文件名“../通知.docx”不能使用"),
    ({"text": "通知.pdf"}, "text", "“通知.pdf”的扩展名是“.pdf”，而内容是Word 文档"),
    ({"attachments": "名单.csv"}, "attachments", "附件应为文件名的列表"),
    ({"attachments": ["名单.csv"]}, "attachments", "要素中列出1个附件，收到0个"),
    ({"attachments": ["通知.docx"]}, "attachments", "有同名文件"),
]


@pytest.mark.parametrize(("changes", "field", "problem"), WRONG)
def test_what_is_wrong_is_refused_by_its_field(
    office: System, changes: dict[str, Any], field: str, problem: str
) -> None:
    status, told = office.send(**changes)
    assert status == 422
    assert told["title"] == "公文要素有误，未接收"
    assert faults(told)[field].replace(" ", "").startswith(problem.replace(" ", ""))
    assert all(fault["remedy"] for fault in told["faults"]), told
    assert documents(office.world) == []
    with office.world.services.database.system_scope("test") as uow:
        sender = uow.session.execute(select(IntakeSender)).scalar_one()
        assert sender.last_refused_at == uow.now
        assert problem.replace(" ", "") in sender.last_refusal.replace(" ", "")


@pytest.mark.parametrize(("data", "problem"), [
    (b"", "是空文件"),
    (b"MZ\x90\x00" + b"\x00" * 100, "可执行程序"),
    ("只是文字".encode(), "文本文件"),
    (b"PK\x03\x04broken", "压缩包"),
])  # fmt: skip
def test_a_text_that_is_no_document_is_refused(office: System, data: bytes, problem: str) -> None:
    status, told = office.client.send(fields(), text=data)
    assert status == 422
    assert problem.replace(" ", "") in faults(told)["text"].replace(" ", "")


def test_a_forbidden_attachment_is_refused_and_nothing_is_kept(office: System) -> None:
    status, told = office.client.send(
        fields(attachments=["名单.csv", "说明.svg"]), text=word(), attachments=[b"a,b\n1,2\n", b"<svg onload='x'/>"]
    )
    assert status == 422
    assert "SVG" in faults(told)["attachments"]
    assert documents(office.world) == []
    with office.world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Item.id)).all() == []


def test_a_shared_system_sends_to_the_units_below_and_no_others(app: Flask, world: World, sign_in: SignIn) -> None:
    county = system(app, world, county_admin(world), covers_subtree=True, name="县公文系统")
    status, told = county.send()
    assert (status, faults(told)) == (422, {"unit": "没有填写单位代码"})
    for code in ("yl", "qs", "qs-mzj"):
        status, told = county.send(unit=code)
        assert (status, faults(told)) == (422, {"unit": f"单位代码“{code}”无效或不在接入范围内"})
    told = county.sent(unit="hx-mzj")
    assert county.item(told).tenant_id == world.units["hx-mzj"]
    assert county.client.state(told["id"])[1]["unit"] == "hx-mzj"
    status, told = county.send(unit="hx-qsz")
    assert status == 409
    assert "单位代码" in told["detail"]
    # The unit sees who may send to it; the neighbouring county's does not.
    admin = sign_in(ADMIN)
    admin.get("/work/intake-senders/")
    assert "和溪县：县公文系统" in admin.words
    stranger = sign_in("qs-mzj-unit_admin")
    stranger.get("/work/intake-senders/")
    assert "县公文系统" not in stranger.words


def test_a_system_reads_only_what_it_sent_itself(app: Flask, world: World, office: System) -> None:
    told = office.sent()
    neighbour, second = system(app, world, "qs-mzj-unit_admin"), system(app, world, name="另一公文系统")
    missing = neighbour.client.state("no-such")
    for other in (neighbour, second):
        status, answer = other.client.state(told["id"])
        assert status == 404
        assert {**answer, "request_id": ""} == {
            **missing[1], "request_id": "", "detail": missing[1]["detail"].replace("no-such", told["id"])
        }  # fmt: skip
    assert second.sent()["item_id"] != told["item_id"]


def test_who_sent_what_is_in_the_audit(office: System) -> None:
    told = office.sent()
    with office.world.services.database.system_scope("test") as uow:
        event = uow.session.execute(select(AuditEvent).where(AuditEvent.action == "intake.receive")).scalar_one()
        assert (event.tenant_id, event.object_id) == (office.world.units["hx-mzj"], told["item_id"])
        assert event.detail == {"sender": office.key, "external_id": told["id"], "channel": "interface"}


def test_the_fields_may_come_as_a_plain_part(office: System) -> None:
    """Some libraries send text without a file name."""
    data, text, client = json.dumps(fields(), ensure_ascii=False), word(), office.client
    headers = client.signed("POST", ROOT, [("document", data.encode()), ("text", text)])
    body = (
        b'--b\r\nContent-Disposition: form-data; name="document"\r\n\r\n' + data.encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="text"; filename="x"\r\n\r\n' + text
        + b"\r\n--b--\r\n"
    )  # fmt: skip
    headers["Content-Type"] = "multipart/form-data; boundary=b"
    assert client.transport("POST", ROOT, headers, body)[0] == 201


def test_the_worked_example_of_the_documentation_is_right() -> None:
    page = (Path(__file__).parents[3] / "docs/intake.md").read_text("utf8")
    example = re.search(r"(?s)```text\n(GONGKAI-INTAKE-1\n.*?)\n```.*?密钥为`([^`]+)`.*?`([0-9a-f]{64})`", page)
    assert example is not None
    signed, secret, signature = example.groups()
    method, path, timestamp, nonce, *parts = signed.splitlines()[1:]
    digests = [(name, digest) for name, _, digest in (part.partition(" ") for part in parts)]
    assert signed_text(method, path, timestamp, nonce, digests).decode() == signed
    expect_signature(signature, secret=secret, signed=signed.encode())


def test_the_list_of_all_documents_is_paged(office: System, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):
        office.sent(id=str(number), title=f"关于第{number}件事的通知")
    clerk = sign_in(CLERK)
    path: str | None = "/work/intake/?all=1"
    seen: list[list[str]] = []
    while path:
        page = clerk.get(path)
        seen.append(re.findall(r"关于第(\d)件事的通知</a>", page))
        link = re.search(r'href="(/work/intake/\?all=1&amp;after=[^"]+)"[^>]*>[^<]*下一页', clerk.page_source)
        path = unescape(link[1]) if link else None
    assert seen == [["4", "3"], ["2", "1"], ["0"]]
