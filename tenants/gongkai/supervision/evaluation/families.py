"""The families of rules that are evaluated on the day, by name; each is one module.

What is judged when a month has ended stands in `MONTHLY`; quantity is judged with it (`findings.evaluate_period`).
"""

from operator import attrgetter
from typing import Any

from gongkai.supervision.evaluation import (
    basics,
    consultation,
    documents,
    freshness,
    interpretation,
    linked,
    rectification,
    safety,
    transfers,
    wording,
)
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
    Family(
        name="interpretation",
        codes=interpretation.CODES,
        read=interpretation.read,
        unit_of=attrgetter("subject.id"),
        evaluate=interpretation.evaluate,
        over_items=True,
        moving=interpretation.moving,
    ),
    Family(
        name="consultation",
        codes=consultation.CODES,
        read=consultation.read,
        unit_of=attrgetter("subject.id"),
        evaluate=consultation.evaluate,
    ),
    Family(
        name="basics",
        codes=basics.CODES,
        read=basics.read,
        unit_of=attrgetter("subject.id"),
        evaluate=basics.evaluate,
    ),
    Family(
        name="wording",
        codes=wording.CODES,
        read=wording.read,
        unit_of=attrgetter("subject.id"),
        evaluate=wording.evaluate,
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
    Family(
        name="transfer",
        codes=transfers.CODES,
        read=transfers.read,
        unit_of=attrgetter("subject.id"),
        evaluate=transfers.evaluate,
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
MONTHLY: tuple[Family[Any], ...] = (
    Family(
        name="ratios",
        codes=interpretation.RATIO_CODES,
        read=interpretation.read_ratios,
        unit_of=attrgetter("subject.id"),
        evaluate=interpretation.evaluate_ratio,
    ),
)
"""Events of a month that are judged when it has ended."""
