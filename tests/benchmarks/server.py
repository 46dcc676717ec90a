"""`python -m tests.benchmarks.server`: search with Elasticsearch against the engine itself, on a node of its own.

The floor of the page is the bare query by the bare client, its body worked out beforehand, and the bare page; the floor
of indexing is the bulk helper of that client with the same documents in memory. The PostgreSQL backend stands beside.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from elasticsearch import Elasticsearch, helpers
from flask import render_template, request
from sqlalchemy import select

from gongkai.core.ports import SearchQuery
from gongkai.run.compose import make_app, make_search
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.elastic.definition import RESULT_WINDOW, definition
from gongkai.search.elastic.indexes import complete, create, put_into_use
from gongkai.search.elastic.rebuild import load
from gongkai.search.elastic.request import Asked, near_request, whole_request
from gongkai.search.elastic.search import counted
from gongkai.search.elastic.writing import actions
from gongkai.search.filters import DIMENSIONS, Wanted
from gongkai.search.finding import ENOUGH, needles_of
from gongkai.search.models import SearchDocument
from gongkai.search.rarity import terms_to_ask
from gongkai.search.store import ALL_DOCUMENTS
from tests.benchmarks.__main__ import _log_as_in_production, _say
from tests.benchmarks.environment import Environment, environment
from tests.benchmarks.floor import floor_database, make_floor, portal_shell, site_of
from tests.benchmarks.floor_search import FREQUENCIES, SIZE, Meaning, context_of, hits_of, meanings
from tests.benchmarks.measure import Pair, alternate, differences, getter
from tests.benchmarks.report import Result, compared, machine, table
from tests.benchmarks.texts import QUERIES
from tests.elasticsearch.node import Node, free_port

PAGE_TARGET = 1.3
BULK_TARGET = 1 / 0.7
CLIENTS = 8
IN_MEMORY = 100_000
BATCH = 500


@dataclass(frozen=True)
class Server:
    """The environment with a search server, whose index holds everything, and the bare client."""

    env: Environment
    search: SearchWithElastic
    client: Elasticsearch


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    asked = _parser().parse_args(arguments)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gongkai-bench-node-"))
        node = Node(Path(folder), free_port(), heap=asked.heap)
        node.start()
        stack.callback(node.stop)
        env = stack.enter_context(
            environment(units=asked.units, items=asked.items, prepare=0, jobs=asked.jobs, report=_say, data=asked.data)
        )
        search = make_search(env.services.settings.model_copy(update={"elasticsearch_url": node.url}))
        assert isinstance(search, SearchWithElastic)
        search.seconds = 30.0
        client = stack.enter_context(Elasticsearch(node.url, request_timeout=600))
        stack.callback(search.engine.close)
        services = replace(env.services, search=search)
        served = Server(replace(env, services=services, app=make_app(services)), search, client)
        results = [compare_bulk(served), *compare_pages(served, env, asked.rounds)]
        facts = machine(env.services)
        size = client.indices.stats(index=search.engine.alias, metric="store")["_all"]["primaries"]["store"]
    _say(", ".join(f"{key} {value}" for key, value in facts.items()))
    _say(f"index of {asked.items:,} items: {size['size_in_bytes'] / 2**20:,.0f} MiB")
    print(table(results))  # noqa: T201
    return 1 if asked.must_meet and not all(one.met for one in results) else 0


def compare_bulk(served: Server) -> Result:
    """Loading a new index, reading included, against the bulk helper, by the document; leaves an index in use.

    Compared are the first `IN_MEMORY` documents, since the index and the cost of merging it grow alike for both; more
    do not fit beside the node. The helper sends them once before, so that the node is warm for both.
    """
    engine, services = served.search.engine, served.env.services
    ready = _documents(served)
    _by_helper(served, ready)
    name = create(services, engine)
    reached: list[tuple[int, float]] = []
    began = time.perf_counter()
    load(services, engine, name, batch=BATCH, progress=lambda done, _: reached.append((done, time.perf_counter())))
    complete(engine, name)
    put_into_use(services, engine, name)
    until = next(at for done, at in reached if done >= len(ready))
    floor = _by_helper(served, ready)
    whole, ended = reached[-1]
    _say(f"bulk indexing: {whole / (ended - began):,.0f} documents a second for all {whole:,} documents")
    pair = Pair([(until - began) / len(ready)], [floor / len(ready)])
    return replace(compared("bulk indexing, a document", pair), target=BULK_TARGET)


def _documents(served: Server) -> list[dict[str, Any]]:
    """The first documents as the bulk helper takes them, a whole number of batches."""
    with served.env.services.database.unit_of_work() as uow:
        query = select(SearchDocument.item_id).order_by(SearchDocument.item_id)
        ids = list(uow.session.scalars(query.limit(IN_MEMORY)))
        return [
            {"_index": "floor", "_id": header["index"]["_id"], "_source": source}
            for first in range(0, len(ids), BATCH)
            for header, source in actions(uow, ids[first : first + BATCH])
        ]


def _by_helper(served: Server, ready: Sequence[dict[str, Any]]) -> float:
    """Seconds that the bare helper takes for them, in an index of their own."""
    served.client.indices.create(index="floor", **definition())
    seconds = _seconds(lambda: helpers.bulk(served.client, ready, chunk_size=BATCH))
    served.client.indices.delete(index="floor")
    return seconds


def compare_pages(served: Server, inside: Environment, rounds: int) -> list[Result]:
    """The search page for one client and for several, and the PostgreSQL backend against the same floor."""
    known = meanings(served.env.services, QUERIES)
    ours = {text: getter(served.env.app, f"/search?q={text}") for text in known}
    postgresql = {text: getter(inside.app, f"/search?q={text}") for text in known}
    alone, database, many = Pair(), Pair(), Pair()
    with ExitStack() as stack:
        floors = [stack.enter_context(_floor(served, known)) for _ in range(CLIENTS)]
        for text in known:
            said = differences(ours[text](), floors[0][text]())
            assert not said, f"{text}: {said}"
        texts = list(islice(cycle(known), rounds))
        alternate(((ours[text], floors[0][text]) for text in texts), alone)
        alternate(((postgresql[text], floors[0][text]) for text in texts), database)
        many.ours = _together([[ours[text] for text in texts] for _ in floors])
        many.floor = _together([[floor[text] for text in texts] for floor in floors])
    found = (("search page", alone), (f"search page, {CLIENTS} clients", many))
    results = [replace(compared(name, pair), target=PAGE_TARGET, tail=True) for name, pair in found]
    return [*results, replace(compared("search page, PostgreSQL backend", database), target=None)]


class _floor:  # noqa: N801 - used as a function
    """Query → request to a bare page over a bare connection and the bare client, one a thread."""

    def __init__(self, served: Server, known: dict[str, Meaning]) -> None:
        self._served, self._known = served, known
        self._stack = ExitStack()

    def __enter__(self) -> dict[str, Callable[[], bytes]]:
        served, known = self._served, self._known
        database = self._stack.enter_context(floor_database(served.env.url))
        prepared = {text: _prepared(text, meaning) for text, meaning in known.items()}
        alias = served.search.engine.alias

        def page() -> str:
            text = request.args["q"]
            meaning, asked = known[text], prepared[text]
            with database.transaction() as connection:
                terms = [ALL_DOCUMENTS, *terms_to_ask(meaning.parsed)]
                connection.execute(FREQUENCIES, {"terms": terms}).fetchall()
                found = _answer(served.client, alias, asked)
                rows = _rows(found)
                hits, folded = hits_of(connection, meaning, rows)
                site = site_of(connection)
            reachable = min(found.total, RESULT_WINDOW - RESULT_WINDOW % SIZE) - folded
            context = context_of(text, meaning, rows, hits, reachable=reachable)
            portal = portal_shell(request.path, site)
            return render_template("search/page.html", site=site, portal=portal, errors={}, **context)

        floor = make_floor(served.env.app, {"search.page": page})
        return {text: getter(floor, f"/search?q={text}") for text in known}

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@dataclass(frozen=True)
class _Answer:
    """Ids with their readings in order, and counts, from one request or from two."""

    hits: Sequence[tuple[int, int]]
    total: int
    counts: Mapping[str, Mapping[str, int]]


def _prepared(text: str, meaning: Meaning) -> tuple[Asked, list[dict[str, Any]]]:
    """What is asked, and the bodies of both requests."""
    needles = needles_of(meaning.parsed, meaning.rarity)
    asked = Asked(meaning.parsed, meaning.paths, needles, SearchQuery(text), Wanted())
    return asked, [whole_request(asked), near_request(asked)]


def _answer(client: Elasticsearch, alias: str, prepared: tuple[Asked, list[dict[str, Any]]]) -> _Answer:
    asked, (whole, near) = prepared
    keys = len(asked.parsed.number_keys)
    answer = client.search(index=alias, **whole)
    counts, hits = answer["aggregations"], answer["hits"]["hits"]
    matched = counts["matched"]["doc_count"]
    by_key = any(bucket["doc_count"] for bucket in counts["keys"]["buckets"]) if keys else False
    if matched >= ENOUGH or by_key or not asked.paths.near:
        values = {
            name: {bucket["key"]: bucket["doc_count"] for bucket in counts[name]["values"]["buckets"]}
            for name in DIMENSIONS
        }
        readings = [min(map(int, hit.get("matched_queries", ())), default=keys) for hit in hits]
        ids = [int(hit["_id"]) for hit in hits]
        return _Answer(list(zip(ids, readings, strict=True)), answer["hits"]["total"]["value"], values)
    shown, kept = counted(client.search(index=alias, **near)["hits"]["hits"], Wanted())
    return _Answer([(one.item_id, keys) for one in shown], len(shown), kept)


def _rows(found: _Answer) -> list[SimpleNamespace]:
    """The answer in the shape of the rows of the PostgreSQL statement."""

    def row(kind: str, key: str, number: int, label: str = "") -> SimpleNamespace:
        return SimpleNamespace(kind=kind, key=key, number=number, label=label)

    rows = [row("hit", str(item_id), place, str(reading)) for place, (item_id, reading) in enumerate(found.hits)]
    rows += [row("total", "", found.total)]
    return rows + [row("counts", name, 0, json.dumps(counts)) for name, counts in found.counts.items()]


def _together(calls: Sequence[Sequence[Callable[[], object]]]) -> list[float]:
    """Seconds of each call, one list a client, all clients at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        found = pool.map(lambda own: [_seconds(call) for call in own], calls)
        return [seconds for one in found for seconds in one]


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.server", description=__doc__)
    parser.add_argument("--units", type=int, default=2_000, help="units of the prefecture (2000)")
    parser.add_argument("--items", type=int, default=100_000, help="published items of all units together (100000)")
    parser.add_argument("--rounds", type=int, default=100, help="searches of each client (100)")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="keep the database there, and use it when it is there"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that load the items (2)")
    parser.add_argument("--heap", default="1g", help="memory of the node's heap (1g)")
    parser.add_argument("--assert", action="store_true", dest="must_meet", help="exit with 1 when a target is missed")
    return parser


if __name__ == "__main__":
    _log_as_in_production()
    sys.exit(main(sys.argv[1:]))
