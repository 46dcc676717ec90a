"""What a change of a rule's numbers would find today, before it is saved."""

from dataclasses import dataclass

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Asked, Moment
from gongkai.supervision.evaluation.engine import problems_of
from gongkai.supervision.evaluation.families import FAMILIES
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.rules import RuleBook


@dataclass(frozen=True, slots=True)
class Effect:
    """Problems of a rule today: under the numbers that hold, and under the changed ones; units that are new in it.

    `known` is False for rules that cannot be evaluated today: those of a closed month, and what people record.
    """

    before: int = 0
    after: int = 0
    units: tuple[str, ...] = ()
    known: bool = False


def effect_of(uow: UnitOfWork, *, path: str, code: str, before: RuleBook, after: RuleBook) -> Effect:
    """Evaluate the rule's family twice over the units under a place of the tree, and write nothing."""
    family = next((one for one in FAMILIES if code in one.codes), None)
    if family is None:
        return Effect()
    asked = Asked(subjects_of(uow, path=path), Moment.now(uow))
    found = [
        {problem.key for problem in problems_of(uow, family, asked, book) if problem.rule == code}
        for book in (before, after)
    ]
    new = {key[0] for key in found[1]} - {key[0] for key in found[0]}
    names = tuple(asked.subjects[unit].name for unit in sorted(new))
    return Effect(len(found[0]), len(found[1]), names, known=True)
