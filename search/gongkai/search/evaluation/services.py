"""Runs judged queries through the product's own query path on a scratch index, and measures what comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from gongkai.core.errors import Refused
from gongkai.core.ports import SearchQuery, Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.answer import answer
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.elastic.scratch import scratch
from gongkai.search.evaluation.judgements import Judged, Paper
from gongkai.search.evaluation.measures import DEPTH, Measures, mean, ndcg, recall, reciprocal_rank
from gongkai.search.evaluation.scratch import postgresql_scratch
from gongkai.search.finding import Find
from gongkai.search.matching import find

Engine = Callable[[UnitOfWork], AbstractContextManager[Find]]
"""Makes an index of the documents that a unit of work sees, and finds in it until the context ends."""


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
        return [one for one in self.answers if one.mrr < 1 or one.recall < 1]


@contextmanager
def _postgresql(_: UnitOfWork) -> Iterator[Find]:
    yield find


def engines(services: Services) -> Mapping[str, Engine]:
    """The backends that are configured, by name."""
    if isinstance(services.search, SearchWithElastic):
        return {"elasticsearch": partial(scratch, services.search.engine), "postgresql": _postgresql}
    return {"postgresql": _postgresql}


def evaluate(
    services: Services, *, backends: Sequence[str], papers: Sequence[Paper], queries: Sequence[Judged]
) -> list[Report]:
    """Measure these backends, in their order.

    Raises:
        Refused: a backend is not configured, or its scratch index is in use.
        OutOfReach: the search server does not answer.
    """
    known = engines(services)
    for name in backends:
        if name not in known:
            raise Refused(f"没有配置检索后端“{name}”，可用的有：{'、'.join(known)}。")
    reports = []
    with postgresql_scratch(services, papers) as uow:
        for name in backends:
            with known[name](uow) as search:
                answers = [_answer(uow, search, papers, judged) for judged in queries]
            reports.append(_report(name, len(papers), answers))
    return reports


def _report(backend: str, documents: int, answers: Sequence[Answer]) -> Report:
    by_kind: dict[str, list[Answer]] = {}
    for one in answers:
        by_kind.setdefault(one.judged.kind, []).append(one)
    kinds = {kind: _mean(listed) for kind, listed in by_kind.items()}
    return Report(backend, documents, _mean(answers), kinds, answers)


def _answer(uow: UnitOfWork, search: Find, papers: Sequence[Paper], judged: Judged) -> Answer:
    result = answer(uow, SearchQuery(judged.query, size=DEPTH), find=search)
    found = tuple(papers[hit.item_id - 1].id for hit in result.hits)
    of = judged.relevant
    return Answer(judged, found, recall(found, of), reciprocal_rank(found, of), ndcg(found, of))


def _mean(answers: Sequence[Answer]) -> Measures:
    return mean([(one.recall, one.mrr, one.ndcg) for one in answers])
