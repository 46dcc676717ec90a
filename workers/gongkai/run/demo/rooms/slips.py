"""Reminder slips of the prefecture's office: settled, returned, overdue, and one that was answered this morning."""

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery
from gongkai.supervision.slips.schemas import Reply, SlipForm
from gongkai.supervision.slips.services import close, issue, mark_read, reply, send_back

OFFICE = "yl-zf-zwgk"
BASIS = "《中华人民共和国政府信息公开条例》第二十条、第二十六条"
STALE, CONTACT = "重点领域栏目更新不及时", "联系方式与实际不符"
SLIPS = {
    STALE: SlipForm(
        STALE, BASIS,
        "近期检查发现，你单位重点领域有关栏目超过更新期限，未及时公开新形成的信息。\n"
        "请对照栏目要求全面排查，补充公开应公开的信息，并反馈整改后的页面网址。",
        5, "政务公开办", "0870-1234567", "财政信息、民生领域等栏目",
    ),
    CONTACT: SlipForm(
        CONTACT, "《中华人民共和国政府信息公开条例》第十二条",
        "群众来电反映，你单位政府信息公开指南中的联系电话无人接听。\n请核实后更新公开指南。",
        3, "政务公开办", "0870-1234567", "政府信息公开指南",
    ),
}  # fmt: skip
UNITS = {STALE: ("yl-czj", "hx-csz", "cy-zjj"), CONTACT: ("yl-mzj",)}


def play(stage: Stage) -> None:
    """Issued, answered, decided on; one unit has not answered in time."""
    stage.once("slips.stale", stage.at(12), _issue, STALE)
    stage.once("slips.stale.czj", stage.at(10), _answer, STALE, "yl-czj", "已排查全部财政信息栏目，补充公开3条。")
    stage.once("slips.stale.zjj", stage.at(9), _answer, STALE, "cy-zjj", "正在整理材料。")
    stage.once("slips.stale.decided", stage.at(8), _decide)
    stage.once("slips.contact", stage.at(2), _issue, CONTACT)
    stage.once("slips.contact.mzj", stage.at(0, 9), _answer, CONTACT, "yl-mzj", "已更正公开指南中的联系电话。")


def _issue(uow: UnitOfWork, matter: str) -> None:
    units = [unit_id(uow, code) for code in UNITS[matter]]
    issue(uow, actor=actor_of(uow, OFFICE), form=SLIPS[matter], unit_ids=units)


def _answer(uow: UnitOfWork, matter: str, unit: str, words: str) -> None:
    actor, delivery_id = actor_of(uow, f"{unit}-xxy"), _delivery(uow, matter, unit)
    mark_read(uow, actor=actor, delivery_id=delivery_id)
    reply(uow, actor=actor, delivery_id=delivery_id, answer=Reply(words))


def _decide(uow: UnitOfWork) -> None:
    actor = actor_of(uow, OFFICE)
    close(uow, actor=actor, delivery_id=_delivery(uow, STALE, "yl-czj"))
    reason = "未说明整改结果，也未附网址，请完成整改后重新回复"
    send_back(uow, actor=actor, delivery_id=_delivery(uow, STALE, "cy-zjj"), reason=reason, working_days=12)


def _delivery(uow: UnitOfWork, matter: str, unit: str) -> int:
    query = select(SlipDelivery.id).join(ReminderSlip, ReminderSlip.id == SlipDelivery.slip_id)
    return uow.session.scalars(
        query.where(ReminderSlip.matter == matter, SlipDelivery.tenant_id == unit_id(uow, unit))
    ).one()
