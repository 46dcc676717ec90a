"""The look at everything, as an office has it: what is to be done today, the year, the columns."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.db import AnyRow
from gongkai.supervision.catalogue import rule_label
from gongkai.supervision.dashboard_views import SPREADSHEET, asked_period, month_choices, running_month
from gongkai.supervision.ledger.states import STATE_LABELS
from gongkai.supervision.outlook import columns, duties, exports, trend
from gongkai.supervision.queries import find_unit
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("outlook", __name__, template_folder="templates")
READ, DECIDE = Permission.SUPERVISION_READ, Permission.FINDINGS_DECIDE


@blueprint.app_template_global("duty_address")
def duty_address(duty: duties.Duty) -> str:
    """Where something is done: the circular that it is about, else its list."""
    if duty.kind.by_circular and duty.circular_id:
        return url_for(duty.kind.by_circular, circular_id=duty.circular_id)
    arguments: dict[str, Any] = dict(duty.kind.arguments)
    return url_for(duty.kind.endpoint, **arguments)


@route(blueprint, "/office/today", permission=DECIDE)
def today() -> ResponseReturnValue:
    """What the office has to decide today, and what units owe it."""
    actor = current.actor()
    found = duties.duties_of(current.uow(), office_id=actor.tenant_id, path=actor.tenant_path)
    groups = (
        ("own", "本机关办理", [duty for duty in found if duty.kind.decides]),
        ("owed", "等待单位办理", [duty for duty in found if not duty.kind.decides]),
    )
    return render_template("outlook/today.html", headline=duties.headline(found), groups=groups)


@route(blueprint, "/office/trend", permission=READ)
def year() -> ResponseReturnValue:
    """Twelve months: who met the task, what was published, what was found and put right."""
    months = _trend()
    return render_template(
        "outlook/trend.html", months=months, headline=trend.headline(months), period=asked_period(),
        choices=month_choices(months[-1].period, running_month()),
        most=max(month.sums.counted for month in months),
    )  # fmt: skip


@route(blueprint, "/office/trend.xlsx", permission=READ)
def export_year() -> ResponseReturnValue:
    """The same as a spreadsheet."""
    return _file(exports.trend_workbook(_trend()), f"截至{asked_period().label}各月情况")


@route(blueprint, "/office/columns", permission=READ)
def all_columns() -> ResponseReturnValue:
    """Whose columns are overdue or blank."""
    rows = _units()
    every = request.args.get("all") == "1"
    return render_template(
        "outlook/columns.html", rows=[row for row in rows if every or row.faulty], number=len(rows), every=every,
        headline=columns.headline_of_units(rows),
    )  # fmt: skip


@route(blueprint, "/office/columns.xlsx", permission=READ)
def export_all_columns() -> ResponseReturnValue:
    """All units as a spreadsheet."""
    return _file(exports.units_workbook(_units()), "各单位栏目更新情况")


@route(blueprint, "/office/units/<code>/columns", permission=READ)
def unit_columns(code: str) -> ResponseReturnValue:
    """A unit's columns: last publication, when the next is due, what was found."""
    unit = _unit(code)
    found = _columns(unit)
    return render_template(
        "outlook/unit_columns.html", unit=unit, columns=found, states=columns.STATES, labels=STATE_LABELS,
        rule_label=rule_label, headline=columns.headline_of_columns(found),
    )  # fmt: skip


@route(blueprint, "/office/units/<code>/columns.xlsx", permission=READ)
def export_unit_columns(code: str) -> ResponseReturnValue:
    """The same as a spreadsheet."""
    unit = _unit(code)
    return _file(exports.columns_workbook(_columns(unit)), f"{unit.short_name}栏目更新情况")


def _trend() -> list[trend.Month]:
    return trend.trend_of(current.uow(), office_id=current.actor().tenant_id, last=asked_period())


def _units() -> list[columns.UnitColumns]:
    actor = current.actor()
    return columns.units_of(current.uow(), office_id=actor.tenant_id, path=actor.tenant_path)


def _unit(code: str) -> AnyRow:
    return find_unit(current.uow(), office_id=current.actor().tenant_id, code=code, period=running_month())


def _columns(unit: AnyRow) -> list[columns.Column]:
    office_id = current.actor().tenant_id
    return columns.columns_of_unit(current.uow(), tenant_id=unit.id, path=str(unit.path), office_id=office_id)


def _file(data: bytes, name: str) -> Response:
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name=f"{name}.xlsx")
