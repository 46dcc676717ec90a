"""The facts that a circular names units for, one by one: pure, from its locked figures."""

from dataclasses import dataclass

from gongkai.supervision.circulars.problems import LeftOut, Named, problems
from gongkai.supervision.circulars.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A line of annex 2: unit by code, problem, ground, and the findings of the ledger that it rests on."""

    code: str
    name: str
    problem_class: str
    problem_title: str
    text: str
    basis: str
    finding_ids: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same fact: class, unit, and what is said to be wrong."""
        return self.problem_class, self.code, self.text


def named_lines(snapshot: Snapshot, left_out: LeftOut | None = None) -> list[NamedLine]:
    """The lines of annex 2 in its order."""
    return [
        NamedLine(
            unit.code, unit.name, group.code, group.title, unit.text, unit.basis,
            _findings(snapshot, group.code, unit),
        )
        for group in problems(snapshot, left_out)
        for unit in group.named
    ]  # fmt: skip


def _findings(snapshot: Snapshot, problem_class: str, unit: Named) -> tuple[int, ...]:
    """A claim found false has a record of its own (SR-X2), apart from the finding that was claimed; what the ledger
    holds beside it of the same class is named with it."""
    ids = [row.id for row in snapshot.findings if (row.problem_class, row.code) == (problem_class, unit.code)]
    if unit.fact is not None and unit.fact.finding_id:
        ids.insert(0, unit.fact.id)
    return tuple(ids)
