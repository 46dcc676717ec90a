"""The ledger's pages: what a unit answers, and what its office decides."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import read_ids
from gongkai.supervision import catalogue
from gongkai.supervision.ledger import exemptions, services, states
from gongkai.supervision.ledger.queries import Shown, claimable, shown_finding
from gongkai.supervision.ledger.recheck import recheck_claims
from gongkai.supervision.ledger.services import Feedback
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("ledger", __name__, template_folder="templates")
_FIELDS = ("measure", "url", "fixed_on", "person", "leader")


@route(blueprint, "/work/findings/<int:finding_id>", permission=Permission.FINDINGS_READ)
def own(finding_id: int) -> ResponseReturnValue:
    """A problem of one's own unit: what is wrong, by when, what happened, and how to answer."""
    return _own_page(finding_id, {}, {})


@route(blueprint, "/work/findings/<int:finding_id>/accept", permission=Permission.FINDINGS_ANSWER, methods=["POST"])
def accept(finding_id: int) -> ResponseReturnValue:
    """Take a problem on."""
    person, tenant_id = request.form.get("responsible_person", ""), current.actor().tenant_id
    try:
        services.accept(current.uow(), tenant_id=tenant_id, finding_id=finding_id, responsible_person=person)
    except Invalid as error:
        current.finish(commit=False)
        return _own_page(finding_id, request.form.to_dict(), error.by_field()), 400
    flash("已签收，请在整改时限前完成整改并反馈。", "success")
    return redirect(url_for("ledger.own", finding_id=finding_id))


@route(blueprint, "/work/findings/<int:finding_id>/dispute", permission=Permission.FINDINGS_ANSWER, methods=["POST"])
def dispute(finding_id: int) -> ResponseReturnValue:
    """Contest a problem."""
    reason, tenant_id = request.form.get("reason", ""), current.actor().tenant_id
    try:
        services.dispute(current.uow(), tenant_id=tenant_id, finding_id=finding_id, reason=reason)
    except Invalid as error:
        current.finish(commit=False)
        return _own_page(finding_id, request.form.to_dict(), error.by_field()), 400
    flash("已提出异议，等待督查机关核实答复。", "success")
    return redirect(url_for("ledger.own", finding_id=finding_id))


@route(blueprint, "/work/findings/claim", permission=Permission.FINDINGS_ANSWER, methods=["GET", "POST"])
def claim() -> ResponseReturnValue:
    """Report that one or several problems are put right （整改反馈表）."""
    work, tenant_id = current.uow(), current.actor().tenant_id
    ids = read_ids(request.values.getlist("finding"))
    if request.method != "POST":
        return _claim_page(ids, {}, {})
    sent = {name: request.form.get(name, "").strip() for name in _FIELDS}
    feedback = Feedback(**sent, whole_unit=request.form.get("whole_unit") == "1")
    try:
        found = services.claim(work, tenant_id=tenant_id, finding_ids=ids, feedback=feedback)
        looked = recheck_claims(work, found)
    except Invalid as error:
        current.finish(commit=False)
        return _claim_page(ids, request.form.to_dict(), error.by_field()), 400
    flash(_said(len(found), list(looked.values())), "warning" if "fail" in looked.values() else "success")
    return redirect(url_for("supervised.own_findings"))


def _said(number: int, looked: list[str]) -> str:
    passed, failed = looked.count("pass"), looked.count("fail")
    words = [f"已反馈{number}项问题的整改结果"]
    if passed:
        words.append(f"系统复查通过{passed}项，已销号")
    if failed:
        words.append(f"系统复查未通过{failed}项，问题仍然存在，请继续整改")
    if number > passed + failed:
        words.append(f"其余{number - passed - failed}项由督查机关复查" if passed + failed else "由督查机关复查")
    return "；".join(words) + "。"


@route(blueprint, "/office/findings/<int:finding_id>", permission=Permission.SUPERVISION_READ)
def finding(finding_id: int) -> ResponseReturnValue:
    """A problem as its office sees it."""
    return _office_page(finding_id, {}, {})


@route(blueprint, "/office/findings/<int:finding_id>/decide", permission=Permission.FINDINGS_DECIDE, methods=["POST"])
def decide(finding_id: int) -> ResponseReturnValue:
    """Confirm or reject, decide on an objection, or look again, as the state asks."""
    work, form = current.uow(), request.form
    note = form.get("note", "")
    try:
        state = services.get_finding(work, finding_id=finding_id).state
        elsewhere = state == "claimed_fixed" and form.get("decision") == states.ELSEWHERE
        favourable = not elsewhere and _decision(form.get("decision", ""))
        if state == "candidate":
            services.decide_candidate(work, finding_id=finding_id, holds=favourable, reason=note)
        elif state == "disputed":
            services.decide_dispute(work, finding_id=finding_id, sustained=favourable, reason=note)
        else:
            services.recheck(work, finding_id=finding_id, passed=favourable, note=note, elsewhere=elsewhere)
    except Invalid as error:
        current.finish(commit=False)
        return _office_page(finding_id, form.to_dict(), error.by_field()), 400
    done = shown_finding(work, finding_id=finding_id)
    flash(f"已办理，问题现为“{states.STATE_LABELS[done.finding.state]}”，已通知{done.unit}。", "success")
    return redirect(url_for("ledger.finding", finding_id=finding_id))


@route(blueprint, "/office/findings/<int:finding_id>/extend", permission=Permission.FINDINGS_DECIDE, methods=["POST"])
def extend(finding_id: int) -> ResponseReturnValue:
    """Give a unit more time, once."""
    form = request.form
    try:
        until = _day(form.get("until", ""), "until")
        services.extend(current.uow(), finding_id=finding_id, until=until, reason=form.get("reason", ""))
    except Invalid as error:
        current.finish(commit=False)
        return _office_page(finding_id, form.to_dict(), error.by_field()), 400
    flash(f"整改时限已延长至{until.isoformat()}。", "success")
    return redirect(url_for("ledger.finding", finding_id=finding_id))


@route(blueprint, "/office/findings/<int:finding_id>/exempt", permission=Permission.FINDINGS_DECIDE, methods=["POST"])
def exempt(finding_id: int) -> ResponseReturnValue:
    """Decide that the rule is not applied to this for a time."""
    form = request.form
    try:
        until = _day(form.get("exempt_until", ""), "exempt_until")
        whole = form.get("exempt_whole") == "1"
        exemptions.exempt(
            current.uow(), finding_id=finding_id, until=until, reason=form.get("exempt_reason", ""), whole_unit=whole
        )
    except Invalid as error:
        current.finish(commit=False)
        return _office_page(finding_id, form.to_dict(), error.by_field()), 400
    flash(f"已决定：{until.isoformat()}前不适用这项规则，到期后重新评估。", "success")
    return redirect(url_for("ledger.finding", finding_id=finding_id))


@route(blueprint, "/office/exemptions", permission=Permission.SUPERVISION_READ)
def exempted() -> ResponseReturnValue:
    """What rules are not applied to, and until when."""
    actor = current.actor()
    return render_template(
        "ledger/exemptions.html",
        rows=exemptions.exemptions_of(current.uow(), path=actor.tenant_path),
        catalogue=catalogue,
        may_act=actor.may(Permission.FINDINGS_DECIDE),
    )


@route(blueprint, "/office/exemptions/<int:exemption_id>/end", permission=Permission.FINDINGS_DECIDE, methods=["POST"])
def end_exemption(exemption_id: int) -> ResponseReturnValue:
    """Apply the rule again before the day."""
    exemptions.end_exemption(current.uow(), exemption_id=exemption_id)
    flash("已终止，下次评估起重新适用规则。", "success")
    return redirect(url_for("ledger.exempted"))


def _decision(sent: str) -> bool:
    if sent not in ("yes", "no"):
        raise Invalid([Fault("decision", "未选择处理结果", "请选择一项")])
    return sent == "yes"


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid([Fault(field, "日期无效", "请按“2026-04-08”的形式填写")]) from error


def _page(template: str, shown: Shown, values: dict[str, str], errors: dict[str, str], permission: Permission) -> str:
    return render_template(
        template, shown=shown, finding=shown.finding, values=values, errors=errors, states=states,
        catalogue=catalogue, time_words=format_datetime, may_act=current.actor().may(permission),
    )  # fmt: skip


def _own_page(finding_id: int, values: dict[str, str], errors: dict[str, str]) -> str:
    shown = shown_finding(current.uow(), finding_id=finding_id, tenant_id=current.actor().tenant_id)
    return _page("ledger/own.html", shown, values, errors, Permission.FINDINGS_ANSWER)


def _office_page(finding_id: int, values: dict[str, str], errors: dict[str, str]) -> str:
    shown = shown_finding(current.uow(), finding_id=finding_id)
    return _page("ledger/finding.html", shown, values, errors, Permission.FINDINGS_DECIDE)


def _claim_page(ids: list[int], values: dict[str, str], errors: dict[str, str]) -> str:
    found = claimable(current.uow(), tenant_id=current.actor().tenant_id, finding_ids=ids)
    return render_template(
        "ledger/claim.html", findings=found, values=values, errors=errors, words_of=services.words_of,
        catalogue=catalogue,
    )  # fmt: skip
