"""What every unit keeps right: its disclosure guide, and the yearly look at what it withholds (SR-G1 to SR-G3).

The guide says who answers and where （条例 art. 12）. When a unit was renamed is told by its periods, when its contact
changed by the audit; a guide that already says the new number or address need not be published again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle.queries import assessments_due
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Subject, Values
from gongkai.tenancy.kinds import profile

CHANGED, OLD, WITHHELD = "SR-G1", "SR-G2", "SR-G3"
CODES = (CHANGED, OLD, WITHHELD)
NAME, ADDRESS, PHONE = "机关名称", "办公地址", "联系电话"

_GUIDES = text("""
SELECT DISTINCT ON (tenant_id) tenant_id, published_at, effective_date,
    content ->> 'address' AS address, content ->> 'phone' AS phone
FROM disclosure_guide WHERE tenant_id = ANY (CAST(:units AS bigint[]))
ORDER BY tenant_id, version DESC
""")
_NAMES = text("""
SELECT tenant_id, valid_from FROM (
    SELECT tenant_id, valid_from, official_name,
        lag(official_name) OVER (PARTITION BY tenant_id ORDER BY valid_from, id) AS before
    FROM tenant_period WHERE tenant_id = ANY (CAST(:units AS bigint[]))) AS period
WHERE before <> official_name
ORDER BY tenant_id, valid_from
""")
# What a contact was changed to is what the next change found, and after the last one what it is now.
_CONTACTS = text("""
SELECT e.object_id AS tenant_id, e.at, e.detail -> 'before' -> 'contact' AS before,
    coalesce(lead(e.detail -> 'before' -> 'contact') OVER (PARTITION BY e.object_id ORDER BY e.id), t.contact) AS after,
    t.contact AS now
FROM audit_event AS e JOIN tenant AS t ON t.id = e.object_id
WHERE e.object_type = 'tenant' AND e.object_id = ANY (CAST(:units AS bigint[])) AND e.action = 'tenant.change'
    AND e.detail -> 'before' ? 'contact'
ORDER BY e.object_id, e.id
""")


@dataclass(frozen=True, slots=True)
class Guide:
    """The newest version of a unit's guide: when it was published, from when it holds, whom it tells to ask where."""

    published: date
    effective: date
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed （NAME, ADDRESS, PHONE） on a day, and what an address or a number is now."""

    day: date
    what: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Basics:
    """A unit, its newest guide if it has one, what changed of it, and days by which it had to assess withheld items."""

    subject: Subject
    guide: Guide | None = None
    changes: Sequence[Change] = ()
    assessments: Sequence[date] = ()


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Basics]:
    """The guides, changes and late assessments of some units."""
    units = {"units": asked.unit_ids}
    guides = {
        row.tenant_id: Guide(shanghai_date(row.published_at), row.effective_date, row.address or "", row.phone or "")
        for row in uow.session.execute(_GUIDES, units)
    }
    changes: dict[int, list[Change]] = {}
    for row in uow.session.execute(_NAMES, units):
        changes.setdefault(row.tenant_id, []).append(Change(row.valid_from, NAME))
    for row in uow.session.execute(_CONTACTS, units):
        changes.setdefault(row.tenant_id, []).extend(_contact_changes(row))
    late = assessments_due(uow, tenant_ids=asked.unit_ids, before=asked.moment.today)
    for unit_id, subject in asked.subjects.items():
        yield Basics(subject, guides.get(unit_id), changes.get(unit_id, ()), late.get(unit_id, ()))


def _contact_changes(row: Any) -> Iterator[Change]:
    """What was filled in for the first time is no change."""
    for key, what in (("address", ADDRESS), ("phone", PHONE)):
        before, after = row.before.get(key) or "", row.after.get(key) or ""
        if before and before != after:
            yield Change(shanghai_date(row.at), what, row.now.get(key) or "")


def evaluate(facts: Basics, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problems of a unit with its guide and what it withholds."""
    unit = facts.subject
    if unit.in_grace(moment.today):
        return
    if facts.guide is not None:
        yield from _of_guide(facts, facts.guide, values, moment)
    elif profile(unit.tenant_type).receives_requests and _is_late(unit.established, values, moment):
        yield Problem(OLD, unit.id, {"problem": "没有发布政府信息公开指南"}, url=_page(unit))
    late = [day for day in facts.assessments if day < moment.today]
    if late:
        evidence = {"number": len(late), "due": min(late).isoformat()}
        yield Problem(WITHHELD, unit.id, evidence, url="/work/withheld/")


def _of_guide(facts: Basics, guide: Guide, values: Values, moment: Moment) -> Iterator[Problem]:
    unit = facts.subject
    changes = sorted(
        (change for change in facts.changes if not _says(guide, change) and _is_late(change.day, values, moment)),
        key=lambda change: (change.day, change.what),
    )
    if changes:
        what = "、".join(dict.fromkeys(change.what for change in changes))
        yield Problem(CHANGED, unit.id, {"changed": changes[0].day.isoformat(), "what": what}, url=_page(unit))
    days = values.whole(OLD, "days")
    if (moment.today - guide.published).days > days:
        problem = f"公开指南{guide.published.isoformat()}发布，超过{days}天没有核对更新"
        yield Problem(OLD, unit.id, {"problem": problem}, url=_page(unit))


def _says(guide: Guide, change: Change) -> bool:
    """Whether a guide is of the time after a change, or already says what the change made of it."""
    said = {ADDRESS: guide.address, PHONE: guide.phone}.get(change.what, "")
    return max(guide.published, guide.effective) >= change.day or bool(said and said == change.now)


def _is_late(changed: date, values: Values, moment: Moment) -> bool:
    """Whether the working days have passed within which a guide follows a change, or a new unit has its first one."""
    due = moment.calendar.add_working_days(changed, values.whole(CHANGED, "days")).date
    return due < moment.today


def _page(unit: Subject) -> str:
    return f"/units/{unit.code}/guide/"


FAMILY = Family(
    name="basics", label="指南目录", codes=CODES, read=read, evaluate=evaluate,
)  # fmt: skip
