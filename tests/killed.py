"""A process that the reliability tests start and that kills itself, the way a power cut would.

`python -m tests.killed PLAN`: PLAN is JSON with `act` and its arguments, `settings`, and where to die: `after_commit`
(the n-th commit that emitted events, before anybody is asked to drain) or `before_commit` (of the n-th transaction
that inserted into the table named with it). `chunk` is the number of rows of an import in one transaction.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import fakeredis
from sqlalchemy import Connection, Engine, event, text

from gongkai.core.ports import Services
from gongkai.core.settings import Settings
from gongkai.core.uow import AfterCommit, Database
from gongkai.publishing.chain import decide
from gongkai.publishing.imports import runs
from gongkai.publishing.imports.tasks import import_file
from gongkai.run.compose import make_services
from gongkai.run.modules import MODULES
from gongkai.workers.outbox import drain
from tests.conftest import AdjustableClock
from tests.factories.world import World

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 1800
"""Seconds that a process may take."""
# The server sees a dead client only when it next reads from it; until then its locks are held.
_OPEN = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
)


def in_a_process(world: World, **plan: Any) -> int:
    """Carry out a plan in a process of its own and wait until the server has ended what it left; its exit code."""
    settings = world.services.settings.model_dump(mode="json")
    plan |= {"settings": settings, "units": world.units, "people": world.people}
    command = [sys.executable, "-m", "tests.killed", json.dumps(plan)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    for _ in range(300):
        with world.services.database.engine.connect() as connection:
            if not connection.scalar(_OPEN):
                return done.returncode
        time.sleep(0.1)
    raise AssertionError("a dead process still has an open transaction after 30 seconds")


def die() -> None:
    """No handler, no `finally`, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(commits: int) -> AfterCommit:
    """Called after commit in place of the enqueueing; dies at the n-th call."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == commits:
            die()

    return count


def die_before(engine: Engine, table: str, commits: int) -> None:
    """Die when the n-th transaction that inserted into `table` is about to commit."""
    wrote: set[int] = set()
    seen = 0

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith((f"INSERT INTO {table} ".upper(), f"INSERT INTO {table}(".upper())):
            wrote.add(id(connection.connection.dbapi_connection))

    @event.listens_for(engine, "commit")
    def count(connection: Connection) -> None:
        nonlocal seen
        if id(connection.connection.dbapi_connection) in wrote:
            wrote.clear()
            seen += 1
            if seen == commits:
                die()


def publish(services: Services, world: World, item_ids: list[int]) -> None:
    """Approve items one after the other, each in a transaction of its own."""
    for item_id in item_ids:
        with services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=item_id)


def bring(services: Services, file: str) -> None:
    """`gongkai items import FILE --migrate`."""
    path = Path(file)
    import_file(
        services, kind="migration", data=path.read_bytes(), filename=path.name, unit_code="yl", by="yl-supervisor",
        dry_run=False, cutoff=date(2025, 12, 31), responsible="李四",
    )  # fmt: skip


def main(plan: dict[str, Any]) -> None:
    """Carry the plan out; reaching the end means that nothing killed the process."""
    if "chunk" in plan:
        vars(runs)["CHUNK"] = plan["chunk"]
    services = make_services(Settings(**plan["settings"]), redis=fakeredis.FakeRedis(), clock=AdjustableClock())
    engine = services.database.engine
    after = (die_after(plan["after_commit"]),) if "after_commit" in plan else ()
    services = replace(services, database=Database(engine, services.database.clock, after))
    if "before_commit" in plan:
        die_before(engine, *plan["before_commit"])
    world = World(services, units=plan["units"], people=plan["people"])
    if plan["act"] == "publish":
        publish(services, world, plan["items"])
    elif plan["act"] == "bring":
        bring(services, plan["file"])
    else:
        drain(services, MODULES)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
