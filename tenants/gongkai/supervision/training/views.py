"""Pages of an office's training register: the year, a month's absentees, a session and what is done with it."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import Table, UnreadableTable
from gongkai.core.text.typed import read_ids
from gongkai.supervision.facts.units import UnitList
from gongkai.supervision.standings import Standing
from gongkai.supervision.training import services
from gongkai.supervision.training.choosing import LIST_COLUMNS, Choice, choose, kinds_of, units_on
from gongkai.supervision.training.exports import year_workbook
from gongkai.supervision.training.figures import Session
from gongkai.supervision.training.queries import (
    absences_of_month,
    history_of,
    office_year,
    sessions_of,
    units_at,
    units_year,
)
from gongkai.supervision.training.schemas import FIRST_DAY, hours_words, read_session
from gongkai.tenancy.queries import ancestors
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("training", __name__, template_folder="../templates")
blueprint.add_app_template_filter(format_date, "day_words")
blueprint.add_app_template_filter(hours_words)
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {"missing": "未到", "attended": "已到", "excused": "请假", "walked_in": "未通知到会"}
SHOWN_CHANGES = 5
SHOWN_UNITS = 400
"""So many units are offered for ticking at once; beyond, the official searches or writes names."""


@route(blueprint, "/office/training/", permission=Permission.FACTS_WRITE)
def index() -> ResponseReturnValue:
    """The sessions of a year, what they come to, and what they were to each unit."""
    work, office_id, year = current.uow(), current.actor().tenant_id, asked_year()
    return render_template(
        "supervision/training.html",
        year=year,
        years=year_choices(year),
        total=office_year(work, office_id=office_id, year=year),
        sessions=sessions_of(work, office_id=office_id, first=Period(year, 1), last=Period(year, 12)),
        units=units_year(work, office_id=office_id, year=year),
        today=shanghai_date(work.now),
    )


@route(blueprint, "/office/training/year.xlsx", permission=Permission.FACTS_WRITE)
def export() -> ResponseReturnValue:
    """A year of the register as a spreadsheet: sessions, units, persons."""
    work, office_id, year = current.uow(), current.actor().tenant_id, asked_year()
    content = year_workbook(
        sessions_of(work, office_id=office_id, first=Period(year, 1), last=Period(year, 12)),
        units_year(work, office_id=office_id, year=year),
    )
    return send_file(
        BytesIO(content), mimetype=SPREADSHEET, as_attachment=True, download_name=f"{year}年培训登记表.xlsx"
    )


@route(blueprint, "/office/training/absent", permission=Permission.FACTS_WRITE)
def absent() -> ResponseReturnValue:
    """The absentees of a month, which the circular names; each can be pointed at."""
    work, office_id = current.uow(), current.actor().tenant_id
    running = Period.of(shanghai_date(work.now))
    try:
        period = Period.parse(request.args.get("period") or str(running.previous()))
    except ValueError as error:
        raise Invalid([Fault("period", "月份无效", "请按“2026-03”的形式填写")]) from error
    found = absences_of_month(work, office_id=office_id, period=period)
    units = {row.id: row for row in units_on(work, office_id=office_id, day=period.last_day).rows}
    months = sorted({period, *(running.minus(number) for number in range(12))}, reverse=True)
    return render_template(
        "supervision/training_absent.html",
        period=period,
        choices=[(str(month), month.label) for month in months],
        found=found,
        rows=[(units[unit_id], missed) for unit_id, missed in found.by_unit().items() if unit_id in units],
    )


@route(blueprint, "/office/training/new", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Record a session and invite units to it."""
    work, actor = current.uow(), current.actor()
    today = shanghai_date(work.now)
    units = units_on(work, office_id=actor.tenant_id, day=today)
    if request.method != "POST":
        organiser = ancestors(work, tenant_id=actor.tenant_id)[-1].official_name
        values = {"organiser": organiser, "times": "1", "form": "place"}
        return _new_form(units, values, {})
    if request.form.get("search") is not None:
        return _new_form(units, request.form, {})
    errors: dict[str, str] = {}
    try:
        form = read_session(request.form, today=today)
        units = units_on(work, office_id=actor.tenant_id, day=form.held_date)
        session = services.create_session(
            work, office_id=actor.tenant_id, entered_by=actor.user_id, form=form, unit_ids=choose(units, _choice())
        )
    except Invalid as error:
        errors = error.by_field()
    except UnreadableTable as error:
        errors = {"file": error.message}
    if errors:
        current.finish(commit=False)
        return _new_form(units, request.form, errors), 400
    flash("已登记培训，并通知应参训单位。", "success")
    return redirect(url_for("training.session", session_id=session.id))


@route(blueprint, "/office/training/<int:session_id>", permission=Permission.FACTS_WRITE)
def session(session_id: int) -> ResponseReturnValue:
    """A session: its figures, its units, what was done with it."""
    work, office_id = current.uow(), current.actor().tenant_id
    found = shown_session(session_id)
    units = units_at(work, office_id=office_id, session_id=session_id)
    state = request.args.get("state", "")
    shown = [row for row in units if not state or row.state == state]
    names = {row.unit_id: row.name for row in units}
    return render_template(
        "supervision/training_session.html",
        session=found,
        units=shown,
        state=state,
        states=list(STATES.items()),
        labels=state_labels(closed=found.closed_at is not None),
        history=[_deed(row, names) for row in history_of(work, office_id=office_id, session_id=session_id)],
        today=shanghai_date(work.now),
    )


@route(blueprint, "/office/training/<int:session_id>/change", permission=Permission.FACTS_WRITE,
       methods=["GET", "POST"])  # fmt: skip
def change(session_id: int) -> ResponseReturnValue:
    """Correct what a session is."""
    work, office_id = current.uow(), current.actor().tenant_id
    found = shown_session(session_id)
    if request.method != "POST":
        stored = {name: getattr(found, name) for name in ("held_date", "topic", "organiser", "place", "source", "note")}
        values: dict[str, Any] = stored | {
            "hours": hours_words(found.hours) if found.hours else "",
            "times": found.times,
            "form": "online" if found.online else "",
        }
        return render_template("supervision/training_change.html", session=found, values=values, errors={})
    try:
        services.change_session(
            work,
            office_id=office_id,
            session_id=session_id,
            form=read_session(request.form, today=shanghai_date(work.now)),
            reason=asked_reason(),
        )
    except Invalid as error:
        current.finish(commit=False)
        return render_template(
            "supervision/training_change.html", session=found, values=request.form, errors=error.by_field()
        ), 400
    flash("已保存。已锁定数据的通报不受影响，需要更新的请在通报中重新锁定本期数据。", "success")
    return redirect(url_for("training.session", session_id=session_id))


@route(blueprint, "/office/training/<int:session_id>/invite", permission=Permission.FACTS_WRITE,
       methods=["GET", "POST"])  # fmt: skip
def invite(session_id: int) -> ResponseReturnValue:
    """Invite more units."""
    work, office_id = current.uow(), current.actor().tenant_id
    found = shown_session(session_id)
    units = units_on(work, office_id=office_id, day=found.held_date)
    if request.method != "POST" or request.form.get("search") is not None:
        return render_template("supervision/training_invite.html", session=found, errors={}, **_offered(units))
    try:
        number = services.invite(
            work, office_id=office_id, session_id=session_id, unit_ids=choose(units, _choice()), reason=asked_reason()
        )
    except (Invalid, UnreadableTable) as error:
        errors = error.by_field() if isinstance(error, Invalid) else {"file": error.message}
        current.finish(commit=False)
        return render_template("supervision/training_invite.html", session=found, errors=errors, **_offered(units)), 400
    flash(f"已增加{number}家应参训单位。" if number else "所选单位都已在名单中。", "success")
    return redirect(url_for("training.session", session_id=session_id))


@route(blueprint, "/office/training/<int:session_id>/close", permission=Permission.FACTS_WRITE, methods=["POST"])
def close(session_id: int) -> ResponseReturnValue:
    """Close the attendance list."""
    office_id = current.actor().tenant_id
    try:
        services.close_session(current.uow(), office_id=office_id, session_id=session_id)
    except Conflict as error:
        current.finish(commit=False)
        flash(error.message, "error")
    else:
        flash("已确认参训名单，未参加的单位将收到提醒，锁定本期数据后写入通报。", "success")
    return redirect(url_for("training.session", session_id=session_id))


@route(blueprint, "/office/training/<int:session_id>/remove", permission=Permission.FACTS_WRITE, methods=["POST"])
def remove(session_id: int) -> ResponseReturnValue:
    """Remove a session recorded by mistake."""
    office_id = current.actor().tenant_id
    try:
        services.remove_session(current.uow(), office_id=office_id, session_id=session_id)
    except Conflict as error:
        current.finish(commit=False)
        flash(error.message, "error")
        return redirect(url_for("training.session", session_id=session_id))
    flash("已删除这次培训登记。", "success")
    return redirect(url_for("training.index"))


def shown_session(session_id: int) -> Session:
    """A session of the office with its figures.

    Raises:
        NotFound: when it is missing or another office's.
    """
    month = Period.of(shanghai_date(current.uow().now))
    found = sessions_of(
        current.uow(), office_id=current.actor().tenant_id, first=month, last=month, session_id=session_id
    )
    if not found:
        raise NotFound
    return found[0]


def state_labels(*, closed: bool) -> dict[str, str]:
    """What each state is called: a unit that has not come is absent once the list is closed."""
    return STATES | {"missing": "未参加"} if closed else STATES


def asked_year() -> int:
    """The year asked for, this one without.

    Raises:
        Invalid: for what is no year, or one that has not begun.
    """
    running = shanghai_date(current.uow().now).year
    text = request.args.get("year", "").strip() or str(running)
    if not text.isascii() or not text.isdigit() or not FIRST_DAY.year <= int(text[:5]) <= running + 1:
        raise Invalid([Fault("year", f"年份“{text[:20]}”无效", "请从列表中选择年份")])
    return int(text)


def year_choices(chosen: int) -> list[tuple[str, str]]:
    """The last ten years and the chosen one, newest first."""
    running = shanghai_date(current.uow().now).year
    return [(str(year), f"{year}年") for year in sorted({chosen, *range(running - 9, running + 1)}, reverse=True)]


def asked_reason() -> str:
    """Why a closed list is corrected."""
    return " ".join(request.form.get("reason", "").split())


def uploaded(columns: tuple[Column, ...]) -> Table:
    """The table that was sent with a form.

    Raises:
        Invalid: when there is none.
        UnreadableTable: when it is no table.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    return read_table(upload.read(), upload.filename, columns=columns)


def _choice() -> Choice:
    return Choice(
        tasked=request.form.get("tasked") is not None,
        kinds=frozenset(request.form.getlist("kinds")),
        unit_ids=frozenset(read_ids(request.form.getlist("units"))),
        names=request.form.get("names", ""),
        table=uploaded(LIST_COLUMNS) if getattr(request.files.get("file"), "filename", "") else None,
    )


def _offered(units: UnitList) -> dict[str, Any]:
    """What the part of a form needs on which units are chosen."""
    search, ticked = request.values.get("q", "").strip()[:40], set(request.form.getlist("units"))
    rows = [row for row in units.rows if str(row.id) in ticked or row.unit.matches(search)]
    groups: dict[str, list[Standing]] = {}
    areas = {row.id: row.name for row in units.rows}
    for row in rows[:SHOWN_UNITS]:
        area = areas.get(row.area_id, "")
        groups.setdefault(f"{area}　{row.heading}" if area and area != row.name else row.heading, []).append(row)
    return {
        "tasked": sum(1 for row in units.rows if row.task.value),
        "kinds": kinds_of(units),
        "groups": groups,
        "more": max(0, len(rows) - SHOWN_UNITS),
        "search": search,
        "ticked": ticked,
        "chosen": request.form,
        "chosen_kinds": request.form.getlist("kinds"),
    }


def _new_form(units: UnitList, values: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template("supervision/training_new.html", values=values, errors=errors, **_offered(units))


def _deed(row: AnyRow, names: Mapping[int, str]) -> tuple[str, str, str, str]:
    """A line of the history: when, what, who, and the rest."""
    detail: Mapping[str, Any] = row.detail
    persons = [
        f"{names.get(int(unit), '')}由{'、'.join(before) or '无'}改为{'、'.join(after) or '无'}"
        for unit, (before, after) in list(detail.get("persons", {}).items())[:SHOWN_CHANGES]
        if before
    ]
    units = [names[unit_id] for unit_id in detail.get("units", []) if unit_id in names]
    named = "、".join(units[:SHOWN_CHANGES]) + (f"等{len(units)}家" if len(units) > SHOWN_CHANGES else "")
    words = persons or [named]
    if row.action == "training.excuse":
        words.append(f"请假原因：{detail['after']}" if detail.get("after") else "取消请假")
    if detail.get("reason"):
        words.append(f"更正原因：{detail['reason']}")
    what = services.ACTIONS.get(row.action, row.action)
    return format_datetime(row.at), what, row.who or "", "；".join(filter(None, words))
