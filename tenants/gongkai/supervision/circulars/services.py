"""Making a circular: open it, lock the figures, decide whom it names, write the demands, edit the prose.

What is quoted comes from the locked snapshot alone; everything that is decided here can be changed until it is sent on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import circular_for, details_of, expect, get_circular, prose_of, snapshot_of
from gongkai.supervision.circulars.collect import Tell, collect, office_of
from gongkai.supervision.circulars.details import Details, details_from_json, details_to_json, first_details
from gongkai.supervision.circulars.problems import all_named, problems
from gongkai.supervision.circulars.prose import Edit, Prose, check_edit, clean_edit, holds, prose_to_json
from gongkai.supervision.circulars.snapshot import Snapshot, to_json
from gongkai.supervision.circulars.text import draft, title
from gongkai.supervision.models import COVERAGES, Circular
from gongkai.supervision.queries import standings
from gongkai.supervision.rounds.recall import recall_sheets
from gongkai.tenancy.models import Tenant

OPEN = ("frozen", "draft")
REASON_LIMIT = 200


def create_circular(uow: UnitOfWork, *, actor: Actor, span: Span, coverage: str = "all") -> Circular:
    """Open the circular of a period; its figures are still live.

    Raises:
        Invalid: when the period has not begun or the coverage is unknown.
        Conflict: when the office has one for this period and coverage already.
        NotFound: when the office did not exist at its end.
    """
    faults = []
    if coverage not in COVERAGES:
        faults.append(Fault("coverage", "通报范围无效", "请从选项中选择"))
    if span.first > Period.of(shanghai_date(uow.now)):
        faults.append(Fault("period", f"{span.label}尚未开始", "请选择已经开始的统计期"))
    if faults:
        raise Invalid(faults)
    if circular_for(uow, tenant_id=actor.tenant_id, span=span, coverage=coverage) is not None:
        raise Conflict(f"{span.label}已有一份“{COVERAGES[coverage]}”的通报，请在该通报上继续，或先将其撤回。")
    shown = min(span.last, Period.of(shanghai_date(uow.now)))
    office = office_of(standings(uow, office_id=actor.tenant_id, period=shown).office)
    contact = uow.session.scalar(select(Tenant.contact).where(Tenant.id == actor.tenant_id)) or {}
    details = first_details(
        office, calendar=load_calendar(uow), today=shanghai_date(uow.now), contact=contact
    )  # fmt: skip
    circular = Circular(
        tenant_id=actor.tenant_id,
        period=str(span),
        coverage=coverage,
        state="collecting",
        title=title(span, office, coverage),
        details=details_to_json(details),
        prose=prose_to_json(Prose()),
        drafter_ids=[actor.user_id],
        disclosure_mode="withheld",
        lock_version=1,
        created_by=actor.user_id,
        created_at=uow.now,
    )
    uow.session.add(circular)
    uow.session.flush()
    record(uow, circular, "create")
    return circular


def lock_data(
    uow: UnitOfWork, *, actor: Actor, circular_id: int, reason: str = "", tell: Tell | None = None
) -> Circular:
    """Lock the period's data （锁定本期数据）; locking anew replaces them and wants a reason.

    What units were asked about the old ones and have not answered is taken back.

    Raises:
        Refused: while the period has not ended.
        Invalid: when data are locked already and no reason is given.
        Conflict: when the circular has been sent on.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, "collecting", *OPEN)
    span = Span.parse(circular.period)
    if shanghai_date(uow.now) <= span.last_day:
        raise Refused(f"本期统计时段到{format_date(span.last_day)}为止，请在此之后锁定数据。")
    again = circular.snapshot is not None
    if again and not reason.strip():
        raise Invalid([Fault("reason", "未填写重新锁定的原因", "请说明为什么原来锁定的数据不再使用")])
    snapshot = collect(uow, office_id=actor.tenant_id, span=span, coverage=circular.coverage, lock=True, tell=tell)
    circular.snapshot, circular.frozen_at = to_json(snapshot), uow.now
    recall_sheets(uow, circular)
    circular.title = title(span, snapshot.office, circular.coverage)
    if circular.state == "collecting":
        circular.state = "frozen"
    wrote(circular, actor)
    detail = {"reason": reason.strip()[:REASON_LIMIT]} if again else {}
    record(uow, circular, "relock" if again else "lock", detail)
    return circular


def set_left_out(
    uow: UnitOfWork, *, actor: Actor, circular_id: int, left_out: Mapping[str, Mapping[str, str]]
) -> Circular:
    """Decide whom the circular does not name: problem class → unit code → reason. Everybody else is named.

    Raises:
        Invalid: for a unit without a reason; the field is `<class>:<code>`.
        Conflict: when the figures are not locked, or the circular has been sent on.
    """
    circular, snapshot = _open(uow, actor, circular_id)
    faults: list[Fault] = []
    kept: dict[str, dict[str, str]] = {}
    for group in problems(snapshot):
        wanted = left_out.get(group.code, {})
        for unit in group.units:
            if unit.code not in wanted:
                continue
            reason = " ".join(wanted[unit.code].split())[:REASON_LIMIT]
            if not reason:
                problem = f"未说明不点名{unit.name}的理由"
                faults.append(Fault(f"{group.code}:{unit.code}", problem, "请填写理由，或恢复点名"))
            kept.setdefault(group.code, {})[unit.code] = reason
    if faults:
        raise Invalid(faults)
    _save(circular, actor, replace(details_of(circular), left_out=kept))
    record(uow, circular, "problems", {"left_out": kept})
    return circular


def leave_out(uow: UnitOfWork, circular: Circular, *, problem_class: str, code: str, reason: str) -> None:
    """Keep a unit from being named for a class, beside what was decided before."""
    details = details_of(circular)
    of_class = {**details.left_out.get(problem_class, {}), code: reason[:REASON_LIMIT]}
    circular.details = details_to_json(replace(details, left_out={**details.left_out, problem_class: of_class}))
    circular.lock_version += 1
    record(uow, circular, "problems", {"left_out": {problem_class: {code: reason}}})


def set_commended(uow: UnitOfWork, *, actor: Actor, circular_id: int, codes: list[str]) -> Circular:
    """Choose the units that the circular commends, among those of the locked figures.

    Raises:
        Invalid: for a unit that is not among them.
        Conflict: when the figures are not locked, or the circular has been sent on.
    """
    circular, snapshot = _open(uow, actor, circular_id)
    if any(code not in snapshot.by_code for code in codes):
        raise Invalid([Fault("commended", "所选单位不在本期统计范围内", "请从列表中选择")])
    _save(circular, actor, replace(details_of(circular), commended=tuple(dict.fromkeys(codes))))
    record(uow, circular, "commend", {"units": codes})
    return circular


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the form on demands and contact sends, as text."""

    addressees: str = ""
    banner: str = ""
    signature: str = ""
    copied_to: str = ""
    deadline: str = ""
    recheck_date: str = ""
    contact: str = ""
    phone: str = ""


REQUIRED = {
    "addressees": ("主送机关", 200),
    "banner": ("发文机关标志", 40),
    "signature": ("发文机关署名", 40),
    "contact": ("联系人", 20),
    "phone": ("联系电话", 40),
}


def set_requirements(uow: UnitOfWork, *, actor: Actor, circular_id: int, given: Requirements) -> Circular:
    """Keep addressees, deadline, recheck, contact and how the circular is headed.

    Raises:
        Invalid: naming each field that is missing, too long or no date, or a recheck not after the deadline.
        Conflict: when the figures are not locked, or the circular has been sent on.
    """
    circular, _ = _open(uow, actor, circular_id)
    faults: list[Fault] = []
    values = {name: " ".join(getattr(given, name).split()) for name in Requirements.__dataclass_fields__}
    values["addressees"] = values["addressees"].rstrip("：:")
    for name, (label, limit) in REQUIRED.items():
        if not values[name]:
            faults.append(Fault(name, f"{label}没有填写", f"请填写{label}"))
        elif len(values[name]) > limit:
            faults.append(Fault(name, f"{label}过长（{len(values[name])}字）", f"请控制在{limit}字以内"))
    if len(values["copied_to"]) > 300:
        faults.append(Fault("copied_to", "抄送机关过长", "请控制在300字以内"))
    deadline = _date(values, "deadline", "整改时限", faults)
    recheck = _date(values, "recheck_date", "复查日期", faults)
    if deadline and recheck and recheck <= deadline:
        faults.append(Fault("recheck_date", "复查日期不晚于整改时限", "复查应在整改时限之后开始"))
    if any("{" in value or "}" in value for value in values.values()):
        faults.append(Fault("contact", "内容含有花括号", "请删除花括号"))
    if faults:
        raise Invalid(faults)
    _save(circular, actor, details_from_json({**circular.details, **values}))
    record(uow, circular, "requirements")
    return circular


def start_draft(uow: UnitOfWork, *, actor: Actor, circular_id: int) -> Circular:
    """Draft the text （生成通报）; drafting again changes nothing that the official wrote."""
    circular, _ = _open(uow, actor, circular_id)
    if circular.state == "frozen":
        circular.state = "draft"
        wrote(circular, actor)
        record(uow, circular, "draft")
    return circular


def save_prose(
    uow: UnitOfWork,
    *,
    actor: Actor,
    circular_id: int,
    texts: Mapping[str, str],
    removed: Mapping[str, str],
    lock_version: int | None = None,
) -> Circular:
    """Keep the official's wording: paragraph id → text, and paragraph id → reason for those left out.

    A paragraph as drafted is not stored, so that it follows the figures. No edit can alter a figure or a unit list.

    Raises:
        Invalid: with every fault, its field the paragraph's id.
        Conflict: when somebody else saved in the meantime, or the circular has been sent on.
    """
    circular, snapshot = _open(uow, actor, circular_id)
    if lock_version is not None and lock_version != circular.lock_version:
        raise Conflict("他人已修改这份通报，您的内容没有保存。请先查看最新内容，再合并您的修改。")
    details = details_of(circular)
    drafted = draft(snapshot, details)
    names = {unit.name for unit in snapshot.units if unit.code != snapshot.office.code}
    named_codes = all_named(snapshot, details.left_out)
    named = {unit.name for unit in snapshot.units if unit.code in named_codes}
    edits: dict[str, Edit] = {}
    faults: list[Fault] = []
    kept_removed: dict[str, str] = {}
    for section in drafted.sections:
        for paragraph in section.paragraphs:
            if paragraph.id in removed:
                reason = " ".join(removed[paragraph.id].split())[:REASON_LIMIT]
                if not reason:
                    faults.append(Fault(paragraph.id, "不采用这一段，但没有说明理由", "请填写理由"))
                kept_removed[paragraph.id] = reason
                continue
            text = clean_edit(texts.get(paragraph.id, paragraph.text))
            if text == paragraph.text:
                continue
            faults.extend(check_edit(drafted, paragraph.id, text, names=names, named=named))
            edits[paragraph.id] = Edit(text, paragraph.text)
    if faults:
        raise Invalid(faults)
    lost = {key: edit for key, edit in prose_of(circular).edits.items() if _outdated(drafted.paragraph, key, edit)}
    circular.prose = prose_to_json(Prose({**lost, **edits}, kept_removed))
    wrote(circular, actor)
    if circular.state == "frozen":
        circular.state = "draft"
    record(uow, circular, "text", {"edited": sorted(edits), "removed": kept_removed})
    return circular


def _outdated(find: Callable[[str], Any], paragraph_id: str, edit: Edit) -> bool:
    place = find(paragraph_id)
    return place is None or not holds(edit, place[1])


def record(uow: UnitOfWork, circular: Circular, action: str, detail: dict[str, Any] | None = None) -> None:
    """Audit a step of a circular; its page shows them as history."""
    uow.session.flush()
    uow.audit(
        f"circular.{action}",
        tenant_id=circular.tenant_id,
        object_type="circular",
        object_id=circular.id,
        detail=detail,
    )


def wrote(circular: Circular, actor: Actor) -> None:
    """The person becomes one of the drafters, who can never sign this circular."""
    if actor.user_id not in circular.drafter_ids:
        circular.drafter_ids = [*circular.drafter_ids, actor.user_id]
    circular.lock_version += 1


def _open(uow: UnitOfWork, actor: Actor, circular_id: int) -> tuple[Circular, Snapshot]:
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, *OPEN)
    snapshot = snapshot_of(circular)
    if snapshot is None:
        raise Conflict("本期数据尚未锁定，请先锁定本期数据。")
    return circular, snapshot


def _save(circular: Circular, actor: Actor, details: Details) -> None:
    circular.details = details_to_json(details)
    wrote(circular, actor)


def _date(values: Mapping[str, str], name: str, label: str, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(values[name])
    except ValueError:
        problem = f"{label}“{values[name][:20]}”不是有效日期" if values[name] else f"{label}没有填写"
        faults.append(Fault(name, problem, "请按2023-04-28的格式填写"))
        return None
