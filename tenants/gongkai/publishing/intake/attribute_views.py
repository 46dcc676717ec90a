"""Screens of the attributes: a unit's year by section, an office's by unit, each with its workbook."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.intake import attributes
from gongkai.publishing.intake.attributes import Attributes
from gongkai.publishing.schemas import YEARS
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("attributes", __name__, template_folder="../templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YEARS_BACK = 6


@route(blueprint, "/work/attributes/", permission=Permission.ITEMS_READ)
def own() -> ResponseReturnValue:
    """The unit's year by attribute."""
    found = attributes.of_unit(current.uow(), tenant_id=current.actor().tenant_id, year=_year())
    return _page(found, office=False)


@route(blueprint, "/work/attributes.xlsx", permission=Permission.ITEMS_READ)
def own_workbook() -> ResponseReturnValue:
    """The same as a workbook, with the items one by one."""
    year = _year()
    return _workbook(attributes.unit_workbook(current.uow(), tenant_id=current.actor().tenant_id, year=year), year)


@route(blueprint, "/office/attributes/", permission=Permission.SUPERVISION_READ)
def office() -> ResponseReturnValue:
    """The year of the units below by attribute."""
    return _page(attributes.of_office(current.uow(), year=_year()), office=True)


@route(blueprint, "/office/attributes.xlsx", permission=Permission.SUPERVISION_READ)
def office_workbook() -> ResponseReturnValue:
    """The same as a workbook."""
    year = _year()
    return _workbook(attributes.office_workbook(current.uow(), year=year), year)


def _year() -> int:
    today = shanghai_date(current.uow().now).year
    asked = request.args.get("year", today, type=int)
    return asked if asked in YEARS else today


def _page(found: Attributes, *, office: bool) -> ResponseReturnValue:
    today = shanghai_date(current.uow().now)
    years = sorted({found.year, *range(today.year - YEARS_BACK, today.year + 1)}, reverse=True)
    return render_template(
        "publishing/intake/attributes.html",
        found=found,
        months=[(month, tally) for month, tally in found.months if tally.total or month.first_day <= today],
        header=attributes.HEADER,
        reasons=found.reasons[: attributes.REASONS_SHOWN],
        years=[(year, f"{year}年") for year in years],
        office=office,
        group="单位" if office else "责任科室",
        export=url_for("attributes.office_workbook" if office else "attributes.own_workbook", year=found.year),
    )


def _workbook(data: bytes, year: int) -> ResponseReturnValue:
    unit = current.uow().session.get_one(Tenant, current.actor().tenant_id)
    name = f"{unit.short_name}{year}年公开属性统计.xlsx"
    return data, 200, {"Content-Type": SPREADSHEET, "Content-Disposition": content_disposition(name)}
