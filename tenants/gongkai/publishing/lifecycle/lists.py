"""Lists of validity as they are kept: the file in the store, its dry run, its one run, its report."""

from io import BytesIO

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.storage.store import FileStore
from gongkai.core.tables.rows import UnreadableTable
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle.models import ValidityList
from gongkai.publishing.lifecycle.validity import LIMITS, Outcome, carry_out, look

_REPORT_LIMIT = 64 * 1024 * 1024


def get_list(uow: UnitOfWork, *, tenant_id: int, list_id: int, lock: bool = False) -> ValidityList:
    """A list of this unit, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(ValidityList).where(ValidityList.id == list_id, ValidityList.tenant_id == tenant_id)
    return uow.one(query, lock=lock, missing="清理结果不存在。")


def bring(uow: UnitOfWork, *, actor: Actor, files: FileStore, data: bytes, filename: str) -> ValidityList:
    """Keep a list and look at its rows; nothing is marked.

    Raises:
        Invalid: when the file is no table, or has no rows or not the columns that it needs (field `file`).
    """
    try:
        outcome = look(uow, tenant_id=actor.tenant_id, data=data, filename=filename)
    except UnreadableTable as refusal:
        raise Invalid([Fault("file", refusal.message.rstrip("。"))]) from refusal
    if not outcome.lines:
        problems = [fault.message.rstrip("。") for fault in outcome.faults] or ["表中没有内容"]
        raise Invalid([Fault("file", "；".join(problems))])
    stored = files.put(BytesIO(data), limit_bytes=LIMITS.bytes)
    found = ValidityList(
        tenant_id=actor.tenant_id,
        filename=filename,
        file_digest=stored.digest_sha256,
        created_by=actor.user_id,
        created_at=uow.now,
    )
    _count(found, outcome)
    uow.session.add(found)
    uow.session.flush()
    uow.audit("validity_list.bring", tenant_id=actor.tenant_id, object_type="validity_list", object_id=found.id)
    return found


def looked_at(uow: UnitOfWork, *, brought: ValidityList, files: FileStore) -> Outcome:
    """What the rows of a list are today."""
    data = _data(brought, files)
    return look(uow, tenant_id=brought.tenant_id, data=data, filename=brought.filename)


def mark(uow: UnitOfWork, *, actor: Actor, list_id: int, files: FileStore) -> ValidityList:
    """Mark every document of a list that can be marked, in one run, and keep the report.

    Raises:
        NotFound: when the list is missing or another unit's.
        Conflict: when it has been carried out, or no row can be marked.
    """
    brought = get_list(uow, tenant_id=actor.tenant_id, list_id=list_id, lock=True)
    if brought.marked_at is not None:
        raise Conflict("这份清理结果已经标注，无需重复办理。")
    outcome = carry_out(uow, actor=actor, data=_data(brought, files), filename=brought.filename)
    if not outcome.count("mark"):
        raise Conflict("没有可以标注的文件，请改正清理结果后重新上传。")
    report = files.put(BytesIO(outcome.report()), limit_bytes=_REPORT_LIMIT)
    _count(brought, outcome)
    brought.marked_at, brought.report_digest = uow.now, report.digest_sha256
    detail = {"marked": brought.rows_marked, "unchanged": brought.rows_unchanged, "refused": brought.rows_refused}
    uow.audit(
        "validity_list.mark", tenant_id=brought.tenant_id, object_type="validity_list", object_id=brought.id,
        detail=detail,
    )  # fmt: skip
    return brought


def _data(brought: ValidityList, files: FileStore) -> bytes:
    with files.open(brought.file_digest) as stored:
        return stored.read()


def _count(brought: ValidityList, outcome: Outcome) -> None:
    brought.rows_total = len(outcome.lines)
    brought.rows_marked, brought.rows_unchanged, brought.rows_refused = (
        outcome.count(state) for state in ("mark", "same", "fault")
    )
