"""Screens for the units of the prefecture: the tree, one unit with its history, and what happens to it."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin.corrections import correct_unit
from gongkai.admin.unit_forms import EDITED, basis_of, day_of, read_codes, unit_values
from gongkai.catalog.queries import count_columns
from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.text.codes import uscc_problem
from gongkai.core.text.index_numbers import GENERATED
from gongkai.core.text.typed import one_line
from gongkai.tenancy import queries, services
from gongkai.tenancy.history import first_day, move_tenant
from gongkai.tenancy.imports import enter_unit
from gongkai.tenancy.kinds import LEVELS, PROFILES, SECTORS, profile
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import UnitFilter
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("units", __name__, template_folder="templates")
PAGE = 100
CRUMB = "单位管理"
TYPES = [(kind.value, rules.label) for kind, rules in PROFILES.items()]
STATES = [("active", "在用"), ("abolished", "已撤销"), ("all", "全部")]
SOON = "系统将在一分钟内按单位类型生成栏目；接下来请为该单位指定人员。"


@route(blueprint, "/admin/units/", permission=Permission.UNITS_MANAGE)
def index() -> ResponseReturnValue:
    """The tree, or what of it is looked for."""
    sent = {name: one_line(request.args.get(name, ""))[:60] for name in ("q", "tenant_type", "level", "state")}
    state = sent["state"] or "active"
    wanted = UnitFilter(sent["q"], sent["tenant_type"], sent["level"], "" if state == "all" else state)
    tree = queries.unit_tree(current.uow(), path=current.actor().tenant_path)
    found = [placed for placed in tree if wanted.takes(placed.unit)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(page_number(), pages)
    return render_template(
        "admin/units/index.html",
        rows=found[(page - 1) * PAGE : page * PAGE],
        total=len(found),
        in_use=sum(placed.unit.status == "active" for placed in tree),
        page=page,
        pages=pages,
        sent={**sent, "state": state},
        as_tree=not (sent["q"] or sent["tenant_type"] or sent["level"]) and state != "abolished",
        type_words=dict(TYPES),
        level_words=LEVELS,
        types=TYPES,
        levels=list(LEVELS.items()),
        states=STATES,
        crumbs=[(CRUMB,)],
    )


@route(blueprint, "/admin/units/<code>", permission=Permission.UNITS_MANAGE)
def unit(code: str) -> ResponseReturnValue:
    """One unit: data, history, who came before and after it."""
    return _unit_page(_unit(code), {})


@route(blueprint, "/admin/new-unit", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Set up one unit."""
    if request.method != "POST":
        return _new_page({"parent_code": request.args.get("parent", "")}, {})
    values = unit_values(request.form)
    try:
        result = enter_unit(current.uow(), values=values)
    except Invalid as refusal:
        current.finish(commit=False)
        return _new_page(values, refusal.by_field()), 400
    for warning in result.warnings:
        flash(f"{warning.problem}；{warning.remedy}。", "warning")
    name = values["official_name"]
    if result.created:
        flash(f"已设立“{name}”。{SOON}", "success")
    else:
        flash(f"“{name}”已经设立，没有重复办理。", "info")
    return redirect(url_for("units.unit", code=values["code"].lower()))


@route(blueprint, "/admin/units/<code>/edit", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def edit(code: str) -> ResponseReturnValue:
    """Correct codes, pattern of index numbers, former names, contact, and the day from which the unit exists."""
    tenant = _unit(code)
    if request.method != "POST":
        return _edit_page(tenant, _codes_of(tenant), {})
    sent = {name: request.form.get(name, "") for name in (*EDITED, "established_date")}
    try:
        codes = read_codes(sent)
        day = day_of(sent["established_date"], "成立日期", field="established_date")
        changed = correct_unit(current.uow(), tenant_id=tenant.id, codes=codes, established_date=day)
    except Invalid as refusal:
        current.finish(commit=False)
        return _edit_page(tenant, sent, refusal.by_field()), 400
    if problem := uscc_problem(codes.uscc) if codes.uscc else None:
        flash(f"{problem}；如登记证书确为此代码，可以照常使用。", "warning")
    if others := services.sharing_code(current.uow(), tenant=changed):
        named = services.listed(others)
        flash(f"编制索引号的代码与“{named}”相同，索引号会重复而不能发布，请核对代码或改选索引号样式。", "warning")
    flash("单位资料已保存，此后生成的索引号按新资料编制，已有索引号不变。", "success")
    return redirect(url_for("units.unit", code=code))


@route(blueprint, "/admin/units/<code>/order", permission=Permission.UNITS_MANAGE, methods=["POST"])
def order(code: str) -> ResponseReturnValue:
    """Give a unit another place among its sisters."""
    tenant = _unit(code)
    wanted = request.form.get("sort_order", "").strip()
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else -1
    try:
        services.change_order(current.uow(), tenant_id=tenant.id, sort_order=number)
    except Invalid as refusal:
        current.finish(commit=False)
        return _unit_page(tenant, refusal.by_field()), 400
    flash(f"排序号已设为{number}，名录、公开页面和通报附表均按此排列。", "success")
    return redirect(url_for("units.unit", code=code))


@route(blueprint, "/admin/units/<code>/rename", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def rename(code: str) -> ResponseReturnValue:
    """Give a unit a new name from a date on."""
    tenant = _unit(code)
    if request.method != "POST":
        return _rename_page(tenant, {}, {})
    sent = {name: one_line(request.form.get(name, "")) for name in ("official_name", "short_name", "effective_date")}
    official = sent["official_name"]
    try:
        day = day_of(sent["effective_date"], "更名日期")
        if _renamed_already(tenant, official, day):
            flash(f"该单位已更名为“{official}”，没有重复办理。", "info")
            return redirect(url_for("units.unit", code=code))
        services.rename_tenant(
            current.uow(),
            tenant_id=tenant.id,
            official_name=official,
            short_name=sent["short_name"] or official,
            effective_date=day,
            basis=basis_of(request.form),
        )
    except Invalid as refusal:
        current.finish(commit=False)
        return _rename_page(tenant, {**sent, "basis": basis_of(request.form)}, refusal.by_field()), 400
    words = f"已办理更名：自{format_date(day)}起名称为“{official}”。"
    flash(words + "公开页面随即显示新名称，原名称列入曾用名，原有信息的发布机构不变。", "success")
    return redirect(url_for("units.unit", code=code))


@route(blueprint, "/admin/units/<code>/move", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def move(code: str) -> ResponseReturnValue:
    """Put a unit under another one from a date on."""
    tenant = _unit(code)
    if request.method != "POST":
        return _move_page(tenant, {"level": tenant.level}, {})
    sent = {name: one_line(request.form.get(name, "")) for name in ("parent_code", "level", "effective_date")}
    sent["basis"] = basis_of(request.form)
    try:
        day = day_of(sent["effective_date"], "调整日期")
        parent = _parent(sent["parent_code"])
        if _moved_already(tenant, parent, day):
            flash(f"该单位已经划归“{parent.official_name}”，没有重复办理。", "info")
            return redirect(url_for("units.unit", code=code))
        move_tenant(
            current.uow(),
            tenant_id=tenant.id,
            parent_id=parent.id,
            level=sent["level"],
            effective_date=day,
            basis=sent["basis"],
        )
    except Invalid as refusal:
        current.finish(commit=False)
        return _move_page(tenant, sent, refusal.by_field()), 400
    words = f"自{format_date(day)}起，“{tenant.official_name}”的上级单位为“{parent.official_name}”。"
    flash(words + "此前月份的统计和通报仍按原来的上级单位。", "success")
    return redirect(url_for("units.unit", code=code))


def _unit(code: str) -> Tenant:
    """A unit of the administered tree. Foreign and missing codes raise the same `NotFound`."""
    if not code.isprintable():
        raise NotFound
    found, path = services.get_tenant(current.uow(), code=code), current.actor().tenant_path
    if found.path != path and not found.path.startswith(f"{path}."):
        raise NotFound
    return found


def _renamed_already(tenant: Tenant, official_name: str, day: date) -> bool:
    newest = queries.periods_of(current.uow(), tenant_id=tenant.id)[0]
    return bool(newest.official_name == official_name and newest.valid_from == day)


def _parent(code: str) -> Tenant:
    """The unit chosen as the one above."""
    if not code:
        raise Invalid([Fault("parent_code", "未选择上级单位", "请选择调整后的上级单位")])
    try:
        return _unit(code)
    except NotFound as error:
        raise Invalid([Fault("parent_code", "没有这个单位", "请重新选择")]) from error


def _moved_already(tenant: Tenant, parent: Tenant, day: date) -> bool:
    newest = queries.periods_of(current.uow(), tenant_id=tenant.id)[0]
    return bool(tenant.parent_id == parent.id and newest.valid_from == day)


def _crumbs(*rest: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(CRUMB, url_for("units.index")), *rest]


def _below(tenant: Tenant, words: str) -> list[tuple[str, ...]]:
    return _crumbs((tenant.short_name, url_for("units.unit", code=tenant.code)), (words,))


def _unit_page(tenant: Tenant, errors: dict[str, str]) -> str:
    uow = current.uow()
    return render_template(
        "admin/units/unit.html",
        unit=tenant,
        errors=errors,
        rules=profile(tenant.tenant_type),
        level=LEVELS[tenant.level],
        sector=SECTORS.get(tenant.sector or "", ""),
        above=queries.ancestors(uow, tenant_id=tenant.id)[:-1],
        periods=queries.periods_of(uow, tenant_id=tenant.id),
        former=queries.former_bodies(uow, tenant_id=tenant.id),
        successors=queries.successors(uow, tenant_id=tenant.id),
        columns=count_columns(uow, tenant_id=tenant.id),
        patterns=PATTERN_WORDS,
        crumbs=_crumbs((tenant.short_name,)),
    )


def _new_page(values: dict[str, str], errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    return render_template(
        "admin/units/new.html",
        values=values,
        errors=errors,
        types=[(kind, label) for kind, label in TYPES],
        levels=list(LEVELS.items()),
        sectors=list(SECTORS.items()),
        units=_choices(lambda: queries.units_in_use(uow, path=actor.tenant_path)),
        crumbs=_crumbs(("新设单位",)),
    )


def _choices(load: Callable[[], list[queries.PlacedUnit]]) -> list[tuple[str, str]]:
    """Units for a select, indented as the tree is."""
    return [(placed.unit.code, "　" * placed.depth + placed.unit.official_name) for placed in load()]


PATTERN_WORDS = {
    "USCC_YEAR_SEQ": "统一社会信用代码/年份-流水号",
    "USCC_YEARMONTH_SEQ": "统一社会信用代码/年月-流水号",
    "ORG_YEAR_SEQ": "组织机构代码/年份-流水号",
    "ORG_YEARMONTH_SEQ": "组织机构代码/年月-流水号",
    "ORG-YEAR-SEQ": "组织机构代码-年份-流水号",
    "AREA_YEAR_SEQ": "行政区划代码/年份-流水号",
}


def _codes_of(tenant: Tenant) -> dict[str, str]:
    return {
        "uscc": tenant.uscc or "",
        "area_code": tenant.area_code or "",
        "index_pattern": tenant.index_pattern,
        "aliases": "、".join(tenant.aliases),
        "phone": str(tenant.contact.get("phone") or ""),
        "address": str(tenant.contact.get("address") or ""),
        "established_date": str(first_day(current.uow(), tenant_id=tenant.id) or ""),
    }


def _edit_page(tenant: Tenant, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/units/edit.html",
        unit=tenant,
        values=values,
        errors=errors,
        patterns=[(pattern.value, PATTERN_WORDS[pattern.value]) for pattern in GENERATED],
        crumbs=_below(tenant, "修改资料"),
    )


def _rename_page(tenant: Tenant, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/units/rename.html", unit=tenant, values=values, errors=errors, crumbs=_below(tenant, "更名")
    )


def _move_page(tenant: Tenant, values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/units/move.html",
        unit=tenant,
        values=values,
        errors=errors,
        levels=list(LEVELS.items()),
        units=_others(tenant),
        crumbs=_below(tenant, "调整隶属关系"),
    )


def _others(tenant: Tenant) -> list[tuple[str, str]]:
    """The other units in use, for a select."""
    path = current.actor().tenant_path
    others = _choices(lambda: queries.units_in_use(current.uow(), path=path))
    return [(code, name) for code, name in others if code != tenant.code]
