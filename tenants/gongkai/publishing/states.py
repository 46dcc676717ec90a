"""The one state machine of an item (architecture decision 12), as data.

`in_review` is every step of the chain but its last, `in_approval` the last one; which steps there are is the
item's `chain_steps`.
"""

from enum import StrEnum


class ItemState(StrEnum):
    """States of an item; a returned item is a draft with an opinion."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    TAKEN_DOWN = "taken_down"
    WITHHELD = "withheld"
    ON_REQUEST = "on_request"


class Action(StrEnum):
    """What moves an item from state to state."""

    SUBMIT = "submit"
    RECALL = "recall"
    PASS_REVIEW = "pass_review"
    APPROVE = "approve"
    RETURN = "return"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    PUBLISH = "publish"
    TAKE_DOWN = "take_down"
    RESTORE = "restore"


STATE_LABELS = {
    ItemState.DRAFT: "草稿",
    ItemState.IN_REVIEW: "待审查",
    ItemState.IN_APPROVAL: "待审批",
    ItemState.APPROVED: "已批准",
    ItemState.SCHEDULED: "定时发布",
    ItemState.PUBLISHED: "已发布",
    ItemState.TAKEN_DOWN: "已撤下",
    ItemState.WITHHELD: "不予公开",
    ItemState.ON_REQUEST: "依申请公开",
}

ACTION_LABELS = {
    Action.SUBMIT: "送审",
    Action.RECALL: "撤回送审",
    Action.PASS_REVIEW: "审核通过",
    Action.APPROVE: "批准发布",
    Action.RETURN: "退回修改",
    Action.SCHEDULE: "定时发布",
    Action.UNSCHEDULE: "取消定时",
    Action.PUBLISH: "发布",
    Action.TAKE_DOWN: "撤下",
    Action.RESTORE: "恢复发布",
}

TRANSITIONS: dict[tuple[ItemState, Action], frozenset[ItemState]] = {
    (ItemState.DRAFT, Action.SUBMIT): frozenset({ItemState.IN_REVIEW, ItemState.IN_APPROVAL}),
    (ItemState.IN_REVIEW, Action.RECALL): frozenset({ItemState.DRAFT}),
    (ItemState.IN_REVIEW, Action.RETURN): frozenset({ItemState.DRAFT}),
    (ItemState.IN_REVIEW, Action.PASS_REVIEW): frozenset({ItemState.IN_REVIEW, ItemState.IN_APPROVAL}),
    (ItemState.IN_APPROVAL, Action.RECALL): frozenset({ItemState.DRAFT}),
    (ItemState.IN_APPROVAL, Action.RETURN): frozenset({ItemState.DRAFT}),
    (ItemState.IN_APPROVAL, Action.APPROVE): frozenset({ItemState.APPROVED, ItemState.WITHHELD, ItemState.ON_REQUEST}),
    (ItemState.APPROVED, Action.SCHEDULE): frozenset({ItemState.SCHEDULED}),
    (ItemState.APPROVED, Action.PUBLISH): frozenset({ItemState.PUBLISHED}),
    (ItemState.APPROVED, Action.RETURN): frozenset({ItemState.DRAFT}),
    (ItemState.SCHEDULED, Action.UNSCHEDULE): frozenset({ItemState.APPROVED}),
    (ItemState.SCHEDULED, Action.PUBLISH): frozenset({ItemState.PUBLISHED}),
    (ItemState.PUBLISHED, Action.TAKE_DOWN): frozenset({ItemState.TAKEN_DOWN}),
    (ItemState.TAKEN_DOWN, Action.RESTORE): frozenset({ItemState.PUBLISHED}),
}
