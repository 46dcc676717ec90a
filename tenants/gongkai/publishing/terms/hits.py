"""Working off hits: a unit corrects the item, or says why the words may stay."""

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import HIT_STATES, TermHit

REASON_LENGTH = 500


def justify_hit(uow: UnitOfWork, *, actor: Actor, hit_id: int, reason: str) -> TermHit:
    """Say why the words may stay; the hit stays closed while they do.

    Raises:
        NotFound: when the hit is missing or another unit's.
        Conflict: when it is no longer open.
        Invalid: when the reason is missing or too long.
    """
    query = select(TermHit).where(TermHit.id == hit_id, TermHit.tenant_id == actor.tenant_id)
    hit = uow.one(query, lock=True, missing="问题记录不存在。")
    if hit.state != "open":
        raise Conflict(f"这处表述的状态已变为“{HIT_STATES[hit.state]}”，无需再说明理由。")
    reason = reason.strip()
    field = f"reason-{hit_id}"
    if not reason:
        raise Invalid([Fault(field, "未填写理由", "请写明保留该表述的理由，如“引用历史文件名称”")])
    if len(reason) > REASON_LENGTH:
        raise Invalid([Fault(field, f"理由过长（{len(reason)}字）", f"请控制在{REASON_LENGTH}字以内")])
    hit.state, hit.reason, hit.settled_at, hit.settled_by = "justified", reason, uow.now, actor.user_id
    uow.session.flush()
    uow.audit(
        "term_hit.justify", tenant_id=hit.tenant_id, object_type="item", object_id=hit.item_id,
        detail={"hit": hit.id, "reason": reason},
    )  # fmt: skip
    return hit
