"""Jobs of collection: one run of a source, the daily runs, and telling that a source has gone stale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from io import BytesIO

import structlog
from sqlalchemy import select, update

from gongkai.core.calendar.instants import SHANGHAI, format_datetime, shanghai_date
from gongkai.core.errors import DomainError, Refused
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.chunks import Collector, mark_missing
from gongkai.publishing.collection.feeds import Layout, is_broken, read_feed
from gongkai.publishing.collection.fetching import fetch
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.queries import Sync, missing_of
from gongkai.publishing.collection.services import CAME_LATE, CAUGHT_UP, REQUESTED, STALE
from gongkai.publishing.imports.batches import SILENT
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.results import ImportResult
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.publishing.imports.runs import ImportJob, run_rows
from gongkai.publishing.imports.tasks import REPORT_LIMIT, end, finish
from gongkai.tenancy.models import Tenant

log = structlog.get_logger()
AGAIN = timedelta(hours=1)
"""How long after a run that failed the next one of the day is tried."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A source as its run needs it, without the session that it was read in."""

    id: int
    tenant_id: int
    unit_code: str
    kind: str
    address: str
    layout: Layout
    whole: bool
    unit_ids: tuple[int, ...]
    rivals: frozenset[int]


class NothingCollected(Refused):
    """Not one row could be brought: the run is no success, and its result says why."""

    def __init__(self, result: ImportResult) -> None:
        reason = result.faults[0].message if result.faults else ""
        super().__init__(f"来源的{result.total}条内容全部未能采集，未作为同步成功。第一处问题：{reason}")
        self.result = result


def run_requested(services: Services, _: UnitOfWork, source_ids: Sequence[int]) -> None:
    """Handler of `collection.requested`; rows are written in transactions of their own, a run can be repeated."""
    for source_id in source_ids:
        run_source(services, source_id=source_id)


def collect_due(services: Services) -> None:
    """Ask for the runs whose hour has come, and tell of sources that have gone stale."""
    with services.database.system_scope("daily collection") as uow:
        sources = uow.session.scalars(
            select(CollectionSource).where(CollectionSource.state == "allowed", CollectionSource.active)
        ).all()
        for source in sources:
            if _is_due(source, uow.now):
                uow.emit(REQUESTED, source.id)
            if source.stale_told_at is None and sync_of(source).is_stale(uow.now):
                source.stale_told_at = uow.now
                uow.emit(STALE, source.id)


def sync_of(source: CollectionSource) -> Sync:
    """How far what an allowed source brings is complete."""
    return Sync(source.began_at or source.created_at, source.last_success_at, source.stale_hours)


def _is_due(source: CollectionSource, now: datetime) -> bool:
    """Once a day from its hour on; after a failure again in an hour."""
    due = datetime.combine(shanghai_date(now), time(source.hour), SHANGHAI)
    if now < due:
        due -= timedelta(days=1)
    ran, succeeded = source.last_run_at, source.last_success_at
    if succeeded is not None and succeeded >= due:
        return False
    return ran is None or ran < due or now - ran >= AGAIN


def run_source(services: Services, *, source_id: int, by: int | None = None) -> ImportBatch | None:
    """Collect from a source now; `by` is the person who asked for it. Returns the run as it ended, None where the
    source may not be collected or is being collected already.

    What is refused as a whole （no answer, another format, every row faulty） ends the run as failed, with the reason.
    """
    begun = _begin(services, source_id, by)
    if begun is None:
        return None
    source, job, began = begun
    try:
        data = fetch(services.settings, source.address, unit_code=source.unit_code)
        stored = services.files.put(BytesIO(data), limit_bytes=services.settings.upload_limit_bytes)
        rows = read_feed(source.kind, data, address=source.address, layout=source.layout)
        collector = Collector(source.id, source.rivals)
        result = _bring(services, source, job, rows, collector)
    except DomainError as error:
        log.warning("collection.failed", source_id=source_id, batch_id=job.batch_id)
        report = None
        if isinstance(error, NothingCollected):
            kept = services.files.put(BytesIO(error.result.report()), limit_bytes=REPORT_LIMIT)
            report = kept.digest_sha256
        with services.database.system_scope(f"collection {source_id} failed") as uow:
            end(uow, job.batch_id, state="failed", note=error.message, report=report)
            return uow.session.get_one(ImportBatch, job.batch_id, populate_existing=True)
    return _succeed(services, source, job, rows, collector, result, began, stored.digest_sha256)


def _begin(services: Services, source_id: int, by: int | None) -> tuple[_Source, ImportJob, datetime] | None:
    with services.database.system_scope(f"collection {source_id}") as uow:
        found = uow.session.get(CollectionSource, source_id, with_for_update=True)
        if found is None or found.state != "allowed" or not found.active:
            return None
        runs = ImportBatch.tenant_id == found.tenant_id, ImportBatch.source_id == source_id
        running = uow.session.scalars(select(ImportBatch).where(*runs, ImportBatch.state == "running")).all()
        if any((run.finished_at or run.created_at) > uow.now - SILENT for run in running):
            return None
        for run in running:
            run.state, run.note = "failed", f"采集中断，已由{format_datetime(uow.now)}开始的采集接续。"
        batch = ImportBatch(
            tenant_id=found.tenant_id, kind="collection", state="running", dry_run=False,
            covers_subtree=found.covers_subtree, filename=found.name, file_digest="", source_id=source_id,
            responsible_person=found.responsible_person, allowed_by=found.decided_by, created_by=by,
            created_at=uow.now,
        )  # fmt: skip
        uow.session.add(batch)
        uow.session.flush()
        found.last_run_at = uow.now
        others = select(CollectionSource.id).where(
            CollectionSource.state == "allowed", CollectionSource.active, CollectionSource.id != source_id
        )
        source = _Source(
            id=source_id, tenant_id=found.tenant_id, unit_code=uow.session.get_one(Tenant, found.tenant_id).code,
            kind=found.kind, address=found.address, layout=Layout(dict(found.mapping), found.column_code),
            whole=found.whole, unit_ids=tuple(found.unit_ids), rivals=frozenset(uow.session.scalars(others)),
        )  # fmt: skip
        job = ImportJob(
            batch.id, "collection", found.tenant_id, found.covers_subtree, dry_run=False, cutoff=None,
            by=by or found.decided_by,
        )  # fmt: skip
        return source, job, uow.now


def _bring(
    services: Services, source: _Source, job: ImportJob, rows: Sequence[NumberedRow], collector: Collector
) -> ImportResult:
    broken = [row for row in rows if is_broken(row)]
    result = run_rows(services, job=job, rows=(r for r in rows if not is_broken(r)), write=collector.write)
    result.total += len(broken)
    for row in broken:
        result.refuse(row.faults)
    if rows and result.refused == result.total:
        raise NothingCollected(result)
    if not rows and source.whole and _has_brought(services, source):
        raise Refused("来源的清单是空的，而以前采集到过信息，未作为同步成功；请核实来源网站是否正常。")
    return result


def _has_brought(services: Services, source: _Source) -> bool:
    query = select(ImportBatch.id).where(
        ImportBatch.tenant_id == source.tenant_id, ImportBatch.source_id == source.id, ImportBatch.rows_created > 0
    )
    with services.database.system_scope(f"collection {source.id}") as uow:
        return uow.session.scalar(query.limit(1)) is not None


def _succeed(
    services: Services, source: _Source, job: ImportJob, rows: Sequence[NumberedRow], collector: Collector,
    result: ImportResult, began: datetime, digest: str,
) -> ImportBatch:  # fmt: skip
    units = sorted({*source.unit_ids, *collector.unit_ids})
    moments = [row.row.published_at for row in rows if row.row.published_at is not None]
    with services.database.system_scope(f"collection {source.id} finished") as uow:
        if source.whole or moments:
            listed = {f"url:{row.row.source_url}" for row in rows}
            since = None if source.whole else min(moments)
            mark_missing(uow, source_id=source.id, unit_ids=units, listed=listed, began=began, since=since)
        found = missing_of(uow, unit_ids=units, source_id=source.id)
        result.missing = [(row.unit, row.title, row.source_url) for row in found]
    if result.missing:
        result.notes.append(f"有{len(result.missing)}条已采集的信息，来源中已经没有；平台不自动撤下，请核实后办理。")
    finish(services, job=job, result=result)
    with services.database.system_scope(f"collection {source.id} in step") as uow:
        kept = uow.session.get_one(CollectionSource, source.id, with_for_update=True)
        before = kept.last_success_at
        uow.session.execute(
            update(ImportBatch).where(ImportBatch.id == job.batch_id).values(file_digest=digest)
        )  # fmt: skip
        if kept.stale_told_at is not None or (before is not None and _month(before) != _month(uow.now)):
            uow.emit(CAUGHT_UP, source.id)
        kept.last_success_at, kept.stale_told_at, kept.unit_ids = uow.now, None, units
        batch = uow.session.get_one(ImportBatch, job.batch_id, populate_existing=True)
        if batch.late:
            uow.emit(CAME_LATE, batch.id)
        return batch


def _month(moment: datetime) -> tuple[int, int]:
    day = shanghai_date(moment)
    return day.year, day.month
