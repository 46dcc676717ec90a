"""The office's screens: its term lists, their import and export, and what the sweeps found in its units."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable
from gongkai.publishing.responses import say, undo
from gongkai.publishing.terms import queries, services
from gongkai.publishing.terms.importing import COLUMNS, Outcome, export_workbook, import_terms, template_workbook
from gongkai.publishing.terms.models import ACTIONS, HIT_STATES, KINDS, LEVELS, TermEntry
from gongkai.publishing.terms.schemas import FIELDS, read_reason, read_term
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("terms", __name__, template_folder="../templates")
MANAGE = Permission.TERMS_MANAGE
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LOOKED = "系统将在后台检查已发布的信息"


@route(blueprint, "/office/terms/", permission=MANAGE)
def index() -> ResponseReturnValue:
    """The office's list, by kind."""
    work, actor = current.uow(), current.actor()
    kind, level = request.args.get("kind", ""), request.args.get("level", "")
    wanted = queries.TermFilter(
        kind=kind if kind in KINDS else "",
        text=request.args.get("q", "").strip()[:50],
        level=level if level in LEVELS else "",
    )
    page = page_number()
    rows, total = queries.terms_page(work, tenant_id=actor.tenant_id, wanted=wanted, page=page)
    units = queries.hits_by_unit(work, path=actor.tenant_path)
    return render_template(
        "publishing/terms/index.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE) or 1,
        wanted=wanted,
        kinds=KINDS,
        levels=LEVELS,
        open_hits=sum(row.open for row in units),
        moment=format_datetime,
        sweep=queries.last_sweep(work, tenant_id=actor.tenant_id),
    )


@route(blueprint, "/office/terms/new", permission=MANAGE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """A new entry."""
    if request.method != "POST":
        return _form(request.args, {})
    try:
        form, reason = read_term(request.form), read_reason(request.form)
        services.add_term(current.uow(), actor=current.actor(), form=form, reason=reason)
    except Invalid as refusal:
        return _form(request.form, undo(refusal)), 400
    say(f"已新增词条“{form.wrong}”，{_LOOKED}。")
    return redirect(url_for("terms.index", kind=form.kind))


@route(blueprint, "/office/terms/<int:term_id>", permission=MANAGE, methods=["GET", "POST"])
def change(term_id: int) -> ResponseReturnValue:
    """An entry with its history; changing it asks for a reason."""
    work, actor = current.uow(), current.actor()
    entry = services.get_term(work, tenant_id=actor.tenant_id, term_id=term_id)
    if request.method != "POST":
        return _form(_values(entry), {}, term_id)
    try:
        form, reason = read_term(request.form), read_reason(request.form)
        services.change_term(work, actor=actor, term_id=term_id, form=form, reason=reason)
    except Invalid as refusal:
        return _form(request.form, undo(refusal), term_id), 400
    say(f"已修改词条“{form.wrong}”，{_LOOKED}。")
    return redirect(url_for("terms.change", term_id=term_id))


@route(blueprint, "/office/terms/<int:term_id>/remove", permission=MANAGE, methods=["POST"])
def remove(term_id: int) -> ResponseReturnValue:
    """Take an entry out of force."""
    work, actor = current.uow(), current.actor()
    entry = services.get_term(work, tenant_id=actor.tenant_id, term_id=term_id)
    values = _values(entry)
    try:
        entry = services.remove_term(work, actor=actor, term_id=term_id, reason=read_reason(request.form))
    except Invalid as refusal:
        return _form(values, undo(refusal), term_id), 400
    say(f"已停用词条“{entry.wrong}”，待处理的相应问题将自动关闭。")
    return redirect(url_for("terms.index", kind=entry.kind))


def _values(entry: TermEntry) -> dict[str, str]:
    """What an entry says as the texts of a form."""
    content = services.form_of(entry).content()
    return {name: "" if value is None else str(value) for name, value in content.items()}


def _form(values: Mapping[str, str], errors: Mapping[str, str], term_id: int | None = None) -> str:
    work, actor = current.uow(), current.actor()
    return render_template(
        "publishing/terms/form.html",
        term_id=term_id,
        values=values,
        errors=errors,
        kinds=list(KINDS.items()),
        levels=[("block", "禁止（不能送审）"), ("warn", "提示（须说明理由）")],
        fields=FIELDS,
        history=queries.history(work, tenant_id=actor.tenant_id, term_id=term_id) if term_id else [],
        actions_of=ACTIONS,
        words=_words,
        moment=format_datetime,
    )


def _words(name: str, value: Any) -> str:
    """A value of a version in words."""
    found = {"kind": KINDS, "level": LEVELS}.get(name, {}).get(value, value)
    return "" if found is None else str(found)


@route(blueprint, "/office/terms/import", permission=MANAGE, methods=["GET", "POST"])
def import_page() -> ResponseReturnValue:
    """Bring a spreadsheet: first what would happen, then all of it or nothing."""
    if request.method != "POST":
        return _import_form({})
    dry_run = request.form.get("dry_run") == "1"
    try:
        reason = read_reason(request.form)
        outcome = import_terms(current.uow(), actor=current.actor(), table=_table(), reason=reason, dry_run=dry_run)
    except Invalid as refusal:
        return _import_form(undo(refusal)), 400
    except UnreadableTable as refusal:
        current.finish(commit=False)
        return _import_form({"file": refusal.message}), 400
    if outcome.faults:
        current.finish(commit=False)
        return _import_form({"file": f"文件中有{len(outcome.faults)}处需要修改，未导入任何内容"}, outcome), 400
    if dry_run:
        return _import_form({}, outcome)
    say(f"已导入：新增{outcome.added}条，修改{outcome.changed}条，{outcome.unchanged}条没有变化。{_LOOKED}。")
    return redirect(url_for("terms.index"))


def _import_form(errors: Mapping[str, str], outcome: Outcome | None = None) -> str:
    return render_template(
        "publishing/terms/import.html", errors=errors, outcome=outcome, columns=COLUMNS, values=request.form
    )


def _table() -> Table:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择.xlsx或.csv文件")])
    return read_table(upload.read(), upload.filename, columns=COLUMNS)


@route(blueprint, "/office/terms/template.xlsx", permission=MANAGE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    return _workbook(template_workbook(), "词条模板.xlsx")


@route(blueprint, "/office/terms/export.xlsx", permission=MANAGE)
def export() -> ResponseReturnValue:
    """The office's whole list."""
    rows = queries.all_terms(current.uow(), tenant_id=current.actor().tenant_id)
    return _workbook(export_workbook(rows), "词条名单.xlsx")


def _workbook(data: bytes, name: str) -> Response:
    answer = Response(data, mimetype=SPREADSHEET)
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


@route(blueprint, "/office/terms/hits", permission=MANAGE)
def hits() -> ResponseReturnValue:
    """What was found in published items, by unit."""
    work, actor = current.uow(), current.actor()
    rows = queries.hits_by_unit(work, path=actor.tenant_path)
    return render_template(
        "publishing/terms/hits.html",
        rows=rows,
        waiting=sum(row.open for row in rows),
        units=sum(1 for row in rows if row.open),
        moment=format_datetime,
        sweep=queries.last_sweep(work, tenant_id=actor.tenant_id),
    )


@route(blueprint, "/office/terms/hits/<int:unit_id>", permission=MANAGE)
def hits_of(unit_id: int) -> ResponseReturnValue:
    """A unit's hits, each with the way to the item that the public sees."""
    work, actor = current.uow(), current.actor()
    unit = queries.supervised_unit(work, path=actor.tenant_path, unit_id=unit_id)
    return hit_list(unit, office=True)


def hit_list(unit: Any, *, office: bool, errors: Mapping[str, str] | None = None) -> str:
    """A unit's hits in the state that is asked for; `unit` has id and short_name."""
    state = request.args.get("state", "open")
    state = state if state in HIT_STATES else "open"
    page = page_number()
    rows, total = queries.unit_hits(current.uow(), tenant_id=unit.id, state=state, page=page)
    return render_template(
        "publishing/terms/unit_hits.html",
        unit=unit,
        office=office,
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE) or 1,
        state=state,
        states=HIT_STATES,
        kinds=KINDS,
        levels=LEVELS,
        errors=errors or {},
        values=request.form,
        may_write=not office and current.actor().may(Permission.ITEMS_WRITE),
    )


@route(blueprint, "/office/terms/sweep", permission=MANAGE, methods=["POST"])
def sweep() -> ResponseReturnValue:
    """Have everything looked through now."""
    services.request_sweep(current.uow(), tenant_id=current.actor().tenant_id)
    say("已开始检查本级及所属单位已发布的信息，完成后在本页显示结果。")
    return redirect(url_for("terms.hits"))
