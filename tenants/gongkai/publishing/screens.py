"""The screens of publishing for the module: blueprints, and the links of the officials' navigation with badges."""

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.module import NavigationLink
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import (
    attachment_views,
    desk_views,
    editor_views,
    item_views,
    queries,
    release_views,
    review_views,
)
from gongkai.publishing.limits import SOON_WORKING_DAYS
from gongkai.publishing.states import ItemState

BLUEPRINTS = (
    desk_views.blueprint,
    item_views.blueprint,
    editor_views.blueprint,
    attachment_views.blueprint,
    review_views.blueprint,
    release_views.blueprint,
)


def desk_badge(uow: UnitOfWork, user_id: int) -> int:
    """The person's drafts whose limit has passed or is near; what else waits has its own link."""
    tenant_id = uow.scope.acting_tenant_id
    if tenant_id is None:
        return 0
    until = load_calendar(uow).add_working_days(shanghai_date(uow.now), SOON_WORKING_DAYS).date
    return queries.count_pressing(uow, tenant_id=tenant_id, user_id=user_id, until=until)


def returned_badge(uow: UnitOfWork, _: int) -> int:
    """Drafts of the unit that were sent back."""
    tenant_id = uow.scope.acting_tenant_id
    return 0 if tenant_id is None else queries.count_returned(uow, tenant_id=tenant_id)


def review_badge(uow: UnitOfWork, user_id: int) -> int:
    """Items that wait for this person's confidentiality review."""
    return _waiting(uow, user_id, ItemState.IN_REVIEW)


def approval_badge(uow: UnitOfWork, user_id: int) -> int:
    """Items that wait for this person's approval, and approved ones that nobody has published."""
    return sum(_waiting(uow, user_id, state) for state in (ItemState.IN_APPROVAL, ItemState.APPROVED))


def _waiting(uow: UnitOfWork, user_id: int, state: ItemState) -> int:
    tenant_id = uow.scope.acting_tenant_id
    if tenant_id is None:
        return 0
    return queries.count_waiting(uow, tenant_id=tenant_id, state=state, user_id=user_id)


NAVIGATION = (
    NavigationLink("待办", "我的待办", "desk.today", Permission.DESK_READ, desk_badge, order=10),
    NavigationLink("发布", "新建信息", "work_items.new", Permission.ITEMS_WRITE, order=10),
    NavigationLink("发布", "草稿和退回", "work_items.unsubmitted", Permission.ITEMS_WRITE, returned_badge, order=15),
    NavigationLink("发布", "信息列表", "work_items.listing", Permission.ITEMS_READ, order=20),
    NavigationLink("审查", "保密审查", "work_review.reviews", Permission.ITEMS_REVIEW, review_badge, order=10),
    NavigationLink("审查", "审批发布", "work_review.approvals", Permission.ITEMS_APPROVE, approval_badge, order=20),
)
