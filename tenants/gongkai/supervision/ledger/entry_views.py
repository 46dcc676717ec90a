"""Pages on which an office records findings: for some units, or from a list of faults."""

from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import UnreadableTable
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.catalogue import PROBLEM_CLASSES
from gongkai.supervision.facts.units import units_of_office
from gongkai.supervision.ledger.entering import COLUMNS, ENTERED, EXAMPLES, SOURCES, Entry, enter, import_entries
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("finding_entry", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@route(blueprint, "/office/findings/new", permission=Permission.FINDINGS_DECIDE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Record a problem with one or several units."""
    if request.method != "POST":
        return _new_page({})
    try:
        number = enter(current.uow(), office_id=current.actor().tenant_id, entries=_entries())
    except Invalid as error:
        current.finish(commit=False)
        return _new_page(error.by_field()), 400
    flash(f"已登记{number}项问题，已转有关单位整改。", "success")
    return redirect(url_for("supervision.findings"))


@route(blueprint, "/office/findings/import", permission=Permission.FINDINGS_DECIDE, methods=["GET", "POST"])
def import_page() -> ResponseReturnValue:
    """Record the problems of a list, all or none."""
    if request.method != "POST":
        return _import_page({})
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            return _import_page({"file": "未选择文件。请选择 .xlsx 或 .csv 文件"}), 400
        table = read_table(upload.read(), upload.filename, columns=COLUMNS)
        number, faults = import_entries(current.uow(), office_id=current.actor().tenant_id, table=table)
    except UnreadableTable as error:
        return _import_page({"file": error.message}), 400
    except Invalid as error:
        return _import_page(error.by_field()), 400
    if faults:
        return _import_page({"file": f"文件中有{len(faults)}处需要修改，未登记任何内容"}, faults), 400
    flash(f"已从表格登记{number}项问题，已转有关单位整改。", "success")
    return redirect(url_for("supervision.findings"))


@route(blueprint, "/office/findings/template.xlsx", permission=Permission.FINDINGS_DECIDE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    sheet = Sheet("问题清单", [column.title for column in COLUMNS], EXAMPLES)
    answer = Response(write_xlsx([sheet]), mimetype=SPREADSHEET)
    answer.headers["Content-Disposition"] = content_disposition("问题清单模板.xlsx")
    return answer


def _entries() -> list[Entry]:
    form, today = request.form, shanghai_date(current.uow().now)
    units = units_of_office(current.uow(), office_id=current.actor().tenant_id, period=Period.of(today))
    meant, unknown = units.read(form.get("units", ""))
    faults = [Fault("units", "；".join(unknown[:10]), "请核对单位名称")] if unknown else []
    days: dict[str, date | None] = {}
    for name, label in (("found", "发现日期"), ("due", "整改时限")):
        text = form.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            faults.append(Fault(name, f"{label}无效", "请按“2026-04-08”的形式填写"))
    if faults:
        raise Invalid(faults)
    return [
        Entry(
            row.id, form.get("rule", ""), form.get("class", ""), form.get("text", ""), form.get("url", "").strip(),
            form.get("source", ""), days["found"] or today, days["due"],
        )
        for row in meant
    ]  # fmt: skip


def _new_page(errors: dict[str, str]) -> str:
    return render_template(
        "ledger/new.html", values=request.form, errors=errors, rules=list(ENTERED.items()),
        classes=list(PROBLEM_CLASSES.items()), sources=list(SOURCES.items()),
    )  # fmt: skip


def _import_page(errors: dict[str, str], faults: list[CellFault] | None = None) -> str:
    return render_template("ledger/import.html", errors=errors, faults=faults or [], columns=COLUMNS)
