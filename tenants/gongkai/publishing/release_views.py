"""After approval: publish, set a time or stop it, take down, and mark what no longer holds."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Invalid
from gongkai.publishing import chain, queries
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.item_views import show_refusal
from gongkai.publishing.lifecycle.marking import mark_one
from gongkai.publishing.links.queries import published_with
from gongkai.publishing.models import VALIDITIES
from gongkai.publishing.responses import DECISION_REFUSALS, posted_date, posted_instant, say, undo
from gongkai.publishing.states import ItemState
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_release", __name__, template_folder="templates")
APPROVE = Permission.ITEMS_APPROVE


def _shown(item_id: int) -> ResponseReturnValue:
    return redirect(url_for("work_items.show", item_id=item_id))


@route(blueprint, "/work/items/<int:item_id>/publish", permission=APPROVE, methods=["POST"])
def publish(item_id: int) -> ResponseReturnValue:
    """Publish an approved item now, also before its set time."""
    try:
        item = chain.publish(current.uow(), actor=current.actor(), item_id=item_id)
    except DECISION_REFUSALS as refusal:
        return show_refusal(item_id, refusal)
    revised = item.revises_id is not None or item.id != item_id
    how = "公众看到的内容已更新" if revised else f"索引号{item.index_number}"
    say(f"《{item.title}》已发布，{how}。{published_with(current.uow(), item)}")
    return _shown(item.revises_id or item.id)


@route(blueprint, "/work/items/<int:item_id>/schedule", permission=APPROVE, methods=["POST"])
def schedule(item_id: int) -> ResponseReturnValue:
    """Set the time at which an approved item is published."""
    try:
        item = chain.schedule(
            current.uow(), actor=current.actor(), item_id=item_id, publish_at=posted_instant("publish_at")
        )
    except DECISION_REFUSALS as refusal:
        return show_refusal(item_id, refusal)
    when = format_datetime(item.scheduled_at) if item.scheduled_at else ""
    say(f"《{item.title}》将于{when}自动发布，发布前可以取消定时。")
    return _shown(item_id)


@route(blueprint, "/work/items/<int:item_id>/unschedule", permission=APPROVE, methods=["POST"])
def unschedule(item_id: int) -> ResponseReturnValue:
    """Stop a scheduled publication."""
    try:
        item = chain.unschedule(current.uow(), actor=current.actor(), item_id=item_id)
    except DECISION_REFUSALS as refusal:
        return show_refusal(item_id, refusal)
    say(f"《{item.title}》的定时发布已取消，仍为已批准状态，可以立即发布、重新定时或退回修改。")
    return _shown(item_id)


def _takedown_page(item_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, tenant_id = current.uow(), current.actor().tenant_id
    item = get_item(work, tenant_id=tenant_id, item_id=item_id)
    expect_state(item, ItemState.PUBLISHED)
    return render_template(
        "publishing/takedown.html",
        item=item,
        revision_id=queries.open_revision(work, tenant_id=tenant_id, item_id=item_id),
        errors=errors,
        values=request.form,
    ), status


@route(blueprint, "/work/items/<int:item_id>/takedown", permission=APPROVE)
def confirm_takedown(item_id: int) -> ResponseReturnValue:
    """Ask for the reason, and say what taking down does."""
    return _takedown_page(item_id, {})


@route(blueprint, "/work/items/<int:item_id>/takedown", permission=APPROVE, methods=["POST"])
def take_down(item_id: int) -> ResponseReturnValue:
    """Take an item off the public pages."""
    try:
        item = chain.take_down(
            current.uow(), actor=current.actor(), item_id=item_id, reason=request.form.get("reason", "")
        )
    except Invalid as refusal:
        return _takedown_page(item_id, undo(refusal), 400)
    say(f"《{item.title}》已撤下，公众页面和检索中不再显示；索引号保留，不再使用。")
    return _shown(item_id)


def _validity_page(item_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    item = get_item(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id)
    expect_state(item, ItemState.PUBLISHED)
    page = render_template(
        "publishing/validity.html", item=item, errors=errors, values=request.form, validities=VALIDITIES
    )
    return page, status


@route(blueprint, "/work/items/<int:item_id>/validity", permission=APPROVE)
def choose_validity(item_id: int) -> ResponseReturnValue:
    """Ask whether a document still holds, and on what basis."""
    return _validity_page(item_id, {})


@route(blueprint, "/work/items/<int:item_id>/validity", permission=APPROVE, methods=["POST"])
def mark_validity(item_id: int) -> ResponseReturnValue:
    """Mark a document as amended, lapsed or repealed on the original."""
    actor = current.actor()
    try:
        item = mark_one(
            current.uow(),
            actor=actor,
            item_id=item_id,
            validity=request.form.get("validity", ""),
            reason=request.form.get("reason", ""),
            made_on=posted_date("made_on", "决定日期"),
            term=request.form.get("term", ""),
        )
    except Invalid as refusal:
        return _validity_page(item_id, undo(refusal), 400)
    say(f"《{item.title}》已标注为“{VALIDITIES[item.validity]}”，公众页面已同步显示。")
    return _shown(item_id)
