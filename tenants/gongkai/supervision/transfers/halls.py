"""The halls that an office appoints: who receives what the units nearest to it publish （同级, 条例 art. 25）."""

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.transfers.models import ReceivingHall
from gongkai.supervision.transfers.states import Hall
from gongkai.tenancy.kinds import HALL_TYPES
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below


def appoint(uow: UnitOfWork, *, actor: Actor, hall_id: int, kind: Hall, from_period: Period) -> ReceivingHall:
    """Appoint a unit under the office as receiving hall; lists are made from that month on.

    Raises:
        Invalid: on `hall`, when it is none of the office's, of a kind that cannot receive, or appointed already; on
            `from_period`, when it is neither the last month nor one of the twelve that follow this one.
    """
    here = select(Tenant.tenant_type).where(
        Tenant.id == hall_id, below(actor.tenant_path), Tenant.id != actor.tenant_id, Tenant.status == "active"
    )
    found = uow.session.scalar(here)
    if found not in HALL_TYPES:
        problem = "所选单位不能作为查阅场所"
        raise Invalid([Fault("hall", problem, "请选择本级档案馆、图书馆等公共企事业单位或者法律法规授权组织")])
    if _in_force(uow, actor.tenant_id, hall_id) is not None:
        raise Invalid([Fault("hall", "该单位已经是查阅场所", "如需更改，请先停止再重新指定")])
    today = Period.of(shanghai_date(uow.now))
    if not today.previous() <= from_period <= today.minus(-12):
        problem = "起始月份应在上月至一年以内"
        raise Invalid([Fault("from_period", problem, f"可以填写{today.previous()}至{today.minus(-12)}")])
    hall = ReceivingHall(
        tenant_id=actor.tenant_id, hall_id=hall_id, kind=kind, from_period=str(from_period),
        appointed_by=actor.user_id, appointed_at=uow.now,
    )  # fmt: skip
    uow.session.add(hall)
    uow.session.flush()
    detail = {"hall_id": hall_id, "kind": kind, "from": str(from_period)}
    uow.audit(
        "transfer.appoint", tenant_id=actor.tenant_id, object_type="receiving_hall", object_id=hall.id, detail=detail
    )  # fmt: skip
    return hall


def end(uow: UnitOfWork, *, actor: Actor, appointment_id: int) -> ReceivingHall:
    """Have no further lists made for a hall; those that are there are sent and received as before.

    Raises:
        NotFound: when it is missing, ended or another office's.
    """
    hall = uow.session.scalar(
        select(ReceivingHall)
        .where(
            ReceivingHall.id == appointment_id, ReceivingHall.tenant_id == actor.tenant_id,
            ReceivingHall.ended_at.is_(None),
        )
        .with_for_update()
    )  # fmt: skip
    if hall is None:
        raise NotFound
    hall.ended_at, hall.ended_by = uow.now, actor.user_id
    uow.audit(
        "transfer.end_hall", tenant_id=actor.tenant_id, object_type="receiving_hall", object_id=hall.id,
        detail={"hall_id": hall.hall_id},
    )  # fmt: skip
    return hall


def _in_force(uow: UnitOfWork, office_id: int, hall_id: int) -> int | None:
    return uow.session.scalar(
        select(ReceivingHall.id).where(
            ReceivingHall.tenant_id == office_id, ReceivingHall.hall_id == hall_id, ReceivingHall.ended_at.is_(None)
        )
    )
