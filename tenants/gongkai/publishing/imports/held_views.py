"""The office's screen of migrated rows whose files a person has to look at before they are public."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.storage.names import size_label
from gongkai.core.text.typed import read_ids
from gongkai.publishing.imports import held
from gongkai.publishing.imports.views import attachment
from gongkai.publishing.responses import say, undo
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("held_files", __name__, template_folder="templates")
ALLOW = Permission.MIGRATIONS_ALLOW


@route(blueprint, "/work/held-files/", permission=ALLOW)
def index() -> ResponseReturnValue:
    """What waits, the oldest first, with what is to be looked at."""
    return _page({})


@route(blueprint, "/work/held-files/", permission=ALLOW, methods=["POST"])
def decide() -> ResponseReturnValue:
    """Publish the chosen ones, or turn them down."""
    release = request.form.get("decision") == "release"
    try:
        number = held.decide(
            current.uow(),
            actor=current.actor(),
            held_ids=sorted(_chosen()),
            release=release,
            reason=request.form.get("reason", ""),
            late_confirmed=request.form.get("late_confirmed") == "1",
        )
    except (Invalid, Conflict) as refusal:
        return _page(undo(refusal)), 409 if isinstance(refusal, Conflict) else 400
    words = "正在按原发布时间公开" if release else "不予发布"
    say(f"已记录核对情况，{number}条信息{words}。")
    return redirect(url_for("held_files.index"))


@route(blueprint, "/work/held-files/<int:held_id>/<int:position>", permission=ALLOW)
def file(held_id: int, position: int) -> ResponseReturnValue:
    """A file that is to be looked at; it is downloaded, never shown."""
    found = held.held_file(current.uow(), actor=current.actor(), held_id=held_id, position=position)
    return attachment(current.services().files.open(found.digest), found.filename, "application/octet-stream")


def _chosen() -> set[int]:
    return set(read_ids(request.form.getlist("held")))


def _page(errors: dict[str, str]) -> str:
    total, rows = held.held_rows(current.uow(), actor=current.actor())
    return render_template(
        "publishing/held_files.html",
        total=total,
        rows=rows,
        chosen=_chosen(),
        values=request.form,
        errors=errors,
        size_label=size_label,
    )
