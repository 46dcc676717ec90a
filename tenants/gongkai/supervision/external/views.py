"""Pages of external data: an office's month by kind, entering it from a table or by hand, history; a unit's own."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.external import queries, services
from gongkai.supervision.external.export import month_sheets
from gongkai.supervision.external.importing import columns_of, example_of
from gongkai.supervision.external.kinds import KINDS
from gongkai.supervision.external.models import ExternalFigure
from gongkai.supervision.facts.units import explain, units_of_office
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("external", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 100


@route(blueprint, "/office/external/", permission=Permission.FACTS_WRITE)
def index() -> ResponseReturnValue:
    """A month: sums of each kind, and the figures of one, each with its source."""
    work, office_id, period = current.uow(), current.actor().tenant_id, asked_period()
    sums = queries.sums_of(work, office_id=office_id, period=period)
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        kind = next((one.kind.code for one in sums if one.units), next(iter(KINDS)))
    found = queries.facts_of(work, office_id=office_id, period=period, kind=kind)
    page = page_number()
    return render_template(
        "external/index.html",
        period=period,
        choices=month_choices(period),
        sums=sums,
        kind=KINDS[kind],
        shown=next(one for one in sums if one.kind.code == kind),
        facts=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        number=len(found),
        page=page,
        pages=-(-len(found) // PAGE_SIZE),
        sources=queries.sources_of(work, office_id=office_id, period=period),
        kinds=KINDS,
    )


@route(blueprint, "/office/external/new", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Enter the figures of one body that has none of this kind and month."""
    period, kind = asked_period(), asked_kind()
    if request.method != "POST":
        return _entry_form(period, kind, None, {}, {})
    try:
        unit_id = _named(period)
        entry = services.read_entry(kind, request.form)
        found = _enter(period, kind, unit_id, entry, replace=False)
    except Invalid as error:
        current.finish(commit=False)
        return _entry_form(period, kind, None, request.form.to_dict(), error.by_field()), 400
    if not found.added:
        there = {"unit": "这家单位本月已有数据，要更正的请在列表中点单位名称"}
        return _entry_form(period, kind, None, request.form.to_dict(), there), 400
    flash("已登记。", "success")
    return redirect(url_for("external.index", period=period, kind=kind))


@route(blueprint, "/office/external/figures/<int:figure_id>", permission=Permission.FACTS_WRITE)
def figure(figure_id: int) -> ResponseReturnValue:
    """A body's figures of a kind and month in every version, each with its source."""
    work, office_id = current.uow(), current.actor().tenant_id
    found = services.get_figure(work, office_id=office_id, figure_id=figure_id)
    versions = queries.versions_of(work, figure=found)
    return render_template(
        "external/figure.html",
        unit=work.session.get_one(Tenant, found.unit_id),
        kind=KINDS[found.kind],
        period=Period.parse(found.period),
        versions=versions,
        current=next((row for row in versions if row.replaced_at is None), None),
    )


@route(
    blueprint, "/office/external/figures/<int:figure_id>/correct", permission=Permission.FACTS_WRITE,
    methods=["GET", "POST"],
)  # fmt: skip
def correct(figure_id: int) -> ResponseReturnValue:
    """Enter other figures in place of these; these stay in the history."""
    found = services.get_figure(current.uow(), office_id=current.actor().tenant_id, figure_id=figure_id)
    period = Period.parse(found.period)
    if request.method != "POST":
        values = {key: str(number) for key, number in found.figures.items()} | {"note": found.note}
        return _entry_form(period, found.kind, found, values, {})
    try:
        entry = services.read_entry(found.kind, request.form)
        outcome = _enter(period, found.kind, found.unit_id, entry, replace=True)
    except Invalid as error:
        current.finish(commit=False)
        return _entry_form(period, found.kind, found, request.form.to_dict(), error.by_field()), 400
    flash("与原数据相同，没有更改。" if outcome.same else "已更正，原数据留存备查。", "success")
    return redirect(url_for("external.index", period=period, kind=found.kind))


@route(
    blueprint, "/office/external/figures/<int:figure_id>/withdraw", permission=Permission.FACTS_WRITE,
    methods=["POST"],
)  # fmt: skip
def withdraw(figure_id: int) -> ResponseReturnValue:
    """Take figures back that were entered for the wrong body or month."""
    actor = current.actor()
    found = services.withdraw(
        current.uow(), office_id=actor.tenant_id, figure_id=figure_id, withdrawn_by=actor.user_id
    )  # fmt: skip
    flash("已撤销，原数据留存备查。", "success")
    return redirect(url_for("external.index", period=found.period, kind=found.kind))


@route(blueprint, "/office/external/template.xlsx", permission=Permission.FACTS_WRITE)
def template() -> ResponseReturnValue:
    """The workbook of a kind to fill in."""
    kind = asked_kind()
    label = KINDS[kind].label
    header = [column.title for column in columns_of(kind)]
    return _workbook([Sheet(label, header, [example_of(kind)])], f"{label}数据模板.xlsx")


@route(blueprint, "/office/external/month.xlsx", permission=Permission.FACTS_WRITE)
def export() -> ResponseReturnValue:
    """The month as a workbook: a sheet for each kind, then the sources."""
    work, office_id, period = current.uow(), current.actor().tenant_id, asked_period()
    found = queries.facts_of(work, office_id=office_id, period=period)
    sources = queries.sources_of(work, office_id=office_id, period=period)
    return _workbook(month_sheets(found, sources), f"{period.label}外部数据.xlsx")


@route(blueprint, "/work/external/", permission=Permission.FINDINGS_READ)
def own() -> ResponseReturnValue:
    """What offices have entered of one's own unit, by month."""
    rows = queries.own_figures(current.uow(), tenant_id=current.actor().tenant_id)
    months = [(Period.parse(month), list(found)) for month, found in groupby(rows, key=lambda row: row.period)]
    return render_template("external/own.html", months=months, kinds=KINDS)


def asked_period() -> Period:
    """The month asked for; without one the last.

    Raises:
        Invalid: for anything but a month that has begun.
    """
    value = request.values.get("period", "").strip()
    running = Period.of(shanghai_date(current.uow().now))
    if not value:
        return running.previous()
    try:
        found = Period.parse(value)
    except ValueError as error:
        raise Invalid([Fault("period", f"月份“{value[:20]}”无效", "请按“2026-03”的形式填写")]) from error
    if found > running:
        raise Invalid([Fault("period", f"{found.label}尚未开始", "请选择本月或以前的月份")])
    return found


def asked_kind() -> str:
    """The kind asked for.

    Raises:
        Invalid: when there is no such kind.
    """
    kind = request.values.get("kind", "")
    if kind not in KINDS:
        raise Invalid([Fault("kind", "未选择数据种类", "请从列表中选择")])
    return kind


def month_choices(chosen: Period) -> list[tuple[str, str]]:
    """The months of the last two years and the one that is shown, newest first."""
    running = Period.of(shanghai_date(current.uow().now))
    months = {running.minus(place) for place in range(24)} | {chosen}
    return [(str(month), month.label) for month in sorted(months, reverse=True)]


def _enter(
    period: Period, kind: str, unit_id: int, entry: services.Entry, *, replace: bool
) -> services.Outcome:  # fmt: skip
    actor = current.actor()
    source = services.Source(services.read_source(request.form.get("words", "")))
    return services.enter(
        current.uow(), office_id=actor.tenant_id, entered_by=actor.user_id, period=period, kind=kind,
        entries={unit_id: entry}, source=source, replace=replace,
    )  # fmt: skip


def _named(period: Period) -> int:
    """The one body that is written in the form."""
    written = request.form.get("unit", "").strip()
    if not written:
        raise Invalid([Fault("unit", "未填写单位", "请填写简称、全称或单位代码")])
    meant = units_of_office(current.uow(), office_id=current.actor().tenant_id, period=period).find(written)
    if len(meant) != 1:
        raise Invalid([Fault("unit", explain(written, meant), "请核对单位名称")])
    return meant[0].id


def _entry_form(
    period: Period, kind: str, found: ExternalFigure | None, values: Mapping[str, str], errors: dict[str, str]
) -> str:
    unit = None if found is None else current.uow().session.get_one(Tenant, found.unit_id)
    return render_template(
        "external/entry.html", period=period, kind=KINDS[kind], unit=unit, figure=found, values=values, errors=errors
    )  # fmt: skip


def _workbook(sheets: Sequence[Sheet], name: str) -> Response:
    answer = Response(write_xlsx(sheets), mimetype=SPREADSHEET)
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer
