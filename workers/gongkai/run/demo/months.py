"""Months that have ended become findings, as the month's end makes them: each on the first day of the next."""

from collections.abc import Sequence

from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.run.demo.moments import first_morning
from gongkai.supervision.findings import evaluate_offices, evaluate_period
from gongkai.supervision.scores.services import compute_scores
from gongkai.supervision.tasks import evaluate_all
from gongkai.tenancy.services import get_tenant

SCORED = 3
"""Months that have scores: enough for who asks how a unit's went."""


def close_months_of(services: Services, code: str, months: Sequence[Period]) -> None:
    """Evaluate months for one office."""
    for month in months:
        with first_morning(services, month.next()) as uow:
            evaluate_period(uow, office_id=get_tenant(uow, code=code).id, period=month)


def close_months(services: Services, months: Sequence[Period]) -> None:
    """Evaluate months, the earliest first, for every office, and score the last; the offices are told of one."""
    for month in months[:-1]:
        with first_morning(services, month.next()) as uow:
            evaluate_offices(uow, period=month)
            if month in months[-SCORED:]:
                compute_scores(uow, period=month)
    with first_morning(services, months[-1].next()) as uow:
        evaluate_all(uow, period=months[-1])
        compute_scores(uow, period=months[-1])
