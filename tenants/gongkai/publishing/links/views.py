"""Links at the workspace: the unit's list of what is due, and what the editor and an item's page do about partners."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.text.typed import read_id
from gongkai.publishing.access import get_item
from gongkai.publishing.drafts import save_draft
from gongkai.publishing.editing import values_of
from gongkai.publishing.editor_page import back, keeping, save_posted
from gongkai.publishing.item_views import show_item
from gongkai.publishing.links import queries, services
from gongkai.publishing.links.agencies import CO_ISSUERS, SEPARATOR, names_in
from gongkai.publishing.links.matters import follow_ups
from gongkai.publishing.links.reprints import decline_reprint, make_reprint
from gongkai.publishing.responses import say, undo
from gongkai.publishing.schemas import read_item_form
from gongkai.publishing.states import ItemState
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_links", __name__, template_folder="../templates")
WRITE = Permission.ITEMS_WRITE
ANCHOR = "field-interpretation"


@route(blueprint, "/work/links/", permission=Permission.ITEMS_READ)
def index() -> ResponseReturnValue:
    """What the unit owes: interpretations of what it published, reprints of what it issued with others."""
    return _index({})


def _index(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    page = render_template(
        "publishing/links/index.html",
        found=follow_ups(work, tenant_id=actor.tenant_id),
        may_write=actor.may(WRITE),
        format_date=format_date,
        errors=errors,
        values=request.form,
    )
    return page, status


def _on_item(item_id: int, work: Callable[[], None]) -> ResponseReturnValue:
    """Do `work` for an item and return to where it was asked: the editor, saved first, or the item's page."""
    item = get_item(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id)
    if item.state == ItemState.DRAFT and "title" in request.form:

        def saved() -> ResponseReturnValue:
            save_posted(item_id)
            work()
            return back(item_id, ANCHOR)

        return keeping(item_id, saved)
    try:
        work()
    except (Invalid, Refused, Conflict) as refusal:
        return show_item(item_id, errors=undo(refusal), status=409 if isinstance(refusal, Conflict) else 400)
    return redirect(url_for("work_items.show", item_id=item_id, _anchor="links-title"))


@route(blueprint, "/work/items/<int:item_id>/links/add", permission=WRITE, methods=["POST"])
def add(item_id: int) -> ResponseReturnValue:
    """Link the item with the chosen one, or with the one that is named by number or title."""

    def work() -> None:
        other_id = _chosen(item_id)
        services.link(current.uow(), actor=current.actor(), item_id=item_id, other_id=other_id)
        say("已建立关联。两条信息都公开后，公众页面互相链接。")

    return _on_item(item_id, work)


def _chosen(item_id: int) -> int:
    written, chosen = request.form.get("link_reference", "").strip(), read_id(request.form.get("link", ""))
    if chosen is not None:
        return chosen
    if not written:
        raise Invalid([Fault(services.FIELD, "没有选择要关联的信息", "请从列表中选择，或者填写索引号、文号或完整标题")])
    found = queries.find_own(current.uow(), tenant_id=current.actor().tenant_id, reference=written)
    others = [one for one in found if one != item_id]
    if len(others) != 1:
        problem = "本单位没有这条信息" if not others else "本单位有多条这样的信息"
        raise Invalid([Fault("link_reference", problem, "请核对索引号、文号或完整标题")])
    return others[0]


@route(blueprint, "/work/items/<int:item_id>/links/remove", permission=WRITE, methods=["POST"])
def remove(item_id: int) -> ResponseReturnValue:
    """Take the link with the named item away."""

    def work() -> None:
        other_id = request.form.get("other", 0, type=int)
        services.unlink(current.uow(), actor=current.actor(), item_id=item_id, other_id=other_id)
        say("已取消关联。")

    return _on_item(item_id, work)


@route(blueprint, "/work/items/<int:item_id>/links/new", permission=WRITE, methods=["POST"])
def write(item_id: int) -> ResponseReturnValue:
    """Make a linked draft of an interpretation and open it in the editor."""
    made: list[int] = []

    def work() -> None:
        item = services.write_interpretation(current.uow(), actor=current.actor(), document_id=item_id)
        made.append(item.id)

    answer = _on_item(item_id, work)
    if not made:
        return answer
    say("解读草稿已建立，并与文件关联。写好后请送审，批准后随文件一并发布。")
    return redirect(url_for("work_editor.edit", item_id=made[0]))


@route(blueprint, "/work/items/<int:item_id>/co-issuers", permission=WRITE, methods=["POST"])
def add_co_issuer(item_id: int) -> ResponseReturnValue:
    """Add a unit chosen from the list to the co-issuing agencies of a draft."""

    def work() -> ResponseReturnValue:
        item = save_posted(item_id)
        name = request.form.get("co_issuer_unit", "").strip()
        if not name:
            raise Invalid([Fault(CO_ISSUERS, "没有选择单位", "请从列表中选择后再加入")])
        values = dict(values_of(item))
        values[CO_ISSUERS] = SEPARATOR.join(names_in(f"{values.get(CO_ISSUERS, '')} {name}"))
        save_draft(current.uow(), actor=current.actor(), item_id=item_id, form=read_item_form(values))
        return back(item_id, f"field-{CO_ISSUERS}")

    return keeping(item_id, work)


@route(blueprint, "/work/reprints/<int:reprint_id>/make", permission=WRITE, methods=["POST"])
def make(reprint_id: int) -> ResponseReturnValue:
    """Make or renew the reprint of a joint document; it goes straight to its reviewer."""
    base_url = current.services().settings.base_url
    try:
        item = make_reprint(current.uow(), actor=current.actor(), reprint_id=reprint_id, base_url=base_url)
    except (Conflict, Refused, Invalid) as refusal:
        return _index(undo(refusal), 409 if isinstance(refusal, Conflict) else 400)
    if item.state == ItemState.DRAFT:
        say("转载草稿已按牵头机关公开的内容建立，检查发现必须处理的问题，请核实后送审。", "warning")
        return redirect(url_for("work_editor.edit", item_id=item.id))
    say(f"《{item.title}》的转载已按牵头机关公开的内容建立并送审，保密审查通过后发布，不计入月度发布任务。")
    return redirect(url_for("work_items.show", item_id=item.id))


@route(blueprint, "/work/reprints/<int:reprint_id>/decline", permission=WRITE, methods=["POST"])
def decline(reprint_id: int) -> ResponseReturnValue:
    """Record why the unit does not reprint a joint document."""
    reason = request.form.get("reason", "")
    try:
        decline_reprint(current.uow(), actor=current.actor(), reprint_id=reprint_id, reason=reason)
    except Invalid as refusal:
        faults = undo(refusal)
        return _index({f"reason-{reprint_id}": words for words in faults.values()}, 400)
    say("已登记不转载。以后需要转载的，仍可在本页办理。")
    return redirect(url_for("work_links.index"))
