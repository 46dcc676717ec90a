"""A spot check of the prefecture's office: drawn yesterday, partly looked at, with one problem found."""

from datetime import timedelta

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.spotchecks.models import CheckRecord, SpotCheck
from gongkai.supervision.spotchecks.schemas import CheckForm, Found
from gongkai.supervision.spotchecks.services import draw_check, record

OFFICE = "yl-zf-zwgk"
TITLE = "公开要素和附件质量抽查"
UNITS = ("yl-czj", "yl-mzj", "yl-rsj", "yl-fgw")
LOOKED = "核对了索引号、成文日期、发文机关、正文和附件"
FOUND = (
    Found("ok", LOOKED),
    Found("problem", LOOKED, "概述与正文内容不一致，未写明联系方式。", "SR-O1", "PB-META"),
)


def play(stage: Stage) -> None:
    """Two of each unit are drawn; the first two of the sample are looked at."""
    stage.once("spotchecks.draw", stage.at(1, 9), _draw)
    stage.once("spotchecks.record", stage.at(0, 9, 30), _record)


def _draw(uow: UnitOfWork) -> None:
    today = shanghai_date(uow.now)
    form = CheckForm(TITLE, today - timedelta(days=60), today, (), 2, each_unit=True)
    draw_check(uow, actor=actor_of(uow, OFFICE), form=form, unit_ids=[unit_id(uow, code) for code in UNITS])


def _record(uow: UnitOfWork) -> None:
    actor = actor_of(uow, OFFICE)
    drawn = select(CheckRecord.id).join(SpotCheck, SpotCheck.id == CheckRecord.check_id)
    places = uow.session.scalars(drawn.where(SpotCheck.title == TITLE).order_by(CheckRecord.position)).all()
    for record_id, found in zip(places, FOUND, strict=False):
        record(uow, actor=actor, record_id=record_id, found=found)
