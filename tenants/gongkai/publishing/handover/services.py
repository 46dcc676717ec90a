"""A person leaves: posts, open items, columns, imports and deputies pass to a successor in one transaction.

Who wrote an item stays who wrote it (`author_ids`), so that nobody comes to decide on their own words by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor
from gongkai.accounts.deputies import pass_on, standing_of
from gongkai.accounts.models import Deputy, Membership
from gongkai.accounts.people import Unit, end_membership, set_roles
from gongkai.accounts.permissions import Role
from gongkai.accounts.queries import ROLE_ORDER, Member, members
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid, NotFound, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.handover.queries import OPEN_BATCHES, InHand, count_written, in_hand
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.queries import OPEN, Queue, count_waiting, in_hand_of
from gongkai.publishing.steps import kinds_of

DONE = "handover.done"


@dataclass(frozen=True, slots=True)
class Leaver:
    """The person who leaves; `former` when all posts have ended already and only what is left behind passes."""

    member: Member
    former: bool


@dataclass(frozen=True, slots=True)
class PostPassed:
    """A post of the leaver.

    Attributes:
        held: the successor holds it already.
        waiting: items that wait at its step of the chain; `written` are those of them that the successor wrote.
    """

    role: Role
    held: bool
    waiting: int = 0
    written: int = 0

    @property
    def advised(self) -> bool:
        """Whether the successor should take it: not where that would leave items to somebody who wrote them."""
        return not self.held and not self.written


@dataclass(frozen=True, slots=True)
class Preview:
    """What would pass from whom to whom; `section` is the successor's new one, empty when it stays."""

    leaver: Leaver
    successor: Member
    posts: Sequence[PostPassed]
    section: str
    in_hand: InHand


def leaver_of(uow: UnitOfWork, *, unit: Unit, user_id: int) -> Leaver:
    """A person of the unit, or one who has left it.

    Raises:
        NotFound: when there is none, or it belongs to other units only.
    """
    for former in (False, True):
        found = members(uow, tenant_id=unit.id, user_id=user_id, former=former)
        if found:
            return Leaver(found[0], former)
    raise NotFound


def successors(uow: UnitOfWork, *, unit: Unit, user_id: int) -> list[Member]:
    """Who of a unit can follow a person: those who can sign in and are not about to leave themselves."""
    found = members(uow, tenant_id=unit.id)
    return [m for m in found if m.user_id != user_id and m.state != "disabled" and m.ended_date is None]


def preview(uow: UnitOfWork, *, unit: Unit, user_id: int, successor_id: int) -> Preview:
    """What would pass to this successor.

    Raises:
        NotFound: when the person is not of the unit.
        Invalid: when the successor cannot follow (field `successor_id`).
    """
    leaver = leaver_of(uow, unit=unit, user_id=user_id)
    successor = next((m for m in successors(uow, unit=unit, user_id=user_id) if m.user_id == successor_id), None)
    if successor is None:
        raise Invalid(
            [Fault("successor_id", "未选择接任人", "请从本单位在岗人员中选择；尚未加入本单位的，请先添加人员")]
        )
    posts = [] if leaver.former else [
        _post(uow, unit, leaver.member, successor, role) for role in sorted(leaver.member.roles, key=ROLE_ORDER.index)
    ]  # fmt: skip
    section = "" if leaver.former or leaver.member.section == successor.section else leaver.member.section
    return Preview(leaver, successor, posts, section, in_hand(uow, tenant_id=unit.id, user_id=user_id))


def hand_over(
    uow: UnitOfWork, *, actor: Actor, unit: Unit, user_id: int, successor_id: int, roles: frozenset[Role]
) -> Handover:
    """Let everything pass: the successor is given `roles` and the section, the leaver's posts end today.

    Raises:
        NotFound: when the person is not of the unit.
        Refused: for oneself, and for a post that only the prefecture gives and takes.
        Invalid: when the successor cannot follow, a role is not one of the leaver's, drafts would have nobody who
            can write, or an administrator would be missing.
    """
    if user_id == actor.user_id:
        raise Refused("不能为自己办理交接，请由本单位其他管理员办理；没有其他管理员的，请先将接任人设为单位管理员。")
    lock = select(Membership.id).where(Membership.tenant_id == unit.id).order_by(Membership.id)
    uow.session.execute(lock.with_for_update())
    found = preview(uow, unit=unit, user_id=user_id, successor_id=successor_id)
    leaver, successor = found.leaver.member, found.successor
    if not found.leaver.former and leaver.roles - frozenset(unit.grantable()):
        raise Refused("该人员担任由市级管理员授予的岗位，请联系市级管理员办理离任。")
    if faults := _faults(found, roles):
        raise Invalid(faults)
    given = roles - successor.roles
    if not found.leaver.former:
        wanted = (successor.roles & frozenset(unit.grantable())) | given
        section = leaver.section or successor.section
        set_roles(uow, actor=actor, unit=unit, user_id=successor_id, roles=wanted, section=section)
    deputies = _pass_deputies(uow, unit, user_id, successor, successor.roles | given, actor.user_id)
    if not found.leaver.former:
        end_membership(uow, actor=actor, unit=unit, user_id=user_id, ended_date=shanghai_date(uow.now))
    _pass_work(uow, unit.id, user_id, successor_id)
    return _record(uow, actor, unit, found, given, deputies)


def handover_of(uow: UnitOfWork, *, tenant_id: int, handover_id: int) -> Handover:
    """A hand-over of this unit.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    return uow.one(select(Handover).where(Handover.id == handover_id, Handover.tenant_id == tenant_id))


def _post(uow: UnitOfWork, unit: Unit, leaver: Member, successor: Member, role: Role) -> PostPassed:
    kinds = kinds_of({role})
    held = role in successor.roles
    if not kinds:
        return PostPassed(role, held)
    sections = frozenset({leaver.section}) if role is Role.SECTION_HEAD else frozenset[str]()
    queue = Queue(unit.id, leaver.user_id, kinds, sections)
    written = count_written(uow, queue, user_id=successor.user_id)
    return PostPassed(role, held, count_waiting(uow, queue), written)


def _faults(found: Preview, roles: frozenset[Role]) -> list[Fault]:
    faults = []
    if not roles <= found.leaver.member.roles or (roles and found.leaver.former):
        faults.append(Fault("roles", "选择了离任人没有担任的岗位", "请重新打开页面后选择"))
    writes = Role.CONTRIBUTOR in found.successor.roles | roles
    if (found.in_hand.drafts or found.in_hand.batches) and not writes:
        number = len(found.in_hand.drafts)
        problem = (
            f"接任人没有信息员岗位，{number}条草稿无人可以继续编写" if number else "接任人没有信息员岗位，不能接办导入"
        )
        faults.append(Fault("roles", problem, "请勾选信息员岗位，或者另选接任人"))
    return faults


def _pass_work(uow: UnitOfWork, tenant_id: int, user_id: int, successor_id: int) -> None:
    """Open items, columns and imports; a decider who has read an item is not disturbed by it."""
    options = {"synchronize_session": "fetch"}
    items = update(Item).where(Item.tenant_id == tenant_id, Item.state.in_(OPEN), in_hand_of(user_id))
    uow.session.execute(items.values(handler_id=successor_id), execution_options=options)
    columns = update(ContentColumn).where(
        ContentColumn.tenant_id == tenant_id, ContentColumn.responsible_user_id == user_id
    )
    uow.session.execute(columns.values(responsible_user_id=successor_id), execution_options=options)
    batches = update(ImportBatch).where(
        ImportBatch.tenant_id == tenant_id, ImportBatch.created_by == user_id, ImportBatch.state.in_(OPEN_BATCHES)
    )
    uow.session.execute(batches.values(created_by=successor_id), execution_options=options)


def _pass_deputies(
    uow: UnitOfWork, unit: Unit, user_id: int, successor: Member, roles: frozenset[Role], by: int
) -> list[int]:
    """Who stood in for the leaver stands in for the successor, for whom the leaver stood in the successor does."""
    passed = []
    for deputy in standing_of(uow, tenant_id=unit.id, user_id=user_id):
        principal, stand_in = _people(deputy, user_id, successor.user_id, roles)
        if made := pass_on(uow, deputy=deputy, principal_id=principal, deputy_id=stand_in, by=by):
            passed.append(made.id)
    return passed


def _people(deputy: Deputy, leaver_id: int, successor_id: int, roles: frozenset[Role]) -> tuple[int, int]:
    """Principal and deputy after the hand-over; the same person twice where there is nothing left to deputise."""
    holds = deputy.role in roles
    if deputy.principal_id == leaver_id:
        return (successor_id, deputy.deputy_id) if holds else (successor_id, successor_id)
    needless = holds and deputy.role != Role.SECTION_HEAD
    return (successor_id, successor_id) if needless else (deputy.principal_id, successor_id)


def _record(
    uow: UnitOfWork, actor: Actor, unit: Unit, found: Preview, given: frozenset[Role], deputies: list[int]
) -> Handover:
    leaver, passed = found.leaver.member, found.in_hand
    items = {
        "drafts": [row.id for row in passed.drafts],
        "under_way": [row.id for row in passed.under_way],
        "scheduled": [row.id for row in passed.scheduled],
    }
    kept = frozenset[Role]() if found.leaver.former else leaver.roles - given - found.successor.roles
    detail = {
        "roles": sorted(given, key=ROLE_ORDER.index),
        "kept_roles": sorted(kept, key=ROLE_ORDER.index),
        "section": found.section,
        "items": items,
        "columns": [row.id for row in passed.columns],
        "batches": [row.id for row in passed.batches],
        "deputies": deputies,
    }
    made = Handover(
        tenant_id=unit.id, leaver_id=leaver.user_id, successor_id=found.successor.user_id, detail=detail,
        done_by=actor.user_id, done_at=uow.now,
    )  # fmt: skip
    uow.session.add(made)
    uow.session.flush()
    audited = detail | {"successor_id": found.successor.user_id, "handover_id": made.id}
    uow.audit("person.hand_over", tenant_id=unit.id, object_type="user", object_id=leaver.user_id, detail=audited)
    uow.emit(DONE, made.id)
    return made
