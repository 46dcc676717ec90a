"""Items: the list, a new one, the page of one, and what its writers do outside the editor."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import ROLE_LABELS, Permission
from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import SHANGHAI, format_datetime
from gongkai.core.errors import DomainError, Invalid, Refused
from gongkai.core.storage.names import size_label
from gongkai.core.text.typed import read_id
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import chain, drafts, queries
from gongkai.publishing.access import get_item
from gongkai.publishing.batches.services import record_opening
from gongkai.publishing.columns import grouped, leaves, recent_columns
from gongkai.publishing.desk import matters
from gongkai.publishing.editing import check
from gongkai.publishing.former import delete_former, former_drafts, take_over
from gongkai.publishing.lifecycle.changes import ways_for
from gongkai.publishing.links.panel import panel_of
from gongkai.publishing.models import Item
from gongkai.publishing.queries import Cursor, ItemFilter, Queue
from gongkai.publishing.responses import posted_date, refusal_heading, refusal_status, say, undo
from gongkai.publishing.schemas import FIELD_LABELS, read_item_form
from gongkai.publishing.sections.queries import UNSTATED, names_of_section, section_names
from gongkai.publishing.states import STATE_LABELS, ItemState
from gongkai.publishing.steps import REVIEWS, STEP_LABELS, STEP_ROLES, StepKind, steps_for
from gongkai.publishing.terms.masked import originals
from gongkai.publishing.terms.rereading import readings
from gongkai.publishing.terms.texts import read_missing
from gongkai.publishing.viewing import item_page
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_items", __name__, template_folder="templates")
_PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")


@route(blueprint, "/work/items/", permission=Permission.ITEMS_READ)
def listing() -> ResponseReturnValue:
    """The unit's items, narrowed by state, column, words of the title and time of publication."""
    state = request.args.get("state", "")
    return _listing(state if state in set(ItemState) else "")


@route(blueprint, "/work/items/drafts", permission=Permission.ITEMS_WRITE)
def unsubmitted() -> ResponseReturnValue:
    """The unit's drafts, those that were sent back among them."""
    return _listing(ItemState.DRAFT)


def _listing(state: str) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    period = request.args.get("period", "")
    section = request.args.get("section", "").replace("\0", "").strip()[:100]
    wanted = ItemFilter(
        state=state,
        column_id=request.args.get("column", type=_id),
        text=request.args.get("q", "").strip()[:100],
        period=period if _PERIOD.fullmatch(period) else "",
        sections=names_of_section(work, tenant_id=actor.tenant_id, name=section),
        counted=request.args.get("counted") == "1",
    )
    cursor = Cursor.parse(request.args.get("after", ""))
    known = section_names(work, tenant_id=actor.tenant_id)
    rows, following = queries.items_page(work, tenant_id=actor.tenant_id, wanted=wanted, after=cursor)
    return render_template(
        "publishing/list.html",
        wanted=wanted,
        section=section,
        sections=[(name, name) for name in dict.fromkeys(filter(None, (*known, section, UNSTATED)))],
        matters=matters(work, rows, actor=actor),
        following=following,
        first=cursor is None,
        groups=grouped(leaves(work, tenant_id=actor.tenant_id)),
        states=list(STATE_LABELS.items()),
        years=queries.years_published(work, tenant_id=actor.tenant_id),
        may_write=actor.may(Permission.ITEMS_CREATE),
        former=former_drafts(work, actor=actor) if state == ItemState.DRAFT and cursor is None else [],
        minute=lambda instant: f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    )


def _id(text: str) -> int:
    """An id out of an address; what no id can be is refused as `ValueError`."""
    found = read_id(text)
    if found is None:
        raise ValueError(text)
    return found


def _new_page(values: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    columns = leaves(work, tenant_id=actor.tenant_id)
    known = {leaf.id: leaf for leaf in columns}
    recent = recent_columns(work, tenant_id=actor.tenant_id, user_id=actor.user_id)
    page = render_template(
        "publishing/new.html",
        groups=grouped(columns),
        recent=[known[column_id] for column_id in recent if column_id in known],
        values=values,
        errors=errors,
    )
    return page, status


@route(blueprint, "/work/items/new", permission=Permission.ITEMS_CREATE)
def new() -> ResponseReturnValue:
    """Choose the column and give the title; everything else is written in the editor, which saves itself."""
    return _new_page({"column_id": request.args.get("column", "")}, {})


@route(blueprint, "/work/items/new", permission=Permission.ITEMS_CREATE, methods=["POST"])
def create() -> ResponseReturnValue:
    """Make the draft and open it in the editor."""
    work, actor = current.uow(), current.actor()
    values = dict(request.form.items())
    try:
        unit = work.session.get_one(Tenant, actor.tenant_id)
        form = read_item_form(
            {
                "issuing_agency": unit.official_name,
                "publication_channels": "网站",
                "responsible_unit": actor.section,
                **values,
            }
        )
        item = drafts.create_draft(work, actor=actor, form=form)
    except (Invalid, Refused) as refusal:
        return _new_page(values, undo(refusal), 400)
    say("草稿已建立，填写中会自动保存。")
    return redirect(url_for("work_editor.edit", item_id=item.id))


@route(blueprint, "/work/items/<int:item_id>", permission=Permission.ITEMS_READ)
def show(item_id: int) -> ResponseReturnValue:
    """An item as the public would see it, with its checks, its opinions, and what the person may do."""
    return show_item(item_id)


def show_refusal(item_id: int, refusal: DomainError) -> ResponseReturnValue:
    """The page of an item as it is, above it why a decision was refused and what to do."""
    return show_item(item_id, errors=undo(refusal), heading=refusal_heading(refusal), status=refusal_status(refusal))


def show_item(
    item_id: int, *, errors: dict[str, str] | None = None, heading: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of an item, with the faults of a refused decision under their heading."""
    work, actor = current.uow(), current.actor()
    page = item_page(work, actor=actor, item_id=item_id)
    record_opening(work, actor=actor, item=page.item)
    following = None
    if page.item.review_batch_id is None and (page.deeds.review or page.deeds.approve):
        kinds = REVIEWS if page.deeds.review else (StepKind.FINAL,)
        following = queries.next_waiting(work, Queue.of(actor, kinds), behind=item_id)
    return render_template(
        "publishing/item.html",
        page=page,
        item=page.item,
        links=panel_of(work, actor=actor, item=page.item),
        following=following,
        errors=errors or {},
        heading=heading,
        values=request.form,
        labels=FIELD_LABELS,
        size_label=size_label,
        scheduled_words=format_datetime(page.item.scheduled_at) if page.item.scheduled_at else "",
        user_id=actor.user_id,
        step=STEP_LABELS[StepKind(page.item.step)] if page.item.step else "",
        may_register=actor.may(Permission.ITEMS_WRITE) or actor.may(Permission.ITEMS_REVIEW),
        originals=originals(work, tenant_id=actor.tenant_id, item_id=item_id),
        readings=readings(work, tenant_id=actor.tenant_id, item_id=item_id),
        may_ask=actor.may(Permission.ITEMS_WRITE),
    ), status


@route(blueprint, "/work/items/<int:item_id>/submit", permission=Permission.ITEMS_WRITE)
def confirm_submission(item_id: int) -> ResponseReturnValue:
    """The findings of the checks, with room for a reason beside each warning."""
    _read_attachments(item_id)
    return _submission(item_id)


def _read_attachments(item_id: int) -> None:
    """What the background has not read yet is read now, so that the checks see it."""
    read_missing(current.uow(), files=current.services().files, tenant_id=current.actor().tenant_id, item_id=item_id)


def _submission(item_id: int, *, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    item = get_item(work, tenant_id=actor.tenant_id, item_id=item_id)
    if item.state != ItemState.DRAFT:
        return redirect(url_for("work_items.show", item_id=item_id))
    state = check(work, item=item)
    notes: dict[str, list[str]] = {}
    for fault in (*state.warnings, *state.explained):
        notes.setdefault(fault.code, []).append(fault.message)
    reasons = {code: request.form.get(f"reason-{code}", item.check_overrides.get(code, "")) for code in notes}
    return render_template(
        "publishing/submit.html",
        item=item,
        checks=state,
        warnings=notes,
        reasons=reasons,
        labels=FIELD_LABELS,
        errors=errors or {},
        path=_path(work, item),
    ), status


def _path(work: UnitOfWork, item: Item) -> list[tuple[str, str, str]]:
    """The steps that an item will take: step, names of those who hold the post, the post's name."""
    found = []
    for kind in steps_for(work, item):
        people = queries.people_with(work, tenant_id=item.tenant_id, role=STEP_ROLES[kind])
        found.append((STEP_LABELS[kind], "、".join(one.name for one in people), ROLE_LABELS[STEP_ROLES[kind]]))
    return found


@route(blueprint, "/work/items/<int:item_id>/submit", permission=Permission.ITEMS_WRITE, methods=["POST"])
def submit(item_id: int) -> ResponseReturnValue:
    """Keep the reasons for the warnings and send the item to the confidentiality review."""
    work, actor = current.uow(), current.actor()
    given = {name.removeprefix("reason-"): words for name, words in request.form.items() if name.startswith("reason-")}
    _read_attachments(item_id)
    try:
        drafts.override_warnings(work, actor=actor, item_id=item_id, reasons=given)
        item = chain.submit(work, actor=actor, item_id=item_id)
    except Invalid as refusal:
        undo(refusal)
        errors = {
            f"reason-{fault.code}" if fault.level == "warn" else fault.field: fault.message for fault in refusal.faults
        }
        return _submission(item_id, errors=errors, status=400)
    state = check(work, item=item)
    step, names, post = _path(work, item)[0]
    limit = f"，{state.deadline.latest}（{state.deadline.words}）" if state.deadline else ""
    if names:
        say(f"《{item.title}》已送{step}，审查人：{names}{limit}。审查人提出意见前可以撤回送审。")
    else:
        say(f"《{item.title}》已送{step}，但本单位尚未设置{post}，请联系单位管理员{limit}。", "warning")
    return redirect(url_for("work_items.show", item_id=item_id))


@route(blueprint, "/work/items/<int:item_id>/recall", permission=Permission.ITEMS_WRITE, methods=["POST"])
def recall(item_id: int) -> ResponseReturnValue:
    """Take a submitted item back before anyone has decided on it."""
    item = chain.recall(current.uow(), actor=current.actor(), item_id=item_id)
    say(f"《{item.title}》已撤回送审，现在可以继续修改，改好后请重新送审。")
    return redirect(url_for("work_editor.edit", item_id=item_id))


@route(blueprint, "/work/items/<int:item_id>/delete", permission=Permission.ITEMS_WRITE, methods=["POST"])
def delete(item_id: int) -> ResponseReturnValue:
    """Throw away a draft that was never submitted."""
    work, actor = current.uow(), current.actor()
    title = get_item(work, tenant_id=actor.tenant_id, item_id=item_id).title
    drafts.delete_draft(work, actor=actor, item_id=item_id)
    say(f"草稿《{title}》已删除。")
    return redirect(url_for("desk.today"))


@route(blueprint, "/work/former-drafts/<int:item_id>/delete", permission=Permission.ITEMS_WRITE, methods=["POST"])
def delete_former_draft(item_id: int) -> ResponseReturnValue:
    """Throw away a draft that a former body left."""
    title = delete_former(current.uow(), actor=current.actor(), item_id=item_id)
    say(f"原单位的草稿《{title}》已删除。")
    return redirect(url_for("work_items.unsubmitted"))


@route(blueprint, "/work/former-drafts/<int:item_id>/take-over", permission=Permission.ITEMS_WRITE, methods=["POST"])
def take_over_draft(item_id: int) -> ResponseReturnValue:
    """Make a draft of a former body the unit's own and open it in the editor."""
    item = take_over(current.uow(), actor=current.actor(), item_id=item_id)
    say("草稿已转入本单位，请核对发布机构、栏目和内容。")
    return redirect(url_for("work_editor.edit", item_id=item.id))


def _revision_page(item_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    item = get_item(work, tenant_id=actor.tenant_id, item_id=item_id)
    ways = ways_for(get_column(work, tenant_id=item.tenant_id, column_id=item.column_id))
    return render_template(
        "publishing/revise.html",
        item=item,
        ways=ways,
        choices=[(way.kind, way.label, way.when) for way in ways],
        errors=errors,
        values=request.form,
    ), status


@route(blueprint, "/work/items/<int:item_id>/revise", permission=Permission.ITEMS_WRITE)
def revise(item_id: int) -> ResponseReturnValue:
    """Ask for the kind of change and its reason."""
    return _revision_page(item_id, {})


@route(blueprint, "/work/items/<int:item_id>/revise", permission=Permission.ITEMS_WRITE, methods=["POST"])
def start_revision(item_id: int) -> ResponseReturnValue:
    """Make the draft of the next version and open it in the editor."""
    try:
        revision = drafts.start_revision(
            current.uow(),
            actor=current.actor(),
            item_id=item_id,
            change_kind=request.form.get("change_kind", ""),
            reason=request.form.get("change_reason", ""),
            change_date=posted_date("change_date", "变更发生日期"),
        )
    except Invalid as refusal:
        return _revision_page(item_id, undo(refusal), 400)
    say("修改稿已建立。审批发布之前，公众看到的仍是原来的内容。")
    return redirect(url_for("work_editor.edit", item_id=revision.id))
