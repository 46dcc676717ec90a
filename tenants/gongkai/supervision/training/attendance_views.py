"""Pages on which an office records who came: ticks, a spreadsheet, one unit and its excuse; the unit's own page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.rows import UnreadableTable
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.core.text.typed import read_ids
from gongkai.supervision.training import services
from gongkai.supervision.training.attendance import (
    COLUMNS,
    EXAMPLES,
    Lists,
    import_attendance,
    person_words,
    record_attendance,
)
from gongkai.supervision.training.choosing import units_on
from gongkai.supervision.training.figures import Session, UnitAtSession
from gongkai.supervision.training.queries import members_of, own_people, own_sessions, units_at
from gongkai.supervision.training.schemas import Person, plain_name, read_persons
from gongkai.supervision.training.views import (
    SPREADSHEET,
    STATES,
    asked_reason,
    asked_year,
    shown_session,
    state_labels,
    uploaded,
    year_choices,
)
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("training_attendance", __name__, template_folder="../templates")
SHOWN_UNITS = 100
"""So many units stand on one page of ticks; the others are reached by name or state."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person who can be ticked for a unit: recorded already (`came`), or known by an account."""

    key: str
    person: Person
    came: bool

    @property
    def words(self) -> str:
        """The person as the page names it."""
        return person_words(self.person)


@route(blueprint, "/office/training/<int:session_id>/attendance", permission=Permission.FACTS_WRITE,
       methods=["GET", "POST"])  # fmt: skip
def ticks(session_id: int) -> ResponseReturnValue:
    """Tick who came, unit by unit; persons without an account are written."""
    work, office_id = current.uow(), current.actor().tenant_id
    found = shown_session(session_id)
    state, search = request.values.get("state", ""), request.values.get("q", "").strip()[:40]
    units = units_at(work, office_id=office_id, session_id=session_id)
    wanted = [row for row in units if (not state or row.state == state) and (search in row.name or search == row.code)]
    shown = wanted[:SHOWN_UNITS]
    errors: dict[str, str] = {}
    if request.method == "POST":
        sent = set(read_ids(request.form.getlist("shown")))
        shown = [row for row in units if row.unit_id in sent]
        try:
            changed = _record(session_id, shown)
        except Invalid as error:
            errors = error.by_field()
            current.finish(commit=False)
        else:
            flash(f"已登记{changed}家单位的签到人员。" if changed else "签到人员没有变化。", "success")
            return redirect(url_for("training.session", session_id=session_id))
    page = render_template(
        "supervision/training_ticks.html",
        session=found,
        rows=_with_known(shown),
        more=max(0, len(wanted) - len(shown)) if not errors else 0,
        values=request.form,
        ticked=set(request.form.getlist("person")),
        again=bool(errors),
        state=state,
        states=list(STATES.items()),
        search=search,
        errors=errors,
    )
    return page, 400 if errors else 200


@route(blueprint, "/office/training/<int:session_id>/units/<int:unit_id>", permission=Permission.FACTS_WRITE,
       methods=["GET", "POST"])  # fmt: skip
def unit(session_id: int, unit_id: int) -> ResponseReturnValue:
    """One unit at a session: its persons, or why it need not come."""
    work, office_id = current.uow(), current.actor().tenant_id
    found, row = shown_session(session_id), _unit_at(session_id, unit_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            _record(session_id, [row])
            if row.invited:
                services.excuse(
                    work,
                    office_id=office_id,
                    session_id=session_id,
                    unit_id=unit_id,
                    excuse=request.form.get("excuse", ""),
                    reason=asked_reason(),
                )
        except Invalid as error:
            errors = error.by_field()
            current.finish(commit=False)
        else:
            flash(f"已保存{row.name}的登记。", "success")
            return redirect(url_for("training.session", session_id=session_id))
    values = request.form if errors else {"excuse": row.excuse}
    return _unit_page(found, row, values, errors, again=bool(errors)), 400 if errors else 200


@route(blueprint, "/office/training/<int:session_id>/units/<int:unit_id>/withdraw", permission=Permission.FACTS_WRITE,
       methods=["POST"])  # fmt: skip
def withdraw(session_id: int, unit_id: int) -> ResponseReturnValue:
    """Take a unit off the list of those invited."""
    row = _unit_at(session_id, unit_id)
    try:
        services.withdraw_unit(
            current.uow(),
            office_id=current.actor().tenant_id,
            session_id=session_id,
            unit_id=unit_id,
            reason=asked_reason(),
        )
    except Conflict as error:
        current.finish(commit=False)
        flash(error.message, "error")
        return redirect(url_for("training_attendance.unit", session_id=session_id, unit_id=unit_id))
    except Invalid as error:
        current.finish(commit=False)
        values = {"excuse": row.excuse}
        return _unit_page(shown_session(session_id), row, values, error.by_field(), again=False), 400
    flash(f"已将{row.name}移出应参训单位。", "success")
    return redirect(url_for("training.session", session_id=session_id))


@route(blueprint, "/office/training/<int:session_id>/import", permission=Permission.FACTS_WRITE,
       methods=["GET", "POST"])  # fmt: skip
def import_page(session_id: int) -> ResponseReturnValue:
    """Record who came from a spreadsheet, all or none."""
    work, actor = current.uow(), current.actor()
    found = shown_session(session_id)
    if request.method != "POST":
        return _import_form(found, {})
    errors: dict[str, str] = {}
    faults: list[CellFault] = []
    number = 0
    try:
        number, faults = import_attendance(
            work,
            office_id=actor.tenant_id,
            entered_by=actor.user_id,
            session_id=session_id,
            units=units_on(work, office_id=actor.tenant_id, day=found.held_date),
            table=uploaded(COLUMNS),
            reason=asked_reason(),
        )
    except UnreadableTable as error:
        errors = {"file": error.message}
    except Invalid as error:
        errors = error.by_field()
    if faults:
        errors = {"file": f"文件中有{len(faults)}处需要修改，未登记任何人员"}
    if errors:
        current.finish(commit=False)
        return _import_form(found, errors, faults), 400
    flash(f"已从表格登记{number}名签到人员。", "success")
    return redirect(url_for("training.session", session_id=session_id))


@route(blueprint, "/office/training/template.xlsx", permission=Permission.FACTS_WRITE)
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    content = write_xlsx([Sheet("签到名单", [column.title for column in COLUMNS], EXAMPLES)])
    return send_file(BytesIO(content), mimetype=SPREADSHEET, as_attachment=True, download_name="签到名单模板.xlsx")


@route(blueprint, "/work/training/", permission=Permission.FINDINGS_READ)
def own() -> ResponseReturnValue:
    """The trainings of one's own unit: invitations, who came, the hours of its people in a year."""
    work, unit_id, year = current.uow(), current.actor().tenant_id, asked_year()
    rows = own_sessions(work, unit_id=unit_id, year=year)
    labels = {closed: state_labels(closed=closed) for closed in (True, False)}
    return render_template(
        "supervision/own_training.html",
        year=year,
        years=year_choices(year),
        sessions=[(row, labels[row.closed][row.state]) for row in rows],
        missed=sum(1 for row in rows if row.closed and row.state == "missing"),
        awaited=sum(1 for row in rows if not row.closed and row.state == "missing"),
        people=own_people(work, unit_id=unit_id, year=year),
    )


def _unit_at(session_id: int, unit_id: int) -> UnitAtSession:
    rows = units_at(current.uow(), office_id=current.actor().tenant_id, session_id=session_id)
    found = next((row for row in rows if row.unit_id == unit_id), None)
    if found is None:
        raise NotFound
    return found


def _unit_page(
    found: Session, row: UnitAtSession, values: Mapping[str, str], errors: dict[str, str], *, again: bool
) -> str:
    """The page of one unit; `again` after a refusal, when the ticks are those that were sent."""
    return render_template(
        "supervision/training_unit.html",
        session=found,
        row=row,
        known=_with_known([row])[0][1],
        label=state_labels(closed=found.closed_at is not None)[row.state],
        values=values,
        ticked=set(request.form.getlist("person")),
        again=again,
        errors=errors,
    )


def _record(session_id: int, shown: Sequence[UnitAtSession]) -> int:
    """Record what the ticks and lines of a form say of some units; returns how many changed.

    Raises:
        Invalid: naming what is written and cannot be read.
    """
    ticked = set(request.form.getlist("person"))
    faults: list[Fault] = []
    lists: dict[int, list[Person]] = {}
    for row, known in _with_known(shown):
        field = f"others-{row.unit_id}"
        written, problems = read_persons(request.form.get(field, ""))
        if problems:
            remedy = "请写成“张三、李四（办公室）”的形式，学时不同的写在后面，如“王五2.5学时”"
            faults.append(Fault(field, f"{row.name}：{'；'.join(problems[:5])}", remedy))
        lists[row.unit_id] = [one.person for one in known if one.key in ticked] + written
    if faults:
        raise Invalid(faults)
    return _put(session_id, lists)


def _put(session_id: int, lists: Lists) -> int:
    actor = current.actor()
    return record_attendance(
        current.uow(),
        office_id=actor.tenant_id,
        entered_by=actor.user_id,
        session_id=session_id,
        lists=lists,
        reason=asked_reason(),
    )


def _with_known(rows: Sequence[UnitAtSession]) -> list[tuple[UnitAtSession, list[Known]]]:
    """Units with the persons who can be ticked: those on record, then members of the unit who are not."""
    members = members_of(current.uow(), unit_ids=[row.unit_id for row in rows])
    return [(row, list(_known(row, members.get(row.unit_id, ())))) for row in rows]


def _known(row: UnitAtSession, members: Iterable[AnyRow]) -> Iterable[Known]:
    for one in row.persons:
        yield Known(f"{row.unit_id}|{one.name}|{one.section}", Person(one.name, one.section, one.hours), came=True)
    names = {one.name for one in row.persons}
    for member in members:
        name = plain_name(member.name)
        if name not in names:
            yield Known(f"{row.unit_id}|{name}|{member.section}", Person(name, member.section), came=False)


def _import_form(found: Session, errors: dict[str, str], faults: Sequence[CellFault] = ()) -> str:
    return render_template(
        "supervision/training_import.html",
        session=found,
        errors=errors,
        faults=faults,
        columns=COLUMNS,
        values=request.form,
    )
