"""Tasks from above: a document to be reposted within a day, a yearly point that is still running, a special task."""

from datetime import timedelta

from sqlalchemy import select

from gongkai.core.calendar.instants import end_of_day
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, Text, item_id, unit_id
from gongkai.supervision.assignments.models import Assignment, AssignmentShare
from gongkai.supervision.assignments.schemas import Claim, TaskForm
from gongkai.supervision.assignments.services import complete, hand_out, receive

OFFICE = "yl-zf-zwgk"
REPOST = "关于进一步优化政务服务提升行政效能的通知"
YEARLY, SPECIAL = "公开本单位重点民生实事进展情况", "开展政府信息公开指南专项排查"
UNITS = ("yl-czj", "yl-mzj", "yl-rsj")


def play(stage: Stage) -> None:
    """Handed out, received, done in time by one unit; the others have a day that is past or still to come."""
    stage.once("tasks.repost", stage.at(4, 9), _hand_out, stage, REPOST)
    stage.once("tasks.repost.item", stage.at(4, 15), stage.publish, "yl-czj", Text(
        "gsgg", REPOST, "转载上级文件。", ("现将上级文件予以转载，请遵照执行。",),
        {"is_reprint": True, "genre_class": "通知", "issuing_agency": "省人民政府办公厅"},
    ))  # fmt: skip
    stage.once("tasks.repost.done", stage.at(4, 16), _complete, stage, REPOST, "yl-czj")
    stage.once("tasks.repost.received", stage.at(4, 17), _receive, REPOST, "yl-mzj")
    stage.once("tasks.yearly", stage.at(3), _hand_out, stage, YEARLY)
    stage.once("tasks.special", stage.at(3, 11), _hand_out, stage, SPECIAL)
    stage.once("tasks.special.received", stage.at(2), _receive, SPECIAL, "yl-rsj")


def _hand_out(uow: UnitOfWork, stage: Stage, title: str) -> None:
    units = [unit_id(uow, code) for code in UNITS]
    hand_out(uow, actor=actor_of(uow, OFFICE), form=_form(stage, title), unit_ids=units)


def _form(stage: Stage, title: str) -> TaskForm:
    now = stage.clock.now
    if title == REPOST:
        original = "https://www.example.gov.cn/zhengce/content_2026.htm"
        due_at = now + timedelta(hours=24)
        return TaskForm("repost", title, "省政府办公厅", original, "请在24小时内全文转载。", "", "", now, 24, due_at)
    if title == YEARLY:
        due_at = end_of_day(stage.today + timedelta(days=45))
        body = "每半年公开一次进展情况，写明完成的工作和下一步安排。"
        return TaskForm("yearly", title, "年度政务公开工作要点", "", body, "", "", now, None, due_at)
    due_at = end_of_day(stage.today + timedelta(days=10))
    body = "逐项核对公开指南中的机构名称、地址和电话，更新后填报。"
    return TaskForm("special", title, "省政务公开办通知", "", body, "", "", now, None, due_at)


def _complete(uow: UnitOfWork, stage: Stage, title: str, unit: str) -> None:
    claim = Claim(f"/items/{item_id(uow, unit, title)}")
    complete(
        uow, actor=actor_of(uow, f"{unit}-xxy"), share_id=_share(uow, title, unit), claim=claim,
        base_url=stage.services.settings.base_url,
    )  # fmt: skip


def _receive(uow: UnitOfWork, title: str, unit: str) -> None:
    receive(uow, actor=actor_of(uow, f"{unit}-xxy"), share_id=_share(uow, title, unit))


def _share(uow: UnitOfWork, title: str, unit: str) -> int:
    query = select(AssignmentShare.id).join(Assignment, Assignment.id == AssignmentShare.assignment_id)
    return uow.session.scalars(
        query.where(Assignment.title == title, AssignmentShare.tenant_id == unit_id(uow, unit))
    ).one()
