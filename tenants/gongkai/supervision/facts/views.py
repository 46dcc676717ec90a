"""Pages on which an office records facts of units: the list of a month, the form for several units, the import."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.core.text.typed import read_ids
from gongkai.supervision.facts import records as facts
from gongkai.supervision.facts.importing import COLUMNS, EXAMPLES, import_facts
from gongkai.supervision.facts.units import UnitList, units_of_office
from gongkai.supervision.ledger.states import MANNERS
from gongkai.supervision.models import FACT_KINDS, OfficeFact
from gongkai.supervision.standings import Standing
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("facts", __name__)
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_UNITS = 400
"""So many units are offered for ticking at once; beyond, the official searches or writes names."""


@blueprint.app_template_filter("fact_words")
def fact_words(row: Any) -> str:
    """A fact's detail in one line."""
    detail: Mapping[str, Any] = row.detail
    words = []
    if row.kind == "false_rectification":
        words.append(MANNERS.get(str(detail.get("manner")), ""))
        words += [
            f"{facts.TEXT_LABELS[name]}：{detail[name]}" for name in ("problem", "claim", "found") if detail.get(name)
        ]
    if detail.get("note"):
        words.append(str(detail["note"]))
    return "；".join(filter(None, words))


@route(blueprint, "/office/facts/", permission=Permission.FACTS_WRITE)
def index() -> ResponseReturnValue:
    """The facts of a month by kind."""
    work, office_id = current.uow(), current.actor().tenant_id
    period = _asked_period()
    rows = facts.facts_of_office(work, office_id=office_id, period=period)
    groups = [(kind, label, [row for row in rows if row.kind == kind]) for kind, label in FACT_KINDS.items()]
    return render_template(
        "supervision/facts.html",
        period=period,
        groups=groups,
        total=len(rows),
        choices=_months(facts.fact_periods(work, office_id=office_id), period),
    )


@route(blueprint, "/office/facts/new", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Record one matter for several units at once."""
    kind = request.values.get("kind", "")
    if kind not in FACT_KINDS:
        raise Invalid([Fault("kind", "未选择登记事项", "请从列表中选择")])
    period = _asked_period()
    units = units_of_office(current.uow(), office_id=current.actor().tenant_id, period=period)
    if request.method != "POST" or request.form.get("search") is not None:
        return _form(kind, period, units, {})
    try:
        chosen = _chosen(units)
        detail = facts.read_detail(kind, request.form, period=period)
        recorded = facts.record_facts(
            current.uow(),
            office_id=current.actor().tenant_id,
            entered_by=current.actor().user_id,
            period=period,
            kind=kind,
            unit_ids=[row.id for row in chosen],
            detail=detail,
            source=_source(),
        )
    except Invalid as error:
        current.finish(commit=False)
        return _form(kind, period, units, error.by_field()), 400
    flash(f"已登记{len(recorded)}家单位“{FACT_KINDS[kind]}”，锁定本期数据后写入通报。", "success")
    return redirect(url_for("facts.index", period=period))


@route(blueprint, "/office/facts/<int:fact_id>", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def change(fact_id: int) -> ResponseReturnValue:
    """Correct a fact."""
    office_id = current.actor().tenant_id
    fact = facts.get_fact(current.uow(), office_id=office_id, fact_id=fact_id)
    period = Period.parse(fact.period)
    if request.method != "POST":
        return _change_form(fact, period, {**fact.detail, "source": fact.source}, {})
    try:
        facts.change_fact(
            current.uow(),
            office_id=office_id,
            fact_id=fact_id,
            entered_by=current.actor().user_id,
            detail=facts.read_detail(fact.kind, request.form, period=period),
            source=_source(),
        )
    except Invalid as error:
        current.finish(commit=False)
        return _change_form(fact, period, request.form.to_dict(), error.by_field()), 400
    flash("已保存。已锁定数据的通报不受影响，需要更新的请在通报中重新锁定本期数据。", "success")
    return redirect(url_for("facts.index", period=period, _anchor=f"fact-{fact_id}"))


@route(blueprint, "/office/facts/<int:fact_id>/remove", permission=Permission.FACTS_WRITE, methods=["POST"])
def remove(fact_id: int) -> ResponseReturnValue:
    """Remove a fact."""
    period = facts.remove_fact(current.uow(), office_id=current.actor().tenant_id, fact_id=fact_id)
    flash("已删除这项登记。已锁定数据的通报不受影响。", "success")
    return redirect(url_for("facts.index", period=period))


@route(blueprint, "/office/facts/import", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def import_page() -> ResponseReturnValue:
    """Record the facts of a spreadsheet, all or none."""
    period = _asked_period()
    if request.method != "POST":
        return _import_form(period, {})
    try:
        number, faults = import_facts(
            current.uow(),
            office_id=current.actor().tenant_id,
            entered_by=current.actor().user_id,
            period=period,
            table=_table(),
        )
    except UnreadableTable as error:
        return _import_form(period, {"file": error.message}), 400
    except Invalid as error:
        return _import_form(period, error.by_field()), 400
    if faults:
        return _import_form(period, {"file": f"文件中有{len(faults)}处需要修改，未登记任何内容"}, faults), 400
    flash(f"已从表格登记{number}项（{period.label}）。", "success")
    return redirect(url_for("facts.index", period=period))


@route(blueprint, "/office/facts/template.xlsx", permission=Permission.FACTS_WRITE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    answer = Response(
        write_xlsx([Sheet("登记事项", [column.title for column in COLUMNS], EXAMPLES)]), mimetype=SPREADSHEET
    )
    answer.headers["Content-Disposition"] = content_disposition("登记事项模板.xlsx")
    return answer


def _asked_period() -> Period:
    """The month asked for; without one the last, which is what the next circular is about."""
    text = request.values.get("period", "").strip()
    running = Period.of(shanghai_date(current.uow().now))
    if not text:
        return running.previous()
    try:
        found = Period.parse(text)
    except ValueError as error:
        raise Invalid([Fault("period", f"月份“{text[:20]}”无效", "请按“2026-03”的形式填写")]) from error
    if found > running:
        raise Invalid([Fault("period", f"{found.label}尚未开始", "请选择本月或以前的月份")])
    return found


def _months(known: Sequence[str], chosen: Period) -> list[tuple[str, str]]:
    running = Period.of(shanghai_date(current.uow().now))
    recent = {str(running.minus(months)) for months in range(12)}
    return [(month, Period.parse(month).label) for month in sorted({*recent, *known, str(chosen)}, reverse=True)]


def _chosen(units: UnitList) -> list[Standing]:
    """The units ticked and those written by name."""
    ticked = units.by_ids(read_ids(request.form.getlist("units")))
    written, unknown = units.read(request.form.get("names", ""))
    if unknown:
        raise Invalid([Fault("names", "；".join(unknown[:10]), "请核对单位名称")])
    wanted = {row.id for row in (*ticked, *written)}
    return [row for row in units.rows if row.id in wanted]


def _source() -> str:
    faults: list[Fault] = []
    found = facts.read_text(request.form, "source", faults)
    if faults:
        raise Invalid(faults)
    return found


def _form(kind: str, period: Period, units: UnitList, errors: dict[str, str]) -> str:
    search = request.values.get("q", "").strip()[:40]
    ticked = set(request.form.getlist("units"))
    rows = [row for row in units.rows if str(row.id) in ticked or row.unit.matches(search)]
    groups: dict[str, list[Standing]] = {}
    areas = {row.id: row.name for row in units.rows}
    for row in rows[:SHOWN_UNITS]:
        area = areas.get(row.area_id, "")
        groups.setdefault(f"{area}　{row.heading}" if area and area != row.name else row.heading, []).append(row)
    return render_template(
        "supervision/facts_form.html",
        kind=kind,
        label=FACT_KINDS[kind],
        period=period,
        groups=groups,
        more=max(0, len(rows) - SHOWN_UNITS),
        search=search,
        ticked=ticked,
        values=request.form,
        errors=errors,
        manners=list(MANNERS.items()),
    )


def _change_form(fact: OfficeFact, period: Period, values: Mapping[str, Any], errors: dict[str, str]) -> str:
    rows = facts.facts_of_office(current.uow(), office_id=fact.tenant_id, period=period)
    return render_template(
        "supervision/facts_change.html",
        fact=fact,
        unit=next(row.unit for row in rows if row.id == fact.id),
        kind=fact.kind,
        label=FACT_KINDS[fact.kind],
        period=period,
        values=values,
        errors=errors,
        manners=list(MANNERS.items()),
    )


def _import_form(period: Period, errors: dict[str, str], faults: Sequence[CellFault] = ()) -> str:
    return render_template(
        "supervision/facts_import.html",
        period=period,
        errors=errors,
        faults=faults,
        columns=COLUMNS,
        choices=_months([], period),
    )


def _table() -> Table:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    return read_table(upload.read(), upload.filename, columns=COLUMNS)
