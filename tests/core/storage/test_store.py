import errno
import hashlib
import io
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.storage.store import FileMissing, FileStore, FileTooLarge, LocalFileStore, StorageFull


def files_under(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "files")


def put(store: FileStore, content: bytes, limit: int = 10_000_000) -> str:
    return store.put(io.BytesIO(content), limit_bytes=limit).digest_sha256


def test_a_file_comes_back_by_its_digest(store: LocalFileStore) -> None:
    content = "关于印发《实施方案》的通知".encode() * 200_000
    stored = store.put(io.BytesIO(content), limit_bytes=len(content))

    assert stored.digest_sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size == len(content)
    with store.open(stored.digest_sha256) as file:
        assert file.read() == content
    path = store.path(stored.digest_sha256)
    assert path.parent.parent.name == stored.digest_sha256[:2]
    assert path.parent.name == stored.digest_sha256[2:4]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@settings(max_examples=25)
@given(contents=st.lists(st.binary(max_size=300), max_size=6))
def test_equal_contents_are_kept_once(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    root = tmp_path_factory.mktemp("store")
    store = LocalFileStore(root)
    digests = {put(store, content) for content in contents}
    assert len(files_under(root)) == len(digests) == len(set(contents))


def test_a_stream_over_the_limit_leaves_nothing(store: LocalFileStore, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge, match="超过大小上限 4 字节") as caught:
        put(store, b"12345", limit=4)
    assert caught.value.limit_bytes == 4
    assert files_under(tmp_path) == []
    assert store.exists(put(store, b"1234", limit=4))


def test_a_broken_stream_leaves_nothing(store: LocalFileStore, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(3)

    with pytest.raises(ConnectionResetError):
        store.put(Broken(b"123456"), limit_bytes=100)
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_said_so_and_leaves_nothing(
    store: LocalFileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def full(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StorageFull, match="存储空间已满"):
            put(store, b"content")
    assert files_under(tmp_path) == []
    assert store.exists(put(store, b"content"))


def test_other_errors_of_the_disk_are_not_called_full(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "write", broken)
    with pytest.raises(OSError, match="input/output error"):
        put(store, b"content")


def test_short_writes_are_continued(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
    digest = put(store, b"0123456789" * 20)
    with store.open(digest) as file:
        assert file.read() == b"0123456789" * 20


def test_concurrent_puts_of_the_same_content_all_succeed(store: LocalFileStore, tmp_path: Path) -> None:
    content = os.urandom(200_000)
    start = threading.Barrier(8)

    def upload(_: int) -> str:
        start.wait()
        for _ in range(5):
            digest = put(store, content)
            with store.open(digest) as file:
                assert file.read() == content
        return digest

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(upload, range(8)))

    assert found == [hashlib.sha256(content).hexdigest()] * 8
    assert len(files_under(tmp_path)) == 1


def test_a_damaged_file_is_healed_by_the_next_upload(store: LocalFileStore) -> None:
    digest = put(store, b"content")
    store.path(digest).write_bytes(b"")
    put(store, b"content")
    assert store.path(digest).read_bytes() == b"content"


def test_deleting_is_final_and_may_be_repeated(store: LocalFileStore) -> None:
    digest = put(store, b"content")
    store.delete(digest)
    store.delete(digest)
    assert not store.exists(digest)
    with pytest.raises(FileMissing, match="不存在"):
        store.open(digest)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "a" * 65])
def test_only_digests_reach_the_disk(store: LocalFileStore, digest: str) -> None:
    for call in (store.open, store.exists, store.delete, store.path):
        with pytest.raises(ValueError, match="64 lower-case"):
            call(digest)
