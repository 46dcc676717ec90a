"""An index of its own beside the one in use, for judging the search; nothing of it stays on the server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from sqlalchemy import select, text

from gongkai.core.errors import Refused
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.definition import definition
from gongkai.search.elastic.engine import ADMIN_SECONDS, Deadline, Engine
from gongkai.search.elastic.indexes import complete, door
from gongkai.search.elastic.search import find_in
from gongkai.search.elastic.writing import actions, send
from gongkai.search.finding import Find, Found
from gongkai.search.models import SearchDocument

BATCH = 500
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gongkai.search.scratch'))")


@contextmanager
def scratch(engine: Engine, uow: UnitOfWork) -> Iterator[Find]:
    """Index the documents that this unit of work sees, by the product's own writing; gives the product's own `find`.

    Nobody else searches or writes this index. What was left by a process that was killed is removed first.

    Raises:
        Refused: when another scratch index is in use.
        OutOfReach: when the cluster does not answer.
    """
    if not uow.session.scalar(_LOCK):
        raise Refused("另一项检索评测正在使用检索服务器，请等它结束后再运行。")
    _remove(engine, _left(engine))
    name = f"{_prefix(engine)}{token_hex(6)}"

    def find(uow: UnitOfWork, **asked: Any) -> Found:
        return find_in(engine, Deadline(ADMIN_SECONDS), name, uow, **asked)

    try:
        with engine.answering():
            engine.client.indices.create(index=name, aliases={door(name): {}}, **definition())
        ids = uow.session.scalars(select(SearchDocument.item_id).order_by(SearchDocument.item_id)).all()
        for at in range(0, len(ids), BATCH):
            send(engine, [door(name)], actions(uow, ids[at : at + BATCH]))
        complete(engine, name)
        yield find
    finally:
        _remove(engine, [name])


def tidy_scratch(services: Services, engine: Engine) -> None:
    """Remove what a process that was killed left behind, unless one is at work."""
    with services.database.unit_of_work() as guard:
        if guard.session.scalar(_LOCK):
            _remove(engine, _left(engine))


def _prefix(engine: Engine) -> str:
    return f"{engine.alias}-scratch-"


def _left(engine: Engine) -> Sequence[str]:
    with engine.answering():
        return list(engine.client.indices.get(index=f"{_prefix(engine)}*", features="aliases").body)


def _remove(engine: Engine, names: Sequence[str]) -> None:
    with engine.answering():
        for name in names:
            engine.client.indices.delete(index=name, ignore_unavailable=True)
