"""The results of a clean-up of documents （清理结果）: upload, every row's match and fault, then all in one run."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.storage.names import safe_filename
from gongkai.publishing.lifecycle import lists, queries, validity
from gongkai.publishing.lifecycle.responses import workbook
from gongkai.publishing.responses import say, undo
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("validity_lists", __name__)
MANAGE = Permission.VALIDITY_MANAGE
SHOWN = 200
"""How many rows the page lists; the workbook has them all."""


@route(blueprint, "/work/validity-lists/", permission=MANAGE)
def index() -> ResponseReturnValue:
    """The unit's lists, and the way to bring another."""
    return _index({})


def _index(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    rows = queries.validity_lists(current.uow(), tenant_id=current.actor().tenant_id)
    return render_template(
        "publishing/lifecycle/validity_lists.html",
        rows=rows,
        columns=validity.COLUMNS,
        errors=errors,
        minute=lambda at: f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    ), status


@route(blueprint, "/work/validity-lists/", permission=MANAGE, methods=["POST"])
def bring() -> ResponseReturnValue:
    """Keep the file and show what it would do; nothing is marked."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _index({"file": "未选择文件；请选择 .xlsx 或 .csv 文件"}, 400)
    try:
        brought = lists.bring(
            current.uow(),
            actor=current.actor(),
            files=current.services().files,
            data=upload.read(),
            filename=safe_filename(upload.filename),
        )
    except Invalid as refusal:
        return _index(undo(refusal), 400)
    return redirect(url_for("validity_lists.show", list_id=brought.id))


@route(blueprint, "/work/validity-lists/template.xlsx", permission=MANAGE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    return workbook(validity.template(), "清理结果模板.xlsx")


@route(blueprint, "/work/validity-lists/<int:list_id>", permission=MANAGE)
def show(list_id: int) -> ResponseReturnValue:
    """What a list would mark, row by row; or what it has marked."""
    work = current.uow()
    brought = lists.get_list(work, tenant_id=current.actor().tenant_id, list_id=list_id)
    outcome = None
    if brought.marked_at is None:
        outcome = lists.looked_at(work, brought=brought, files=current.services().files)
    return render_template("publishing/lifecycle/validity_list.html", brought=brought, outcome=outcome, shown=SHOWN)


@route(blueprint, "/work/validity-lists/<int:list_id>", permission=MANAGE, methods=["POST"])
def mark(list_id: int) -> ResponseReturnValue:
    """Mark every document that can be marked."""
    try:
        brought = lists.mark(current.uow(), actor=current.actor(), list_id=list_id, files=current.services().files)
    except Conflict as refusal:
        say(undo(refusal)[""], "warning")
        return redirect(url_for("validity_lists.show", list_id=list_id))
    rest = f"，{brought.rows_refused}行未标注，原因见办理结果" if brought.rows_refused else ""
    say(f"已标注{brought.rows_marked}份文件，公众页面已同步显示{rest}。")
    return redirect(url_for("validity_lists.show", list_id=list_id))


@route(blueprint, "/work/validity-lists/<int:list_id>/report.xlsx", permission=MANAGE)
def report(list_id: int) -> ResponseReturnValue:
    """What became of each row, or would become, as a workbook."""
    work, files = current.uow(), current.services().files
    brought = lists.get_list(work, tenant_id=current.actor().tenant_id, list_id=list_id)
    name = f"{brought.filename.rpartition('.')[0] or brought.filename}-办理结果.xlsx"
    if brought.report_digest is None:
        return workbook(lists.looked_at(work, brought=brought, files=files).report(), name)
    with files.open(brought.report_digest) as stored:
        return workbook(stored.read(), name)
