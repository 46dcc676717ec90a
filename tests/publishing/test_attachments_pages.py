"""Files of an item at the workspace: uploaded, put in order, taken off, downloaded, refused."""

import io
import zipfile
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.core.ports import Services
from gongkai.publishing.models import Attachment, Item
from tests.factories.items import draft, published
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person, file

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF"
)
NAME = "附件1：2026年春季防火责任分工表（征求意见稿）.pdf"


@pytest.fixture
def writer(sign_in: SignIn) -> Person:
    """The contributor of a county bureau."""
    return sign_in("hx-mzj-contributor")


def files_of(world: World, item_id: int) -> list[tuple[int, str]]:
    """Ids and names in their order."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        query = select(Attachment.id, Attachment.filename).where(Attachment.item_id == item_id)
        return [(row.id, row.filename) for row in uow.session.execute(query.order_by(Attachment.sort_order))]


def upload(person: Person, item_id: int, *files: tuple[bytes, str], status: int = 200, **changes: str) -> str:
    """Upload files with the editor's form."""
    values = person.edit(item_id, **changes)
    values["attachment"] = [file(content, name) for content, name in files]
    return person.post(f"/work/items/{item_id}/attachments", values, status)


def test_a_file_with_a_chinese_name_comes_back_as_it_was(world: World, writer: Person) -> None:
    item_id = draft(world)
    page = upload(writer, item_id, (PDF, NAME), summary="与附件一起写的概述。")
    assert f"已上传附件：{NAME}。" in page
    assert "与附件一起写的概述。" in page
    [(attachment_id, name)] = files_of(world, item_id)
    assert name == NAME
    answer = writer.client.get(f"/work/items/{item_id}/attachments/{attachment_id}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%E9%99%84%E4%BB%B61%EF%BC%9A2026" in disposition
    answer.close()


def test_files_are_put_in_order_and_taken_off(world: World, writer: Person) -> None:
    item_id = draft(world)
    upload(writer, item_id, (PDF, "甲.pdf"), (PDF + b"\n", "乙.pdf"), ("说明".encode(), "丙.txt"))
    ids = {name: attachment_id for attachment_id, name in files_of(world, item_id)}
    move = f"/work/items/{item_id}/attachments/{ids['丙.txt']}/move"
    writer.post(move, writer.edit(item_id) | {"direction": "up"})
    assert [name for _, name in files_of(world, item_id)] == ["甲.pdf", "丙.txt", "乙.pdf"]
    writer.post(move, writer.edit(item_id) | {"direction": "down"})
    writer.post(move, writer.edit(item_id) | {"direction": "down"})
    assert [name for _, name in files_of(world, item_id)] == ["甲.pdf", "乙.pdf", "丙.txt"]
    page = writer.post(f"/work/items/{item_id}/attachments/{ids['甲.pdf']}/remove", writer.edit(item_id))
    assert "已删除附件“甲.pdf”" in page
    assert [name for _, name in files_of(world, item_id)] == ["乙.pdf", "丙.txt"]


POLYGLOT = b"%PDF-1.4\n" + b"<html><script>alert(1)</script></html>" + b"\n%%EOF"


def zipped_pdf() -> bytes:
    """A PDF that is a zip archive as well."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    return PDF + buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90\x00" + b"\0" * 200, "申请表.exe", "不能上传程序"),
        (b"MZ\x90\x00" + b"\0" * 200, "申请表.pdf", "不能作为附件"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.png", "不能作为附件"),
        (b"<!doctype html><script>alert(1)</script>", "说明.txt", "不能作为附件"),
        (PDF, "表格.xlsx", "扩展名是“.xlsx”"),
        (b"", "空.pdf", "空文件"),
        (zipped_pdf(), "两用.pdf", "不能作为附件"),
    ],
)
def test_what_may_not_be_attached_is_refused_and_the_form_kept(
    world: World, writer: Person, content: bytes, name: str, words: str
) -> None:
    item_id = draft(world)
    page = upload(writer, item_id, (PDF + b"\n\n", "好.pdf"), (content, name), status=400, summary="刚写的概述。")
    assert words in page
    assert 'href="#field-attachment"' in page
    assert "刚写的概述。" in page
    # All or nothing: the good file before it is not kept either.
    assert files_of(world, item_id) == []


def test_the_same_content_twice_is_told(world: World, writer: Person) -> None:
    item_id = draft(world)
    upload(writer, item_id, (PDF, "甲.pdf"))
    page = upload(writer, item_id, (PDF, "乙.pdf"), status=400)
    assert "“乙.pdf”与已有附件“甲.pdf”内容相同" in page


@pytest.fixture
def small(services: Services, world: World) -> Flask:
    """The application with a limit of 2000 bytes a file."""
    from gongkai.run.compose import make_app

    settings = services.settings.model_copy(update={"upload_limit_bytes": 2000})
    return make_app(replace(services, settings=settings))


def test_a_file_beyond_the_limit_is_refused_with_both_sizes(world: World, small: Flask) -> None:
    item_id = draft(world)
    person = Person(small, world, "hx-mzj-contributor")
    page = upload(person, item_id, (PDF + b"\n" * 3000, "大.pdf"), status=400)
    assert "超过上限 2 KB" in page or "超过上限 2.0 KB" in page
    assert "请压缩或拆分后重新上传" in page
    # Far beyond it the request itself is refused, in Chinese as well.
    answer = person.client.post(
        f"/work/items/{item_id}/attachments",
        data=b"--b\r\n" + b"x" * 1_100_000,
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 413
    assert "上传的文件过大" in answer.get_data(as_text=True)
    assert "分几次上传" in answer.get_data(as_text=True)
    assert files_of(world, item_id) == []


def test_a_submitted_item_takes_no_files(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id) | {"attachment": [file(PDF, "甲.pdf")]}
    writer.post(f"/work/items/{item_id}/submit")
    page = writer.post(f"/work/items/{item_id}/attachments", values, 409)
    assert "这条信息现为“待保密审查”" in page
    assert files_of(world, item_id) == []


def test_uploading_makes_one_an_author(world: World, writer: Person) -> None:
    item_id = draft(world)
    upload(writer, item_id, (PDF, "甲.pdf"))
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, "hx-mzj-contributor")
        assert actor.user_id in uow.session.execute(select(Item.author_ids).where(Item.id == item_id)).scalar_one()


def test_a_revision_starts_with_the_files_of_the_published_one(world: World, writer: Person) -> None:
    item_id = published(world)
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": "content", "change_reason": "换附件"})
    revision_id = int(writer.location.split("/")[3])
    upload(writer, revision_id, (PDF, "新.pdf"))
    assert [name for _, name in files_of(world, revision_id)] == ["新.pdf"]
    assert files_of(world, item_id) == []


def test_a_foreign_file_answers_as_a_missing_one(world: World, writer: Person, sign_in: SignIn) -> None:
    item_id, other_id = draft(world), draft(world, title="另一条信息")
    upload(writer, item_id, (PDF, "甲.pdf"))
    [(attachment_id, _)] = files_of(world, item_id)
    stranger = sign_in("qs-mzj-contributor")
    for person, path in (
        (stranger, f"/work/items/{item_id}/attachments/{attachment_id}"),
        (writer, f"/work/items/{other_id}/attachments/{attachment_id}"),
        (writer, f"/work/items/{item_id}/attachments/999999999"),
    ):
        person.get(path, 404)
