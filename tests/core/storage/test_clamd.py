"""Uploads pass a ClamAV daemon where one is configured; a small server here speaks its protocol."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from gongkai.core.ports import Services
from gongkai.core.settings import ConfigurationError, read_settings
from gongkai.core.storage.clamd import Infected, ScannerUnavailable, ScanningFileStore, scan
from gongkai.core.storage.store import LocalFileStore
from tests.factories.items import draft
from tests.factories.world import World
from tests.publishing.pages import Person, file

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 3_000_000


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def _answer(connection: socket.socket, seen: list[bytes]) -> None:
    assert _receive(connection, 10) == b"zINSTREAM\0"
    data = b""
    while size := struct.unpack("!I", _receive(connection, 4))[0]:
        data += _receive(connection, size)
        if len(data) > LIMIT:
            connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
    seen.append(data)
    connection.sendall(b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0")


@contextmanager
def daemon(family: socket.AddressFamily, address: object) -> Iterator[tuple[str, list[bytes]]]:
    """A daemon at the address; yields how the settings name it, and what it has seen."""
    seen: list[bytes] = []
    with socket.socket(family) as listener:
        listener.bind(address)  # type: ignore[arg-type]
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    _answer(connection, seen)

        threading.Thread(target=serve, daemon=True).start()
        name = listener.getsockname()
        yield (name if isinstance(name, str) else f"{name[0]}:{name[1]}"), seen
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["tcp", "socket"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A daemon on a port, and one on a socket."""
    where = (socket.AF_INET, ("127.0.0.1", 0)) if request.param == "tcp" else (socket.AF_UNIX, str(tmp_path / "clamd"))
    with daemon(*where) as running:
        yield running


def test_what_is_clean_is_kept_whole(clamd: tuple[str, list[bytes]], tmp_path: Path) -> None:
    address, seen = clamd
    files = ScanningFileStore(LocalFileStore(tmp_path / "files"), address)
    content = b"x" * 200_000
    stored = files.put(BytesIO(content), limit_bytes=10**6)
    assert seen == [content]
    with files.open(stored.digest_sha256) as kept:
        assert kept.read() == content


def test_what_is_infected_is_named_and_not_kept(clamd: tuple[str, list[bytes]], tmp_path: Path) -> None:
    files = ScanningFileStore(LocalFileStore(tmp_path / "files"), clamd[0])
    with pytest.raises(Infected, match="Eicar-Signature"):
        files.put(BytesIO(b"head" + EICAR), limit_bytes=10**6)
    assert not (tmp_path / "files").exists()


def test_without_a_clear_word_nothing_is_kept(clamd: tuple[str, list[bytes]]) -> None:
    with pytest.raises(ScannerUnavailable):
        scan(clamd[0], BytesIO(b"0" * (LIMIT * 3)), timeout=5)


def test_a_daemon_that_is_away_or_silent_is_said_to_be_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnavailable):
        scan(str(tmp_path / "nothing"), BytesIO(b"x"))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ScannerUnavailable):
            scan(f"127.0.0.1:{silent.getsockname()[1]}", BytesIO(b"x"), timeout=0.2)


def test_an_upload_says_what_was_found_or_that_one_must_wait(
    app: Flask, world: World, services: Services, clamd: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = draft(world)
    writer = Person(app, world, "hx-mzj-contributor")
    path = f"/work/items/{item_id}/attachments"

    def upload(address: str, content: bytes, status: int) -> str:
        files = ScanningFileStore(services.files, address)
        monkeypatch.setitem(app.extensions, "gongkai.services", replace(services, files=files))
        return writer.post(path, {**writer.edit(item_id), "attachment": file(content, "说明.txt")}, status)

    assert "“说明.txt”含有病毒或恶意代码（Eicar-Signature）" in upload(clamd[0], EICAR, 400)
    assert "病毒扫描暂不可用，请稍后再传" in upload("127.0.0.1:1", "文字。".encode(), 400)
    assert "还没有附件" not in upload(clamd[0], "文字。".encode(), 200)
    assert "已上传附件：说明.txt" in writer.page


@pytest.mark.parametrize(("value", "good"), [("clamav:3310", True), ("/run/clamd.sock", True), ("clamav", False)])
def test_the_setting_is_an_address_or_a_path(value: str, good: bool) -> None:
    given = {
        "DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "GONGKAI_SECRET_KEY": "s" * 32,
        "GONGKAI_PASSWORD_SALT": "s" * 16, "GONGKAI_DATA_DIRECTORY": "/tmp", "GONGKAI_CLAMD": value,
    }  # fmt: skip
    if good:
        assert read_settings(given).clamd == value
    else:
        with pytest.raises(ConfigurationError, match="GONGKAI_CLAMD：格式有误"):
            read_settings(given)
