"""What follows the registration of a signature: its check by a second account, which decides the step, or its end."""

from dataclasses import replace

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.attachments import get_attachment
from gongkai.publishing.chain import PaperDecision, decide_on_paper
from gongkai.publishing.links.partners import lock_together
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.signing.access import audit, check_refusal, expect_clerk, get_signature, supervised
from gongkai.publishing.signing.digest import content_digest, submission_round
from gongkai.publishing.signing.models import PaperSignature
from gongkai.tenancy.models import Tenant

CONFIRMED = "paper_signature.confirmed"
REFUSED = "paper_signature.refused"
OBJECTED = "paper_signature.objected"
_CHECKING = "核对下级单位线下签批"
_COMPARING = "核对线下签批时查看附件"


def confirm(uow: UnitOfWork, *, actor: Actor, signature_id: int) -> Item:
    """Confirm that the scan bears the signature: the step is decided, after the last one the item is public.

    Raises:
        NotFound: when the signature is not this unit's.
        Forbidden: when the person neither writes nor reviews, registered or signed it, or wrote any of the item.
        Conflict: when it no longer waits, or the item is not what was signed.
    """
    signature = get_signature(uow, tenant_id=actor.tenant_id, signature_id=signature_id)
    expect_clerk(actor)
    return _confirm(uow, actor, signature)


def refuse(uow: UnitOfWork, *, actor: Actor, signature_id: int, reason: str) -> PaperSignature:
    """Turn a registration down; the item stays where it is.

    Raises:
        NotFound, Forbidden, Conflict: as `confirm`.
        Invalid: when the reason is missing.
    """
    signature = get_signature(uow, tenant_id=actor.tenant_id, signature_id=signature_id)
    expect_clerk(actor)
    return _refuse(uow, actor, signature, reason)


def confirm_for_unit(uow: UnitOfWork, *, actor: Actor, signature_id: int) -> Item:
    """As `confirm`, by the office above for a unit that has nobody else; audited with the office.

    Raises:
        NotFound: as `supervised`. Forbidden, Conflict: as `confirm`.
    """
    signature = supervised(uow, actor=actor, signature_id=signature_id)
    office = uow.session.get_one(Tenant, actor.tenant_id).short_name
    checker = replace(actor, name=f"{office}政务公开办{actor.name}")
    with uow.acting_for(signature.tenant_id, reason=_CHECKING):
        return _confirm(uow, checker, signature)


def refuse_for_unit(uow: UnitOfWork, *, actor: Actor, signature_id: int, reason: str) -> PaperSignature:
    """As `refuse`, by the office above.

    Raises:
        NotFound: as `supervised`. Forbidden, Conflict, Invalid: as `refuse`.
    """
    signature = supervised(uow, actor=actor, signature_id=signature_id)
    with uow.acting_for(signature.tenant_id, reason=_CHECKING):
        return _refuse(uow, actor, signature, reason)


def open_attachment(uow: UnitOfWork, *, actor: Actor, signature_id: int, attachment_id: int) -> Attachment:
    """A file of the item behind a signature that waits for the office's check; audited with the file.

    Raises:
        NotFound: as `supervised`, when the file is not the item's, or the signature waits no more.
    """
    signature = supervised(uow, actor=actor, signature_id=signature_id)
    if signature.state != "registered":
        raise NotFound("附件不存在。")
    with uow.acting_for(signature.tenant_id, reason=_COMPARING):
        found = get_attachment(
            uow, tenant_id=signature.tenant_id, item_id=signature.item_id, attachment_id=attachment_id
        )
        audit(uow, "paper_signature.open_attachment", signature, filename=found.filename, digest=found.digest)
    return found


def withdraw(uow: UnitOfWork, *, actor: Actor, signature_id: int) -> PaperSignature:
    """Take a registration back before it is checked.

    Raises:
        NotFound: when it is not this unit's.
        Forbidden: when somebody else registered it.
        Conflict: when it no longer waits.
    """
    signature = get_signature(uow, tenant_id=actor.tenant_id, signature_id=signature_id)
    if signature.registered_by != actor.user_id:
        raise Forbidden("只有登记人本人可以撤回登记。")
    _lock(uow, signature)
    signature.state = "withdrawn"
    audit(uow, "paper_signature.withdraw", signature)
    return signature


def object_to(uow: UnitOfWork, *, actor: Actor, signature_id: int, reason: str) -> PaperSignature:
    """Let the signatory say that they did not sign this; the unit's administrator is told, the item stays.

    Raises:
        NotFound: when it is not this unit's.
        Forbidden: for anybody else.
        Conflict: when it was not confirmed, or objected to already.
        Invalid: when the reason is missing.
    """
    signature = get_signature(uow, tenant_id=actor.tenant_id, signature_id=signature_id)
    if signature.signatory_id != actor.user_id:
        raise Forbidden("只有签字人本人可以对线下签批提出异议。")
    if signature.state != "confirmed" or signature.objected_at is not None:
        raise Conflict("这份线下签批尚未登记生效，或者您已提出过异议。请刷新页面查看最新状态。")
    if not reason.strip():
        raise Invalid([Fault("objection", "未填写异议内容", "请写明与您签批不符之处")])
    signature.objection, signature.objected_at = reason.strip()[:500], uow.now
    audit(uow, "paper_signature.object", signature, reason=signature.objection)
    uow.emit(OBJECTED, signature.id)
    return signature


def _confirm(uow: UnitOfWork, actor: Actor, signature: PaperSignature) -> Item:
    _expect_checker(signature, actor)
    item = _lock(uow, signature)
    if item.step != signature.step or submission_round(uow, item=item) != signature.round:
        raise Conflict("这条信息已不在签批时的环节，这份线下签批不能再用。请退回登记人重新办理。")
    if content_digest(uow, item=item) != signature.digest:
        raise Conflict("呈批单打印之后信息内容有改动，签字人签的不是现在的文本。请退回登记人，重新打印呈批单送签。")
    _checked(uow, signature, actor, "confirmed")
    # The item is taken on behind this: leaving the step lapses whatever still waits.
    uow.session.flush()
    words = f"线下签批：{signature.signatory_name}签字，{format_date(signature.signed_date)}，{actor.name}核对登记。"
    decision = PaperDecision(
        signature.id, signature.signatory_id, signature.decision == "agree", f"{signature.opinion}（{words[:-1]}）"
        if signature.opinion else words,
    )  # fmt: skip
    item = decide_on_paper(uow, checker=actor, item=item, signed=decision)
    audit(uow, "paper_signature.confirm", signature, signatory=signature.signatory_id)
    uow.emit(CONFIRMED, signature.id)
    return item


def _refuse(uow: UnitOfWork, actor: Actor, signature: PaperSignature, reason: str) -> PaperSignature:
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写不予登记的原因", "请写明扫描件与登记内容不符之处，登记人会看到")])
    _expect_checker(signature, actor)
    _lock(uow, signature)
    signature.refusal_reason = reason.strip()[:500]
    _checked(uow, signature, actor, "refused")
    audit(uow, "paper_signature.refuse", signature, reason=signature.refusal_reason)
    uow.emit(REFUSED, signature.id)
    return signature


def _checked(uow: UnitOfWork, signature: PaperSignature, actor: Actor, state: str) -> None:
    signature.state, signature.checked_at = state, uow.now
    signature.checked_by, signature.checked_by_name = actor.user_id, actor.name


def _lock(uow: UnitOfWork, signature: PaperSignature) -> Item:
    """Lock the item, then the signature that must still wait."""
    lock_together(uow, tenant_id=signature.tenant_id, item_ids=(signature.item_id,))
    item = get_item(uow, tenant_id=signature.tenant_id, item_id=signature.item_id, lock=True)
    uow.session.refresh(signature, with_for_update=True)
    if signature.state != "registered":
        raise Conflict("这份线下签批已经办理，或者因信息变动已作废。请刷新页面查看最新状态。")
    return item


def _expect_checker(signature: PaperSignature, actor: Actor) -> None:
    if refusal := check_refusal(signature, actor):
        raise Forbidden(refusal)
