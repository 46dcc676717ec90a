"""The job that asks for addresses: at night those that are due, at any time those that somebody asked for.

What is taken is due again after a while, so that a run that is killed loses nothing, and each few answers are kept
in a transaction of their own. One process asks at a time, so that hosts are not asked faster than they should be.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, false, func, or_, select, text, update

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.asking import Asker, Outcome
from gongkai.publishing.linkcheck.models import CheckedLink
from gongkai.publishing.linkcheck.places import settle
from gongkai.publishing.linkcheck.verdicts import Standing, judged, next_time

log = structlog.get_logger()
NIGHT_BEGINS, NIGHT_ENDS = 22, 6
A_NIGHT = 5_000
"""So many addresses are asked for in a night at most; what is left waits for the next one."""
RUN_SECONDS = 45.0
"""How long the job works at a time: others wait behind it where there is one worker."""
LEASE = timedelta(minutes=15)
BATCH, OF_HOST, THREADS, KEPT_TOGETHER = 40, 5, 8, 20
OUTAGE_FROM = 10
"""When so many addresses were asked for and no host answered at all, it is our way out that is closed."""
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('gongkai.linkcheck'))")


def check_links(services: Services) -> None:
    """Ask for what is due; the job of the schedule."""
    run(services, seconds=RUN_SECONDS)


def run(services: Services, *, seconds: float, whole: bool = False, asker: Asker | None = None) -> int:
    """Ask for addresses that are due, for so many seconds; with `whole` by day too and whatever their number.

    Returns how many were asked for; none where checking is switched off, or another process is at it.
    """
    if not services.settings.linkcheck:
        return 0
    until, done = time.monotonic() + seconds, 0
    with _alone(services) as free:
        while free and time.monotonic() < until:
            with services.database.system_scope("link check") as uow:
                batch, now = _claim(uow, whole=whole), uow.now
            if not batch:
                break
            asker = replace(asker, now=now) if asker else Asker.of(services.settings, now=now)
            _ask_all(services, asker, batch)
            done += len(batch)
    return done


@contextmanager
def _alone(services: Services) -> Iterator[bool]:
    """Whether this process is the one that asks; it stays so within the block."""
    with services.database.unit_of_work() as guard:
        yield bool(guard.session.scalar(_ALONE))


def _claim(uow: UnitOfWork, *, whole: bool) -> Sequence[AnyRow]:
    """Take the addresses that are asked for next: id and address, of each host a few."""
    due = [CheckedLink.due_at <= uow.now, CheckedLink.host != ""]
    if not whole:
        due.append(or_(CheckedLink.asked_at.is_not(None), _at_night(uow)))
    unasked = CheckedLink.asked_at.is_(None)
    place = func.row_number().over(partition_by=CheckedLink.host, order_by=(unasked, CheckedLink.due_at))
    waiting = select(CheckedLink.id, CheckedLink.address, unasked.label("unasked"), place.label("place"))
    ranked = waiting.where(*due).subquery()
    query = select(ranked.c.id, ranked.c.address).where(ranked.c.place <= OF_HOST)
    # Hosts take turns, so that none is waited for while others could be asked.
    rows = uow.session.execute(query.order_by(ranked.c.unasked, ranked.c.place, ranked.c.id).limit(BATCH)).all()
    taken = update(CheckedLink).where(CheckedLink.id.in_([row.id for row in rows]))
    uow.session.execute(taken.values(due_at=uow.now + LEASE).execution_options(synchronize_session=False))
    return rows


def _at_night(uow: UnitOfWork) -> ColumnElement[bool]:
    """Whether it is night and the night's number is not used up."""
    local = uow.now.astimezone(SHANGHAI)
    if NIGHT_ENDS <= local.hour < NIGHT_BEGINS:
        return false()
    evening = local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0)
    if local.hour < NIGHT_ENDS:
        evening -= timedelta(days=1)
    asked = select(func.count()).where(CheckedLink.checked_at >= evening, CheckedLink.host != "")
    return asked.scalar_subquery() < A_NIGHT


def _ask_all(services: Services, asker: Asker, batch: Sequence[AnyRow]) -> None:
    """Ask for a batch with several threads, and keep the answers a few at a time."""
    answers: list[tuple[int, Outcome]] = []
    answered = False
    with ThreadPoolExecutor(THREADS, "links") as pool:
        asked = {pool.submit(asker.ask, row.address): row.id for row in batch}
        for number, future in enumerate(as_completed(asked), 1):
            answers.append((asked[future], future.result()))
            answered = answered or answers[-1][1].kind != "failed"
            if (answered and len(answers) >= KEPT_TOGETHER) or number == len(batch):
                if not answered and number >= OUTAGE_FROM:
                    log.warning("linkcheck.no_way_out", asked=number)
                    answers = [(link_id, replace(found, kind="held")) for link_id, found in answers]
                with services.database.system_scope("answers of the link check") as uow:
                    keep(services, uow, answers)
                answers = []


def keep(services: Services, uow: UnitOfWork, answers: Sequence[tuple[int, Outcome]]) -> None:
    """Judge addresses by what came of asking for them; needs the system scope."""
    found = dict(answers)
    # Locked, as one that no item links to any more may be about to be removed.
    query = select(CheckedLink).where(CheckedLink.id.in_(found)).order_by(CheckedLink.id).with_for_update()
    links = uow.session.scalars(query).all()
    for link in links:
        outcome = found[link.id]
        if outcome.kind == "held":
            link.due_at = uow.now + timedelta(seconds=max(outcome.hold_seconds, 3600.0))
            continue
        before = Standing(
            link.verdict, link.failed_at, link.failed_days, link.gone_days, link.last_failed_date
        )  # fmt: skip
        after = judged(before, outcome.kind, now=uow.now, today=shanghai_date(uow.now))
        link.verdict, link.failed_at, link.failed_days = after.verdict, after.failed_at, after.failed_days
        link.gone_days, link.last_failed_date = after.gone_days, after.last_failed_date
        link.words, link.status = outcome.words, outcome.status
        link.final_host = "" if outcome.final_host == link.host else outcome.final_host
        link.checked_at, link.asked_at = uow.now, None
        link.due_at = next_time(after.verdict, now=uow.now, link_id=link.id)
    uow.session.flush()
    for outcome in found.values():
        if outcome.hold_seconds:
            _leave_alone(uow, outcome.held_host, uow.now + timedelta(seconds=outcome.hold_seconds))
    settle(uow, settings=services.settings, link_ids=[link.id for link in links])


def _leave_alone(uow: UnitOfWork, host: str, until: datetime) -> None:
    """Nothing of a host is due before it wants to be asked again."""
    uow.session.execute(
        update(CheckedLink)
        .where(CheckedLink.host == host, CheckedLink.due_at < until)
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )
