"""The watched folder: finished packages become drafts, the others are left alone or come back with the reason."""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gongkai.core.ports import Services
from gongkai.publishing.intake.models import IntakeSender
from gongkai.publishing.intake.senders import set_active
from gongkai.publishing.intake.tasks import read_folder
from gongkai.run.modules import MODULES
from gongkai.workers.schedule import entries
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.publishing.intake.office import ADMIN, PDF, System, attachments, documents, fields, system, word


@pytest.fixture
def root(services: Services, tmp_path: Path) -> Iterator[Path]:
    """The watched folder."""
    object.__setattr__(services.settings, "intake_folder", str(tmp_path))
    yield tmp_path
    object.__setattr__(services.settings, "intake_folder", "")


@pytest.fixture
def office(app: Flask, world: World, root: Path) -> System:
    """The bureau's document system, with its folder."""
    made = system(app, world)
    (root / made.key).mkdir()
    return made


@pytest.fixture
def box(root: Path, office: System) -> Path:
    """The folder of the bureau's system."""
    return root / office.key


def run(services: Services) -> None:
    """What the schedule runs every minute."""
    job = next(entry for entry in entries(MODULES) if entry.name == "publishing.intake_folder")
    assert job.every.total_seconds() == 60
    job.task(services)


def contents(**changes: Any) -> dict[str, bytes]:
    """The files of a package."""
    return {
        "document.json": json.dumps(fields(attachments=["名单.pdf"], **changes), ensure_ascii=False).encode(),
        "通知.docx": word(),
        "名单.pdf": PDF,
    }


def put_folder(box: Path, name: str, files: Mapping[str, bytes], *, ready: bool = True) -> Path:
    place = box / name
    place.mkdir()
    for filename, data in files.items():
        (place / filename).write_bytes(data)
    if ready:
        (place / ".ready").touch()
    return place


def put_zip(box: Path, name: str, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(box / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for filename, data in files.items():
            archive.writestr(filename, data)
    return box / name


def told(place: Path, name: str) -> dict[str, Any]:
    """What was put beside a handled package."""
    found: dict[str, Any] = json.loads((place / name).read_text("utf8"))
    return found


def age(path: Path, clock: AdjustableClock, **by: float) -> None:
    """Let a file have been changed a while ago by the application's clock."""
    stamp = clock().timestamp()
    clock.advance(**by)
    os.utime(path, (stamp, stamp))


@pytest.mark.parametrize("put", [put_folder, put_zip])
def test_a_finished_package_becomes_a_draft(office: System, box: Path, put: Any) -> None:
    name = put(box, "包1.zip" if put is put_zip else "包1", contents()).name
    run(office.world.services)
    receipt = told(box / "done" / name, "receipt.json")
    assert (receipt["id"], receipt["state"], receipt["publish_due_date"]) == ("HXMZ-2026-0113", "draft", "2026-04-14")
    assert (box / "done" / name / name).exists()
    assert not (box / name).exists()
    assert attachments(office.world, receipt["item_id"]) == [("名单.pdf", "application/pdf")]
    assert "防火工作" in office.item(receipt).body_html
    assert documents(office.world)[0].channel == "folder"
    assert office.client.state("HXMZ-2026-0113")[1]["receipt"] == receipt["receipt"]


def test_a_name_packed_by_chinese_windows_is_read(office: System, box: Path) -> None:
    class Gbk(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's hook
            return self.filename.encode("gbk"), 0

    with zipfile.ZipFile(box / "包.zip", "w") as archive:
        for filename, data in contents().items():
            archive.writestr(Gbk(filename), data)
    run(office.world.services)
    assert told(box / "done" / "包.zip", "receipt.json")["state"] == "draft"


def test_what_is_still_being_written_is_left_alone(office: System, box: Path, clock: AdjustableClock) -> None:
    put_folder(box, "没有放完", contents(), ready=False)
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for filename, data in contents().items():
            archive.writestr(filename, data)
    torn = box / "没有传完.zip"
    torn.write_bytes(whole.getvalue()[:-40])
    (box / "别的.zip.part").write_bytes(b"PK")
    age(torn, clock, minutes=9)
    run(office.world.services)
    assert documents(office.world) == []
    assert sorted(entry.name for entry in box.iterdir()) == ["别的.zip.part", "没有传完.zip", "没有放完"]
    torn.write_bytes(whole.getvalue())
    run(office.world.services)
    assert len(documents(office.world)) == 1


def test_an_archive_that_stays_torn_comes_back(office: System, box: Path, clock: AdjustableClock) -> None:
    torn = box / "坏.zip"
    torn.write_bytes(b"PK\x03\x04" + b"\xff" * 100)
    age(torn, clock, minutes=11)
    run(office.world.services)
    reason = told(box / "refused" / "坏.zip", "reason.json")
    assert reason["faults"][0]["problem"] == "压缩包已损坏或没有传完"


@pytest.mark.parametrize(("change", "field", "problem"), [
    ({"document.json": None}, "document", "包中没有文件“document.json”"),
    ({"document.json": b"{"}, "document", "公文要素不是UTF-8编码的JSON"),
    ({"通知.docx": None}, "text", "包中没有文件“通知.docx”"),
    ({"多余.txt": b"x"}, "attachments", "有文件没有列入要素：多余.txt"),
    ({"名单.pdf": b"MZ\x90\x00" + b"\x00" * 50}, "attachments", "可执行程序"),
])  # fmt: skip
@pytest.mark.parametrize("put", [put_folder, put_zip])
def test_a_wrong_package_comes_back_with_the_reason(
    office: System, box: Path, put: Any, change: dict[str, bytes | None], field: str, problem: str
) -> None:
    files = {name: data for name, data in (contents() | change).items() if data is not None}
    put(box, "包.zip", files)
    run(office.world.services)
    reason = told(box / "refused" / "包.zip", "reason.json")
    assert (reason["title"], reason["faults"][0]["field"]) == ("公文要素有误，未接收", field)
    assert problem in reason["faults"][0]["problem"]
    assert documents(office.world) == []
    with office.world.services.database.system_scope("test") as uow:
        assert problem in uow.session.get_one(IntakeSender, office.sender_id).last_refusal


def test_the_same_package_again_gives_the_same_receipt_and_another_one_comes_back(office: System, box: Path) -> None:
    files = contents()
    put_folder(box, "包", files)
    run(office.world.services)
    put_folder(box, "包", files)
    run(office.world.services)
    first, again = (told(box / "done" / name, "receipt.json") for name in ("包", "包-2"))
    assert first == again
    assert len(documents(office.world)) == 1
    put_folder(box, "包", contents(title="关于另一件事的通知"))
    run(office.world.services)
    assert "标题" in told(box / "refused" / "包", "reason.json")["detail"]


def test_a_link_is_no_file_of_a_package(office: System, box: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(PDF)
    files = contents()
    del files["名单.pdf"]
    place = put_folder(box, "包", files)
    (place / "名单.pdf").symlink_to(secret)
    run(office.world.services)
    assert told(box / "refused" / "包", "reason.json")["faults"][0]["problem"] == "包中没有文件“名单.pdf”"
    outside = put_folder(tmp_path, "外面", contents())
    (box / "链接").symlink_to(outside)
    run(office.world.services)
    assert outside.exists()
    assert documents(office.world) == []


def test_a_package_that_unpacks_to_too_much_comes_back(office: System, box: Path) -> None:
    settings = office.world.services.settings
    object.__setattr__(settings, "upload_limit_bytes", 100_000)
    try:
        put_zip(box, "大.zip", contents() | {"名单.pdf": PDF + b"0" * 1_000_000})
        run(office.world.services)
    finally:
        object.__setattr__(settings, "upload_limit_bytes", 50 * 1024 * 1024)
    assert "超过上限" in told(box / "refused" / "大.zip", "reason.json")["faults"][0]["problem"]


def test_folders_of_others_and_of_stopped_systems_are_left_alone(office: System, root: Path, box: Path) -> None:
    (root / "oa-unknown").mkdir()
    put_folder(root / "oa-unknown", "包", contents())
    put_folder(box, "包", contents())
    with office.world.services.database.transaction() as uow:
        actor = office.world.actor(uow, ADMIN)
        set_active(uow, actor=actor, sender_id=office.sender_id, active=False)
    run(office.world.services)
    assert documents(office.world) == []
    assert (root / "oa-unknown" / "包").exists()
    assert (box / "包").exists()


def test_one_unusable_package_holds_up_no_other(office: System, box: Path) -> None:
    put_folder(box, "甲", contents())
    # A file in the place of the folder for what is done: nothing can be put away.
    (box / "done").write_text("")
    put_folder(box, "乙", contents(id="2", title=None))
    run(office.world.services)
    assert (box / "甲").exists()
    assert told(box / "refused" / "乙", "reason.json")["faults"][0]["problem"] == "缺少标题"
    (box / "done").unlink()
    run(office.world.services)
    assert told(box / "done" / "甲", "receipt.json")["receipt"] == documents(office.world)[0].id


def test_without_the_setting_nothing_is_watched(app: Flask, world: World) -> None:
    read_folder(world.services)
