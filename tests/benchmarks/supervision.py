"""`python -m tests.benchmarks.supervision`: the cost of evaluating a prefecture, every night, and of a year's circular.

Each thing is done once by a process of its own, whose highest memory is what it needed; the ledger fills with the first
evaluation and is what the later ones work on.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Role, permissions_of
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.ports import Services
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down
from gongkai.run.modules import MODULES
from gongkai.supervision.circulars.access import circulate
from gongkai.supervision.circulars.document import build
from gongkai.supervision.circulars.services import create_circular, lock_data, start_draft
from gongkai.supervision.models import Finding
from gongkai.supervision.tasks import evaluate_all, evaluate_changed, evaluate_today
from gongkai.workers.outbox import drain
from tests.benchmarks.__main__ import _log_as_in_production, _say
from tests.benchmarks.environment import _application, environment
from tests.benchmarks.load import SUPERVISOR
from tests.benchmarks.report import machine

CHANGED = 500
YEAR = Span.parse("2025")
MIB, HIGHEST_MEMORY = 2**20, 1024


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: seconds, highest memory of its process in MiB, and something counted, as `what` says."""

    name: str
    seconds: float
    memory: int
    count: int
    what: str
    target: float

    @property
    def met(self) -> bool:
        """Whether it was quick enough, in no more than a GiB."""
        return self.seconds <= self.target and self.memory <= HIGHEST_MEMORY


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    asked = _parser().parse_args(arguments)
    done = []
    with environment(
        units=asked.units, items=asked.items, prepare=0, jobs=asked.jobs, report=_say, data=asked.data
    ) as env:
        for name in STEPS:
            _say(f"measuring {name}")
            done.append(_apart(env.url, name))
        facts = machine(env.services)
    _say(", ".join(f"{key} {value}" for key, value in facts.items()))
    print(_table(done))  # noqa: T201
    if asked.json:
        written = {"units": asked.units, "items": asked.items, "machine": facts, "results": list(map(asdict, done))}
        asked.json.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf8")
    return 1 if asked.must_meet and not all(one.met for one in done) else 0


def _apart(url: str, name: str) -> Done:
    """Do it in a process of its own: what loading and other steps needed is not in its memory."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (url, name))


def _measured(url: str, name: str) -> Done:
    _log_as_in_production()
    step = STEPS[name]
    with TemporaryDirectory(prefix="gongkai-bench-") as folder, _application(url, Path(folder)) as (_, services):
        if step.before is not None:
            step.before(services)
        began = time.perf_counter()
        count = step.work(services)
        seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // MIB
    return Done(name, round(seconds, 2), memory, count, step.what, step.target)


def _evaluate_everything(services: Services) -> int:
    """Every rule, over every unit, column and item: those of the day, and those of the month that has ended."""
    with services.database.system_scope("benchmark") as uow:
        done = [*evaluate_today(uow).values()]
        done += evaluate_all(uow, period=Period.of(shanghai_date(uow.now)).previous()).values()
        return sum(one.opened + one.changed + one.closed for one in done)


def _change_items(services: Services) -> None:
    """Take items down, one in every so many, and let the events work their way."""
    with services.database.system_scope("benchmark") as uow:
        number = uow.session.scalar(select(func.count()).select_from(Item).where(Item.is_public)) or 0
        every = max(1, number // CHANGED)
        chosen = select(Item.id, Item.tenant_id).where(Item.is_public, Item.id % every == 0)
        for row in uow.session.execute(chosen.order_by(Item.id).limit(CHANGED)).all():
            take_down(uow, tenant_id=row.tenant_id, item_id=row.id, reason="内容有误")
    drain(services, MODULES)


def _evaluate_changed(services: Services) -> int:
    """What the night's evaluation does."""
    with services.database.system_scope("benchmark") as uow:
        done = evaluate_changed(uow).values()
        return sum(one.opened + one.changed + one.closed for one in done)


def _draft_year(services: Services) -> int:
    """The circular of a year, from opening it to the document."""
    roles = frozenset({Role.SUPERVISOR})
    actor = Actor(1, SUPERVISOR, 1, "1", roles, permissions_of(roles))
    with services.database.transaction(actor.scope()) as uow:
        circular = create_circular(uow, actor=actor, span=YEAR)
        lock_data(uow, actor=actor, circular_id=circular.id)
        start_draft(uow, actor=actor, circular_id=circular.id)
        said = circulate(uow, circular)
        build(said)
        return len(said.snapshot.units)


def _findings(services: Services) -> int:
    """Findings that stand."""
    with services.database.system_scope("benchmark") as uow:
        return uow.session.scalar(select(func.count()).select_from(Finding).where(Finding.closed_at.is_(None))) or 0


def _first(services: Services) -> int:
    _evaluate_everything(services)
    return _findings(services)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be measured: what is done beforehand and what counts, and how many seconds it may take."""

    work: Callable[[Services], int]
    what: str
    target: float
    before: Callable[[Services], None] | None = None


STEPS = {
    "full evaluation, empty ledger": Step(_first, "findings", 60),
    "full evaluation": Step(_evaluate_everything, "changes", 60),
    f"evaluation after {CHANGED} changes": Step(_evaluate_changed, "changes", 5, _change_items),
    "circular of a year": Step(_draft_year, "units", 20),
}


def _table(done: Sequence[Done]) -> str:
    rows = ["| | seconds | target | memory MiB | target | | |", "| --- | ---: | --- | ---: | --- | --- | --- |"]
    for one in done:
        met = "met" if one.met else "missed"
        rows.append(
            f"| {one.name} | {one.seconds:.2f} | ≤ {one.target:g} | {one.memory} | ≤ {HIGHEST_MEMORY} | "
            f"{one.count:,} {one.what} | {met} |"
        )
    return "\n".join(rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.supervision", description=__doc__)
    parser.add_argument("--units", type=int, default=2_000, help="units of the prefecture (2000)")
    parser.add_argument("--items", type=int, default=1_000_000, help="published items (1000000)")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="keep the database there, and use it when it is there"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that load the items (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    parser.add_argument("--assert", action="store_true", dest="must_meet", help="exit with 1 when a target is missed")
    return parser


if __name__ == "__main__":
    _log_as_in_production()
    sys.exit(main(sys.argv[1:]))
