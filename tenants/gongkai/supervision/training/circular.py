"""What the circular of a period takes from the register: the absent units, each named once."""

from collections.abc import Mapping

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.snapshot import TRAINING_ABSENT, FactRow
from gongkai.supervision.standings import Standing
from gongkai.supervision.training.figures import Absence
from gongkai.supervision.training.queries import absences_of_months, sessions_of


def training_facts(
    uow: UnitOfWork, *, office_id: int, span: Span, known: Mapping[int, Standing], names: Mapping[int, str]
) -> list[FactRow]:
    """The units that were absent from a training of the period, in the order of those `known`, whom it covers.

    All of them carry the same held_on, sessions and invited, those of the period's trainings together.
    """
    month = absences_of_months(uow, office_id=office_id, first=span.first, last=span.last)
    if month.first is None or month.last is None:
        return []
    earlier = span.previous()
    before = absences_of_months(uow, office_id=office_id, first=earlier.first, last=earlier.last).by_unit()
    shared = {"held_on": month.first.isoformat(), "sessions": month.sessions, "invited": month.invited}
    several = month.last != month.first
    if several:
        shared["held_to"] = month.last.isoformat()
    by_unit = month.by_unit()
    return [
        FactRow(
            id=by_unit[unit_id][0].session_id,
            kind=TRAINING_ABSENT,
            code=row.code,
            name=names[unit_id],
            detail=shared | ({"missed": _days(by_unit[unit_id])} if several else {}),
            source="；".join(dict.fromkeys(filter(None, (absence.source for absence in by_unit[unit_id])))),
            repeated=unit_id in before,
        )
        for unit_id, row in known.items()
        if unit_id in by_unit
    ]


def open_lists(uow: UnitOfWork, *, office_id: int, span: Span) -> int:
    """Trainings of a period that were held and whose list is not closed, so that nobody is absent from them yet."""
    today = shanghai_date(uow.now)
    rows = sessions_of(uow, office_id=office_id, first=span.first, last=span.last)
    return sum(1 for row in rows if row.closed_at is None and row.held_date <= today)


def _days(missed: list[Absence]) -> list[str]:
    return list(dict.fromkeys(absence.held_date.isoformat() for absence in missed))
