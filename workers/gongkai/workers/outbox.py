"""Draining the outbox: rows are claimed with SKIP LOCKED and deleted in the transaction of their handlers' effects.

Kinds that give way are worked off when nothing else is due. An event that fails waits longer each time and never
blocks the others; nothing is deleted undone. Where a service beside the database is out of reach, all events of the
kind wait a little together, without being tried one by one. What a handler does beyond the database can happen twice,
when the process ends before the commit.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import delete, select, update

from gongkai.core.db import AnyRow
from gongkai.core.errors import OutOfReach
from gongkai.core.models import OutboxEvent
from gongkai.core.module import EventHandler, Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork, every_tenant

log = structlog.get_logger()
BATCH = 500
BATCH_GIVING_WAY = 20
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
WAIT_FOR_SERVICE = timedelta(seconds=10)
UNKNOWN_KEPT = timedelta(days=1)
LONGEST_REASON = 500
TURN_SECONDS = 150.0
"""After which a job that drains leaves the rest to the next one."""


def handlers_of(modules: Sequence[Module]) -> Mapping[str, Sequence[EventHandler]]:
    """Event kind → the handlers of all modules, in module order."""
    found: dict[str, list[EventHandler]] = {}
    for module in modules:
        for kind, handler in module.handlers.items():
            found.setdefault(kind, []).append(handler)
    return found


def drain(
    services: Services, modules: Sequence[Module], *, limit: int = 20_000, seconds: float | None = None
) -> int:  # fmt: skip
    """Work off what is due, batch by batch; returns how many events were looked at, the postponed ones included.

    Safe to run at the same time as another drain. What handlers emit is worked off too, as it is due at once. After
    `limit` events, or `seconds`, the rest is left to the next one.
    """
    began = monotonic()
    handlers = handlers_of(modules)
    giving_way = frozenset[str]().union(*(module.giving_way for module in modules))
    done = 0
    while done < limit and (seconds is None or monotonic() - began < seconds):
        claimed = _drain_batch(services, handlers, giving_way)
        if not claimed:
            break
        done += claimed
    return done


def _drain_batch(
    services: Services, handlers: Mapping[str, Sequence[EventHandler]], giving_way: Collection[str]
) -> int:  # fmt: skip
    """Claim the events of one kind that are due, that of the oldest, and handle them; 0 when nothing is due."""
    with services.database.unit_of_work() as uow:
        events = _claim(uow, giving_way)
        if not events:
            return 0
        kind = events[0].kind
        try:
            if kind in handlers:
                failed = _handle(services, uow, handlers[kind], events)
            else:
                failed = _without_handler(uow, events)
        except BaseTimeoutException as error:
            # Postponed too, or what takes too long would be the first to be claimed for ever.
            uow.session.rollback()
            _postpone(uow, {event.id: str(error) for event in events})
            uow.commit()
            raise
        except OutOfReach as error:
            uow.session.rollback()
            _put_off(uow, kind, error)
            uow.commit()
            return len(events)
        done = [event.id for event in events if event.id not in failed]
        uow.session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(done)))
        _postpone(uow, failed)
        uow.commit()
        return len(events)


def _claim(uow: UnitOfWork, giving_way: Collection[str]) -> Sequence[AnyRow]:
    """The oldest of what is due, with others of its kind; what gives way only where nothing else is left."""
    due: Any = OutboxEvent.not_before <= uow.now
    order = OutboxEvent.not_before, OutboxEvent.id
    oldest = select(OutboxEvent.kind).where(due).order_by(*order).limit(1).with_for_update(skip_locked=True)
    kind = uow.session.scalar(oldest.where(OutboxEvent.kind.not_in(giving_way)))
    at_once = BATCH
    if kind is None and giving_way:
        kind, at_once = uow.session.scalar(oldest), BATCH_GIVING_WAY
    if kind is None:
        return []
    query = select(OutboxEvent.id, OutboxEvent.kind, OutboxEvent.object_id, OutboxEvent.created_at)
    same = query.where(due, OutboxEvent.kind == kind).order_by(*order)
    return uow.session.execute(same.limit(at_once).with_for_update(skip_locked=True)).all()


def _without_handler(uow: UnitOfWork, events: Sequence[AnyRow]) -> dict[int, str]:
    """Events of a program newer than this one, which may still be running beside it, keep for a day."""
    kept = {event.id: "no handler" for event in events if uow.now - event.created_at < UNKNOWN_KEPT}
    if len(kept) < len(events):
        log.info("outbox.not_handled", kind=events[0].kind, count=len(events) - len(kept))
    return kept


def _handle(
    services: Services, uow: UnitOfWork, handlers: Sequence[EventHandler], events: Sequence[AnyRow]
) -> dict[int, str]:
    """Run the handlers over events of one kind together; after a failure one by one, to find the culprit.

    Returns event id → reason of those that failed; what their handlers wrote is undone.
    """
    kind = events[0].kind
    if _attempt(services, uow, handlers, kind, sorted({event.object_id for event in events})) is None:
        return {}
    failed = {}
    for event in events:
        reason = _attempt(services, uow, handlers, kind, [event.object_id])
        if reason is not None:
            failed[event.id] = reason
    return failed


def _attempt(
    services: Services, uow: UnitOfWork, handlers: Sequence[EventHandler], kind: str, ids: Sequence[int]
) -> str | None:
    """Run the handlers in the scope of all units; why it failed, if it did, and then nothing of it is left."""
    savepoint = uow.session.begin_nested()
    try:
        uow.enter(every_tenant(uow, f"outbox {kind}"))
        uow.audit("system.scope", detail={"reason": uow.scope.reason})
        for handler in handlers:
            handler(services, uow, ids)
        savepoint.commit()
    except (BaseTimeoutException, OutOfReach):
        raise
    except Exception as error:
        savepoint.rollback()
        log.exception("outbox.failed", kind=kind, count=len(ids), object_id=ids[0] if len(ids) == 1 else None)
        return f"{type(error).__name__}: {error}".replace("\x00", "")[:LONGEST_REASON]
    return None


def _put_off(uow: UnitOfWork, kind: str, error: OutOfReach) -> None:
    """Have everything of this kind wait for the service; its attempts are not counted."""
    due: Any = OutboxEvent.not_before <= uow.now
    waiting = select(OutboxEvent.id).where(due, OutboxEvent.kind == kind).with_for_update(skip_locked=True)
    reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
    values = {"not_before": uow.now + WAIT_FOR_SERVICE, "last_error": reason}
    uow.session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(waiting)).values(values))
    log.warning("outbox.service_out_of_reach", kind=kind, error=reason)


def _postpone(uow: UnitOfWork, reasons: Mapping[int, str]) -> None:
    for event_id, reason in reasons.items():
        attempts = uow.session.scalar(select(OutboxEvent.attempts).where(OutboxEvent.id == event_id)) or 0
        wait = min(FIRST_WAIT * 2 ** min(attempts, 12), LONGEST_WAIT)
        uow.session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.id == event_id)
            .values(attempts=attempts + 1, last_error=reason, not_before=uow.now + wait)
        )
