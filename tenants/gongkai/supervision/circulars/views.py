"""Pages of circulars: the list, a new one, the circular as the stamped page, its print view and files."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH, QUARTER, YEAR, Span
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.html import render_html
from gongkai.core.officialdoc.model import OfficialDocument
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.imports.batches import batches_after
from gongkai.publishing.models import MODES
from gongkai.supervision.circulars import access, progress
from gongkai.supervision.circulars.checks import hints
from gongkai.supervision.circulars.collect import Tell
from gongkai.supervision.circulars.document import Circulate, build
from gongkai.supervision.circulars.notes import predecessor_of, successor_of
from gongkai.supervision.circulars.publish import item_words
from gongkai.supervision.circulars.services import create_circular
from gongkai.supervision.circulars.snapshot import Change, Snapshot, changes
from gongkai.supervision.models import CIRCULAR_STATES, COVERAGES, Circular
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rounds.standing import reasons_to_wait, standing_of
from gongkai.supervision.rules import CIRCULAR_MONTHS
from gongkai.web import current
from gongkai.web.pdf.views import pdf_answer
from gongkai.web.routing import route

blueprint = Blueprint("circulars", __name__)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OFFERED = (("月份", MONTH, 24), ("季度", QUARTER, 9), ("年度", YEAR, 4))
"""Kinds of periods that a new circular can be about: words, length, how many are offered."""
STEPS = (
    ("锁定数据", "circular_steps.figures"),
    ("存在问题", "circular_steps.found"),
    ("工作较好", "circular_steps.commended"),
    ("要求和联系方式", "circular_steps.requirements"),
    ("文字", "circular_steps.text"),
    ("预览送审", "circulars.show"),
    ("签发印发", "circular_issue.issue"),
)
EDITABLE = ("collecting", "frozen", "draft")
TONES = {"issued": "solid", "signed": "main", "in_review": "warn", "withdrawn": "danger"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame around each step shows: the circular, its words, its steps with addresses."""

    circular: Circular
    step: int

    @property
    def heading(self) -> str:
        """2023年3月份通报."""
        return f"{Span.parse(self.circular.period).title}通报"

    @property
    def state(self) -> str:
        """The state in words."""
        return CIRCULAR_STATES[self.circular.state]

    @property
    def tone(self) -> str:
        """Tone of the state's badge."""
        return TONES.get(self.circular.state, "neutral")

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Labels and addresses; steps that the state does not allow yet lead nowhere."""
        return [(label, self._address(number, endpoint)) for number, (label, endpoint) in enumerate(STEPS, start=1)]

    def _address(self, number: int, endpoint: str) -> str:
        unlocked = self.circular.snapshot is not None
        open_now = (
            number in (1, 6)
            or (number == 7 and self.circular.state in ("in_review", "signed", "issued"))
            or (unlocked and self.circular.state in EDITABLE and number < 6)
        )
        return url_for(endpoint, circular_id=self.circular.id) if open_now else ""


def load(circular_id: int) -> Circular:
    """The office's circular of a page.

    Raises:
        NotFound: when it is missing or another office's.
    """
    return access.get_circular(current.uow(), tenant_id=current.actor().tenant_id, circular_id=circular_id)


def changed_since(circular: Circular) -> list[Change] | None:
    """What has changed in the data since they were locked; nothing while they are live.

    None for a quarter or a year, whose months take seconds to add up, unless the page was asked for it.
    """
    locked = access.snapshot_of(circular)
    if locked is None:
        return []
    if not locked.is_month and request.args.get("changes") != "1":
        return None
    return changes(locked, access.live(current.uow(), circular, tell=teller(circular)))


def on_screen(circular: Circular, *, public: bool = False) -> Circulate:
    """The circular with links to this site's own pages."""
    base_url = "" if public else request.host_url.rstrip("/")
    return access.circulate(current.uow(), circular, base_url=base_url, public=public, tell=teller(circular))


def teller(circular: Circular) -> Tell | None:
    """Keeps, for who looks at the progress, how many months of a longer period are added up; nothing of a month."""
    if Span.parse(circular.period).length == MONTH:
        return None
    database, actor = current.services().database, current.actor()

    def tell(done: int, total: int, before: bool) -> None:
        # In a transaction of its own: what is added up is seen by others when it is done.
        with database.transaction(actor.scope()) as uow:
            now = progress.Progress(done, total, before)
            progress.save(uow, tenant_id=actor.tenant_id, user_id=actor.user_id, progress=now)

    return tell


@route(blueprint, "/office/circulars/progress", permission=Permission.CIRCULARS_WRITE)
def adding_up() -> ResponseReturnValue:
    """How far the adding up is for which this person waits in another window, or in this one behind the script."""
    actor = current.actor()
    found = progress.progress_of(current.uow(), tenant_id=actor.tenant_id, user_id=actor.user_id)
    return render_template("supervision/circular_progress.html", progress=found)


@route(blueprint, "/office/circulars/", permission=Permission.CIRCULARS_WRITE)
def index() -> ResponseReturnValue:
    """The office's circulars, and whether that of the last period is on its way."""
    work, office_id = current.uow(), current.actor().tenant_id
    rows = access.circulars_of(work, tenant_id=office_id)
    running, usual = _usual_length()
    last = Span.around(running, usual).previous()
    current_one = next((row for row in rows if row.period == str(last) and row.state != "withdrawn"), None)
    return render_template(
        "supervision/circulars.html",
        rows=rows,
        last=last,
        current_one=current_one,
        states=CIRCULAR_STATES,
        tones=TONES,
        coverages=COVERAGES,
        modes=MODES,
        span=Span.parse,
    )


@route(blueprint, "/office/circulars/new", permission=Permission.CIRCULARS_WRITE, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Choose period and coverage."""
    if request.method != "POST":
        return _new_form({})
    try:
        span = Span.parse(request.form.get("period", "").strip())
        coverage = request.form.get("coverage", "all")
        circular = create_circular(current.uow(), actor=current.actor(), span=span, coverage=coverage)
    except ValueError:
        return _new_form({"period": "统计期无效；请从列表中选择"}), 400
    except Invalid as error:
        return _new_form(error.by_field()), 400
    except Conflict as error:
        return _new_form({"period": error.message}), 409
    flash(f"已新建{span.title}通报，请核对数据后锁定。", "success")
    return redirect(url_for("circular_steps.figures", circular_id=circular.id))


def _new_form(errors: dict[str, str]) -> str:
    running, usual = _usual_length()
    return render_template(
        "supervision/circular_new.html",
        errors=errors,
        values=request.values,
        groups=[(label, _spans(running, length, number)) for label, length, number in OFFERED],
        last=str(Span.around(running, usual).previous()),
        coverages=list(COVERAGES.items()),
    )


def _usual_length() -> tuple[Period, int]:
    """The running month, and how many months the office's circulars are usually about."""
    work, actor = current.uow(), current.actor()
    running = Period.of(shanghai_date(work.now))
    book = rule_book(work, path=actor.tenant_path, codes=(CIRCULAR_MONTHS,))
    return running, book.circular_months(office_id=actor.tenant_id, period=running)


def _spans(running: Period, length: int, number: int) -> list[tuple[str, str]]:
    """The span that runs and those before it, as the choices of a form."""
    first = Span.around(running, length)
    spans = [Span.around(running.minus(length * place), length) for place in range(number)]
    return [(str(span), f"{span.label}{'（尚未结束）' if span == first else ''}") for span in spans]


@route(blueprint, "/office/circulars/<int:circular_id>", permission=Permission.CIRCULARS_WRITE)
def show(circular_id: int) -> ResponseReturnValue:
    """The circular as the stamped page, with what to look at beside it and what can be done next."""
    return page(load(circular_id), {})


def page(circular: Circular, errors: dict[str, str]) -> str:
    """The circular's page; `errors` of a refused step by field."""
    work, actor = current.uow(), current.actor()
    given = on_screen(circular)
    label, is_public = item_words(work, circular)
    return render_template(
        "supervision/circular.html",
        frame=Frame(circular, 6),
        circular=circular,
        document=render_html(build(given)),
        hints=hints(given),
        changes=changed_since(circular),
        brought=[
            (row, next(late["items"] for late in row.late if late["id"] == circular.id))
            for row in batches_after(work, circular_id=circular.id)
        ],
        to_verify=reasons_to_wait(standing_of(work, circular)) if circular.state in ("frozen", "draft") else [],
        predecessor=predecessor_of(work, circular),
        successor=successor_of(work, circular) if circular.state == "withdrawn" else None,
        history=[_event(row) for row in access.history_of(work, circular)],
        is_drafter=actor.user_id in circular.drafter_ids,
        drafters=list(access.names_of(work, circular.drafter_ids).values()),
        modes=MODES,
        item_label=label,
        item_is_public=is_public,
        errors=errors,
        values=request.form,
        locked_at=format_datetime(circular.frozen_at) if circular.frozen_at else "",
    )


@route(blueprint, "/office/circulars/<int:circular_id>/print", permission=Permission.CIRCULARS_WRITE)
def print_view(circular_id: int) -> ResponseReturnValue:
    """The circular alone, to be printed."""
    circular = load(circular_id)
    given = on_screen(circular, public=request.args.get("version") == "public")
    return render_template("supervision/circular_print.html", circular=circular, document=render_html(build(given)))


@route(blueprint, "/office/circulars/<int:circular_id>/circular.docx", permission=Permission.CIRCULARS_WRITE)
def download(circular_id: int) -> ResponseReturnValue:
    """The circular as .docx at any stage; `version=public` names no unit."""
    document, name = _file(load(circular_id))
    answer = Response(render_docx(document), mimetype=WORD)
    answer.headers["Content-Disposition"] = content_disposition(f"{name}.docx")
    return answer


@route(blueprint, "/office/circulars/<int:circular_id>/circular.pdf", permission=Permission.CIRCULARS_WRITE)
def download_pdf(circular_id: int) -> ResponseReturnValue:
    """The same as PDF, where a converter is configured."""
    document, name = _file(load(circular_id))
    return pdf_answer(document, name, back=url_for(".show", circular_id=circular_id))


def _file(circular: Circular) -> tuple[OfficialDocument, str]:
    """The document that is downloaded, and its name without extension."""
    public = request.args.get("version") == "public"
    base_url = "" if public else current.services().settings.base_url
    given = access.circulate(current.uow(), circular, base_url=base_url, public=public)
    stage = "" if circular.state == "issued" else f"（{CIRCULAR_STATES[circular.state]}）"
    suffix = "（公开版）" if public else ""
    return build(given), f"{circular.title}{suffix}{stage}"


def _event(row: Any) -> tuple[str, str, str, str]:
    detail = row.detail or {}
    note = detail.get("reason") or detail.get("opinion") or ""
    return format_datetime(row.at), access.ACTIONS.get(row.action, row.action), row.who or "系统", str(note)


def live_or_locked(circular: Circular) -> Snapshot:
    """The figures that the circular shows now."""
    return access.snapshot_of(circular) or access.live(current.uow(), circular, tell=teller(circular))
