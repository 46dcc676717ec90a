"""Jobs of old pages: those that are whole or repaired go the way of every migrated row."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.rows import NumberedRow
from gongkai.publishing.imports.runs import ImportJob, run_rows
from gongkai.publishing.imports.tasks import finish
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.oldpages.repairs import count_changes, repaired_parts, repairs_of
from gongkai.publishing.oldpages.rows import external_id, migration_row

_RELEASED = ("clean", "repaired")
_ELSEWHERE = "这个网址的信息已在平台上，没有重复迁移；确需更新的，请打开该条信息办理修改。"


def run_released(services: Services, _: UnitOfWork, page_ids: Sequence[int]) -> None:
    """Handler of `old_page.released`. The rows are written in transactions of their own; a page that comes again is
    known by its key and only marked."""
    with services.database.system_scope("old pages released") as uow:
        query = select(OldPage.id, OldPage.batch_id).where(OldPage.id.in_(page_ids), OldPage.state.in_(_RELEASED))
        waiting = uow.session.execute(query.order_by(OldPage.batch_id, OldPage.id)).all()
    for batch_id, rows in groupby(waiting, key=lambda row: row.batch_id):
        _migrate(services, batch_id, [row.id for row in rows])


def _migrate(services: Services, batch_id: int, page_ids: Sequence[int]) -> None:
    with services.database.system_scope(f"old pages of batch {batch_id}") as uow:
        batch = uow.session.get_one(ImportBatch, batch_id)
        job = ImportJob(
            batch.id, "migration", batch.tenant_id, False, False, batch.cutoff_date, batch.created_by
        )  # fmt: skip
        rows, notes = list(_rows(uow, batch.tenant_id, page_ids)), batch.note.splitlines()
    if not rows:
        return
    result = run_rows(services, job=job, rows=rows)
    problems: dict[int, list[str]] = {}
    for fault in result.faults:
        problems.setdefault(fault.row, []).append(f"{fault.column_title}：{fault.problem}；{fault.remedy}")
    with services.database.system_scope(f"old pages of batch {batch_id} migrated") as uow:
        _mark(uow, job.tenant_id, page_ids, problems)
    # What was said of the upload stays beside what the migration says.
    result.notes = list(dict.fromkeys([*notes, *result.notes]))
    finish(services, job=job, result=result)


def _rows(uow: UnitOfWork, tenant_id: int, page_ids: Sequence[int]) -> Iterable[NumberedRow]:
    """A row for each page whose address is not here already; a row's number is the page's id."""
    pages = uow.session.scalars(select(OldPage).where(OldPage.id.in_(page_ids)).order_by(OldPage.id)).all()
    codes = dict(
        uow.session.execute(
            select(ContentColumn.id, ContentColumn.code).where(ContentColumn.id.in_({p.column_id for p in pages}))
        ).all()
    )
    addresses = {page.source_url for page in pages} - {""}
    same = select(Item.source_url, Item.external_key).where(
        Item.tenant_id == tenant_id, Item.source_url.in_(addresses), Item.revises_id.is_(None)
    )
    elsewhere = [tuple(row) for row in uow.session.execute(same)]
    for page in pages:
        if any(address == page.source_url and key != f"id:{external_id(page)}" for address, key in elsewhere):
            page.problem = _ELSEWHERE
            continue
        repairs = repairs_of(uow, page=page)
        parts = repaired_parts(page, repairs)
        changes = count_changes(repairs)
        yield migration_row(page, parts, column=codes[page.column_id], repairs=changes, number=page.id)


def _mark(uow: UnitOfWork, tenant_id: int, page_ids: Sequence[int], problems: Mapping[int, Sequence[str]]) -> None:
    pages = uow.session.scalars(select(OldPage).where(OldPage.id.in_(page_ids)).with_for_update()).all()
    keys = {f"id:{external_id(page)}": page for page in pages}
    query = select(Item.external_key, Item.id).where(Item.tenant_id == tenant_id, Item.external_key.in_(keys))
    items = dict(uow.session.execute(query).all())
    for key, page in keys.items():
        if key in items:
            page.state, page.item_id, page.problem = "migrated", items[key], ""
        elif page.id in problems:
            page.problem = "。".join(problems[page.id])
