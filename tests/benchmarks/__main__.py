"""`python -m tests.benchmarks`: measure, print the table, and with `--assert` fail where a target is missed."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from gongkai.run.logs import configure_logs
from tests.benchmarks import cases
from tests.benchmarks.environment import Environment, environment
from tests.benchmarks.report import (
    LONGEST_HEAT_MAP,
    LONGEST_SUGGESTION,
    Result,
    as_json,
    compared,
    machine,
    table,
    timed,
)

NAMES = (*cases.PAGES, cases.PUBLISHING, cases.HEAT, cases.SUGGESTIONS)


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    asked = _parser().parse_args(arguments)
    needed = cases.items_needed(asked.rounds)
    with environment(
        units=asked.units, items=asked.items, prepare=needed, jobs=asked.jobs, report=_say, data=asked.data
    ) as env:
        results = [_measured(env, name, asked.rounds) for name in NAMES if name in (asked.only or NAMES)]
        facts = machine(env.services)
    _say(", ".join(f"{key} {value}" for key, value in facts.items()))
    print(table(results))  # noqa: T201
    if asked.json:
        written = json.dumps(as_json(results, facts, asked.units, asked.items), ensure_ascii=False, indent=2)
        asked.json.write_text(written + "\n", encoding="utf8")
    return 1 if asked.must_meet and not all(one.met for one in results) else 0


def _measured(env: Environment, name: str, rounds: int) -> Result:
    _say(f"measuring {name}")
    if name == cases.PUBLISHING:
        return compared(name, cases.measure_publishing(env, rounds))
    if name == cases.HEAT:
        return timed(name, cases.measure_heat_map(env), LONGEST_HEAT_MAP)
    if name == cases.SUGGESTIONS:
        return timed(name, cases.measure_suggestions(env, rounds), LONGEST_SUGGESTION)
    pair, size = cases.measure_page(env, name, rounds)
    return compared(name, pair, size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--units", type=int, default=2_000, help="units of the prefecture (2000)")
    parser.add_argument("--items", type=int, default=100_000, help="published items of all units together (100000)")
    parser.add_argument("--rounds", type=int, default=200, help="turns of each page and of the publishing step (200)")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"only these of: {', '.join(NAMES)}")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="keep the database there, and use it when it is there"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that load the items (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    parser.add_argument("--assert", action="store_true", dest="must_meet", help="exit with 1 when a target is missed")
    return parser


def _log_as_in_production() -> None:
    """Every request writes its line, only to nowhere."""
    configure_logs("json")
    nowhere = Path(os.devnull).open("w", encoding="utf8")  # noqa: SIM115 - open as long as the program runs
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    _log_as_in_production()
    sys.exit(main(sys.argv[1:]))
