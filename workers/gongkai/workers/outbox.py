"""Draining the outbox: rows are claimed with SKIP LOCKED and deleted in the handler's own transaction.

An event that fails waits longer each time and never blocks the others; nothing is deleted undone.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update

from gongkai.core.db import AnyRow
from gongkai.core.models import OutboxEvent
from gongkai.core.module import EventHandler, Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork

log = structlog.get_logger()
BATCH = 500
LONGEST_WAIT = timedelta(hours=1)


def handlers_of(modules: Sequence[Module]) -> Mapping[str, Sequence[EventHandler]]:
    """Event kind → the handlers of all modules, in module order."""
    found: dict[str, list[EventHandler]] = {}
    for module in modules:
        for kind, handler in module.handlers.items():
            found.setdefault(kind, []).append(handler)
    return found


def drain(services: Services, modules: Sequence[Module], *, limit: int = 20_000) -> int:
    """Work off what is due; returns how many events were done. Safe to run at the same time as another drain."""
    handlers = handlers_of(modules)
    done = 0
    while done < limit:
        claimed = _drain_batch(services, handlers)
        if not claimed:
            break
        done += claimed
    return done


def _drain_batch(services: Services, handlers: Mapping[str, Sequence[EventHandler]]) -> int:
    with services.database.unit_of_work() as uow:
        events = uow.session.execute(
            select(OutboxEvent.id, OutboxEvent.kind, OutboxEvent.object_id)
            .where(OutboxEvent.not_before <= uow.now)
            .order_by(OutboxEvent.not_before, OutboxEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if not events:
            return 0
        failed: dict[int, str] = {}
        for kind in sorted({event.kind for event in events}):
            mine = [event for event in events if event.kind == kind]
            failed |= _handle(services, handlers.get(kind, ()), kind, mine)
        done = [event.id for event in events if event.id not in failed]
        uow.session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(done)))
        for event_id, reason in failed.items():
            _postpone(uow, event_id, reason)
        uow.session.commit()
        return len(events)


def _handle(
    services: Services, handlers: Sequence[EventHandler], kind: str, events: Sequence[AnyRow]
) -> dict[int, str]:
    """Run the handlers over the events of one kind together; after a failure one by one, to find the culprit."""
    ids = sorted({event.object_id for event in events})
    try:
        _run(services, handlers, kind, ids)
    except Exception:
        log.exception("outbox.batch_failed", kind=kind, count=len(ids))
    else:
        return {}
    failed = {}
    for event in events:
        try:
            _run(services, handlers, kind, [event.object_id])
        except Exception as error:
            log.exception("outbox.event_failed", kind=kind, object_id=event.object_id)
            failed[event.id] = f"{type(error).__name__}: {error}"[:500]
    return failed


def _run(services: Services, handlers: Sequence[EventHandler], kind: str, ids: Sequence[int]) -> None:
    with services.database.system_scope(f"outbox {kind}") as uow:
        for handler in handlers:
            handler(services, uow, ids)


def _postpone(uow: UnitOfWork, event_id: int, reason: str) -> None:
    attempts = uow.session.scalar(select(OutboxEvent.attempts).where(OutboxEvent.id == event_id)) or 0
    wait = min(timedelta(seconds=5) * 2 ** min(attempts, 12), LONGEST_WAIT)
    uow.session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id)
        .values(attempts=attempts + 1, last_error=reason, not_before=uow.now + wait)
    )
