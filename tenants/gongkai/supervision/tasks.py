"""Jobs of supervision: reminders while a month runs, findings when it has ended."""

from typing import Any

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import remind_blank_units, tell_office
from gongkai.supervision.catalogue import RULES
from gongkai.supervision.evaluation.base import Asked, Family, Moment
from gongkai.supervision.evaluation.due import narrowed, take_due
from gongkai.supervision.evaluation.engine import Evaluation, evaluate
from gongkai.supervision.evaluation.families import FAMILIES, MONTHLY
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.findings import evaluate_offices
from gongkai.supervision.ledger.notices import tell_found
from gongkai.supervision.queries import offices, rule_book, standings
from gongkai.supervision.rules import RuleBook
from gongkai.supervision.scores.services import compute_scores

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
            period = Period.of(today).previous()
            evaluate_all(uow, period=period)
            compute_scores(uow, period=period)


def evaluate_day(services: Services) -> None:
    """Evaluate what does not wait for a month's end, for every unit: of the items those that changed."""
    with services.database.system_scope("supervision evaluate day") as uow:
        evaluate_changed(uow)
        tell_found(uow)


def evaluate_everything(services: Services) -> None:
    """Evaluate every item again: rules, calendars and exemptions of whole units change without any item changing."""
    with services.database.system_scope("supervision evaluate everything") as uow:
        evaluate_today(uow)
        tell_found(uow)


def evaluate_today(uow: UnitOfWork, *, path: str | None = None) -> dict[str, Evaluation]:
    """Evaluate the families of rules over the units under a place of the tree; family → what was done."""
    asked, book = _asked(uow, path), rule_book(uow, codes=RULES)
    return {family.name: _evaluate(uow, family, asked, book) for family in FAMILIES}


def evaluate_changed(uow: UnitOfWork) -> dict[str, Evaluation]:
    """Evaluate what changed since the last time, and what the passing of time makes due; family → what was done.

    Rules over columns and units are evaluated completely: they are few and cheap.
    """
    asked, book = _asked(uow, None), rule_book(uow, codes=RULES)
    changed = take_due(uow)
    return {
        family.name: _evaluate(uow, family, narrowed(uow, family, asked, changed) if family.over_items else asked, book)
        for family in FAMILIES
    }


def _asked(uow: UnitOfWork, path: str | None) -> Asked:
    return Asked(subjects_of(uow, path=path), Moment.now(uow))


def _evaluate(uow: UnitOfWork, family: Family[Any], asked: Asked, book: RuleBook) -> Evaluation:
    return evaluate(uow, family, subjects=asked.subjects, book=book, moment=asked.moment, items=asked.items)


def evaluate_month(uow: UnitOfWork, *, period: Period) -> dict[str, Evaluation]:
    """Evaluate the families whose problems are events of a month that has ended; family → what was done."""
    moment = Moment.now(uow, period)
    subjects, book = subjects_of(uow), rule_book(uow, codes=RULES)
    return {
        family.name: evaluate(uow, family, subjects=subjects, book=book, moment=moment, monthly=True)
        for family in MONTHLY
    }


def evaluate_all(uow: UnitOfWork, *, period: Period) -> dict[str, Evaluation]:
    """Evaluate a month for every office that supervises, and tell each once; office code → what quantity did."""
    evaluate_month(uow, period=period)
    ledgers = evaluate_offices(uow, period=period)
    paths = {office.id: office.path for office in offices(uow)}
    done = {}
    for office in offices(uow):
        if office.id not in ledgers:
            continue
        found = standings(uow, office_id=office.id, period=period)
        if not found.rows:
            continue
        below = (one for one in ledgers if f"{paths[one]}.".startswith(f"{office.path}."))
        done[office.code] = sum((ledgers[one] for one in below), Evaluation())
        tell_office(uow, office_id=office.id, found=found, now_standing=done[office.code].standing)
    return done
