"""Files of an item: uploaded and put in order within the editor's form, downloaded by whoever reads the item."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.attachments import add_attachment, get_attachment, move_attachment, remove_attachment
from gongkai.publishing.editor_page import back, keeping, save_posted
from gongkai.publishing.responses import say
from gongkai.publishing.terms.rereading import ask_again
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_files", __name__, template_folder="templates")
_CHUNK = 64 * 1024


@route(blueprint, "/work/items/<int:item_id>/attachments", permission=Permission.ITEMS_WRITE, methods=["POST"])
def upload(item_id: int) -> ResponseReturnValue:
    """Save the form and attach the chosen files: all of them, or none with the reason."""

    def work() -> ResponseReturnValue:
        save_posted(item_id)
        chosen = [file for file in request.files.getlist("attachment") if file.filename]
        if not chosen:
            raise Invalid([Fault("attachment", "未选择附件", "请先选择文件，再点击“上传附件”")])
        services = current.services()
        names = [
            add_attachment(
                current.uow(),
                actor=current.actor(),
                item_id=item_id,
                files=services.files,
                filename=file.filename or "",
                stream=file.stream,  # type: ignore[arg-type]
                limit_bytes=services.settings.upload_limit_bytes,
            ).filename
            for file in chosen
        ]
        say(f"已上传附件：{'、'.join(names)}。")
        return back(item_id, "attachments")

    return keeping(item_id, work)


@route(
    blueprint,
    "/work/items/<int:item_id>/attachments/<int:attachment_id>/remove",
    permission=Permission.ITEMS_WRITE,
    methods=["POST"],
)
def remove(item_id: int, attachment_id: int) -> ResponseReturnValue:
    """Save the form and take a file off."""

    def work() -> ResponseReturnValue:
        save_posted(item_id)
        name = remove_attachment(current.uow(), actor=current.actor(), item_id=item_id, attachment_id=attachment_id)
        say(f"已删除附件“{name}”。")
        return back(item_id, "attachments")

    return keeping(item_id, work)


@route(
    blueprint,
    "/work/items/<int:item_id>/attachments/<int:attachment_id>/move",
    permission=Permission.ITEMS_WRITE,
    methods=["POST"],
)
def move(item_id: int, attachment_id: int) -> ResponseReturnValue:
    """Save the form and put a file one place up or down."""

    def work() -> ResponseReturnValue:
        save_posted(item_id)
        move_attachment(
            current.uow(),
            actor=current.actor(),
            item_id=item_id,
            attachment_id=attachment_id,
            direction="down" if request.form.get("direction") == "down" else "up",
        )
        return back(item_id, "attachments")

    return keeping(item_id, work)


@route(
    blueprint,
    "/work/items/<int:item_id>/attachments/<int:attachment_id>/read",
    permission=Permission.ITEMS_WRITE,
    methods=["POST"],
)
def read_again(item_id: int, attachment_id: int) -> ResponseReturnValue:
    """Have a file read once more whose text could not be read."""
    name = ask_again(current.uow(), actor=current.actor(), item_id=item_id, attachment_id=attachment_id)
    say(f"将再次读取附件“{name}”的文字。")
    return redirect(url_for("work_items.show", item_id=item_id))


@route(blueprint, "/work/items/<int:item_id>/attachments/<int:attachment_id>", permission=Permission.ITEMS_READ)
def download(item_id: int, attachment_id: int) -> ResponseReturnValue:
    """A file under its own name; never shown within the page, whatever it is."""
    found = get_attachment(
        current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id, attachment_id=attachment_id
    )
    stream = current.services().files.open(found.digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype=found.media_type)
    response.call_on_close(stream.close)
    response.content_length = found.size_bytes
    response.headers["Content-Disposition"] = content_disposition(found.filename)
    return response
