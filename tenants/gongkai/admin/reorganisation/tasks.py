"""The job that carries plans out on their day."""

import structlog
from sqlalchemy import select

from gongkai.admin.reorganisation.execution import NOTICE, carry_out
from gongkai.admin.reorganisation.models import KINDS, Reorganisation
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.supervision.alerts import notify

log = structlog.get_logger()
REASON = "reorganisation due"


def carry_out_due(services: Services) -> None:
    """Carry out every plan whose day has come, each in its own transaction; a refusal is told and tried again."""
    with services.database.system_scope(REASON) as uow:
        query = select(Reorganisation.id).where(
            Reorganisation.state == "planned", Reorganisation.effective_date <= shanghai_date(uow.now)
        )
        due = uow.session.scalars(query.order_by(Reorganisation.effective_date, Reorganisation.id)).all()
    for plan_id in due:
        try:
            with services.database.system_scope(REASON) as uow:
                plan = uow.session.get_one(Reorganisation, plan_id, with_for_update=True)
                if plan.state == "planned":
                    carry_out(uow, plan)
        except DomainError as error:
            log.warning("reorganisation.refused", reorganisation_id=plan_id, reason=error.message)
            _report(services, plan_id, error.message.removeprefix("填写内容有误："))


def _report(services: Services, plan_id: int, reason: str) -> None:
    """Keep the reason with the plan, and tell its office once a day."""
    with services.database.system_scope(REASON) as uow:
        plan = uow.session.get_one(Reorganisation, plan_id, with_for_update=True)
        if plan.state != "planned":
            return
        plan.failure, plan.failed_at = reason, uow.now
        label, day = KINDS[plan.kind], format_date(plan.effective_date)
        notify(
            uow, tenant_id=plan.tenant_id, kind=NOTICE,
            key=f"reorganisation:{plan.id}:failed:{shanghai_date(uow.now)}",
            subject=f"机构调整（{label}）未能执行",
            body=f"{day}生效的{label}方案未能执行：{reason.rstrip('。')}。请处理后等待系统自动重试，或者取消方案。",
            link=f"/admin/reorganisations/{plan.id}",
        )  # fmt: skip
