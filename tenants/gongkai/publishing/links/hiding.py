"""Files of joint documents: what an office hides at once on the lead's page is hidden on the reprints of it as well.

A reprint's unit gets a measure of the same case, which follows the lead's: hidden with it, shown again or withdrawn
for good with the office's ruling. It works across counties, as a takedown of the document does; what a unit's own
office has hidden is not touched.
"""

from collections.abc import Sequence

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import lock_items
from gongkai.publishing.emergency import effects
from gongkai.publishing.emergency.locks import hidden_files
from gongkai.publishing.emergency.models import EmergencyBlock, EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.emergency.release import RELEASED
from gongkai.publishing.emergency.services import TAKEN_DOWN
from gongkai.publishing.ledger import lock_ledger
from gongkai.publishing.models import Attachment
from gongkai.publishing.publication import CHANGED

_LEAD = "随牵头机关"


def follow_files(uow: UnitOfWork, *, source_tenant_id: int, tenant_id: int, item_id: int) -> None:
    """Bring the hidden files of a reprint `item_id` in line with what is hidden in its lead's unit; system scope."""
    _lift(uow, tenant_id, item_id)
    for measure, name in _to_hide(uow, source_tenant_id, tenant_id, item_id):
        _hide(uow, measure, name, tenant_id, item_id)


def _to_hide(
    uow: UnitOfWork, source_tenant_id: int, tenant_id: int, item_id: int
) -> Sequence[tuple[EmergencyMeasure, str]]:
    """The lead's measures on files that the reprint carries and still shows, with the names that they have there."""
    own = hidden_files(uow, tenant_ids=[tenant_id])
    query = (
        select(EmergencyMeasure, Attachment.filename)
        .join(EmergencyBlock, EmergencyBlock.measure_id == EmergencyMeasure.id)
        .join(Attachment, Attachment.digest == EmergencyBlock.digest)
        .where(
            EmergencyBlock.tenant_id == source_tenant_id, EmergencyBlock.kind == "hidden_file",
            Attachment.tenant_id == tenant_id, Attachment.item_id == item_id,
        )
        .order_by(EmergencyMeasure.id)
    )  # fmt: skip
    found = {measure.digest: (measure, name) for measure, name in uow.session.execute(query)}
    return [pair for digest, pair in found.items() if (tenant_id, digest) not in own]


def _hide(uow: UnitOfWork, source: EmergencyMeasure, name: str, tenant_id: int, item_id: int) -> None:
    case = uow.session.get_one(EmergencyTakedown, source.takedown_id)
    waiting = effects.scheduled_items(
        uow, tenant_id=tenant_id, item_ids=(), digests={source.digest}, column_ids=()
    )  # fmt: skip
    lock_items(uow, tenant_id=tenant_id, item_ids={item_id, *waiting})
    lock_ledger(uow, tenant_id=tenant_id)
    stopped = effects.stop_scheduled(uow, item_ids=waiting, by=case.taken_by, name=f"{_LEAD}紧急撤下")
    measure = EmergencyMeasure(
        tenant_id=tenant_id, takedown_id=case.id, kind="attachment", item_id=item_id, digest=source.digest, title=name,
        stopped=stopped, at=uow.now, follows_id=source.id,
    )  # fmt: skip
    uow.session.add(measure)
    uow.session.flush()
    effects.block_file(uow, measure)
    uow.session.flush()
    detail = {"takedown": case.id, "kind": "attachment", "title": name, "follows": source.id, "basis": case.basis}
    uow.audit(
        "emergency.take_down", tenant_id=tenant_id, object_type="emergency_measure", object_id=measure.id,
        detail=detail,
    )  # fmt: skip
    _announce(uow, measure)
    uow.emit(TAKEN_DOWN, measure.id)


def _lift(uow: UnitOfWork, tenant_id: int, item_id: int) -> None:
    """End the measures of a reprint whose lead's measure was ruled on, in the same way."""
    following = select(EmergencyMeasure).where(
        EmergencyMeasure.tenant_id == tenant_id, EmergencyMeasure.item_id == item_id,
        EmergencyMeasure.follows_id.is_not(None), EmergencyMeasure.ended_at.is_(None),
    )  # fmt: skip
    for measure in uow.session.scalars(following.order_by(EmergencyMeasure.id).with_for_update()).all():
        source = uow.session.get_one(EmergencyMeasure, measure.follows_id)
        if source.ended_at is None:
            continue
        lock_ledger(uow, tenant_id=tenant_id)
        measure.outcome, measure.end_reason, measure.ended_at = source.outcome, source.end_reason, uow.now
        measure.ended_by, measure.ended_by_name = source.ended_by, f"{source.ended_by_name}（{_LEAD}）"
        if measure.outcome == "restored":
            effects.unblock(uow, measure)
        uow.session.flush()
        uow.audit(
            "emergency.rule", tenant_id=tenant_id, object_type="emergency_measure", object_id=measure.id,
            detail={"outcome": measure.outcome, "follows": source.id},
        )  # fmt: skip
        _announce(uow, measure)
        uow.emit(RELEASED, measure.id)


def _announce(uow: UnitOfWork, measure: EmergencyMeasure) -> None:
    for changed in effects.items_with_file(uow, tenant_id=measure.tenant_id, digest=measure.digest):
        uow.emit(CHANGED, changed)
