"""Loading signatures, and what every step of theirs asks first: who may act, and the line in the audit."""

from typing import Any

from sqlalchemy import ColumnElement, select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Forbidden
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.signing import queries
from gongkai.publishing.signing.models import PaperSignature


def may_register(actor: Actor) -> bool:
    """Whether a person registers and checks signatures in their unit: who writes or reviews."""
    return bool(actor.roles & set(queries.CLERKS))


def expect_clerk(actor: Actor) -> None:
    """Raise `Forbidden` for whoever neither writes nor reviews."""
    if not may_register(actor):
        raise Forbidden("线下签批由本单位信息员或审查人员登记、核对，您的岗位不能办理。")


def get_signature(uow: UnitOfWork, *, tenant_id: int, signature_id: int) -> PaperSignature:
    """A signature of this unit.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    return _one(uow, signature_id, PaperSignature.tenant_id == tenant_id)


def supervised(uow: UnitOfWork, *, actor: Actor, signature_id: int) -> PaperSignature:
    """A signature of a unit below the office acted for that an office has to check.

    Raises:
        NotFound: when it is missing, outside the subtree, the office's own, or checked within the unit.
    """
    return _one(uow, signature_id, PaperSignature.for_superior.is_(True), PaperSignature.tenant_id != actor.tenant_id)


def check_refusal(signature: PaperSignature, actor: Actor) -> str:
    """Why this person cannot check the signature; empty when they can."""
    if actor.user_id == signature.registered_by:
        return "您登记了这份线下签批，须由另一位同志核对。"
    if actor.user_id in signature.author_ids:
        return "您参与了这条信息的编写，不能由您核对，请由其他同志办理。"
    if actor.user_id == signature.signatory_id:
        return "您是签字人，不能核对自己的签字；如同意，可直接在信息页面办理本环节。"
    return ""


def _one(uow: UnitOfWork, signature_id: int, *conditions: ColumnElement[bool]) -> PaperSignature:
    query = select(PaperSignature).where(PaperSignature.id == signature_id, *conditions)
    return uow.one(query, missing="线下签批不存在。")


def audit(uow: UnitOfWork, action: str, signature: PaperSignature, **more: Any) -> None:
    """Record what was done to a signature."""
    detail = {"item_id": signature.item_id, "step": signature.step, **more}
    uow.audit(
        action, tenant_id=signature.tenant_id, object_type="paper_signature", object_id=signature.id, detail=detail
    )
