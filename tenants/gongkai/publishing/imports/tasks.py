"""Running batches: from a request of the pages, from a command, or from rows that a program holds."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from io import BytesIO

from sqlalchemy import select, update

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Permission, Role, permissions_of
from gongkai.core.errors import DomainError, Fault, Forbidden, Invalid, Refused
from gongkai.core.ports import IssuedCircular, Services
from gongkai.core.storage.archives import Package, opened_archive
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.batches import ImportRequest, add_batch, check_list, check_terms, waits_for_permission
from gongkai.publishing.imports.files import unlisted
from gongkai.publishing.imports.late import NeedsConfirmation, late_of, to_json, words
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.rows import MigrationRow, NumberedRow, open_list, read_rows
from gongkai.publishing.imports.runs import ImportJob, Progress, late_rows, no_progress, run_rows
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

REPORT_LIMIT = 256 * 1024**2


def run_requested(services: Services, _: UnitOfWork, batch_ids: Sequence[int]) -> None:
    """Handler of `import.requested`. The rows are written in transactions of their own: when this one fails, the
    event comes again and the run continues where it stopped."""
    for batch_id in batch_ids:
        run_batch(services, batch_id=batch_id)


def run_batch(
    services: Services, *, batch_id: int, package: Package | None = None, on_progress: Progress = no_progress
) -> ImportResult | None:
    """Run a batch from its stored list and keep the report; None when it is finished or may not begin.

    Its files come from its stored archive, or from the `package` of a command.

    A refusal of the whole （file missing, list broken off, post lost） ends the batch as failed, with the reason. One
    that waits for permission is looked through for issued months; one that comes after them waits for confirmation.
    """
    with services.database.system_scope(f"import batch {batch_id}") as uow:
        batch = uow.session.get(ImportBatch, batch_id, with_for_update=True)
        if batch is None or batch.state not in {"waiting", "running"}:
            return None
        looks_only = waits_for_permission(batch)
        if looks_only and batch.late is not None:
            return None
        if not looks_only:
            batch.state, batch.finished_at = "running", uow.now
        job, digest, filename = ImportJob.of(batch), batch.file_digest, batch.filename
        archive = batch.files_digest
    try:
        with services.files.open(digest) as stored:
            table = open_list(stored.read(), filename, kind=job.kind)
        if table.faults:
            raise Refused("".join(fault.message for fault in table.faults))
        if looks_only:
            _keep_late(services, batch_id, late_rows(services, job=job, rows=read_rows(table)))
            return None
        with ExitStack() as stack:
            if archive:
                package = stack.enter_context(opened_archive(stack.enter_context(services.files.open(archive))))
            result = _run_with_files(services, job, read_rows(table), package, on_progress)
    except NeedsConfirmation as refusal:
        _keep_late(services, batch_id, refusal.late, state="confirming")
        return None
    except DomainError as error:
        with services.database.system_scope(f"import batch {batch_id} failed") as uow:
            end(uow, batch_id, state="failed", note=error.message)
        return None
    result.notes.extend(table.notes)
    finish(services, job=job, result=result)
    return result


def _run_with_files(
    services: Services, job: ImportJob, rows: Iterable[NumberedRow], package: Package | None, on_progress: Progress
) -> ImportResult:
    """Run rows, and say which of the given files no row names."""
    listed = list(rows)
    left_over = unlisted(package, listed) if package else ""
    result = run_rows(services, job=job, rows=listed, on_progress=on_progress, package=package)
    result.notes += [left_over] if left_over else []
    return result


def _keep_late(services: Services, batch_id: int, late: Sequence[IssuedCircular], **state: str) -> None:
    with services.database.system_scope(f"import batch {batch_id} and issued circulars") as uow:
        values = {"late": to_json(late), **state}
        uow.session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(values))


def finish(services: Services, *, job: ImportJob, result: ImportResult) -> None:
    """Keep the report of a run and close its batch; says which issued circulars the brought items come after."""
    with services.database.system_scope(f"import batch {job.batch_id} finished") as uow:
        late = services.issued.after_issue(uow, result.published)
        result.notes[:0] = [words(circular, done=not job.dry_run) for circular in late]
        if result.held:
            held = f"有{result.held}条的附件须由政务公开办核对，核对前不公开，原因逐行列在结果清单的“提示”页中。"
            result.notes.append(held)
        if result.hints:
            result.notes.append(f"有{len(result.hints)}处提示，逐行列在结果清单的“提示”页中。")
        report = services.files.put(BytesIO(result.report()), limit_bytes=REPORT_LIMIT)
        end(uow, job.batch_id, state="done", note=result.note, report=report.digest_sha256)
        counts = {"rows_total": result.total, "rows_done": result.done, "rows_refused": result.refused}
        values = counts | {"late": to_json(late), "rows_missing": len(result.missing)}
        uow.session.execute(update(ImportBatch).where(ImportBatch.id == job.batch_id).values(values))
        detail = {
            "created": result.created, "changed": result.changed, "unchanged": result.unchanged,
            "refused": result.refused, "held": result.held, "after_circulars": [circular.id for circular in late],
        }  # fmt: skip
        uow.audit(
            "import.finish", tenant_id=job.tenant_id, object_type="import_batch", object_id=job.batch_id, detail=detail
        )


def import_file(
    services: Services,
    *,
    kind: str,
    data: bytes,
    filename: str,
    unit_code: str,
    by: str,
    dry_run: bool,
    cutoff: date | None = None,
    responsible: str = "",
    confirm_issued: bool = False,
    files: tuple[str, Package] | None = None,
    on_progress: Progress = no_progress,
) -> ImportResult:
    """Import a list from outside the pages: `by` is the login of the importer of drafts, or of the person of the
    office who allows the migration; `unit_code` may be empty for the only unit where `by` can do so.

    With `confirm_issued` a migration may come after issued circulars. `files` are those that the rows name, with what
    the whole of them is called.

    Raises:
        Invalid: when the list's header or the terms are faulty; nothing is written then.
        NotFound, Forbidden: when unit or person is missing, or may not.
        NeedsConfirmation: when it comes after issued circulars and was not confirmed; nothing is written then.
        Refused: when the list breaks off.
    """
    check_list(data, filename, kind=kind)
    stored = services.files.put(BytesIO(data), limit_bytes=services.settings.upload_limit_bytes)
    name, package = files or ("", None)
    request = ImportRequest(kind, filename, stored.digest_sha256, dry_run, cutoff, responsible, files_name=name)
    job = _begin(services, request=request, unit_code=unit_code, by=by)

    def run(_: ImportJob) -> ImportResult:
        result = run_batch(services, batch_id=job.batch_id, package=package, on_progress=on_progress)
        if result is not None:
            return result
        with services.database.system_scope("import outcome") as uow:
            batch = uow.session.get_one(ImportBatch, job.batch_id)
            raise NeedsConfirmation(late_of(batch)) if batch.state == "confirming" else Refused(batch.note)

    return _confirming(services, job, run, confirm_issued=confirm_issued)


def migrate_rows(
    services: Services,
    *,
    rows: Iterable[MigrationRow],
    unit_code: str,
    cutoff: date,
    responsible: str,
    allowed_by: str,
    dry_run: bool = False,
    source: str = "",
    confirm_issued: bool = False,
    on_progress: Progress = no_progress,
) -> ImportResult:
    """Migrate rows that a program holds, into the unit `unit_code` and the units below it; `allowed_by` is the login
    of a person of the office, `source` says where the rows come from. A second call continues or changes nothing.

    Raises:
        Invalid: when the terms are faulty.
        NotFound, Forbidden: when unit or person is missing, or may not allow it.
        NeedsConfirmation: when it comes after issued circulars and `confirm_issued` is not set.
    """
    request = ImportRequest("migration", source or "程序导入", "", dry_run, cutoff, responsible)
    job = _begin(services, request=request, unit_code=unit_code, by=allowed_by)
    with services.database.system_scope(f"import batch {job.batch_id}") as uow:
        end(uow, job.batch_id, state="running", note="")
    listed = list(rows)

    def run(confirmed: ImportJob) -> ImportResult:
        numbered = (NumberedRow(number, row) for number, row in enumerate(listed, start=1))
        return run_rows(services, job=confirmed, rows=numbered, on_progress=on_progress)

    result = _confirming(services, job, run, confirm_issued=confirm_issued)
    finish(services, job=job, result=result)
    return result


def _confirming(
    services: Services, job: ImportJob, run: Callable[[ImportJob], ImportResult], *, confirm_issued: bool
) -> ImportResult:
    """Run a batch, and again with the caller's confirmation where it comes after issued circulars."""
    try:
        return run(job)
    except NeedsConfirmation as refusal:
        with services.database.system_scope(f"import batch {job.batch_id} and issued circulars") as uow:
            batch = uow.session.get_one(ImportBatch, job.batch_id)
            batch.late = to_json(refusal.late)
            if confirm_issued:
                batch.late_confirmed_by, batch.state = job.by, "running"
            else:
                end(uow, job.batch_id, state="failed", note=refusal.message)
        if not confirm_issued:
            raise
        return run(replace(job, confirmed=frozenset(circular.id for circular in refusal.late)))


def _begin(services: Services, *, request: ImportRequest, unit_code: str, by: str) -> ImportJob:
    migrating = request.kind == "migration"
    needed = Permission.MIGRATIONS_ALLOW if migrating else Permission.ITEMS_WRITE
    with services.database.system_scope(f"items import {request.filename}") as uow:
        check_terms(
            uow, kind=request.kind, cutoff_date=request.cutoff_date, responsible_person=request.responsible_person
        )
        user_id, posts = posts_with(uow, by, needed)
        words = "批准该单位的历史信息迁移" if migrating else "为该单位导入草稿"
        refusal = Forbidden(f"“{by}”没有{words}的权限，请换用有权限人员的登录名。")
        if not posts:
            raise refusal
        tenant = get_tenant(uow, code=unit_code) if unit_code else _only(posts)
        # An office allows for the units below it; drafts are of the unit where the person works.
        reach = [post for post in posts if post.id == tenant.id or (migrating and is_above(post, tenant))]
        if not reach:
            raise refusal
        batch = add_batch(
            uow, tenant_id=tenant.id, request=request, created_by=user_id, covers_subtree=migrating,
            allowed_by=user_id if migrating else None,
        )  # fmt: skip
        return ImportJob.of(batch)


def posts_with(uow: UnitOfWork, login: str, needed: Permission) -> tuple[int, list[Tenant]]:
    """A person's id, and the units where a role of theirs gives the permission."""
    known = select(User.id).where(User.username == login, User.active)
    user_id = uow.one(known, missing=f"没有登录名为“{login}”的在用账号。")
    roles = [role for role in Role if needed in permissions_of(frozenset({role}))]
    units = select(Tenant).join(Membership, Membership.tenant_id == Tenant.id)
    held = units.where(Membership.user_id == user_id, Membership.active, Membership.role.in_(roles))
    return user_id, list(uow.session.scalars(held.order_by(Tenant.path)).unique())


def _only(posts: Sequence[Tenant]) -> Tenant:
    if len(posts) != 1:
        raise Invalid([Fault("tenant", "没有指明单位", "请用 --tenant 写明单位代码")])
    return posts[0]


def is_above(office: Tenant, unit: Tenant) -> bool:
    """Whether a unit lies below an office."""
    return f"{unit.path}.".startswith(f"{office.path}.")


def end(uow: UnitOfWork, batch_id: int, *, state: str, note: str, report: str | None = None) -> None:
    """Set the state in which a run has left its batch."""
    finished = None if state == "running" else uow.now
    values = {"state": state, "note": note, "finished_at": finished, "report_digest": report}
    uow.session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(values))
