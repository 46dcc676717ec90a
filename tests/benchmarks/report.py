"""Results as a table for people and as JSON for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from sqlalchemy import text

from gongkai.core.ports import Services
from tests.benchmarks.measure import Pair, p95

HIGHEST_RATIO = 2.0
LONGEST_HEAT_MAP, LONGEST_SUGGESTION = 150.0, 50.0


@dataclass(frozen=True, slots=True)
class Result:
    """One line: milliseconds as median and 95th percentile, and the target; `floor` is None where only time counts.

    `target` is None where something only stands beside; with `tail` the 95th percentiles have to meet it, too.
    """

    name: str
    turns: int
    ours: float
    ours_p95: float
    floor: float | None
    floor_p95: float | None
    ratio: float | None
    target: float | None
    size: int = 0
    tail: bool = False

    @property
    def ratio_p95(self) -> float | None:
        """95th percentile against 95th percentile."""
        return round(self.ours_p95 / self.floor_p95, 2) if self.floor_p95 else None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        found = self.ours_p95 if self.ratio is None else self.ratio
        tail = self.ratio_p95 if self.tail else None
        return self.target is None or max(found, tail or 0) <= self.target


def compared(name: str, pair: Pair, size: int = 0) -> Result:
    """The line of something with a floor; `size` in bytes."""
    ours, floor = pair.ours, pair.floor
    return Result(
        name, len(ours), _ms(median(ours)), _ms(p95(ours)), _ms(median(floor)), _ms(p95(floor)), round(pair.ratio, 2),
        HIGHEST_RATIO, size,
    )  # fmt: skip


def timed(name: str, seconds: Sequence[float], target: float) -> Result:
    """The line of something whose 95th percentile has a limit of its own, in milliseconds."""
    return Result(name, len(seconds), _ms(median(seconds)), _ms(p95(list(seconds))), None, None, None, target)


def machine(services: Services) -> dict[str, str]:
    """What the figures were taken on."""
    with services.database.unit_of_work() as uow:
        postgresql = str(uow.session.execute(text("SHOW server_version")).scalar_one())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()), "memory": f"{memory:.0f} GiB", "postgresql": postgresql,
        "python": platform.python_version(), "load": f"{os.getloadavg()[0]:.1f}",
    }  # fmt: skip


def table(results: Sequence[Result]) -> str:
    """A Markdown table."""
    lines = [
        "| | turns | bytes | product (median / p95 ms) | floor (median / p95 ms) | ratio | target | |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in results:
        floor = "—" if one.floor is None else f"{one.floor:.2f} / {one.floor_p95:.2f}"
        ratio = "—" if one.ratio is None else f"{one.ratio:.2f}"
        if one.tail:
            ratio = f"{ratio} / {one.ratio_p95:.2f}"
        size, ours = f"{one.size:,}" if one.size else "—", f"{one.ours:.2f} / {one.ours_p95:.2f}"
        cells = (one.name, str(one.turns), size, ours, floor, ratio, *_judged(one))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _judged(one: Result) -> tuple[str, str]:
    if one.target is None:
        return "–", ""
    target = f"≤ {one.target:.1f}" if one.ratio is not None else f"≤ {one.target:.0f} ms"
    return target, "met" if one.met else "missed"


def as_json(results: Sequence[Result], facts: dict[str, str], units: int, items: int) -> dict[str, Any]:
    """The same for a program."""
    return {
        "units": units, "items": items, "machine": facts,
        "results": [asdict(one) | {"met": one.met} for one in results],
    }  # fmt: skip


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
