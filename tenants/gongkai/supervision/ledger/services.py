"""What people do with findings: accept, contest, claim fixed, look again, extend, confirm; one step at a time.

Every step checks the state it starts from (`states.WAYS`) on the locked row, and leaves an event and an audit line.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import describe
from gongkai.supervision.evaluation.base import Moment, Subject, values_of
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.ledger.records import note_events
from gongkai.supervision.ledger.states import ELSEWHERE, OPEN_STATES, Who, target_of
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import RuleBook

TEXT_LIMIT = 1000
CLAIMED, DISPUTED, DECIDED = "finding.claimed", "finding.disputed", "finding.decided"
"""Outbox events: for the office, the office, the unit."""
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Feedback:
    """Rectification feedback （整改反馈表, form D10).

    Attributes:
        measure: what was done; url: page on which it is seen; fixed_on: ISO date; person, leader: who answers for it.
        whole_unit: the unit says that the same problem was looked for and put right everywhere, not only where named.
    """

    measure: str
    url: str
    fixed_on: str
    person: str
    leader: str
    whole_unit: bool = False


def get_finding(uow: UnitOfWork, *, finding_id: int, tenant_id: int | None = None) -> Finding:
    """A finding in the scope, of one unit where `tenant_id` is given, locked for a change.

    Raises:
        NotFound: when there is none.
    """
    query = select(Finding).where(Finding.id == finding_id, Finding.state != "noted").with_for_update()
    return uow.one(query if tenant_id is None else query.where(Finding.tenant_id == tenant_id))


def accept(uow: UnitOfWork, *, tenant_id: int, finding_id: int, responsible_person: str) -> None:
    """The unit takes a problem on and names who sees to it.

    Raises:
        Invalid: without a name. NotFound. Refused: in another state.
    """
    finding = get_finding(uow, finding_id=finding_id, tenant_id=tenant_id)
    person = _required("responsible_person", "责任人", responsible_person, "请填写负责整改的人员姓名")
    finding.responsible_person = person
    _step(uow, finding, "accept", "unit", note=f"责任人：{person}")


def dispute(uow: UnitOfWork, *, tenant_id: int, finding_id: int, reason: str) -> None:
    """The unit contests a problem （问题核实反馈表, form D13).

    Raises:
        Invalid: without a reason. NotFound. Refused: in another state.
    """
    finding = get_finding(uow, finding_id=finding_id, tenant_id=tenant_id)
    words = _required("reason", "异议理由", reason, "请写明事实和依据，便于督查机关核实")
    _step(uow, finding, "dispute", "unit", note=words)
    uow.emit(DISPUTED, finding.id)


def decide_dispute(uow: UnitOfWork, *, finding_id: int, sustained: bool, reason: str) -> None:
    """The office decides on an objection: `sustained` dismisses the problem.

    Raises:
        Invalid: without a reason. NotFound. Refused: in another state.
    """
    finding = get_finding(uow, finding_id=finding_id)
    words = _required("reason", "处理意见", reason, "请写明核实情况，单位可以看到")
    _step(uow, finding, "sustain" if sustained else "uphold", "office", note=words)
    uow.emit(DECIDED, finding.id)


def decide_candidate(uow: UnitOfWork, *, finding_id: int, holds: bool, reason: str) -> None:
    """A person establishes what the system only suspected, or rejects it.

    Raises:
        Invalid: without a reason for rejecting. NotFound. Refused: in another state.
    """
    finding = get_finding(uow, finding_id=finding_id)
    words = reason.strip() if holds else _required("reason", "处理意见", reason, "请写明不成立的理由")
    if holds:
        finding.due_date = _usual_due_date(uow, finding)
    _step(uow, finding, "confirm" if holds else "reject", "office", note=words[:TEXT_LIMIT])
    uow.emit(DECIDED, finding.id)


def claim(uow: UnitOfWork, *, tenant_id: int, finding_ids: Sequence[int], feedback: Feedback) -> list[Finding]:
    """The unit reports that problems are put right, one or several with the same feedback; accepts them first.

    Raises:
        Invalid: naming what form D10 lacks; the link of the corrected page is mandatory. NotFound: for any of them.
        Refused: when one is in a state that takes no claim; nothing is written then.
    """
    faults = list(feedback_faults(feedback, today=shanghai_date(uow.now)))
    ids = list(dict.fromkeys(finding_ids))
    if not ids:
        faults.append(Fault("finding", "未选择问题", "请勾选已经整改的问题"))
    if len(ids) > MOST_AT_ONCE:
        faults.append(Fault("finding", f"一次选择了{len(ids)}项", f"请分批反馈，每批不超过{MOST_AT_ONCE}项"))
    if faults:
        raise Invalid(faults)
    found = [get_finding(uow, finding_id=one, tenant_id=tenant_id) for one in sorted(ids)]
    for finding in found:
        if finding.state in ("open", "reopened"):
            finding.responsible_person = feedback.person
            _step(uow, finding, "accept", "unit", note=f"责任人：{feedback.person}")
        finding.claim, finding.claimed_at, finding.claimed_by = asdict(feedback), uow.now, uow.scope.user_id
        finding.recheck_at = finding.recheck_by = None
        _step(uow, finding, "claim", "unit", note=feedback.measure, detail={"url": feedback.url})
        uow.emit(CLAIMED, finding.id)
    return found


def feedback_faults(feedback: Feedback, *, today: date) -> list[Fault]:
    """What form D10 lacks; a report without the link of the page counts as none （固镇县通知 2023)."""
    faults = [
        Fault(name, f"未填写{label}", remedy)
        for name, label, remedy in (
            ("measure", "整改措施", "请写明做了什么"),
            ("person", "整改责任人", "请填写姓名"),
            ("leader", "分管负责人", "请填写姓名"),
        )
        if not str(getattr(feedback, name)).strip()
    ]
    if not feedback.url.startswith(("https://", "http://", "/")) or any(sign.isspace() for sign in feedback.url):
        faults.append(Fault("url", "没有整改后页面的链接", "请粘贴整改后页面的网址，没有链接视为未整改"))
    try:
        fixed_on = date.fromisoformat(feedback.fixed_on)
    except ValueError:
        faults.append(Fault("fixed_on", "整改完成日期无效", "请按“2026-04-08”的形式填写"))
    else:
        if fixed_on > today:
            faults.append(Fault("fixed_on", "整改完成日期晚于今天", "请在整改完成后再反馈"))
    if len(feedback.measure) > TEXT_LIMIT:
        faults.append(Fault("measure", f"整改措施过长（{len(feedback.measure)}字）", f"请控制在{TEXT_LIMIT}字以内"))
    return faults


def recheck(uow: UnitOfWork, *, finding_id: int, passed: bool, note: str, elsewhere: bool = False) -> None:
    """Somebody of the office looks again at what a unit claims to have put right.

    `elsewhere`: it did not pass although what was named is put right, since the same stands elsewhere in the unit.

    Raises:
        Invalid: without a note where it did not pass. NotFound. Refused: in another state, or to the claimant.
    """
    finding = get_finding(uow, finding_id=finding_id)
    if finding.claimed_by is not None and finding.claimed_by == uow.scope.user_id:
        raise Refused("整改情况由反馈人以外的人员复查，请由其他人员办理。")
    words = note.strip() if passed else _required("note", "复查情况", note, "请写明复查时看到的情况")
    finding.recheck_at, finding.recheck_by = uow.now, uow.scope.user_id
    if passed:
        finding.closed_at = uow.now
    else:
        finding.reopened_count += 1
        finding.false_claim = True
    detail = {ELSEWHERE: True} if elsewhere and not passed else {}
    _step(uow, finding, "pass" if passed else "fail", "office", note=words[:TEXT_LIMIT], detail=detail)
    uow.emit(DECIDED, finding.id)


def extend(uow: UnitOfWork, *, finding_id: int, until: date, reason: str) -> None:
    """Give a unit more time, once, with a reason.

    Raises:
        Invalid: naming the field. NotFound. Refused: when it was extended before, or is not open.
    """
    finding = get_finding(uow, finding_id=finding_id)
    if finding.state not in OPEN_STATES:
        raise Refused("问题已经办结，不需要延期。")
    if finding.extension is not None:
        raise Refused("整改时限只能延长一次，这一问题已经延长过。")
    words = _required("reason", "延期理由", reason, "请写明为什么不能按期整改")
    if until <= max(finding.due_date or date.min, shanghai_date(uow.now)):
        raise Invalid([Fault("until", "延长后的时限不晚于原时限", "请填写更晚的日期")])
    finding.extension = {"from": finding.due_date.isoformat() if finding.due_date else "", "reason": words}
    finding.due_date = until
    _event(uow, finding, "extended", note=words, detail={"until": until.isoformat()})
    uow.emit(DECIDED, finding.id)


def words_of(finding: Any) -> str:
    """What a finding says is wrong."""
    return describe(finding.rule_code, finding.evidence)


def _usual_due_date(uow: UnitOfWork, finding: Finding) -> date | None:
    moment, unit_id, code = Moment.now(uow), finding.tenant_id, finding.rule_code
    subject = subjects_of(uow).get(unit_id)
    return None if subject is None else usual_due_date(rule_book(uow, codes=(code,)), subject, code, moment)


def usual_due_date(book: RuleBook, subject: Subject, code: str, moment: Moment) -> date | None:
    """By when a unit is to put right what is found today: working days as its office has set them for the rule."""
    return values_of(subject, book, moment).due_date(code, moment.of(subject.id))


def _required(name: str, label: str, value: str, remedy: str) -> str:
    words = " ".join(value.split())
    if not words:
        raise Invalid([Fault(name, f"未填写{label}", remedy)])
    if len(words) > TEXT_LIMIT:
        raise Invalid([Fault(name, f"{label}过长（{len(words)}字）", f"请控制在{TEXT_LIMIT}字以内")])
    return words


def _step(
    uow: UnitOfWork, finding: Finding, event: str, who: Who, *, note: str = "", detail: dict[str, Any] | None = None
) -> None:
    finding.state = target_of(event, finding.state, who)
    _event(uow, finding, event, note=note, detail=detail)


def _event(uow: UnitOfWork, finding: Finding, event: str, *, note: str, detail: dict[str, Any] | None = None) -> None:
    uow.session.flush()
    note_events(uow, event, [(finding.id, finding.tenant_id, detail or {})], note=note)
    uow.audit(
        f"finding.{event}",
        tenant_id=finding.tenant_id,
        object_type="finding",
        object_id=finding.id,
        detail={"rule": finding.rule_code, "period": finding.period, "state": finding.state},
    )
