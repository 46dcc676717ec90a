"""The office's ruling on what was taken down at once: back where it was, or public no more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import lock_items
from gongkai.publishing.emergency import effects
from gongkai.publishing.emergency.models import OUTCOMES, EmergencyBlock, EmergencyMeasure
from gongkai.publishing.emergency.services import get_case
from gongkai.publishing.ledger import lock_ledger
from gongkai.publishing.models import Item
from gongkai.publishing.publication import CHANGED
from gongkai.tenancy.models import Tenant

RELEASED = "emergency.released"
"""Event with the id of a unit's first measure ruled on."""
COUNTS = {"keep": "保留原统计数", "subtract": "从发布当月的统计数中扣减"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided: `outcome` of `OUTCOMES`, `count` of `COUNTS` where it is public no more, and why."""

    outcome: str
    count: str
    reason: str


def release(
    uow: UnitOfWork, *, actor: Actor, takedown_id: int, measure_ids: Collection[int], ruling: Ruling
) -> list[EmergencyMeasure]:
    """Rule on measures of a case.

    恢复发布 puts items back under the same number and address, counted as before. 不再公开 leaves them down and what
    they said locked, and rules on the count: kept, or subtracted in the month of publication.

    Raises:
        NotFound: when the case is not of the office or one below it.
        Invalid: when nothing was chosen or the ruling is incomplete (`measure`, `outcome`, `count`, `reason`).
        Conflict: when one of them has been ruled on already.
        Refused: when an item's column is still down.
    """
    case = get_case(uow, actor=actor, takedown_id=takedown_id)
    wanted = select(EmergencyMeasure).where(
        EmergencyMeasure.takedown_id == case.id, EmergencyMeasure.id.in_(measure_ids)
    )
    # One ruling after the other; nobody else locks measures.
    found = uow.session.scalars(
        wanted.order_by(EmergencyMeasure.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    _expect_complete(found, measure_ids, ruling)
    office = uow.session.get_one(Tenant, actor.tenant_id)
    for tenant_id in sorted({measure.tenant_id for measure in found}):
        mine = [measure for measure in found if measure.tenant_id == tenant_id]
        with uow.acting_for(tenant_id, reason=f"紧急撤下后处理（案件{case.id}，{office.official_name}）"):
            _rule(uow, tenant_id, mine, ruling, actor=actor, office=office.short_name)
    return list(found)


def _expect_complete(found: Sequence[EmergencyMeasure], wanted: Collection[int], ruling: Ruling) -> None:
    faults = []
    if not found or len(found) != len(set(wanted)):
        faults.append(Fault("measure", "没有选择要处理的内容", "请勾选后再作决定"))
    if ruling.outcome not in OUTCOMES:
        faults.append(Fault("outcome", "没有选择处理结果", "请选择恢复发布或不再公开"))
    counted = any(measure.counted for measure in found)
    if ruling.outcome == "withdrawn" and counted and ruling.count not in COUNTS:
        faults.append(Fault("count", "没有选择统计数如何处理", "请选择保留或扣减"))
    if not ruling.reason.strip():
        faults.append(Fault("reason", "未填写处理意见", "请写明核实情况和决定的依据"))
    if faults:
        raise Invalid(faults)
    if any(measure.ended_at is not None for measure in found):
        raise Conflict("所选内容中有的已经作出决定。请刷新页面查看最新状态。")


def _rule(
    uow: UnitOfWork, tenant_id: int, mine: Sequence[EmergencyMeasure], ruling: Ruling, *, actor: Actor, office: str
) -> None:
    reason = ruling.reason.strip()[:500]
    held = effects.items_of(uow, tenant_id=tenant_id, measure_ids=[measure.id for measure in mine])
    lock_items(uow, tenant_id=tenant_id, item_ids=held)
    lock_ledger(uow, tenant_id=tenant_id)
    changed: set[int] = set()
    for measure in mine:
        measure.outcome, measure.end_reason = ruling.outcome, reason
        measure.ended_at, measure.ended_by, measure.ended_by_name = uow.now, actor.user_id, actor.name
        if ruling.outcome == "restored":
            effects.unblock(uow, measure)
        elif measure.counted:
            measure.count_kept = ruling.count == "keep"
            if not measure.count_kept:
                effects.subtract(uow, measure)
        detail = {"outcome": ruling.outcome, "count_kept": measure.count_kept, "reason": reason}
        uow.audit(
            "emergency.rule", tenant_id=tenant_id, object_type="emergency_measure", object_id=measure.id,
            detail=detail,
        )  # fmt: skip
    if ruling.outcome == "restored":
        _expect_columns_shown(uow, held)
        name = f"{actor.name}（{office}恢复发布）"
        for measure in mine:
            changed.update(effects.restore_items(uow, measure, reason=reason, by=actor.user_id, name=name))
            if measure.digest:
                changed.update(effects.items_with_file(uow, tenant_id=tenant_id, digest=measure.digest))
    for item_id in sorted(changed):
        uow.emit(CHANGED, item_id)
    uow.emit(RELEASED, mine[0].id)


def _expect_columns_shown(uow: UnitOfWork, item_ids: Collection[int]) -> None:
    """After the own locks are gone: an item cannot come back into a column that is still down."""
    closed = uow.session.scalar(
        select(Item.title)
        .join(EmergencyBlock, EmergencyBlock.column_id == Item.column_id)
        .where(Item.id.in_(item_ids))
        .limit(1)
    )
    if closed is not None:
        raise Refused(f"《{closed}》所在栏目仍处于紧急撤下状态，请先恢复该栏目。")
