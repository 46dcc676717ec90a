"""The families of rules that are evaluated on the day, by name; each is one module.

Quantity is judged when a month has ended (`findings.evaluate_period`).
"""

from operator import attrgetter
from typing import Any

from gongkai.supervision.evaluation import freshness, linked, rectification
from gongkai.supervision.evaluation.base import Family

FAMILIES: tuple[Family[Any], ...] = (
    Family(
        name="freshness",
        codes=freshness.CODES,
        read=freshness.read,
        unit_of=attrgetter("subject.id"),
        evaluate=freshness.evaluate,
    ),
    Family(
        name="links",
        codes=linked.CODES,
        read=linked.read,
        unit_of=attrgetter("subject.id"),
        evaluate=linked.evaluate,
    ),
    # The last one: it is about what the others found.
    Family(
        name="rectification",
        codes=rectification.CODES,
        read=rectification.read,
        unit_of=attrgetter("subject.id"),
        evaluate=rectification.evaluate,
    ),
)
