"""Looking into the files of a migration before they are public: personal numbers, forbidden terms, what is unreadable.

What passes is published with its row; of the rest a person decides (`imports.held`). Warnings of terms keep nothing
back: they become hits of the published item, as those of its text do.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import Services
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.imports.checks import PreparedRow, RowFile
from gongkai.publishing.terms.checks import file_faults
from gongkai.publishing.terms.texts import read_file, stored_texts

PATIENCE = 120.0
"""Seconds for which the files of one chunk of rows are read in its run; the others are read behind it."""
_WAITING = "attachment_waiting"


def inspected(services: Services, *, tenant_id: int, rows: Sequence[PreparedRow]) -> list[PreparedRow]:
    """The rows of one unit with what a person has to look at in their files; those without files as they are."""
    until = time.monotonic() + PATIENCE
    for digest in dict.fromkeys(file.digest for row in rows for file in row.files):
        if time.monotonic() > until:
            break
        read_file(services, tenant_id=tenant_id, digest=digest)
    scope = Scope(tenant_ids=(tenant_id,), acting_tenant_id=tenant_id, reason="files of a migration")
    with services.database.unit_of_work(scope) as uow:
        return [_judged(uow, tenant_id, row) for row in rows]


def concerns_of(
    uow: UnitOfWork, *, tenant_id: int, files: Sequence[RowFile], formed: date | None
) -> tuple[tuple[str, ...], bool]:
    """What a person has to look at in files of a unit, and whether some of them are still to be read."""
    texts = stored_texts(uow, tenant_id=tenant_id, files=[(file.filename, file.digest) for file in files])
    faults = file_faults(uow, tenant_id=tenant_id, files=texts, today=shanghai_date(uow.now), formed=formed)
    held = [fault for fault in faults if fault.level == "block" or fault.code.startswith("attachment_")]
    return tuple(dict.fromkeys(fault.problem for fault in held)), any(fault.code == _WAITING for fault in held)


def _judged(uow: UnitOfWork, tenant_id: int, row: PreparedRow) -> PreparedRow:
    if not row.files:
        return row
    concerns, unread = concerns_of(uow, tenant_id=tenant_id, files=row.files, formed=row.given.row.formed_date)
    return replace(row, concerns=concerns, unread=unread)
