"""The review chain: 送审 → 保密审查 → 审批 → 发布. Nobody decides on what they wrote (held in the database too)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, DomainError, Fault, Forbidden, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_seen, expect_state, get_item
from gongkai.publishing.checks import unresolved
from gongkai.publishing.drafts import findings
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.publication import publish_now
from gongkai.publishing.publication import take_down as take_off
from gongkai.publishing.states import ACTION_LABELS, TRANSITIONS, Action, ItemState

SET_BY_PUBLICATION = frozenset({Action.PUBLISH, Action.TAKE_DOWN})
"""Their state is set together with number and version, or with the reason, which the database checks as one."""
ENDS_AT_APPROVAL = {"withheld": ItemState.WITHHELD, "on_request": ItemState.ON_REQUEST}


def submit(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Send a draft to the confidentiality review.

    Raises:
        Conflict: when it is no draft.
        Invalid: with every finding that blocks, or warns without a written reason.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    faults = unresolved(findings(uow, item), item.check_overrides)
    if faults:
        raise Invalid(faults)
    _step(uow, item, Action.SUBMIT, actor, ItemState.IN_REVIEW)
    return item


def recall(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Take a submitted item back before the reviewer has decided; only an author can."""
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    if actor.user_id not in item.author_ids:
        raise Forbidden("只有送审人本人可以撤回。")
    _step(uow, item, Action.RECALL, actor, ItemState.DRAFT)
    return item


def pass_review(
    uow: UnitOfWork, *, actor: Actor, item_id: int, opinion: str = "", lock_version: int | None = None
) -> Item:
    """Pass the confidentiality review （条例 art. 17: 先审查后公开）.

    Raises:
        Forbidden: when the person wrote any of it.
        Conflict: when it does not wait for review, or is another version than the one that was read.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_seen(item, lock_version)
    _decide(item, actor)
    _step(uow, item, Action.PASS_REVIEW, actor, ItemState.IN_APPROVAL, opinion or "经保密审查，同意公开。")
    return item


def send_back(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    opinion: str,
    states: Sequence[ItemState] = (ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED),
    lock_version: int | None = None,
) -> Item:
    """Return an item that is in one of `states` to its authors with an opinion; they start a new set of authors.

    Raises:
        Invalid: when the opinion is missing.
        Conflict: when it is in another state, or another version than the one that was read.
    """
    if not opinion.strip():
        raise Invalid([Fault("opinion", "未填写退回意见", "请写明需要修改的内容")])
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, *states)
    expect_seen(item, lock_version)
    _decide(item, actor)
    _step(uow, item, Action.RETURN, actor, ItemState.DRAFT, opinion.strip())
    item.author_ids = []
    item.check_overrides = {}
    return item


def approve(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    opinion: str = "",
    publish_at: datetime | None = None,
    lock_version: int | None = None,
) -> Item:
    """Approve an item; one that is public is published now, or at `publish_at`.

    Raises:
        Forbidden: when the person wrote any of it.
        Invalid: when `publish_at` lies in the past.
        Conflict: when it does not wait for approval, or is another version than the one that was read.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_seen(item, lock_version)
    _decide(item, actor)
    end = ENDS_AT_APPROVAL.get(item.disclosure_mode, ItemState.APPROVED)
    _step(uow, item, Action.APPROVE, actor, end, opinion or "同意。")
    if end is not ItemState.APPROVED:
        return item
    if publish_at is None:
        return _publish(uow, item, actor)
    return schedule(uow, actor=actor, item_id=item_id, publish_at=publish_at)


def schedule(uow: UnitOfWork, *, actor: Actor, item_id: int, publish_at: datetime) -> Item:
    """Set the time at which an approved item is published.

    Raises:
        Invalid: when `publish_at` lies in the past.
        Conflict: when it is not approved.
    """
    if publish_at <= uow.now:
        raise Invalid([Fault("publish_at", "定时发布时间已过", "请选择晚于现在的时间，或直接发布")])
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    item.scheduled_at = publish_at
    _step(uow, item, Action.SCHEDULE, actor, ItemState.SCHEDULED)
    return item


def publish(uow: UnitOfWork, *, actor: Actor, item_id: int) -> Item:
    """Publish an approved or scheduled item now."""
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.APPROVED, ItemState.SCHEDULED)
    return _publish(uow, item, actor)


def _publish(uow: UnitOfWork, item: Item, actor: Actor) -> Item:
    step(uow, item, Action.PUBLISH, ItemState.PUBLISHED, actor_id=actor.user_id, actor_name=actor.name)
    return publish_now(uow, item=item, published_by=actor.user_id)


def publish_scheduled(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Item:
    """Publish an item whose time has come; the approver decided, the clock publishes."""
    item = get_item(uow, tenant_id=tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.SCHEDULED)
    step(uow, item, Action.PUBLISH, ItemState.PUBLISHED, actor_id=None, actor_name="定时发布")
    publish_now(uow, item=item, published_by=None)
    return item


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
    approving: bool,
    opinion: str = "",
    seen: Mapping[int, int] | None = None,
) -> tuple[list[Item], dict[int, str]]:
    """Review or approve several items, each in a savepoint of its own; ids in ascending order (lock order).

    `seen` holds the lock version that the list showed of each item.

    Returns:
        The items decided on, and for each refused id the reason.
    """
    done: list[Item] = []
    refused: dict[int, str] = {}
    for item_id in sorted(set(item_ids)):
        try:
            with uow.session.begin_nested():
                act = approve if approving else pass_review
                version = seen.get(item_id) if seen else None
                done.append(act(uow, actor=actor, item_id=item_id, opinion=opinion, lock_version=version))
        except DomainError as error:
            refused[item_id] = error.message
    return done, refused


def _decide(item: Item, actor: Actor) -> None:
    if actor.user_id in item.author_ids:
        raise Forbidden("您参与了这条信息的编写，不能由您审查或审批，请由其他同志办理。")


def _step(uow: UnitOfWork, item: Item, action: Action, actor: Actor, to_state: ItemState, opinion: str = "") -> None:
    step(uow, item, action, to_state, actor_id=actor.user_id, actor_name=actor.name, opinion=opinion)


def step(
    uow: UnitOfWork,
    item: Item,
    action: Action,
    to_state: ItemState,
    *,
    actor_id: int | None,
    actor_name: str,
    opinion: str = "",
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
            from_state=item.state,
            to_state=to_state,
            actor_id=actor_id,
            actor_name=actor_name,
            author_ids=list(item.author_ids),
            opinion=opinion[:1000],
            at=uow.now,
        )
    )
    if action not in SET_BY_PUBLICATION:
        item.state = to_state
    item.updated_at = uow.now
    item.lock_version += 1
