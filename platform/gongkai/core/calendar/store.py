"""The calendar in force: the library's years, those that the office has entered, and festivals of areas (K2).

Every clock in working days counts with the local days off of the unit that it binds: terms of publication (条例
art. 26), findings, replies, verification, transfers, statements, reminders. Whether local days off stop a clock that
the 条例 itself sets is left open by 放假办法 art. 4, and answered with yes, since nobody is at work on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from gongkai.core.calendar.areas import Calendars
from gongkai.core.calendar.workdays import WorkingDayCalendar, national_calendar
from gongkai.core.uow import UnitOfWork

_EVERY_UNIT = text(
    "SELECT year, days_off, make_up_days, NULL::bigint AS office_id, NULL::bigint[] AS units FROM calendar_year"
    " UNION ALL SELECT days.year, days.days_off, '{}', office.id,"
    " ARRAY(SELECT id FROM tenant WHERE path <@ office.path)"
    " FROM local_holiday AS days JOIN tenant AS office ON office.id = days.tenant_id WHERE days.days_off <> '{}'"
    " ORDER BY year"
)
_ONE_UNIT = text(
    "SELECT year, days_off, make_up_days, NULL::bigint AS office_id, NULL::bigint[] AS units FROM calendar_year"
    " UNION ALL SELECT days.year, days.days_off, '{}', office.id, ARRAY[unit.id] FROM local_holiday AS days"
    " JOIN tenant AS office ON office.id = days.tenant_id JOIN tenant AS unit ON unit.path <@ office.path"
    " WHERE unit.id = CAST(:unit AS bigint) AND days.days_off <> '{}' ORDER BY year"
)
_AREA = text(
    "SELECT unit.id FROM tenant AS unit JOIN tenant AS office ON unit.path <@ office.path WHERE office.id = :office"
)


@dataclass(frozen=True, slots=True)
class Days:
    """A year's days of a notice, read or supposed: the national one, or an area's where it names the office.

    Attributes:
        unit_ids: the units of the area; None for the national notice.
    """

    year: int
    days_off: Sequence[date]
    make_up_days: Sequence[date] = ()
    office_id: int | None = None
    unit_ids: Sequence[int] | None = None


def load_calendar(uow: UnitOfWork, *, tenant_id: int | None = None) -> WorkingDayCalendar:
    """The calendar of a unit, or of the one that is acted for; in a job, which acts for nobody, the national one (K1).

    What binds another unit than the one at work is counted with that unit's calendar: name it. For many units there is
    `load_calendars`.
    """
    unit = uow.scope.acting_tenant_id if tenant_id is None else tenant_id
    return _made(_read(uow, unit=unit)).of(unit)


def load_calendars(uow: UnitOfWork, *, supposed: Days | None = None) -> Calendars:
    """The calendars of all units, in one statement; as they would be, if a notice of a year were `supposed`."""
    found = _read(uow)
    if supposed is not None:
        found = [one for one in found if (one.office_id, one.year) != (supposed.office_id, supposed.year)]
        found = sorted([*found, supposed], key=lambda one: one.year)
    return _made(found)


def units_of_area(uow: UnitOfWork, *, office_id: int) -> list[int]:
    """Ids of the office and of all units under it."""
    return list(uow.session.scalars(_AREA, {"office": office_id}))


def _read(uow: UnitOfWork, **unit: int | None) -> list[Days]:
    rows = uow.session.execute(_ONE_UNIT if unit else _EVERY_UNIT, unit)
    return [Days(row.year, row.days_off, row.make_up_days, row.office_id, row.units) for row in rows]


def _made(years: Sequence[Days]) -> Calendars:
    """National notices in the order of their years, since one may name days of the December before."""
    calendar = national_calendar()
    for one in years:
        if one.unit_ids is None:
            calendar = calendar.with_year(one.year, one.days_off, one.make_up_days)
    return Calendars.overlaid(calendar, [(one.days_off, one.unit_ids) for one in years if one.unit_ids is not None])
