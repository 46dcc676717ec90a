"""Files that come with a list: found by name, judged, attached, hidden where an office has taken them down."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from gongkai.core.storage import archives
from gongkai.publishing.emergency.services import Call, Picks, take_down
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Attachment, Item, ItemVersion
from gongkai.publishing.terms.models import ExtractedText
from gongkai.publishing.terms.tasks import read_backlog
from tests.core.extraction.samples import pdf
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import gongkai, migrate, text_list, workbook
from tests.publishing.imports.test_screens import TERMS, post, upload

HEADER = ("栏目", "标题", "发布时间", "外部编号", "正文", "附件")
PDF = pdf("Notice of the county")
TEXT = "救助名单：第一批共12户。\n".encode()


def line(number: int, attachments: str) -> tuple[str, ...]:
    """A row of HEADER."""
    title = f"关于第{number}号事项的公告"
    return ("gsgg", title, f"2023-03-10 09:{number:02d}", f"A{number}", f"现将第{number}号事项公告如下。", attachments)


def archive(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def gbk_archive(name: str, content: bytes) -> bytes:
    """A zip with one stored file whose name is in GBK, without the flag for UTF-8."""
    buffer = BytesIO()
    raw = name.encode("gbk")
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("x" * len(raw), content)
    return buffer.getvalue().replace(b"x" * len(raw), raw)


def bring(world: World, folder: Path, rows: list[tuple[str, ...]], files: Path, *more: str) -> dict[str, Any]:
    """`gongkai items import --migrate --files`; its JSON."""
    given = ("--tenant", "hx-mzj", "--files", str(files), "--json", *more)
    answer = migrate(world.services, folder, text_list(rows, HEADER), *given)
    assert answer.exit_code in (0, 1), answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def packed(folder: Path, files: dict[str, bytes]) -> Path:
    """An archive on the disk."""
    path = folder / "附件.zip"
    path.write_bytes(archive(files))
    return path


def attachments_of(world: World, unit: str = "hx-mzj") -> list[tuple[str, str, int]]:
    """(title of the item, name, size) of each file of a unit, in order."""
    with world.services.database.system_scope("test") as uow:
        query = (
            select(Item.title, Attachment.filename, Attachment.size_bytes)
            .join(Item, Item.id == Attachment.item_id)
            .where(Item.tenant_id == world.units[unit])
        )
        return [
            (row.title, row.filename, row.size_bytes)
            for row in uow.session.execute(query.order_by(Item.id, Attachment.sort_order))
        ]


def titles(world: World) -> list[str]:
    """Titles of what is public."""
    with world.services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Item.title).where(Item.is_public).order_by(Item.id)))


def test_a_folder_of_files_is_attached_published_and_read(world: World, tmp_path: Path, client: FlaskClient) -> None:
    folder = tmp_path / "附件"
    (folder / "2023").mkdir(parents=True)
    (folder / "2023" / "名单.txt").write_bytes(TEXT)
    (folder / "关于甲、乙的通知.pdf").write_bytes(PDF)
    (folder / "多余.txt").write_bytes("没有列入的文件。".encode())
    (folder / ".DS_Store").write_bytes(b"x")
    rows = [line(1, "名单.txt；关于甲、乙的通知.PDF"), line(2, "2023/名单.txt、关于甲、乙的通知.pdf"), line(3, "")]
    found = bring(world, tmp_path, rows, folder)
    assert (found["created"], found["refused"]) == (3, 0), found
    assert found["notes"] == ["所给的附件中有1个文件没有列入表中，未导入：多余.txt。"]
    both = [("名单.txt", len(TEXT)), ("关于甲、乙的通知.pdf", len(PDF))]
    assert attachments_of(world) == [(f"关于第{number}号事项的公告", *file) for number in (1, 2) for file in both]
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"], files=world.services.files) is None
        version = uow.session.scalars(select(ItemVersion).order_by(ItemVersion.position).limit(1)).one()
        item_id = version.item_id
        assert [file["name"] for file in version.content["attachments"]] == ["名单.txt", "关于甲、乙的通知.pdf"]
    page = client.get(f"/items/{item_id}").get_data(as_text=True)
    assert "名单.txt" in page
    with client.get(f"/items/{item_id}/files/1/名单.txt") as download:
        assert download.data == TEXT
    read_backlog(world.services)
    with world.services.database.system_scope("test") as uow:
        texts = uow.session.scalars(select(ExtractedText.parts)).all()
    assert len(texts) == 2
    assert "第一批共12户" in str(texts)


def test_a_second_run_brings_nothing_twice_and_tells_of_other_files(world: World, tmp_path: Path) -> None:
    files = packed(tmp_path, {"名单.txt": TEXT})
    assert bring(world, tmp_path, [line(1, "名单.txt")], files)["created"] == 1
    assert bring(world, tmp_path, [line(1, "名单.txt")], files)["unchanged"] == 1
    assert len(attachments_of(world)) == 1
    changed = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": TEXT + TEXT}))
    assert changed["faults"][0]["problem"] == "已存在（已发布），内容不同：附件"
    # Without its files a list says nothing of them.
    again = migrate(world.services, tmp_path, text_list([line(1, "名单.txt")], HEADER), "--tenant", "hx-mzj", "--json")
    assert json.loads(again.stdout)["unchanged"] == 1


@pytest.mark.parametrize("dry", [True, False])
def test_what_cannot_be_attached_is_told_by_row_before_anything_of_it_is_written(
    world: World, tmp_path: Path, *, dry: bool
) -> None:
    files = packed(
        tmp_path,
        {
            "甲/名单.txt": TEXT,
            "乙/名单.txt": TEXT + TEXT,
            "病.exe": b"MZ" + b"\0" * 300,
            "假.pdf": TEXT,
            "空.txt": b"",
            "好.txt": TEXT,
        },
    )
    rows = [line(1, "没有.pdf"), line(2, "名单.txt"), line(3, "病.exe"), line(4, "假.pdf"), line(5, "空.txt")]
    rows += [line(6, "好.txt"), line(7, "乙/名单.txt")]
    found = bring(world, tmp_path, rows, files, *(["--dry-run"] if dry else []))
    told = {fault["row"]: (fault["column"], fault["value"], fault["problem"]) for fault in found["faults"]}
    assert told == {
        2: ("附件", "没有.pdf", "所给的附件中没有“没有.pdf”"),
        3: ("附件", "名单.txt", "所给的附件中有2个文件叫“名单.txt”"),
        4: ("附件", "病.exe", "“病.exe”的内容是可执行程序，不能作为附件"),
        5: ("附件", "假.pdf", "“假.pdf”的扩展名是“.pdf”，而内容是文本文件"),
        6: ("附件", "空.txt", "“空.txt”是空文件"),
    }
    assert all(fault["remedy"] for fault in found["faults"])
    assert found["created"] == 2
    assert titles(world) == ([] if dry else ["关于第6号事项的公告", "关于第7号事项的公告"])


def test_the_same_file_twice_is_attached_once(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    files = packed(tmp_path, {"甲.txt": TEXT, "乙.txt": TEXT})
    bring(world, tmp_path, [line(1, "甲.txt；乙.txt")], files, "--report", str(report))
    assert [name for _, name, _ in attachments_of(world)] == ["甲.txt"]
    hints = [row[3].value for row in load_workbook(report)["提示"].iter_rows(min_row=2)]
    assert "附件“乙.txt”与“甲.txt”内容相同，只导入一份" in hints


def test_names_in_gbk_are_read(world: World, tmp_path: Path) -> None:
    path = tmp_path / "附件.zip"
    path.write_bytes(gbk_archive("救助名单.txt", TEXT))
    assert bring(world, tmp_path, [line(1, "救助名单.txt")], path)["created"] == 1
    assert [name for _, name, _ in attachments_of(world)] == ["救助名单.txt"]


def test_bombs_and_what_is_no_archive_are_refused_as_a_whole(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = ("--migrate", "--cutoff", "2025-12-31", "--responsible", "李四", "--allowed-by", "yl-supervisor")
    listed = tmp_path / "list.csv"
    listed.write_bytes(text_list([line(1, "0.txt")], HEADER))

    def refused(data: bytes) -> str:
        (tmp_path / "x.zip").write_bytes(data)
        answer = gongkai(
            world.services, "items", "import", str(listed), "--tenant", "hx-mzj", "--files", str(tmp_path / "x.zip"),
            *terms,
        )  # fmt: skip
        assert answer.exit_code == 1
        return answer.stderr

    assert "不是 .zip 格式" in refused(b"PK\x03\x04 torn")
    assert "没有文件" in refused(archive({}))
    assert "“0.txt”压缩比异常" in refused(archive({"0.txt": b"0" * 11 * 1024**2}))
    monkeypatch.setattr(archives, "LEAST_UNPACKED", 2 * 1024**2)
    assert "超过 2 MB" in refused(archive({f"{number}.txt": b"0" * 1024**2 for number in range(3)}))
    missing = gongkai(world.services, "items", "import", str(listed), "--files", str(tmp_path / "nowhere"), *terms)
    assert (missing.exit_code, "没有文件或文件夹" in missing.stderr) == (1, True)
    assert titles(world) == []


def test_a_damaged_and_a_locked_member_refuse_their_rows_only(world: World, tmp_path: Path) -> None:
    data = bytearray(archive({"坏.txt": TEXT * 50, "好.txt": TEXT}))
    at = data.index("坏.txt".encode()) + len("坏.txt".encode())
    data[at + 2] ^= 0xFF
    path = tmp_path / "附件.zip"
    path.write_bytes(bytes(data))
    found = bring(world, tmp_path, [line(1, "坏.txt"), line(2, "好.txt")], path)
    assert (found["created"], found["faults"][0]["problem"]) == (1, "“坏.txt”已损坏或设有密码，不能解压")


def test_a_file_that_an_office_took_down_does_not_come_back(world: World, tmp_path: Path) -> None:
    files = packed(tmp_path, {"名单.txt": TEXT, "别的.txt": TEXT + TEXT})
    bring(world, tmp_path, [line(1, "名单.txt")], files)
    with world.services.database.system_scope("test") as uow:
        item_id, digest = uow.session.execute(select(Attachment.item_id, Attachment.digest)).one()
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        take_down(uow, actor=actor, picks=Picks(files=frozenset({(item_id, digest)})), call=Call("李某", "电话"))
    found = bring(world, tmp_path, [line(2, "名单.txt"), line(3, "别的.txt")], files)
    assert (found["created"], found["faults"][0]["problem"]) == (1, "附件“名单.txt”已被紧急撤下")


def test_drafts_bring_their_files_too(world: World, tmp_path: Path) -> None:
    file = tmp_path / "drafts.csv"
    header = ("栏目", "标题", "外部编号", "正文", "附件")
    file.write_bytes(text_list([("gsgg", "关于名单的公告", "B1", "名单如下。", "名单.txt")], header))
    given = ("items", "import", str(file), "--by", "hx-mzj-contributor", "--files")
    answer = gongkai(world.services, *given, str(packed(tmp_path, {"名单.txt": TEXT})), "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["created"]) == (0, 1), answer.output
    assert attachments_of(world) == [("关于名单的公告", "名单.txt", len(TEXT))]
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(func.count()).select_from(ExtractedText)) == 1


def test_an_archive_is_uploaded_beside_the_list_tried_allowed_and_brought(world: World, sign_in: SignIn) -> None:
    unit, office = sign_in("hx-mzj-unit_admin").client, sign_in("hx-supervisor").client
    data = workbook([line(1, "名单.txt"), line(2, "没有.txt")], HEADER)
    files = (BytesIO(archive({"附件/名单.txt": TEXT})), "附件.zip")
    address = upload(unit, data, name="清单.xlsx", files=files, dry_run="1", **TERMS)
    work_off(world.services)
    page = unit.get(address).get_data(as_text=True)
    assert "试运行完成：1行可以导入，1行有问题。" in page
    with unit.get(f"{address}/attachments") as download:
        assert zipfile.ZipFile(BytesIO(download.data)).namelist() == ["附件/名单.txt"]
    waiting = post(unit, f"{address}/start", at=address).headers["Location"]
    batch_id = int(waiting.rpartition("/")[2])
    work_off(world.services)
    assert titles(world) == []
    at = f"/work/migrations/{batch_id}"
    assert f'href="{at}/attachments"' in office.get(at).get_data(as_text=True)
    post(office, f"{at}/allow", at=at)
    work_off(world.services)
    assert attachments_of(world) == [("关于第1号事项的公告", "名单.txt", len(TEXT))]
    stranger = sign_in("qs-mzj-unit_admin").client
    assert stranger.get(f"{waiting}/attachments").status_code == 404


def test_an_upload_that_is_no_archive_is_refused_at_its_field(world: World, sign_in: SignIn) -> None:
    client = sign_in("hx-mzj-unit_admin").client
    answer = post(
        client, "/work/imports/new", file=(BytesIO(workbook([line(1, "名单.txt")], HEADER)), "清单.xlsx"),
        files=(BytesIO(PDF), "附件.zip"), **TERMS,
    )  # fmt: skip
    assert answer.status_code == 400
    assert "附件压缩包已损坏，或不是 .zip 格式" in answer.get_data(as_text=True)


def test_a_trial_of_a_command_is_not_made_real_without_its_files(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    files = packed(tmp_path, {"名单.txt": TEXT})
    data = text_list([("hx-mzj", *line(1, "名单.txt"))], ("单位", *HEADER))
    tried = migrate(world.services, tmp_path, data, "--tenant", "hx", "--files", str(files), "--dry-run")
    assert tried.exit_code == 0, tried.output
    with world.services.database.system_scope("test") as uow:
        batch = uow.session.scalars(select(ImportBatch)).one()
    assert (batch.files_name, batch.files_digest) == ("附件.zip", "")
    office, at = sign_in("hx-supervisor").client, f"/work/migrations/{batch.id}"
    shown = office.get(at).get_data(as_text=True)
    assert "附件.zip" in shown
    assert f"{at}/attachments" not in shown
    answer = post(office, f"{at}/start", at=at)
    assert (answer.status_code, "请用同一条命令正式导入" in answer.get_data(as_text=True)) == (409, True)
    assert titles(world) == []
