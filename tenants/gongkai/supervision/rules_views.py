"""The page on which an office sets monthly tasks and the reminder day, and sees what a change would do."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, QUARTER
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable
from gongkai.supervision import services
from gongkai.supervision.queries import rule_book, standings
from gongkai.supervision.rules import ALERT_DAY, CIRCULAR_MONTHS, TASK, VALUE, Rule, RuleBook, default_task
from gongkai.supervision.services import TASK_COLUMNS, Change
from gongkai.supervision.standings import Standing, Standings
from gongkai.tenancy.kinds import PROFILES, SUPERVISING_TYPES, TenantType
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("supervision_rules", __name__, template_folder="templates")
CIRCULAR_CHOICES = {str(MONTH): "按月", str(QUARTER): "按季度"}
TASK_TYPES = [(kind.value, PROFILES[kind].label) for kind in TenantType if kind is not TenantType.VILLAGE_COMMITTEE]


@route(blueprint, "/office/rules", permission=Permission.RULES_MANAGE)
def rules() -> ResponseReturnValue:
    """What holds now, what was set when and why, and the forms to change it."""
    return _page({}, {})


@route(blueprint, "/office/rules/task", permission=Permission.RULES_MANAGE, methods=["POST"])
def save_task() -> ResponseReturnValue:
    """Show what a task would have changed last month; save it on the second press."""
    work, office_id = current.uow(), current.actor().tenant_id
    try:
        change = _change(office_id)
        if request.form.get("confirmed") != "1":
            services.check_task(work, office_id=office_id, change=change)
            return _page(request.form.to_dict(), {}, effect=_effect(change))
        services.set_task(work, office_id=office_id, change=change)
    except Invalid as error:
        return _page(request.form.to_dict(), error.by_field()), 400
    words = "不设月度任务" if not change.value else f"月度任务为{change.value}条"
    flash(f"已保存：{_target(change)}自{change.valid_from.label}起{words}，以往月份不受影响。", "success")
    return redirect(url_for("supervision_rules.rules"))


@route(blueprint, "/office/rules/alert-day", permission=Permission.RULES_MANAGE, methods=["POST"])
def save_alert_day() -> ResponseReturnValue:
    """Set the reminder day."""
    form = request.form
    try:
        day, month = _number("day"), _month("alert_from")
        services.set_alert_day(
            current.uow(),
            office_id=current.actor().tenant_id,
            day=day,
            valid_from=month,
            reason=form.get("alert_reason", ""),
        )
    except Invalid as error:
        names = {"value": "day", "reason": "alert_reason", "valid_from": "alert_from"}
        faults = {names.get(name, name): text for name, text in error.by_field().items()}
        return _page(form.to_dict(), faults), 400
    flash(f"已保存：自{month.label}起，每月{day}日起提醒尚未发布信息的单位。", "success")
    return redirect(url_for("supervision_rules.rules"))


@route(blueprint, "/office/rules/circulars", permission=Permission.RULES_MANAGE, methods=["POST"])
def save_circular_months() -> ResponseReturnValue:
    """Set whether circulars are usually of a month or of a quarter."""
    form = request.form
    chosen = form.get("months", "")
    try:
        month = _month("circulars_from")
        services.set_circular_months(
            current.uow(),
            office_id=current.actor().tenant_id,
            months=int(chosen) if chosen in CIRCULAR_CHOICES else 0,
            valid_from=month,
            reason=form.get("circulars_reason", ""),
        )
    except Invalid as error:
        names = {"value": "months", "reason": "circulars_reason", "valid_from": "circulars_from"}
        faults = {names.get(name, name): text for name, text in error.by_field().items()}
        return _page(form.to_dict(), faults), 400
    flash(f"已保存：自{month.label}起，通报{CIRCULAR_CHOICES[chosen]}编制。", "success")
    return redirect(url_for("supervision_rules.rules"))


@route(blueprint, "/office/rules/import", permission=Permission.RULES_MANAGE, methods=["POST"])
def import_tasks() -> ResponseReturnValue:
    """Set the tasks of many units from a spreadsheet, all or none."""
    form = request.form.to_dict()
    try:
        table = _table()
        month = _month("import_from")
        number, faults = services.import_tasks(
            current.uow(),
            office_id=current.actor().tenant_id,
            table=table,
            valid_from=month,
            reason=form.get("import_reason", ""),
        )
    except UnreadableTable as error:
        return _page(form, {"file": error.message}), 400
    except Invalid as error:
        names = {"reason": "import_reason", "valid_from": "import_from"}
        return _page(form, {names.get(name, name): text for name, text in error.by_field().items()}), 400
    if faults:
        return _page(form, {"file": f"文件中有{len(faults)}处需要修改，未导入任何数据"}, cell_faults=faults), 400
    flash(f"已导入{number}家单位的月度任务，自{month.label}起执行。", "success")
    return redirect(url_for("supervision_rules.rules"))


def _table() -> Table:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    return read_table(upload.read(), upload.filename, columns=TASK_COLUMNS)


def _number(field: str) -> int:
    text = request.form.get(field, "").strip()
    if not text.isdecimal() or len(text) > 6:
        raise Invalid([Fault(field, "应填写整数", "请用阿拉伯数字填写")])
    return int(text)


def _month(field: str) -> Period:
    try:
        return Period.parse(request.form.get(field, "").strip())
    except ValueError as error:
        raise Invalid([Fault(field, "起始月份无效", "请按“2026-04”的形式填写")]) from error


def _change(office_id: int) -> Change:
    form = request.form
    value, month, reason = _number("value"), _month("valid_from"), form.get("reason", "")
    if form.get("unit", "").strip():
        unit_id = services.unit_named(current.uow(), office_id=office_id, name=form["unit"])
        return Change(TASK, value, month, reason, unit_id=unit_id)
    if not form.get("tenant_type"):
        raise Invalid([Fault("tenant_type", "未选择单位类型", "请选择单位类型，或填写某一单位的名称")])
    return Change(TASK, value, month, reason, tenant_type=form["tenant_type"])


def _target(change: Change) -> str:
    labels = dict(TASK_TYPES)
    return f"“{request.form.get('unit', '').strip()}”" if change.unit_id else labels.get(change.tenant_type or "", "")


def _last_month() -> Standings:
    work = current.uow()
    period = Period.of(shanghai_date(work.now)).previous()
    return standings(work, office_id=current.actor().tenant_id, period=period)


def _below_with(found: Standings, book: RuleBook) -> list[Standing]:
    """The units that would not meet their task in that month if these rules held."""
    judged = [
        (row, book.task(
            chain=row.unit.chain,
            tenant_type=row.unit.tenant_type,
            level=row.unit.level,
            vertically_managed=row.unit.vertically_managed,
            period=found.period,
        ).value)
        for row in (*found.rows, *found.untasked)
        if row.unit.judged_in(found.period) and found.began <= found.period and not row.stale
    ]  # fmt: skip
    return [row for row, task in judged if task is not None and row.counts.counted < task]


def _effect(change: Change) -> dict[str, object]:
    """What last month would have looked like under a change."""
    found = _last_month()
    rule = Rule(found.office.id, TASK, change.tenant_type or change.unit_id or 0, change.value, str(found.period))
    would_be = _below_with(found, found.book.with_first(rule))
    known = {row.id for row in found.rows if row.below}
    return {
        "period": found.period,
        "target": _target(change),
        "value": change.value,
        "before": len(known),
        "after": len(would_be),
        "more": [row for row in would_be if row.id not in known],
    }


def _holding(book: RuleBook, chain: list[int], kind: str, label: str, period: Period) -> dict[str, str]:
    """What holds for a kind of unit in a month, in words, and whose word it is."""
    own_body_last = (*reversed(chain[:-1]), chain[-1])
    for office_id in own_body_last if kind in SUPERVISING_TYPES else reversed(chain):
        value = book.value(office_id, TASK, kind, period)
        if value is not None:
            source = "本机关设定" if office_id == chain[-1] else "上级督查机关设定"
            return {"label": label, "value": f"{value}条" if value else "不设任务", "source": source}
    usual, direct = default_task(kind, "county"), default_task(kind, "prefecture")
    words = "不设任务" if usual is None else f"{usual}条"
    if direct != usual:
        words += f"（市（州）直{direct}条）"
    return {"label": label, "value": words, "source": "平台默认"}


def _page(
    values: dict[str, str],
    errors: dict[str, str],
    *,
    effect: dict[str, object] | None = None,
    cell_faults: object = (),
) -> str:
    work, actor = current.uow(), current.actor()
    period = Period.of(shanghai_date(work.now))
    book = rule_book(work, path=actor.tenant_path, codes=(TASK, ALERT_DAY, CIRCULAR_MONTHS))
    chain = [int(label) for label in actor.tenant_path.split(".")]
    return render_template(
        "supervision/rules.html",
        values=values,
        errors=errors,
        effect=effect,
        cell_faults=cell_faults,
        holding=[_holding(book, chain, kind, label, period) for kind, label in TASK_TYPES],
        alert_day=book.alert_day(chain=chain, period=period),
        circular_months=book.circular_months(office_id=actor.tenant_id, period=period),
        circular_choices=list(CIRCULAR_CHOICES.items()),
        history=[row for row in services.rules_of(work, office_id=actor.tenant_id) if row.parameter == VALUE],
        types=TASK_TYPES,
        type_labels=dict(TASK_TYPES),
        period=period,
        next_period=period.next(),
        codes={"task": TASK, "alert": ALERT_DAY, "circulars": CIRCULAR_MONTHS},
    )
