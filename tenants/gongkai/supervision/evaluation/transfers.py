"""Lists for archives and libraries that were not sent, or not answered for, in time (SR-E1; 条例 art. 25).

The day by which a unit has to act stands on the list; a list that is made late has a later one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

RULE = "SR-E1"
CODES = (RULE,)
DAY, ANSWER_DAYS = "day", "answer"
_WORDS = {"prepared": "应于{due}前送交，至今未送交", "mismatch": "与接收单位收到的有出入，应于{due}前答复，至今未答复"}
_OWED = text("""
SELECT l.tenant_id, l.id, l.period, l.state, l.due_date, hall.short_name AS hall
FROM transfer_list AS l JOIN tenant AS hall ON hall.id = l.hall_id
WHERE l.tenant_id = ANY (CAST(:units AS bigint[])) AND l.state IN ('prepared', 'mismatch') AND l.due_date < :today
ORDER BY l.id
""")


@dataclass(frozen=True, slots=True)
class Owed:
    """A list on which the unit has to act: it is not sent （`prepared`）, or the hall objected （`mismatch`）."""

    id: int
    period: Period
    hall: str
    state: str
    due: date


@dataclass(frozen=True, slots=True)
class Transfers:
    """A unit and the lists on which it has to act."""

    subject: Subject
    owed: Sequence[Owed] = ()


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Transfers]:
    """The lists of some units whose day has passed."""
    found: dict[int, list[Owed]] = {}
    for row in uow.session.execute(_OWED, {"units": asked.unit_ids, "today": asked.moment.today}):
        one = Owed(row.id, Period.parse(row.period), row.hall, row.state, row.due_date)
        found.setdefault(row.tenant_id, []).append(one)
    for unit_id, subject in asked.subjects.items():
        yield Transfers(subject, found.get(unit_id, ()))


def evaluate(facts: Transfers, _: Values, moment: Moment) -> Iterator[Problem]:
    """One problem for each list that is late on the day."""
    if facts.subject.in_grace(moment.today):
        return
    for owed in facts.owed:
        if owed.due < moment.today:
            found = {
                "period": owed.period.label, "hall": owed.hall, "due": owed.due.isoformat(),
                "problem": _WORDS[owed.state].format(due=owed.due.isoformat()),
            }  # fmt: skip
            yield Problem(RULE, facts.subject.id, found, "transfer", owed.id, url=f"/work/transfers/{owed.id}")


FAMILY = Family(name="transfer", label="查阅场所移交", codes=CODES, read=read, evaluate=evaluate)
