"""Review, signature, issue, withdrawal and publication of a circular."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Invalid
from gongkai.publishing.models import MODES
from gongkai.supervision.circulars import access, errata, issuing
from gongkai.supervision.circulars.issuing import IssueForm
from gongkai.supervision.circulars.publish import send_to_publication
from gongkai.supervision.circulars.views import Frame, load, page
from gongkai.supervision.models import Circular
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("circular_issue", __name__)


@route(blueprint, "/office/circulars/<int:circular_id>/submit", permission=Permission.CIRCULARS_WRITE, methods=["POST"])
def submit(circular_id: int) -> ResponseReturnValue:
    """Send the draft to another member of the office （送审）."""
    load(circular_id)
    try:
        issuing.submit(current.uow(), actor=current.actor(), circular_id=circular_id)
    except Invalid as error:
        return _refused(circular_id, error)
    flash("已送审。请本机关另一位有通报权限的同志审核签发；线下签发的，请登记签发人和日期。", "success")
    return redirect(url_for("circulars.show", circular_id=circular_id))


@route(blueprint, "/office/circulars/<int:circular_id>/recall", permission=Permission.CIRCULARS_WRITE, methods=["POST"])
def recall(circular_id: int) -> ResponseReturnValue:
    """Take it back before it is signed."""
    load(circular_id)
    issuing.recall(current.uow(), actor=current.actor(), circular_id=circular_id)
    flash("已撤回送审，可以继续修改。", "success")
    return redirect(url_for("circulars.show", circular_id=circular_id))


@route(blueprint, "/office/circulars/<int:circular_id>/return", permission=Permission.CIRCULARS_WRITE, methods=["POST"])
def send_back(circular_id: int) -> ResponseReturnValue:
    """Return it to the drafters with an opinion （退回修改）."""
    load(circular_id)
    opinion = request.form.get("opinion", "")
    try:
        issuing.send_back(current.uow(), actor=current.actor(), circular_id=circular_id, opinion=opinion)
    except Invalid as error:
        return _refused(circular_id, error)
    flash("已退回拟稿人修改。", "success")
    return redirect(url_for("circulars.show", circular_id=circular_id))


@route(blueprint, "/office/circulars/<int:circular_id>/sign", permission=Permission.CIRCULARS_WRITE, methods=["POST"])
def sign(circular_id: int) -> ResponseReturnValue:
    """Pass and sign （审核签发）."""
    load(circular_id)
    opinion = request.form.get("opinion", "")
    issuing.sign(current.uow(), actor=current.actor(), circular_id=circular_id, opinion=opinion)
    flash("已签发。请填写文号和印发日期后印发。", "success")
    return redirect(url_for("circular_issue.issue", circular_id=circular_id))


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/sign-on-paper",
    permission=Permission.CIRCULARS_WRITE,
    methods=["POST"],
)
def sign_on_paper(circular_id: int) -> ResponseReturnValue:
    """Record a signature given on paper （登记线下签发）."""
    load(circular_id)
    try:
        issuing.sign_on_paper(
            current.uow(),
            actor=current.actor(),
            circular_id=circular_id,
            signatory=request.form.get("signatory", ""),
            signed_date=_day("signed_date"),
        )
    except Invalid as error:
        return _refused(circular_id, error)
    flash("已登记签发人。请填写文号和印发日期后印发。", "success")
    return redirect(url_for("circular_issue.issue", circular_id=circular_id))


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/issue",
    permission=Permission.CIRCULARS_WRITE,
    methods=["GET", "POST"],
)
def issue(circular_id: int) -> ResponseReturnValue:
    """Number, date, disclosure attribute （印发）."""
    circular = load(circular_id)
    if request.method != "POST":
        return _issue_page(circular, {})
    form = request.form
    given = IssueForm(
        document_number=form.get("document_number", ""),
        issued_date=_day("issued_date"),
        disclosure_mode=form.get("disclosure_mode", "withheld"),
        public_version=form.get("public_version") == "1",
        disclosure_reason=form.get("disclosure_reason", ""),
        secrecy_cleared=form.get("secrecy_cleared") == "1",
    )
    work, actor = current.uow(), current.actor()
    try:
        issued = issuing.issue(work, actor=actor, circular_id=circular_id, form=given)
        if issued.disclosure_mode == "proactive":
            _to_publication(circular_id)
    except Invalid as error:
        current.finish(commit=False)
        return _issue_page(load(circular_id), error.by_field()), 400
    told = "，公开稿已送保密审查，审批后公开" if issued.disclosure_mode == "proactive" else ""
    flash(f"通报已印发{told}。", "success")
    return redirect(url_for("circulars.show", circular_id=circular_id))


@route(
    blueprint, "/office/circulars/<int:circular_id>/withdraw", permission=Permission.CIRCULARS_WRITE, methods=["POST"]
)
def withdraw(circular_id: int) -> ResponseReturnValue:
    """Withdraw it with the reason."""
    load(circular_id)
    reason = request.form.get("withdraw_reason", "")
    try:
        issuing.withdraw(current.uow(), actor=current.actor(), circular_id=circular_id, reason=reason)
    except Invalid as error:
        return _refused(circular_id, error)
    flash("已撤回这份通报。印发过的，可以更正后重新编制；没有印发的，可以就同一统计期新建。", "success")
    return redirect(url_for("circulars.show", circular_id=circular_id))


@route(
    blueprint, "/office/circulars/<int:circular_id>/reissue", permission=Permission.CIRCULARS_WRITE, methods=["POST"]
)
def reissue(circular_id: int) -> ResponseReturnValue:
    """Open the circular that corrects a withdrawn one."""
    load(circular_id)
    given = request.form.get("correction", "")
    try:
        made = errata.reissue(current.uow(), actor=current.actor(), circular_id=circular_id, correction=given)
    except Invalid as error:
        return _refused(circular_id, error)
    flash("已就原通报建立更正后的通报，沿用原锁定的数据和文字，请修改后送审。", "success")
    return redirect(url_for("circulars.show", circular_id=made.id))


def _to_publication(circular_id: int) -> None:
    services = current.services()
    send_to_publication(
        current.uow(),
        drafter=current.actor(),
        circular_id=circular_id,
        files=services.files,
        base_url=services.settings.base_url,
    )


def _issue_page(circular: Circular, errors: dict[str, str]) -> str:
    work = current.uow()
    today = shanghai_date(work.now)
    return render_template(
        "supervision/circular_issue.html",
        frame=Frame(circular, 7),
        circular=circular,
        details=access.details_of(circular),
        suggested=access.next_number(work, tenant_id=circular.tenant_id, year=today.year),
        today=today.isoformat(),
        modes=list(MODES.items()),
        values=request.form,
        posted=request.method == "POST",
        is_drafter=current.actor().user_id in circular.drafter_ids,
        errors=errors,
    )


def _refused(circular_id: int, error: Invalid) -> ResponseReturnValue:
    current.finish(commit=False)
    return page(load(circular_id), error.by_field()), 400


def _day(name: str) -> date | None:
    """A date of the form; None where it is missing or unreadable, which the service then says."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None
