"""Pages of the scores: a unit's own with every reason, and the office's table."""

from decimal import Decimal
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.ledger import states
from gongkai.supervision.scores.queries import scored_months, states_of, table_of, versions_of
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("scores", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.app_template_filter("points")
def points(value: Decimal | str) -> str:
    """Points without needless noughts: 97.5, 100."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@blueprint.app_template_filter("signed_points")
def signed_points(value: Decimal | str) -> str:
    """Points with their sign: −2, +1, 0."""
    found = Decimal(value)
    return f"{'+' if found > 0 else '−' if found < 0 else ''}{points(abs(found))}"


def _asked(default: Period) -> Period:
    text = request.args.get("period", "").strip()
    try:
        return Period.parse(text) if text else default
    except ValueError as error:
        raise Invalid([Fault("period", f"月份“{text[:20]}”无效", "请按“2026-03”的形式填写")]) from error


def _last_month() -> Period:
    return Period.of(shanghai_date(current.uow().now)).previous()


@route(blueprint, "/work/score", permission=Permission.FINDINGS_READ)
def own() -> ResponseReturnValue:
    """Where one's own unit stands: the score of a month, why, and how it came about."""
    work, tenant_id = current.uow(), current.actor().tenant_id
    months = scored_months(work, tenant_id=tenant_id)
    period = _asked(months[0] if months else _last_month())
    versions = versions_of(work, tenant_id=tenant_id, period=period)
    return render_template(
        "scores/own.html", period=period, months=months, versions=versions, time_words=format_datetime,
        choices=[(str(month), month.label) for month in months],
        now_in=states_of(work, tenant_id=tenant_id, score=versions[0]) if versions else {}, states=states,
        may_answer=current.actor().may(Permission.FINDINGS_ANSWER),
    )  # fmt: skip


@route(blueprint, "/office/scores", permission=Permission.SUPERVISION_READ)
def table() -> ResponseReturnValue:
    """The scores of the office's units in a month."""
    period = _asked(_last_month())
    rows = table_of(current.uow(), office_id=current.actor().tenant_id, period=period)
    return render_template("scores/table.html", period=period, rows=rows, ranked=any(row.rank for row in rows))


@route(blueprint, "/office/scores.xlsx", permission=Permission.SUPERVISION_READ)
def export() -> ResponseReturnValue:
    """The same as a spreadsheet."""
    period = _asked(_last_month())
    rows = table_of(current.uow(), office_id=current.actor().tenant_id, period=period)
    lines = [
        (row.name, row.heading, row.value, "单项否决" if row.vetoed else row.grade, row.rank or "") for row in rows
    ]
    sheet = Sheet(f"{period}评分", ("单位", "类别", "得分", "等次", "位次"), lines)
    name = f"{period}单位评分.xlsx"
    return send_file(BytesIO(write_xlsx([sheet])), mimetype=SPREADSHEET, as_attachment=True, download_name=name)
