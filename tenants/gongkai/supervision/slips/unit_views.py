"""Reminder slips as a unit receives them: its list by due date, one slip with the form of the reply."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.officialdoc.html import render_html
from gongkai.publishing.responses import refusal_status, say, undo
from gongkai.supervision.slips import document, queries, services
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery
from gongkai.supervision.slips.schemas import read_reply
from gongkai.supervision.slips.states import EVENT_LABELS, OVERDUE_LABEL, WAITING
from gongkai.supervision.slips.views import file_of, words_of
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("own_slips", __name__, template_folder="../templates")
READ, ANSWER = Permission.FINDINGS_READ, Permission.DEMANDS_ANSWER


@route(blueprint, "/work/slips/", permission=READ)
def index() -> ResponseReturnValue:
    """What the unit was reminded of: what is open by due date, then what is settled."""
    work, actor = current.uow(), current.actor()
    opened = queries.own_slips(work, tenant_id=actor.tenant_id, settled=False)
    settled = queries.own_slips(work, tenant_id=actor.tenant_id, settled=True)
    today = shanghai_date(work.now)
    states = {row.id: words_of(row, today) for row in (*opened, *settled)}
    return render_template(
        "supervision/slips/own.html",
        opened=opened,
        settled=settled,
        states=states,
        waiting=sum(1 for row in opened if row.state in WAITING),
        overdue=sum(1 for label, _ in states.values() if label == OVERDUE_LABEL),
    )


@route(blueprint, "/work/slips/<int:delivery_id>", permission=READ)
def show(delivery_id: int) -> ResponseReturnValue:
    """A slip; opened by somebody who can reply it counts as read."""
    work, actor = current.uow(), current.actor()
    if actor.may(ANSWER):
        services.mark_read(work, actor=actor, delivery_id=delivery_id)
    return _page(delivery_id, {})


@route(blueprint, "/work/slips/<int:delivery_id>", permission=ANSWER, methods=["POST"], endpoint="reply")
def send_reply(delivery_id: int) -> ResponseReturnValue:
    """Reply, with a file if one is chosen."""
    held, chosen = current.services(), request.files.get("attachment")
    services.own_delivery(current.uow(), actor=current.actor(), delivery_id=delivery_id)
    upload = None
    if chosen is not None and chosen.filename:
        limit = held.settings.upload_limit_bytes
        upload = services.Upload(held.files, chosen.filename, chosen.stream, limit)  # type: ignore[arg-type]
    try:
        services.reply(
            current.uow(),
            actor=current.actor(),
            delivery_id=delivery_id,
            answer=read_reply(request.form),
            upload=upload,
        )
    except (Invalid, Conflict) as error:
        return _page(delivery_id, undo(error)), refusal_status(error)
    say("已回复，等待政务公开办审核。")
    return redirect(url_for(".show", delivery_id=delivery_id))


@route(blueprint, "/work/slips/<int:delivery_id>/print", permission=READ)
def print_view(delivery_id: int) -> ResponseReturnValue:
    """The slip as this unit received it, to be printed."""
    work = current.uow()
    delivery, slip = _parts(delivery_id)
    rows = [row for row in queries.deliveries_of(work, slip_id=slip.id) if row.id == delivery.id]
    return render_template(
        "supervision/slips/print.html",
        title=document.title_of(slip),
        back=url_for(".show", delivery_id=delivery.id),
        download="",
        document=render_html(document.build(work, slip=slip, units=rows)),
    )


@route(blueprint, "/work/slips/answers/<int:answer_id>", permission=READ)
def answer_file(answer_id: int) -> ResponseReturnValue:
    """The file of one's own reply."""
    return file_of(services.reply_with_file(current.uow(), answer_id=answer_id, actor=current.actor(), office=False))


def _parts(delivery_id: int) -> tuple[SlipDelivery, ReminderSlip]:
    work = current.uow()
    delivery = services.own_delivery(work, actor=current.actor(), delivery_id=delivery_id)
    return delivery, services.get_slip(work, office_id=delivery.office_id, slip_id=delivery.slip_id)


def _page(delivery_id: int, errors: dict[str, str]) -> str:
    work = current.uow()
    delivery, slip = _parts(delivery_id)
    label, tone = words_of(delivery, shanghai_date(work.now))
    return render_template(
        "supervision/slips/own_slip.html",
        delivery=delivery,
        slip=slip,
        unit=work.session.get_one(Tenant, delivery.tenant_id),
        office=work.session.get_one(Tenant, delivery.office_id),
        events=queries.events_of(work, delivery_ids=[delivery.id]).get(delivery.id, []),
        state=label,
        tone=tone,
        may_reply=current.actor().may(ANSWER) and delivery.state in WAITING,
        deeds=EVENT_LABELS,
        minute=format_datetime,
        values=request.form,
        errors=errors,
    )
