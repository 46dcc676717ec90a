"""Content-addressed files: a Protocol, and the store on a local disk.

A file is found by the SHA-256 of its bytes (64 lower-case hex digits), so equal files are kept once.
The store counts no references: whoever deletes a digest has made sure that nothing else uses it.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from gongkai.core.errors import DomainError, NotFound, Refused
from gongkai.core.storage.names import size_label

_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StorageFull(DomainError):
    """The disk or the quota is used up; nothing was kept of the file."""

    def __init__(self) -> None:
        super().__init__("服务器存储空间已满，文件未能保存；请联系系统管理员清理或扩容后重新上传。")


class FileTooLarge(Refused):
    """The stream is longer than `limit_bytes`; nothing was kept of it."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"文件超过大小上限 {size_label(limit_bytes)}；请压缩或拆分后重新上传。")


class FileMissing(NotFound):
    """No file has this digest."""

    def __init__(self) -> None:
        super().__init__("文件不存在或已被删除；如属误删，请联系系统管理员从备份中恢复。")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What `put` kept: lower-case hex SHA-256 and length in bytes."""

    digest_sha256: str
    size: int


class FileStore(Protocol):
    """Where the bytes of attachments, imports and exports are kept.

    A digest that is not 64 lower-case hex digits raises `ValueError` everywhere.
    """

    def put(self, stream: BinaryIO, *, limit_bytes: int) -> StoredFile:
        """Keep everything the stream still yields.

        Raises `FileTooLarge` as soon as more than `limit_bytes` were read, and `StorageFull`.
        """

    def open(self, digest: str) -> BinaryIO:
        """Give the file open for reading (the caller closes it); raises `FileMissing`."""

    def exists(self, digest: str) -> bool:
        """Tell whether a file with this digest is kept."""

    def delete(self, digest: str) -> None:
        """Remove the file; a missing one is no error."""


class LocalFileStore:
    """`FileStore` in a folder: `<root>/ab/cd/<digest>`, written in `<root>/tmp` and renamed when complete."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"

    def put(self, stream: BinaryIO, *, limit_bytes: int) -> StoredFile:
        """See `FileStore.put`. The file is on the disk, with its folder entry, when this returns."""
        with _full_disk():
            self._temporary.mkdir(mode=0o750, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._temporary)
        temporary = Path(name)
        try:
            try:
                stored = _copy(stream, descriptor, limit_bytes)
            finally:
                os.close(descriptor)
            with _full_disk():
                self._keep(temporary, self.path(stored.digest_sha256))
        finally:
            temporary.unlink(missing_ok=True)
        return stored

    def open(self, digest: str) -> BinaryIO:
        """See `FileStore.open`."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise FileMissing from None

    def exists(self, digest: str) -> bool:
        """See `FileStore.exists`."""
        return self.path(digest).is_file()

    def delete(self, digest: str) -> None:
        """See `FileStore.delete`. Folders stay: removing one would race with a `put` that just made it."""
        self.path(digest).unlink(missing_ok=True)

    def path(self, digest: str) -> Path:
        """Where the file is, or would be; for `X-Accel-Redirect`, backups and command-line tools."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a digest is 64 lower-case hexadecimal digits")
        return self._root / digest[:2] / digest[2:4] / digest

    def _keep(self, temporary: Path, final: Path) -> None:
        parent = final.parent
        fresh = [folder for folder in (parent, parent.parent) if not folder.exists()]
        parent.parent.mkdir(mode=0o750, exist_ok=True)
        parent.mkdir(mode=0o750, exist_ok=True)
        # Always replaced, even when the digest is there already: the rename is atomic, equal content makes
        # the race of two writers harmless, and a file damaged on the disk is healed by the next upload.
        temporary.replace(final)
        for folder in [parent, *(folder.parent for folder in fresh)]:
            _sync_folder(folder)


def _copy(stream: BinaryIO, descriptor: int, limit_bytes: int) -> StoredFile:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit_bytes:
            raise FileTooLarge(limit_bytes)
        digest.update(chunk)
        with _full_disk():
            _write_all(descriptor, chunk)
    with _full_disk():
        os.fchmod(descriptor, 0o640)
        os.fsync(descriptor)
    return StoredFile(digest.hexdigest(), size)


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk() -> Iterator[None]:
    # Only our own writes stand inside: an ENOSPC of the incoming stream's spool file is about another disk.
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise
