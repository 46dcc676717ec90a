"""Files that are given together: a zip archive or a folder, found again by the names that a list writes.

An archive is judged by its directory before anything is unpacked: `zipfile` never reads more than that declares.
"""

import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from gongkai.core.errors import Refused
from gongkai.core.storage.names import member_name, size_label
from gongkai.core.storage.untrusted import open_zip

MOST_FILES = 100_000
LEAST_UNPACKED = 1024**3
"""An archive may unpack to so many bytes whatever its size."""
UNPACKED_RATIO = 20
"""A larger one to so many times its size; offices' documents are packed two- to tenfold."""
MEMBER_RATIO = 200
_BOMB_FROM = 10 * 1024**2
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What reading raises of a member that is torn, encrypted, or packed in a way that `zipfile` does not know."""
_LEFT_BY_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})


class BrokenPackage(Refused):
    """The archive or the folder cannot be used as a whole; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file: its path within （parted by /）, its length in bytes, and how it is opened for reading once."""

    path: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(slots=True)
class Package:
    """Files found by path, by the end of a path, or by name; case, script width and the kind of slash do not matter."""

    members: Sequence[Member]
    _ends: dict[str, list[Member]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for member in self.members:
            steps = _key(member.path).split("/")
            for start in range(len(steps)):
                self._ends.setdefault("/".join(steps[start:]), []).append(member)

    def find(self, written: str) -> list[Member]:
        """The files that `written` may mean; only the one with exactly this path, where there is one."""
        key = _key(written)
        found = self._ends.get(key, [])
        whole = [member for member in found if _key(member.path) == key]
        return whole if len(whole) == 1 else found


@contextmanager
def opened_archive(stream: BinaryIO) -> Iterator[Package]:
    """The files of a zip archive; the seekable stream stays open and belongs to the caller.

    Raises:
        BrokenPackage: when it is none, holds no file, too many, or would unpack to an unreasonable size.
    """
    packed = stream.seek(0, 2)
    try:
        archive = open_zip(stream)
    except BROKEN as error:
        raise BrokenPackage("附件压缩包已损坏，或不是 .zip 格式；请重新压缩为 .zip。") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and _is_wanted(member_name(entry))]
        _judge(entries, packed)
        yield _package([Member(member_name(entry), entry.file_size, partial(archive.open, entry)) for entry in entries])


def opened_folder(folder: Path) -> Package:
    """The files of a folder and of all folders below it; links and hidden files are left out.

    Raises:
        BrokenPackage: when it holds no file, or too many.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _is_wanted(name) and path.is_file() and not _through_link(folder, path):
            found.append(Member(name, path.stat().st_size, partial(_reading, path)))
    return _package(found)


def _package(members: Sequence[Member]) -> Package:
    if not members:
        raise BrokenPackage("所给的附件中没有文件；请检查压缩包或文件夹。")
    if len(members) > MOST_FILES:
        raise BrokenPackage(f"附件有{len(members)}个文件，一次最多{MOST_FILES}个；请分批导入。")
    return Package(members)


def _judge(entries: Sequence[zipfile.ZipInfo], packed: int) -> None:
    most = max(LEAST_UNPACKED, UNPACKED_RATIO * packed)
    total = sum(entry.file_size for entry in entries)
    if total > most:
        raise BrokenPackage(f"附件压缩包解压后有 {size_label(total)}，超过 {size_label(most)}；请分批压缩。")
    for entry in entries:
        if entry.file_size > max(_BOMB_FROM, MEMBER_RATIO * entry.compress_size):
            name = member_name(entry).rpartition("/")[2]
            raise BrokenPackage(f"附件压缩包中的“{name}”压缩比异常，可能是恶意文件；请去掉后重新压缩。")


def _is_wanted(path: str) -> bool:
    steps = path.split("/")
    return steps[0] != "__MACOSX" and not steps[-1].startswith(".") and steps[-1].lower() not in _LEFT_BY_SYSTEMS


def _reading(path: Path) -> IO[bytes]:
    return path.open("rb")


def _through_link(folder: Path, path: Path) -> bool:
    return path.is_symlink() or not path.resolve().is_relative_to(folder.resolve())


def _key(path: str) -> str:
    plain = unicodedata.normalize("NFKC", path).replace("\\", "/").casefold()
    return "/".join(filter(None, (step.strip() for step in plain.split("/")))).removeprefix("./")
