"""A new index beside the live one: loaded while writes go on, compared, put into use in one step, or removed again."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import sleep

import structlog
from sqlalchemy import func, select

from gongkai.core.errors import OutOfReach
from gongkai.core.ports import SearchQuery, Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.answer import answer
from gongkai.search.elastic.engine import ADMIN_SECONDS, Busy, Deadline, Engine
from gongkai.search.elastic.indexes import building, complete, create, door, in_use, put_into_use, remove
from gongkai.search.elastic.search import find_in
from gongkai.search.elastic.writing import Action, actions, send
from gongkai.search.models import SearchDocument

Progress = Callable[[int, int], None]

COMPARED = 10
"""Results of a query that are compared."""
NEWEST_TITLES = 50
WAITS = (1, 2, 4, 8, 15, 30, 60, 60)
"""Seconds between attempts to send to a cluster that is busy."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shift:
    """What a query finds in the new index and found in the old one: item ids of the first results, best first."""

    text: str
    before: Sequence[int]
    after: Sequence[int]

    @property
    def vanished(self) -> Sequence[int]:
        """What is not among the first any more."""
        return [item_id for item_id in self.before if item_id not in self.after]

    @property
    def moved(self) -> Sequence[tuple[int, int, int]]:
        """(item id, place before, place now), from 1, of what has another place."""
        places = [(i, self.before.index(i) + 1, self.after.index(i) + 1) for i in self.before if i in self.after]
        return [place for place in places if place[1] != place[2]]


@dataclass(frozen=True, slots=True)
class Built:
    """A loaded index that is not in use yet; `shifts` are the queries whose first results differ."""

    name: str
    compared: int
    shifts: Sequence[Shift]


@contextmanager
def rebuilt(
    services: Services,
    engine: Engine,
    *,
    prepare: Callable[[], None],
    batch: int,
    queries: Sequence[str],
    progress: Progress,
) -> Iterator[tuple[Built, Callable[[], None]]]:
    """Gives the new index and the function that puts it into use; unless that was called, the index is removed.

    `prepare` is called when every change reaches the new index already, before the documents are sent.

    Raises:
        Refused: when another builder is at work.
        OutOfReach: when the cluster does not answer.
    """
    with building(services, engine):
        name = create(services, engine)
        used = False

        def use() -> None:
            nonlocal used
            put_into_use(services, engine, name)
            used = True

        try:
            prepare()
            load(services, engine, name, batch=batch, progress=progress)
            complete(engine, name)
            yield Built(name, len(queries), compare(services, engine, name, queries)), use
        finally:
            if not used:
                _forget(services, engine, name)


def _forget(services: Services, engine: Engine, name: str) -> None:
    """Remove an index that is not wanted; what the cluster does not remove now, the hourly job does."""
    try:
        remove(services, engine, [name])
    except OutOfReach as error:
        log.warning("search.index_left", index=name, error=str(error))


def load(services: Services, engine: Engine, name: str, *, batch: int, progress: Progress) -> None:
    """Send every document; what changes meanwhile is sent by its own event, with a higher version.

    The next documents are read while the cluster works on those before.
    """
    with services.database.unit_of_work() as uow:
        total = uow.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    done = 0
    with ThreadPoolExecutor(1) as reader:
        found = reader.submit(_following, services, 0, batch)
        while (read := found.result())[0]:
            ids, made = read
            found = reader.submit(_following, services, ids[-1], batch)
            _send_patiently(engine, name, made)
            done += len(ids)
            progress(done, max(done, total))


def _send_patiently(engine: Engine, name: str, made: Sequence[Action]) -> None:
    """Send, and where the cluster is busy wait and send again: an hour's work is not lost for a moment's refusal."""
    for seconds in WAITS:
        try:
            return send(engine, [door(name)], made)
        except Busy as error:
            log.info("search.cluster_busy", index=name, waiting=seconds, error=str(error))
            sleep(seconds)
    return send(engine, [door(name)], made)


def _following(services: Services, after: int, limit: int) -> tuple[Sequence[int], Sequence[Action]]:
    """The ids that follow, and what to write for them, in a transaction of its own: none waits for the cluster."""
    with services.database.unit_of_work() as uow:
        ids = _ids(uow, after=after, limit=limit)
        return ids, actions(uow, ids)


def compare(services: Services, engine: Engine, name: str, queries: Sequence[str]) -> list[Shift]:
    """The queries whose first results in the new index are others than in the one in use."""
    if not in_use(engine):
        return []
    with engine.answering():
        engine.client.indices.refresh(index=engine.alias)
    shifts = [
        Shift(text, _first(services, engine, engine.alias, text), _first(services, engine, name, text))
        for text in queries
    ]
    return [shift for shift in shifts if shift.before != shift.after]


def newest_titles(services: Services) -> list[str]:
    """The titles of what was published last."""
    query = select(func.left(SearchDocument.title, 100)).order_by(SearchDocument.published_at.desc())
    with services.database.unit_of_work() as uow:
        return list(dict.fromkeys(uow.session.scalars(query.limit(NEWEST_TITLES))))


def _first(services: Services, engine: Engine, index: str, text: str) -> list[int]:
    find = partial(find_in, engine, Deadline(ADMIN_SECONDS), index)
    with services.database.unit_of_work() as uow:
        return [hit.item_id for hit in answer(uow, SearchQuery(text, size=COMPARED), find=find).hits]


def _ids(uow: UnitOfWork, *, after: int, limit: int) -> Sequence[int]:
    query = select(SearchDocument.item_id).where(SearchDocument.item_id > after)
    return uow.session.scalars(query.order_by(SearchDocument.item_id).limit(limit)).all()
