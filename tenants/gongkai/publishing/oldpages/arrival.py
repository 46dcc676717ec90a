"""Pages as they come in: files or an archive of them, read, looked at and kept, whole ones handed on."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Fault, Invalid, Refused
from gongkai.core.storage.names import extension_of, member_name, safe_filename
from gongkai.core.storage.store import FileStore
from gongkai.core.storage.untrusted import open_zip
from gongkai.core.text.damage.detect import find_damage
from gongkai.core.text.damage.findings import Lexicon
from gongkai.core.text.damage.scripts import script_of
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.columns import Leaf, leaves
from gongkai.publishing.imports.batches import ImportRequest, add_batch, check_terms
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.oldpages.document import document
from gongkai.publishing.oldpages.lexicon import lexicon_for
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.oldpages.reading import EXTENSIONS, LARGEST_PAGE, ReadPage, read_page
from gongkai.tenancy.models import Tenant

KIND = "old_pages"
RELEASED = "old_page.released"
MOST_PAGES = 300
"""Pages of one upload; a command may bring more."""
_ARRIVED = {"quarantined": "quarantined"}
_SHOWN = 5
_NO_PAGES = Fault("files", "没有网页文件", "请选择 .html、.htm、.txt 文件，或装有这些文件的 .zip")
_LARGEST_ARCHIVE = 100 * 1024 * 1024

File = tuple[str, bytes]
"""Name and content."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the office says of the pages: where they go, until when, who answers for them."""

    column: str
    cutoff_date: date | None
    responsible_person: str


@dataclass(slots=True)
class Arrival:
    """What became of the files: counts by state, how many were here before, and (name, words) of what is no page."""

    clean: int = 0
    quarantined: int = 0
    known: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Files that have been looked at."""
        return self.clean + self.quarantined + self.known + len(self.refused)

    @property
    def problems(self) -> list[str]:
        """What is no page, in one sentence, if anything is."""
        listed = "；".join(f"{name}：{words}" for name, words in self.refused[:_SHOWN])
        return [f"未能识别的文件：{listed}。"] if listed else []

    @property
    def words(self) -> str:
        """The outcome in one sentence."""
        parts = [f"收到{self.total}个网页：{self.clean}个完好，已转入迁移", f"{self.quarantined}个需要核对"]
        parts += [f"{self.known}个以前收到过，未重复处理"] if self.known else []
        parts += [f"{len(self.refused)}个文件未能识别"] if self.refused else []
        return "，".join(parts) + "。"


def unpacked(files: Iterable[File], *, most: int = MOST_PAGES) -> list[File]:
    """The pages among files, those of zip archives included.

    Raises:
        Invalid: when there are none or too many, or an archive is broken or unreasonably large.
    """
    found: list[File] = []
    for name, data in files:
        found += _archive(name, data, most) if extension_of(name) == "zip" else [(safe_filename(name), data)]
        if len(found) > most:
            raise Invalid([Fault("files", f"一次最多上传{most}个网页", "请分批上传")])
    if not found:
        raise Invalid([_NO_PAGES])
    return found


def receive(
    uow: UnitOfWork, *, files: FileStore, unit: Tenant, pages: Sequence[File], terms: Terms, allowed_by: int
) -> Arrival:
    """Keep pages of a unit; those without damage and with all that they need are handed to the migration.

    The scope must allow to write for the unit. A page that was here before is left as it is.

    Raises:
        Invalid: when the terms are faulty.
    """
    batch = begin(uow, unit=unit, names=[name for name, _ in pages], terms=terms, allowed_by=allowed_by)
    arrival = Arrival()
    keep_pages(uow, files=files, batch=batch, pages=pages, arrival=arrival)
    finish(uow, batch, arrival)
    return arrival


def count_pages(files: Iterable[File]) -> int:
    """How many pages an upload holds, told by the directories of its archives without unpacking them.

    Raises:
        Invalid: as `unpacked`.
    """
    found = sum(_counted(name, data) if extension_of(name) == "zip" else 1 for name, data in files)
    if found > MOST_PAGES:
        raise Invalid([Fault("files", f"一次最多上传{MOST_PAGES}个网页", "请分批上传")])
    if not found:
        raise Invalid([_NO_PAGES])
    return found


def begin(
    uow: UnitOfWork, *, unit: Tenant, names: Sequence[str], terms: Terms, allowed_by: int, archive: str = ""
) -> ImportBatch:
    """The batch of pages that are to be read; `archive` is the digest of the stored upload, if a job reads them.

    Raises:
        Invalid: when the terms are faulty.
    """
    check_terms(
        uow, kind="migration", cutoff_date=terms.cutoff_date, responsible_person=terms.responsible_person
    )  # fmt: skip
    default = find_column(
        uow, tenant_id=unit.id, columns=leaves(uow, tenant_id=unit.id), written=terms.column
    )  # fmt: skip
    name = names[0] if len(names) == 1 else f"{names[0]}等{len(names)}个网页"
    request = ImportRequest(KIND, name, archive, False, terms.cutoff_date, terms.responsible_person)
    batch = add_batch(
        uow, tenant_id=unit.id, request=request, created_by=allowed_by, allowed_by=allowed_by, covers_subtree=False
    )
    batch.cutoff_date, batch.column_id = terms.cutoff_date, default
    return batch


def keep_pages(
    uow: UnitOfWork, *, files: FileStore, batch: ImportBatch, pages: Sequence[File], arrival: Arrival
) -> None:
    """Read pages of a batch and keep them; what becomes of each is added to `arrival`. Those that an earlier run of
    the batch has kept count as they did then."""
    unit = uow.session.get_one(Tenant, batch.tenant_id)
    columns, lexicon = leaves(uow, tenant_id=unit.id), lexicon_for(uow, unit=unit)
    known = _known(uow, batch, pages)
    for filename, data in pages:
        digest = hashlib.sha256(data).hexdigest()
        if digest in known:
            setattr(arrival, known[digest], getattr(arrival, known[digest]) + 1)
            continue
        known[digest] = "known"
        try:
            read = read_page(data, filename)
        except Refused as refusal:
            arrival.refused.append((filename, refusal.message))
            continue
        files.put(BytesIO(data), limit_bytes=LARGEST_PAGE)
        column_id = _fitting(columns, read.trail, batch.column_id or 0)
        _keep(uow, batch, read, lexicon, column_id, (filename, digest), arrival)
    batch.rows_done = arrival.total
    batch.finished_at = uow.now


def as_json(text: str, lexicon: Lexicon) -> list[dict[str, Any]]:
    """The findings of a text as they are kept."""
    return [asdict(found) for found in find_damage(text, lexicon)]


def _keep(
    uow: UnitOfWork,
    batch: ImportBatch,
    read: ReadPage,
    lexicon: Lexicon,
    column_id: int,
    file: tuple[str, str],
    arrival: Arrival,
) -> None:
    text = document(read.title, read.labels, read.body_html).text
    findings = as_json(text, lexicon)
    whole = bool(not findings and not read.notes and read.title and read.published_at and read.body_html)
    page = OldPage(
        tenant_id=batch.tenant_id, batch_id=batch.id, column_id=column_id, state="clean" if whole else "quarantined",
        filename=file[0], file_digest=file[1], source_url=read.source_url[:1000], script=script_of(text).value,
        title=read.title, trail=read.trail, labels=read.labels, body_html=read.body_html,
        published_at=read.published_at, findings=findings, notes=read.notes, created_at=uow.now,
    )  # fmt: skip
    uow.session.add(page)
    uow.session.flush()
    if whole:
        arrival.clean += 1
    else:
        arrival.quarantined += 1


def finish(uow: UnitOfWork, batch: ImportBatch, arrival: Arrival) -> None:
    """Close a batch whose pages are all read, and hand those that are whole to the migration."""
    batch.state, batch.note = "done", "\n".join([arrival.words, *arrival.problems])
    batch.rows_total = batch.rows_done = arrival.total
    batch.rows_unchanged, batch.rows_refused = arrival.known, len(arrival.refused)
    batch.finished_at = uow.now
    detail = {"clean": arrival.clean, "quarantined": arrival.quarantined, "known": arrival.known}
    whole = select(OldPage.id).where(OldPage.tenant_id == batch.tenant_id, OldPage.batch_id == batch.id)
    for page_id in uow.session.scalars(whole.where(OldPage.state == "clean").order_by(OldPage.id)):
        uow.emit(RELEASED, page_id)
    uow.audit(
        "old_page.receive", tenant_id=batch.tenant_id, object_type="import_batch", object_id=batch.id, detail=detail
    )


def _known(uow: UnitOfWork, batch: ImportBatch, pages: Sequence[File]) -> dict[str, str]:
    """Digest → what a page that is here already counts as."""
    digests = [hashlib.sha256(data).hexdigest() for _, data in pages]
    query = select(OldPage.file_digest, OldPage.batch_id, OldPage.state).where(
        OldPage.tenant_id == batch.tenant_id, OldPage.file_digest.in_(digests)
    )
    return {
        row.file_digest: "known" if row.batch_id != batch.id else _ARRIVED.get(row.state, "clean")
        for row in uow.session.execute(query)
    }


def find_column(uow: UnitOfWork, *, tenant_id: int, columns: Sequence[Leaf], written: str) -> int:
    """The column that a form or a command names by code, name or path.

    Raises:
        Invalid: when it names none of `columns`, or several.
    """
    text = written.strip()
    coded = set(
        uow.session.scalars(
            select(ContentColumn.id).where(ContentColumn.tenant_id == tenant_id, ContentColumn.code == text)
        )
    )
    names = {leaf.id: {leaf.name, "/".join((*leaf.path, leaf.name))} for leaf in columns}
    found = [leaf.id for leaf in columns if leaf.id in coded] or [key for key, own in names.items() if text in own]
    if len(found) != 1:
        problem = f"该单位没有可用的栏目“{text[:40]}”，或有多个同名栏目" if text else "未填写栏目"
        raise Invalid([Fault("column", problem, "请填写该单位最末一级栏目的名称，或“上级栏目/栏目”")])
    return found[0]


def _fitting(columns: Sequence[Leaf], trail: Sequence[str], default: int) -> int:
    """The column that the page's breadcrumb names, its last step first; otherwise the one given."""
    for step in reversed(trail):
        found = [leaf.id for leaf in columns if leaf.name == step]
        if len(found) == 1:
            return found[0]
    return default


def _archive(name: str, data: bytes, most: int) -> list[File]:
    with _opened(name, data) as archive:
        return list(_members(archive, most))


def _counted(name: str, data: bytes) -> int:
    with _opened(name, data) as archive:
        return len(_entries(archive, MOST_PAGES))


@contextmanager
def _opened(name: str, data: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with open_zip(data) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        problem = f"压缩包“{safe_filename(name)}”已损坏、已加密或不是 .zip 格式"
        raise Invalid([Fault("files", problem, "请取消密码，重新压缩为 .zip 后上传")]) from error


def _members(archive: zipfile.ZipFile, most: int) -> Iterator[File]:
    for entry in _entries(archive, most):
        with archive.open(entry) as stream:
            # One byte more than a page may have is enough to refuse it.
            yield safe_filename(member_name(entry)), stream.read(LARGEST_PAGE + 1)


def _entries(archive: zipfile.ZipFile, most: int) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and _is_page(entry)]
    if len(entries) > most:
        raise Invalid([Fault("files", f"压缩包中有{len(entries)}个网页，一次最多{most}个", "请分批压缩上传")])
    if sum(min(entry.file_size, LARGEST_PAGE) for entry in entries) > _LARGEST_ARCHIVE:
        raise Invalid([Fault("files", "压缩包解压后过大", "请分批压缩上传")])
    return entries


def _is_page(entry: zipfile.ZipInfo) -> bool:
    hidden = entry.filename.rpartition("/")[2].startswith(".") or entry.filename.startswith("__MACOSX/")
    return not hidden and extension_of(entry.filename) in EXTENSIONS
