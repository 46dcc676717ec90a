"""Interpretation of documents: late or missing, without its document, and how many have one (SR-I1 to SR-I3).

A link of an interpretation with its document is one row, which both pages show: links that hold in one direction only
cannot exist. What is left to find is an interpretation without a document that the public can read (SR-I2). A reprint
is interpreted by the agency that made the document （条例 art. 10）, and of what no longer holds nobody asks for one.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import text

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.periods import plus_months
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.checks import MUST_BE_INTERPRETED
from gongkai.publishing.links.columns import INTERPRETATIONS
from gongkai.publishing.states import ItemState
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

LATE, UNLINKED, RATIO = "SR-I1", "SR-I2", "SR-I3"
CODES = (LATE, UNLINKED)
RATIO_CODES = (RATIO,)
_YEAR = 12

_DOCUMENTS = """
FROM content_column AS c JOIN item AS i ON i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
WHERE split_part(c.code, '-', 1) = ANY (CAST(:documents AS text[])) AND NOT i.is_reprint
    AND i.validity NOT IN ('lapsed', 'repealed')
    AND NOT EXISTS (SELECT FROM interpretation_plan AS p
        WHERE p.tenant_id = i.tenant_id AND p.item_id = i.id AND p.reason <> '')
"""
_INTERPRETED = """EXISTS (SELECT FROM item_link AS l JOIN item AS o ON o.id = l.item_id AND o.is_public
    WHERE l.tenant_id = i.tenant_id AND l.target_id = i.id AND l.kind = 'interprets'{more})"""
_INTERPRETATIONS = """
FROM content_column AS c JOIN item AS i ON i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
WHERE split_part(c.code, '-', 1) = :interpretations AND NOT i.is_reprint
    AND NOT EXISTS (SELECT FROM item_link AS l JOIN item AS d ON d.id = l.target_id AND d.is_public
        WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND l.kind = 'interprets')
"""
_UNITS = "AND c.tenant_id = ANY (CAST(:units AS bigint[]))"
_ITEMS = "AND (CAST(:items AS bigint[]) IS NULL OR i.id = ANY (CAST(:items AS bigint[])))"
_LACKING = f"{_DOCUMENTS} AND NOT {_INTERPRETED.format(more='')}"
_PARTED = text(f"""
SELECT i.tenant_id, i.id, i.title, i.published_at, true AS document, '' AS partner, '' AS state
{_LACKING} {_UNITS} {_ITEMS}
UNION ALL
SELECT i.tenant_id, i.id, i.title, i.published_at, false, coalesce(d.title, ''), coalesce(d.state, '')
FROM (SELECT i.* {_INTERPRETATIONS} {_UNITS} {_ITEMS}) AS i
LEFT JOIN LATERAL (SELECT d.title, d.state FROM item_link AS l JOIN item AS d ON d.id = l.target_id
    WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND l.kind = 'interprets'
    ORDER BY l.id DESC LIMIT 1) AS d ON true
""")  # noqa: S608 - put together from constants of this module
# Time makes documents late, and links move without the items that they join: what lacks its half without having a
# finding, and what has one and lacks it no more; a claim is looked into, and an exemption ends what stands.
_MOVING = text(f"""
WITH lacking AS (
    SELECT '{LATE}' AS rule_code, i.id AS object_id, true AS lacks {_LACKING}
    UNION ALL SELECT '{UNLINKED}', i.id, true {_INTERPRETATIONS}),
standing AS (
    SELECT f.rule_code, f.object_id, f.state = 'claimed_fixed'
        OR EXISTS (SELECT FROM rule_exemption AS e WHERE e.tenant_id = f.tenant_id) AS in_question
    FROM finding AS f
    WHERE f.rule_code IN ('{LATE}', '{UNLINKED}') AND f.closed_at IS NULL AND f.object_type = 'item')
SELECT object_id FROM lacking FULL JOIN standing USING (rule_code, object_id)
WHERE (lacks AND NOT in_question) IS NOT TRUE
""")  # noqa: S608 - put together from constants of this module
_RATIOS = text(f"""
SELECT i.tenant_id, i.published_at, {_INTERPRETED.format(more=" AND o.published_at < :until")} AS interpreted
{_DOCUMENTS} {_UNITS} AND i.published_at >= :since AND i.published_at < :until
""")


@dataclass(frozen=True, slots=True)
class Parted:
    """A public item that lacks its other half: a document without interpretation, or one without its document.

    Attributes:
        published: day of its publication.
        document: whether it is a document; an interpretation otherwise.
        partner, state: title and state of the document that an interpretation names, empty where it names none.
    """

    subject: Subject
    item_id: int
    title: str
    published: date
    document: bool
    partner: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A unit's documents of twelve months that need an interpretation: how many have one, days of the others."""

    subject: Subject
    done: int
    without: Sequence[date]


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Parted]:
    """The documents and interpretations of some units that lack their other half; of these items only, where given."""
    values = {
        "units": asked.unit_ids, "documents": sorted(MUST_BE_INTERPRETED), "interpretations": INTERPRETATIONS,
        "items": None if asked.items is None else list(asked.items),
    }  # fmt: skip
    for row in uow.session.execute(_PARTED, values):
        yield Parted(
            asked.subjects[row.tenant_id], row.id, row.title, shanghai_date(row.published_at), row.document,
            row.partner, row.state,
        )  # fmt: skip


def moving(uow: UnitOfWork, _: Moment) -> Collection[int]:
    """Items whose findings may differ from what holds although they did not change themselves."""
    values = {"documents": sorted(MUST_BE_INTERPRETED), "interpretations": INTERPRETATIONS}
    return uow.session.scalars(_MOVING, values).all()


def evaluate(facts: Parted, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problem of one item."""
    rule, problem = (LATE, _late(facts, values, moment)) if facts.document else (UNLINKED, _unlinked(facts))
    if problem:
        evidence = {"title": facts.title, "published": facts.published.isoformat(), "problem": problem}
        yield Problem(rule, facts.subject.id, evidence, "item", facts.item_id, url=f"/items/{facts.item_id}")


def _late(facts: Parted, values: Values, moment: Moment) -> str:
    due, last = (_due(facts.published, values.whole(LATE, name), moment) for name in ("late", "missing"))
    if moment.today <= due:
        return ""
    if moment.today <= last:
        return f"解读应于{due.isoformat()}前发布，逾期未发布，{last.isoformat()}后仍未发布的为缺少解读"
    return f"解读应于{due.isoformat()}前发布，至{last.isoformat()}仍未发布，缺少解读"


def _due(published: date, days: int, moment: Moment) -> date:
    return moment.calendar.add_working_days(published, days).date if days else published


def _unlinked(facts: Parted) -> str:
    if not facts.state:
        return "没有关联被解读的文件"
    gone = "已撤下" if facts.state == ItemState.TAKEN_DOWN else "尚未公开"
    return f"所解读的文件《{facts.partner}》{gone}"


def read_ratios(uow: UnitOfWork, asked: Asked) -> Iterator[Ratio]:
    """The documents that some units published in the twelve months up to the end of the month that is judged."""
    until = asked.moment.period.next().first_day
    values = {
        "units": asked.unit_ids, "documents": sorted(MUST_BE_INTERPRETED),
        "since": _midnight(plus_months(until, -_YEAR)), "until": _midnight(until),
    }  # fmt: skip
    found: dict[int, tuple[list[date], list[date]]] = {}
    for row in uow.session.execute(_RATIOS, values):
        done, without = found.setdefault(row.tenant_id, ([], []))
        (done if row.interpreted else without).append(shanghai_date(row.published_at))
    for unit_id, (done, without) in found.items():
        yield Ratio(asked.subjects[unit_id], len(done), without)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def evaluate_ratio(facts: Ratio, values: Values, moment: Moment) -> Iterator[Problem]:
    """Whether too few of a unit's documents were interpreted when the month ended; those not yet due do not count.

    `tenths` counts each ten per cent, or part of them, that lack.
    """
    days, period = values.whole(LATE, "late"), moment.period
    due = facts.done + sum(_due(day, days, moment) <= period.last_day for day in facts.without)
    wanted = values.number(RATIO, "share")
    if facts.done * 100 >= due * wanted:
        return
    lacking = wanted - Decimal(facts.done * 100) / due
    evidence = {
        "due": due, "done": facts.done, "share": percent(facts.done, due), "tenths": math.ceil(lacking / 10),
    }  # fmt: skip
    url = f"/units/{facts.subject.code}"
    yield Problem(RATIO, facts.subject.id, evidence, period=str(period), url=url)


FAMILY = Family(
    name="interpretation", label="政策解读", codes=CODES, read=read, evaluate=evaluate, over_items=True, moving=moving,
)  # fmt: skip
RATIOS = Family(
    name="ratios", label="政策解读比例", codes=RATIO_CODES, read=read_ratios, evaluate=evaluate_ratio,
)  # fmt: skip
"""Events of a month that are judged when it has ended."""
