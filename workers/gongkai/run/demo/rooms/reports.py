"""The prefecture's list of annual reports due: made by a notice; most reports stand in columns, some elsewhere."""

from datetime import date, timedelta

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.reports_due.schemas import DutyForm, NoticeForm
from gongkai.supervision.reports_due.services import put_duties, put_list

OFFICE = "yl-zf-zwgk"
ELSEWHERE = ("yl-ybj", "yl-swuj")
EXEMPT = "yl-wjj"


def play(stage: Stage) -> None:
    """The list of the last year's reports, then what has become of it."""
    year = stage.today.year - 1
    stage.once(f"reports.{year}", stage.on(date(year + 1, 1, 5), 9), _list, year)
    stage.once(f"reports.{year}.marked", stage.on(date(year + 1, 1, 30), 15), _mark, year)


def _list(uow: UnitOfWork, year: int) -> None:
    actor = actor_of(uow, OFFICE)
    title = f"云岭州人民政府办公室关于做好{year}年政府信息公开工作年度报告编制发布工作的通知"
    form = NoticeForm(title, f"云政办函〔{year + 1}〕1号", min(date(year + 1, 1, 4), shanghai_date(uow.now)))
    put_list(uow, office_id=actor.tenant_id, made_by=actor.user_id, year=year, form=form)


def _mark(uow: UnitOfWork, year: int) -> None:
    ids = {code: unit_id(uow, code) for code in (*ELSEWHERE, EXEMPT)}
    actor = actor_of(uow, OFFICE)
    due = date(year + 1, 1, 31)
    published = min(due - timedelta(days=6), shanghai_date(uow.now))
    forms = {
        ids[code]: DutyForm(due, published_date=published, published_url=f"https://www.example.gov.cn/nb/{code}.html")
        for code in ELSEWHERE
    }
    forms[ids[EXEMPT]] = DutyForm(due, exempt_reason="与州政府办公室合并编制，不单独发布")
    put_duties(uow, office_id=actor.tenant_id, entered_by=actor.user_id, year=year, forms=forms)
