"""The outbox: each event once, failures apart and later, effects and deletion in one transaction."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import Engine, delete, insert, select, text

from gongkai.core.errors import OutOfReach
from gongkai.core.models import AuditEvent, OutboxEvent
from gongkai.core.module import EventHandler, Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.workers import outbox
from gongkai.workers.outbox import BATCH, BATCH_GIVING_WAY, drain
from tests.conftest import AdjustableClock

HANDLED = "test.handled"


def note(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
    """A handler with an effect in the database: one audit row for each object."""
    for object_id in ids:
        uow.audit(HANDLED, object_id=object_id)


def modules(*handlers: EventHandler, kind: str = "thing.changed") -> list[Module]:
    """A product in which each handler belongs to a module of its own."""
    return [Module(name=f"test{at}", handlers={kind: handler}) for at, handler in enumerate(handlers)]


def emit(services: Services, *ids: int, kind: str = "thing.changed") -> None:
    with services.database.transaction() as uow:
        for object_id in ids:
            uow.emit(kind, object_id)


Handled = Callable[[], Counter[int]]


@pytest.fixture
def handled(superuser: Engine) -> Handled:
    """Reads object id → how often a handler's effect stands in the database."""

    def read() -> Counter[int]:
        with superuser.connect() as connection:
            return Counter(connection.scalars(select(AuditEvent.object_id).where(AuditEvent.action == HANDLED)))

    return read


def waiting(services: Services) -> list[OutboxEvent]:
    with services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)))


def test_every_event_is_handled_once_and_deleted(services: Services, handled: Handled) -> None:
    emit(services, *range(1, BATCH + 20))
    assert drain(services, modules(note)) == BATCH + 19
    assert handled() == Counter(range(1, BATCH + 20))
    assert not waiting(services)


def test_several_events_of_one_object_are_handled_together(services: Services, handled: Handled) -> None:
    emit(services, 7, 7, 7)
    assert drain(services, modules(note)) == 3
    assert handled() == Counter([7])


def test_what_gives_way_is_worked_off_when_nothing_else_is_due(services: Services) -> None:
    order: list[str] = []

    def slow(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        order.append(f"slow {len(ids)}")
        if len(order) == 1:
            uow.emit("thing.changed", 1)

    def quick(*_: object) -> None:
        order.append("quick")

    parts = [
        Module(name="slow", handlers={"thing.compared": slow}, giving_way=frozenset({"thing.compared"})),
        *modules(quick),
    ]
    emit(services, *range(BATCH_GIVING_WAY + 5), kind="thing.compared")
    assert drain(services, parts) == BATCH_GIVING_WAY + 6
    assert order == [f"slow {BATCH_GIVING_WAY}", "quick", "slow 5"]
    emit(services, 1, kind="thing.compared")
    emit(services, 2)
    assert drain(services, parts) == 2
    assert order[3:] == ["quick", "slow 1"]
    assert not waiting(services)


def test_a_drain_whose_time_is_up_leaves_the_rest(services: Services, handled: Handled) -> None:
    emit(services, *range(BATCH + 1))
    assert drain(services, modules(note), seconds=0) == 0
    assert drain(services, modules(note), seconds=60) == BATCH + 1
    assert handled() == Counter(range(BATCH + 1))


def test_two_drains_at_once_share_the_events(services: Services, handled: Handled) -> None:
    count = 3 * BATCH
    emit(services, *range(count))
    together = threading.Barrier(2, timeout=20)
    seen: dict[str, list[int]] = {"a": [], "b": []}

    def meet(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        mine = seen[threading.current_thread().name]
        if not mine:
            together.wait()  # Both hold a batch now: neither waits for the other's rows.
        mine.extend(ids)

    threads = [threading.Thread(target=drain, args=(services, modules(meet, note)), name=name) for name in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen["a"]
    assert seen["b"]
    assert sorted(seen["a"] + seen["b"]) == list(range(count))
    assert handled() == Counter(range(count))
    assert not waiting(services)


def test_a_failing_event_waits_longer_each_time_and_delays_no_other(
    services: Services, handled: Handled, clock: AdjustableClock
) -> None:
    broken = {5}

    def fail(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        if broken & set(ids):
            raise LookupError("no such thing: 5")

    emit(services, *range(1, 11))
    drain(services, modules(note, fail))
    assert handled() == Counter([1, 2, 3, 4, 6, 7, 8, 9, 10])
    waits = []
    for _ in range(14):
        (event,) = waiting(services)
        assert event.object_id == 5
        assert event.last_error == "LookupError: no such thing: 5"
        waits.append(event.not_before - clock.now)
        assert drain(services, modules(note, fail)) == 0, "it is not due yet"
        clock.now = event.not_before
        assert drain(services, modules(note, fail)) == 1
    assert waits == sorted(waits)
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert waits[-1] == timedelta(hours=1)
    broken.clear()
    clock.advance(hours=1)
    assert drain(services, modules(note, fail)) == 1
    assert handled() == Counter(range(1, 11))
    assert not waiting(services)


def test_events_wait_together_while_a_service_is_out_of_reach(
    services: Services, handled: Handled, clock: AdjustableClock
) -> None:
    tried: list[Sequence[int]] = []

    def away(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        tried.append(ids)
        raise OutOfReach("nobody answers")

    both = [*modules(note, away), *modules(note, kind="other.changed")]
    emit(services, *range(1, BATCH + 11))
    emit(services, 7_000, kind="other.changed")
    drain(services, both)
    assert [len(ids) for ids in tried] == [BATCH], "neither one by one nor batch by batch"
    assert handled() == Counter([7_000])
    assert {event.not_before - clock.now for event in waiting(services)} == {timedelta(seconds=10)}
    assert {event.attempts for event in waiting(services)} == {0}
    clock.advance(seconds=10)
    assert drain(services, modules(note)) == BATCH + 10
    assert not waiting(services)


def test_a_handler_that_breaks_the_transaction_leaves_nothing(
    services: Services, handled: Handled, clock: AdjustableClock
) -> None:
    """Also after an error of the database itself, the other events of the batch are done."""

    def divide(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        if 2 in ids:
            uow.session.execute(text("SELECT 1 / 0"))

    emit(services, 1, 2, 3)
    drain(services, modules(note, divide))
    assert handled() == Counter([1, 3])
    (event,) = waiting(services)
    assert event.object_id == 2
    assert "division by zero" in (event.last_error or "")


def test_killed_before_the_commit_everything_is_done_again_once(services: Services, handled: Handled) -> None:
    """Effects and deletion are one transaction: ended in between, neither is there."""

    class Killed(BaseException):
        pass

    def die(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        uow.session.flush()
        raise Killed

    emit(services, 1, 2)
    with pytest.raises(Killed):
        drain(services, modules(note, die))
    assert not handled()
    assert [event.attempts for event in waiting(services)] == [0, 0]
    drain(services, modules(note))
    assert handled() == Counter([1, 2])


def test_events_that_handlers_emit_are_worked_off_in_the_same_drain(services: Services, handled: Handled) -> None:
    def pass_on(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        for object_id in ids:
            uow.emit("thing.followed", object_id + 100)

    product = [*modules(pass_on), *modules(note, kind="thing.followed")]
    emit(services, 1, 2)
    assert drain(services, product) == 4
    assert handled() == Counter([101, 102])
    assert not waiting(services)


def test_events_of_a_failed_handler_are_not_emitted(services: Services, handled: Handled) -> None:
    def half(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        uow.emit("thing.followed", ids[0])
        raise OSError("server away")

    emit(services, 1)
    drain(services, [*modules(half), *modules(note, kind="thing.followed")])
    assert [event.kind for event in waiting(services)] == ["thing.changed"]
    assert not handled()


def test_a_delayed_event_waits_for_its_time(services: Services, clock: AdjustableClock) -> None:
    with services.database.transaction() as uow:
        uow.emit("thing.changed", 1, delay=timedelta(minutes=30))
    assert drain(services, modules(note)) == 0
    clock.advance(minutes=30)
    assert drain(services, modules(note)) == 1


def test_an_event_of_a_newer_program_waits_a_day_for_it(
    services: Services, handled: Handled, clock: AdjustableClock
) -> None:
    emit(services, 1, kind="thing.invented")
    drain(services, modules(note))
    assert [event.last_error for event in waiting(services)] == ["no handler"]
    clock.advance(hours=2)
    drain(services, modules(note, kind="thing.invented"))
    assert handled() == Counter([1])
    emit(services, 2, kind="thing.forgotten")
    drain(services, modules(note))
    clock.advance(hours=25)
    drain(services, modules(note))
    assert not waiting(services)


def test_a_job_out_of_time_undoes_its_batch_and_lets_others_go_first(services: Services, handled: Handled) -> None:
    def slow(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        raise JobTimeoutException("300 seconds")

    emit(services, 1)
    emit(services, 2, kind="thing.quick")
    product = [*modules(note, slow), *modules(note, kind="thing.quick")]
    with pytest.raises(JobTimeoutException):
        drain(services, product)
    assert not handled()
    assert drain(services, product) == 1
    assert handled() == Counter([2])
    assert [event.attempts for event in waiting(services)] == [1]


def test_a_crowd_of_events_does_not_hold_up_the_limit(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH", 10)
    emit(services, *range(100))
    assert drain(services, modules(note), limit=30) == 30
    assert len(waiting(services)) == 70


def test_a_lost_database_connection_loses_no_event(services: Services, handled: Handled, superuser: Engine) -> None:
    """The server ends the connection under the handler: nothing is done, nothing postponed, the next drain does it."""

    def cut(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        pid = uow.session.scalar(text("SELECT pg_backend_pid()"))
        with superuser.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

    emit(services, 1, 2)
    with pytest.raises(Exception, match=r"terminat|closed|invalid transaction"):
        drain(services, modules(cut, note))
    assert not handled()
    assert [event.attempts for event in waiting(services)] == [0, 0]
    drain(services, modules(note))
    assert handled() == Counter([1, 2])


def test_rows_deleted_by_another_hand_do_not_trouble_the_drain(services: Services, handled: Handled) -> None:
    def race(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
        uow.session.execute(delete(OutboxEvent).where(OutboxEvent.object_id.in_(ids)))

    emit(services, 1)
    assert drain(services, modules(race, note)) == 1
    assert handled() == Counter([1])
    with services.database.transaction() as uow:
        uow.session.execute(
            insert(OutboxEvent).values(kind="thing.changed", object_id=3, created_at=uow.now, not_before=uow.now)
        )
    assert drain(services, modules(note)) == 1
