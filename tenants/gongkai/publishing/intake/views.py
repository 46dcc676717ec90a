"""Screens of a unit: the documents that came in, one of them as it was sent, and where it is filed."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI, format_date, format_datetime, shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition, size_label
from gongkai.core.text.typed import read_id
from gongkai.publishing.columns import grouped, leaves
from gongkai.publishing.intake import queries
from gongkai.publishing.intake.access import get_document
from gongkai.publishing.intake.filing import file_document
from gongkai.publishing.intake.models import CHANNELS, IntakeDocument
from gongkai.publishing.intake.schemas import LABELS
from gongkai.publishing.limits import Deadline, deadline
from gongkai.publishing.models import MODES
from gongkai.publishing.queries import Cursor
from gongkai.publishing.responses import say, undo
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("intake", __name__, template_folder="../templates")
ONE = "/work/intake/<int:intake_id>"
LimitOf = Callable[[date | None], Deadline | None]
_CHUNK = 64 * 1024
_SHOWN = (
    "title", "document_number", "issuing_agency", "formed_date", "effective_date", "disclosure_mode",
    "withheld_reason", "responsible_unit", "column", "subject_class", "genre_class", "summary",
)  # fmt: skip


@route(blueprint, "/work/intake/", permission=Permission.ITEMS_READ)
def index() -> ResponseReturnValue:
    """What waits to be taken on, soonest limit first; with `all` everything that came in."""
    work, tenant_id = current.uow(), current.actor().tenant_id
    every = request.args.get("all") == "1"
    waiting = queries.untouched(work, tenant_id=tenant_id)
    after = Cursor.parse(request.args.get("after", ""))
    rows, following = queries.received(work, tenant_id=tenant_id, after=after) if every else (waiting, None)
    due = [row.publish_due_date for row in waiting if row.disclosure_mode == "proactive" and row.publish_due_date]
    return render_template(
        "publishing/intake/list.html",
        rows=rows,
        following=following,
        first_page=after is None or not every,
        every=every,
        waiting=len(waiting),
        first=format_date(min(due)) if due else "",
        limit_of=_limit_of(),
        modes=MODES,
        minute=lambda instant: f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    )


@route(blueprint, ONE, permission=Permission.ITEMS_READ)
def show(intake_id: int) -> ResponseReturnValue:
    """A document as it was sent, and its draft."""
    return _page(intake_id, {})


@route(blueprint, f"{ONE}/text", permission=Permission.ITEMS_READ)
def text(intake_id: int) -> ResponseReturnValue:
    """The file of the text as it was sent, under its own name."""
    document = get_document(current.uow(), tenant_id=current.actor().tenant_id, intake_id=intake_id)
    sent = next(file for file in document.files if file["role"] == "text")
    stream = current.services().files.open(sent["digest"])
    response = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype=sent["media_type"])
    response.call_on_close(stream.close)
    response.content_length = sent["size"]
    response.headers["Content-Disposition"] = content_disposition(sent["name"])
    return response


@route(blueprint, f"{ONE}/column", permission=Permission.ITEMS_WRITE, methods=["POST"])
def file(intake_id: int) -> ResponseReturnValue:
    """File the draft in the chosen column and open it in the editor."""
    try:
        item = file_document(current.uow(), actor=current.actor(), intake_id=intake_id, column_id=_chosen())
    except Invalid as refusal:
        return _page(intake_id, undo(refusal), 400)
    say("已归类。请核对内容、补全要素并确认非涉密后送审。")
    return redirect(url_for("work_editor.edit", item_id=item.id))


def _chosen() -> int:
    chosen = read_id(request.form.get("column_id", ""))
    if chosen is None:
        raise Invalid([Fault("column_id", "未选择栏目", "请选择这份公文所属的栏目")])
    return chosen


def _page(intake_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    document = get_document(work, tenant_id=actor.tenant_id, intake_id=intake_id)
    standing = queries.standing_of(work, tenant_id=actor.tenant_id, item_id=document.item_id)
    columns = leaves(work, tenant_id=actor.tenant_id)
    (row,) = queries.documents_of_item(work, tenant_id=actor.tenant_id, item_id=document.item_id)
    return render_template(
        "publishing/intake/document.html",
        document=document,
        standing=standing,
        limit=_limit_of()(standing.due),
        sent=_sent(document),
        signing=_signing(document),
        sender=row.sender or "上级公文系统",
        channel=CHANNELS[document.channel],
        received=format_datetime(document.received_at),
        groups=[(heading, [(leaf.id, leaf.name) for leaf in members]) for heading, members in grouped(columns)],
        files=[(file["role"], file["name"], size_label(file["size"])) for file in document.files],
        may_write=actor.may(Permission.ITEMS_WRITE),
        unfiled="column" not in document.document,
        values=request.form,
        errors=errors,
    ), status


def _sent(document: IntakeDocument) -> list[tuple[str, str]]:
    """The content as sent, for the people who compare."""
    shown = {name: str(document.document.get(name, "")) for name in _SHOWN}
    shown["disclosure_mode"] = MODES[shown["disclosure_mode"]]
    labels = LABELS | {"disclosure_mode": "公开属性"}
    return [(labels[name], value) for name, value in shown.items() if value]


def _signing(document: IntakeDocument) -> list[tuple[str, str]]:
    rows = [
        ("签发人", document.signatory),
        ("签发日期", format_date(document.signed_date)),
        ("签发意见", document.signing_opinion),
        ("公文标识", document.external_id),
    ]
    return [(label, value) for label, value in rows if value]


def _limit_of() -> LimitOf:
    calendar, today = load_calendar(current.uow()), shanghai_date(current.uow().now)

    def limit_of(due: date | None) -> Deadline | None:
        return deadline(calendar, due=due, today=today) if due else None

    return limit_of
