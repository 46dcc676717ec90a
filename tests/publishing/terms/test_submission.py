"""Before the damage: terms and personal numbers stop or warn at submission, in the text and in its files."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.terms.models import ExtractedText
from gongkai.tenancy.services import abolish_tenant
from tests.core.extraction.samples import archive, pdf, word, workbook
from tests.factories.items import draft, work_off
from tests.factories.world import World
from tests.publishing.pages import Person
from tests.publishing.terms.lists import BANK, IDENTITY, MOBILE, OFFICE, PREFECTURE, WRITER, term


@pytest.fixture
def writer(app: Flask, world: World) -> Person:
    return Person(app, world, WRITER)


def attach(world: World, item_id: int, name: str, data: bytes) -> None:
    with world.services.database.transaction() as uow:
        add_attachment(
            uow, actor=world.actor(uow, WRITER), item_id=item_id, files=world.services.files, filename=name,
            stream=BytesIO(data), limit_bytes=10**7,
        )  # fmt: skip


def extracted(world: World) -> int:
    with world.services.database.system_scope("test") as uow:
        return uow.session.scalar(select(func.count()).select_from(ExtractedText)) or 0


def test_a_forbidden_term_stops_the_submission(writer: Person, world: World) -> None:
    term(world, "旧提法", "新提法")
    item_id = draft(world, body_html="<p>继续贯彻舊　提法的要求。</p>")
    writer.get(f"/work/items/{item_id}/submit")
    assert "“旧提法”属过时表述，见“正文：继续贯彻舊 提法的要求。”" in writer.page
    assert "请改为“新提法”" in writer.page
    writer.post(f"/work/items/{item_id}/submit", {}, 400)


@pytest.mark.parametrize("login", [OFFICE, PREFECTURE])
def test_the_lists_of_the_offices_above_are_in_force(writer: Person, world: World, login: str) -> None:
    term(world, "旧提法", login=login)
    item_id = draft(world, title="关于旧提法的通知")
    writer.post(f"/work/items/{item_id}/submit", {}, 400)


def test_the_list_of_another_county_is_not(writer: Person, world: World) -> None:
    term(world, "旧提法", login="qs-supervisor")
    item_id = draft(world, title="关于旧提法的通知")
    writer.post(f"/work/items/{item_id}/submit")


def test_a_warning_needs_a_reason_of_its_own(writer: Person, world: World) -> None:
    first = term(world, "旧提法", "新提法", level="warn")
    term(world, "老说法", "新说法", level="warn")
    item_id = draft(world, summary="沿用旧提法和老说法的由来。")
    writer.post(f"/work/items/{item_id}/submit", {f"reason-term_{first}": "引用原文"}, 400)
    assert "“老说法”属过时表述" in writer.page
    writer.post(
        f"/work/items/{item_id}/submit", {f"reason-term_{first}": "引用原文", f"reason-term_{first + 1}": "同上"}
    )
    assert "已送保密审查" in writer.page


def test_an_abolished_body_is_found_without_any_list(writer: Person, world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units["hx-gs"], successor_id=world.units["hx-mzj"],
            effective_date=date(2026, 1, 1), basis="机构改革",
        )  # fmt: skip
    new = draft(world, body_html="<p>由和溪县供水公司负责。</p>", formed_date=date(2026, 3, 1))
    writer.get(f"/work/items/{new}/submit")
    assert "“和溪县供水公司”属已撤销机构名称（2026-01-01起）" in writer.page
    assert "还差1项才能送审" in writer.page
    old = draft(world, body_html="<p>由和溪县供水公司负责。</p>", formed_date=date(2025, 12, 1), title="旧文")
    writer.get(f"/work/items/{old}/submit")
    assert "必须改正" not in writer.page
    assert "“和溪县供水公司”属已撤销机构名称" in writer.page


def test_personal_numbers_in_files_are_found_and_told_with_file_and_sheet(writer: Person, world: World) -> None:
    item_id = draft(world)
    book = workbook({"一月": [["姓名", "证号", "卡号"], ["张三", IDENTITY, BANK]], "二月": [["李四", MOBILE]]})
    attach(world, item_id, "名单.xlsx", book)
    attach(world, item_id, "材料.zip", archive({"底稿/说明.pdf": pdf(f"证号{IDENTITY}")}))
    writer.get(f"/work/items/{item_id}/submit")
    assert "附件《名单.xlsx》工作表“一月”中有1处疑似身份证号码（1101************32）" in writer.page
    assert "附件《名单.xlsx》工作表“一月”中有1处疑似银行卡号" in writer.page
    assert "附件《名单.xlsx》工作表“二月”中有1处疑似手机号码（138****5678）" in writer.page
    assert "附件《材料.zip》中的“底稿/说明.pdf”第1页中有1处疑似身份证号码" in writer.page
    for number in (IDENTITY, BANK, MOBILE):
        assert number not in writer.page
    assert "还差3项才能送审" in writer.page


def test_terms_in_files_are_found(writer: Person, world: World) -> None:
    term(world, "旧提法", "新提法")
    item_id = draft(world)
    attach(world, item_id, "通知.docx", word("第一段。", "落实旧提法。"))
    writer.post(f"/work/items/{item_id}/submit", {}, 400)
    assert (
        "附件《通知.docx》：…一段。 落实旧提法。" in writer.page
        or "附件《通知.docx》：第一段。 落实旧提法。" in writer.page
    )


def test_a_file_is_read_in_the_background_once_and_until_then_said_to_be_unread(writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "通知.docx", word("第一段。"))
    writer.get(f"/work/items/{item_id}/edit")
    assert "附件《通知.docx》尚未检查" in writer.page
    work_off(world.services)
    assert extracted(world) == 1
    writer.get(f"/work/items/{item_id}/edit")
    assert "尚未检查" not in writer.page
    writer.post(f"/work/items/{item_id}/submit")
    assert "已送保密审查" in writer.page
    assert extracted(world) == 1


def test_what_nobody_can_read_is_said_and_wants_a_reason(writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "扫描件.pdf", pdf(""))
    writer.post(f"/work/items/{item_id}/submit", {}, 400)
    assert "附件《扫描件.pdf》不能读取：扫描件，未识别文字" in writer.page
    writer.post(f"/work/items/{item_id}/submit", {"reason-attachment_unread": "已人工核对"})
    assert "已送保密审查" in writer.page
