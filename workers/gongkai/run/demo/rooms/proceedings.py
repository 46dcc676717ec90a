"""What the prefecture's office registers of its own doings: a meeting, commendations, a talk, accountability."""

from collections.abc import Callable
from datetime import date

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.proceedings.models import ACCOUNTABILITY, COMMENDATION, MEETING, TALK
from gongkai.supervision.proceedings.schemas import ProceedingForm
from gongkai.supervision.proceedings.services import enter

OFFICE = "yl-zf-zwgk"


def play(stage: Stage) -> None:
    """Each entered on its day, the meeting and the talk with what was resolved and demanded."""
    stage.once("proceedings.meeting", stage.at(25, 15), _enter, (), _meeting)
    stage.once("proceedings.commended", stage.at(18), _enter, ("yl-fgw", "yl-sfj"), _commendation)
    stage.once("proceedings.talk", stage.at(7, 9), _enter, ("yl-nyj",), _talk)
    stage.once("proceedings.accountability", stage.at(3, 16), _enter, ("yl-tjj",), _accountability)


def _enter(uow: UnitOfWork, codes: tuple[str, ...], form: Callable[[date], ProceedingForm]) -> None:
    units = [unit_id(uow, code) for code in codes]
    enter(uow, actor=actor_of(uow, OFFICE), form=form(shanghai_date(uow.now)), unit_ids=units)


def _meeting(day: date) -> ProceedingForm:
    outcome = "通报上半年政府信息公开情况，部署政策文件集中公开和公开指南专项排查。"
    return ProceedingForm(MEETING, day, "全州政务公开工作推进会", "州政府分管副秘书长", "", outcome, None)


def _commendation(day: date) -> ProceedingForm:
    subject = "政策解读形式多样、回应关切及时"
    number = f"云政办公开〔{day.year}〕6号"
    return ProceedingForm(COMMENDATION, day, subject, "州政府办公室", number, "通报表扬。", None)


def _talk(day: date) -> ProceedingForm:
    outcome = "要求一个月内补齐应公开未公开的信息，明确专人负责，并书面报告整改情况。"
    return ProceedingForm(TALK, day, "连续出现空白月，经提醒仍未改正", "州政务公开办主任", "", outcome, None)


def _accountability(day: date) -> ProceedingForm:
    outcome = "对分管负责人批评教育，责令作出书面检查。"
    return ProceedingForm(ACCOUNTABILITY, day, "整改情况弄虚作假", "州政府办公室、州监委派驻机构", "", outcome, 1)
