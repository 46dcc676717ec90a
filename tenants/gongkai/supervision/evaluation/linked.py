"""Wrong links inside public items (SR-T3), from the results of the link check."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.queries import LinkFact, facts_of
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values

WRONG = "SR-T3"
CODES = (WRONG,)
_WORDS = {
    "dead": "不能打开",
    "inner": "指向内部网络地址",
    "outside": "指向允许范围以外的网站",
    "malformed": "地址写法有误",
}
"""A certificate that is not valid is a matter of the site that is linked to, not of the unit."""


@dataclass(frozen=True, slots=True)
class Links:
    """A unit's links that were found wrong, and the titles of their items."""

    subject: Subject
    wrong: Sequence[LinkFact]
    titles: Mapping[int, str]


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Links]:
    """The results for some units."""
    found: dict[int, list[LinkFact]] = {}
    for fact in facts_of(uow, asked.unit_ids):
        if fact.result in _WORDS:
            found.setdefault(fact.tenant_id, []).append(fact)
    ids = {fact.item_id for facts in found.values() for fact in facts}
    titles = {row.id: row.title for row in uow.session.execute(select(Item.id, Item.title).where(Item.id.in_(ids)))}
    for unit_id, subject in asked.subjects.items():
        yield Links(subject, found.get(unit_id, ()), titles)


def evaluate(facts: Links, _: Values, __: Moment) -> Iterator[Problem]:
    """One problem for each item with the number of its wrong links, named after the first in the order of addresses."""
    by_item: dict[int, LinkFact] = {}
    for link in sorted(facts.wrong, key=lambda one: (one.item_id, one.address)):
        by_item.setdefault(link.item_id, link)
    for item_id, link in by_item.items():
        number = sum(1 for one in facts.wrong if one.item_id == item_id)
        found = {
            "title": facts.titles.get(item_id, ""), "words": link.words or link.address, "address": link.address,
            "problem": _WORDS[link.result] + (f"等{number}处链接错误" if number > 1 else ""),
            "since": shanghai_date(link.since).isoformat(), "links": number,
        }  # fmt: skip
        yield Problem(WRONG, facts.subject.id, found, "item", item_id, url=f"/items/{item_id}")


FAMILY = Family(
    name="links", label="链接", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip
