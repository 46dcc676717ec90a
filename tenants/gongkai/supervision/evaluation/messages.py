"""Letters, messages and calls answered late or not at all (SR-M1, SR-M2); from the external data of the months.

Where several offices have entered a unit's figures of one kind, those of its nearest office count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values
from gongkai.supervision.external.kinds import KINDS
from gongkai.supervision.external.queries import UnitFigures, with_late

LATE, THREE_MONTHS = "SR-M1", "SR-M2"
CODES = (LATE, THREE_MONTHS)


@dataclass(frozen=True, slots=True)
class Messages:
    """A unit's month: kind of data → what was late, and what had waited for more than three months."""

    subject: Subject
    period: str
    late: Mapping[str, int]
    over_three_months: int = 0


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Messages]:
    """The months of some units in which something was late."""
    months: dict[tuple[int, str], dict[str, UnitFigures]] = {}
    for row in with_late(uow, unit_ids=asked.unit_ids):
        subject = asked.subjects[row.unit_id]
        kept = months.setdefault((row.unit_id, row.period), {})
        if row.kind not in kept or row.office_id == subject.office_id:
            kept[row.kind] = row
    for (unit_id, period), kinds in months.items():
        late = {kind: number for kind, row in kinds.items() if (number := KINDS[kind].late_in(row.figures))}
        waiting = sum(row.figures.get(KINDS[kind].over_three_months, 0) for kind, row in kinds.items())
        yield Messages(asked.subjects[unit_id], period, late, waiting)


def evaluate(facts: Messages, _: Values, __: Moment) -> Iterator[Problem]:
    """The problems of a unit's month; each late one counts points."""
    where = "/work/external/"
    if number := sum(facts.late.values()):
        kinds = "、".join(f"{KINDS[kind].label}{late}件" for kind, late in facts.late.items())
        found = {"number": number, "kinds": kinds}
        yield Problem(LATE, facts.subject.id, found, period=facts.period, url=where)
    if facts.over_three_months:
        found = {"number": facts.over_three_months}
        yield Problem(THREE_MONTHS, facts.subject.id, found, period=facts.period, url=where)


FAMILY = Family(name="messages", label="互动回应", codes=CODES, read=read, evaluate=evaluate)
