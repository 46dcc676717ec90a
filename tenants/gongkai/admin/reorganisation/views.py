"""Screens of a reorganisation: its kind and units, who receives what, what will happen, confirm or cancel."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.accounts.queries import Member, members
from gongkai.admin.reorganisation import plans
from gongkai.admin.reorganisation.cases import BY_COLUMN, ENDING, Case, below_sources, load_case
from gongkai.admin.reorganisation.forms import USUAL_GRACE, chosen, chosen_ids, read_terms, terms_of
from gongkai.admin.reorganisation.models import KINDS, STATES, Reorganisation
from gongkai.admin.reorganisation.preview import Effects, effects
from gongkai.admin.reorganisation.queries import plans_of
from gongkai.catalog.adoption import template_columns
from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.errors import Invalid, NotFound
from gongkai.tenancy.kinds import LEVELS
from gongkai.tenancy.services import get_tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("reorganisations", __name__, template_folder="../templates")
CRUMB = "机构调整"
KIND_HINTS = {
    "merge": "一个或者几个单位撤销，职能由一个单位承接",
    "split": "一个单位撤销，职能按栏目分给几个单位",
    "move": "单位连同其下级单位整体划归另一个上级单位",
    "abolish": "一个单位撤销，职能由另一个单位承接",
    "function": "部分栏目的职能划给其他单位，原单位继续存在",
}
ONE_SOURCE = frozenset({"split", "abolish", "function"})
PAGE_OF = {"columns": "columns", "people": "work", "units": "work", "passes_decided": "work"}
"""Field of a fault → the page on which it is put right; the others stand on the first."""


@route(blueprint, "/admin/reorganisations/", permission=Permission.UNITS_MANAGE)
def index() -> ResponseReturnValue:
    """The plans, and the ways to begin one."""
    return render_template(
        "admin/reorganisations/index.html",
        rows=plans_of(current.uow(), tenant_id=current.actor().tenant_id),
        kinds=KINDS,
        hints=KIND_HINTS,
        states=STATES,
        unit=request.args.get("unit", ""),
        crumbs=[(CRUMB,)],
    )


@route(blueprint, "/admin/reorganisations/new", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a plan of one kind: units, day, basis."""
    kind = request.values.get("kind", "")
    if kind not in KINDS:
        return redirect(url_for("reorganisations.index"))
    if request.method != "POST":
        return _terms_page(kind, {"sources": _named(request.args.get("unit", "")), "grace_months": USUAL_GRACE}, {})
    return _begin(kind, None)


@route(
    blueprint,
    "/admin/reorganisations/<int:reorganisation_id>/terms",
    permission=Permission.UNITS_MANAGE,
    methods=["GET", "POST"],
)
def terms(reorganisation_id: int) -> ResponseReturnValue:
    """Change the units, the day or the basis of a plan that is not confirmed; who receives what is asked again."""
    plan, case = _open(reorganisation_id)
    if request.method == "POST":
        return _begin(plan.kind, plan)
    values = {
        "sources": "\n".join(unit.official_name for unit in case.sources),
        "receivers": "\n".join(unit.official_name for unit in case.receivers),
        "effective_date": plan.effective_date.isoformat(),
        "basis": plan.basis,
        "level": plan.level,
        "grace_months": str(plan.grace_months),
    }
    return _terms_page(plan.kind, values, {}, plan)


@route(
    blueprint,
    "/admin/reorganisations/<int:reorganisation_id>/columns",
    permission=Permission.UNITS_MANAGE,
    methods=["GET", "POST"],
)
def columns(reorganisation_id: int) -> ResponseReturnValue:
    """Which receiver takes which column."""
    plan, case = _open(reorganisation_id, BY_COLUMN)
    given: Mapping[str, int] = {
        column.code: case.of_column(column.code) or 0
        for column in template_columns(current.uow(), tenant_id=_one(case))
    }
    if request.method != "POST":
        return _columns_page(case, given, {})
    given = chosen(request.form, "column")
    try:
        wanted = {code: unit for code, unit in given.items() if unit}
        plans.set_columns(current.uow(), actor=current.actor(), plan_id=plan.id, columns=wanted)
    except Invalid as refusal:
        current.finish(commit=False)
        return _columns_page(case, given, refusal.by_field()), 400
    return _to("work" if case.ends else "plan", plan)


@route(
    blueprint,
    "/admin/reorganisations/<int:reorganisation_id>/work",
    permission=Permission.UNITS_MANAGE,
    methods=["GET", "POST"],
)
def work(reorganisation_id: int) -> ResponseReturnValue:
    """Where people, units below and approved items go."""
    plan, case = _open(reorganisation_id, ENDING)
    if request.method != "POST":
        return _work_page(case, {})
    try:
        plans.set_people(
            current.uow(),
            actor=current.actor(),
            plan_id=plan.id,
            people=chosen_ids(request.form, "person"),
            units=chosen_ids(request.form, "unit"),
            passes_decided=request.form.get("passes_decided") == "1",
        )
    except Invalid as refusal:
        current.finish(commit=False)
        return _work_page(case, refusal.by_field()), 400
    return _to("plan", plan)


@route(blueprint, "/admin/reorganisations/<int:reorganisation_id>", permission=Permission.UNITS_MANAGE)
def plan(reorganisation_id: int) -> ResponseReturnValue:
    """What a plan will do or has done; confirm or cancel it."""
    found = plans.get_plan(current.uow(), actor=current.actor(), plan_id=reorganisation_id)
    return _plan_page(found, {})


@route(
    blueprint,
    "/admin/reorganisations/<int:reorganisation_id>/confirm",
    permission=Permission.UNITS_MANAGE,
    methods=["POST"],
)
def confirm(reorganisation_id: int) -> ResponseReturnValue:
    """Confirm a plan: carried out now, or on its day."""
    uow, actor = current.uow(), current.actor()
    found = plans.get_plan(uow, actor=actor, plan_id=reorganisation_id, lock=True)
    if found.state in {"planned", "done"}:
        flash(f"该方案{STATES[found.state]}，没有重复办理。", "info")
        return _to("plan", found)
    try:
        found = plans.confirm(uow, actor=actor, plan_id=reorganisation_id)
    except Invalid as refusal:
        current.finish(commit=False)
        found = plans.get_plan(uow, actor=actor, plan_id=reorganisation_id)
        return _plan_page(found, refusal.by_field()), 400
    if found.state == "done":
        flash(f"{KINDS[found.kind]}方案已执行，各单位页面和统计随即按新的机构显示。", "success")
    else:
        flash(f"方案已确认，将于{format_date(found.effective_date)}自动执行，有关单位已收到通知。", "success")
    return _to("plan", found)


@route(
    blueprint,
    "/admin/reorganisations/<int:reorganisation_id>/cancel",
    permission=Permission.UNITS_MANAGE,
    methods=["POST"],
)
def cancel(reorganisation_id: int) -> ResponseReturnValue:
    """Cancel a plan that is not carried out."""
    found = plans.cancel(current.uow(), actor=current.actor(), plan_id=reorganisation_id)
    flash(f"{KINDS[found.kind]}方案已取消，没有任何变动。", "success")
    return _to("plan", found)


def _open(plan_id: int, kinds: Collection[str] = KINDS) -> tuple[Reorganisation, Case]:
    """A plan of one of these kinds that may still be changed."""
    found = plans.get_plan(current.uow(), actor=current.actor(), plan_id=plan_id)
    if found.state != "drafting" or found.kind not in kinds:
        raise NotFound
    return found, load_case(current.uow(), found)


def _one(case: Case) -> int:
    return case.sources[0].id


def _to(page: str, found: Reorganisation) -> ResponseReturnValue:
    return redirect(url_for(f"reorganisations.{page}", reorganisation_id=found.id))


def _named(code: str) -> str:
    """Name of the unit from whose page the plan is begun; empty for a code that does not exist."""
    if not code.isprintable() or not code:
        return ""
    try:
        return get_tenant(current.uow(), code=code).official_name
    except NotFound:
        return ""


def _begin(kind: str, before: Reorganisation | None) -> ResponseReturnValue:
    values = terms_of(request.form)
    try:
        asked = read_terms(kind, values)
        plan_id = before.id if before else None
        begun = plans.begin(current.uow(), actor=current.actor(), asked=asked, plan_id=plan_id)
    except Invalid as refusal:
        current.finish(commit=False)
        return _terms_page(kind, values, refusal.by_field(), before), 400
    return _to("columns" if kind in BY_COLUMN else "plan" if kind == "move" else "work", begun)


def _crumbs(kind: str, found: Reorganisation | None = None, words: str = "") -> list[tuple[str, ...]]:
    crumbs: list[tuple[str, ...]] = [(CRUMB, url_for("reorganisations.index"))]
    label = f"{KINDS[kind]}方案"
    if found is None or not words:
        return [*crumbs, (label,)]
    return [*crumbs, (label, url_for("reorganisations.plan", reorganisation_id=found.id)), (words,)]


def _terms_page(
    kind: str, values: Mapping[str, str], errors: Mapping[str, str], before: Reorganisation | None = None
) -> str:
    return render_template(
        "admin/reorganisations/terms.html",
        kind=kind,
        label=KINDS[kind],
        hint=KIND_HINTS[kind],
        one_source=kind in ONE_SOURCE,
        several_receivers=kind in BY_COLUMN,
        values=values,
        errors=errors,
        plan=before,
        levels=list(LEVELS.items()),
        crumbs=_crumbs(kind, before, "单位和日期" if before else ""),
    )


def _choices(case: Case) -> list[tuple[int, str]]:
    return [(unit.id, unit.official_name) for unit in case.receivers]


def _columns_page(case: Case, given: Mapping[str, int], errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/reorganisations/columns.html",
        case=case,
        plan=case.plan,
        columns=template_columns(current.uow(), tenant_id=_one(case)),
        given=given,
        choices=_choices(case),
        errors=errors,
        crumbs=_crumbs(case.plan.kind, case.plan, "划分栏目"),
    )


def _work_page(case: Case, errors: Mapping[str, str]) -> str:
    uow = current.uow()
    people: dict[int, Member] = {}
    for source in case.sources:
        for member in members(uow, tenant_id=source.id):
            people.setdefault(member.user_id, member)
    return render_template(
        "admin/reorganisations/work.html",
        case=case,
        plan=case.plan,
        people=list(people.values()),
        units=below_sources(uow, case),
        choices=_choices(case),
        errors=errors,
        crumbs=_crumbs(case.plan.kind, case.plan, "人员和未办结的信息"),
    )


def _plan_page(found: Reorganisation, errors: Mapping[str, str]) -> str:
    uow = current.uow()
    case = load_case(uow, found)
    seen = effects(uow, case) if found.state in {"drafting", "planned"} else Effects(sections=found.outcome)
    problems = [(fault.message, PAGE_OF.get(fault.field, "terms")) for fault in seen.faults]
    if not problems:
        problems = [(words, PAGE_OF.get(field, "terms")) for field, words in errors.items()]
    values: dict[str, Any] = {
        "case": case,
        "plan": found,
        "seen": seen,
        "problems": problems,
        "state": STATES[found.state],
        "day": format_date(found.effective_date),
        "due": found.effective_date <= shanghai_date(uow.now),
        "ended": format_datetime(found.ended_at) if found.ended_at else "",
        "failed": format_datetime(found.failed_at) if found.failed_at else "",
        "by_column": found.kind in BY_COLUMN,
        "crumbs": _crumbs(found.kind),
    }
    return render_template("admin/reorganisations/plan.html", **values)
