"""Findings brought in line with problems: decided by a pure function, carried out afterwards.

The states are those of `ledger.states`; what a person decided is never undone by an evaluation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gongkai.supervision.evaluation.base import Problem
from gongkai.supervision.ledger.states import WAYS

Key = tuple[int, str, str, str, int]
Move = Literal["found", "found_again", "changed", "lapse", "pass", "fail"]


@dataclass(frozen=True, slots=True)
class Record:
    """A finding as an evaluation sees it.

    Attributes:
        key: unit, rule, month of an event (empty for a condition), type and id of the object.
        rechecked: somebody looked at a claim about it; whole_unit: the claim covers the rule in the whole unit.
        circulated: a circular quotes it, so that its evidence stays.
    """

    id: int
    key: Key
    state: str
    evidence: Mapping[str, Any]
    closed: bool = False
    rechecked: bool = False
    whole_unit: bool = False
    circulated: bool = False


def moves(known: Mapping[Key, Record], wanted: Mapping[Key, Problem]) -> Iterator[tuple[Move, Key]]:
    """What is to be done with each finding and problem.

    A condition is `known` while its record is not closed; an event always. A claim whose problem is gone passes; one
    whose condition still holds fails, and so does one for the whole unit while the rule fails elsewhere in it.
    """
    failing = {(key[0], key[1]) for key in wanted}
    for key in wanted.keys() - known.keys():
        yield "found", key
    for key, record in known.items():
        move = _held(record, wanted[key]) if key in wanted else _gone(record, failing)
        if move is not None:
            yield move, key


def _held(record: Record, problem: Problem) -> Move | None:
    lasting = not problem.period
    if record.state == "closed":
        return None if lasting or record.rechecked else "found_again"
    if record.state == "claimed_fixed" and lasting:
        return "fail"
    frozen = lasting or record.circulated or record.state == "dismissed"
    return None if frozen or dict(record.evidence) == dict(problem.evidence) else "changed"


def _gone(record: Record, failing: set[tuple[int, str]]) -> Move | None:
    if record.closed:
        return None
    if record.state == "claimed_fixed":
        elsewhere = record.whole_unit and (record.key[0], record.key[1]) in failing
        return "fail" if elsewhere else "pass"
    return "lapse" if record.state in WAYS["lapse"].sources else None
