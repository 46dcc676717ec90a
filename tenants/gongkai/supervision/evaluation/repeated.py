"""Counted items that are nearly equal to an earlier one of their unit (SR-Q5, candidates that a person confirms).

Equal ones are counted out when they are published; of nearly equal ones nobody can tell by the text alone whether an
old item was copied. `publishing.likeness` keeps which item is like which; papers of enforcement are never compared, nor
is what was compared before its column became one of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.checks import SIMILAR
from gongkai.publishing.likeness.columns import ENFORCEMENT, ENFORCEMENT_COLUMNS
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Values
from gongkai.supervision.evaluation.items import masked, page_of, read_items

REPEATED = "SR-Q5"
CODES = (REPEATED,)
_REPEATED = f"""
SELECT i.id, i.tenant_id, i.title, i.check_overrides ->> '{SIMILAR}' AS reason, f.shared, f.total, v.hash AS digest,
    o.id AS other_id, o.title AS other, o.published_at AS other_published_at
FROM item AS i
JOIN item_fingerprint AS f ON f.tenant_id = ANY (CAST(:units AS bigint[])) AND f.tenant_id = i.tenant_id
    AND f.item_id = i.id AND f.like_id IS NOT NULL
JOIN item AS o ON o.id = f.like_id AND o.tenant_id = i.tenant_id AND o.is_public
JOIN item_version AS v ON v.id = i.current_version_id
JOIN content_column AS c ON c.id = i.column_id AND c.key_area_group <> '{ENFORCEMENT}'
    AND coalesce(c.template_code, '') NOT IN ({", ".join(f"'{code}'" for code in ENFORCEMENT_COLUMNS)})
WHERE {{scope}} AND i.counts_to_quota
"""  # noqa: S608 - only names of our own constants are put in


@dataclass(frozen=True, slots=True)
class Repeated:
    """A counted item, and the earlier item that it is like: `shared` pieces of `total`.

    Attributes:
        reason: what its unit wrote when the checks said so before it was submitted.
        digest: hash of the version that was looked at.
    """

    id: int
    unit_id: int
    title: str
    other_id: int
    other: str
    published: date
    shared: int
    total: int
    reason: str = ""
    digest: str = ""


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Repeated]:
    """The counted public items of some units that are like an earlier one."""
    for row in read_items(uow, asked, _REPEATED):
        yield Repeated(
            row.id, row.tenant_id, row.title, row.other_id, row.other, shanghai_date(row.other_published_at),
            row.shared, row.total, row.reason or "", row.digest,
        )  # fmt: skip


def evaluate(facts: Repeated, values: Values, _: Moment) -> Iterator[Problem]:
    """One problem of an item whose similarity reaches the office's share."""
    if facts.shared * 100 < values.number(REPEATED, "share") * facts.total:
        return
    evidence = {
        "title": masked(facts.title), "other": masked(facts.other), "other_id": facts.other_id,
        "published": facts.published.isoformat(), "shared": facts.shared, "total": facts.total,
        "share": percent(facts.shared, facts.total), "digest": facts.digest,
        "reason": f"，单位说明：{masked(facts.reason)}" if facts.reason else "",
    }  # fmt: skip
    yield Problem(REPEATED, facts.unit_id, evidence, "item", facts.id, url=page_of(facts.id))


FAMILY = Family(
    name="repeated", label="内容重复", codes=CODES, read=read, evaluate=evaluate, unit_of=attrgetter("unit_id"),
    over_items=True,
)  # fmt: skip
