"""Months that have ended become findings, as the month's end makes them: each on the first day of the next."""

from collections.abc import Sequence

from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.run.demo.moments import first_morning
from gongkai.supervision.findings import evaluate_offices, evaluate_period
from gongkai.supervision.tasks import evaluate_all
from gongkai.tenancy.services import get_tenant


def close_months_of(services: Services, code: str, months: Sequence[Period]) -> None:
    """Evaluate months for one office."""
    for month in months:
        with first_morning(services, month.next()) as uow:
            evaluate_period(uow, office_id=get_tenant(uow, code=code).id, period=month)


def close_months(services: Services, months: Sequence[Period]) -> None:
    """Evaluate months, the earliest first, for every office; the offices are told of the last one only."""
    for month in months[:-1]:
        with first_morning(services, month.next()) as uow:
            evaluate_offices(uow, period=month)
    with first_morning(services, months[-1].next()) as uow:
        evaluate_all(uow, period=months[-1])
