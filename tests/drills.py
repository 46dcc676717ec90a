"""What the drills share: many items that wait for approval, publishers that go on after a failure, a recount of ours.

The recount takes nothing from the product but its tables: sums, numbers, hashes and files are worked out here anew.
"""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gongkai.accounts.actors import Actor
from gongkai.core.db import make_engine
from gongkai.core.errors import DomainError
from gongkai.core.uow import Database
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import create_draft
from gongkai.publishing.terms.texts import read_missing
from tests.factories.items import item_form, work_off
from tests.factories.world import World

UNITS = ("hx-mzj", "hx-qsz", "qs-mzj", "yl-czj")
COLUMNS = ("gsgg", "jgzn")
PUBLISHERS = 8
GENESIS = "0" * 64
TRIES = 200
_PUT_OFF = threading.Event()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that waits for the approver of its unit."""

    unit: str
    item_id: int


def prepare(world: World, count: int, units: Sequence[str] = UNITS) -> list[Waiting]:
    """So many items that have passed their reviews, in turn of the units; every tenth carries a file that was read."""
    made = []
    for number, unit in enumerate(units):
        wanted = range(number, count, len(units))
        with world.services.database.transaction() as uow:
            writer = world.actor(uow, f"{unit}-contributor")
            ids = []
            for n in wanted:
                title = f"{unit}关于第{n}号事项的通知"
                column = COLUMNS[n % len(COLUMNS)]
                form = item_form(world, uow, unit, column, title=title, document_number="", body_html=f"<p>{title}</p>")
                item_id = create_draft(uow, actor=writer, form=form).id
                if n % 10 == 0:
                    stored = BytesIO(f"{title}的附件。".encode())
                    add_attachment(
                        uow, files=world.services.files, actor=writer, item_id=item_id, filename=f"附件{n}.txt",
                        stream=stored, limit_bytes=10**6,
                    )  # fmt: skip
                    read_missing(uow, files=world.services.files, tenant_id=writer.tenant_id, item_id=item_id)
                submit(uow, actor=writer, item_id=item_id)
                ids.append(item_id)
            reviewer = world.actor(uow, f"{unit}-confidentiality_reviewer")
            for item_id in ids:
                decide(uow, actor=reviewer, item_id=item_id)
        made += [Waiting(unit, item_id) for item_id in ids]
    work_off(world.services)
    return sorted(made, key=lambda one: one.item_id)


@contextmanager
def own_connections(world: World, count: int = PUBLISHERS) -> Iterator[Database]:
    """A database with a connection for each publisher."""
    engine = make_engine(world.services.settings.database_url, pool_size=count)
    try:
        yield Database(engine, world.services.database.clock, world.services.database.on_commit)
    finally:
        engine.dispose()


def publish_all(
    world: World,
    database: Database,
    items: Sequence[Waiting],
    *,
    publishers: int = PUBLISHERS,
    disturb: Callable[[int], None] = lambda _: None,
) -> None:
    """Approve every item by several publishers at once; who loses the connection tries again.

    `disturb` is told after each publication how many there are. What a try that failed had published after all is
    refused the second time, which is right.
    """
    work: SimpleQueue[Waiting] = SimpleQueue()
    for one in items:
        work.put(one)
    done, counting = 0, threading.Lock()

    def publisher() -> None:
        nonlocal done
        while True:
            try:
                one = work.get_nowait()
            except Empty:
                return
            _publish(world, database, one)
            with counting:
                done += 1
                disturb(done)

    with ThreadPoolExecutor(publishers) as threads:
        for running in [threads.submit(publisher) for _ in range(publishers)]:
            running.result(timeout=1800)


def _publish(world: World, database: Database, one: Waiting) -> None:
    for _ in range(TRIES):
        try:
            with database.transaction() as uow:
                decide(uow, actor=approver(world, uow, one.unit), item_id=one.item_id)
        except DBAPIError:
            _PUT_OFF.wait(0.1)
        except DomainError:
            return
        else:
            return
    raise AssertionError(f"{one} could not be published")


def approver(world: World, uow: object, unit: str) -> Actor:
    """Who approves in a unit."""
    return world.actor(uow, f"{unit}-approver")  # type: ignore[arg-type]


def recount(connection: Connection, files: Path) -> list[str]:
    """What does not add up, in words; nothing when all is sound. `connection` reads every row."""
    return [*_counts(connection), *_numbers(connection), *_chains(connection), *_files(connection, files)]


def _counts(connection: Connection) -> Iterator[str]:
    items = connection.execute(
        text(
            "SELECT tenant_id, column_id, period, counts_to_quota, state, emergency_id FROM item"
            " WHERE revises_id IS NULL AND state IN ('published', 'taken_down') ORDER BY id"
        )
    ).all()
    total: Counter[tuple[int, int, str]] = Counter()
    counted: Counter[tuple[int, int, str]] = Counter()
    for row in items:
        key = row.tenant_id, row.column_id, row.period
        total[key] += row.state == "published"
        # What an office took down in an emergency goes on counting to the task of its unit.
        counted[key] += row.counts_to_quota and (row.state == "published" or row.emergency_id is not None)
    kept = connection.execute(text("SELECT tenant_id, column_id, period, total, counted FROM column_count")).all()
    stored = {
        (row.tenant_id, row.column_id, row.period): (row.total, row.counted) for row in kept if row.total or row.counted
    }
    ours = {key: (total[key], counted[key]) for key in total if total[key] or counted[key]}
    if stored != ours:
        yield f"column counts differ: {stored} instead of {ours}"
    months = connection.execute(text("SELECT tenant_id, period, sum(total) AS total FROM period_count GROUP BY 1, 2"))
    by_month: Counter[tuple[int, str]] = Counter()
    for (tenant_id, _, period), count in total.items():
        by_month[tenant_id, period] += count
    found = Counter({(row.tenant_id, row.period): int(row.total) for row in months})
    if found != by_month:
        yield f"period counts differ: {found} instead of {by_month}"


def _numbers(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        text("SELECT tenant_id, year, sequence, number, item_id FROM index_number WHERE generated ORDER BY sequence")
    ).all()
    sequences: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        sequences.setdefault((row.tenant_id, row.year), []).append(row.sequence)
    for key, found in sequences.items():
        if found != list(range(1, len(found) + 1)):
            yield f"numbers of {key} have gaps or repeat"
    if len({row.number for row in rows}) != len(rows) or len({row.item_id for row in rows}) != len(rows):
        yield "a number was given twice, or an item has two"
    shown = connection.execute(
        text("SELECT id, index_number FROM item WHERE state = 'published' AND revises_id IS NULL")
    )
    given = {row.item_id: row.number for row in rows}
    if wrong := [row.id for row in shown if given.get(row.id) != row.index_number]:
        yield f"items with another number than they were given: {wrong[:5]}"


def _chains(connection: Connection) -> Iterator[str]:
    links = connection.execute(
        text(
            "SELECT v.tenant_id, v.position, v.content, v.previous_hash, v.hash, t.body_html FROM item_version AS v"
            " JOIN version_text AS t ON t.version_id = v.id ORDER BY v.tenant_id, v.position"
        )
    ).all()
    heads: dict[int, tuple[str, int]] = {}
    for link in links:
        head, length = heads.get(link.tenant_id, (GENESIS, 0))
        written = json.dumps(link.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        expected = hashlib.sha256((head + written).encode()).hexdigest()
        if (link.position, link.previous_hash, link.hash) != (length + 1, head, expected):
            yield f"the chain of {link.tenant_id} breaks at {link.position}"
        if hashlib.sha256(link.body_html.encode()).hexdigest() != link.content["text_sha256"]:
            yield f"the text at {link.position} of {link.tenant_id} is another one"
        heads[link.tenant_id] = link.hash, length + 1
    ledgers = connection.execute(text("SELECT tenant_id, head, length FROM tenant_ledger WHERE length > 0")).all()
    if {row.tenant_id: (row.head, row.length) for row in ledgers} != heads:
        yield "a ledger does not end where its chain ends"


def _files(connection: Connection, folder: Path) -> Iterator[str]:
    named = connection.execute(text("SELECT DISTINCT jsonb_path_query(content, '$.attachments[*]') FROM item_version"))
    stored = {path.name: path for path in folder.rglob("*") if path.is_file()}
    for file in named.scalars():
        digest = file["sha256"]
        path = stored.get(digest)
        if path is None:
            yield f"a file is missing: {file['name']}"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"a file is another one: {file['name']}"
