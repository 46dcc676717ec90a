"""The families of rules that are evaluated on the day, by name; each is one module.

Quantity is judged when a month has ended (`findings.evaluate_period`).
"""

from operator import attrgetter
from typing import Any

from gongkai.supervision.evaluation import documents, freshness, safety
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
        name="documents",
        codes=documents.CODES,
        read=documents.read,
        unit_of=attrgetter("unit_id"),
        evaluate=documents.evaluate,
        over_items=True,
        moving=documents.moving,
        touched=documents.touched,
    ),
    Family(
        name="safety",
        codes=safety.CODES,
        read=safety.read,
        unit_of=attrgetter("unit_id"),
        evaluate=safety.evaluate,
        over_items=True,
    ),
)
