"""`python -m tests.benchmarks.scale`: what a hundred times as many items cost.

The same pages, work lists and writes are timed on two prefectures of equally many units, a small one and a large
one, each on a server of its own in the same run. The ratio is median against median; the target is 1.5.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from gongkai.core.errors import NotFound
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.publishing.imports.tasks import migrate_rows
from tests.benchmarks import cases, publishing
from tests.benchmarks.__main__ import _log_as_in_production, _say
from tests.benchmarks.environment import Environment, environment
from tests.benchmarks.load import SUPERVISOR
from tests.benchmarks.measure import Call, getter, p95
from tests.benchmarks.plan import NOW, publishing_units
from tests.benchmarks.report import machine
from tests.benchmarks.texts import QUERIES

HIGHEST_RATIO = 1.5
WARM_UP = 3
MIGRATED = 10_000
OFFICE = (
    "/office/",
    "/office/call-list",
    "/office/findings",
    "/office/circulars/",
    "/office/facts/",
    "/office/signatures/",
)
"""The work lists of an office over all its units."""
DESKS = {
    "contributor": ("/work/", "/work/items/", "/work/items/?state=published", "/work/items/drafts"),
    "confidentiality_reviewer": ("/work/review/",),
    "approver": ("/work/approval/",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds at both sizes: median and 95th percentile."""

    name: str
    small: float
    small_p95: float
    large: float
    large_p95: float

    @property
    def ratio(self) -> float:
        """How many times as long the large one takes."""
        return round(self.large / self.small, 2)


Times = dict[str, list[float]]


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    asked = _parser().parse_args(arguments)
    found = []
    for items in (asked.small, asked.large):
        prepare = (asked.rounds + WARM_UP) * 2
        with environment(units=asked.units, items=items, prepare=prepare, jobs=2, report=_say) as env:
            found.append(measure(env, asked.rounds, asked.migrated))
            facts = machine(env.services)
    small, large = found
    lines = [
        Line(name, _ms(median(times)), _ms(p95(times)), _ms(median(large[name])), _ms(p95(large[name])))
        for name, times in small.items()
    ]
    _say(", ".join(f"{key} {value}" for key, value in facts.items()))
    print(_table(lines, asked.small, asked.large))  # noqa: T201
    if asked.json:
        written = [asdict(line) | {"ratio": line.ratio} for line in lines]
        asked.json.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf8")
    return 1 if asked.must_meet and any(line.ratio > HIGHEST_RATIO for line in lines) else 0


def measure(env: Environment, rounds: int, migrated: int) -> Times:
    """Name → seconds of each turn."""
    times: Times = {}
    for name in ("item", "unit", "column", "search"):
        _say(f"measuring {name}")
        calls = [getter(env.app, path) for path in cases.paths(env, name, QUERIES)]
        times[f"{name} page"] = _timed(islice(cycle(calls), rounds + WARM_UP))
    for login, paths in _signed_in(env):
        cookie = cases.sign_in(env.app, login)
        for path in paths:
            _say(f"measuring {path}")
            times[path] = _timed([getter(env.app, path, cookie)] * (rounds + WARM_UP))
    _say("measuring publishing")
    times["publishing step"] = _timed(_publications(env, rounds))
    _say("measuring migration")
    times[f"migration of {migrated:,} rows"] = [_migration(env, migrated)]
    return times


def _signed_in(env: Environment) -> Iterator[tuple[str, Sequence[str]]]:
    unit = publishing_units(env.units)[0]
    for role, paths in DESKS.items():
        yield f"{unit.code}-{role}", paths
    yield SUPERVISOR, OFFICE


def _timed(calls: Iterator[Call] | Sequence[Call]) -> list[float]:
    seconds = []
    for number, call in enumerate(calls):
        began = time.perf_counter()
        call()
        if number >= WARM_UP:
            seconds.append(time.perf_counter() - began)
    return seconds


def _publications(env: Environment, rounds: int) -> Iterator[Call]:
    units = {unit.id: unit for unit in env.units}
    for one in env.waiting[: rounds + WARM_UP]:
        yield publishing.by_service(env.services, publishing.actor_for(one, units), one)


def _migration(env: Environment, count: int) -> float:
    """Seconds that a unit's migration of so many rows takes."""
    unit = publishing_units(env.units)[0]
    began = time.perf_counter()
    result = migrate_rows(
        env.services, rows=_rows(unit.code, count), unit_code="u00001", cutoff=NOW.date() - timedelta(days=30),
        responsible="李四", allowed_by=SUPERVISOR, source="scale",
    )  # fmt: skip
    if result.created != count:
        raise NotFound(f"{result.created} of {count} rows were migrated")
    return time.perf_counter() - began


def _rows(code: str, count: int) -> Iterator[MigrationRow]:
    first = NOW - timedelta(days=700)
    for number in range(count):
        title = f"关于第{number}号迁移事项的公告"
        yield MigrationRow(
            unit_code=code, column_code="gsgg", title=title, issuing_agency="和溪县民政局",
            formed_date=date(2024, 1, 1), published_at=first + timedelta(minutes=number), summary="公布有关事项。",
            body_html=f"<p>现将第{number}号事项公告如下。</p>" * 20, external_id=f"scale-{number}",
            responsible_unit="办公室",
        )  # fmt: skip


def _table(lines: Sequence[Line], small: int, large: int) -> str:
    rows = [
        f"| | {small:,} items, median / p95 ms | {large:,} items | ratio | target | |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    for line in lines:
        met = "met" if line.ratio <= HIGHEST_RATIO else "missed"
        times = f"{line.small:.1f} / {line.small_p95:.1f} | {line.large:.1f} / {line.large_p95:.1f}"
        rows.append(f"| {line.name} | {times} | {line.ratio:.2f} | ≤ {HIGHEST_RATIO} | {met} |")
    return "\n".join(rows)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--units", type=int, default=2_000, help="units of both prefectures (2000)")
    parser.add_argument("--small", type=int, default=10_000, help="published items of the small one (10000)")
    parser.add_argument("--large", type=int, default=1_000_000, help="published items of the large one (1000000)")
    parser.add_argument("--rounds", type=int, default=60, help="turns of each (60)")
    parser.add_argument("--migrated", type=int, default=MIGRATED, help="rows of the migration (10000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    parser.add_argument("--assert", action="store_true", dest="must_meet", help="exit with 1 when a target is missed")
    return parser


if __name__ == "__main__":
    _log_as_in_production()
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
