"""What follows a step of a statement: the next one to act is told, and a month whose blankness changed is judged again.

A publication in a month makes its statement void.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, tuple_

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, PeriodCount
from gongkai.publishing.publication import CHANGED
from gongkai.supervision.alerts import notify
from gongkai.supervision.findings import evaluate_period
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.scores.services import compute_scores
from gongkai.supervision.statements.models import BlankStatement, BlankStatementEvent
from gongkai.supervision.statements.services import MOVED, make_void
from gongkai.supervision.statements.states import LIVE, Event
from gongkai.tenancy.models import Tenant

STATEMENT_NOTICE = "blank_statement"
SCORED_AGAIN = "无应公开信息说明的审核结果或效力变化"
_OWN, _OFFICE = "/work/statements/{}", "/office/statements/{}"


def void_published(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.changed`: statements of months in which something has been published lose their effect."""
    units = select(Item.tenant_id).where(Item.id.in_(item_ids))
    published = select(PeriodCount.tenant_id, PeriodCount.period).where(
        PeriodCount.tenant_id == BlankStatement.tenant_id, PeriodCount.total > 0
    )
    query = select(BlankStatement).where(
        BlankStatement.tenant_id.in_(units), BlankStatement.state.in_(LIVE),
        tuple_(BlankStatement.tenant_id, BlankStatement.period).in_(published),
    )  # fmt: skip
    for statement in uow.session.scalars(query.order_by(BlankStatement.id).with_for_update()).all():
        make_void(uow, statement=statement)


def tell_moved(_: Services, uow: UnitOfWork, event_ids: Sequence[int]) -> None:
    """Handler of `statement.moved`: unit or office is told of the step; a month that has ended is judged anew."""
    query = (
        select(BlankStatementEvent, BlankStatement, Tenant.short_name)
        .join(BlankStatement, BlankStatement.id == BlankStatementEvent.statement_id)
        .join(Tenant, Tenant.id == BlankStatementEvent.tenant_id)
        .where(BlankStatementEvent.id.in_(event_ids))
        .order_by(BlankStatementEvent.id)
    )
    for step, statement, unit in uow.session.execute(query).all():
        _tell(uow, step, statement, unit)
        if step.event in (Event.ACCEPT, Event.RETURN, Event.VOID):
            _judge_again(uow, statement)


def _tell(uow: UnitOfWork, step: BlankStatementEvent, statement: BlankStatement, unit: str) -> None:
    month, why = Period.parse(statement.period).label, step.text.rstrip("。")
    name = f"{month}无应公开信息说明"
    subject, body = {
        Event.FILE: (f"{name}待签署", f"{step.actor_name}填报了{name}，请负责人核对理由后签署或者不予签署。"),
        Event.SIGN: (f"{unit}报送无应公开信息说明", f"{unit}报送了{name}，已由{step.actor_name}签署，请审核。"),
        Event.DECLINE: (f"{name}未签署", f"{step.actor_name}没有签署{name}：{why}。"),
        Event.ACCEPT: (f"{name}已审核通过", f"{name}已审核通过，本月不计为空白月；之后发布信息的，说明自动失效。"),
        Event.RETURN: (f"{name}被退回", f"{name}被退回：{why}。请核实后发布信息，或者补充理由重新填报。"),
        Event.VOID: (f"{name}已失效", f"{unit}的{name}已失效：{why}。本月按实际发布情况统计。"),
    }[Event(step.event)]
    to_office = step.event in (Event.SIGN, Event.VOID) and statement.signed_by is not None
    receivers = {statement.office_id: _OFFICE} if to_office else {}
    if step.event != Event.SIGN:
        receivers.setdefault(statement.tenant_id, _OWN)
    for tenant_id, page in receivers.items():
        notify(
            uow, tenant_id=tenant_id, kind=STATEMENT_NOTICE, key=f"statement:{step.id}", subject=subject, body=body,
            link=page.format(statement.id),
        )  # fmt: skip


def _judge_again(uow: UnitOfWork, statement: BlankStatement) -> None:
    period = Period.parse(statement.period)
    if period >= Period.of(shanghai_date(uow.now)):
        return
    evaluate_period(uow, office_id=statement.office_id, period=period)
    scored: Any = select(UnitScore.id).where(
        UnitScore.tenant_id == statement.tenant_id, UnitScore.period == statement.period
    )  # fmt: skip
    if uow.session.scalar(scored.limit(1)) is not None:
        compute_scores(uow, period=period, unit_ids=[statement.tenant_id], reason=SCORED_AGAIN)


HANDLERS: Mapping[str, EventHandler] = {CHANGED: void_published, MOVED: tell_moved}
