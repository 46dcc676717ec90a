"""Running an import row by row: whatever the list comes from, in transactions of their own, with progress."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby, islice
from typing import Protocol, TypeVar

from sqlalchemy import update

from gongkai.accounts.actors import predecessors
from gongkai.core.errors import NotFound
from gongkai.core.ports import IssuedCircular, Services
from gongkai.core.storage.archives import Package
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.imports.checks import PreparedRow, prepare
from gongkai.publishing.imports.drafts import DRAFT_CHUNK, draft_chunk
from gongkai.publishing.imports.files import GivenFiles, without_files
from gongkai.publishing.imports.inspection import inspected
from gongkai.publishing.imports.late import expect_confirmed, late_of
from gongkai.publishing.imports.migration import CHUNK, highest_numbers, migrate_chunk, period_of
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.places import Place, Places, UnitRecord, load_places, units_below
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.tenancy.models import Tenant

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Called after each transaction with the rows decided on and the rows in all."""


def no_progress(_done: int, _total: int) -> None:
    """For callers that show none."""


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A batch as its run needs it; `by` is the person whose work it is, `confirmed` are the issued circulars that
    somebody lets it come after."""

    batch_id: int
    kind: str
    tenant_id: int
    covers_subtree: bool
    dry_run: bool
    cutoff: date | None
    by: int | None
    confirmed: frozenset[int] = frozenset()

    @classmethod
    def of(cls, batch: ImportBatch) -> "ImportJob":
        """The job of a batch."""
        confirmed = frozenset(circular.id for circular in late_of(batch)) if batch.late_confirmed_by else frozenset()
        return cls(
            batch.id, batch.kind, batch.tenant_id, batch.covers_subtree, batch.dry_run, batch.cutoff_date,
            batch.created_by, confirmed,
        )  # fmt: skip


ChunkWriter = Callable[[UnitOfWork, ImportJob, Sequence[PreparedRow], Mapping[int, int], ImportResult], None]
"""Writes rows of one unit in its scope: the job, the rows, year → highest original number, where to count them."""


def publish_chunk(
    uow: UnitOfWork, job: ImportJob, rows: Sequence[PreparedRow], highest: Mapping[int, int], result: ImportResult
) -> None:
    """The writer of a migration."""
    migrate_chunk(
        uow, unit=rows[0].place.unit, rows=rows, highest=highest, batch_id=job.batch_id, by=job.by,
        dry_run=job.dry_run, result=result,
    )  # fmt: skip


class Files(Protocol):
    """Where the files of rows come from."""

    def take(self, row: PreparedRow) -> PreparedRow:
        """The row with its files, or with a fault for each that may not be attached."""


@dataclass(slots=True)
class _Run:
    """The state of a run: what was seen in the list so far, and the result."""

    services: Services
    job: ImportJob
    scope: Scope
    on_progress: Progress
    result: ImportResult
    write: ChunkWriter = publish_chunk
    files: Files | None = None
    inspects: bool = True
    seen: dict[tuple[int, str], int] = field(default_factory=dict)


def run_rows(
    services: Services,
    *,
    job: ImportJob,
    rows: Iterable[NumberedRow],
    on_progress: Progress = no_progress,
    write: ChunkWriter = publish_chunk,
    package: Package | None = None,
    looked_at: Files | None = None,
) -> ImportResult:
    """Bring the rows of a batch; each transaction that is committed stays, whatever happens to the next.

    With a `package` the rows bring the files that they name, and a row with a missing one is refused. What is public
    at once waits where its files ask for a person; `looked_at` are files that a person, or this, has looked at.

    Raises:
        NotFound: when the batch's unit does not exist.
        NeedsConfirmation: when a migration comes after issued circulars that nobody has confirmed.
    """
    run, located = _begin(services, job, rows)
    run.on_progress, run.write = on_progress, write
    if package is not None:
        limit = services.settings.upload_limit_bytes
        run.files = GivenFiles(package, services.files, limit, keep=not job.dry_run)
    if looked_at is not None:
        run.files, run.inspects = looked_at, False
    if job.kind == "migration" and not job.dry_run:
        expect_confirmed(_look_ahead(run, located), job.confirmed)
    _save_progress(run)
    if job.kind == "drafts":
        _drafts(run, located)
    else:
        _published(run, located)
    return run.result


def late_rows(services: Services, *, job: ImportJob, rows: Iterable[NumberedRow]) -> list[IssuedCircular]:
    """The issued circulars that the rows of a migration would come after; writes nothing.

    Raises:
        NotFound: when the batch's unit does not exist.
    """
    return _look_ahead(*_begin(services, job, rows))


def _begin(
    services: Services, job: ImportJob, rows: Iterable[NumberedRow]
) -> tuple[_Run, list[tuple[NumberedRow, Place]]]:
    """A run with its rows that have a place; the others are refused."""
    listed = list(rows)
    with services.database.unit_of_work() as uow:
        scope, places = _limits(uow, job)
    run = _Run(services, job, scope, no_progress, ImportResult(total=len(listed)))
    located = []
    for given in listed:
        place = places.locate(given)
        if place is None:
            run.result.refuse(given.faults)
        else:
            located.append((given, place))
    return run, located


def _look_ahead(run: _Run, located: Sequence[tuple[NumberedRow, Place]]) -> list[IssuedCircular]:
    """What of the rows would come after an issued circular. Few lists do, so only rows of issued months are tried."""
    months: Counter[tuple[int, str]] = Counter()
    for given, place in located:
        if given.row.published_at is not None:
            months[place.unit.id, period_of(given.row.published_at)] += 1
    found = _issued(run, months)
    closed = {month for circular in found for month in circular.months}
    if not closed:
        return []
    dry = _Run(run.services, replace(run.job, dry_run=True), run.scope, no_progress, ImportResult())
    _published(
        dry,
        [
            (NumberedRow(given.number, given.row, list(given.faults)), place)
            for given, place in located
            if given.row.published_at is not None and period_of(given.row.published_at) in closed
        ],
        recorded=False,
    )
    return _issued(run, dry.result.published)


def _issued(run: _Run, brought: Mapping[tuple[int, str], int]) -> list[IssuedCircular]:
    with run.services.database.system_scope(f"issued periods of import batch {run.job.batch_id}") as uow:
        return list(run.services.issued.after_issue(uow, brought))


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


def _published(run: _Run, located: list[tuple[NumberedRow, Place]], *, recorded: bool = True) -> None:
    for unit, highest, chunk in _unit_chunks(run, located):
        rows = _prepared(run, chunk)
        if run.inspects and not run.job.dry_run and any(row.files for row in rows):
            rows = inspected(run.services, tenant_id=unit.id, rows=rows)
        with run.services.database.transaction(run.scope) as uow:
            if rows and unit.id in run.scope.tenant_ids:
                run.write(uow, run.job, rows, highest, run.result)
            elif rows:
                with uow.acting_for(unit.id, reason=f"导入批次{run.job.batch_id}"):
                    run.write(uow, run.job, rows, highest, run.result)
            if recorded:
                _record(uow, run)
        run.on_progress(run.result.done, run.result.total)


def _unit_chunks(
    run: _Run, located: list[tuple[NumberedRow, Place]]
) -> Iterator[tuple[UnitRecord, dict[int, int], list[tuple[NumberedRow, Place]]]]:
    # In the order of publication, so that numbers, chain and "published before" follow time.
    now = run.services.database.clock()
    located.sort(key=lambda pair: (pair[1].unit.id, pair[0].row.published_at or now, pair[0].number))
    for unit, mine in groupby(located, key=lambda pair: pair[1].unit):
        group = list(mine)
        highest = highest_numbers(unit, [given.row.index_number for given, _ in group])
        for chunk in _chunks(group, CHUNK):
            yield unit, highest, chunk


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
    now, migrating = run.services.database.clock(), run.job.kind != "drafts"
    by_address = run.job.kind == "collection"
    good = []
    for given, place in pairs:
        row = prepare(given, place, migrating=migrating, now=now, cutoff=run.job.cutoff, by_address=by_address)
        if not given.faults:
            _once(run, row)
        if not given.faults:
            row = run.files.take(row) if run.files else without_files(row)
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
    """Keep how far the run is, and when: the time by which `batches` knows a run that ended unseen."""
    result = run.result
    uow.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == run.job.batch_id)
        .values(
            rows_total=result.total,
            rows_done=result.done,
            rows_created=result.created,
            rows_changed=result.changed,
            rows_unchanged=result.unchanged,
            rows_refused=result.refused,
            finished_at=uow.now,
        )
    )
