"""Rules for tests: the pure functions with a unit and a day, and evaluations of the database."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.calendar.workdays import national_calendar
from gongkai.supervision.catalogue import RULES, describe
from gongkai.supervision.evaluation.base import Moment, Problem, Subject, Values
from gongkai.supervision.evaluation.engine import evaluate
from gongkai.supervision.evaluation.families import FAMILIES
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import Rule, RuleBook
from gongkai.supervision.tasks import evaluate_today
from tests.factories.world import World

TODAY = date(2026, 3, 23)
UNIT = Subject(7, "mzj", "民政局", (1, 3, 7), "bureau", 3, date(2020, 1, 1))


def values(*rules: Rule) -> Values:
    """The numbers of a unit under these rules."""
    return Values(RuleBook.of(rules), UNIT.chain, UNIT.tenant_type, Period.of(TODAY))


def moment(day: date = TODAY) -> Moment:
    """A day."""
    return Moment(day, Period.of(day), national_calendar())


def said(problems: Collection[Problem]) -> dict[str, str]:
    """Rule → its problem in words."""
    return {problem.rule: describe(problem.rule, problem.evidence) for problem in problems}


def judge(world: World, family: str) -> tuple[int, int, int]:
    """A complete evaluation: how many findings of a family were opened, changed and closed."""
    with world.services.database.system_scope("test") as uow:
        done = evaluate_today(uow)[family]
        return done.opened, done.changed, done.closed


def judge_items(world: World, family: str, items: Collection[int]) -> tuple[int, int, int]:
    """The same for items only, with those that time or others move."""
    with world.services.database.system_scope("test") as uow:
        one = next(one for one in FAMILIES if one.name == family)
        today = shanghai_date(uow.now)
        at = Moment(today, Period.of(today), load_calendar(uow))
        assert one.moving is not None
        done = evaluate(
            uow, one, subjects=subjects_of(uow), book=rule_book(uow, codes=RULES), moment=at,
            items={*items, *one.moving(uow, at)},
        )  # fmt: skip
        return done.opened, done.changed, done.closed


def standing(world: World, unit: str, *rules: str) -> dict[tuple[str, int], str]:
    """(rule, object) → the words of a unit's standing findings of these rules."""
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(
            select(Finding).where(
                Finding.tenant_id == world.units[unit], Finding.closed_at.is_(None), Finding.rule_code.in_(rules)
            )
        )
        return {(row.rule_code, row.object_id): describe(row.rule_code, row.evidence) for row in rows}


def evidence(world: World, unit: str, rule: str) -> Mapping[str, Any]:
    """The evidence of a unit's one standing finding of a rule."""
    with world.services.database.system_scope("test") as uow:
        query = select(Finding.evidence).where(
            Finding.tenant_id == world.units[unit], Finding.closed_at.is_(None), Finding.rule_code == rule
        )
        found: dict[str, Any] = uow.session.execute(query).scalar_one()
        return found
