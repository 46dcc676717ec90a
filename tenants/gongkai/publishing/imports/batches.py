"""Import batches: who brings what, on whose permission; a migration waits until the office allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, func, select, text, update
from sqlalchemy.orm import aliased

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Fault, Forbidden, Invalid
from gongkai.core.tables.rows import UnreadableTable
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.columns import KINDS
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.rows import open_list
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

REQUESTED = "import.requested"
SILENT = timedelta(minutes=10)
"""After so long without progress a run is taken to have ended unseen （killed, power lost）; a batch takes seconds."""
_LISTED = 100


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person asks for: the list is stored under its digest already, and so is an uploaded archive of files."""

    kind: str
    filename: str
    file_digest: str
    dry_run: bool
    cutoff_date: date | None = None
    responsible_person: str = ""
    files_name: str = ""
    files_digest: str = ""


def check_list(data: bytes, filename: str, *, kind: str) -> list[str]:
    """Look at the header of an uploaded list; returns notes about it.

    Raises:
        Invalid: when it is no list, or columns are missing or doubled.
    """
    try:
        table = open_list(data, filename, kind=kind)
    except UnreadableTable as error:
        raise Invalid([Fault("file", error.message.rstrip("。"))]) from error
    if table.faults:
        raise Invalid([Fault("file", fault.message.rstrip("。")) for fault in table.faults])
    return table.notes


def check_terms(uow: UnitOfWork, *, kind: str, cutoff_date: date | None, responsible_person: str) -> None:
    """A migration has a cut-off date and a person who answers for it.

    Raises:
        Invalid: naming what is missing.
    """
    faults = []
    if kind not in KINDS:
        faults.append(Fault("kind", "未选择导入类型", "请选择草稿导入或历史信息迁移"))
    if kind == "migration":
        if cutoff_date is None:
            faults.append(Fault("cutoff_date", "未填写截止日期", "请填写原网站停止更新的日期"))
        elif cutoff_date > shanghai_date(uow.now):
            faults.append(Fault("cutoff_date", "截止日期不能晚于今天", "请填写原网站停止更新的日期"))
        if not responsible_person.strip():
            faults.append(Fault("responsible_person", "未填写责任人", "请填写对本批次内容负责的人员姓名"))
    if len(responsible_person) > 50:
        faults.append(Fault("responsible_person", "责任人姓名过长", "请控制在50字以内"))
    if faults:
        raise Invalid(faults)


def request_import(uow: UnitOfWork, *, actor: Actor, request: ImportRequest, for_subtree: bool = False) -> ImportBatch:
    """Register an import; it runs after commit, a unit's migration only when the office has allowed it.

    With `for_subtree` the office itself brings rows of any unit below it, which is its permission.

    Raises:
        Forbidden: when drafts are brought by somebody who cannot write them.
        Invalid: when terms are missing.
    """
    if request.kind == "drafts":
        actor.require(Permission.ITEMS_WRITE)
    check_terms(uow, kind=request.kind, cutoff_date=request.cutoff_date, responsible_person=request.responsible_person)
    batch = add_batch(
        uow, tenant_id=actor.tenant_id, request=request, created_by=actor.user_id, covers_subtree=for_subtree,
        allowed_by=actor.user_id if for_subtree else None,
    )  # fmt: skip
    # One that waits is looked through meanwhile: whoever allows it is to know what it comes after.
    uow.emit(REQUESTED, batch.id)
    return batch


def add_batch(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    request: ImportRequest,
    created_by: int | None,
    allowed_by: int | None,
    covers_subtree: bool,
) -> ImportBatch:
    """The row of a new batch; an interrupted one of the same list is closed, as the new one goes on with it."""
    _close_interrupted(uow, tenant_id=tenant_id, request=request)
    batch = ImportBatch(
        tenant_id=tenant_id,
        kind=request.kind,
        state="waiting",
        dry_run=request.dry_run,
        covers_subtree=covers_subtree,
        filename=request.filename,
        file_digest=request.file_digest,
        files_name=request.files_name,
        files_digest=request.files_digest,
        cutoff_date=request.cutoff_date if request.kind == "migration" else None,
        responsible_person=request.responsible_person.strip(),
        allowed_by=allowed_by,
        created_by=created_by,
        created_at=uow.now,
    )
    uow.session.add(batch)
    uow.session.flush()
    detail = {"kind": request.kind, "dry_run": request.dry_run, "file": request.file_digest}
    if request.files_name:
        detail["files"] = request.files_digest
    uow.audit("import.request", tenant_id=tenant_id, object_type="import_batch", object_id=batch.id, detail=detail)
    return batch


def _close_interrupted(uow: UnitOfWork, *, tenant_id: int, request: ImportRequest) -> None:
    same = (
        ImportBatch.tenant_id == tenant_id,
        ImportBatch.kind == request.kind,
        ImportBatch.dry_run == request.dry_run,
        ImportBatch.filename == request.filename,
        ImportBatch.file_digest == request.file_digest,
    )
    note = f"导入中断，已由{format_datetime(uow.now)}重新开始的导入接续。"
    closed = {"state": "failed", "note": note, "finished_at": uow.now}
    uow.session.execute(update(ImportBatch).where(*same, _interrupted(uow.now)).values(closed))


def state_of(uow: UnitOfWork, batch: ImportBatch) -> str:
    """A batch's state as the pages show it, where a run without progress is `interrupted`."""
    last = batch.finished_at or batch.created_at
    return "interrupted" if batch.state == "running" and last < uow.now - SILENT else batch.state


def waits_for_permission(batch: ImportBatch) -> bool:
    """Whether a migration is still to be allowed by the office; a dry run changes nothing and needs no permission."""
    return batch.kind == "migration" and not batch.dry_run and batch.allowed_by is None and batch.state == "waiting"


def import_for_real(uow: UnitOfWork, *, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Ask for the import of the list that a finished dry run has looked at.

    Raises:
        Conflict: when the batch is no finished dry run of the unit acted for, or a command gave it files.
        Forbidden: when it is the office's, and the person may not allow migrations.
    """
    if not batch.dry_run or batch.state != "done" or batch.tenant_id != actor.tenant_id:
        raise Conflict("只有本单位已完成的试运行可以转为正式导入。请刷新页面查看最新状态。")
    if batch.files_name and not batch.files_digest:
        raise Conflict("这次试运行的附件是用命令行给出的，没有上传。请用同一条命令正式导入。")
    if batch.covers_subtree:
        actor.require(Permission.MIGRATIONS_ALLOW)
    request = ImportRequest(
        batch.kind, batch.filename, batch.file_digest, False, batch.cutoff_date, batch.responsible_person,
        batch.files_name, batch.files_digest,
    )  # fmt: skip
    return request_import(uow, actor=actor, request=request, for_subtree=batch.covers_subtree)


def allow(uow: UnitOfWork, *, actor: Actor, batch_id: int, late_confirmed: bool = False) -> ImportBatch:
    """Let a unit's migration begin; one that comes after issued circulars only when that is confirmed.

    Raises:
        NotFound: when it is outside the office's subtree.
        Forbidden: when the person asked for it themselves.
        Conflict: when it does not wait for permission, or was not looked through yet.
        Invalid: when it comes after issued circulars and that is not confirmed.
    """
    batch = _to_decide(uow, actor, batch_id)
    if batch.late is None:
        raise Conflict("正在核对文件涉及哪些已印发通报的月份，请稍后刷新页面再批准。")
    if batch.late and not late_confirmed:
        remedy = "请核对下表所列通报和条数，确认后再批准"
        raise Invalid([Fault("late_confirmed", "文件中有信息计入已印发通报的月份，尚未确认", remedy)])
    with uow.acting_for(batch.tenant_id, reason="批准历史信息迁移"):
        batch.allowed_by = actor.user_id
        batch.late_confirmed_by = actor.user_id if batch.late else None
        uow.audit("import.allow", tenant_id=batch.tenant_id, object_type="import_batch", object_id=batch.id)
        uow.emit(REQUESTED, batch.id)
    return batch


def refuse(uow: UnitOfWork, *, actor: Actor, batch_id: int, reason: str) -> ImportBatch:
    """Turn a unit's migration down.

    Raises:
        NotFound, Forbidden, Conflict: as `allow`.
        Invalid: when the reason is missing.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写不予批准的原因", "请写明原因，申请单位会看到")])
    batch = _to_decide(uow, actor, batch_id)
    with uow.acting_for(batch.tenant_id, reason="不予批准历史信息迁移"):
        batch.state, batch.note, batch.finished_at = "refused", reason.strip()[:500], uow.now
        uow.audit("import.refuse", tenant_id=batch.tenant_id, object_type="import_batch", object_id=batch.id)
    return batch


def confirm_late(uow: UnitOfWork, *, actor: Actor, batch_id: int) -> ImportBatch:
    """Let a migration go on that comes after issued circulars: its items are counted, the circulars stay.

    Raises:
        NotFound: when it is outside the office's subtree.
        Conflict: when it does not wait for this.
    """
    batch = supervised_batch(uow, actor=actor, batch_id=batch_id)
    with uow.acting_for(batch.tenant_id, reason="确认历史信息计入已印发通报的月份"):
        batch = supervised_batch(uow, actor=actor, batch_id=batch_id, lock=True)
        if batch.state != "confirming":
            raise Conflict("这一批次没有等待确认的内容。请刷新页面查看最新状态。")
        batch.late_confirmed_by, batch.state = actor.user_id, "waiting"
        detail = {"after_circulars": [circular["id"] for circular in batch.late or ()]}
        uow.audit(
            "import.confirm_late", tenant_id=batch.tenant_id, object_type="import_batch", object_id=batch.id,
            detail=detail,
        )  # fmt: skip
        uow.emit(REQUESTED, batch.id)
    return batch


def batches_after(uow: UnitOfWork, *, circular_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The imports that brought items into the month of an issued circular, newest first.

    Rows: id, kind, filename, unit, finished_at, late.
    """
    query: Select[*tuple[Any, ...]] = (
        select(
            ImportBatch.id, ImportBatch.kind, ImportBatch.filename, Tenant.short_name.label("unit"),
            ImportBatch.finished_at, ImportBatch.late,
        )
        .join(Tenant, Tenant.id == ImportBatch.tenant_id)
        .where(text("late <> '[]'::jsonb"), ImportBatch.late.contains([{"id": circular_id}]))
        .where(ImportBatch.state == "done", ImportBatch.dry_run.is_(False))
        .order_by(ImportBatch.id.desc())
        .limit(_LISTED)
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_batch(uow: UnitOfWork, *, actor: Actor, batch_id: int, lock: bool = False) -> ImportBatch:
    """A batch that the unit acted for brings into itself.

    Raises:
        NotFound: when it is missing, another unit's, or one of an office for its subtree.
    """
    mine = ImportBatch.tenant_id == actor.tenant_id, ImportBatch.covers_subtree.is_(False)
    return _one(uow, select(ImportBatch).where(*mine, ImportBatch.kind.in_(KINDS)), batch_id, lock=lock)


def supervised_batch(uow: UnitOfWork, *, actor: Actor, batch_id: int, lock: bool = False) -> ImportBatch:
    """A migration of a unit in the office's subtree.

    Raises:
        NotFound: when it is missing or outside.
    """
    inside = select(Tenant.id).where(below(actor.tenant_path))
    query = select(ImportBatch).where(ImportBatch.kind == "migration", ImportBatch.tenant_id.in_(inside))
    return _one(uow, query, batch_id, lock=lock)


def own_batches(uow: UnitOfWork, *, actor: Actor) -> Sequence[Row[*tuple[Any, ...]]]:
    """The unit's batches, newest first; rows as in `supervised_batches`."""
    mine = ImportBatch.tenant_id == actor.tenant_id, ImportBatch.covers_subtree.is_(False)
    return uow.session.execute(
        _listed(uow.now).where(*mine, ImportBatch.kind.in_(KINDS)).order_by(ImportBatch.id.desc()).limit(_LISTED)
    ).all()


def supervised_batches(uow: UnitOfWork, *, actor: Actor) -> Sequence[Row[*tuple[Any, ...]]]:
    """Migrations of the office's subtree: those that wait for permission first, then newest first.

    Rows: id, tenant_id, unit, kind, state, dry_run, filename, created_at, rows_total, rows_created, rows_unchanged,
    rows_refused, waits, creator.
    """
    query = _listed(uow.now).where(ImportBatch.kind == "migration", below(actor.tenant_path))
    ordered = query.order_by(_waits().desc(), ImportBatch.id.desc()).limit(_LISTED)
    return uow.session.execute(ordered).all()


def waiting_count(uow: UnitOfWork, _: Actor) -> int:
    """Migrations that wait for permission, of the units that the scope shows."""
    return uow.session.scalar(select(func.count()).select_from(ImportBatch).where(_waits())) or 0


def people(uow: UnitOfWork, *, batch: ImportBatch) -> dict[str, str]:
    """Names of who asked for a batch and who allowed it; empty where nobody did."""
    ids = {"created_by": batch.created_by, "allowed_by": batch.allowed_by}
    known = dict(uow.session.execute(select(User.id, User.name).where(User.id.in_(ids.values()))).all())
    return {key: known.get(user_id or 0, "") for key, user_id in ids.items()}


def unit_name(uow: UnitOfWork, *, batch: ImportBatch) -> str:
    """Official name of the unit that holds a batch."""
    return uow.session.scalar(select(Tenant.official_name).where(Tenant.id == batch.tenant_id)) or ""


def _interrupted(now: datetime) -> Any:
    """While a batch runs, `finished_at` is the time of its last progress."""
    last = func.coalesce(ImportBatch.finished_at, ImportBatch.created_at)
    return (ImportBatch.state == "running") & (last < now - SILENT)


def _waits() -> Any:
    return (
        (ImportBatch.state == "waiting")
        & (ImportBatch.kind == "migration")
        & ImportBatch.dry_run.is_(False)
        & ImportBatch.allowed_by.is_(None)
    )


def _listed(now: datetime) -> Select[*tuple[Any, ...]]:
    creator = aliased(User)
    query: Select[*tuple[Any, ...]] = (
        select(
            ImportBatch.id, ImportBatch.tenant_id, Tenant.short_name.label("unit"), ImportBatch.kind,
            case((_interrupted(now), "interrupted"), else_=ImportBatch.state).label("state"),
            ImportBatch.dry_run, ImportBatch.filename, ImportBatch.created_at,
            ImportBatch.rows_total, ImportBatch.rows_created, ImportBatch.rows_unchanged, ImportBatch.rows_refused,
            _waits().label("waits"), creator.name.label("creator"),
        )
        .join(Tenant, Tenant.id == ImportBatch.tenant_id)
        .outerjoin(creator, creator.id == ImportBatch.created_by)
    )  # fmt: skip
    return query


def _one(uow: UnitOfWork, query: Select[ImportBatch], batch_id: int, *, lock: bool = False) -> ImportBatch:
    query = query.where(ImportBatch.id == batch_id)
    return uow.one(query, lock=lock, of=ImportBatch, missing="导入批次不存在。")


def _to_decide(uow: UnitOfWork, actor: Actor, batch_id: int) -> ImportBatch:
    batch = supervised_batch(uow, actor=actor, batch_id=batch_id)
    if batch.created_by == actor.user_id:
        raise Forbidden("您是这一批次的申请人，须由政务公开办的其他同志批准。")
    with uow.acting_for(batch.tenant_id, reason="办理历史信息迁移申请"):
        batch = supervised_batch(uow, actor=actor, batch_id=batch_id, lock=True)
    if not waits_for_permission(batch):
        raise Conflict("这一批次已经办理，无需重复操作。请刷新页面查看最新状态。")
    return batch
