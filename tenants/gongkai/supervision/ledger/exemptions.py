"""Recorded decisions that a rule is not applied to a unit, or to one object of it, until a day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from gongkai.accounts.models import User
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import plus_months
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.ledger.records import note_events
from gongkai.supervision.ledger.services import TEXT_LIMIT, get_finding
from gongkai.supervision.models import Exemption, Finding
from gongkai.tenancy.models import Tenant

LONGEST_MONTHS = 24


def exempt(uow: UnitOfWork, *, finding_id: int, until: date, reason: str, whole_unit: bool = False) -> Exemption:
    """Decide that what a finding is about is no problem until a day, this day included; `whole_unit`: all of the rule.

    What stands of it is dismissed and ended, so that nothing counts as having come back when the time is over.

    Raises:
        Invalid: naming the field. NotFound. Refused: for what people recorded, and for events of a month.
    """
    finding = get_finding(uow, finding_id=finding_id)
    today, words = shanghai_date(uow.now), " ".join(reason.split())
    if not finding.lasting or finding.found_by != "system":
        raise Refused("只有系统持续评估的问题可以暂不适用规则；这一项有异议的，请按异议办理。")
    faults = []
    if not words or len(words) > TEXT_LIMIT:
        faults.append(Fault("exempt_reason", "未填写理由，或者理由过长", f"请写明依据，不超过{TEXT_LIMIT}字"))
    if not today <= until <= plus_months(today, LONGEST_MONTHS):
        faults.append(Fault("exempt_until", "截止日期无效", f"请填写今天以后、{LONGEST_MONTHS}个月以内的日期"))
    if faults:
        raise Invalid(faults)
    row = Exemption(
        tenant_id=finding.tenant_id,
        office_id=finding.office_id,
        rule_code=finding.rule_code,
        object_type="" if whole_unit else finding.object_type,
        object_id=0 if whole_unit else finding.object_id,
        from_date=today,
        until_date=until,
        reason=words,
        decided_by=uow.scope.user_id,
        decided_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    same = [
        Finding.tenant_id == finding.tenant_id,
        Finding.rule_code == finding.rule_code,
        Finding.found_by == "system",
    ]
    same += [] if whole_unit else [Finding.id == finding.id]
    ended = uow.session.execute(
        update(Finding)
        .where(*same, Finding.lasting, Finding.closed_at.is_(None))
        .values(state="dismissed", closed_at=uow.now)
        .returning(Finding.id, Finding.tenant_id)
    ).all()
    note_events(uow, "exempted", [(one.id, one.tenant_id, {"until": until.isoformat()}) for one in ended], note=words)
    uow.audit("rule.exempt", tenant_id=row.tenant_id, object_type="rule_exemption", object_id=row.id)
    return row


def end_exemption(uow: UnitOfWork, *, exemption_id: int) -> Exemption:
    """End an exemption before its day; the next evaluation applies the rule again.

    Raises:
        NotFound: when it is missing or another office's. Conflict: when it has ended.
    """
    row = uow.one(select(Exemption).where(Exemption.id == exemption_id), lock=True)
    if row.ended_at is not None or row.until_date < shanghai_date(uow.now):
        raise Conflict("这项决定已经到期或者终止，请刷新页面。")
    row.ended_at = uow.now
    uow.audit("rule.exemption_end", tenant_id=row.tenant_id, object_type="rule_exemption", object_id=row.id)
    return row


def exemptions_of(uow: UnitOfWork, *, path: str) -> Sequence[Row[Any]]:
    """The exemptions of units under a place of the tree, those in force first: id, unit, code, title, object_type,
    object_id, from_date, until_date, reason, who, decided_at, ended_at, in_force."""
    today = shanghai_date(uow.now)
    in_force = Exemption.ended_at.is_(None) & (Exemption.until_date >= today)
    query: Any = (
        select(
            Exemption.id, Tenant.short_name.label("unit"), Tenant.code, Exemption.rule_code, Exemption.object_type,
            Exemption.object_id, Exemption.from_date, Exemption.until_date, Exemption.reason, User.name.label("who"),
            Exemption.decided_at, Exemption.ended_at, in_force.label("in_force"),
        )
        .join(Tenant, Tenant.id == Exemption.tenant_id)
        .outerjoin(User, User.id == Exemption.decided_by)
        .where(Tenant.path.op("<@")(path))
        .order_by(in_force.desc(), Exemption.until_date, Exemption.id)
        .limit(500)
    )  # fmt: skip
    return uow.session.execute(query).all()
