"""Sending a circular on: review, signature by somebody who did not draft it, number and date, issue, withdrawal."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.errors import Fault, Forbidden, Invalid
from gongkai.core.text.document_numbers import check as check_number
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.ledger import GENESIS, canonical
from gongkai.publishing.models import MODES, TenantLedger
from gongkai.supervision.circulars.access import circulate, details_of, expect, get_circular, names_of
from gongkai.supervision.circulars.checks import hints
from gongkai.supervision.circulars.details import details_to_json
from gongkai.supervision.circulars.services import record
from gongkai.supervision.models import Circular
from gongkai.supervision.rounds.decisions import bring_decisions
from gongkai.supervision.rounds.recall import recall_sheets, withdraw_receipts
from gongkai.supervision.rounds.receipts import hand_over
from gongkai.supervision.rounds.services import record_silence
from gongkai.supervision.rounds.standing import reasons_to_wait, standing_of
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

BLOCKING = frozenset({"missing", "recheck", "live", "table_sum", "assessed_sum"})
"""Hints that must be settled before a circular is sent on; the others are the office's judgement."""


def submit(uow: UnitOfWork, *, actor: Actor, circular_id: int) -> Circular:
    """Send the draft to another member of the office （送审）.

    Raises:
        Invalid: with what is still missing, and with whom it is not verified yet.
        Conflict: when it is no draft.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "draft")
    record_silence(uow, circular_id=circular.id)
    bring_decisions(uow, circular_id=circular.id)
    found = [hint.text.rstrip("。") for hint in hints(circulate(uow, circular)) if hint.code in BLOCKING]
    found += reasons_to_wait(standing_of(uow, circular))
    if found:
        raise Invalid(Fault("", words) for words in found)
    circular.state = "in_review"
    circular.lock_version += 1
    record(uow, circular, "submit")
    return circular


def recall(uow: UnitOfWork, *, actor: Actor, circular_id: int) -> Circular:
    """Take a circular back that nobody has signed yet; only a drafter can.

    Raises:
        Forbidden: when the person did not draft it.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "in_review")
    if actor.user_id not in circular.drafter_ids:
        raise Forbidden("只有拟稿人可以撤回送审；您可以退回修改并写明意见。")
    circular.state = "draft"
    record(uow, circular, "recall")
    return circular


def send_back(uow: UnitOfWork, *, actor: Actor, circular_id: int, opinion: str) -> Circular:
    """Return a circular to its drafters with an opinion; a signature given before no longer holds.

    Raises:
        Invalid: when the opinion is missing.
        Forbidden: when the person drafted it.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "in_review", "signed")
    if circular.state == "in_review":
        _no_drafter(circular, actor)
    if not opinion.strip():
        raise Invalid([Fault("opinion", "未填写退回意见", "请写明需要修改的内容")])
    circular.state = "draft"
    circular.signed_by, circular.signatory, circular.signed_date = None, "", None
    record(uow, circular, "return", {"opinion": opinion.strip()[:500]})
    return circular


def sign(uow: UnitOfWork, *, actor: Actor, circular_id: int, opinion: str = "") -> Circular:
    """Pass the review and sign; never by one of the drafters (held in the database too).

    Raises:
        Forbidden: when the person drafted any of it.
        Conflict: when it does not wait for review.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "in_review")
    _no_drafter(circular, actor)
    circular.signed_by, circular.signatory = actor.user_id, actor.name
    circular.signed_date, circular.state = shanghai_date(uow.now), "signed"
    record(uow, circular, "sign", {"opinion": opinion.strip()[:500]} if opinion.strip() else None)
    return circular


def sign_on_paper(
    uow: UnitOfWork, *, actor: Actor, circular_id: int, signatory: str, signed_date: date | None
) -> Circular:
    """Record a signature given on paper or in the office's own system: who signed, and when.

    Raises:
        Invalid: when the name is missing or that of a drafter, or the date is missing or in the future.
        Conflict: when it does not wait for review.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "in_review")
    name = "".join(signatory.split())
    faults = []
    if not name or len(name) > 30:
        faults.append(Fault("signatory", "签发人没有填写或过长", "请填写签发领导的姓名"))
    elif name in names_of(uow, circular.drafter_ids).values():
        faults.append(Fault("signatory", f"{name}是拟稿人，不能同时为签发人", "请填写签发领导的姓名"))
    if signed_date is None:
        faults.append(Fault("signed_date", "签发日期没有填写或无效", "请按2023-04-03的格式填写"))
    elif signed_date > shanghai_date(uow.now):
        faults.append(Fault("signed_date", "签发日期不能晚于今天", "请核对签发日期"))
    if faults:
        raise Invalid(faults)
    circular.signed_by, circular.signatory, circular.signed_date = None, name, signed_date
    circular.state = "signed"
    detail = {"signatory": name, "date": signed_date.isoformat() if signed_date else ""}
    record(uow, circular, "sign_on_paper", detail)
    return circular


@dataclass(frozen=True, slots=True)
class IssueForm:
    """Number and date as entered, the disclosure attribute, and what publishing needs."""

    document_number: str
    issued_date: date | None
    disclosure_mode: str = "withheld"
    public_version: bool = True
    disclosure_reason: str = ""
    secrecy_cleared: bool = False


def issue(uow: UnitOfWork, *, actor: Actor, circular_id: int, form: IssueForm) -> Circular:
    """Issue a signed circular; one digest over the hash chains of all its units is stored with it (decision 8).

    The units that it names receive it, and its findings fall due by its deadline. One that is to be public still has
    to pass the office's own publication chain: see `publish`.

    Raises:
        Invalid: naming the field: number irregular or used, date missing, future or before the period's end.
        Conflict: when it is not signed.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "signed")
    faults: list[Fault] = []
    number = _number(uow, circular, form.document_number, faults)
    _issue_date(uow, circular, form.issued_date, faults)
    if form.disclosure_mode not in MODES:
        faults.append(Fault("disclosure_mode", "未选择公开属性", "请选择主动公开、依申请公开或不予公开"))
    if form.disclosure_mode == "proactive" and not form.secrecy_cleared:
        faults.append(Fault("secrecy_cleared", "未确认“非涉密”", "主动公开的通报须核实内容不涉密后勾选"))
    if faults:
        raise Invalid(faults)
    circular.document_number, circular.issued_date = number, form.issued_date
    circular.disclosure_mode = form.disclosure_mode
    reason = " ".join(form.disclosure_reason.split())[:500]
    details = replace(details_of(circular), public_version=form.public_version, disclosure_reason=reason)
    circular.details = details_to_json(details)
    path = uow.session.scalar(select(Tenant.path).where(Tenant.id == circular.tenant_id)) or ""
    circular.ledger_digest = ledger_digest(uow, path=path)
    circular.issued_at, circular.state = uow.now, "issued"
    circular.lock_version += 1
    detail = {"number": number, "mode": form.disclosure_mode, "ledger_digest": circular.ledger_digest}
    record(uow, circular, "issue", detail)
    hand_over(uow, circular)
    return circular


def withdraw(uow: UnitOfWork, *, actor: Actor, circular_id: int, reason: str) -> Circular:
    """Withdraw a circular in any state; it stays readable with the reason, and a new one can be opened.

    Raises:
        Invalid: when the reason is missing.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "collecting", "frozen", "draft", "in_review", "signed", "issued")
    if not reason.strip():
        raise Invalid([Fault("withdraw_reason", "未填写撤回原因", "请写明撤回的原因")])
    circular.state = "withdrawn"
    circular.withdrawn_at, circular.withdrawn_reason = uow.now, " ".join(reason.split())[:500]
    circular.lock_version += 1
    recall_sheets(uow, circular)
    withdraw_receipts(uow, circular, reason=circular.withdrawn_reason)
    record(uow, circular, "withdraw", {"reason": circular.withdrawn_reason})
    return circular


def ledger_digest(uow: UnitOfWork, *, path: str) -> str:
    """SHA-256 over the heads of the hash chains of all units at and under `path`.

    Hashed is the canonical JSON of `{"heads": [[code, length, head], …]}`, ordered by code; a unit that has published
    nothing counts with length 0 and the genesis head.
    """
    rows = uow.session.execute(
        select(Tenant.code, TenantLedger.length, TenantLedger.head)
        .outerjoin(TenantLedger, TenantLedger.tenant_id == Tenant.id)
        .where(below(path))
        .order_by(Tenant.code)
    )
    heads = [[row.code, row.length or 0, row.head or GENESIS] for row in rows]
    return hashlib.sha256(canonical({"heads": heads})).hexdigest()


def _no_drafter(circular: Circular, actor: Actor) -> None:
    if actor.user_id in circular.drafter_ids:
        raise Forbidden("您参与了这份通报的拟稿，不能由您审核签发，请由其他同志办理，或登记线下签发。")


def _number(uow: UnitOfWork, circular: Circular, text: str, faults: list[Fault]) -> str:
    """The number in its regular form; empty for a circular without one."""
    written = "".join(text.split())
    if not written:
        return ""
    checked = check_number(written)
    if checked.normalised is None:
        faults.append(Fault("document_number", checked.problem or "文号不规范", "请按“机关代字〔年份〕序号号”填写"))
        return ""
    used = uow.session.scalar(
        select(Circular.period).where(
            Circular.tenant_id == circular.tenant_id,
            Circular.document_number == checked.normalised,
            Circular.id != circular.id,
        )
    )
    if used is not None:
        problem = f"文号“{checked.normalised}”已用于{Span.parse(used).label}的通报"
        faults.append(Fault("document_number", problem, "请核对后使用下一个文号"))
    return checked.normalised


def _issue_date(uow: UnitOfWork, circular: Circular, day: date | None, faults: list[Fault]) -> None:
    last_day = Span.parse(circular.period).last_day
    if day is None:
        faults.append(Fault("issued_date", "印发日期没有填写或无效", "请按2023-04-03的格式填写"))
    elif day > shanghai_date(uow.now):
        faults.append(Fault("issued_date", "印发日期不能晚于今天", "请核对印发日期"))
    elif day <= last_day:
        problem = f"印发日期早于本期统计时段的结束（{format_date(last_day)}）"
        faults.append(Fault("issued_date", problem, "请核对印发日期"))
