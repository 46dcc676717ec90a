"""Timing two ways of doing the same, turn by turn, so that whatever else the machine does falls on both."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

Call = Callable[[], object]
_TOKENS = re.compile(r'(name="csrf_token" value|name="csrf-token" content)="[^"]*"')


@dataclass
class Pair:
    """Seconds that the product and its floor took, turn by turn."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median against median."""
        return median(self.ours) / median(self.floor)


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def alternate(turns: Iterator[tuple[Call, Call]], pair: Pair) -> None:
    """Time each turn's two calls; every other turn begins with the floor."""
    for number, (ours, floor) in enumerate(turns):
        order = ((ours, pair.ours), (floor, pair.floor))
        for call, seconds in order if number % 2 == 0 else reversed(order):
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)


def getter(app: Flask, path: str, cookie: str = "") -> Callable[[], bytes]:
    """A request to `path` as a server would make it: the application called with a ready environment."""
    builder = EnvironBuilder(path=path, base_url="http://localhost", headers=[("Cookie", cookie)] if cookie else [])
    environ = builder.get_environ()
    builder.close()

    def get() -> bytes:
        body, status, _ = run_wsgi_app(app, dict(environ), buffered=True)
        if not status.startswith("200"):
            raise RuntimeError(f"{path} answered {status}")
        return b"".join(body)

    return get


def comparable(page: bytes) -> str:
    """A page without the tokens of its forms, which differ in every session."""
    return _TOKENS.sub(r'\1=""', page.decode())


def differences(ours: Any, floor: Any) -> str:
    """Where two pages part, for a person; empty when they say the same."""
    left, right = comparable(ours).splitlines(), comparable(floor).splitlines()
    for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
        if one != other:
            return f"line {number}: {one.strip()[:300]!r} is {other.strip()[:300]!r} on the floor"
    return "" if len(left) == len(right) else f"{len(left)} lines, {len(right)} on the floor"
