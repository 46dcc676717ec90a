"""The calendar in force: the library's years and those that the office has entered."""

from sqlalchemy import select

from gongkai.core.calendar.workdays import WorkingDayCalendar, national_calendar
from gongkai.core.models import CalendarYear
from gongkai.core.uow import UnitOfWork


def load_calendar(uow: UnitOfWork) -> WorkingDayCalendar:
    """The national calendar with every year that was entered by hand (K1)."""
    calendar = national_calendar()
    for year in uow.session.scalars(select(CalendarYear).order_by(CalendarYear.year)):
        calendar = calendar.with_year(year.year, year.days_off, year.make_up_days)
    return calendar
