"""Evaluates families of rules over units and brings their findings in line; a second time changes nothing."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values, values_of
from gongkai.supervision.evaluation.reconcile import Key, Move, Record, moves
from gongkai.supervision.ledger.records import open_findings_for, record_move
from gongkai.supervision.models import Exemption, Finding
from gongkai.supervision.rules import RuleBook

BATCH = 100
"""Units whose facts are held at a time."""
RECURRENCE = "SR-X3"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation did: findings opened, changed, closed, and those that stand now, by rule."""

    opened: int = 0
    changed: int = 0
    closed: int = 0
    standing: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Evaluation") -> "Evaluation":
        standing = dict(Counter(self.standing) + Counter(other.standing))
        return Evaluation(
            self.opened + other.opened, self.changed + other.changed, self.closed + other.closed, standing
        )  # fmt: skip


def evaluate(
    uow: UnitOfWork,
    family: Family[Any],
    *,
    subjects: Mapping[int, Subject],
    book: RuleBook,
    moment: Moment,
    items: Collection[int] | None = None,
    monthly: bool = False,
) -> Evaluation:
    """Evaluate one family for these units, and of the rules over items only `items` where these are given.

    `monthly`: its problems are events of the month that is judged, and those of other months stay as they are.
    """
    done = Evaluation()
    ids = list(subjects)
    for first in range(0, len(ids), BATCH):
        asked = Asked({unit_id: subjects[unit_id] for unit_id in ids[first : first + BATCH]}, moment, items)
        wanted = {problem.key: problem for problem in problems_of(uow, family, asked, book)}
        done += reconcile(uow, family.codes, asked=asked, book=book, wanted=wanted, monthly=monthly)
    return done


def problems_of(uow: UnitOfWork, family: Family[Any], asked: Asked, book: RuleBook) -> Iterator[Problem]:
    """The problems that a family finds with some units; nothing is written."""
    for facts in family.read(uow, asked):
        unit_id = family.unit_of(facts)
        values = values_of(asked.subjects[unit_id], book, asked.moment)
        yield from applied(family.evaluate(facts, values, asked.moment.of(unit_id)), values)


def applied(problems: Iterable[Problem], values: Values) -> Iterator[Problem]:
    """Without those of rules that the office does not apply."""
    return (problem for problem in problems if values.enabled(problem.rule))


def reconcile(
    uow: UnitOfWork,
    codes: Sequence[str],
    *,
    asked: Asked,
    book: RuleBook,
    wanted: Mapping[Key, Problem],
    monthly: bool = False,
) -> Evaluation:
    """Bring the findings of some units in line with the problems that these rules find; `monthly`: of the one month."""
    exempt = exemptions(uow, asked) if wanted else set()
    wanted = {key: problem for key, problem in wanted.items() if not is_exempt(problem, exempt)}
    known = _known(uow, codes, asked, monthly=monthly)
    todo: dict[Move, list[Key]] = {}
    for move, key in moves(known, wanted):
        todo.setdefault(move, []).append(key)
    new = [wanted[key] for key in todo.get("found", ())]
    before = _closed_before(uow, new, asked, book) if new else {}
    due = {problem.key: _due(problem, asked, book) for problem in new}
    open_findings_for(
        uow, new, subjects=asked.subjects, period=asked.moment.period, due_dates=due, recurrence_of=before
    )  # fmt: skip
    for move, keys in todo.items():
        if move != "found":
            record_move(uow, move, {known[key].id: wanted.get(key) for key in sorted(keys)})
    uow.session.flush()
    return Evaluation(
        opened=len(new),
        changed=len(todo.get("changed", ())) + len(todo.get("found_again", ())) + len(todo.get("fail", ())),
        closed=len(todo.get("lapse", ())) + len(todo.get("pass", ())),
        standing=Counter(key[1] for key in wanted),
    )


def _due(problem: Problem, asked: Asked, book: RuleBook) -> date | None:
    values = values_of(asked.subjects[problem.unit_id], book, asked.moment)
    return values.due_date(problem.rule, asked.moment.of(problem.unit_id))


def _known(uow: UnitOfWork, codes: Sequence[str], asked: Asked, *, monthly: bool) -> dict[Key, Record]:
    """The records that an evaluation of these units may touch."""
    conditions: list[ColumnElement[bool]] = [
        Finding.tenant_id.in_(asked.unit_ids), Finding.rule_code.in_(codes), Finding.found_by == "system",
        ~Finding.lasting | Finding.closed_at.is_(None),
    ]  # fmt: skip
    if monthly:
        conditions.append(Finding.period == str(asked.moment.period))
    if asked.items is not None:
        conditions += [Finding.object_type == "item", Finding.object_id.in_(asked.items)]
    rows: Sequence[Any] = uow.session.execute(
        select(
            Finding.id, Finding.tenant_id, Finding.rule_code, Finding.period, Finding.object_type, Finding.object_id,
            Finding.lasting, Finding.state, Finding.evidence, Finding.closed_at, Finding.recheck_at,
            Finding.circular_id, Finding.claim,
        ).where(*conditions)
    ).all()  # fmt: skip
    found = {}
    for row in rows:
        period = "" if row.lasting else row.period
        key = (row.tenant_id, row.rule_code, period, row.object_type, row.object_id)
        found[key] = Record(
            row.id, key, row.state, row.evidence, row.closed_at is not None, row.recheck_at is not None,
            bool(row.claim.get("whole_unit")), row.circular_id is not None,
        )  # fmt: skip
    return found


def exemptions(uow: UnitOfWork, asked: Asked) -> set[tuple[int, str, str, int]]:
    """The decisions in force on the day by which rules do not apply: unit, rule or family, object type and id."""
    today = asked.moment.today
    rows = uow.session.execute(
        select(Exemption.tenant_id, Exemption.rule_code, Exemption.object_type, Exemption.object_id).where(
            Exemption.tenant_id.in_(asked.unit_ids), Exemption.ended_at.is_(None),
            Exemption.from_date <= today, Exemption.until_date >= today,
        )
    )  # fmt: skip
    return {(row.tenant_id, row.rule_code, row.object_type, row.object_id) for row in rows}


def is_exempt(problem: Problem, exempt: Collection[tuple[int, str, str, int]]) -> bool:
    """Whether one of the decisions takes a problem out."""
    codes = (problem.rule, RULES[problem.rule].family)
    objects = ((problem.object_type, problem.object_id), ("", 0))
    return bool(exempt) and any((problem.unit_id, code, *one) in exempt for code in codes for one in objects)


def _closed_before(uow: UnitOfWork, new: Sequence[Problem], asked: Asked, book: RuleBook) -> dict[Key, int]:
    """Of new conditions, the record about the same object that was closed a short time before (SR-X3)."""
    lasting = {problem.key: problem for problem in new if not problem.period}
    if not lasting:
        return {}
    numbers = [values_of(one, book, asked.moment).whole(RECURRENCE, "days") for one in asked.subjects.values()]
    since = uow.now - timedelta(days=max(numbers))
    rows = uow.session.execute(
        select(
            Finding.tenant_id, Finding.rule_code, Finding.object_type, Finding.object_id,
            func.max(Finding.id).label("id"), func.max(Finding.closed_at).label("closed_at"),
        )
        .where(
            Finding.tenant_id.in_({problem.unit_id for problem in lasting.values()}), Finding.lasting,
            Finding.rule_code.in_({problem.rule for problem in lasting.values()}),
            Finding.state == "closed", Finding.closed_at >= since,
        )
        .group_by(Finding.tenant_id, Finding.rule_code, Finding.object_type, Finding.object_id)
    )  # fmt: skip
    found = {}
    for row in rows:
        key = (row.tenant_id, row.rule_code, "", row.object_type, row.object_id)
        if key in lasting and RULES[row.rule_code].severity != "info":
            days = values_of(asked.subjects[row.tenant_id], book, asked.moment).whole(RECURRENCE, "days")
            if row.closed_at >= uow.now - timedelta(days=days):
                found[key] = row.id
    return found
