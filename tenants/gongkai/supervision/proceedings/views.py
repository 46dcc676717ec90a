"""Pages of the register: a year with its figures, a new entry, one entry, its document, the spreadsheet."""

from io import BytesIO

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.picking import picker, present_units, read_with_units
from gongkai.supervision.proceedings import queries, services
from gongkai.supervision.proceedings.models import KINDS
from gongkai.supervision.proceedings.schemas import needs_units, read_proceeding, read_reason
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("proceedings", __name__, template_folder="templates")
WRITE = Permission.FACTS_WRITE
COLUMNS = ("事项", "日期", "事由", "单位", "主持或者决定", "文号", "结果", "追究人次", "作废原因")
_CHUNK = 64 * 1024


@route(blueprint, "/office/proceedings/", permission=WRITE)
def index() -> ResponseReturnValue:
    """The register of a year, with the figures that the annual report asks for."""
    work, office_id = current.uow(), current.actor().tenant_id
    year, kind = _asked()
    return render_template(
        "proceedings/index.html",
        rows=queries.register(work, office_id=office_id, year=year, kind=kind),
        figures=queries.figures_of(work, office_id=office_id, year=year),
        year=year,
        years=[(one, f"{one}年") for one in sorted({*queries.years_of(work, office_id=office_id), year}, reverse=True)],
        wanted=kind,
        kinds=KINDS,
    )


@route(blueprint, "/office/proceedings/register.xlsx", permission=WRITE)
def export() -> ResponseReturnValue:
    """The register of a year as a spreadsheet, narrowed as the page is."""
    year, kind = _asked()
    rows = queries.register(current.uow(), office_id=current.actor().tenant_id, year=year, kind=kind)
    lines = (
        (
            KINDS[row.kind], row.held_date, row.subject, row.units, row.led_by, row.document_number, row.outcome,
            row.persons, row.void_reason,
        )
        for row in rows
    )  # fmt: skip
    data = write_xlsx([Sheet("工作记录", COLUMNS, lines)])
    return send_file(BytesIO(data), mimetype=SPREADSHEET, as_attachment=True, download_name=f"{year}年工作记录.xlsx")


@route(blueprint, "/office/proceedings/new", permission=WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Record a meeting, a commendation, a talk or an accountability."""
    work, actor, held = current.uow(), current.actor(), current.services()
    units = present_units(work, office_id=actor.tenant_id)
    if request.method != "POST" or request.form.get("search") is not None:
        return _form(request.values.to_dict(), picker(units, request.values), {})
    today, chosen = shanghai_date(work.now), request.files.get("attachment")
    named = any(request.form.get(name, "").strip() for name in ("units", "classes", "names"))
    try:
        if named or needs_units(request.form.get("kind", "")):
            form, rows = read_with_units(lambda values: read_proceeding(values, today=today), request.form, units)
        else:
            form, rows = read_proceeding(request.form, today=today), []
        file = ("", "")
        if chosen is not None and chosen.filename:
            limit = held.settings.upload_limit_bytes
            file = services.keep(held.files, filename=chosen.filename, stream=chosen.stream, limit_bytes=limit)  # type: ignore[arg-type]
        entry = services.enter(work, actor=actor, form=form, unit_ids=[row.id for row in rows], file=file)
    except Invalid as error:
        return _form(request.form.to_dict(), picker(units, request.form), undo(error)), 400
    say("已登记。" + ("所列单位已列入当月通报的“工作较好”。" if entry.kind == "commendation" else ""))
    return redirect(url_for(".show", proceeding_id=entry.id))


@route(blueprint, "/office/proceedings/<int:proceeding_id>", permission=WRITE)
def show(proceeding_id: int) -> ResponseReturnValue:
    """One entry."""
    return _page(proceeding_id, {})


@route(blueprint, "/office/proceedings/<int:proceeding_id>/void", permission=WRITE, methods=["POST"])
def void(proceeding_id: int) -> ResponseReturnValue:
    """Void a wrong entry."""
    work, actor = current.uow(), current.actor()
    services.get_proceeding(work, actor=actor, proceeding_id=proceeding_id)
    try:
        reason = read_reason(request.form.get("reason", ""))
        services.void(work, actor=actor, proceeding_id=proceeding_id, reason=reason)
    except (Invalid, Conflict) as error:
        return _page(proceeding_id, undo(error)), refusal_status(error)
    say("已作废，不再计入。")
    return redirect(url_for(".show", proceeding_id=proceeding_id))


@route(blueprint, "/office/proceedings/<int:proceeding_id>/file", permission=WRITE)
def file(proceeding_id: int) -> ResponseReturnValue:
    """The document under its own name."""
    entry = services.get_proceeding(current.uow(), actor=current.actor(), proceeding_id=proceeding_id)
    if not entry.file_digest:
        raise Conflict("这条登记没有附件。")
    stream = current.services().files.open(entry.file_digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype="application/octet-stream")
    response.call_on_close(stream.close)
    response.headers["Content-Disposition"] = content_disposition(entry.filename)
    return response


def _asked() -> tuple[int, str]:
    """The year and kind that the address asks for; without a year, the running one."""
    this = shanghai_date(current.uow().now).year
    year = request.args.get("year", this, type=int)
    kind = request.args.get("kind", "")
    return year if year and 2000 <= year <= 9999 else this, kind if kind in KINDS else ""


def _form(values: dict[str, str], choice: object, errors: dict[str, str]) -> str:
    return render_template(
        "proceedings/new.html", values=values, picker=choice, errors=errors, kinds=list(KINDS.items())
    )  # fmt: skip


def _page(proceeding_id: int, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    entry = services.get_proceeding(work, actor=actor, proceeding_id=proceeding_id)
    return render_template(
        "proceedings/entry.html",
        entry=entry,
        units=queries.units_of(work, office_id=actor.tenant_id, proceeding_id=entry.id),
        kinds=KINDS,
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )
