"""Screens of emergency takedowns: one box to find and take down, the case, its paper, the ruling, the report."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, format_datetime
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound, Refused
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.html import render_html
from gongkai.core.storage.names import content_disposition
from gongkai.core.text.typed import read_id
from gongkai.publishing.emergency import queries, report
from gongkai.publishing.emergency.models import KINDS, OUTCOMES, EmergencyTakedown
from gongkai.publishing.emergency.release import COUNTS, release
from gongkai.publishing.emergency.schemas import read_call, read_measures, read_picks, read_ruling
from gongkai.publishing.emergency.services import MOST, Picks, get_case, receive_paper, take_down
from gongkai.publishing.emergency.targets import Found, find_targets
from gongkai.publishing.responses import say, undo
from gongkai.tenancy.queries import PlacedUnit, units_in_use
from gongkai.web import current
from gongkai.web.pdf.views import pdf_answer
from gongkai.web.routing import route

blueprint = Blueprint("emergency", __name__, template_folder="../templates")
TAKE_DOWN, RELEASE = Permission.EMERGENCY_TAKE_DOWN, Permission.EMERGENCY_RELEASE
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAPER_KINDS = ".pdf,.jpg,.jpeg,.png,.ofd,.docx,.doc,.wps"
_CHUNK = 64 * 1024


@route(blueprint, "/office/emergency/", permission=TAKE_DOWN)
def index() -> ResponseReturnValue:
    """The box, what it finds, and the cases."""
    return _page(_find(request.args.get("q", ""), request.args.get("unit", "")), {})


@route(blueprint, "/office/emergency/", permission=TAKE_DOWN, methods=["POST"])
def act() -> ResponseReturnValue:
    """Take down what is ticked, or at once what a number or an address names; anything else is shown first."""
    form = request.form
    picks = read_picks(form)
    found = Found()
    if form.get("deed") == "preview" or not picks:
        found = _find(form.get("q", ""), form.get("unit", ""))
    if form.get("deed") == "preview":
        return _page(found, {})
    if not picks and found.exact:
        picks = Picks(
            frozenset(line.id for line in found.items if line.meant),
            frozenset(found.meant_files),
            frozenset(line.id for line in found.columns if line.meant),
        )
    elif not picks and (found.items or found.columns):
        problem = Fault("pick", "请核对下面找到的内容", "勾选要撤下的，再按“立即撤下”")
        return _page(found, Invalid([problem]).by_field()), 400
    try:
        case = take_down(current.uow(), actor=current.actor(), picks=picks, call=read_call(form))
    except (Invalid, Conflict) as refusal:
        errors = undo(refusal)
        again = found if found.exact else _find(form.get("q", ""), form.get("unit", ""))
        return _page(again, errors), 400 if isinstance(refusal, Invalid) else 409
    say(
        "已撤下，公众页面、附件、检索和订阅中不再显示，并已锁定，不能重新发布。"
        f"请在{format_date(case.paper_due_date)}下班前补齐书面手续。"
    )
    return redirect(url_for(".show", takedown_id=case.id))


@route(blueprint, "/office/emergency/<int:takedown_id>", permission=TAKE_DOWN)
def show(takedown_id: int) -> ResponseReturnValue:
    """A case: what was taken down, what is missing, what can be decided."""
    return _case(get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id), {})


@route(blueprint, "/office/emergency/<int:takedown_id>/paper", permission=TAKE_DOWN, methods=["POST"])
def add_paper(takedown_id: int) -> ResponseReturnValue:
    """Keep the paper that follows the call."""
    services, chosen = current.services(), request.files.get("paper")
    get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id, own=True)
    if chosen is None or not chosen.filename:
        problem = Fault("paper", "没有选择文件", "请选择书面手续的扫描件")
        return _refused(takedown_id, Invalid([problem]).by_field())
    try:
        case = receive_paper(
            current.uow(),
            actor=current.actor(),
            takedown_id=takedown_id,
            files=services.files,
            filename=chosen.filename,
            stream=chosen.stream,  # type: ignore[arg-type]
            limit_bytes=services.settings.upload_limit_bytes,
        )
    except Invalid as refusal:
        return _refused(takedown_id, undo(refusal))
    say(f"书面手续《{case.paper_name}》已登记。")
    return redirect(url_for(".show", takedown_id=takedown_id))


@route(blueprint, "/office/emergency/<int:takedown_id>/paper", permission=TAKE_DOWN)
def paper(takedown_id: int) -> ResponseReturnValue:
    """The paper under its own name."""
    case = get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id)
    if not case.paper_digest:
        raise NotFound("书面手续还没有登记。")
    stream = current.services().files.open(case.paper_digest)
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype="application/octet-stream")
    response.call_on_close(stream.close)
    response.headers["Content-Disposition"] = content_disposition(case.paper_name)
    return response


@route(blueprint, "/office/emergency/<int:takedown_id>/release", permission=RELEASE, methods=["POST"])
def rule(takedown_id: int) -> ResponseReturnValue:
    """恢复发布, or 不再公开 with what becomes of the count."""
    actor, ruling = current.actor(), read_ruling(request.form)
    get_case(current.uow(), actor=actor, takedown_id=takedown_id)
    try:
        ruled = release(
            current.uow(), actor=actor, takedown_id=takedown_id, measure_ids=read_measures(request.form), ruling=ruling
        )
    except Invalid as refusal:
        return _refused(takedown_id, undo(refusal))
    except Refused as refusal:
        return _refused(takedown_id, undo(refusal), 409)
    restored = ruling.outcome == "restored"
    after = "按原索引号和原地址恢复公开" if restored else "不再公开，相同内容仍不能重新发布"
    say(f"已对{len(ruled)}项作出“{OUTCOMES[ruling.outcome]}”的决定，{after}。")
    return redirect(url_for(".show", takedown_id=takedown_id))


@route(blueprint, "/office/emergency/<int:takedown_id>/report", permission=TAKE_DOWN)
def print_view(takedown_id: int) -> ResponseReturnValue:
    """The report on the handling alone, to be printed."""
    case = get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id)
    document = render_html(report.build(current.uow(), case))
    return render_template(
        "publishing/emergency/report.html", case=case, title=report.title_of(case), document=document
    )


@route(blueprint, "/office/emergency/<int:takedown_id>/report.docx", permission=TAKE_DOWN)
def download(takedown_id: int) -> ResponseReturnValue:
    """The report on the handling as .docx."""
    case = get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id)
    answer = Response(render_docx(report.build(current.uow(), case)), mimetype=WORD)
    answer.headers["Content-Disposition"] = content_disposition(f"{report.title_of(case)}.docx")
    return answer


@route(blueprint, "/office/emergency/<int:takedown_id>/report.pdf", permission=TAKE_DOWN)
def download_pdf(takedown_id: int) -> ResponseReturnValue:
    """The report as PDF, where a converter is configured."""
    case = get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id)
    back = url_for(".print_view", takedown_id=takedown_id)
    return pdf_answer(report.build(current.uow(), case), report.title_of(case), back=back)


def _find(wanted: str, unit: str) -> Found:
    return find_targets(
        current.uow(), actor=current.actor(), search=current.services().search, wanted=wanted, unit_id=read_id(unit)
    )


def _page(found: Found, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    rows = queries.cases(work, actor=actor)
    ticked = read_picks(request.form) if request.form.getlist("pick") else None
    return render_template(
        "publishing/emergency/index.html",
        found=found,
        errors=errors,
        values=request.values,
        looked=bool(request.values.get("q", "").strip()),
        ticked=ticked,
        most=MOST,
        units=[(placed.unit.id, "　" * placed.depth + placed.unit.short_name) for placed in _units()],
        cases=[(row, queries.paper_of(work, row)) for row in rows],
        minute=format_datetime,
    )


def _units() -> list[PlacedUnit]:
    return units_in_use(current.uow(), path=current.actor().tenant_path)


def _case(case: EmergencyTakedown, errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    measures = queries.measures_of(work, takedown_id=case.id)
    return render_template(
        "publishing/emergency/case.html",
        case=case,
        title=report.title_of(case),
        paper=queries.paper_of(work, case),
        measures=measures,
        opened=[row for row in measures if not row.outcome],
        counted=sum(row.counted for row in measures if not row.outcome),
        events=report.timeline(work, case, measures),
        kinds=KINDS,
        outcomes=list(OUTCOMES.items()),
        counts=list(COUNTS.items()),
        named=report.named,
        ruling_words=report.ruling_words,
        own=case.tenant_id == actor.tenant_id,
        may_release=actor.may(RELEASE),
        paper_kinds=PAPER_KINDS,
        ticked=read_measures(request.form),
        values=request.form,
        errors=errors,
    )


def _refused(takedown_id: int, errors: dict[str, str], status: int = 400) -> ResponseReturnValue:
    return _case(get_case(current.uow(), actor=current.actor(), takedown_id=takedown_id), errors), status
