"""Where a unit stands with a task, by properties: the query says what the pure function says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gongkai.supervision.assignments.standing import AssignmentFacts, ShareFact, Stand, TaskFigures, stand_of

DUE = datetime(2026, 3, 24, 1, tzinfo=UTC)
MINUTES = st.integers(-10_000, 10_000).map(lambda minutes: DUE + timedelta(minutes=minutes))


@given(completed_at=st.none() | MINUTES, withdrawn=st.booleans(), now=MINUTES)
def test_a_stand_follows_from_day_and_completion(completed_at: datetime | None, withdrawn: bool, now: datetime) -> None:
    found = stand_of(due_at=DUE, completed_at=completed_at, withdrawn=withdrawn, now=now)
    assert (found is Stand.WITHDRAWN) == withdrawn
    if not withdrawn:
        assert (found in (Stand.ON_TIME, Stand.LATE)) == (completed_at is not None)
        assert (found is Stand.OVERDUE) == (completed_at is None and now > DUE)
        assert (found is Stand.LATE) == (completed_at is not None and completed_at > DUE)


@given(st.lists(st.tuples(st.sampled_from(["repost", "yearly", "special"]), st.sampled_from(Stand))))
def test_the_numbers_add_up_and_reposts_stand_apart(shares: list[tuple[str, Stand]]) -> None:
    found = AssignmentFacts(
        tuple(
            ShareFact(number, 1, number, "单位", kind, "任务", DUE, None, False, stand)
            for number, (kind, stand) in enumerate(shares)
        )
    )
    for figures in (found.reposts, found.tasks, TaskFigures.of(stand for _, stand in shares)):
        assert figures.handed_out == figures.on_time + figures.late + figures.overdue + figures.pending
    counted = [stand for _, stand in shares if stand is not Stand.WITHDRAWN]
    assert found.reposts.handed_out + found.tasks.handed_out == len(counted)
    assert len(found.overdue) == found.reposts.overdue + found.tasks.overdue
