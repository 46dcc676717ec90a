"""Files of migrated rows that wait for a person of the office: who looks at them, what is decided, what follows.

Rows that are released go the way of every migrated row, in a batch of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.batches import ImportRequest, add_batch
from gongkai.publishing.imports.checks import PreparedRow, RowFile
from gongkai.publishing.imports.holding import HELD, files_of, unpacked
from gongkai.publishing.imports.inspection import concerns_of
from gongkai.publishing.imports.late import NeedsConfirmation, late_of
from gongkai.publishing.imports.models import HeldRow, ImportBatch
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.publishing.imports.runs import ImportJob, late_rows, run_rows
from gongkai.publishing.imports.tasks import end, finish
from gongkai.publishing.terms.texts import read_file
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

SHOWN = 50
RELEASED = "held_row.released"
"""Event: a held row may be published; carries its id."""
REASON = "核对历史信息迁移的附件"
READ = "附件已读取，没有发现问题"
NAME = "附件核对后发布"


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """Files of held rows, which are in the store: number of a row → its files."""

    files: Mapping[int, tuple[RowFile, ...]]

    def take(self, row: PreparedRow) -> PreparedRow:
        """The row with its files (`imports.runs.Files`)."""
        return replace(row, files=self.files[row.given.number])


def held_rows(uow: UnitOfWork, *, actor: Actor) -> tuple[int, Sequence[AnyRow]]:
    """What waits for a person in the office's subtree: how many rows, and the oldest of them, at most `SHOWN`.

    Rows: id, unit, title, files, concerns, problem, item_id, created_at.
    """
    waiting = (below(actor.tenant_path), HeldRow.state == "waiting")
    total = select(func.count()).select_from(HeldRow).join(Tenant, Tenant.id == HeldRow.tenant_id).where(*waiting)
    query = (
        select(
            HeldRow.id, Tenant.short_name.label("unit"), HeldRow.title, HeldRow.files, HeldRow.concerns,
            HeldRow.problem, HeldRow.item_id, HeldRow.created_at,
        )
        .join(Tenant, Tenant.id == HeldRow.tenant_id)
        .where(*waiting)
        .order_by(HeldRow.id)
        .limit(SHOWN)
    )  # fmt: skip
    return uow.session.scalar(total) or 0, uow.session.execute(query).all()


def waiting_count(uow: UnitOfWork, _: Actor) -> int:
    """Held rows that wait for a person, of the units that the scope shows."""
    return uow.session.scalar(select(func.count()).where(HeldRow.state == "waiting")) or 0


def held_file(uow: UnitOfWork, *, actor: Actor, held_id: int, position: int) -> RowFile:
    """A file of a held row in the office's subtree, by its place among them, from 0.

    Raises:
        NotFound: when the row is missing or outside, or has no such file.
    """
    query = select(HeldRow).join(Tenant, Tenant.id == HeldRow.tenant_id).where(below(actor.tenant_path))
    held = uow.session.scalar(query.where(HeldRow.id == held_id))
    if held is None or not 0 <= position < len(held.files):
        raise NotFound("附件不存在。")
    return files_of(held)[position]


def decide(
    uow: UnitOfWork, *, actor: Actor, held_ids: Sequence[int], release: bool, reason: str, late_confirmed: bool = False
) -> int:
    """Let held rows be published, or not, with what the person found in their files; returns how many.

    Raises:
        Invalid: when no row is chosen (field `held`), or nothing is said (field `reason`).
        Conflict: when one of them is decided on already, or is none of the office's.
    """
    faults = [] if held_ids else [Fault("held", "没有选择信息", "请勾选已核对附件的信息")]
    if not reason.strip():
        faults.append(Fault("reason", "没有填写核对情况", "请写明核对了什么，可以公开或者不能公开的理由"))
    if faults:
        raise Invalid(faults)
    query = select(HeldRow.id, HeldRow.tenant_id).join(Tenant, Tenant.id == HeldRow.tenant_id)
    rows = uow.session.execute(query.where(below(actor.tenant_path), HeldRow.id.in_(held_ids))).all()
    with uow.acting_for(*sorted({row.tenant_id for row in rows}), reason=REASON):
        wanted = select(HeldRow).where(HeldRow.id.in_([row.id for row in rows]), HeldRow.state == "waiting")
        found = uow.session.scalars(wanted.order_by(HeldRow.id).with_for_update()).all()
        if {held.id for held in found} != set(held_ids):
            raise Conflict("所选信息中有的已经核对办理，请刷新页面后重新选择。")
        for held in found:
            held.state, held.reason = "released" if release else "rejected", reason.strip()[:500]
            held.decided_by, held.decided_at, held.late_confirmed = actor.user_id, uow.now, late_confirmed
            detail = {"release": release, "reason": held.reason, "files": [file["digest"] for file in held.files]}
            uow.audit(
                "held_row.decide", tenant_id=held.tenant_id, object_type="held_row", object_id=held.id, detail=detail
            )
            if release:
                uow.emit(RELEASED, held.id)
        uow.session.flush()
    return len(found)


def read_held(services: Services, _: UnitOfWork, held_ids: Sequence[int]) -> None:
    """Handler of `held_row.reading`: read what the run had no time for; what has nothing in it is published."""
    for held_id in held_ids:
        with services.database.system_scope(f"held row {held_id}") as uow:
            held = uow.session.get(HeldRow, held_id)
        if held is None or held.state != "reading":
            continue
        for file in files_of(held):
            read_file(services, tenant_id=held.tenant_id, digest=file.digest)
        with services.database.system_scope(f"held row {held_id} read") as uow:
            held = uow.session.get_one(HeldRow, held_id, with_for_update=True)
            formed = unpacked(held.row).formed_date
            concerns, _unread = concerns_of(uow, tenant_id=held.tenant_id, files=files_of(held), formed=formed)
            held.concerns = list(concerns)
            if concerns:
                held.state = "waiting"
            else:
                held.state, held.reason, held.decided_at = "released", READ, uow.now
                uow.emit(RELEASED, held.id)


def run_released(services: Services, _: UnitOfWork, held_ids: Sequence[int]) -> None:
    """Handler of `held_row.released`. The rows are written in transactions of their own; one that comes again is known
    by its key."""
    with services.database.system_scope("held rows released") as uow:
        query = select(HeldRow).where(HeldRow.id.in_(held_ids), HeldRow.state == "released")
        order = (HeldRow.batch_id, HeldRow.late_confirmed, HeldRow.id)
        released = uow.session.scalars(query.order_by(*order)).all()
    for (batch_id, confirmed), rows in groupby(released, key=lambda held: (held.batch_id, held.late_confirmed)):
        _bring(services, batch_id, list(rows), confirmed=confirmed)


def _bring(services: Services, batch_id: int, released: Sequence[HeldRow], *, confirmed: bool) -> None:
    job = _job(services, batch_id, released)
    rows = [NumberedRow(held.id, unpacked(held.row)) for held in released]
    if confirmed:
        late = late_rows(services, job=job, rows=[NumberedRow(row.number, row.row) for row in rows])
        job = replace(job, confirmed=job.confirmed | {circular.id for circular in late})
    files = StoredFiles({held.id: files_of(held) for held in released})
    problems: dict[int, str] = {}
    try:
        result = run_rows(services, job=job, rows=rows, looked_at=files)
    except NeedsConfirmation as refusal:
        problems = dict.fromkeys((held.id for held in released), refusal.message)
        with services.database.system_scope(f"held rows of batch {batch_id} wait") as uow:
            end(uow, job.batch_id, state="failed", note=refusal.message)
    else:
        finish(services, job=job, result=result)
        for fault in result.faults:
            problems[fault.row] = f"{fault.column_title}：{fault.problem}；{fault.remedy}。"
    with services.database.system_scope(f"held rows of batch {batch_id} brought") as uow:
        wanted = select(HeldRow).where(HeldRow.id.in_([held.id for held in released]))
        for held in uow.session.scalars(wanted.order_by(HeldRow.id).with_for_update()):
            held.problem = problems.get(held.id, "")
            held.state = "waiting" if held.problem else "brought"


def _job(services: Services, batch_id: int, released: Sequence[HeldRow]) -> ImportJob:
    """A batch for what is brought now, on the terms of the one with which it came."""
    with services.database.system_scope(f"held rows of batch {batch_id}") as uow:
        came = uow.session.get_one(ImportBatch, batch_id)
        by = released[0].decided_by or came.created_by
        request = ImportRequest("migration", NAME, "", False, came.cutoff_date, came.responsible_person)
        batch = add_batch(
            uow, tenant_id=came.tenant_id, request=request, created_by=by, covers_subtree=came.covers_subtree,
            allowed_by=by,
        )  # fmt: skip
        end(uow, batch.id, state="running", note="")
        confirmed = frozenset(circular.id for circular in late_of(came)) if came.late_confirmed_by else frozenset()
        return replace(ImportJob.of(batch), confirmed=confirmed)


HANDLERS = {HELD: read_held, RELEASED: run_released}
