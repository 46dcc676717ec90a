"""Files whose text could not be read: said on the item's page, tried again with growing waits, and when asked."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from gongkai.core.storage.store import LocalFileStore
from gongkai.publishing.models import Attachment
from gongkai.publishing.terms.models import ExtractedText
from gongkai.publishing.terms.tasks import retry_failed
from gongkai.publishing.terms.texts import WAITS
from tests.conftest import AdjustableClock
from tests.core.extraction.old_samples import word97
from tests.core.extraction.samples import archive, pdf, word
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.publishing.pages import Person
from tests.publishing.terms.lists import WRITER, hits, term
from tests.publishing.terms.test_submission import attach
from tests.publishing.terms.test_sweep import approve

BROKEN = b"%PDF-1.4 broken"


@pytest.fixture
def writer(app: Flask, world: World) -> Person:
    return Person(app, world, WRITER)


@pytest.fixture
def clock(world: World) -> AdjustableClock:
    found = world.services.database.clock
    assert isinstance(found, AdjustableClock)
    return found


def with_file(world: World, name: str, data: bytes) -> int:
    """A draft with a file that the background has looked at."""
    item_id = draft(world)
    attach(world, item_id, name, data)
    work_off(world.services)
    return item_id


def row_of(world: World) -> ExtractedText:
    with world.services.database.system_scope("test") as uow:
        found = uow.session.scalars(select(ExtractedText)).one()
        uow.session.expunge(found)
        return found


def hide(world: World) -> tuple[Path, Path]:
    """Take the only file off the disk; where it was, where it is."""
    store = world.services.files
    assert isinstance(store, LocalFileStore)
    with world.services.database.system_scope("test") as uow:
        place = store.path(uow.session.scalars(select(Attachment.digest)).one())
    return place, place.rename(place.with_suffix(".away"))


def address(world: World, item_id: int) -> str:
    with world.services.database.system_scope("test") as uow:
        return f"/work/items/{item_id}/attachments/{uow.session.scalars(select(Attachment.id)).one()}/read"


def test_a_file_that_is_not_read_yet_says_so(writer: Person, world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "通知.docx", word("正文"))
    assert "文字尚未读取。" in writer.get(f"/work/items/{item_id}")
    work_off(world.services)
    page = writer.get(f"/work/items/{item_id}")
    assert "attachment-reading" not in page


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("扫描件.pdf", pdf(""), "扫描件，未识别文字。"),
        ("密.pdf", pdf("密", encrypted=True), "文件已加密，需要密码才能打开。"),
        ("图.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "暂不支持读取此类文件（PNG 图片）。"),
    ],
    ids=("scan", "encrypted", "picture"),
)
def test_what_no_attempt_can_change_is_said_and_not_tried_again(
    writer: Person, world: World, clock: AdjustableClock, name: str, data: bytes, words: str
) -> None:
    item_id = with_file(world, name, data)
    page = writer.get(f"/work/items/{item_id}")
    assert words in page
    assert "再次读取" not in page
    assert row_of(world).retry_at is None
    writer.post(address(world, item_id), {}, 409)
    clock.advance(days=30)
    retry_failed(world.services)
    assert row_of(world).tries == 1


def test_a_damaged_file_is_tried_again_with_growing_waits_and_then_left(
    app: Flask, world: World, clock: AdjustableClock
) -> None:
    item_id = with_file(world, "坏.pdf", BROKEN)
    for tries, wait in enumerate(WAITS, 1):
        row = row_of(world)
        assert (row.tries, row.retry_at) == (tries, row.read_at + wait)
        retry_failed(world.services)
        assert row_of(world).tries == tries
        page = Person(app, world, WRITER).get(f"/work/items/{item_id}")
        assert "文件损坏，无法打开。将于2026年" in page
        assert "再次读取" in page
        clock.advance(seconds=wait.total_seconds() + 1)
        retry_failed(world.services)
    assert (row_of(world).tries, row_of(world).retry_at) == (len(WAITS) + 1, None)
    page = Person(app, world, WRITER).get(f"/work/items/{item_id}")
    assert f"文件损坏，无法打开。已读取{len(WAITS) + 1}次，不再自动读取。" in page
    clock.advance(days=30)
    retry_failed(world.services)
    assert row_of(world).tries == len(WAITS) + 1


def test_a_person_asks_for_another_attempt(writer: Person, world: World, clock: AdjustableClock) -> None:
    item_id = with_file(world, "坏.pdf", BROKEN)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(ExtractedText).values(tries=4, retry_at=None))
    writer.post(address(world, item_id))
    assert "将再次读取附件“坏.pdf”的文字。" in writer.page
    assert "正在再次读取。" in writer.page
    work_off(world.services)
    row = row_of(world)
    assert (row.tries, row.retry_at) == (1, row.read_at + WAITS[0])


def test_a_reader_cannot_ask(app: Flask, world: World) -> None:
    item_id = with_file(world, "坏.pdf", BROKEN)
    reviewer = Person(app, world, "hx-mzj-approver")
    assert "文件损坏，无法打开。将于" in reviewer.get(f"/work/items/{item_id}")
    assert '/read"' not in reviewer.page
    reviewer.post(address(world, item_id), {}, 403)


def test_a_file_that_comes_back_is_read_looked_through_and_told_to_search(
    writer: Person, world: World, clock: AdjustableClock
) -> None:
    term(world, "旧提法")
    item_id = draft(world)
    attach(world, item_id, "旧件.doc", word97("落实旧提法。"))
    place, away = hide(world)
    work_off(world.services)
    assert "文件已丢失，请重新上传。将于" in writer.get(f"/work/items/{item_id}")
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(ExtractedText).values(unread=[]))
    approve(world, item_id)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(ExtractedText).values(unread=[{"file": "", "reason": "文件损坏，无法打开"}]))
    away.rename(place)
    assert hits(world) == []
    clock.advance(hours=1)
    retry_failed(world.services)
    work_off(world.services)
    assert [hit[1] for hit in hits(world)] == ["附件《旧件.doc》"]
    assert "attachment-reading" not in writer.get(f"/work/items/{item_id}")
    assert row_of(world).retry_at is None


def test_an_attempt_that_finds_nothing_takes_no_text_away(world: World, clock: AdjustableClock) -> None:
    with_file(world, "包.zip", archive({"好.txt": "好的".encode(), "坏.pdf": BROKEN}))
    assert [part["text"] for part in row_of(world).parts] == ["好的"]
    hide(world)
    clock.advance(hours=1)
    retry_failed(world.services)
    row = row_of(world)
    assert (row.tries, row.unread) == (2, [{"file": "", "reason": "文件已丢失，请重新上传"}])
    assert [part["text"] for part in row.parts] == ["好的"]


def test_files_of_an_archive_are_named_and_many_are_counted(writer: Person, world: World) -> None:
    item_id = with_file(world, "包.zip", archive({f"{n}.pdf": BROKEN for n in range(5)}))
    page = writer.get(f"/work/items/{item_id}")
    assert "其中的“0.pdf”文件损坏，无法打开；其中的“1.pdf”文件损坏，无法打开；" in page
    assert "；共5个文件未能读取。将于" in page


def test_texts_of_others_are_not_asked_for(app: Flask, world: World) -> None:
    item_id = with_file(world, "坏.pdf", BROKEN)
    published(world, "qs-mzj")
    Person(app, world, "qs-mzj-contributor").post(address(world, item_id), {}, 404)
