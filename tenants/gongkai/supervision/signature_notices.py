"""Notices about signatures on paper: to who signed or registered, the unit's administrators, and the office above."""

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
from gongkai.publishing.signing.registration import FOR_OFFICE
from gongkai.publishing.signing.services import CONFIRMED, OBJECTED, REFUSED
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.supervision.alerts import notify
from gongkai.tenancy.models import Tenant

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
        reason = signature.refusal_reason.rstrip("。")
        body = f"您登记的《{signature.title}》线下签批未通过核对：{reason}。请核实后重新登记。"
        _notify(uow, signature, signature.registered_by, "refused", "线下签批未通过核对", body)


def tell_administrators(_: Services, uow: UnitOfWork, signature_ids: Sequence[int]) -> None:
    """Handler of `paper_signature.objected`: the unit's administrators learn that the signatory disputes it."""
    for signature in _signatures(uow, signature_ids):
        names = names_of(uow, {signature.registered_by})
        body = (
            f"{signature.signatory_name}对《{signature.title}》{format_date(signature.signed_date)}的线下签批提出异议："
            f"{signature.objection.rstrip('。')}。登记人：{names.get(signature.registered_by, '')}，"
            f"核对人：{signature.checked_by_name}。"
            "请核实；确有错误的，请及时撤下或修改。"
        )
        for person in people_with(uow, tenant_id=signature.tenant_id, role=Role.UNIT_ADMIN):
            _notify(uow, signature, person.id, f"objected:{person.id}", "签字人对线下签批提出异议", body)


def tell_offices(_: Services, uow: UnitOfWork, signature_ids: Sequence[int]) -> None:
    """Handler of `paper_signature.for_office`: the office above a unit that cannot check it itself learns of it."""
    for signature in _signatures(uow, signature_ids):
        if signature.state != "registered":
            continue
        unit = uow.session.get_one(Tenant, signature.tenant_id)
        step, day = STEP_LABELS[StepKind(signature.step)], format_date(signature.signed_date)
        body = (
            f"{unit.official_name}没有第二个账号可以核对线下签批，请代为核对：《{signature.title}》{step}，"
            f"{signature.signatory_name}{day}签字。核对之前，这条信息停在这一环节。"
        )
        notify(
            uow,
            tenant_id=_office_above(uow, unit),
            kind=KIND,
            key=f"{KIND}:{signature.id}:office",
            subject=f"{unit.short_name}的线下签批待核对",
            body=body,
            link=f"/office/signatures/{signature.id}",
        )


def _office_above(uow: UnitOfWork, unit: Tenant) -> int:
    """The nearest unit above that has somebody to check signatures; the one right above where none has."""
    above = [int(label) for label in reversed(str(unit.path).split(".")[:-1])]
    return next((one for one in above if people_with(uow, tenant_id=one, role=Role.SUPERVISOR)), above[0])


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
    FOR_OFFICE: tell_offices,
}
