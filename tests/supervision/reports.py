"""Lists of annual reports due, for tests that need one."""

from datetime import date

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.reports_due.schemas import DutyForm, NoticeForm
from gongkai.supervision.reports_due.services import put_duties, put_list
from tests.factories.world import World

NOTICE = NoticeForm("年度报告编制发布工作安排", "", date(2022, 12, 20))


def owe_reports(uow: UnitOfWork, world: World, office: str, year: int, due: date, *codes: str) -> None:
    """An office's list with these bodies alone, all by one date; none of them has published."""
    office_id = world.units[office]
    put_list(uow, office_id=office_id, made_by=None, year=year, form=NOTICE, prefill=False)
    forms = {world.units[code]: DutyForm(due) for code in codes}
    put_duties(uow, office_id=office_id, entered_by=None, year=year, forms=forms)
