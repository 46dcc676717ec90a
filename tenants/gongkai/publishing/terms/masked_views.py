"""Masking in a draft: a copy of a file with personal numbers hidden, the numbers in the text itself, the originals."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.attachments import get_attachment
from gongkai.publishing.drafts import save_draft
from gongkai.publishing.editing import values_of
from gongkai.publishing.editor_page import back, keeping, save_posted
from gongkai.publishing.responses import say, undo
from gongkai.publishing.schemas import read_item_form
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.masked import can_mask, count_words, get_original, make_masked_copy, mask_body
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("masking", __name__, template_folder="../templates")
_CHUNK = 64 * 1024


@blueprint.app_template_test("maskable")
def maskable(filename: str) -> bool:
    """Whether the editor offers a masked copy of a file."""
    return can_mask(filename)


@route(
    blueprint,
    "/work/items/<int:item_id>/attachments/<int:attachment_id>/mask",
    permission=Permission.ITEMS_WRITE,
    methods=["GET", "POST"],
)
def mask(item_id: int, attachment_id: int) -> ResponseReturnValue:
    """Ask what to hide and what becomes of the original; then make the copy."""
    work, actor, services = current.uow(), current.actor(), current.services()
    item = get_item(work, tenant_id=actor.tenant_id, item_id=item_id)
    original = get_attachment(work, tenant_id=actor.tenant_id, item_id=item_id, attachment_id=attachment_id)
    expect_state(item, ItemState.DRAFT)
    if request.method != "POST":
        return render_template("publishing/terms/mask.html", item=item, original=original, errors={}, values={})
    try:
        made = make_masked_copy(
            work,
            actor=actor,
            item_id=item_id,
            attachment_id=attachment_id,
            files=services.files,
            names=request.form.get("names") == "1",
            replace=request.form.get("original") != "keep",
            limit_bytes=services.settings.upload_limit_bytes,
        )
    except Invalid as refusal:
        page = render_template(
            "publishing/terms/mask.html", item=item, original=original, errors=undo(refusal), values=request.form
        )
        return page, 400
    say(f"已生成“{made.copy_name}”，隐去{count_words(made.counts)}，请打开核对。{_of_original(made.replaced)}")
    return redirect(url_for("work_editor.edit", item_id=item_id, _anchor="attachments"))


def _of_original(replaced: bool) -> str:
    return "原件已转为内部留存，不会公开。" if replaced else "原件仍在附件中，送审前请确认是否公开。"


@route(blueprint, "/work/items/<int:item_id>/mask-text", permission=Permission.ITEMS_WRITE, methods=["POST"])
def mask_own_text(item_id: int) -> ResponseReturnValue:
    """Save the form with the personal numbers of its text hidden."""

    def work() -> ResponseReturnValue:
        item = save_posted(item_id)
        body_html, counts = mask_body(item.body_html)
        if counts:
            form = read_item_form({**values_of(item), "body_html": body_html})
            save_draft(current.uow(), actor=current.actor(), item_id=item_id, form=form)
            say(f"已在正文中隐去{count_words(counts)}，请核对。")
        else:
            say("正文中没有找到需要隐去的号码。", "info")
        return back(item_id, "field-body_html")

    return keeping(item_id, work)


@route(blueprint, "/work/items/<int:item_id>/originals/<int:copy_id>", permission=Permission.ITEMS_READ)
def original(item_id: int, copy_id: int) -> ResponseReturnValue:
    """The original behind a masked copy, for the unit's own people."""
    found = get_original(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id, copy_id=copy_id)
    stream = current.services().files.open(found.original_digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype=found.original_media_type)
    response.call_on_close(stream.close)
    response.content_length = found.original_size
    response.headers["Content-Disposition"] = content_disposition(found.original_name)
    return response
