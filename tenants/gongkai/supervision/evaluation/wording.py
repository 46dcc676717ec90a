"""Words that should not stand in what is public: the open hits of the term lists (SR-T2, candidates).

Hits are kept by `publishing.terms`; each item has one finding with its words, wrong and right ones, of both levels.
Their table is small, and a sweep changes hits without the items, so the family is read as a whole each time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import text

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import KINDS, LEVELS
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

WORDING = "SR-T2"
CODES = (WORDING,)
SHOWN = 5
"""So many hits of an item stand in the sentence; the evidence holds them all."""

# The code of a hit names its entry; one about two leaders or a former body has no single entry.
_HITS = text("""
SELECT h.tenant_id, h.item_id, i.title, h.place, h.kind, h.level, h.problem, h.remedy,
    coalesce(e.wrong, '') AS wrong, coalesce(e."right", '') AS "right"
FROM term_hit AS h
JOIN item AS i ON i.id = h.item_id AND i.tenant_id = h.tenant_id AND i.is_public
LEFT JOIN term_entry AS e ON e.id = CAST(substring(h.rule_key FROM '^term_([0-9]+)$') AS bigint)
WHERE h.tenant_id = ANY (CAST(:units AS bigint[])) AND h.state = 'open'
ORDER BY h.tenant_id, h.item_id, h.id
""")


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found; `wrong` is empty where it is about more than one word, `right` where nothing stands for it."""

    place: str
    kind: str
    level: str
    problem: str
    remedy: str
    wrong: str = ""
    right: str = ""

    @property
    def words(self) -> str:
        """What is wrong in words."""
        if self.wrong and self.right:
            return f"{self.place}“{self.wrong}”应为“{self.right}”"
        if self.wrong:
            return f"{self.place}“{self.wrong}”属{KINDS[self.kind]}"
        return f"{self.place}{self.problem}，{self.remedy}"


@dataclass(frozen=True, slots=True)
class Wording:
    """A public item with its open hits."""

    subject: Subject
    item_id: int
    title: str
    hits: Sequence[Hit]


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Wording]:
    """The public items of some units that have open hits."""
    rows = uow.session.execute(_HITS, {"units": asked.unit_ids})
    for (tenant_id, item_id), found in groupby(rows, attrgetter("tenant_id", "item_id")):
        first, *more = found
        hits = [
            Hit(row.place, row.kind, row.level, row.problem, row.remedy, row.wrong, row.right)
            for row in (first, *more)
        ]  # fmt: skip
        yield Wording(asked.subjects[tenant_id], item_id, first.title, hits)


def evaluate(facts: Wording, _values: Values, _moment: Moment) -> Iterator[Problem]:
    """One problem of each item with open hits; forbidden words come first."""
    hits = sorted(facts.hits, key=lambda hit: hit.level != "block")
    if not hits:
        return
    more = f"等{len(hits)}处" if len(hits) > SHOWN else ""
    evidence = {
        "title": facts.title,
        "problem": "；".join(hit.words for hit in hits[:SHOWN]) + more,
        "words": [
            {"place": hit.place, "level": LEVELS[hit.level], "wrong": hit.wrong, "right": hit.right} for hit in hits
        ],
    }
    yield Problem(WORDING, facts.subject.id, evidence, "item", facts.item_id, url=f"/items/{facts.item_id}")


FAMILY = Family(
    name="wording", label="表述", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip
