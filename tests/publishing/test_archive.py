"""Archive copies, read by a BagIt reader of the test's own (RFC 8493), through the page and the command line."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gongkai.publishing.archive.bag import _named
from gongkai.publishing.ledger import link_hash
from gongkai.run.cli import main
from tests.conftest import AdjustableClock
from tests.factories.items import published, submitted
from tests.factories.world import World
from tests.portal.pages import revise, with_files
from tests.publishing.conftest import SignIn

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
NAME = "附件1：2026年度 低保名单（公示稿）%.pdf"


class Bag:
    """A zipped bag that was found valid; `payload` is path → bytes."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert len(names) == len(set(names))
            files = {name: archive.read(name) for name in names}
        folders = {name.split("/")[0] for name in names}
        assert len(folders) == 1, "a serialised bag is one folder"
        self.name = folders.pop()
        self.files = {name.removeprefix(f"{self.name}/"): content for name, content in files.items()}
        assert self.files["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        self.payload = {path: content for path, content in self.files.items() if path.startswith("data/")}
        self._complete("manifest-sha256.txt", set(self.payload))
        tags = set(self.files) - set(self.payload) - {"tagmanifest-sha256.txt"}
        self._complete("tagmanifest-sha256.txt", tags)
        lines = self.files["bag-info.txt"].decode().splitlines()
        self.info = dict(line.split(": ", 1) for line in lines if ": " in line)
        size = sum(map(len, self.payload.values()))
        assert self.info["Payload-Oxum"] == f"{size}.{len(self.payload)}"
        self.metadata: dict[str, Any] = json.loads(self.payload["data/metadata.json"])

    def _complete(self, manifest: str, paths: set[str]) -> None:
        listed = {}
        for line in self.files[manifest].decode().splitlines():
            digest, path = re.split(r"[ \t]+", line, maxsplit=1)
            for code, character in (("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
                path = path.replace(code, character)
            assert not path.startswith(("/", "~"))
            assert ".." not in path.split("/")
            listed[path] = digest
        assert set(listed) == paths
        for path, digest in listed.items():
            assert hashlib.sha256(self.files[path]).hexdigest() == digest, path


def export(world: World, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["items", "export", *arguments], obj=world.services)


def bag_of(folder: Path, name: str) -> Bag:
    """A package that the command wrote."""
    return Bag((folder / f"{name}.zip").read_bytes())


def change(engine: Engine, statement: str, **values: object) -> None:
    """What only the owner can do."""
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_package_has_everything_under_its_own_names(world: World, tmp_path: Path) -> None:
    item_id = with_files(world, [(NAME, PDF), ("说明.txt", "说明。".encode())], body_html="<p>各村：</p><p>通知。</p>")
    done = export(world, "--item", str(item_id), "--to", str(tmp_path / "new"))
    assert (done.exit_code, done.stdout) == (0, "已导出1个归档包。\n")
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"hx-mzj-{item_id}-v1.zip"]
    bag = bag_of(tmp_path / "new", f"hx-mzj-{item_id}-v1")
    assert set(bag.payload) == {
        "data/metadata.json", "data/text.html", "data/text.txt", f"data/attachments/{NAME}",
        "data/attachments/说明.txt",
    }  # fmt: skip
    assert bag.payload[f"data/attachments/{NAME}"] == PDF
    assert bag.payload["data/text.html"].decode() == "<p>各村：</p><p>通知。</p>"
    assert bag.payload["data/text.txt"].decode() == "关于做好春季防火工作的通知\n\n各村：\n通知。\n"
    content, chain = bag.metadata["content"], bag.metadata["chain"]
    assert link_hash(chain["previous_hash"], content) == chain["hash"] == bag.info["Chain-Hash"]
    assert hashlib.sha256(bag.payload["data/text.html"]).hexdigest() == content["text_sha256"]
    digests = [hashlib.sha256(bag.payload[file["path"]]).hexdigest() for file in bag.metadata["files"]]
    assert digests == [file["sha256"] for file in content["attachments"]]
    assert bag.metadata["unit"] == {"code": "hx-mzj", "name": "和溪县民政局", "uscc": None}
    assert bag.info["Source-Organization"] == "和溪县民政局"
    assert bag.info["External-Identifier"] == content["index_number"]
    assert (bag.info["Bagging-Date"], bag.info["Text-Erased"]) == ("2026-03-23", "no")


def test_each_version_by_itself_and_a_months_together(world: World, tmp_path: Path, clock: AdjustableClock) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    published(world, "hx-qsz", title="关于镇上的通知")
    clock.advance(days=20)
    revise(world, item_id, reason="补充电话", body_html="<p>新的正文。</p>")
    for month, version in (("2026-03", 1), ("2026-04", 2)):
        folder = tmp_path / month
        done = export(world, "--tenant", "hx-mzj", "--period", month, "--to", str(folder))
        assert done.stdout == "已导出1个归档包。\n"
        assert [path.name for path in folder.iterdir()] == [f"hx-mzj-{item_id}-v{version}.zip"]
    export(world, "--item", str(item_id), "--version", "1", "--to", str(tmp_path))
    first, second = bag_of(tmp_path, f"hx-mzj-{item_id}-v1"), bag_of(tmp_path / "2026-04", f"hx-mzj-{item_id}-v2")
    assert b"<p>" in first.payload["data/text.html"]
    assert second.payload["data/text.html"].decode() == "<p>新的正文。</p>"
    assert second.metadata["chain"]["previous_hash"] == first.metadata["chain"]["hash"]


def test_an_erased_text_says_so(world: World, owner_engine: Engine, tmp_path: Path) -> None:
    item_id = published(world, body_html="<p>张三的身份证号码。</p>")
    change(owner_engine, "UPDATE version_text SET body_html = '', erased_at = '2026-03-23 08:00+08'")
    assert export(world, "--item", str(item_id), "--to", str(tmp_path)).exit_code == 0
    bag = bag_of(tmp_path, f"hx-mzj-{item_id}-v1")
    for path in ("data/text.html", "data/text.txt"):
        assert "本版正文已于2026年3月23日 08:00依法删除" in bag.payload[path].decode()
    assert bag.info["Text-Erased"] == "yes"
    assert bag.metadata["text"]["erased_at"].startswith("2026-03-23T08:00")
    assert not any("张三".encode() in content for content in bag.files.values())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE version_text SET body_html = '<p>改过的正文。</p>'",
        """UPDATE item_version SET content = jsonb_set(content, '{title}', '"改过"')""",
        "UPDATE item_version SET previous_hash = repeat('1', 64)",
    ],
)
def test_what_does_not_agree_with_the_chain_is_not_exported(
    world: World, owner_engine: Engine, tmp_path: Path, damage: str
) -> None:
    item_id = published(world)
    change(owner_engine, damage)
    done = export(world, "--item", str(item_id), "--to", str(tmp_path))
    assert done.exit_code == 1
    assert "与本单位的版本链不符，不能导出" in done.stderr
    done = export(world, "--tenant", "hx-mzj", "--period", "2026-03", "--to", str(tmp_path))
    assert (done.exit_code, done.stdout) == (1, "已导出0个归档包，1个未导出。\n")
    assert [*tmp_path.iterdir()] == []


def test_a_damaged_or_missing_file_is_not_exported(world: World, tmp_path: Path) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    kept: Any = world.services.files
    path = kept.path(hashlib.sha256(PDF).hexdigest())
    path.chmod(0o640)
    path.write_bytes(PDF[:-1] + b"x")
    done = export(world, "--item", str(item_id), "--to", str(tmp_path))
    assert (done.exit_code, "校验值不符" in done.stderr) == (1, True)
    path.unlink()
    assert export(world, "--item", str(item_id), "--to", str(tmp_path)).exit_code == 1
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--item", "1", "--tenant", "hx"], ["--tenant", "hx-mzj"], ["--tenant", "hx-mzj", "--period", "三月"],
        ["--item", "987654321"], ["--tenant", "none", "--period", "2026-03"],
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_a_sentence(world: World, tmp_path: Path, arguments: list[str]) -> None:
    done = export(world, *arguments, "--to", str(tmp_path))
    assert done.exit_code == 1
    assert re.search("[一-鿿]", done.stderr)


def test_the_units_administrator_downloads_it_from_the_items_page(world: World, sign_in: SignIn) -> None:
    item_id = with_files(world, [(NAME, PDF)])
    path = f"/work/items/{item_id}/versions/1/archive.zip"
    administrator = sign_in("hx-mzj-unit_admin")
    administrator.get(f"/work/items/{item_id}")
    assert path in administrator.page
    answer = administrator.client.get(path, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert f'filename="hx-mzj-{item_id}-v1.zip"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert Bag(answer.data).payload[f"data/attachments/{NAME}"] == PDF
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'item.export'")) == 1
    administrator.get(f"/work/items/{item_id}/versions/2/archive.zip", 404)
    waiting = submitted(world, title="尚未发布的信息", body_html="<p>尚未发布。</p>")
    administrator.get(f"/work/items/{waiting}/versions/1/archive.zip", 409)
    contributor = sign_in("hx-mzj-contributor")
    contributor.get(f"/work/items/{item_id}")
    assert path not in contributor.page
    contributor.get(path, 403)
    sign_in("hx-qsz-unit_admin").get(path, 404)


@given(st.lists(st.text(max_size=12), max_size=6))
def test_names_in_a_package_are_safe_and_unique(names: list[str]) -> None:
    paths = [path for path, _ in _named([{"name": name} for name in names])]
    assert len({path.casefold() for path in paths}) == len(names)
    for path in paths:
        assert re.fullmatch(r"data/attachments/[^/\\\x00-\x1f]+", path)
        assert path.rpartition("/")[2] not in (".", "..")
