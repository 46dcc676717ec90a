"""The indexes of the cluster that belong to us: which ones are written, making one, putting it into use, tidying up.

`search_index` lists those into which every change is written; the alias says which one of them is searched. Both are
changed under a lock that writers share, so that no writer misses an index that is being built, or meets one that goes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, insert, select, text

from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.definition import REFRESH_INTERVAL, VERSION, definition, vector_fields
from gongkai.search.elastic.engine import ADMIN_SECONDS, Engine
from gongkai.search.meaning.models import SearchModel
from gongkai.search.models import SearchIndex

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('gongkai.search.indexes'))")
_CHANGE = text("SELECT pg_advisory_xact_lock(hashtext('gongkai.search.indexes'))")
_NOT_FOUND = 404
_BUILD = text("SELECT pg_try_advisory_xact_lock(hashtext('gongkai.search.build'))")


def written(uow: UnitOfWork) -> Sequence[str]:
    """Names of the indexes to write into, which stay the same until this transaction ends."""
    uow.session.execute(_SHARE)
    return uow.session.scalars(select(SearchIndex.name).order_by(SearchIndex.name)).all()


def _ours(engine: Engine) -> str:
    return f"{engine.alias}-v*"


def door(name: str) -> str:
    """The alias through which an index is written: unlike a name, it is never made by a write that finds nothing."""
    return f"{name}.write"


def in_use(engine: Engine) -> Sequence[str]:
    """What the alias stands for: one index, or none before the first build.

    Raises:
        OutOfReach: when the cluster does not answer.
    """
    with engine.answering():
        found = engine.client.options(ignore_status=404).indices.get_alias(index=_ours(engine), name=engine.alias)
    return sorted(found.body) if found.meta.status != _NOT_FOUND else []


@contextmanager
def building(services: Services, engine: Engine) -> Iterator[None]:
    """Keeps other builders out, and removes what an earlier one that was killed left behind.

    Raises:
        Refused: when another builder is at work.
        OutOfReach: when the cluster does not answer.
    """
    with services.database.unit_of_work() as guard:
        if not guard.session.scalar(_BUILD):
            raise Refused("另一个检索索引重建正在进行，请等它结束后再运行。")
        _tidy(services, engine)
        yield


def tidy(services: Services, engine: Engine) -> None:
    """Remove what a killed builder left behind, unless one is at work."""
    with services.database.unit_of_work() as guard:
        if guard.session.scalar(_BUILD):
            _tidy(services, engine)


def create(services: Services, engine: Engine) -> str:
    """Make an empty index into which every change is written from now on; returns its name."""
    at = services.database.clock()
    name = f"{engine.alias}-v{VERSION}-{at:%Y%m%d%H%M%S}-{token_hex(3)}"
    with engine.answering():
        engine.client.indices.create(index=name, aliases={door(name): {}}, **definition())
    with services.database.transaction() as uow:
        add_vector_fields(uow, engine, [name])
        uow.session.execute(insert(SearchIndex).values(name=name, created_at=at))
    return name


def add_vector_fields(uow: UnitOfWork, engine: Engine, names: Sequence[str]) -> None:
    """Give indexes a field for the vectors of each embedding model; those that they have stay.

    Under the lock a new index and a new model do not miss each other.
    """
    uow.session.execute(_CHANGE)
    fields = vector_fields_of(uow)
    if fields and names:
        with engine.answering():
            engine.client.indices.put_mapping(index=list(names), properties=fields)


def vector_fields_of(uow: UnitOfWork) -> dict[str, Any]:
    """Properties for the vectors of the embedding models that there are."""
    models = uow.session.execute(select(SearchModel.id, SearchModel.dimensions)).all()
    return vector_fields((row.id, row.dimensions) for row in models)


def add_vector_fields_everywhere(uow: UnitOfWork, engine: Engine) -> None:
    """Give every index that is written those fields, before the first vector of a new model."""
    uow.session.execute(_CHANGE)
    add_vector_fields(uow, engine, uow.session.scalars(select(SearchIndex.name)).all())


def complete(engine: Engine, name: str) -> None:
    """After loading: what was written becomes visible, and goes on becoming so."""
    with engine.answering():
        engine.client.indices.put_settings(index=name, settings={"refresh_interval": REFRESH_INTERVAL})
        engine.client.indices.refresh(index=name)
        health = engine.client.cluster.health(
            index=name, wait_for_status="yellow", timeout=f"{int(ADMIN_SECONDS / 2)}s"
        )
    if health["timed_out"]:
        raise OutOfReach(f"index {name} is not complete")


def put_into_use(services: Services, engine: Engine, name: str) -> None:
    """Search this index instead of the present one, which is deleted, in one step of the cluster."""
    before = [index for index in in_use(engine) if index != name]
    actions = [{"add": {"index": name, "alias": engine.alias}}, *({"remove_index": {"index": i}} for i in before)]
    with services.database.transaction() as uow:
        uow.session.execute(_CHANGE)
        with engine.answering():
            engine.client.indices.update_aliases(actions=actions)
        uow.session.execute(delete(SearchIndex).where(SearchIndex.name != name))


def remove(services: Services, engine: Engine, names: Sequence[str]) -> None:
    """Write into these no more, then delete them."""
    with services.database.transaction() as uow:
        uow.session.execute(_CHANGE)
        uow.session.execute(delete(SearchIndex).where(SearchIndex.name.in_(names)))
    with engine.answering():
        for name in names:
            engine.client.indices.delete(index=name, ignore_unavailable=True)


def _tidy(services: Services, engine: Engine) -> None:
    """Keep what is in use, in the cluster and in the list; remove all else, from both."""
    used = set(in_use(engine))
    with engine.answering():
        there = set(engine.client.indices.get(index=_ours(engine), features="aliases").body)
    with services.database.transaction() as uow:
        listed = set(uow.session.scalars(select(SearchIndex.name)))
        if used - listed:
            uow.session.execute(_CHANGE)
            missing = [{"name": name, "created_at": uow.now} for name in sorted(used - listed)]
            uow.session.execute(insert(SearchIndex), missing)
    left = sorted((there | listed) - used)
    if left:
        remove(services, engine, left)
