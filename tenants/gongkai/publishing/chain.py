"""The chain: 送审 → its steps, 保密审查 and 终审 among them → 发布.

Nobody decides on what they wrote (held in the database too), and each step is for the post that it belongs to.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import ROLE_LABELS, Role
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import plus_months
from gongkai.core.errors import Conflict, DomainError, Fault, Forbidden, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_seen, expect_state, get_item
from gongkai.publishing.checks import unresolved
from gongkai.publishing.drafts import findings
from gongkai.publishing.emergency.locks import expect_unlocked
from gongkai.publishing.links.partners import Partners, lock_together, partners_of
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.publication import publish_now
from gongkai.publishing.publication import take_down as take_off
from gongkai.publishing.states import ACTION_LABELS, TRANSITIONS, Action, ItemState
from gongkai.publishing.steps import STEP_LABELS, STEP_ROLES, StepKind, steps_for

SET_BY_PUBLICATION = frozenset({Action.PUBLISH, Action.TAKE_DOWN})
"""Their state is set together with number and version, or with the reason, which the database checks as one."""
ASSESSED_AFTER_MONTHS = 12
"""What is not public is assessed again a year after its decision, and each year （条例 art. 18; our period）."""
ENDS_AT_APPROVAL = {"withheld": ItemState.WITHHELD, "on_request": ItemState.ON_REQUEST}
_AGREED = {
    StepKind.SECTION: "经初审，同意。",
    StepKind.LEGALITY: "经合法性审查，同意。",
    StepKind.CONFIDENTIALITY: "经保密审查，同意公开。",
    StepKind.FINAL: "同意。",
}
_DECISIONS = frozenset({Action.PASS_REVIEW, Action.APPROVE, Action.RETURN})
_BY_AUTHORS = frozenset({Action.SUBMIT, Action.RECALL})
_WAITING = frozenset({ItemState.IN_REVIEW, ItemState.IN_APPROVAL})


@dataclass(frozen=True, slots=True)
class PaperDecision:
    """What a signatory decided on paper: the signature's row, who signed, whether they agreed, and the words for it."""

    signature_id: int
    signatory_id: int
    agreed: bool
    opinion: str


def submit(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Send a draft into its chain; it waits at the first step.

    Raises:
        Conflict: when it is no draft.
        Refused: when its unit has ended, and it changes nothing that the unit has published.
        Invalid: with every finding that blocks, or warns without a written reason.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    if actor.receiver_id is not None and item.revises_id is None:
        raise Refused("原单位已撤销，不能再发布新的信息。请切换到本单位，在“草稿和退回”中转入后送审。")
    faults = unresolved(findings(uow, item), item.check_overrides)
    if faults:
        raise Invalid(faults)
    steps = steps_for(uow, item)
    _step(uow, item, Action.SUBMIT, actor, _state_at(steps, 0))
    item.chain_steps, item.step = [*steps], steps[0]
    return item


def recall(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Take a submitted item back before anyone has decided on it; an author can, or who carries it on.

    Raises:
        Conflict: when the first step is decided on already.
        Forbidden: when the person neither wrote any of it nor carries it on.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    if actor.user_id not in (*item.author_ids, item.handler_id):
        raise Forbidden("只有送审人或承办人可以撤回。")
    if item.step and item.step != item.chain_steps[0]:
        raise Conflict("审查人已提出意见，不能撤回。如需修改，请联系审查人退回。")
    _step(uow, item, Action.RECALL, actor, ItemState.DRAFT)
    item.review_batch_id = None
    return item


def decide(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    opinion: str = "",
    publish_at: datetime | None = None,
    lock_version: int | None = None,
    kinds: Collection[StepKind] | None = None,
) -> Item:
    """Agree to an item at the step where it waits; after the last step it is public now, or at `publish_at`.

    An interpretation whose document is not public stays approved until it is. With `kinds` only an item that waits at
    one of these steps.

    Raises:
        Forbidden: when the person wrote any of it, or does not hold the post of this step.
        Invalid: when `publish_at` lies in the past.
        Conflict: when it waits at no such step, or is another version than the one that was read.
    """
    lock_together(uow, tenant_id=actor.tenant_id, item_ids=(item_id,))
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_seen(item, lock_version)
    step = _expect_step(item, kinds)
    _expect_decider(item, step, actor)
    _agree(uow, item, step, actor, opinion or _AGREED[step])
    if item.state != ItemState.APPROVED:
        return item
    if publish_at is None:
        return _publish_if_free(uow, item, actor)
    return schedule(uow, actor=actor, item_id=item_id, publish_at=publish_at)


def decide_on_paper(uow: UnitOfWork, *, checker: Actor, item: Item, signed: PaperDecision) -> Item:
    """Let a signature on paper decide the step where a locked item waits; the checker is the acting person.

    Who may sign and who may check is the caller's to know (`signing.services`); the database refuses an author.

    Raises:
        Conflict: when the item waits at no step.
    """
    step = _expect_step(item, None)
    if not signed.agreed:
        return _return(uow, item, checker, signed.opinion, signed)
    _agree(uow, item, step, checker, signed.opinion, signed)
    return _publish_if_free(uow, item, checker) if item.state == ItemState.APPROVED else item


def _agree(
    uow: UnitOfWork, item: Item, step: StepKind, actor: Actor, opinion: str, signed: PaperDecision | None = None
) -> None:
    """Take an item to its next step, or to the state in which its chain ends."""
    position = item.chain_steps.index(step) + 1
    if position < len(item.chain_steps):
        _step(uow, item, Action.PASS_REVIEW, actor, _state_at(item.chain_steps, position), opinion, signed)
        item.step = item.chain_steps[position]
    else:
        end = ENDS_AT_APPROVAL.get(item.disclosure_mode, ItemState.APPROVED)
        _step(uow, item, Action.APPROVE, actor, end, opinion, signed)
        if end is not ItemState.APPROVED and item.revises_id is None:
            item.next_assessment_date = plus_months(shanghai_date(uow.now), ASSESSED_AFTER_MONTHS)


def _return(uow: UnitOfWork, item: Item, actor: Actor, opinion: str, signed: PaperDecision | None = None) -> Item:
    _step(uow, item, Action.RETURN, actor, ItemState.DRAFT, opinion, signed)
    item.author_ids = []
    item.check_overrides = {}
    item.review_batch_id = None
    return item


def send_back(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    opinion: str,
    kinds: Collection[StepKind] | None = None,
    lock_version: int | None = None,
) -> Item:
    """Return an item to its authors with an opinion; they start a new set of authors.

    From the chain by whoever holds the post of the step where it waits, and when approved by the approver.

    Raises:
        Invalid: when the opinion is missing.
        Forbidden: when the person wrote any of it, or does not hold the post.
        Conflict: when it waits at no such step, or is another version than the one that was read.
    """
    if not opinion.strip():
        raise Invalid([Fault("opinion", "未填写退回意见", "请写明需要修改的内容")])
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_seen(item, lock_version)
    if item.state == ItemState.APPROVED and (kinds is None or StepKind.FINAL in kinds):
        step = StepKind(item.chain_steps[-1])
    else:
        step = _expect_step(item, kinds)
    _expect_decider(item, step, actor)
    return _return(uow, item, actor, opinion.strip())


def schedule(uow: UnitOfWork, *, actor: Actor, item_id: int, publish_at: datetime) -> Item:
    """Set the time at which an approved item is published.

    Raises:
        Invalid: when `publish_at` lies in the past.
        Conflict: when it is not approved.
        Refused: when it waits for its document, or an office has taken down what it says.
    """
    if publish_at <= uow.now:
        raise Invalid([Fault("publish_at", "定时发布时间已过", "请选择晚于现在的时间，或直接发布")])
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_unlocked(uow, item)
    partners_of(uow, item).expect_publishable()
    item.scheduled_at = publish_at
    _step(uow, item, Action.SCHEDULE, actor, ItemState.SCHEDULED)
    return item


def publish(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Publish an approved or scheduled item now, with the approved interpretations that waited for it.

    Raises:
        Conflict: when it is in another state.
        Refused: when it, or an interpretation that goes with it, may not be public: it waits for its document, its
            original is gone, it has no number, or an office has taken down what it says.
    """
    lock_together(uow, tenant_id=actor.tenant_id, item_ids=(item_id,))
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.APPROVED, ItemState.SCHEDULED)
    name = _name(item, Action.PUBLISH, actor)
    return _publish(uow, item, partners_of(uow, item), by=actor.user_id, name=name)


def _publish_if_free(uow: UnitOfWork, item: Item, actor: Actor) -> Item:
    partners = partners_of(uow, item)
    if partners.awaited:
        return item
    return _publish(uow, item, partners, by=actor.user_id, name=_name(item, Action.PUBLISH, actor))


def _publish(uow: UnitOfWork, item: Item, partners: Partners, *, by: int | None, name: str) -> Item:
    """Publish an item, and with a new document the approved interpretations of it, at the same instant."""
    partners.expect_publishable()
    step(uow, item, Action.PUBLISH, ItemState.PUBLISHED, actor_id=by, actor_name=name)
    shown = publish_now(uow, item=item, published_by=by)
    for other_id in partners.companions if item.revises_id is None else ():
        other = get_item(uow, tenant_id=item.tenant_id, item_id=other_id, lock=True)
        words = f"随文件《{shown.title}》一并发布。"
        step(uow, other, Action.PUBLISH, ItemState.PUBLISHED, actor_id=by, actor_name=name, opinion=words)
        try:
            publish_now(uow, item=other, published_by=by)
        except DomainError as refusal:
            raise Refused(f"解读《{other.title}》不能随文件一并发布：{refusal.message}") from refusal
    return shown


def publish_scheduled(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Item:
    """Publish an item whose time has come; the approver decided, the clock publishes."""
    lock_together(uow, tenant_id=tenant_id, item_ids=(item_id,))
    item = get_item(uow, tenant_id=tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.SCHEDULED)
    return _publish(uow, item, partners_of(uow, item), by=None, name="定时发布")


def unschedule(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Stop a scheduled publication; the item stays approved."""
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    _step(uow, item, Action.UNSCHEDULE, actor, ItemState.APPROVED)
    item.scheduled_at = None
    return item


def take_down(uow: UnitOfWork, *, actor: Actor, item_id: int, reason: str) -> Item:
    """Take a published item off the public pages, with the reason as the step's opinion.

    Raises:
        Invalid: when the reason is missing.
        Conflict: when it is not published.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    _step(uow, item, Action.TAKE_DOWN, actor, ItemState.TAKEN_DOWN, reason.strip())
    return take_off(uow, tenant_id=actor.tenant_id, item_id=item_id, reason=reason)


def decide_many(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_ids: Sequence[int],
    kinds: Collection[StepKind],
    opinion: str = "",
    seen: Mapping[int, int] | None = None,
) -> tuple[list[Item], dict[int, str]]:
    """Agree to several items that wait at one of these steps, each in a savepoint; ids ascending (lock order).

    `seen` holds the lock version that the list showed of each item.

    Returns:
        The items decided on, and for each refused id the reason.
    """
    lock_together(uow, tenant_id=actor.tenant_id, item_ids=item_ids)
    done: list[Item] = []
    refused: dict[int, str] = {}
    for item_id in sorted(set(item_ids)):
        version = seen.get(item_id) if seen else None
        try:
            with uow.session.begin_nested():
                done.append(
                    decide(uow, actor=actor, item_id=item_id, opinion=opinion, lock_version=version, kinds=kinds)
                )
        except DomainError as error:
            refused[item_id] = error.message
    return done, refused


def decider_refusal(item: Item, actor: Actor, step: StepKind) -> str:
    """Why this person cannot decide on the item at this step; empty when they can."""
    role = STEP_ROLES[step]
    if role not in actor.roles:
        return f"这条信息现为{STEP_LABELS[step]}环节，须由{ROLE_LABELS[role]}办理。"
    if actor.user_id in item.author_ids:
        return "您参与了这条信息的编写，不能由您审查或审批，请由其他同志办理。"
    if role is Role.SECTION_HEAD and not actor.heads(item.responsible_unit):
        return f"这条信息的责任科室为“{item.responsible_unit}”，须由该科室负责人初审。"
    return ""


def _expect_step(item: Item, kinds: Collection[StepKind] | None) -> StepKind:
    expect_state(item, *_WAITING)
    step = StepKind(item.step)
    if kinds is not None and step not in kinds:
        raise Conflict(f"这条信息现为“{STEP_LABELS[step]}”环节，不能进行此操作。请刷新页面查看最新状态。")
    return step


def _expect_decider(item: Item, step: StepKind, actor: Actor) -> None:
    if refusal := decider_refusal(item, actor, step):
        raise Forbidden(refusal)


def _state_at(steps: Sequence[str], position: int) -> ItemState:
    return ItemState.IN_APPROVAL if position == len(steps) - 1 else ItemState.IN_REVIEW


def _step(
    uow: UnitOfWork,
    item: Item,
    action: Action,
    actor: Actor,
    to_state: ItemState,
    opinion: str = "",
    signed: PaperDecision | None = None,
) -> None:
    name = actor.name if signed else _name(item, action, actor)
    step(uow, item, action, to_state, actor_id=actor.user_id, actor_name=name, opinion=opinion, signed=signed)


def _name(item: Item, action: Action, actor: Actor) -> str:
    """How a person is named in the post in which something is done; what is done to a draft belongs to no post."""
    if action in _BY_AUTHORS:
        return actor.name
    kind = item.step or (item.chain_steps[-1] if item.chain_steps else StepKind.FINAL)
    return actor.signature(STEP_ROLES[StepKind(kind)], item.responsible_unit)


def step(
    uow: UnitOfWork,
    item: Item,
    action: Action,
    to_state: ItemState,
    *,
    actor_id: int | None,
    actor_name: str,
    opinion: str = "",
    signed: PaperDecision | None = None,
) -> None:
    """Move an item along the state machine and record the step with its authors.

    Raises:
        Conflict: when the machine has no such transition.
    """
    allowed = TRANSITIONS.get((ItemState(item.state), action), frozenset())
    if to_state not in allowed:
        raise Conflict(f"这条信息的状态已变化，不能{ACTION_LABELS[action]}。请刷新页面查看最新状态。")
    uow.session.add(
        ItemStep(
            tenant_id=item.tenant_id,
            item_id=item.id,
            action=action,
            step=item.step if action in _DECISIONS else "",
            from_state=item.state,
            to_state=to_state,
            actor_id=actor_id,
            actor_name=actor_name,
            author_ids=list(item.author_ids),
            opinion=opinion[:1000],
            at=uow.now,
            signature_id=signed.signature_id if signed else None,
            signatory_id=signed.signatory_id if signed else None,
        )
    )
    if action not in SET_BY_PUBLICATION:
        item.state = to_state
    if to_state not in _WAITING:
        item.step = ""
    item.updated_at = uow.now
    item.lock_version += 1
