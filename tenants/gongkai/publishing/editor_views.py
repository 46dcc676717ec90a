"""The editor: it saves itself, checks while one writes, and takes the text of Word documents."""

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.publishing.access import get_item
from gongkai.publishing.columns import find_leaf, leaves
from gongkai.publishing.drafts import save_draft
from gongkai.publishing.editing import check, values_of
from gongkai.publishing.editor_page import back, editor, keeping, save_posted
from gongkai.publishing.responses import posted_values, say, undo
from gongkai.publishing.schemas import FIELD_LABELS, read_item_form
from gongkai.publishing.states import ItemState
from gongkai.publishing.word_body import take_word
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_editor", __name__, template_folder="templates")
WRITE = Permission.ITEMS_WRITE


@route(blueprint, "/work/items/<int:item_id>/edit", permission=WRITE)
def edit(item_id: int) -> ResponseReturnValue:
    """The editor of a draft; what is no draft is shown instead."""
    item = get_item(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id)
    if item.state != ItemState.DRAFT:
        say("这条信息正在办理或已经办结，不能直接修改。", "warning")
        return redirect(url_for("work_items.show", item_id=item_id))
    return editor(item_id)


@route(blueprint, "/work/items/<int:item_id>/edit", permission=WRITE, methods=["POST"])
def save(item_id: int) -> ResponseReturnValue:
    """Save the draft; then go on writing, or to the submission."""

    def work() -> ResponseReturnValue:
        item = save_posted(item_id)
        if request.form.get("do") == "submit":
            return redirect(url_for("work_items.confirm_submission", item_id=item_id))
        say(f"草稿已保存。{check(current.uow(), item=item).headline}。")
        return back(item_id)

    return keeping(item_id, work)


@route(blueprint, "/work/items/<int:item_id>/autosave", permission=WRITE, methods=["POST"])
def autosave(item_id: int) -> ResponseReturnValue:
    """Save in the background: `{"version", "saved_at"}`; 409 when somebody else saved, 400 with the faults."""
    work = current.uow()
    try:
        item = save_posted(item_id)
    except (Invalid, Conflict) as refusal:
        faults = undo(refusal)
        return jsonify(message=refusal.message, faults=faults), 409 if isinstance(refusal, Conflict) else 400
    return jsonify(version=item.lock_version, saved_at=work.now.astimezone(SHANGHAI).isoformat())


@route(blueprint, "/work/items/<int:item_id>/checks", permission=WRITE, methods=["POST"])
def checks(item_id: int) -> ResponseReturnValue:
    """What the checks say of the form as it stands; nothing is saved."""
    work, actor = current.uow(), current.actor()
    item = get_item(work, tenant_id=actor.tenant_id, item_id=item_id)
    values = posted_values(request.form)
    columns = leaves(work, tenant_id=actor.tenant_id)
    return render_template(
        "publishing/checks.html",
        item=item,
        checks=check(work, item=item, values=values),
        column=find_leaf(columns, values.get("column_id", "")),
        labels=FIELD_LABELS,
        out_of_band=True,
    )


@route(blueprint, "/work/items/<int:item_id>/word", permission=WRITE, methods=["POST"])
def import_word(item_id: int) -> ResponseReturnValue:
    """Save the form and put the text of a Word document behind what is written."""

    def work() -> ResponseReturnValue:
        item = save_posted(item_id)
        chosen = request.files.get("word")
        if chosen is None or not chosen.filename:
            raise Invalid([Fault("word", "未选择Word文件", "请选择.docx文件后再导入")])
        taken = take_word(
            body_html=item.body_html,
            stream=chosen.stream,  # type: ignore[arg-type]
            limit_bytes=current.services().settings.upload_limit_bytes,
        )
        values = {**values_of(item), "body_html": taken.html}
        save_draft(current.uow(), actor=current.actor(), item_id=item_id, form=read_item_form(values))
        say(f"已导入“{chosen.filename}”的正文，请与原文核对。")
        for message in taken.messages:
            say(message, "warning")
        return back(item_id, "field-body_html")

    return keeping(item_id, work)
