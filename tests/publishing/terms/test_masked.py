"""A list of persons in a draft gets a masked copy; the original stays within the unit."""

import io

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.terms.models import MaskedCopy
from tests.core.extraction.samples import pdf, workbook
from tests.factories.items import draft
from tests.factories.world import World
from tests.publishing.pages import Person
from tests.publishing.terms.lists import BANK, IDENTITY, MOBILE, WRITER
from tests.publishing.terms.test_submission import attach

ROWS = [["姓名", "身份证号", "电话"], ["张三", IDENTITY, MOBILE]]
COPY = "名单（已隐去个人信息）.xlsx"


@pytest.fixture
def writer(app: Flask, world: World) -> Person:
    return Person(app, world, WRITER)


def attachments(world: World) -> list[Attachment]:
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(Attachment).order_by(Attachment.sort_order, Attachment.id)))


def second_row(world: World, digest: str) -> list[object]:
    """Values of the second row of a stored workbook's first sheet."""
    with world.services.files.open(digest) as stream:
        sheet = openpyxl.load_workbook(io.BytesIO(stream.read())).worksheets[0]
    return [cell.value for cell in sheet[2]]


def first(world: World) -> int:
    return attachments(world)[0].id


def test_the_copy_takes_the_originals_place_and_the_item_can_be_submitted(writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "名单.xlsx", workbook({"一月": ROWS}))
    attach(world, item_id, "说明.txt", "说明。".encode())
    path = f"/work/items/{item_id}/attachments/{first(world)}/mask"
    assert path in writer.get(f"/work/items/{item_id}/edit")
    writer.post(f"/work/items/{item_id}/submit", {}, 400)
    writer.get(path)
    writer.post(path, {"names": "1", "original": "replace"})
    assert f"已生成“{COPY}”，隐去身份证号码1处、手机号码1处、姓名1处" in writer.page
    assert [file.filename for file in attachments(world)] == [COPY, "说明.txt"]
    assert second_row(world, attachments(world)[0].digest) == ["张*", "110101********7432", "138****5678"]
    writer.post(f"/work/items/{item_id}/submit")
    assert "已送保密审查" in writer.page


def test_the_original_is_for_the_unit_only(app: Flask, writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "名单.xlsx", workbook({"一月": ROWS}))
    original = attachments(world)[0].digest
    writer.post(f"/work/items/{item_id}/attachments/{first(world)}/mask", {"original": "replace"})
    with world.services.database.system_scope("test") as uow:
        copy_id = uow.session.execute(select(MaskedCopy.id)).scalar_one()
    path = f"/work/items/{item_id}/originals/{copy_id}"
    assert path in writer.get(f"/work/items/{item_id}")
    with world.services.files.open(original) as stream, writer.client.get(path) as answer:
        assert answer.data == stream.read()
    Person(app, world, "qs-mzj-contributor").get(path, 404)
    writer.post(f"/work/items/{item_id}/delete")
    assert "已删除" in writer.page


def test_the_copy_can_stand_beside_the_original(writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "名单.xlsx", workbook({"一月": ROWS}))
    attach(world, item_id, "说明.txt", "说明。".encode())
    writer.post(f"/work/items/{item_id}/attachments/{first(world)}/mask", {"original": "keep"})
    assert [file.filename for file in attachments(world)] == ["名单.xlsx", COPY, "说明.txt"]
    assert second_row(world, attachments(world)[1].digest)[0] == "张三"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("名单.pdf", pdf(IDENTITY), "不能生成隐去个人信息的副本：暂不支持读取此类文件（PDF 文档）"),
        ("名单.xlsx", workbook({"一月": [["项目", "金额"], ["水利", 3]]}), "没有找到需要隐去的号码"),
    ],
    ids=("pdf", "nothing to hide"),
)
def test_what_cannot_be_masked_leaves_the_draft_as_it_was(
    writer: Person, world: World, name: str, data: bytes, told: str
) -> None:
    item_id = draft(world)
    attach(world, item_id, name, data)
    writer.post(f"/work/items/{item_id}/attachments/{first(world)}/mask", {}, 400)
    assert told in writer.page
    assert [file.filename for file in attachments(world)] == [name]


def test_numbers_in_the_text_are_hidden_in_place(writer: Person, world: World) -> None:
    table = f"<table><tbody><tr><td>张三</td><td>{IDENTITY}</td><td>{BANK}</td></tr></tbody></table>"
    item_id = draft(world, body_html=f"<p>电话{MOBILE}。</p>{table}")
    writer.post(f"/work/items/{item_id}/mask-text", writer.edit(item_id))
    assert "已在正文中隐去身份证号码1处、手机号码1处、银行卡号1处" in writer.page
    with world.services.database.system_scope("test") as uow:
        body = uow.session.execute(select(Item.body_html).where(Item.id == item_id)).scalar_one()
    assert body.startswith("<p>电话138****5678。</p>")
    assert "<td>110101********7432</td><td>6222***********0128</td>" in body
    writer.post(f"/work/items/{item_id}/mask-text", writer.edit(item_id))
    assert "没有找到需要隐去的号码" in writer.page
