"""Pages of an office: dashboard, a body, its items, findings, the call list, the spreadsheet."""

from datetime import datetime
from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.numerals import group_digits
from gongkai.supervision import catalogue, heat
from gongkai.supervision.alerts import call_list
from gongkai.supervision.exports import standings_workbook
from gongkai.supervision.findings import LISTS, findings_of, findings_of_office
from gongkai.supervision.ledger import states
from gongkai.supervision.outlook.duties import glance
from gongkai.supervision.queries import columns_of, find_unit, heat_map, items_of, people_of, standings
from gongkai.supervision.staffing import unstaffed_units
from gongkai.supervision.standings import Totals
from gongkai.supervision.structures import NOW, STRUCTURES, structured
from gongkai.supervision.training.queries import units_year
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("supervision", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WINDOWS = (12, 24)
NAMED = 24
PAGE_SIZE = 50
LONGEST_CHOICE = 60


@blueprint.app_template_filter("shanghai_day")
def shanghai_day(instant: datetime) -> str:
    """The date of an instant as tables write it: 2026-03-23."""
    return shanghai_date(instant).isoformat()


def running_month() -> Period:
    """The month of today's date in Shanghai."""
    return Period.of(shanghai_date(current.uow().now))


def asked_period() -> Period:
    """The month in the address, the running one if there is none.

    Raises:
        Invalid: when it is not a month, or has not begun yet.
    """
    text = request.args.get("period", "").strip()
    if not text:
        return running_month()
    try:
        found = Period.parse(text)
    except ValueError as error:
        raise Invalid([Fault("period", f"月份“{text[:20]}”无效", "请按“2026-03”的形式填写")]) from error
    if found > running_month():
        raise Invalid([Fault("period", f"{found.label}尚未开始", "请选择本月或以前的月份")])
    return found


def asked_structure() -> str | None:
    """`now` when the address asks for today's structure; None for that of the month, which needs no word there."""
    return NOW if request.args.get("structure") == NOW else None


def month_choices(began: Period, chosen: Period) -> list[tuple[str, str]]:
    """The months an official can choose, newest first."""
    last = running_month()
    first = max(min(began, chosen), last.minus(LONGEST_CHOICE - 1))
    return [(str(month), month.label) for month in reversed(list(period_range(first, last)))]


@route(blueprint, "/office/", permission=Permission.SUPERVISION_READ)
def dashboard() -> ResponseReturnValue:
    """Who publishes and who does not, month by month."""
    work, actor, period = current.uow(), current.actor(), asked_period()
    months = heat.window(period, 24 if request.args.get("months") == "24" else 12)
    structure = asked_structure()
    shown = structured(work, office_id=actor.tenant_id, period=period, since=months[0], structure=structure or "")
    found = shown.found
    filters = heat.Filters(
        search=request.args.get("q", "").strip()[:40],
        heading=request.args.get("kind", ""),
        only_problems=request.args.get("only") == "1",
        opened=request.args.get("open", ""),
    )
    made = heat.plan(found, filters)
    counted = heat_map(work, lines=shown.lines(made.lines), first=months[0], last=period)
    text, tone = heat.headline(found, shanghai_date(work.now), may_set=actor.may(Permission.RULES_MANAGE))
    unsettled, to_do = glance(work, office_id=actor.tenant_id, path=actor.tenant_path)
    return render_template(
        "supervision/dashboard.html",
        found=found,
        structure=structure,
        structures=STRUCTURES,
        apart=shown.apart,
        period=period,
        months=months,
        filters=filters,
        headline=(text, tone),
        figures=_figures(found.totals, period, unsettled, structure),
        named=NAMED,
        unstaffed=unstaffed_units(work, path=actor.tenant_path),
        to_do=to_do if actor.may(Permission.FINDINGS_DECIDE) else (),
        groups=heat.groups(found, made, counted, months),
        left_out=made.left_out,
        trend=heat.trend(counted, heat.window(period, 12), found.began),
        choices=month_choices(found.began, period),
        kinds=[(heading, heading) for heading, _ in found.classes()],
        unit_base=url_for("supervision.dashboard") + "units/",
        may_call=actor.may(Permission.CALL_LIST_READ),
    )


def _figures(sums: Totals, period: Period, waiting: int, structure: str | None) -> list[dict[str, object]]:
    month = str(period)
    every = url_for("supervision.dashboard", open="all", period=month, structure=structure)
    only = url_for("supervision.dashboard", period=month, only=1, structure=structure)
    found = url_for("supervision.findings", state="open")
    flagged = sums.units - sums.assessed
    shown = (
        ("纳入统计", sums.units, "家", f"其中{flagged}家不计考核" if flagged else "", every),
        ("计入任务", group_digits(sums.counted), "条", _change(sums.change), "#trend"),
        ("重点领域", group_digits(sums.key_total), "条", f"占{sums.key_share}", "#trend"),
        ("完成任务", sums.attained, "家", sums.attainment, only),
        ("未发布", sums.blank, "家", f"另有无应公开信息{sums.excused}家" if sums.excused else "", only),
        ("未销号问题", waiting, "项", "", found),
    )
    return [
        {"label": label, "value": value, "unit": unit, "note": note, "href": href}
        for label, value, unit, note, href in shown
    ]


def _change(change: int | None) -> str:
    """The change against the month before in words, nothing where that month is not known."""
    if change is None:
        return ""
    return f"环比{'增加' if change > 0 else '减少'}{abs(change)}条" if change else "与上月持平"


@route(blueprint, "/office/export.xlsx", permission=Permission.SUPERVISION_READ)
def export() -> ResponseReturnValue:
    """The standings of a month as a spreadsheet."""
    period, structure = asked_period(), asked_structure()
    office_id = current.actor().tenant_id
    found = structured(current.uow(), office_id=office_id, period=period, structure=structure or "").found
    note = f"（{STRUCTURES[structure]}）" if structure else ""
    name = f"{found.office.short_name}{period.label}信息发布情况{note}.xlsx"
    return send_file(BytesIO(standings_workbook(found)), mimetype=SPREADSHEET, as_attachment=True, download_name=name)


@route(blueprint, "/office/units/<code>", permission=Permission.SUPERVISION_READ)
def unit(code: str) -> ResponseReturnValue:
    """A body: where it stands, its months, columns, findings and the people to call."""
    work, actor, period = current.uow(), current.actor(), asked_period()
    body = find_unit(work, office_id=actor.tenant_id, code=code, period=period)
    months = heat.window(period, 24)
    structure = asked_structure()
    shown = structured(work, office_id=actor.tenant_id, period=period, since=months[0], structure=structure or "")
    found = shown.found
    rows = (*found.rows, *found.untasked, *found.former)
    row = next((one for one in rows if one.id == body.id), None)
    counted = heat_map(work, lines=shown.lines({body.id: body.id}), first=months[0], last=period)
    # An office that a unit has left sees the months of its time, and its own findings; nobody there is its to call.
    may_call = body.here and actor.may(Permission.CALL_LIST_READ)
    choices = month_choices(found.began, period)
    return render_template(
        "supervision/unit.html",
        body=body,
        row=row,
        found=found,
        structure=structure,
        structures=STRUCTURES,
        period=period,
        months=months,
        line=heat.unit_line(found, row, counted, months) if row else None,
        columns=columns_of(work, tenant_id=body.id, first=months[0], period=period),
        findings=findings_of(work, tenant_id=body.id, office_id=actor.tenant_id),
        training=units_year(work, office_id=actor.tenant_id, year=period.year, unit_id=body.id),
        unstaffed=next(iter(unstaffed_units(work, path=actor.tenant_path, only=body.id)), None),
        people=people_of(work, tenant_ids=[body.id]).get(body.id, []) if may_call else None,
        key_areas=KEY_AREA_GROUPS,
        choices=choices if body.here else [choice for choice in choices if Period.parse(choice[0]) <= period],
        unit_base=url_for("supervision.dashboard") + "units/",
        catalogue=catalogue,
        states=states,
    )


@route(blueprint, "/office/units/<code>/items", permission=Permission.SUPERVISION_READ)
def unit_items(code: str) -> ResponseReturnValue:
    """What a body published in a month, counted or not and why not."""
    work, period, page = current.uow(), asked_period(), page_number()
    body = find_unit(work, office_id=current.actor().tenant_id, code=code, period=period)
    items, number = items_of(work, tenant_id=body.id, period=period, page=page, size=PAGE_SIZE)
    return render_template(
        "supervision/items.html",
        body=body,
        period=period,
        items=items,
        number=number,
        page=page,
        pages=-(-number // PAGE_SIZE),
        key_areas=KEY_AREA_GROUPS,
    )


@route(blueprint, "/office/findings", permission=Permission.SUPERVISION_READ)
def findings() -> ResponseReturnValue:
    """The office's findings by month and class."""
    work, page = current.uow(), page_number()
    period = asked_period() if request.args.get("period") else None
    asked, own = request.args.get("state", ""), request.args.get("own") == "1"
    part = asked if asked in LISTS else ""
    office_id = current.actor().tenant_id
    rows, number = findings_of_office(
        work, office_id=office_id, period=period, part=part, own=own, page=page, size=PAGE_SIZE
    )
    return render_template(
        "supervision/findings.html",
        rows=rows,
        number=number,
        page=page,
        pages=-(-number // PAGE_SIZE),
        period=period,
        part=part,
        own=own,
        parts=[(key, one.label) for key, one in LISTS.items()],
        may_enter=current.actor().may(Permission.FINDINGS_DECIDE),
        catalogue=catalogue,
        states=states,
    )


@route(blueprint, "/office/call-list", permission=Permission.CALL_LIST_READ)
def calls() -> ResponseReturnValue:
    """Whom to call today: unit, contributor, phone, matter; made to be printed."""
    work, actor, period = current.uow(), current.actor(), running_month()
    found = standings(work, office_id=actor.tenant_id, period=period)
    listed = call_list(work, found=found)
    areas = {area.unit.id: area.unit.short_name for area in found.areas}
    return render_template(
        "supervision/call_list.html",
        found=found,
        period=period,
        calls=listed,
        areas=areas,
        alert_day=found.book.alert_day(chain=found.office.chain, period=period),
        today=shanghai_date(work.now),
        printed_at=work.now,
        office_name=found.office.official_name,
    )
