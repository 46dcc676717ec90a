"""Runs judged queries through the product's own query path on a scratch index, and measures what comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from gongkai.core.errors import Refused
from gongkai.core.ports import PublicSearch, SearchQuery, Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.evaluation.judgements import Judged, Paper
from gongkai.search.evaluation.measures import DEPTH, Measures, mean, ndcg, recall, reciprocal_rank
from gongkai.search.evaluation.scratch import postgresql_scratch
from gongkai.search.postgres import PostgresSearch

Scratch = Callable[[Services, Sequence[Paper]], AbstractContextManager[tuple[UnitOfWork, PublicSearch]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query found: ids of the first ten, in order, and its measures."""

    judged: Judged
    found: tuple[str, ...]
    recall: float
    mrr: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Report:
    """A backend's measures, by kind of query, and every answer."""

    backend: str
    documents: int
    overall: Measures
    kinds: Mapping[str, Measures]
    answers: Sequence[Answer]

    @property
    def failures(self) -> Sequence[Answer]:
        """Answers whose first result is not relevant, or that miss something relevant."""
        return [answer for answer in self.answers if answer.mrr < 1 or answer.recall < 1]


@contextmanager
def _postgresql(services: Services, papers: Sequence[Paper]) -> Iterator[tuple[UnitOfWork, PublicSearch]]:
    with postgresql_scratch(services, papers) as uow:
        yield uow, PostgresSearch()


SCRATCHES: Mapping[str, Scratch] = MappingProxyType({"postgresql": _postgresql})
"""Backend → makes an index of papers whose item ids are their places from 1, searched until the context ends."""


def evaluate(services: Services, *, backend: str, papers: Sequence[Paper], queries: Sequence[Judged]) -> Report:
    """Measure one backend.

    Raises:
        Refused: the backend is not configured.
    """
    if backend not in SCRATCHES:
        raise Refused(f"没有配置检索后端“{backend}”，可用的有：{'、'.join(SCRATCHES)}。")
    with SCRATCHES[backend](services, papers) as (uow, search):
        answers = [_answer(uow, search, papers, judged) for judged in queries]
    by_kind: dict[str, list[Answer]] = {}
    for answer in answers:
        by_kind.setdefault(answer.judged.kind, []).append(answer)
    kinds = {kind: _mean(listed) for kind, listed in by_kind.items()}
    return Report(backend, len(papers), _mean(answers), kinds, answers)


def _answer(uow: UnitOfWork, search: PublicSearch, papers: Sequence[Paper], judged: Judged) -> Answer:
    result = search.search(uow, SearchQuery(judged.query, size=DEPTH))
    found = tuple(papers[hit.item_id - 1].id for hit in result.hits)
    of = judged.relevant
    return Answer(judged, found, recall(found, of), reciprocal_rank(found, of), ndcg(found, of))


def _mean(answers: Sequence[Answer]) -> Measures:
    return mean([(answer.recall, answer.mrr, answer.ndcg) for answer in answers])
