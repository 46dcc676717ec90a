"""Tasks from above as an office works with them: the list, a new one with a preview of who gets it, progress."""

from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI, end_of_day, format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.assignments import queries, services
from gongkai.supervision.assignments.exports import tasks_workbook
from gongkai.supervision.assignments.models import KINDS
from gongkai.supervision.assignments.notices import due_words
from gongkai.supervision.assignments.schemas import TaskForm, column_choices, read_reason, read_task
from gongkai.supervision.assignments.standing import STAND_LABELS, Stand, TaskFigures, stand_of
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.facts.units import UnitList
from gongkai.supervision.picking import picker, present_units, read_with_units
from gongkai.supervision.standings import Standing
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("assignments", __name__, template_folder="../templates")
WRITE = Permission.ASSIGNMENTS_WRITE
_NOT_POSTED = frozenset({"csrf_token", "deed", "received_at"})
SHOWN_UNITS = 100
_FIRST = (Stand.OVERDUE, Stand.PENDING)
_TONES = {Stand.OVERDUE: "danger", Stand.LATE: "warn", Stand.ON_TIME: "main"}


@route(blueprint, "/office/assignments/", permission=WRITE)
def index() -> ResponseReturnValue:
    """The tasks of a year, reposts counted apart."""
    work, office_id, page, wanted = current.uow(), current.actor().tenant_id, page_number(), asked_filter()
    year = wanted.year or shanghai_date(work.now).year
    rows, total = queries.tasks_of(work, office_id=office_id, wanted=wanted, page=page)
    first, last = datetime(year, 1, 1, tzinfo=SHANGHAI), end_of_day(datetime(year, 12, 31).date())  # noqa: DTZ001
    return render_template(
        "supervision/assignments/index.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE_SIZE),
        wanted=wanted,
        year=year,
        years=range(shanghai_date(work.now).year + 1, shanghai_date(work.now).year - 10, -1),
        figures=queries.figures_of(work, office_id=office_id, first=first, last=last),
        kinds=KINDS,
        states=list(STAND_LABELS.items()),
        due=due_words,
    )


@route(blueprint, "/office/assignments/tasks.xlsx", permission=WRITE)
def export() -> ResponseReturnValue:
    """The tasks as a spreadsheet, narrowed as the list is."""
    work = current.uow()
    rows = queries.exported(work, office_id=current.actor().tenant_id, wanted=asked_filter())
    data = tasks_workbook(rows, now=work.now)
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name="上级任务完成情况.xlsx")


@route(blueprint, "/office/assignments/new", permission=WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a task; what is sent is shown with those who get it first, and handed out when that is confirmed."""
    work, actor = current.uow(), current.actor()
    units = present_units(work, office_id=actor.tenant_id)
    if request.method != "POST" or request.form.get("search") or request.form.get("deed") == "edit":
        return _form(units, {})
    try:
        form, chosen = read_with_units(lambda values: read_task(values, now=work.now), request.form, units)
        if request.form.get("deed") != "hand_out":
            return _preview(form, chosen)
        task = services.hand_out(work, actor=actor, form=form, unit_ids=[row.id for row in chosen])
    except Invalid as error:
        return _form(units, undo(error)), 400
    say(f"已布置“{task.title}”，系统已通知各单位。")
    return redirect(url_for(".show", assignment_id=task.id))


@route(blueprint, "/office/assignments/<int:assignment_id>", permission=WRITE)
def show(assignment_id: int) -> ResponseReturnValue:
    """A task with the progress of each unit."""
    return _page(assignment_id, {})


@route(blueprint, "/office/assignments/<int:assignment_id>/withdraw", permission=WRITE, methods=["POST"])
def withdraw(assignment_id: int) -> ResponseReturnValue:
    """Withdraw the task from all its units."""
    services.get_task(current.uow(), office_id=current.actor().tenant_id, assignment_id=assignment_id)
    try:
        reason = read_reason(request.form.get("reason", ""), what="撤回")
        services.withdraw(current.uow(), actor=current.actor(), assignment_id=assignment_id, reason=reason)
    except (Invalid, Conflict) as error:
        return _page(assignment_id, undo(error)), refusal_status(error)
    say("任务已撤回，系统已通知各单位；不再计入完成情况。")
    return redirect(url_for(".show", assignment_id=assignment_id))


@route(
    blueprint, "/office/assignments/<int:assignment_id>/shares/<int:office_share_id>", permission=WRITE,
    methods=["POST"],
)  # fmt: skip
def return_report(assignment_id: int, office_share_id: int) -> ResponseReturnValue:
    """Return a unit's report that does not hold."""
    work, actor = current.uow(), current.actor()
    services.get_task(work, office_id=actor.tenant_id, assignment_id=assignment_id)
    services.office_share(work, actor=actor, assignment_id=assignment_id, share_id=office_share_id)
    try:
        reason = read_reason(request.form.get("reason", ""), what="退回")
        services.return_report(
            work, actor=actor, assignment_id=assignment_id, share_id=office_share_id, reason=reason
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _page(assignment_id, undo(error)), refusal_status(error)
    say("已退回，系统已通知该单位重新办理。")
    return redirect(url_for(".show", assignment_id=assignment_id, _anchor=f"unit-{office_share_id}"))


def asked_filter() -> queries.TaskFilter:
    """What the address narrows the list to; without a year, the running one."""
    year = request.args.get("year", shanghai_date(current.uow().now).year, type=int)
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    return queries.TaskFilter(
        year if year and 2000 <= year <= 9000 else None,
        kind if kind in KINDS else "",
        state if state in STAND_LABELS else "",
        request.args.get("q", "").strip()[:40],
    )


def words_of(row: Any, now: datetime) -> tuple[str, str]:
    """A share's stand in words, and its tone."""
    stand = stand_of(due_at=row.due_at, completed_at=row.completed_at, withdrawn=row.withdrawn, now=now)
    label = "任务信息已撤下" if stand is Stand.PENDING and row.item_id is not None else STAND_LABELS[stand]
    return label, _TONES.get(stand, "neutral")


def _form(units: UnitList, errors: dict[str, str]) -> str:
    return render_template(
        "supervision/assignments/new.html",
        values=request.values,
        picker=picker(units, request.values),
        kinds=list(KINDS.items()),
        columns=column_choices(),
        errors=errors,
    )


def _preview(form: TaskForm, chosen: list[Standing]) -> str:
    ids = [row.id for row in chosen]
    able = services.units_with_column(current.uow(), unit_ids=ids, column_code=form.column_code)
    return render_template(
        "supervision/assignments/preview.html",
        form=form,
        kind=KINDS[form.kind],
        due=due_words(form.kind, form.due_at),
        receivers=[row for row in chosen if row.id in able],
        lacking=[row for row in chosen if row.id not in able],
        posted=[
            *((name, value) for name, value in request.form.items(multi=True) if name not in _NOT_POSTED),
            # The hours run from the time that was seen here.
            ("received_at", form.received_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")),
        ],
    )


def _page(assignment_id: int, errors: dict[str, str]) -> str:
    work = current.uow()
    task = services.get_task(work, office_id=current.actor().tenant_id, assignment_id=assignment_id)
    shares = queries.shares_of(work, assignment_id=task.id)
    stands = [
        stand_of(due_at=row.due_at, completed_at=row.completed_at, withdrawn=row.withdrawn, now=work.now)
        for row in shares
    ]
    # What is overdue comes first, then what is still to be done.
    places = dict(zip((row.id for row in shares), stands, strict=True))
    ordered = sorted(shares, key=lambda row: _FIRST.index(places[row.id]) if places[row.id] in _FIRST else len(_FIRST))
    page = min(page_number(), -(-len(shares) // SHOWN_UNITS))
    return render_template(
        "supervision/assignments/task.html",
        task=task,
        kind=KINDS[task.kind],
        due=due_words(task.kind, task.due_at),
        shares=ordered[(page - 1) * SHOWN_UNITS : page * SHOWN_UNITS],
        page=page,
        pages=-(-len(shares) // SHOWN_UNITS),
        states={row.id: words_of(row, work.now) for row in shares},
        figures=TaskFigures.of(stands),
        received=sum(1 for row in shares if row.receipt_at),
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )
