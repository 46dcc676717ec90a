"""Gives documents their vectors, behind the words: batch by batch in the order of revisions, from where it stopped.

Whoever writes documents draws their revisions under one lock, so they are committed in that order, and what was filled
up to a revision is filled for good. A document whose text did not change keeps its vector.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.errors import OutOfReach, Refused
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.backend import WRITTEN, SearchWithElastic
from gongkai.search.elastic.indexes import add_vector_fields_everywhere
from gongkai.search.meaning.asking import Asking
from gongkai.search.meaning.embedder import Embedder, Vector, mean
from gongkai.search.meaning.endpoint import TextRefused
from gongkai.search.meaning.models import SearchModel, SearchVector
from gongkai.search.meaning.texts import TEXT_CHARACTERS, digest_of, passages_of
from gongkai.search.meaning.trial import tried
from gongkai.search.models import SearchDocument
from gongkai.search.postgres import PostgresSearch
from gongkai.tenancy.models import Tenant

log = structlog.get_logger()
LOOKED_AT = 200
"""Documents that are looked at together: most of them have their vectors after an index was written anew."""
SLICE_SECONDS = 2.0
"""How long the job works at a time: other jobs wait behind it."""
_GUARD = text("SELECT pg_try_advisory_xact_lock(hashtext('gongkai.search.meaning'))")
_INDEX = text("SELECT gongkai_meaning_index(:model)")
_FORGET = text("SELECT gongkai_meaning_forget(:model)")


@dataclass(frozen=True, slots=True)
class ModelState:
    """How far the vectors of a model are.

    Attributes:
        documents: of all, `filled` have been looked at and `vectors` have one.
        answers: whether searches use it.
    """

    source: str
    name: str
    dimensions: int
    documents: int
    filled: int
    vectors: int
    answers: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A document that needs a vector, or keeps the one it has (without passages)."""

    item_id: int
    revision: int
    digest: bytes
    passages: tuple[str, ...]


Made = tuple[_Wanted, Vector]


def asking_of(services: Services) -> Asking | None:
    """The embedding model of the deployment, where it has one."""
    search = services.search
    inside = search.inside if isinstance(search, SearchWithElastic) else search
    asking = inside.asking if isinstance(inside, PostgresSearch) else None
    return asking if asking is not None and asking.embedder is not None else None


def fill_meaning(services: Services) -> None:
    """Job: fill for a moment; a model that does not answer is asked again with the next run."""
    asking = asking_of(services)
    if asking is None:
        return
    end = monotonic() + SLICE_SECONDS
    try:
        for _ in filled(services, asking):
            if monotonic() > end:
                return
    except Refused:
        return
    except OutOfReach as error:
        log.warning("search.meaning_waits", error=str(error))


def filled(services: Services, asking: Asking) -> Generator[tuple[int, int], None, None]:
    """Fill what is missing, the vectors that answer first; yields (done, total) of the model of the settings.

    Raises:
        Refused: when somebody else is filling.
        OutOfReach: when the model, or the search server, does not answer.
    """
    assert asking.embedder is not None
    with _alone(services):
        model_id = _begun(services, asking.embedder)
        for other in _others(services, model_id):
            embedder = asking.embedder_for(other.source, other.name)
            if embedder is not None and other.complete_at is not None:
                while _advance(services, embedder, other.id):
                    pass
        while _advance(services, asking.embedder, model_id):
            yield _progress(services, model_id)
        _complete(services, model_id)


def fill_here(uow: UnitOfWork, embedder: Embedder) -> None:
    """Give the documents that this unit of work sees their vectors inside it; they are complete then.

    Raises:
        OutOfReach: when the model does not answer.
    """
    row = {
        "id": 1, "source": embedder.source, "name": embedder.model, "filled_to": 0, "created_at": uow.now,
        "complete_at": uow.now, **asdict(tried(embedder)),
    }  # fmt: skip
    uow.session.connection().execute(insert(SearchModel), [row])
    after = 0
    while wanted := _wanted(uow, 1, after, embedder.batch):
        _store(uow, 1, _embed(embedder, wanted))
        after = wanted[-1].revision


def states(uow: UnitOfWork, asking: Asking | None) -> list[ModelState]:
    """Every model that has vectors, the one that answers first."""
    every = uow.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    models = uow.session.scalars(select(SearchModel).order_by(SearchModel.complete_at.desc().nulls_last())).all()
    answering = asking.answering(uow) if asking else None
    found = []
    for model in models:
        counted = select(func.count()).where(SearchVector.model_id == model.id)
        left = select(func.count()).where(SearchDocument.revision > model.filled_to)
        found.append(
            ModelState(
                model.source,
                model.name,
                model.dimensions,
                every,
                every - (uow.session.scalar(left) or 0),
                uow.session.scalar(counted) or 0,
                answers=model.id == answering,
            )
        )
    return found


@contextmanager
def _alone(services: Services) -> Iterator[None]:
    with services.database.unit_of_work() as guard:
        if not guard.session.scalar(_GUARD):
            raise Refused("语义向量正在由另一个进程补齐，请等它结束后再运行。")
        yield


def _begun(services: Services, embedder: Embedder) -> int:
    """The model's id; a new one is tried, and has its place on every engine before its first vector."""
    known = select(SearchModel.id).where(SearchModel.source == embedder.source, SearchModel.name == embedder.model)
    with services.database.unit_of_work() as uow:
        model_id = uow.session.scalar(known)
    if model_id is not None:
        return model_id
    trial = tried(embedder)
    with services.database.transaction() as uow:
        model = SearchModel(
            source=embedder.source, name=embedder.model, dimensions=trial.dimensions, alike=trial.alike,
            unlike=trial.unlike, filled_to=0, created_at=uow.now,
        )  # fmt: skip
        uow.session.add(model)
        uow.session.flush()
        if isinstance(services.search, SearchWithElastic):
            add_vector_fields_everywhere(uow, services.search.engine)
        # Holds up whoever writes vectors until the commit, and is at once done: there are none of this model.
        uow.session.execute(_INDEX, {"model": model.id})
        return model.id


def _others(services: Services, model_id: int) -> Sequence[SearchModel]:
    with services.database.unit_of_work() as uow:
        return uow.session.scalars(select(SearchModel).where(SearchModel.id != model_id)).all()


def _advance(services: Services, embedder: Embedder, model_id: int) -> bool:
    """Look at the next documents; false when there are none. Nothing is held open while the model works."""
    with services.database.unit_of_work() as uow:
        before = uow.session.scalar(select(SearchModel.filled_to).where(SearchModel.id == model_id)) or 0
        wanted = _wanted(uow, model_id, before, LOOKED_AT)
    new = [document for document in wanted if document.passages][: embedder.batch]
    if len(new) == embedder.batch:
        wanted = wanted[: wanted.index(new[-1]) + 1]
    if not wanted:
        return False
    vectors = _embed(embedder, new)
    with services.database.transaction() as uow:
        held = _held(uow, vectors)
        _store(uow, model_id, held)
        if isinstance(services.search, SearchWithElastic):
            for document, _ in held:
                uow.emit(WRITTEN, document.item_id)
        moved = update(SearchModel).where(SearchModel.id == model_id, SearchModel.filled_to == before)
        uow.session.execute(moved.values(filled_to=wanted[-1].revision))
    return True


def _wanted(uow: UnitOfWork, model_id: int, after: int, limit: int) -> list[_Wanted]:
    has = (SearchVector.item_id == SearchDocument.item_id) & (SearchVector.model_id == model_id)
    query = (
        select(
            SearchDocument.item_id, SearchDocument.revision, SearchDocument.title, SearchDocument.shown,
            func.left(SearchDocument.text, TEXT_CHARACTERS + 1).label("text"), Tenant.official_name,
            SearchVector.digest,
        )
        .join(Tenant, Tenant.id == SearchDocument.tenant_id)
        .outerjoin(SearchVector, has)
        .where(SearchDocument.revision > after)
        .order_by(SearchDocument.revision)
        .limit(limit)
    )  # fmt: skip
    return [_judged(row) for row in uow.session.execute(query)]


def _judged(row: Any) -> _Wanted:
    passages = passages_of(title=row.title, text=row.text, agency=row.shown.get("agency", ""), unit=row.official_name)
    digest = digest_of(passages)
    return _Wanted(row.item_id, row.revision, digest, () if digest == row.digest else passages)


def _embed(embedder: Embedder, wanted: Sequence[_Wanted]) -> list[Made]:
    """With a vector each; a document whose text the model will never take goes without."""
    if not wanted:
        return []
    try:
        vectors = iter(embedder.passages([passage for document in wanted for passage in document.passages]))
    except TextRefused as refusal:
        if len(wanted) > 1:
            return [pair for document in wanted for pair in _embed(embedder, [document])]
        log.warning("search.passage_refused", item_id=wanted[0].item_id, error=str(refusal))
        return []
    return [(document, mean([next(vectors) for _ in document.passages])) for document in wanted]


def _held(uow: UnitOfWork, made: Sequence[Made]) -> list[Made]:
    """Those whose documents are still what they were; nobody deletes them before this transaction ends."""
    ids = [document.item_id for document, _ in made]
    held = select(SearchDocument.item_id, SearchDocument.revision).where(SearchDocument.item_id.in_(ids))
    there = {tuple(row) for row in uow.session.execute(held.with_for_update(read=True, key_share=True))}
    return [(document, vector) for document, vector in made if (document.item_id, document.revision) in there]


def _store(uow: UnitOfWork, model_id: int, made: Sequence[Made]) -> None:
    if not made:
        return
    size = uow.session.scalar(select(SearchModel.dimensions).where(SearchModel.id == model_id))
    if any(len(vector) != size for _, vector in made):
        raise OutOfReach(f"the model's vectors no longer have {size} dimensions")
    rows = [
        {"item_id": document.item_id, "model_id": model_id, "digest": document.digest, "vector": vector}
        for document, vector in made
    ]
    upsert = insert(SearchVector)
    upsert = upsert.on_conflict_do_update(
        index_elements=["item_id", "model_id"],
        set_={"digest": upsert.excluded.digest, "vector": upsert.excluded.vector},
    )
    uow.session.connection().execute(upsert, rows)


def _progress(services: Services, model_id: int) -> tuple[int, int]:
    with services.database.unit_of_work() as uow:
        every = uow.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
        filled_to = select(SearchModel.filled_to).where(SearchModel.id == model_id).scalar_subquery()
        left = uow.session.scalar(select(func.count()).where(SearchDocument.revision > filled_to)) or 0
        return every - left, every


def _complete(services: Services, model_id: int) -> None:
    """From now on this model answers, and the ones before it are gone."""
    with services.database.transaction() as uow:
        fresh = update(SearchModel).where(SearchModel.id == model_id, SearchModel.complete_at.is_(None))
        uow.session.execute(fresh.values(complete_at=uow.now))
    for other in _others(services, model_id):
        with services.database.transaction() as uow:
            uow.session.execute(_FORGET, {"model": other.id})
