"""What the pages of units, halls and offices share about transfers."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from flask import Response, render_template, send_file

from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.html import render_html
from gongkai.supervision.dashboard_views import SPREADSHEET
from gongkai.supervision.transfers import document, queries
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.states import (
    ANSWER_LABELS,
    EVENT_LABELS,
    HALL_LABELS,
    MEDIUM_LABELS,
    PROBLEM_LABELS,
    State,
    is_overdue,
    label_of,
)
from gongkai.tenancy.models import Tenant
from gongkai.web import current

WORDS = {
    "halls": HALL_LABELS,
    "media": MEDIUM_LABELS,
    "problems": PROBLEM_LABELS,
    "answers": ANSWER_LABELS,
    "deeds": EVENT_LABELS,
    "minute": format_datetime,
}
_TONES = {State.SENT: "neutral", State.MISMATCH: "warn", State.CONFIRMED: "main"}


def rows_shown(transfer: TransferList) -> Sequence[AnyRow]:
    """The rows of a list: those that were sent, or before that what would be sent now."""
    work = current.uow()
    if transfer.state == State.PREPARED:
        return queries.rows_now(work, tenant_id=transfer.tenant_id, period=Period.parse(transfer.period))
    return queries.rows_of(work, list_id=transfer.id)


def words_of(row: Any, today: date) -> tuple[str, str]:
    """A list's state in words, and its tone."""
    tone = "danger" if is_overdue(row.state, row.due_date, today) else _TONES.get(State(row.state), "warn")
    return label_of(row.state, row.due_date, today), tone


def page(template: str, transfer: TransferList, errors: dict[str, str], **more: Any) -> str:
    """One list with its rows and steps."""
    work = current.uow()
    label, tone = words_of(transfer, shanghai_date(work.now))
    return render_template(
        template,
        transfer=transfer,
        month=Period.parse(transfer.period).label,
        unit=work.session.get_one(Tenant, transfer.tenant_id),
        hall=work.session.get_one(Tenant, transfer.hall_id),
        rows=rows_shown(transfer),
        events=queries.events_of(work, list_id=transfer.id),
        versions=queries.versions_of(
            work, tenant_id=transfer.tenant_id, hall_id=transfer.hall_id, period=transfer.period
        ),
        state=label,
        tone=tone,
        errors=errors,
        **WORDS,
        **more,
    )


def print_page(transfer: TransferList, *, back: str) -> str:
    """The list alone, to be printed and signed."""
    work = current.uow()
    built = document.build(work, transfer=transfer, rows=rows_shown(transfer))
    return render_template("transfers/print.html", title=built.title, back=back, document=render_html(built))


def workbook(transfer: TransferList) -> Response:
    """The rows of the list as a spreadsheet."""
    unit = current.uow().session.get_one(Tenant, transfer.tenant_id)
    return send_file(
        BytesIO(document.list_workbook(rows_shown(transfer))),
        mimetype=SPREADSHEET,
        as_attachment=True,
        download_name=f"{document.title_of(transfer, unit)}.xlsx",
    )
