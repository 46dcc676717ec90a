"""Running an import row by row: whatever the list comes from, in transactions of their own, with progress."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, islice
from typing import TypeVar

from sqlalchemy import update

from gongkai.accounts.actors import predecessors
from gongkai.core.errors import NotFound
from gongkai.core.ports import Services
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.import_checks import PreparedRow, prepare
from gongkai.publishing.import_drafts import DRAFT_CHUNK, draft_chunk
from gongkai.publishing.import_places import Place, Places, load_places, units_below
from gongkai.publishing.import_results import ImportResult
from gongkai.publishing.import_rows import NumberedRow
from gongkai.publishing.migration import CHUNK, highest_numbers, migrate_chunk
from gongkai.publishing.models import ImportBatch
from gongkai.tenancy.models import Tenant

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Called after each transaction with the rows decided on and the rows in all."""


def no_progress(_done: int, _total: int) -> None:
    """For callers that show none."""


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A batch as its run needs it; `by` is the person whose work it is."""

    batch_id: int
    kind: str
    tenant_id: int
    covers_subtree: bool
    dry_run: bool
    cutoff: date | None
    by: int | None

    @classmethod
    def of(cls, batch: ImportBatch) -> "ImportJob":
        """The job of a batch."""
        return cls(
            batch.id, batch.kind, batch.tenant_id, batch.covers_subtree, batch.dry_run, batch.cutoff_date,
            batch.created_by,
        )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """The state of a run: what was seen in the list so far, and the result."""

    services: Services
    job: ImportJob
    scope: Scope
    on_progress: Progress
    result: ImportResult
    seen: dict[tuple[int, str], int] = field(default_factory=dict)


def run_rows(
    services: Services, *, job: ImportJob, rows: Iterable[NumberedRow], on_progress: Progress = no_progress
) -> ImportResult:
    """Bring the rows of a batch; each transaction that is committed stays, whatever happens to the next.

    Raises:
        NotFound: when the batch's unit does not exist.
    """
    listed = list(rows)
    with services.database.unit_of_work() as uow:
        scope, places = _limits(uow, job)
    run = _Run(services, job, scope, on_progress, ImportResult(total=len(listed)))
    located = []
    for given in listed:
        place = places.locate(given)
        if place is None:
            run.result.refuse(given.faults)
        else:
            located.append((given, place))
    _save_progress(run)
    if job.kind == "drafts":
        _drafts(run, located)
    else:
        _migration(run, located)
    return run.result


def _limits(uow: UnitOfWork, job: ImportJob) -> tuple[Scope, Places]:
    """The scope of the batch's unit, and the places that it may write to."""
    tenant = uow.session.get(Tenant, job.tenant_id)
    if tenant is None:
        raise NotFound("导入批次所属的单位不存在。")
    own = (tenant.id, *predecessors(uow, tenant_id=tenant.id))
    if job.kind == "drafts":
        ids: Sequence[int] = (tenant.id,)
    else:
        ids = units_below(uow, path=tenant.path) if job.covers_subtree else own
    scope = Scope(user_id=job.by, tenant_ids=own, acting_tenant_id=tenant.id, reason=f"import batch {job.batch_id}")
    return scope, load_places(uow, tenant_ids=ids, home_id=tenant.id)


def _migration(run: _Run, located: list[tuple[NumberedRow, Place]]) -> None:
    # In the order of publication, so that numbers, chain and "published before" follow time.
    now = run.services.database.clock()
    located.sort(key=lambda pair: (pair[1].unit.id, pair[0].row.published_at or now, pair[0].number))
    for unit, mine in groupby(located, key=lambda pair: pair[1].unit):
        group = list(mine)
        highest = highest_numbers(unit, [given.row.index_number for given, _ in group])
        for chunk in _chunks(group, CHUNK):
            rows = _prepared(run, chunk)
            with run.services.database.transaction(run.scope) as uow:
                if rows and unit.id in run.scope.tenant_ids:
                    _write(run, uow, rows, highest)
                elif rows:
                    with uow.acting_for(unit.id, reason=f"历史信息迁移批次{run.job.batch_id}"):
                        _write(run, uow, rows, highest)
                _record(uow, run)
            run.on_progress(run.result.done, run.result.total)


def _write(run: _Run, uow: UnitOfWork, rows: list[PreparedRow], highest: dict[int, int]) -> None:
    migrate_chunk(
        uow, unit=rows[0].place.unit, rows=rows, highest=highest, batch_id=run.job.batch_id, by=run.job.by,
        dry_run=run.job.dry_run, result=run.result,
    )  # fmt: skip


def _drafts(run: _Run, located: list[tuple[NumberedRow, Place]]) -> None:
    for chunk in _chunks(located, DRAFT_CHUNK):
        rows = _prepared(run, chunk)
        with run.services.database.transaction(run.scope) as uow:
            draft_chunk(
                uow, tenant_id=run.job.tenant_id, batch_id=run.job.batch_id, by=run.job.by, rows=rows,
                dry_run=run.job.dry_run, result=run.result,
            )  # fmt: skip
            _record(uow, run)
        run.on_progress(run.result.done, run.result.total)


def _prepared(run: _Run, pairs: Sequence[tuple[NumberedRow, Place]]) -> list[PreparedRow]:
    """The rows without a fault; the others are refused."""
    now, migrating = run.services.database.clock(), run.job.kind == "migration"
    good = []
    for given, place in pairs:
        row = prepare(given, place, migrating=migrating, now=now, cutoff=run.job.cutoff)
        if not given.faults:
            _once(run, row)
        if given.faults:
            run.result.refuse(given.faults)
        else:
            good.append(row)
    return good


def _once(run: _Run, row: PreparedRow) -> None:
    """A key and an index number stand in one row of the list only."""
    tenant_id, given = row.place.unit.id, row.given
    marks = {(tenant_id, row.key): ("external_id", "外部编号、索引号、网址或内容")}
    if given.row.index_number:
        marks[tenant_id, f"no:{given.row.index_number}"] = ("index_number", "索引号")
    for mark, (key, words) in marks.items():
        first = run.seen.setdefault(mark, given.number)
        if first != given.number:
            given.fault(
                key, f"与第{first}行重复（{words}相同）", "请删除多余的一行，或改正编号", mark[1].partition(":")[2]
            )
            return


def _chunks(rows: Sequence[_T], size: int) -> Iterator[list[_T]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _save_progress(run: _Run) -> None:
    with run.services.database.transaction(run.scope) as uow:
        _record(uow, run)
    run.on_progress(run.result.done, run.result.total)


def _record(uow: UnitOfWork, run: _Run) -> None:
    """Keep how far the run is, and when: the time by which `import_batches` knows a run that ended unseen."""
    result = run.result
    uow.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == run.job.batch_id)
        .values(
            rows_total=result.total,
            rows_done=result.done,
            rows_created=result.created,
            rows_unchanged=result.unchanged,
            rows_refused=result.refused,
            finished_at=uow.now,
        )
    )
