"""Packages in the watched folder: what lies finished in a sender's folder, and what is read from it.

A package is a zip file, or a folder in which an empty `.ready` was put last; both hold `document.json` and the files.
"""

import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import size_label
from gongkai.core.storage.untrusted import open_zip
from gongkai.publishing.intake.schemas import DOCUMENT_LIMIT, read_document
from gongkai.publishing.intake.services import Package, SentFile, digest_of

DOCUMENT, READY = "document.json", ".ready"
DONE, REFUSED = "done", "refused"
GIVEN_UP = timedelta(minutes=10)
"""A zip file that cannot be read is still being written for so long after its last change."""
FILES_LIMIT = 4
"""A package may have so many times the size of the largest single file."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
"""What `zipfile` raises on a file that is torn, encrypted, or packed in a way that it does not know."""
_LEFT_BY_SYSTEMS = frozenset({READY, ".DS_Store", "Thumbs.db", "desktop.ini"})
_CHUNK = 1024 * 1024


def waiting(folder: Path, *, now: datetime, limit_bytes: int) -> list[Path]:
    """The finished packages in a sender's folder, by name; links and what is being written are left alone."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in (DONE, REFUSED) or path.name.startswith("."):
            continue
        if path.is_dir():
            if (path / READY).is_file():
                found.append(path)
        elif path.suffix.lower() == ".zip" and (_complete(path, limit_bytes) or _resting(path, now)):
            found.append(path)
    return found


@contextmanager
def opened(path: Path, *, today: date, limit_bytes: int) -> Iterator[Package]:
    """A package with its files open.

    Raises:
        Invalid: naming what is missing, broken or too large.
    """
    with ExitStack() as stack:
        source = _Zip(stack, path) if path.is_file() else _Folder(stack, path)
        document = read_document(source.small(DOCUMENT), today=today)
        named = {DOCUMENT, document.text, *document.attachments}
        if left_over := sorted(source.names() - named):
            told = "、".join(left_over[:5])
            raise Invalid([Fault("attachments", f"有文件没有列入要素：{told}", "请列入attachments，或从包中去掉")])
        room = FILES_LIMIT * limit_bytes
        files = []
        for field, name in (("text", document.text), *(("attachments", name) for name in document.attachments)):
            stream = source.open(field, name, min(limit_bytes, room))
            room -= stream.seek(0, 2)
            files.append(SentFile(name, stream, digest_of(stream)))
        yield Package(document, files[0], files[1:])


def put_away(path: Path, *, into: str, told: dict[str, Any]) -> Path:
    """Move a handled package into `done` or `refused` of its sender's folder, with what is told about it.

    Returns the folder that holds both: `receipt.json` or `reason.json`, and the package as it was.
    """
    place = _free(path.parent / into, path.name)
    place.mkdir(parents=True)
    try:
        path.rename(place / path.name)
    except OSError:
        place.rmdir()
        raise
    name = "receipt.json" if into == DONE else "reason.json"
    (place / name).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf8")
    return place


def _free(folder: Path, name: str) -> Path:
    number, place = 1, folder / name
    while place.exists():
        number += 1
        place = folder / f"{name}-{number}"
    return place


def _complete(path: Path, limit_bytes: int) -> bool:
    """Whether a zip file can be read to its end; its directory is written last, its sums tell a torn copy.

    One that would unpack to too much is not tried, it is refused when it is opened.
    """
    try:
        with path.open("rb") as file, open_zip(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            return _begins(archive) and (unpacked > FILES_LIMIT * limit_bytes or archive.testzip() is None)
    except _BROKEN:
        return False


def _begins(archive: zipfile.ZipFile) -> bool:
    """Whether the first member stands at the start of the file.

    Where the end of the file is missing, the directory that is found may be that of a document packed within.
    """
    return min((entry.header_offset for entry in archive.infolist()), default=-1) == 0


def _resting(path: Path, now: datetime) -> bool:
    return now.timestamp() - path.stat().st_mtime > GIVEN_UP.total_seconds()


class _Folder:
    """A folder whose files are opened as they lie; a link may lead anywhere and is no file."""

    def __init__(self, stack: ExitStack, path: Path) -> None:
        self._stack, self._path = stack, path

    def names(self) -> set[str]:
        """What lies in it."""
        return {entry.name for entry in self._path.iterdir()} - _LEFT_BY_SYSTEMS

    def small(self, name: str) -> bytes:
        """The first bytes of the fields."""
        return self.open("document", name, DOCUMENT_LIMIT).read()

    def open(self, field: str, name: str, limit: int) -> BinaryIO:
        """A file for reading."""
        try:
            descriptor = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise _missing(field, name) from error
        stream = self._stack.enter_context(os.fdopen(descriptor, "rb"))
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise _missing(field, name)
        if told.st_size > limit:
            raise _too_large(field, name, limit)
        return stream


class _Zip:
    """A zip file whose members are unpacked to nameless temporary files, never by a path of theirs."""

    def __init__(self, stack: ExitStack, path: Path) -> None:
        self._stack = stack
        try:
            # Archives of Chinese Windows write names in GBK without saying so.
            file = stack.enter_context(path.open("rb"))
            self._archive = stack.enter_context(open_zip(file, metadata_encoding="gb18030"))
        except _BROKEN as error:
            raise _torn() from error
        if not _begins(self._archive):
            raise _torn()
        self._names = [name for name in self._archive.namelist() if not name.endswith("/")]

    def names(self) -> set[str]:
        """What it holds."""
        return set(self._names) - _LEFT_BY_SYSTEMS

    def small(self, name: str) -> bytes:
        """The fields."""
        return self.open("document", name, DOCUMENT_LIMIT).read()

    def open(self, field: str, name: str, limit: int) -> BinaryIO:
        """A member, unpacked no further than `limit` bytes."""
        if name not in self._names:
            raise _missing(field, name)
        unpacked = SpooledTemporaryFile(max_size=_CHUNK)  # noqa: SIM115 - open for as long as the package is
        target: BinaryIO = self._stack.enter_context(unpacked)  # type: ignore[assignment]
        try:
            with self._archive.open(name) as member:
                while chunk := member.read(_CHUNK):
                    if target.tell() + len(chunk) > limit:
                        raise _too_large(field, name, limit)
                    target.write(chunk)
        except _BROKEN as error:
            told = f"压缩包中的“{name}”不能解开"
            raise Invalid([Fault(field, told, "请取消压缩密码，重新打包后再放入文件夹")]) from error
        target.seek(0)
        return target


def _torn() -> Invalid:
    return Invalid([Fault("document", "压缩包已损坏或没有传完", "请重新打包后再放入文件夹")])


def _missing(field: str, name: str) -> Invalid:
    return Invalid([Fault(field, f"包中没有文件“{name}”", "请核对文件名，文件应放在包的最外层")])


def _too_large(field: str, name: str, limit: int) -> Invalid:
    return Invalid([Fault(field, f"“{name}”超过上限{size_label(limit)}", "请压缩或拆分后再发送")])
