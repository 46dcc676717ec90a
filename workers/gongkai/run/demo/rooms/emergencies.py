"""Calls at night: a leaked list that is settled, and one whose paper has not come yet."""

from io import BytesIO

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.emergency.release import Ruling, release
from gongkai.publishing.emergency.services import Call, Picks, receive_paper, take_down
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.papers import scan
from gongkai.run.demo.rooms.stage import FILE_LIMIT, Stage, Text, item_id

DUTY, OFFICE = "yl-zf-zb", "yl-zf-zwgk"
PERSONAL = "《中华人民共和国政府信息公开条例》第十五条，名单中有未隐去的个人信息"
DRAFT_PLAN = "《中华人民共和国政府信息公开条例》第十六条，所附方案为尚未定稿的过程性信息"
CASES = (
    ("yc-mzj", "云川市困难群众冬季取暖补助对象名单公示", "云川市民政局办公室", PERSONAL, 9, 22),
    ("hx-csz", "茶山镇农村厕所改造补助对象名单公示", "州委网信办值班室", PERSONAL, 9, 23),
    ("cy-zjj", "赤岩市老旧小区改造年度计划公告", "赤岩市住房和城乡建设局办公室", DRAFT_PLAN, 1, 21),
)
"""(unit, title, caller, basis, working days back, hour); the paper of the last one has not come."""


def play(stage: Stage) -> None:
    """Publication, takedown, paper, ruling."""
    for unit, title, *_ in CASES:
        text = Text(
            "gsgg", title, f"{title}。", ("现将有关情况予以公示。", "公示期间如有异议，请向本单位反映。"),
            {"genre_class": "公示"},
        )  # fmt: skip
        stage.once(f"emergency.{title}", stage.at(10, 16), stage.publish, unit, text)
    for unit, title, caller, basis, day, hour in CASES:
        call = Call(caller, basis, title)
        stage.once(f"takedown.{title}", stage.at(day, hour, 12), _take, unit, title, call)
    stage.once("emergency.paper", stage.at(8, 9), _paper, stage)
    stage.once("emergency.ruling", stage.at(6, 10), _rule)


def _take(uow: UnitOfWork, unit: str, title: str, call: Call) -> None:
    found = item_id(uow, unit, title)
    take_down(uow, actor=actor_of(uow, DUTY), picks=Picks(items=frozenset({found})), call=call)


def _paper(uow: UnitOfWork, stage: Stage) -> None:
    """The written requests of the two earlier calls."""
    actor = actor_of(uow, OFFICE)
    for case in uow.session.scalars(select(EmergencyTakedown).order_by(EmergencyTakedown.id)).all()[:2]:
        receive_paper(
            uow, actor=actor, takedown_id=case.id, files=stage.services.files, filename="紧急撤下书面通知.pdf",
            stream=BytesIO(scan()), limit_bytes=FILE_LIMIT,
        )  # fmt: skip


def _rule(uow: UnitOfWork) -> None:
    """The first list stays away, the second was in order and is put back."""
    actor = actor_of(uow, OFFICE)
    cases = uow.session.scalars(select(EmergencyTakedown).order_by(EmergencyTakedown.id)).all()[:2]
    rulings = (
        Ruling("withdrawn", "subtract", "经核实，附表未隐去个人信息，由云川市民政局整改后重新公示。"),
        Ruling("restored", "", "经核实，名单已按规定隐去个人信息，恢复发布。"),
    )
    for case, ruling in zip(cases, rulings, strict=True):
        measures = uow.session.scalars(
            select(EmergencyMeasure.id).where(EmergencyMeasure.takedown_id == case.id)
        ).all()  # fmt: skip
        release(uow, actor=actor, takedown_id=case.id, measure_ids=measures, ruling=ruling)
