"""Screens of a unit: the sheet to print, the registration of a signed one, and the check by a second account."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Conflict, Forbidden, Invalid, Refused
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.html import render_html
from gongkai.core.storage.names import content_disposition
from gongkai.core.storage.store import FileTooLarge
from gongkai.publishing.access import get_item
from gongkai.publishing.models import Item
from gongkai.publishing.responses import DECISION_REFUSALS, refusal_heading, refusal_status, say, undo
from gongkai.publishing.signing import queries, services
from gongkai.publishing.signing.access import check_refusal, get_signature, may_register
from gongkai.publishing.signing.models import DECISIONS, STATES, PaperSignature
from gongkai.publishing.signing.pages import outcome, scan_response, signature_page
from gongkai.publishing.signing.registration import Scan
from gongkai.publishing.signing.registration import register as register_sheet
from gongkai.publishing.signing.schemas import read_paper_form
from gongkai.publishing.signing.sheet import TITLE, approval_sheet
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.web import current
from gongkai.web.pdf.views import pdf_answer
from gongkai.web.routing import route

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
blueprint = Blueprint("signing", __name__)


def _item(item_id: int) -> Item:
    return get_item(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id)


@route(blueprint, "/work/items/<int:item_id>/approval-sheet", permission=Permission.ITEMS_READ)
def sheet(item_id: int) -> ResponseReturnValue:
    """The sheet alone, to be printed."""
    item = _item(item_id)
    document = render_html(approval_sheet(current.uow(), item=item))
    return render_template("publishing/signing/sheet.html", item=item, document=document)


@route(blueprint, "/work/items/<int:item_id>/approval-sheet.docx", permission=Permission.ITEMS_READ)
def sheet_docx(item_id: int) -> ResponseReturnValue:
    """The sheet as .docx."""
    item = _item(item_id)
    answer = Response(render_docx(approval_sheet(current.uow(), item=item)), mimetype=WORD)
    answer.headers["Content-Disposition"] = content_disposition(f"{TITLE}：{item.title[:40]}.docx")
    return answer


@route(blueprint, "/work/items/<int:item_id>/approval-sheet.pdf", permission=Permission.ITEMS_READ)
def sheet_pdf(item_id: int) -> ResponseReturnValue:
    """The sheet as PDF, where a converter is configured."""
    item = _item(item_id)
    document = approval_sheet(current.uow(), item=item)
    return pdf_answer(document, f"{TITLE}：{item.title[:40]}", back=url_for("signing.sheet", item_id=item_id))


@route(blueprint, "/work/items/<int:item_id>/paper-signature", permission=Permission.ITEMS_READ)
def registration(item_id: int) -> ResponseReturnValue:
    """The form with which a signed sheet is registered."""
    item = _item(item_id)
    if not may_register(current.actor()):
        raise Forbidden("线下签批由本单位信息员或审查人员登记，您的岗位不能办理。")
    waiting = queries.waiting_of(current.uow(), tenant_id=item.tenant_id, item_id=item_id)
    if waiting is not None:
        return redirect(url_for("signing.show", signature_id=waiting))
    if not item.step:
        say("这条信息现在没有等待签批的环节，不能登记线下签批。", "warning")
        return redirect(url_for("work_items.show", item_id=item_id))
    return _registration(item, {}, {})


def _registration(
    item: Item, values: Mapping[str, Any], errors: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    work = current.uow()
    return render_template(
        "publishing/signing/register.html",
        item=item,
        step=STEP_LABELS[StepKind(item.step)],
        signatories=list(queries.signatories(work, item=item).items()),
        decisions=list(DECISIONS.items()),
        earliest=format_date(queries.earliest_day(work, item=item)),
        today=shanghai_date(work.now).isoformat(),
        values=values,
        errors=errors,
    ), status


@route(blueprint, "/work/items/<int:item_id>/paper-signature", permission=Permission.ITEMS_READ, methods=["POST"])
def register(item_id: int) -> ResponseReturnValue:
    """Register a signed sheet; nothing moves before its check."""
    work, actor, product = current.uow(), current.actor(), current.services()
    item = _item(item_id)
    scan = request.files.get("scan")
    try:
        signature = register_sheet(
            work,
            actor=actor,
            item_id=item_id,
            form=read_paper_form(request.form),
            scan=Scan(scan.filename, scan.stream) if scan and scan.filename else None,  # type: ignore[arg-type]
            files=product.files,
            limit_bytes=product.settings.upload_limit_bytes,
        )
    except (Invalid, Refused, FileTooLarge) as refusal:
        errors = undo(refusal)
        item = _item(item_id)
        if not item.step:
            raise Conflict("这条信息现在没有等待签批的环节，不能登记线下签批。") from refusal
        return _registration(item, request.form, errors, 400)
    people = _checkers(signature)
    who = f"请{people}核对" if people else "本单位没有第二个可以核对的账号，已送上级政务公开办核对"
    say(f"《{signature.title}》{STEP_LABELS[StepKind(signature.step)]}的线下签批已登记，{who}，核对后本环节方为通过。")
    return redirect(url_for("signing.show", signature_id=signature.id))


def _checkers(signature: PaperSignature) -> str:
    if signature.for_superior:
        return ""
    involved = {signature.registered_by, signature.signatory_id, *signature.author_ids}
    return "、".join(queries.checkers(current.uow(), tenant_id=signature.tenant_id, but=involved))


@route(blueprint, "/work/signatures/", permission=Permission.ITEMS_READ)
def index() -> ResponseReturnValue:
    """The unit's signatures on paper: what waits for a check, and what became of the others."""
    work, actor = current.uow(), current.actor()
    after = queries.Place.parse(request.args.get("after", ""))
    rows, following = queries.own_signatures(work, tenant_id=actor.tenant_id, after=after)
    return render_template(
        "publishing/signing/list.html",
        rows=rows,
        following=following,
        first_page=after is None,
        checkable=queries.count_checkable(work, actor=actor),
        user_id=actor.user_id,
        step_labels=STEP_LABELS,
        states=STATES,
        decisions=DECISIONS,
        office=False,
    )


def _signature(signature_id: int) -> PaperSignature:
    return get_signature(current.uow(), tenant_id=current.actor().tenant_id, signature_id=signature_id)


def _page(signature_id: int, errors: dict[str, str], status: int = 200, *, heading: str = "") -> ResponseReturnValue:
    actor, signature = current.actor(), _signature(signature_id)
    waits = signature.state == "registered"
    reason = check_refusal(signature, actor)
    page = signature_page(
        signature,
        office=False,
        checks=waits and may_register(actor) and not reason,
        withdraws=waits and signature.registered_by == actor.user_id,
        objects=signature.state == "confirmed"
        and signature.signatory_id == actor.user_id
        and signature.objected_at is None,
        checkers=_checkers(signature) if waits else "",
        reason=reason if waits else "",
        errors=errors,
        heading=heading,
    )
    return page, status


@route(blueprint, "/work/signatures/<int:signature_id>", permission=Permission.ITEMS_READ)
def show(signature_id: int) -> ResponseReturnValue:
    """A signature: the scan beside the item, and what the person may do."""
    return _page(signature_id, {})


@route(blueprint, "/work/signatures/<int:signature_id>/scan", permission=Permission.ITEMS_READ)
def scan(signature_id: int) -> ResponseReturnValue:
    """The scan of the signed sheet."""
    return scan_response(_signature(signature_id))


@route(blueprint, "/work/signatures/<int:signature_id>/confirm", permission=Permission.ITEMS_READ, methods=["POST"])
def confirm(signature_id: int) -> ResponseReturnValue:
    """Confirm the signature: the step is decided."""
    try:
        item = services.confirm(current.uow(), actor=current.actor(), signature_id=signature_id)
    except DECISION_REFUSALS as refusal:
        return _page(signature_id, undo(refusal), refusal_status(refusal), heading=refusal_heading(refusal))
    say(outcome(item))
    return redirect(url_for("signing.index"))


@route(blueprint, "/work/signatures/<int:signature_id>/refuse", permission=Permission.ITEMS_READ, methods=["POST"])
def refuse(signature_id: int) -> ResponseReturnValue:
    """Turn the registration down with a reason."""
    reason = request.form.get("reason", "")
    try:
        signature = services.refuse(current.uow(), actor=current.actor(), signature_id=signature_id, reason=reason)
    except Invalid as refusal:
        return _page(signature_id, undo(refusal), 400)
    say(f"《{signature.title}》的线下签批未予登记，登记人会收到通知，信息仍停在原环节。")
    return redirect(url_for("signing.index"))


@route(blueprint, "/work/signatures/<int:signature_id>/withdraw", permission=Permission.ITEMS_READ, methods=["POST"])
def withdraw(signature_id: int) -> ResponseReturnValue:
    """Take a registration back."""
    signature = services.withdraw(current.uow(), actor=current.actor(), signature_id=signature_id)
    say("线下签批登记已撤回，核对无误后可以重新登记。")
    return redirect(url_for("work_items.show", item_id=signature.item_id))


@route(blueprint, "/work/signatures/<int:signature_id>/object", permission=Permission.ITEMS_READ, methods=["POST"])
def object_to(signature_id: int) -> ResponseReturnValue:
    """Let the signatory object."""
    reason = request.form.get("objection", "")
    try:
        services.object_to(current.uow(), actor=current.actor(), signature_id=signature_id, reason=reason)
    except Invalid as refusal:
        return _page(signature_id, undo(refusal), 400)
    say("您的异议已提交，单位管理员会收到通知。信息确有错误的，请同时要求撤下或修改。")
    return redirect(url_for("signing.show", signature_id=signature_id))
