"""Notices after an emergency takedown: to the unit at once and at the ruling, to the office for its paper."""

from collections.abc import Sequence
from types import MappingProxyType

from sqlalchemy import func, select

from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import OUTCOMES, EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.emergency.release import RELEASED
from gongkai.publishing.emergency.services import TAKEN_DOWN
from gongkai.publishing.emergency.tasks import PAPER_DUE
from gongkai.supervision.alerts import notify
from gongkai.tenancy.models import Tenant

EMERGENCY_NOTICE = "emergency"


def tell_units(_: Services, uow: UnitOfWork, measure_ids: Sequence[int]) -> None:
    """Handler of `emergency.taken_down`: the unit learns what went, on what basis, and that it is locked."""
    for row in _measures(uow, measure_ids):
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=EMERGENCY_NOTICE,
            key=f"emergency:{row.takedown_id}",
            subject="本单位公开的内容被紧急撤下",
            body=(
                f"{format_datetime(row.taken_at)}，{row.office}紧急撤下本单位“{row.title}”{_more(uow, row)}。"
                f"依据：{row.basis.rstrip('。')}。相同内容在作出恢复发布的决定之前不能重新发布；"
                "紧急撤下不影响考核得分。请核查原因并告知上级政务公开办。"
            ),
            link="/work/items/?state=taken_down",
        )


def tell_rulings(_: Services, uow: UnitOfWork, measure_ids: Sequence[int]) -> None:
    """Handler of `emergency.released`: the unit learns what was decided."""
    for row in _measures(uow, measure_ids):
        if not row.outcome:
            continue
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=EMERGENCY_NOTICE,
            key=f"emergency:{row.takedown_id}:{row.id}",
            subject=f"紧急撤下的内容已决定{OUTCOMES[row.outcome]}",
            body=(
                f"{format_datetime(row.ended_at)}，对“{row.title}”等作出“{OUTCOMES[row.outcome]}”的决定。"
                f"意见：{row.end_reason.rstrip('。')}。"
            ),
            link="/work/items/",
        )


def remind_offices(_: Services, uow: UnitOfWork, takedown_ids: Sequence[int]) -> None:
    """Handler of `emergency.paper_due`: the office is reminded on the day, and once more when it has passed."""
    query = select(EmergencyTakedown).where(
        EmergencyTakedown.id.in_(takedown_ids), EmergencyTakedown.paper_received_at.is_(None)
    )
    for case in uow.session.scalars(query.order_by(EmergencyTakedown.id)):
        overdue = shanghai_date(uow.now) > case.paper_due_date
        due = format_date(case.paper_due_date)
        notify(
            uow,
            tenant_id=case.tenant_id,
            kind=EMERGENCY_NOTICE,
            key=f"emergency-paper:{case.id}:{'overdue' if overdue else 'due'}",
            subject="紧急撤下逾期未补书面手续" if overdue else "紧急撤下的书面手续今日到期",
            body=(
                f"{format_datetime(case.taken_at)}根据{case.caller}通知紧急撤下的内容，书面手续应于{due}下班前补齐，"
                f"{'现已逾期' if overdue else '今日到期'}，请尽快登记。"
            ),
            link=f"/office/emergency/{case.id}",
        )


def _measures(uow: UnitOfWork, measure_ids: Sequence[int]) -> Sequence[AnyRow]:
    query = (
        select(
            EmergencyMeasure.id, EmergencyMeasure.tenant_id, EmergencyMeasure.takedown_id, EmergencyMeasure.title,
            EmergencyMeasure.outcome, EmergencyMeasure.ended_at, EmergencyMeasure.end_reason,
            EmergencyTakedown.basis, EmergencyTakedown.taken_at, Tenant.official_name.label("office"),
        )
        .join(EmergencyTakedown, EmergencyTakedown.id == EmergencyMeasure.takedown_id)
        .join(Tenant, Tenant.id == EmergencyTakedown.tenant_id)
        .where(EmergencyMeasure.id.in_(measure_ids))
        .order_by(EmergencyMeasure.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _more(uow: UnitOfWork, row: AnyRow) -> str:
    """How many other things of the unit went in the same case."""
    query = select(func.count()).where(
        EmergencyMeasure.takedown_id == row.takedown_id, EmergencyMeasure.tenant_id == row.tenant_id
    )
    number = uow.session.scalar(query) or 1
    return f"等{number}项" if number > 1 else ""


HANDLERS: MappingProxyType[str, EventHandler] = MappingProxyType(
    {TAKEN_DOWN: tell_units, RELEASED: tell_rulings, PAPER_DUE: remind_offices}
)
