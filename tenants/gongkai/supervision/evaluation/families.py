"""The families of rules that are evaluated on the day, by name; each is one module.

Quantity is judged when a month has ended (`findings.evaluate_period`).
"""

from operator import attrgetter
from typing import Any

from gongkai.supervision.evaluation import freshness
from gongkai.supervision.evaluation.base import Family

FAMILIES: tuple[Family[Any], ...] = (
    Family(
        name="freshness",
        codes=freshness.CODES,
        read=freshness.read,
        unit_of=attrgetter("subject.id"),
        evaluate=freshness.evaluate,
    ),
)
