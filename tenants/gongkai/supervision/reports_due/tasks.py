"""Reminders of the annual reports due: 15 and 5 working days before the date, to those who have not published."""

from datetime import date, timedelta

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendars
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.reports_due.queries import Duty, duties_of, open_duties

DUE_NOTICE = "report_due"
STEPS = (5, 15)
"""Working days before the date, the nearest first."""
_AHEAD = timedelta(days=45)
"""Fifteen working days never span more, the longest holidays included."""


def remind(services: Services) -> None:
    """Remind the bodies whose annual report falls due soon and is not published; each once at each step."""
    with services.database.system_scope("annual report reminders") as uow:
        remind_reports(uow)


def remind_reports(uow: UnitOfWork) -> int:
    """Leave the notices of today; returns how many were new.

    A body on two offices' lists with one date is told once; a list made late starts with the nearest step.
    """
    today = shanghai_date(uow.now)
    calendars = load_calendars(uow)
    new = 0
    for office_id, year in open_duties(uow, since=today, until=today + _AHEAD):
        for duty in duties_of(uow, office_id=office_id, year=year):
            if duty.due_date < today or duty.standing(today) != "waiting":
                continue
            left = calendars.of(duty.unit_id).working_days_between(today, duty.due_date)
            step = next((step for step in STEPS if left <= step), None)
            if step is not None:
                new += _tell(uow, duty, left, step, today)
    return new


def _tell(uow: UnitOfWork, duty: Duty, left: int, step: int, today: date) -> bool:
    due = format_date(duty.due_date)
    when = f"还有{left}个工作日" if left else "时限前已没有工作日"
    if duty.due_date == today:
        when = "今天是最后一天"
    return notify(
        uow,
        tenant_id=duty.unit_id,
        kind=DUE_NOTICE,
        key=f"{DUE_NOTICE}:{duty.report_year}:{duty.due_date}:{step}",
        subject=f"{duty.report_year}年政府信息公开工作年度报告应于{due}前发布",
        body=(
            f"{duty.unit}{duty.report_year}年政府信息公开工作年度报告应于{due}前发布（{duty.basis}），{when}，目前尚未发布。"
            "请在“政府信息公开年报”栏目发布；已在其他网站发布的，请将网址告知政务公开办。"
        ),
        link="/work/",
    )
