"""Notices about signatures on paper: to who signed, to who registered, and to the unit's administrators."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.calendar.instants import format_date
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.queries import names_of, people_with
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.services import CONFIRMED, OBJECTED, REFUSED
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.supervision.alerts import notify

KIND = "paper_signature"


def tell_signatories(_: Services, uow: UnitOfWork, signature_ids: Sequence[int]) -> None:
    """Handler of `paper_signature.confirmed`: who signed learns what was done on their signature."""
    for signature in _signatures(uow, signature_ids):
        day, step = format_date(signature.signed_date), STEP_LABELS[StepKind(signature.step)]
        body = (
            f"《{signature.title}》已按您{day}的线下签批{_deed(uow, signature, step)}，"
            f"由{signature.checked_by_name}核对登记。"
            "如有异议，请联系本单位管理员，或打开链接提出异议。"
        )
        _notify(uow, signature, signature.signatory_id, "signed", "您的线下签批已登记", body)


def tell_registrars(_: Services, uow: UnitOfWork, signature_ids: Sequence[int]) -> None:
    """Handler of `paper_signature.refused`: who registered learns why it was turned down."""
    for signature in _signatures(uow, signature_ids):
        body = f"您登记的《{signature.title}》线下签批未通过核对：{signature.refusal_reason}。请核实后重新登记。"
        _notify(uow, signature, signature.registered_by, "refused", "线下签批未通过核对", body)


def tell_administrators(_: Services, uow: UnitOfWork, signature_ids: Sequence[int]) -> None:
    """Handler of `paper_signature.objected`: the unit's administrators learn that the signatory disputes it."""
    for signature in _signatures(uow, signature_ids):
        names = names_of(uow, {signature.registered_by})
        body = (
            f"{signature.signatory_name}对《{signature.title}》{format_date(signature.signed_date)}的线下签批提出异议："
            f"{signature.objection}。登记人：{names.get(signature.registered_by, '')}，"
            f"核对人：{signature.checked_by_name}。"
            "请核实；确有错误的，请及时撤下或修改。"
        )
        for person in people_with(uow, tenant_id=signature.tenant_id, role=Role.UNIT_ADMIN):
            _notify(uow, signature, person.id, f"objected:{person.id}", "签字人对线下签批提出异议", body)


def _signatures(uow: UnitOfWork, signature_ids: Sequence[int]) -> Iterable[PaperSignature]:
    wanted = select(PaperSignature).where(PaperSignature.id.in_(signature_ids)).order_by(PaperSignature.id)
    return uow.session.scalars(wanted).all()


def _deed(uow: UnitOfWork, signature: PaperSignature, step: str) -> str:
    """What was done on the signature, in words that follow 按您的线下签批."""
    if signature.decision == "return":
        return "退回修改"
    if StepKind(signature.step) is not StepKind.FINAL:
        return f"通过{step}"
    state = uow.session.execute(select(Item.state).where(Item.id == signature.item_id)).scalar_one()
    ends = {ItemState.WITHHELD: "按不予公开办结", ItemState.ON_REQUEST: "按依申请公开办结"}
    return ends.get(ItemState(state), "发布")


def _notify(uow: UnitOfWork, signature: PaperSignature, user_id: int, key: str, subject: str, body: str) -> None:
    notify(
        uow,
        tenant_id=signature.tenant_id,
        user_id=user_id,
        kind=KIND,
        key=f"{KIND}:{signature.id}:{key}",
        subject=subject,
        body=body,
        link=f"/work/signatures/{signature.id}",
    )


HANDLERS: Mapping[str, EventHandler] = {
    CONFIRMED: tell_signatories,
    REFUSED: tell_registrars,
    OBJECTED: tell_administrators,
}
