"""Facts that an office records of units by hand: false claim, commended.

They are structured, so that the circular can state and count them; one of a kind for each unit and period.

Detail by kind, dates in ISO form:
`false_rectification` manner (`still_wrong`, `listed_only`), problem, due_date, claim, found; every kind note.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from gongkai.accounts.models import User
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.ledger.states import MANNERS
from gongkai.supervision.models import FACT_KINDS, OfficeFact
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

TEXT_LIMIT = 300
_TEXTS = {
    "false_rectification": ("problem", "claim", "found", "note"),
    "commended": ("note",),
}
_DATES = {
    "false_rectification": ("due_date", "原整改时限", False),
}
TEXT_LABELS = {"problem": "上期问题", "claim": "自报情况", "found": "复查情况", "note": "说明", "source": "依据"}


def read_detail(kind: str, values: Mapping[str, str], *, period: Period) -> dict[str, Any]:
    """The detail of a fact from a form.

    Raises:
        Invalid: naming each field that is missing, unreadable or outside the period.
    """
    if kind not in FACT_KINDS:
        raise Invalid([Fault("kind", "未选择登记事项", "请从列表中选择")])
    faults: list[Fault] = []
    detail: dict[str, Any] = {}
    if kind in _DATES:
        name, label, required = _DATES[kind]
        found = _date(values, name, label, period, faults, required=required)
        if found:
            detail[name] = found
    if kind == "false_rectification":
        manner = values.get("manner", "")
        if manner not in MANNERS:
            faults.append(Fault("manner", "未选择整改不实的情形", "请选择一种情形"))
        detail["manner"] = manner
    for name in _TEXTS[kind]:
        text = read_text(values, name, faults)
        if text:
            detail[name] = text
    if faults:
        raise Invalid(faults)
    return detail


def read_text(values: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    """A short text of a form, in one line; too long is a fault."""
    found = " ".join(values.get(name, "").split())
    if len(found) > TEXT_LIMIT:
        problem = f"{TEXT_LABELS[name]}过长（{len(found)}字）"
        faults.append(Fault(name, problem, f"请控制在{TEXT_LIMIT}字以内"))
    return found


def record_facts(
    uow: UnitOfWork,
    *,
    office_id: int,
    entered_by: int | None,
    period: Period,
    kind: str,
    unit_ids: Sequence[int],
    detail: Mapping[str, Any],
    source: str = "",
) -> list[OfficeFact]:
    """Record one fact for several units of the office.

    Raises:
        Invalid: when no unit is chosen, or some have this fact already in the period (naming them).
    """
    if not unit_ids:
        raise Invalid([Fault("units", "未选择单位", "请勾选单位，或在文本框中填写单位名称")])
    known = list(
        uow.session.scalars(
            select(Tenant.short_name)
            .join(OfficeFact, OfficeFact.unit_id == Tenant.id)
            .where(
                OfficeFact.tenant_id == office_id,
                OfficeFact.period == str(period),
                OfficeFact.kind == kind,
                OfficeFact.unit_id.in_(unit_ids),
            )
            .order_by(*OFFICIAL_ORDER)
        )
    )
    if known:
        problem = f"{'、'.join(known)}本期已登记“{FACT_KINDS[kind]}”"
        raise Invalid([Fault("units", problem, "请取消勾选；需要更正的，在列表中点“修改”")])
    return [
        put_fact(
            uow,
            office_id=office_id,
            entered_by=entered_by,
            period=period,
            kind=kind,
            unit_id=unit_id,
            detail=detail,
            source=source,
        )
        for unit_id in dict.fromkeys(unit_ids)
    ]


def put_fact(
    uow: UnitOfWork,
    *,
    office_id: int,
    entered_by: int | None,
    period: Period,
    kind: str,
    unit_id: int,
    detail: Mapping[str, Any],
    source: str,
) -> OfficeFact:
    """Record a fact, or bring the one that is there in line; `unit_id` is one of the office's units."""
    fact = uow.session.scalar(
        select(OfficeFact).where(
            OfficeFact.tenant_id == office_id,
            OfficeFact.period == str(period),
            OfficeFact.kind == kind,
            OfficeFact.unit_id == unit_id,
        )
    )
    if fact is None:
        fact = OfficeFact(tenant_id=office_id, unit_id=unit_id, period=str(period), kind=kind)
        uow.session.add(fact)
    fact.detail, fact.source = dict(detail), source
    fact.entered_by, fact.entered_at = entered_by, uow.now
    uow.session.flush()
    _audit(uow, "fact.record", fact)
    return fact


def get_fact(uow: UnitOfWork, *, office_id: int, fact_id: int) -> OfficeFact:
    """A fact of this office.

    Raises:
        NotFound: when it is missing or another office's.
    """
    return uow.one(select(OfficeFact).where(OfficeFact.id == fact_id, OfficeFact.tenant_id == office_id))


def change_fact(
    uow: UnitOfWork,
    *,
    office_id: int,
    fact_id: int,
    entered_by: int | None,
    detail: Mapping[str, Any],
    source: str,
) -> OfficeFact:
    """Correct what was recorded; circulars whose figures are locked keep what they had.

    Raises:
        NotFound: when it is missing or another office's.
    """
    fact = get_fact(uow, office_id=office_id, fact_id=fact_id)
    fact.detail, fact.source = dict(detail), source
    fact.entered_by, fact.entered_at = entered_by, uow.now
    _audit(uow, "fact.change", fact)
    return fact


def remove_fact(uow: UnitOfWork, *, office_id: int, fact_id: int) -> Period:
    """Remove a fact that was recorded by mistake; returns its period.

    Raises:
        NotFound: when it is missing or another office's.
    """
    fact = get_fact(uow, office_id=office_id, fact_id=fact_id)
    _audit(uow, "fact.remove", fact)
    uow.session.delete(fact)
    uow.session.flush()
    return Period.parse(fact.period)


def facts_of_office(uow: UnitOfWork, *, office_id: int, period: Period) -> Sequence[Row[Any]]:
    """An office's facts of a period by unit in official order.

    Rows: id, kind, detail, source, entered_at, entered_by (name), unit_id, unit_code, unit (short name).
    """
    query = (
        select(
            OfficeFact.id, OfficeFact.kind, OfficeFact.detail, OfficeFact.source, OfficeFact.entered_at,
            User.name.label("entered_by"), OfficeFact.unit_id, Tenant.code.label("unit_code"),
            Tenant.short_name.label("unit"),
        )
        .join(Tenant, Tenant.id == OfficeFact.unit_id)
        .outerjoin(User, User.id == OfficeFact.entered_by)
        .where(OfficeFact.tenant_id == office_id, OfficeFact.period == str(period))
        .order_by(OfficeFact.kind, *OFFICIAL_ORDER)
    )  # fmt: skip
    return uow.session.execute(query).all()


def fact_periods(uow: UnitOfWork, *, office_id: int) -> list[str]:
    """Months for which an office has recorded facts, newest first."""
    query = select(OfficeFact.period).where(OfficeFact.tenant_id == office_id).distinct()
    return list(uow.session.scalars(query.order_by(OfficeFact.period.desc())))


def _audit(uow: UnitOfWork, action: str, fact: OfficeFact) -> None:
    uow.audit(
        action,
        tenant_id=fact.tenant_id,
        object_type="office_fact",
        object_id=fact.id,
        detail={"unit_id": fact.unit_id, "kind": fact.kind, "period": fact.period, "detail": fact.detail},
    )


def _date(
    values: Mapping[str, str], name: str, label: str, period: Period, faults: list[Fault], *, required: bool
) -> str:
    text = values.get(name, "").strip()
    if not text:
        if required:
            faults.append(Fault(name, f"{label}没有填写", "请填写日期，如2023-03-23"))
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(name, f"{label}“{text[:20]}”不是有效日期", "请按2023-03-23的格式填写"))
        return ""
    if day > period.last_day:
        faults.append(Fault(name, f"{label}晚于{period.label}", "请登记到日期所在的月份，或核对日期"))
    return day.isoformat()
