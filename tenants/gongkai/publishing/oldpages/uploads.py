"""Uploads of old pages: stored as they came, read by a job in small transactions, continued where it stopped."""

import zipfile
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.tasks import end
from gongkai.publishing.oldpages.arrival import (
    KIND,
    Arrival,
    File,
    Terms,
    begin,
    count_pages,
    finish,
    keep_pages,
    unpacked,
)
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

UPLOADED = "old_page.uploaded"
"""Event with the id of a batch whose stored upload is to be read."""
CHUNK = 20
"""Pages in one transaction."""
_IN_MEMORY = 8 * 1024 * 1024
_ROOM = 1024 * 1024
"""What the archive around the uploads may add to their size."""


def request_reading(
    uow: UnitOfWork, *, files: FileStore, unit: Tenant, uploads: Sequence[File], terms: Terms, by: int, limit_bytes: int
) -> ImportBatch:
    """Store uploaded pages and archives of a unit as one archive, to be read after commit.

    Raises:
        Invalid: when the terms are faulty, or the uploads hold no pages, too many, or a broken archive.
    """
    total = count_pages(uploads)
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
        with zipfile.ZipFile(spooled, "w") as archive:
            for number, (name, data) in enumerate(uploads):
                # Numbered, as uploads may have the same name.
                archive.writestr(f"{number}/{name}", data)
        spooled.seek(0)
        stored = files.put(cast("BinaryIO", spooled), limit_bytes=limit_bytes + _ROOM)
    names = [name for name, _ in uploads]
    batch = begin(uow, unit=unit, names=names, terms=terms, allowed_by=by, archive=stored.digest_sha256)
    batch.rows_total = total
    uow.emit(UPLOADED, batch.id)
    return batch


def read_uploads(services: Services, _: UnitOfWork, batch_ids: Sequence[int]) -> None:
    """Handler of `old_page.uploaded`. Pages are kept in transactions of their own: when one fails, the event comes
    again, and what was kept counts as it did."""
    for batch_id in batch_ids:
        _read(services, batch_id)


def supervised_upload(uow: UnitOfWork, *, actor: Actor, batch_id: int) -> ImportBatch:
    """An upload of pages of a unit in the office's subtree.

    Raises:
        NotFound: when it is missing or outside.
    """
    inside = select(Tenant.id).where(below(actor.tenant_path))
    query = select(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.kind == KIND)
    return uow.one(query.where(ImportBatch.tenant_id.in_(inside)), missing="上传记录不存在。")


def _read(services: Services, batch_id: int) -> None:
    with services.database.system_scope(f"old pages of upload {batch_id}") as uow:
        batch = uow.session.get(ImportBatch, batch_id, with_for_update=True)
        if batch is None or batch.state not in {"waiting", "running"}:
            return
        batch.state, batch.finished_at = "running", uow.now
        digest = batch.file_digest
    try:
        pages = unpacked(_uploads(services.files, digest))
        arrival = Arrival()
        for start in range(0, len(pages), CHUNK):
            with services.database.system_scope(f"old pages of upload {batch_id}") as uow:
                batch = uow.session.get_one(ImportBatch, batch_id)
                chunk = pages[start : start + CHUNK]
                keep_pages(uow, files=services.files, batch=batch, pages=chunk, arrival=arrival)
    except DomainError as error:
        with services.database.system_scope(f"old pages of upload {batch_id} failed") as uow:
            end(uow, batch_id, state="failed", note=error.message)
        return
    with services.database.system_scope(f"old pages of upload {batch_id} read") as uow:
        finish(uow, uow.session.get_one(ImportBatch, batch_id), arrival)


def _uploads(files: FileStore, digest: str) -> list[File]:
    with files.open(digest) as stored, zipfile.ZipFile(stored) as archive:
        return [(entry.filename.partition("/")[2], archive.read(entry)) for entry in archive.infolist()]
