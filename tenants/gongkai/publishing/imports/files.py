"""Files that a list names: found among those given with it, judged as an upload is, kept before any row is written."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.archives import BROKEN, BrokenPackage, Member, Package, opened_archive, opened_folder
from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.clamd import Infected
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.sniff import KINDS, sniff
from gongkai.core.storage.store import FileStore
from gongkai.publishing.attachments import MOST
from gongkai.publishing.imports.checks import PreparedRow, RowFile
from gongkai.publishing.imports.rows import NumberedRow

_CHUNK = 1024 * 1024
_IN_MEMORY = 4 * 1024 * 1024
_PART = "、"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """The files given with a list.

    Attributes:
        limit_bytes: how large one of them may be.
        keep: whether they are stored; a dry run only looks at them.
    """

    package: Package
    store: FileStore
    limit_bytes: int
    keep: bool

    def take(self, row: PreparedRow) -> PreparedRow:
        """The row with its files; adds a fault for each that is missing, ambiguous, or may not be attached."""
        members = list(self._members(row))
        if len(members) > MOST:
            row.given.fault("attachments", f"附件有{len(members)}个，超过{MOST}个", "请将多个文件打成一个压缩包")
        if row.given.faults:
            return row
        found: dict[str, RowFile] = {}
        hints = list(row.hints)
        for member in members:
            file = self._one(row, member)
            if file is None:
                continue
            same = found.setdefault(file.digest, file)
            if same is not file:
                hints.append(f"附件“{file.filename}”与“{same.filename}”内容相同，只导入一份")
        return replace(row, files=tuple(found.values()), hints=tuple(hints))

    def _members(self, row: PreparedRow) -> Iterator[Member]:
        for name, matching in resolved(self.package, row.given.row.attachment_names):
            if len(matching) == 1:
                yield matching[0]
            elif matching:
                remedy = f"请写明所在的文件夹，如“{matching[0].path}”"
                row.given.fault("attachments", f"所给的附件中有{len(matching)}个文件叫“{name}”", remedy, name)
            else:
                row.given.fault("attachments", f"所给的附件中没有“{name}”", "请补上该文件，或改正表中的文件名", name)

    def _one(self, row: PreparedRow, member: Member) -> RowFile | None:
        name = safe_filename(member.path)
        if member.size > self.limit_bytes:
            # Told by the directory, without reading it.
            self._refuse(row, name, attachment_problem(name, KINDS["bin"], member.size, self.limit_bytes) or "")
            return None
        try:
            with SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
                return self._kept(row, name, member, cast("BinaryIO", spooled))
        except Infected as refusal:
            self._refuse(row, name, f"“{name}”含有病毒或恶意代码（{refusal.name}）；请用杀毒软件清除。")
        return None

    def _kept(self, row: PreparedRow, name: str, member: Member, spooled: BinaryIO) -> RowFile | None:
        digest = hashlib.sha256()
        try:
            with member.open() as source:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    spooled.write(chunk)
        except BROKEN:
            self._refuse(row, name, f"“{name}”已损坏或设有密码，不能解压；请取消密码或重新压缩。")
            return None
        size = spooled.seek(0, 2)
        kind = sniff(spooled)
        problem = attachment_problem(name, kind, size, self.limit_bytes)
        if problem:
            self._refuse(row, name, problem)
            return None
        if self.keep and not self.store.exists(digest.hexdigest()):
            spooled.seek(0)
            self.store.put(spooled, limit_bytes=self.limit_bytes)
        return RowFile(digest.hexdigest(), name, kind.media_type, size)

    def _refuse(self, row: PreparedRow, name: str, words: str) -> None:
        problem, _, remedy = words.removesuffix("。").partition("；")
        row.given.fault("attachments", problem, remedy, name)


def without_files(row: PreparedRow) -> PreparedRow:
    """A row whose list came without files: the report names what it does not bring."""
    if not row.given.row.attachment_names:
        return row
    return replace(row, hints=(*row.hints, f"附件未随表导入：{_PART.join(row.given.row.attachment_names)}"))


def resolved(package: Package, names: Iterable[str]) -> Iterator[tuple[str, list[Member]]]:
    """Each file that cells name, with the files that this may be. A 、 parts names or stands within one."""
    for written in names:
        parts = [part.strip() for part in written.split(_PART)]
        start = 0
        while start < len(parts):
            for end in range(len(parts), start, -1):
                name = _PART.join(parts[start:end])
                matching = package.find(name)
                if matching or end == start + 1:
                    break
            if name:
                yield name, matching
            start = end


def unlisted(package: Package, rows: Sequence[NumberedRow]) -> str:
    """A sentence about the files that no row names; empty when all are named."""
    listed = {
        member.path for given in rows for _, found in resolved(package, given.row.attachment_names) for member in found
    }
    rest = [member.path for member in package.members if member.path not in listed]
    if not rest:
        return ""
    shown = _PART.join(rest[:_SHOWN]) + ("等" if len(rest) > _SHOWN else "")
    return f"所给的附件中有{len(rest)}个文件没有列入表中，未导入：{shown}。"


@contextmanager
def opened_files(path: Path) -> Iterator[Package]:
    """The files of a folder or of a zip archive on this machine.

    Raises:
        Invalid: when it cannot be used, naming `--files`.
    """
    with ExitStack() as stack:
        try:
            if path.is_dir():
                found = opened_folder(path)
            else:
                found = stack.enter_context(opened_archive(stack.enter_context(path.open("rb"))))
        except FileNotFoundError as error:
            remedy = "请写明附件所在的文件夹或 .zip 文件"
            raise Invalid([Fault("--files", f"没有文件或文件夹“{path}”", remedy)]) from error
        except BrokenPackage as refusal:
            raise Invalid([_as_fault("--files", refusal)]) from refusal
        yield found


def check_archive(stream: BinaryIO) -> None:
    """Look at the directory of an uploaded archive; leaves the stream at its start.

    Raises:
        Invalid: when it cannot be used, naming `files`.
    """
    try:
        with opened_archive(stream):
            stream.seek(0)
    except BrokenPackage as refusal:
        raise Invalid([_as_fault("files", refusal)]) from refusal


def _as_fault(field: str, refusal: BrokenPackage) -> Fault:
    problem, _, remedy = refusal.message.removesuffix("。").partition("；")
    return Fault(field, problem, remedy)
