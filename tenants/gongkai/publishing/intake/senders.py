"""Document systems that may send: registered, given new secrets, stopped; and found again by their key."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.settings import Settings
from gongkai.core.text.typed import one_line
from gongkai.core.uow import Scope, UnitOfWork
from gongkai.publishing.intake.errors import NotAuthentic, TooMany
from gongkai.publishing.intake.keys import TOLERANCE, new_key_id, new_salt, secret_of
from gongkai.publishing.intake.models import IntakeNonce, IntakeSender
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

NAME_LENGTH = 40
MOST_A_MINUTE = 120
"""So many requests a sender may make within a minute."""
_OF_KEY = text("SELECT sender_id, tenant_id FROM gongkai_intake_sender(:key_id)")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A sender with its secret, which is shown once."""

    sender: IntakeSender
    secret: str


def register_sender(uow: UnitOfWork, *, actor: Actor, settings: Settings, name: str, covers_subtree: bool) -> NewSecret:
    """Register a document system of the unit acted for.

    Raises:
        Invalid: when it has no name, the name is taken, or it is to cover units below where there are none.
    """
    plain = one_line(name)
    faults = []
    if not plain:
        faults.append(Fault("name", "未填写系统名称", "如：县政府办公文处理系统"))
    elif len(plain) > NAME_LENGTH:
        faults.append(Fault("name", f"系统名称过长（{len(plain)}字）", f"请控制在{NAME_LENGTH}字以内"))
    same = select(IntakeSender.id).where(IntakeSender.tenant_id == actor.tenant_id, IntakeSender.name == plain)
    if plain and uow.session.scalar(same.limit(1)):
        faults.append(Fault("name", f"已登记过“{plain}”", "请换一个名称，或给原有的系统更换密钥"))
    if covers_subtree and not has_units_below(uow, path=actor.tenant_path):
        faults.append(Fault("covers_subtree", "本单位没有下级单位", "请选择只为本单位送文"))
    if faults:
        raise Invalid(faults)
    sender = IntakeSender(
        tenant_id=actor.tenant_id,
        name=plain,
        key_id=new_key_id(),
        salt=new_salt(),
        covers_subtree=covers_subtree,
        active=True,
        created_by=actor.user_id,
        created_at=uow.now,
        secret_set_at=uow.now,
        last_refusal="",
    )
    uow.session.add(sender)
    uow.session.flush()
    _audit(uow, sender, "register")
    return NewSecret(sender, secret_for(settings, sender))


def renew_secret(uow: UnitOfWork, *, actor: Actor, settings: Settings, sender_id: int) -> NewSecret:
    """Give a sender another secret; the old one ends at once.

    Raises:
        NotFound: when it is not this unit's.
    """
    sender = get_sender(uow, tenant_id=actor.tenant_id, sender_id=sender_id)
    sender.salt, sender.secret_set_at = new_salt(), uow.now
    _audit(uow, sender, "renew_secret")
    return NewSecret(sender, secret_for(settings, sender))


def set_active(uow: UnitOfWork, *, actor: Actor, sender_id: int, active: bool) -> IntakeSender:
    """Stop a sender, or let it send again; what it sent stays.

    Raises:
        NotFound: when it is not this unit's.
        Conflict: when it is so already.
    """
    sender = get_sender(uow, tenant_id=actor.tenant_id, sender_id=sender_id)
    if sender.active == active:
        raise Conflict(f"“{sender.name}”已经{'启用' if active else '停用'}。请刷新页面查看最新状态。")
    sender.active = active
    _audit(uow, sender, "resume" if active else "stop")
    return sender


def get_sender(uow: UnitOfWork, *, tenant_id: int, sender_id: int) -> IntakeSender:
    """A document system of this unit, locked for the transaction.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    own = IntakeSender.id == sender_id, IntakeSender.tenant_id == tenant_id
    return uow.one(select(IntakeSender).where(*own), lock=True, missing="公文系统不存在。")


def secret_for(settings: Settings, sender: IntakeSender) -> str:
    """The secret of a sender under this deployment's secret key."""
    return secret_of(settings.secret_key, key_id=sender.key_id, salt=sender.salt)


def has_units_below(uow: UnitOfWork, *, path: str) -> bool:
    """Whether units in use stand below the one at `path`."""
    query = select(func.count()).where(below(path), Tenant.path != path, Tenant.status == "active")
    return bool(uow.session.scalar(query))


def enter_sender(uow: UnitOfWork, *, key_id: str) -> IntakeSender:
    """Find a sender by its key and enter the scope of the units that it sends for.

    The scope holds nothing back from whoever has not signed yet: check the signature before anything is shown.

    Raises:
        NotAuthentic: when nobody has the key.
    """
    row = uow.session.execute(_OF_KEY, {"key_id": key_id}).one_or_none()
    if row is None:
        raise NotAuthentic("接入标识或签名不正确。请核对密钥和待签名内容的每一行。")
    uow.enter(Scope(tenant_ids=(row.tenant_id,), acting_tenant_id=row.tenant_id, reason=f"intake {key_id}"))
    sender = uow.session.get_one(IntakeSender, row.sender_id)
    units = _units(uow, sender)
    uow.enter(Scope(tenant_ids=units, acting_tenant_id=row.tenant_id, reason=f"intake {key_id}"))
    return sender


def admit(uow: UnitOfWork, *, sender: IntakeSender, nonce: str) -> None:
    """Let a signed request in: lock its sender, so that its requests come one after another, and use up the nonce.

    Raises:
        NotAuthentic: when the sender was stopped, or the nonce was used before.
        TooMany: when it made `MOST_A_MINUTE` requests within the last minute.
    """
    uow.session.refresh(sender, with_for_update=True)
    expect_active(sender)
    own = IntakeNonce.tenant_id == sender.tenant_id, IntakeNonce.sender_id == sender.id
    recent = select(func.count()).where(*own, IntakeNonce.seen_at > uow.now - timedelta(minutes=1))
    if (uow.session.scalar(recent) or 0) >= MOST_A_MINUTE:
        raise TooMany(f"一分钟内的请求超过{MOST_A_MINUTE}次，请稍后再发。")
    values = {"tenant_id": sender.tenant_id, "sender_id": sender.id, "nonce": nonce, "seen_at": uow.now}
    used = uow.session.execute(
        insert(IntakeNonce).values(values).on_conflict_do_nothing().returning(IntakeNonce.nonce)
    ).one_or_none()
    if used is None:
        raise NotAuthentic("这个随机串已经用过。每次请求请另取一个，重发同一公文也要重新签名。")


def expect_active(sender: IntakeSender) -> None:
    """Raise `NotAuthentic` when a sender was stopped."""
    if not sender.active:
        raise NotAuthentic(f"“{sender.name}”的接入已停用，请联系登记它的单位管理员。")


def forget_nonces(uow: UnitOfWork) -> None:
    """Delete the nonces whose time stamps nobody would believe any more."""
    uow.session.execute(delete(IntakeNonce).where(IntakeNonce.seen_at < uow.now - 3 * TOLERANCE))


def _units(uow: UnitOfWork, sender: IntakeSender) -> tuple[int, ...]:
    """The sender's unit first, then the units below that it covers; none of an abolished one."""
    unit = uow.session.get_one(Tenant, sender.tenant_id)
    if unit.status != "active":
        raise NotAuthentic(f"{unit.official_name}已撤并，“{sender.name}”的接入随之停止。")
    if not sender.covers_subtree:
        return (unit.id,)
    under = select(Tenant.id).where(below(unit.path), Tenant.id != unit.id, Tenant.status == "active")
    return (unit.id, *uow.session.scalars(under.order_by(Tenant.id)))


def _audit(uow: UnitOfWork, sender: IntakeSender, deed: str) -> None:
    uow.session.flush()
    detail = {"name": sender.name, "key_id": sender.key_id, "covers_subtree": sender.covers_subtree}
    uow.audit(
        f"intake_sender.{deed}", tenant_id=sender.tenant_id, object_type="intake_sender", object_id=sender.id,
        detail=detail,
    )  # fmt: skip


def refusal_words(sender: IntakeSender) -> str:
    """When and why a document of the sender was last refused; empty when none was."""
    if sender.last_refused_at is None:
        return ""
    return f"{format_datetime(sender.last_refused_at)}：{sender.last_refusal}"
