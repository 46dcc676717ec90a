"""The catalogue of rules as an office sees it: what holds, whose word that is, and changing a number."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.supervision import catalogue, services
from gongkai.supervision.catalogue import CAP, RULES, SCORES, parameters_of, rule_label
from gongkai.supervision.evaluation.preview import Effect, effect_of
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import ALL, Rule, RuleBook
from gongkai.supervision.rules_views import TASK_TYPES
from gongkai.supervision.services import Change
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("rule_catalogue", __name__, template_folder="templates")


@route(blueprint, "/office/rules/catalogue", permission=Permission.RULES_MANAGE)
def index() -> ResponseReturnValue:
    """Every rule with its definition and the numbers that hold for the office's units this month."""
    book = _book()
    caps = {one["name"]: one["value"] for one in _holding(book, SCORES)}
    groups = [
        (
            family,
            caps[CAP.format(key)],
            [(code, rule, _holding(book, code)) for code, rule in RULES.items() if rule.family == key],
        )
        for key, family in catalogue.FAMILIES.items()
    ]
    return render_template("supervision/catalogue.html", groups=groups, catalogue=catalogue)


@route(blueprint, "/office/rules/catalogue/<rule_code>", permission=Permission.RULES_MANAGE, methods=["GET", "POST"])
def rule(rule_code: str) -> ResponseReturnValue:
    """A rule, or what scores go by; on the first press what a change would find today, on the second it is saved."""
    if rule_code not in (*RULES, SCORES):
        raise NotFound
    if request.method != "POST":
        return _page(rule_code, {}, {})
    work, office_id = current.uow(), current.actor().tenant_id
    try:
        change = _change(rule_code, office_id)
        if request.form.get("confirmed") != "1":
            services.check_number(work, office_id=office_id, change=change)
            return _page(rule_code, request.form.to_dict(), {}, effect=_effect(change))
        services.set_number(work, office_id=office_id, change=change)
    except Invalid as error:
        current.finish(commit=False)
        return _page(rule_code, request.form.to_dict(), error.by_field()), 400
    label = parameters_of(rule_code)[change.parameter].label
    flash(f"已保存：自{change.valid_from.label}起，“{rule_label(rule_code)}”的{label}为{change.value}。", "success")
    return redirect(url_for("rule_catalogue.rule", rule_code=rule_code))


def _book() -> RuleBook:
    return rule_book(current.uow(), path=current.actor().tenant_path, codes=(*RULES, SCORES))


def _running() -> Period:
    return Period.of(shanghai_date(current.uow().now))


def _holding(book: RuleBook, code: str) -> list[dict[str, Any]]:
    """Each number of a rule for the office's units in general, and whether somebody set it."""
    chain = (*(int(label) for label in current.actor().tenant_path.split(".")), 0)
    found = []
    for name, parameter in parameters_of(code).items():
        value = book.set_number(code, name, chain=chain, tenant_type="", period=_running())
        shown = parameter.value if value is None else value
        found.append({"name": name, "parameter": parameter, "value": shown, "set": value is not None})
    return found


def _change(code: str, office_id: int) -> Change:
    form, faults = request.form, []
    parameter = form.get("parameter", "")
    if parameter not in parameters_of(code):
        faults.append(Fault("parameter", "未选择参数", "请从列表中选择"))
    try:
        value = Decimal(form.get("value", "").strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        faults.append(Fault("value", "数值无效", "请用阿拉伯数字填写"))
    try:
        month = Period.parse(form.get("valid_from", "").strip())
    except ValueError:
        faults.append(Fault("valid_from", "起始月份无效", "请按“2026-04”的形式填写"))
    if faults:
        raise Invalid(faults)
    unit = form.get("unit", "").strip()
    unit_id = services.unit_named(current.uow(), office_id=office_id, name=unit) if unit else None
    kind = None if unit_id else form.get("tenant_type") or None
    return Change(code, value, month, form.get("reason", ""), tenant_type=kind, unit_id=unit_id, parameter=parameter)


def _effect(change: Change) -> Effect:
    """What the rule would find today, before and after the change; a number of the scores finds nothing."""
    if change.code == SCORES:
        return Effect(known=False)
    running, office = _running(), current.actor()
    target = change.tenant_type or change.unit_id or ALL
    new = Rule(office.tenant_id, change.code, target, change.value, str(running), parameter=change.parameter)
    book = _book()
    return effect_of(current.uow(), path=office.tenant_path, code=change.code, before=book, after=book.with_first(new))


def _about(code: str) -> list[tuple[str, str]]:
    """What the page says of a rule: label and words."""
    if code == SCORES:
        words = "满分100分，按督查规则扣分、加分，各类分值以上限为限；季度、年度得分为各月得分按权重计算的加权平均数。"
        return [("内容", words), ("排名", "默认不排名；排名只供本机关掌握，在同类单位中进行，同分并列。")]
    rule = RULES[code]
    decided = "由人员登记" if rule.entered else "系统发现，由人员核实" if rule.candidate else "系统自动认定"
    return [
        ("内容", rule.definition), ("依据", rule.basis),
        ("问题类别", catalogue.class_label(rule.problem_class) if rule.problem_class else ""),
        ("严重程度", catalogue.SEVERITIES[rule.severity]), ("认定", decided),
    ]  # fmt: skip


def _page(code: str, values: Mapping[str, str], errors: Mapping[str, str], *, effect: Effect | None = None) -> str:
    return render_template(
        "supervision/rule.html", code=code, title=rule_label(code), about=_about(code),
        holding=_holding(_book(), code), values=values, errors=errors, effect=effect,
        types=TASK_TYPES, type_labels=dict(TASK_TYPES), next_period=_running().next(),
        history=services.rules_of(current.uow(), office_id=current.actor().tenant_id, code=code),
        parameters=parameters_of(code), scores=code == SCORES,
    )  # fmt: skip
