"""The families of rules that are evaluated on the day, and what is judged when a month has ended.

Quantity is judged with the month (`findings.evaluate_period`).
"""

from typing import Any

from gongkai.supervision.evaluation import (
    assigned,
    basics,
    consultation,
    documents,
    freshness,
    interpretation,
    linked,
    messages,
    rectification,
    repeated,
    safety,
    transfers,
    wording,
)
from gongkai.supervision.evaluation.base import Family

FAMILIES: tuple[Family[Any], ...] = (
    freshness.FAMILY,
    linked.FAMILY,
    interpretation.FAMILY,
    consultation.FAMILY,
    basics.FAMILY,
    wording.FAMILY,
    documents.FAMILY,
    safety.FAMILY,
    repeated.FAMILY,
    messages.FAMILY,
    assigned.FAMILY,
    transfers.FAMILY,
    # The last one: it is about what the others found.
    rectification.FAMILY,
)
MONTHLY: tuple[Family[Any], ...] = (interpretation.RATIOS,)
