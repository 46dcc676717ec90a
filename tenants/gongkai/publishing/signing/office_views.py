"""Screens of the office above: signatures of units that have nobody to check them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Invalid
from gongkai.publishing.responses import DECISION_REFUSALS, refusal_heading, refusal_status, say, undo
from gongkai.publishing.signing import queries, services
from gongkai.publishing.signing.access import check_refusal, supervised
from gongkai.publishing.signing.models import DECISIONS, STATES
from gongkai.publishing.signing.pages import file_response, outcome, scan_response, signature_page
from gongkai.publishing.steps import STEP_LABELS
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("office_signing", __name__)
ONE = "/office/signatures/<int:signature_id>"
LOOKING = "查看下级单位线下签批"


@route(blueprint, "/office/signatures/", permission=Permission.PAPER_CONFIRM)
def index() -> ResponseReturnValue:
    """What waits for the office's check, and what became of the others."""
    work, actor = current.uow(), current.actor()
    after = queries.Place.parse(request.args.get("after", ""))
    rows, following = queries.office_signatures(work, actor=actor, after=after)
    return render_template(
        "publishing/signing/list.html",
        rows=rows,
        following=following,
        first_page=after is None,
        checkable=queries.count_for_office(work, actor=actor),
        user_id=actor.user_id,
        step_labels=STEP_LABELS,
        states=STATES,
        decisions=DECISIONS,
        office=True,
    )


def _page(signature_id: int, errors: dict[str, str], status: int = 200, *, heading: str = "") -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    signature = supervised(work, actor=actor, signature_id=signature_id)
    waits = signature.state == "registered"
    reason = check_refusal(signature, actor) if waits else ""
    # The item is the unit's own until it is public: each look is a named operation on that unit.
    with work.acting_for(signature.tenant_id, reason=LOOKING):
        page = signature_page(
            signature, office=True, checks=waits and not reason, withdraws=False, objects=False, checkers="",
            reason=reason, errors=errors, heading=heading,
        )  # fmt: skip
    return page, status


@route(blueprint, ONE, permission=Permission.PAPER_CONFIRM)
def show(signature_id: int) -> ResponseReturnValue:
    """A unit's signature: the scan beside the item."""
    return _page(signature_id, {})


@route(blueprint, f"{ONE}/scan", permission=Permission.PAPER_CONFIRM)
def scan(signature_id: int) -> ResponseReturnValue:
    """The scan of the signed sheet."""
    return scan_response(supervised(current.uow(), actor=current.actor(), signature_id=signature_id))


@route(blueprint, f"{ONE}/attachments/<int:attachment_id>", permission=Permission.PAPER_CONFIRM)
def attachment(signature_id: int, attachment_id: int) -> ResponseReturnValue:
    """A file of the item that was signed, while the signature waits for its check; the look is audited."""
    found = services.open_attachment(
        current.uow(), actor=current.actor(), signature_id=signature_id, attachment_id=attachment_id
    )
    return file_response(found.digest, found.filename, found.media_type, found.size_bytes)


@route(
    blueprint, "/office/signatures/<int:signature_id>/confirm", permission=Permission.PAPER_CONFIRM, methods=["POST"]
)
def confirm(signature_id: int) -> ResponseReturnValue:
    """Confirm a unit's signature: the step is decided."""
    try:
        item = services.confirm_for_unit(current.uow(), actor=current.actor(), signature_id=signature_id)
    except DECISION_REFUSALS as refusal:
        return _page(signature_id, undo(refusal), refusal_status(refusal), heading=refusal_heading(refusal))
    say(outcome(item))
    return redirect(url_for("office_signing.index"))


@route(blueprint, f"{ONE}/refuse", permission=Permission.PAPER_CONFIRM, methods=["POST"])
def refuse(signature_id: int) -> ResponseReturnValue:
    """Turn a unit's registration down with a reason."""
    reason = request.form.get("reason", "")
    try:
        signature = services.refuse_for_unit(
            current.uow(), actor=current.actor(), signature_id=signature_id, reason=reason
        )
    except Invalid as refusal:
        return _page(signature_id, undo(refusal), 400)
    say(f"《{signature.title}》的线下签批未予登记，登记人会收到通知，信息仍停在原环节。")
    return redirect(url_for("office_signing.index"))
