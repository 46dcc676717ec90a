"""Taking down at once: items, files and columns of the units below an office, in one transaction.

Locks are taken in the order of publication （decision 8）, unit after unit by id: items → ledger → counts. Whatever is
published at the same moment either comes first and is taken down, or comes second and finds the lock.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import lock_items
from gongkai.publishing.attachments import acceptable
from gongkai.publishing.emergency import effects
from gongkai.publishing.emergency.models import EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.ledger import lock_ledger
from gongkai.publishing.models import Item, ItemVersion
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.states import ItemState
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

TAKEN_DOWN = "emergency.taken_down"
"""Event with the id of a unit's first measure in a case."""
MOST = 500
"""How many things one case takes; a column is one of them, whatever stands in it."""


@dataclass(frozen=True, slots=True)
class Picks:
    """What is to go: ids of items, (item id, digest) of files, ids of columns."""

    items: frozenset[int] = frozenset()
    files: frozenset[tuple[int, str]] = frozenset()
    columns: frozenset[int] = frozenset()

    def __len__(self) -> int:
        """How many things."""
        return len(self.items) + len(self.files) + len(self.columns)


@dataclass(frozen=True, slots=True)
class Call:
    """Who asked （来电人或单位） and on what basis; `wanted` is what was looked for."""

    caller: str
    basis: str
    wanted: str = ""


@dataclass(slots=True)
class _Plan:
    """What goes in one unit: items with title and number, files with their name, columns with theirs."""

    items: list[tuple[int, str, str]] = field(default_factory=list)
    files: list[tuple[int, str, str]] = field(default_factory=list)
    columns: list[tuple[int, str]] = field(default_factory=list)


def take_down(uow: UnitOfWork, *, actor: Actor, picks: Picks, call: Call) -> EmergencyTakedown:
    """Take things of the subtree off the public pages at once, and lock them until the office releases them.

    Raises:
        Invalid: when caller or basis are missing, or nothing or too much was chosen (`caller`, `basis`, `pick`).
        NotFound: when a thing is not there, or not below the office.
        Conflict: when all of it is down already.
    """
    _expect_said(picks, call)
    plans = _plans(uow, actor, picks)
    if not plans:
        raise Conflict("所选内容已经撤下，公众看不到，无需重复撤下。")
    office = uow.session.get_one(Tenant, actor.tenant_id)
    case = EmergencyTakedown(
        tenant_id=actor.tenant_id, caller=call.caller.strip()[:200], basis=call.basis.strip()[:1000],
        wanted=call.wanted.strip()[:200], taken_at=uow.now, taken_by=actor.user_id, taken_by_name=actor.name,
        paper_due_date=load_calendar(uow).add_working_days(shanghai_date(uow.now), 1).date,
    )  # fmt: skip
    uow.session.add(case)
    uow.session.flush()
    for tenant_id in sorted(plans):
        with uow.acting_for(tenant_id, reason=f"紧急撤下（案件{case.id}，{office.official_name}）"):
            _act(uow, case, tenant_id, plans[tenant_id], actor=actor, office=office.short_name)
    return case


def get_case(uow: UnitOfWork, *, actor: Actor, takedown_id: int, own: bool = False) -> EmergencyTakedown:
    """A case of the office, or of an office below it unless `own`.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(EmergencyTakedown).where(EmergencyTakedown.id == takedown_id)
    if own:
        query = query.where(EmergencyTakedown.tenant_id == actor.tenant_id)
    else:
        query = query.join(Tenant, Tenant.id == EmergencyTakedown.tenant_id).where(below(actor.tenant_path))
    return uow.one(query, missing="紧急撤下记录不存在。")


def receive_paper(
    uow: UnitOfWork,
    *,
    actor: Actor,
    takedown_id: int,
    files: FileStore,
    filename: str,
    stream: BinaryIO,
    limit_bytes: int,
) -> EmergencyTakedown:
    """Keep the signed paper that follows a call （书面手续）.

    Raises:
        NotFound: when the case is not the office's own.
        Conflict: when the paper is there already.
        Invalid: when it is no file that may be kept (field `paper`).
    """
    get_case(uow, actor=actor, takedown_id=takedown_id, own=True)
    case = uow.session.scalars(
        select(EmergencyTakedown)
        .where(EmergencyTakedown.id == takedown_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if case.paper_received_at is not None:
        raise Conflict("书面手续已经登记，不能重复登记。")
    name = safe_filename(filename)
    acceptable(filename, stream, limit_bytes, field="paper")
    stored = files.put(stream, limit_bytes=limit_bytes)
    case.paper_digest, case.paper_name = stored.digest_sha256, name
    case.paper_received_at, case.paper_by_name = uow.now, actor.name
    uow.audit(
        "emergency.paper", tenant_id=case.tenant_id, object_type="emergency_takedown", object_id=case.id,
        detail={"file": name, "sha256": stored.digest_sha256},
    )  # fmt: skip
    return case


def _expect_said(picks: Picks, call: Call) -> None:
    faults = []
    if not call.caller.strip():
        faults.append(Fault("caller", "未填写来电人或来电单位", "请写明谁提出撤下，如“州委网信办 李某某”"))
    if not call.basis.strip():
        faults.append(Fault("basis", "未填写撤下依据", "请写明依据的条款、文件或领导批示"))
    if not picks:
        faults.append(Fault("pick", "没有选择要撤下的内容", "请勾选信息、附件或栏目"))
    elif len(picks) > MOST:
        faults.append(Fault("pick", f"一次最多撤下{MOST}项", "请按单位筛选后分批撤下"))
    if faults:
        raise Invalid(faults)


def _plans(uow: UnitOfWork, actor: Actor, picks: Picks) -> dict[int, _Plan]:
    """Unit → what goes there. What is no longer public is left out."""
    plans: dict[int, _Plan] = {}
    wanted = picks.items | {item_id for item_id, _ in picks.files}
    rows = uow.session.execute(
        select(
            Item.id, Item.tenant_id, Item.title, Item.index_number, Item.is_public,
            ItemVersion.content["attachments"].label("files"),
        )
        .join(Tenant, Tenant.id == Item.tenant_id)
        .outerjoin(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(
            Item.id.in_(wanted), below(actor.tenant_path), Item.revises_id.is_(None),
            Item.state.in_((ItemState.PUBLISHED, ItemState.TAKEN_DOWN)),
        )
        .order_by(Item.id)
    ).all()  # fmt: skip
    _expect_all(wanted, (row.id for row in rows))
    for row in (row for row in rows if row.is_public):
        plan = plans.setdefault(row.tenant_id, _Plan())
        if row.id in picks.items:
            plan.items.append((row.id, row.title, row.index_number or ""))
        names = {str(file["sha256"]): str(file["name"]) for file in row.files or ()}
        digests = sorted(digest for item_id, digest in picks.files if item_id == row.id)
        _expect_all(digests, names)
        plan.files += [(row.id, digest, names[digest]) for digest in digests]
    columns = uow.session.execute(
        select(ContentColumn.id, ContentColumn.tenant_id, ContentColumn.name)
        .join(Tenant, Tenant.id == ContentColumn.tenant_id)
        .where(ContentColumn.id.in_(picks.columns), below(actor.tenant_path))
        .order_by(ContentColumn.id)
    ).all()
    _expect_all(picks.columns, (row.id for row in columns))
    for row in columns:
        plans.setdefault(row.tenant_id, _Plan()).columns.append((row.id, row.name))
    return plans


def _expect_all(wanted: Collection[object], found: Iterable[object]) -> None:
    if set(wanted) - set(found):
        raise NotFound("要撤下的内容不存在，或不属于您所在机关管辖的单位。")


def _act(uow: UnitOfWork, case: EmergencyTakedown, tenant_id: int, plan: _Plan, *, actor: Actor, office: str) -> None:
    """Everything in one unit: lock, stop what is under way, take down, tell the rest of the product."""
    columns = {column_id: effects.columns_under(uow, column_id=column_id) for column_id, _ in plan.columns}
    closed = {column_id for found in columns.values() for column_id in found}
    inside = effects.public_items(uow, tenant_id=tenant_id, column_ids=closed)
    targets = {item_id for item_id, _, _ in plan.items} | set(inside)
    digests = {digest for _, digest, _ in plan.files}
    scheduled = effects.scheduled_items(
        uow, tenant_id=tenant_id, item_ids=targets, digests=digests, column_ids=closed
    )  # fmt: skip
    lock_items(uow, tenant_id=tenant_id, item_ids=targets | set(scheduled))
    lock_ledger(uow, tenant_id=tenant_id)
    by, name = actor.user_id, f"{actor.name}（{office}紧急撤下）"
    stopped = effects.stop_scheduled(uow, item_ids=scheduled, by=by, name=name)
    reason = f"紧急撤下（{office}）：{case.basis}"[:500]
    measures: list[EmergencyMeasure] = []
    changed: set[int] = set()
    for item_id, title, number in plan.items:
        measure = _measure(uow, case, tenant_id, "item", title, item_id=item_id, index_number=number)
        changed.update(effects.remove_items(uow, measure, item_ids=[item_id], reason=reason, by=by, name=name))
        measures.append(measure)
    for column_id, title in plan.columns:
        measure = _measure(uow, case, tenant_id, "column", title, column_id=column_id)
        effects.block_columns(uow, measure, column_ids=columns[column_id])
        # Under the ledger's lock: what was published while this waited is there now.
        inside = effects.public_items(uow, tenant_id=tenant_id, column_ids=columns[column_id])
        changed.update(effects.remove_items(uow, measure, item_ids=inside, reason=reason, by=by, name=name))
        measures.append(measure)
    for item_id, digest, title in plan.files:
        measure = _measure(uow, case, tenant_id, "attachment", title, item_id=item_id, digest=digest)
        effects.block_file(uow, measure)
        changed.update(effects.items_with_file(uow, tenant_id=tenant_id, digest=digest))
        measures.append(measure)
    measures[0].stopped = stopped
    for item_id in sorted(changed):
        uow.emit(CHANGED, item_id)
    uow.emit(TAKEN_DOWN, measures[0].id)


def _measure(
    uow: UnitOfWork, case: EmergencyTakedown, tenant_id: int, kind: str, title: str, **place: int | str
) -> EmergencyMeasure:
    measure = EmergencyMeasure(
        tenant_id=tenant_id, takedown_id=case.id, kind=kind, title=title, at=uow.now, outcome="", **place
    )  # fmt: skip
    uow.session.add(measure)
    uow.session.flush()
    detail = {"takedown": case.id, "kind": kind, "title": title, "caller": case.caller, "basis": case.basis}
    uow.audit(
        "emergency.take_down", tenant_id=tenant_id, object_type="emergency_measure", object_id=measure.id,
        detail=detail,
    )  # fmt: skip
    return measure
