"""Deputies （代理）: who stands in for whom in a post of the chain, between two dates.

What a deputy may do follows from the dates alone (`accounts.actors`); nothing has to be switched on or off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from gongkai.accounts.models import Deputy, Membership, User
from gongkai.accounts.permissions import CHAIN_ROLES, ROLE_LABELS, Role
from gongkai.accounts.queries import Member, holds_now, members
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.text.typed import one_line
from gongkai.core.uow import UnitOfWork

NAMED, ENDED = "deputy.named", "deputy.ended"
LONGEST = timedelta(days=366)
LONGEST_REASON = 100


@dataclass(frozen=True, slots=True)
class DeputyForm:
    """What the form holds, as typed; `valid_to` is the last day."""

    deputy_id: str = ""
    role: str = ""
    valid_from: str = ""
    valid_to: str = ""
    reason: str = ""

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> "DeputyForm":
        """The form's fields, each on one line."""
        return cls(**{name: one_line(sent.get(name, "")) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person can hand to a deputy: their posts of the chain, and the people who could stand in."""

    roles: Sequence[Role]
    people: Sequence[Member]


def offer(uow: UnitOfWork, *, tenant_id: int, principal_id: int) -> Offer:
    """The posts of the chain that a person holds in a unit, and the others of it who can sign in.

    Raises:
        NotFound: when the person holds no post there.
    """
    found = members(uow, tenant_id=tenant_id)
    me = next((member for member in found if member.user_id == principal_id), None)
    if me is None:
        raise NotFound
    others = [member for member in found if member.user_id != principal_id and member.state != "disabled"]
    return Offer([role for role in CHAIN_ROLES if role in me.roles], others)


def name_deputy(uow: UnitOfWork, *, tenant_id: int, principal_id: int, by: int, form: DeputyForm) -> Deputy:
    """Have somebody stand in for a person in one post, from a day to a day; both are told.

    Raises:
        NotFound: when the person holds no post in the unit.
        Invalid: naming each field; when the post has a deputy on one of these days already.
    """
    # Locked, so that two who name a deputy for the same days do not both succeed.
    uow.session.execute(
        select(Membership.id)
        .where(Membership.tenant_id == tenant_id, Membership.user_id == principal_id)
        .order_by(Membership.id)
        .with_for_update()
    )
    offered = offer(uow, tenant_id=tenant_id, principal_id=principal_id)
    faults = _person_faults(offered, form)
    first, last, wrong = _days(form, today=shanghai_date(uow.now))
    faults += wrong
    if not form.reason or len(form.reason) > LONGEST_REASON:
        faults.append(Fault("reason", f"代理原因为空或者超过{LONGEST_REASON}个字", "请简要填写，例如“外出学习”"))
    if not faults:
        faults = _overlap_faults(
            uow, tenant_id=tenant_id, principal_id=principal_id, role=form.role, days=(first, last)
        )
    if faults:
        raise Invalid(faults)
    made = Deputy(
        tenant_id=tenant_id,
        principal_id=principal_id,
        deputy_id=int(form.deputy_id),
        role=form.role,
        valid_from=first,
        valid_to=last,
        reason=form.reason,
        named_by=by,
        named_at=uow.now,
    )
    add_deputy(uow, made)
    return made


def add_deputy(uow: UnitOfWork, made: Deputy) -> None:
    """Store a deputy whose dates are right, and have both told."""
    uow.session.add(made)
    uow.session.flush()
    detail = {
        "deputy_id": made.deputy_id, "role": made.role, "from": made.valid_from.isoformat(),
        "to": made.valid_to.isoformat(),
    }  # fmt: skip
    uow.audit(NAMED, tenant_id=made.tenant_id, object_type="user", object_id=made.principal_id, detail=detail)
    uow.emit(NAMED, made.id)


def get_deputy(uow: UnitOfWork, *, tenant_id: int, deputy_id: int, principal_id: int | None = None) -> Deputy:
    """A naming of this unit, locked; with `principal_id` only one for that person.

    Raises:
        NotFound: when it is missing, another unit's, or for somebody else.
    """
    query = select(Deputy).where(Deputy.id == deputy_id, Deputy.tenant_id == tenant_id).with_for_update()
    if principal_id is not None:
        query = query.where(Deputy.principal_id == principal_id)
    return uow.one(query)


def end_deputy(uow: UnitOfWork, *, deputy: Deputy, by: int) -> None:
    """End it now, or call it off before it begins; both are told.

    Raises:
        Conflict: when it has ended already.
    """
    if deputy.ended_at is not None or deputy.valid_to < shanghai_date(uow.now):
        raise Conflict("这项代理已经结束，无需办理。")
    deputy.ended_at, deputy.ended_by = uow.now, by
    uow.session.flush()
    detail = {"deputy_id": deputy.deputy_id, "role": deputy.role}
    uow.audit(ENDED, tenant_id=deputy.tenant_id, object_type="user", object_id=deputy.principal_id, detail=detail)
    uow.emit(ENDED, deputy.id)


def pass_on(uow: UnitOfWork, *, deputy: Deputy, principal_id: int, deputy_id: int, by: int) -> Deputy | None:
    """End it, and name these people for the days that are left; all are told.

    None where nobody needs to be named: the two are one person, or the post has a deputy on one of these days.

    Raises:
        Conflict: when it has ended already.
    """
    end_deputy(uow, deputy=deputy, by=by)
    days = max(deputy.valid_from, shanghai_date(uow.now)), deputy.valid_to
    if principal_id == deputy_id or _overlap_faults(
        uow, tenant_id=deputy.tenant_id, principal_id=principal_id, role=deputy.role, days=days
    ):
        return None
    made = Deputy(
        tenant_id=deputy.tenant_id,
        principal_id=principal_id,
        deputy_id=deputy_id,
        role=deputy.role,
        valid_from=days[0],
        valid_to=days[1],
        reason=deputy.reason,
        named_by=by,
        named_at=uow.now,
    )
    add_deputy(uow, made)
    return made


def standing_of(uow: UnitOfWork, *, tenant_id: int, user_id: int) -> Sequence[Deputy]:
    """What is in force or to come with this person as principal or deputy, locked, by id."""
    query = (
        select(Deputy)
        .where(Deputy.tenant_id == tenant_id, Deputy.ended_at.is_(None), Deputy.valid_to >= shanghai_date(uow.now))
        .where(or_(Deputy.principal_id == user_id, Deputy.deputy_id == user_id))
        .order_by(Deputy.id)
        .with_for_update()
    )
    return uow.session.scalars(query).all()


def deputies_of(uow: UnitOfWork, *, tenant_id: int, user_id: int | None = None) -> Sequence[AnyRow]:
    """The deputies of a unit that are in force or to come, the first to begin first; with `user_id` those of a person.

    Rows: id, principal_id, deputy_id, principal, deputy (names), role, valid_from, valid_to, reason, in_force.
    """
    principal, deputy, today = aliased(User), aliased(User), shanghai_date(uow.now)
    held = and_(
        Membership.tenant_id == Deputy.tenant_id,
        Membership.user_id == Deputy.principal_id,
        Membership.role == Deputy.role,
        holds_now(today),
    )
    query = (
        select(
            Deputy.id, Deputy.principal_id, Deputy.deputy_id, principal.name.label("principal"),
            deputy.name.label("deputy"), Deputy.role, Deputy.valid_from, Deputy.valid_to, Deputy.reason,
            (Deputy.valid_from <= today).label("in_force"),
        )
        .join(principal, principal.id == Deputy.principal_id)
        .join(deputy, deputy.id == Deputy.deputy_id)
        .join(Membership, held)
        .where(Deputy.tenant_id == tenant_id, Deputy.ended_at.is_(None), Deputy.valid_to >= today)
        .order_by(Deputy.valid_from, Deputy.id)
    )  # fmt: skip
    if user_id is not None:
        query = query.where(or_(Deputy.principal_id == user_id, Deputy.deputy_id == user_id))
    return uow.session.execute(query).all()


def _person_faults(offered: Offer, form: DeputyForm) -> list[Fault]:
    faults = []
    if form.role not in offered.roles:
        faults.append(Fault("role", "未选择要代理的岗位", "请从本人担任的审查、审批岗位中选择"))
    deputy = next((member for member in offered.people if str(member.user_id) == form.deputy_id), None)
    if deputy is None:
        faults.append(Fault("deputy_id", "未选择代理人", "请从本单位在岗人员中选择"))
    elif form.role != Role.SECTION_HEAD and form.role in deputy.roles:
        label = ROLE_LABELS[Role(form.role)]
        faults.append(Fault("deputy_id", f"{deputy.name}本来就是{label}，无需代理", "请选择其他人员"))
    return faults


def _days(form: DeputyForm, *, today: date) -> tuple[date, date, list[Fault]]:
    faults = []
    days = {"valid_from": today, "valid_to": today}
    for name, label in (("valid_from", "开始日期"), ("valid_to", "结束日期")):
        try:
            days[name] = date.fromisoformat(getattr(form, name))
        except ValueError:
            faults.append(Fault(name, f"{label}为空或者格式不正确", "请按“2026-03-31”的格式填写"))
    first, last = days["valid_from"], days["valid_to"]
    if not faults and not today <= first <= today + LONGEST:
        faults.append(Fault("valid_from", "开始日期应在今天以后、一年以内", "请核对日期"))
    if not faults and not first <= last <= first + LONGEST:
        faults.append(Fault("valid_to", "结束日期应在开始日期之后、一年以内", "请核对日期"))
    return first, last, faults


def _overlap_faults(
    uow: UnitOfWork, *, tenant_id: int, principal_id: int, role: str, days: tuple[date, date]
) -> list[Fault]:
    query = (
        select(Deputy.valid_from, Deputy.valid_to, User.name)
        .join(User, User.id == Deputy.deputy_id)
        .where(Deputy.tenant_id == tenant_id, Deputy.principal_id == principal_id, Deputy.role == role)
        .where(Deputy.ended_at.is_(None), Deputy.valid_from <= days[1], Deputy.valid_to >= days[0])
        .order_by(Deputy.valid_from)
        .limit(1)
    )
    taken = uow.session.execute(query).one_or_none()
    if taken is None:
        return []
    range_ = f"{format_date(taken.valid_from)}至{format_date(taken.valid_to)}"
    return [Fault("valid_from", f"这一岗位{range_}已由{taken.name}代理", "请错开日期，或者先结束该项代理")]
