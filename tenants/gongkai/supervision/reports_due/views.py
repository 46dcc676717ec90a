"""Pages of the annual reports due: the list of a year, its notice, dates by kind, bodies added, the import."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.facts.units import UnitList
from gongkai.supervision.reports_due import queries, services
from gongkai.supervision.reports_due.importing import COLUMNS, EXAMPLES, import_duties
from gongkai.supervision.reports_due.queries import STANDINGS, Duty
from gongkai.supervision.reports_due.schemas import read_duty, read_notice, read_year
from gongkai.tenancy.kinds import PROFILES, TenantType
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("reports_due", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 100
TONES = {"missing": "danger", "waiting": "neutral", "late": "warn", "published": "main", "exempt": "neutral"}


@route(blueprint, "/office/reports-due/", permission=Permission.FACTS_WRITE)
def index() -> ResponseReturnValue:
    """The list of a year: who has published, who has not."""
    return _page({}, {})


@route(blueprint, "/office/reports-due/notice", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def notice() -> ResponseReturnValue:
    """Make the list of a year by its notice, or correct the notice."""
    work, actor, year = current.uow(), current.actor(), _year()
    known = queries.list_of(work, office_id=actor.tenant_id, year=year)
    if request.method != "POST":
        values = {} if known is None else {
            "title": known.title, "document_number": known.document_number, "notice_date": f"{known.notice_date}",
        }  # fmt: skip
        return _notice_form(year, values, {}, new=known is None)
    try:
        form = read_notice(request.form, today=shanghai_date(work.now))
    except Invalid as error:
        return _notice_form(year, request.form.to_dict(), error.by_field(), new=known is None), 400
    prefill = bool(request.form.get("prefill"))
    services.put_list(
        work, office_id=actor.tenant_id, made_by=actor.user_id, year=year, form=form, prefill=prefill
    )  # fmt: skip
    number = len(queries.duties_of(work, office_id=actor.tenant_id, year=year))
    flash(f"已登记{year}年度报告的通知，名单中有{number}家单位。" if known is None else "已保存。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/dates", permission=Permission.FACTS_WRITE, methods=["POST"])
def dates() -> ResponseReturnValue:
    """Give the listed bodies of one kind another date."""
    actor, year = current.actor(), _year()
    try:
        kind = _kind()
        form = read_duty({"due_date": request.form.get("due_date", "")}, year=year, today=_today())
        number = services.set_date_of_kinds(
            current.uow(), office_id=actor.tenant_id, entered_by=actor.user_id, year=year, tenant_types=[kind],
            due_date=form.due_date, basis=" ".join(request.form.get("basis", "").split())[:300],
        )  # fmt: skip
    except Invalid as error:
        return _page(error.by_field(), request.form.to_dict()), 400
    flash(f"已更改{number}家单位的应发布日期。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/units", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def units() -> ResponseReturnValue:
    """Put bodies on the list by their names."""
    work, actor, year = current.uow(), current.actor(), _year()
    services.the_list(work, office_id=actor.tenant_id, year=year)
    if request.method != "POST":
        return render_template("reports_due/units.html", year=year, values={}, errors={})
    try:
        chosen = _named(services.units_then(work, office_id=actor.tenant_id, year=year))
        number = services.add_units(
            work, office_id=actor.tenant_id, entered_by=actor.user_id, year=year,
            unit_ids=chosen,
            form=read_duty(request.form, year=year, today=_today()),
        )  # fmt: skip
    except Invalid as error:
        page = render_template("reports_due/units.html", year=year, values=request.form, errors=error.by_field())
        return page, 400
    flash(f"已将{number}家单位列入{year}年度报告名单。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/<int:duty_id>", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def change(duty_id: int) -> ResponseReturnValue:
    """Correct what stands beside a body: date, basis, exemption, publication elsewhere."""
    work, actor = current.uow(), current.actor()
    duty, year = services.get_duty(work, office_id=actor.tenant_id, duty_id=duty_id)
    if request.method != "POST":
        values = {
            "due_date": f"{duty.due_date}", "basis": duty.basis, "exempt_reason": duty.exempt_reason,
            "published_date": f"{duty.published_date or ''}", "published_url": duty.published_url,
        }  # fmt: skip
        return _change_form(duty_id, year, values, {})
    try:
        form = read_duty(request.form, year=year, today=_today())
        services.change_duty(work, office_id=actor.tenant_id, duty_id=duty_id, entered_by=actor.user_id, form=form)
    except Invalid as error:
        current.finish(commit=False)
        return _change_form(duty_id, year, request.form.to_dict(), error.by_field()), 400
    flash("已保存。已锁定数据的通报不受影响，需要更新的请在通报中重新锁定本期数据。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/<int:duty_id>/remove", permission=Permission.FACTS_WRITE, methods=["POST"])
def remove(duty_id: int) -> ResponseReturnValue:
    """Take a body off the list."""
    year = services.remove_duty(current.uow(), office_id=current.actor().tenant_id, duty_id=duty_id)
    flash("已移出名单。已锁定数据的通报不受影响。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/import", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def import_page() -> ResponseReturnValue:
    """Put the bodies of a spreadsheet on the list, all or none."""
    work, actor, year = current.uow(), current.actor(), _year()
    services.the_list(work, office_id=actor.tenant_id, year=year)
    if request.method != "POST":
        return _import_form(year, {})
    try:
        added, changed, faults = import_duties(
            work, office_id=actor.tenant_id, entered_by=actor.user_id, year=year, table=_table()
        )
    except UnreadableTable as error:
        return _import_form(year, {"file": error.message}), 400
    except Invalid as error:
        return _import_form(year, error.by_field()), 400
    if faults:
        return _import_form(year, {"file": f"文件中有{len(faults)}处需要修改，未导入任何内容"}, faults), 400
    flash(f"已从表格列入{added}家单位，更改{changed}家。", "success")
    return redirect(url_for("reports_due.index", year=year))


@route(blueprint, "/office/reports-due/template.xlsx", permission=Permission.FACTS_WRITE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    return _workbook(Sheet("年度报告名单", [column.title for column in COLUMNS], EXAMPLES), "年度报告名单模板.xlsx")


@route(blueprint, "/office/reports-due/list.xlsx", permission=Permission.FACTS_WRITE)
def export() -> ResponseReturnValue:
    """The list of a year as a spreadsheet."""
    year, day = _year(), _today()
    found = queries.duties_of(current.uow(), office_id=current.actor().tenant_id, year=year)
    header = ("序号", "单位", "应发布日期", "依据", "情况", "免报原因", "发布日期", "网址")
    base = current.services().settings.base_url
    rows = [
        (
            number, duty.unit, duty.due_date, duty.basis, STANDINGS[duty.standing(day)], duty.exempt_reason,
            duty.published.day if duty.published else None, _whole(duty, base),
        )
        for number, duty in enumerate(found, 1)
    ]  # fmt: skip
    return _workbook(Sheet(f"{year}年度报告发布情况", header, rows), f"{year}年度报告发布情况.xlsx")


def _kind() -> str:
    found = request.form.get("kind", "")
    if found not in {str(known) for known in PROFILES}:
        raise Invalid([Fault("kind", "未选择单位类型", "请从列表中选择")])
    return found


def _named(listed: UnitList) -> list[int]:
    chosen, unknown = listed.read(request.form.get("names", ""))
    if unknown:
        raise Invalid([Fault("names", "；".join(unknown[:10]), "请核对单位名称")])
    return list(dict.fromkeys(row.id for row in chosen))


def _whole(duty: Duty, base_url: str) -> str:
    if duty.published is None:
        return ""
    address = duty.published.address
    return f"{base_url}{address}" if address.startswith("/") else address


def _today() -> date:
    return shanghai_date(current.uow().now)


def _year() -> int:
    return read_year(request.values.get("year", ""), today=_today())


def _page(errors: dict[str, str], values: Mapping[str, str]) -> str:
    work, office_id, year, day = current.uow(), current.actor().tenant_id, _year(), _today()
    made = queries.list_of(work, office_id=office_id, year=year)
    found = queries.duties_of(work, office_id=office_id, year=year)
    counts = Counter(duty.standing(day) for duty in found)
    state, search = request.args.get("state", ""), request.args.get("q", "").strip()[:40]
    order = list(STANDINGS)
    shown = sorted(
        (duty for duty in found if (not state or duty.standing(day) == state) and _matches(duty, search)),
        key=lambda duty: order.index(duty.standing(day)),
    )
    page, pages = page_number(), -(-len(shown) // PAGE_SIZE)
    kinds = dict.fromkeys(duty.tenant_type for duty in found)
    return render_template(
        "reports_due/index.html",
        year=year,
        made=made,
        day_words=format_date,
        total=len(found),
        counts=counts,
        rows=[(duty, duty.standing(day)) for duty in shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]],
        page=page,
        pages=pages,
        state=state,
        search=search,
        standings=STANDINGS,
        tones=TONES,
        kinds=[(kind, PROFILES[TenantType(kind)].label) for kind in kinds],
        years=[(known, f"{known}年度") for known in _years(queries.years_of(work, office_id=office_id), year)],
        errors=errors,
        values=values,
    )


def _matches(duty: Duty, search: str) -> bool:
    return not search or search == duty.code or search in duty.unit


def _years(known: Sequence[int], chosen: int) -> list[int]:
    this = _today().year
    return sorted({*known, chosen, this, this - 1, this - 2}, reverse=True)


def _notice_form(year: int, values: Mapping[str, str], errors: dict[str, str], *, new: bool) -> str:
    return render_template("reports_due/notice.html", year=year, values=values, errors=errors, new=new)


def _change_form(duty_id: int, year: int, values: Mapping[str, str], errors: dict[str, str]) -> str:
    found = queries.duties_of(current.uow(), office_id=current.actor().tenant_id, year=year)
    duty = next((duty for duty in found if duty.id == duty_id), None)
    if duty is None:
        raise NotFound
    return render_template("reports_due/change.html", duty=duty, year=year, values=values, errors=errors)


def _import_form(year: int, errors: dict[str, str], faults: Sequence[CellFault] = ()) -> str:
    return render_template("reports_due/import.html", year=year, errors=errors, faults=faults, columns=COLUMNS)


def _table() -> Table:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    return read_table(upload.read(), upload.filename, columns=COLUMNS)


def _workbook(sheet: Sheet, name: str) -> Response:
    answer = Response(write_xlsx([sheet]), mimetype=SPREADSHEET)
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer
