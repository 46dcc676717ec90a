"""Pages of the scores: a unit's own with every reason, and the office's table."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, QUARTER, YEAR, Span
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.supervision.ledger import states
from gongkai.supervision.scores.queries import scored_months, states_of, table_of, versions_of
from gongkai.supervision.scores.spans import own_score
from gongkai.web import current
from gongkai.web.routing import route

LENGTHS = (MONTH, QUARTER, YEAR)
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


def _asked(default: Period) -> Span:
    text = request.args.get("period", "").strip()
    try:
        return Span.parse(text) if text else Span(default)
    except ValueError as error:
        problem, remedy = f"统计期“{text[:20]}”无效", "请按“2026-03”“2026-Q1”或“2026”的形式填写"
        raise Invalid([Fault("period", problem, remedy)]) from error


def _last_month() -> Period:
    return Period.of(shanghai_date(current.uow().now)).previous()


def _spans(months: Sequence[Period]) -> list[tuple[str, str]]:
    """What a unit can look at: its months, and the quarters and years in which they lie."""
    lengths = (YEAR, QUARTER, MONTH)
    found = dict.fromkeys(Span.around(month, length) for length in lengths for month in months)
    return [(str(span), span.label) for span in found]


@route(blueprint, "/work/score", permission=Permission.FINDINGS_READ)
def own() -> ResponseReturnValue:
    """Where one's own unit stands: the score of a month, why, and how it came about; or that of a quarter or year."""
    work, actor = current.uow(), current.actor()
    months = scored_months(work, tenant_id=actor.tenant_id)
    span = _asked(months[0] if months else _last_month())
    choices = _spans(months)
    if span.length > MONTH:
        score = own_score(work, tenant_id=actor.tenant_id, span=span)
        return render_template("scores/span.html", span=span, choices=choices, score=score)
    versions = versions_of(work, tenant_id=actor.tenant_id, period=span.first)
    return render_template(
        "scores/own.html", period=span.first, versions=versions, time_words=format_datetime, choices=choices,
        now_in=states_of(work, tenant_id=actor.tenant_id, score=versions[0]) if versions else {}, states=states,
        may_answer=actor.may(Permission.FINDINGS_ANSWER),
    )  # fmt: skip


@route(blueprint, "/office/scores", permission=Permission.SUPERVISION_READ)
def table() -> ResponseReturnValue:
    """The scores of the office's units in a month, a quarter or a year."""
    span, actor = _asked(_last_month()), current.actor()
    rows = table_of(current.uow(), office_id=actor.tenant_id, span=span)
    return render_template(
        "scores/table.html", span=span, rows=rows, ranked=any(row.rank for row in rows),
        may_set=actor.may(Permission.RULES_MANAGE), around=[Span.around(span.last, one) for one in LENGTHS],
    )  # fmt: skip


@route(blueprint, "/office/scores.xlsx", permission=Permission.SUPERVISION_READ)
def export() -> ResponseReturnValue:
    """The same as a spreadsheet."""
    span = _asked(_last_month())
    rows = table_of(current.uow(), office_id=current.actor().tenant_id, span=span)
    lines = [
        (
            row.name, row.heading, "" if row.score.value is None else row.score.value,
            "单项否决" if row.score.vetoed else row.score.grade, row.rank or "", len(row.score.months),
        )
        for row in rows
    ]  # fmt: skip
    sheet = Sheet(f"{span}评分", ("单位", "类别", "得分", "等次", "位次", "评分月数"), lines)
    name = f"{span}单位评分.xlsx"
    return send_file(BytesIO(write_xlsx([sheet])), mimetype=SPREADSHEET, as_attachment=True, download_name=name)
