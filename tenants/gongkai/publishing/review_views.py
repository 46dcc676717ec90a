"""Reviews and approval: the two queues, one decision, and many at once."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import ROLE_LABELS, Permission
from gongkai.core.calendar.instants import SHANGHAI, format_datetime
from gongkai.core.text.typed import read_ids
from gongkai.publishing import chain, queries
from gongkai.publishing.batches.queries import waiting_batches
from gongkai.publishing.desk import matters
from gongkai.publishing.item_views import show_refusal
from gongkai.publishing.links.queries import published_with
from gongkai.publishing.models import Item
from gongkai.publishing.queries import QUEUE, Cursor, Queue
from gongkai.publishing.responses import DECISION_REFUSALS, posted_instant, posted_version, say
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import REVIEWS, STEP_LABELS, STEP_ROLES, StepKind, review_name
from gongkai.web import current
from gongkai.web.routing import route

_APPROVAL = (StepKind.FINAL,)
blueprint = Blueprint("work_review", __name__, template_folder="templates")


def _queue(*, approving: bool) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    queue = Queue.of(actor, _APPROVAL if approving else REVIEWS)
    rows = queries.waiting(work, queue, after=Cursor.parse(request.args.get("after", "")))
    found = matters(work, rows, actor=actor)
    ready = queries.approved(work, tenant_id=actor.tenant_id) if approving else []
    return render_template(
        "publishing/review.html",
        approving=approving,
        deed="审批" if approving else review_name(queue.kinds),
        several=len(queue.kinds) > 1,
        step_labels=STEP_LABELS,
        matters=found,
        batches=waiting_batches(work, queue),
        minute=lambda instant: f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        approved=matters(work, ready, actor=actor),
        decidable=sum(not matter.mine for matter in found),
        overdue=sum(matter.deadline is not None and matter.deadline.left < 0 for matter in found),
        total=queries.count_waiting(work, queue),
        following=Cursor(rows[-1].updated_at, rows[-1].id) if len(rows) == QUEUE else None,
        all_ticked=request.args.get("all") == "1",
    )


@route(blueprint, "/work/review/", permission=Permission.ITEMS_REVIEW)
def reviews() -> ResponseReturnValue:
    """What waits for this person at a step before the last, the longest waiting first."""
    return _queue(approving=False)


@route(blueprint, "/work/approval/", permission=Permission.ITEMS_APPROVE)
def approvals() -> ResponseReturnValue:
    """What waits for approval, the longest waiting first."""
    return _queue(approving=True)


def _decide_many(*, approving: bool) -> ResponseReturnValue:
    """Decide on the ticked items with one opinion; each was ticked as `id.lock_version`."""
    work, actor = current.uow(), current.actor()
    seen = _ticked(request.form.getlist("item"))
    if not seen:
        say("未勾选任何信息，请先勾选要办理的信息。", "warning")
        return redirect(url_for("work_review.approvals" if approving else "work_review.reviews"))
    done, refused = chain.decide_many(
        work,
        actor=actor,
        item_ids=list(seen),
        kinds=_APPROVAL if approving else REVIEWS,
        opinion=request.form.get("opinion", "").strip(),
        seen=seen,
    )
    titles = queries.titles_of(work, tenant_id=actor.tenant_id, item_ids=list(refused))
    return render_template(
        "publishing/bulk.html",
        approving=approving,
        done=done,
        refused=[(item_id, titles.get(item_id, ""), reason) for item_id, reason in refused.items()],
    )


def _ticked(values: list[str]) -> dict[int, int]:
    pairs = (tuple(read_ids(value.split("."))) for value in values[:QUEUE] if value.count(".") == 1)
    return dict(pair for pair in pairs if len(pair) == 2)


@route(blueprint, "/work/review/", permission=Permission.ITEMS_REVIEW, methods=["POST"])
def review_many() -> ResponseReturnValue:
    """Pass the review of several items."""
    return _decide_many(approving=False)


@route(blueprint, "/work/approval/", permission=Permission.ITEMS_APPROVE, methods=["POST"])
def approve_many() -> ResponseReturnValue:
    """Approve several items; those for publication are published now."""
    return _decide_many(approving=True)


@route(blueprint, "/work/items/<int:item_id>/review", permission=Permission.ITEMS_REVIEW, methods=["POST"])
def review(item_id: int) -> ResponseReturnValue:
    """Agree to an item at a step before the last, or send it back."""
    work, actor = current.uow(), current.actor()
    opinion, version = request.form.get("opinion", "").strip(), posted_version()
    try:
        if request.form.get("decision") == "return":
            item = chain.send_back(
                work,
                actor=actor,
                item_id=item_id,
                opinion=opinion,
                kinds=REVIEWS,
                lock_version=version,
            )
        else:
            item = chain.decide(
                work, actor=actor, item_id=item_id, opinion=opinion, lock_version=version, kinds=REVIEWS
            )
    except DECISION_REFUSALS as refusal:
        return show_refusal(item_id, refusal)
    return _next(item_id, item, REVIEWS)


@route(blueprint, "/work/items/<int:item_id>/approve", permission=Permission.ITEMS_APPROVE, methods=["POST"])
def approve(item_id: int) -> ResponseReturnValue:
    """Approve an item for now or for a set time, or send it back."""
    work, actor = current.uow(), current.actor()
    opinion, version = request.form.get("opinion", "").strip(), posted_version()
    try:
        if request.form.get("decision") == "return":
            item = chain.send_back(
                work,
                actor=actor,
                item_id=item_id,
                opinion=opinion,
                kinds=_APPROVAL,
                lock_version=version,
            )
        else:
            publish_at = posted_instant("publish_at") if request.form.get("when") == "at" else None
            item = chain.decide(
                work, actor=actor, item_id=item_id, opinion=opinion, publish_at=publish_at, lock_version=version,
                kinds=_APPROVAL,
            )  # fmt: skip
    except DECISION_REFUSALS as refusal:
        return show_refusal(item_id, refusal)
    return _next(item_id, item, _APPROVAL)


def _next(item_id: int, item: Item, kinds: tuple[StepKind, ...]) -> ResponseReturnValue:
    """Say what became of the item and open the next one that waits for this person."""
    work, actor = current.uow(), current.actor()
    # A published revision has become part of the item that it revises.
    revised = item.revises_id is not None or item.id != item_id
    say(_outcome(item, revised=revised))
    batch_id = request.form.get("batch", type=int)
    if batch_id is not None:
        side = "review_batch" if kinds is REVIEWS else "approve_batch"
        return redirect(url_for(f"batches.{side}", batch_id=batch_id))
    following = queries.next_waiting(work, Queue.of(actor, kinds), behind=item_id)
    if following is not None:
        return redirect(url_for("work_items.show", item_id=following))
    return redirect(url_for("work_review.reviews" if kinds is REVIEWS else "work_review.approvals"))


def _outcome(item: Item, *, revised: bool) -> str:
    state = ItemState(item.state)
    if state is ItemState.DRAFT:
        return f"《{item.title}》已退回修改，编写人会在待办事项中看到您的意见，改好后重新送审。"
    if item.step:
        following = StepKind(item.step)
        people = queries.people_with(current.uow(), tenant_id=item.tenant_id, role=STEP_ROLES[following])
        names = "、".join(person.name for person in people)
        post = ROLE_LABELS[STEP_ROLES[following]]
        words = f"办理人：{names}" if names else f"本单位尚未设置{post}，请联系单位管理员"
        passed = STEP_LABELS[StepKind(item.chain_steps[item.chain_steps.index(following) - 1])]
        return f"《{item.title}》{passed}已通过，已送{STEP_LABELS[following]}，{words}。"
    if state is ItemState.SCHEDULED and item.scheduled_at:
        return f"《{item.title}》已批准，将于{format_datetime(item.scheduled_at)}自动发布，发布前可以取消定时。"
    if state is ItemState.PUBLISHED:
        how = "公众看到的内容已更新" if revised else f"索引号{item.index_number}"
        return f"《{item.title}》已发布，{how}。{published_with(current.uow(), item)}"
    if state is ItemState.APPROVED:
        return f"《{item.title}》已批准。所解读的文件尚未发布，解读随文件一并发布。"
    ends = "依申请公开" if state is ItemState.ON_REQUEST else "不予公开"
    return f"《{item.title}》已按“{ends}”办结，不在网站发布。"
