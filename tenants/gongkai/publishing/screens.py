"""The screens of publishing for the module: blueprints, and the links of the officials' navigation with badges."""

from gongkai.accounts.actors import Actor
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
from gongkai.publishing.batches.queries import count_batches
from gongkai.publishing.limits import SOON_WORKING_DAYS
from gongkai.publishing.queries import Queue
from gongkai.publishing.sections import views as sections
from gongkai.publishing.steps import REVIEWS, StepKind

BLUEPRINTS = (
    desk_views.blueprint,
    item_views.blueprint,
    editor_views.blueprint,
    attachment_views.blueprint,
    review_views.blueprint,
    release_views.blueprint,
    sections.blueprint,
)


def desk_badge(uow: UnitOfWork, actor: Actor) -> int:
    """The person's drafts whose limit has passed or is near; what else waits has its own link."""
    until = load_calendar(uow).add_working_days(shanghai_date(uow.now), SOON_WORKING_DAYS).date
    return queries.count_pressing(uow, tenant_id=actor.tenant_id, user_id=actor.user_id, until=until)


def returned_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Drafts of the unit that were sent back."""
    return queries.count_returned(uow, tenant_id=actor.tenant_id)


def review_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Items and whole batches that wait for this person at a step before the last."""
    queue = Queue.of(actor, REVIEWS)
    return queries.count_waiting(uow, queue) + count_batches(uow, queue)


def approval_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Items and batches that wait for this person's approval, and approved items that nobody has published."""
    queue = Queue.of(actor, (StepKind.FINAL,))
    waiting = queries.count_waiting(uow, queue) + count_batches(uow, queue)
    return waiting + queries.count_approved(uow, tenant_id=actor.tenant_id)


NAVIGATION = (
    NavigationLink("待办", "我的待办", "desk.today", Permission.DESK_READ, desk_badge, order=10),
    NavigationLink("发布", "新建信息", "work_items.new", Permission.ITEMS_CREATE, order=10),
    NavigationLink("发布", "草稿和退回", "work_items.unsubmitted", Permission.ITEMS_WRITE, returned_badge, order=15),
    NavigationLink("发布", "信息列表", "work_items.listing", Permission.ITEMS_READ, order=20),
    NavigationLink("审查", "审查", "work_review.reviews", Permission.ITEMS_REVIEW, review_badge, order=10),
    NavigationLink("审查", "审批发布", "work_review.approvals", Permission.ITEMS_APPROVE, approval_badge, order=20),
    NavigationLink("单位与人员", "科室", "sections.index", Permission.ITEMS_READ, order=15),
)
