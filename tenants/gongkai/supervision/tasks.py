"""Jobs of supervision: reminders while a month runs, findings when it has ended."""

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import remind_blank_units, tell_office
from gongkai.supervision.findings import Evaluation, evaluate_period
from gongkai.supervision.queries import offices, standings

CLOSING_DAYS = 5
"""Days of the new month on which the old one is evaluated: late imports of the first days still change it."""


def remind(services: Services) -> None:
    """Remind the blank units of the running month whose reminder day has come."""
    with services.database.system_scope("blank month reminders") as uow:
        for office in offices(uow):
            if "." not in office.path:
                remind_blank_units(uow, office_id=office.id)


def close_period(services: Services) -> None:
    """In the first days of a month, turn the last one into findings for every office, and tell the offices."""
    with services.database.system_scope("period close") as uow:
        today = shanghai_date(uow.now)
        if today.day <= CLOSING_DAYS:
            evaluate_all(uow, period=Period.of(today).previous())


def evaluate_all(uow: UnitOfWork, *, period: Period) -> dict[str, Evaluation]:
    """Evaluate a month for every office that supervises, and tell each once; office code → what was done."""
    done = {}
    for office in offices(uow):
        found = standings(uow, office_id=office.id, period=period)
        if not found.rows:
            continue
        done[office.code] = evaluate_period(uow, office_id=office.id, period=period)
        tell_office(uow, office_id=office.id, found=found, now_standing=done[office.code].standing)
    return done
