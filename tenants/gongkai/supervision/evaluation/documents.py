"""Documents: late, with dates that cannot be, back-dated, incomplete, misnumbered, unmarked, empty or unreadable.

Rules SR-D1 to SR-D6 and SR-D8 of `supervision.md` section 6. What was taken down is not judged; items of an authorised
migration are exempt from D1, D3 and D4: their batch is the record.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from sqlalchemy import text

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED
from gongkai.core.richtext.plain import is_empty
from gongkai.core.text.document_numbers import check as check_number
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.checks import DOCUMENT_COLUMNS, REQUIRED, REQUIRED_FOR_DOCUMENTS
from gongkai.publishing.conspicuous import says_nothing
from gongkai.publishing.limits import GENERAL_WORKING_DAYS, SPECIAL_WORKING_DAYS, publication_limit
from gongkai.publishing.publication import GOES_ON
from gongkai.publishing.schemas import FIELD_LABELS
from gongkai.publishing.terms.checks import place_of
from gongkai.publishing.terms.texts import LOST
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Values
from gongkai.supervision.evaluation.items import masked, page_of, read_items

LATE, DATES, BACKDATED, INCOMPLETE, NUMBER, UNMARKED, UNREADABLE = (
    "SR-D1", "SR-D2", "SR-D3", "SR-D4", "SR-D5", "SR-D6", "SR-D8"
)  # fmt: skip
CODES = (LATE, DATES, BACKDATED, INCOMPLETE, NUMBER, UNMARKED, UNREADABLE)
OWN_ROUTES = ("chain", "intake")
"""Routes on which the system itself published, so that its clock is the first publication's."""
CANNOT_BE_OPENED = (ENCRYPTED, DAMAGED, LOST)
"""What keeps a reader from a file; a scan without text or a kind that we do not read opens well enough."""
_MOST_FILES = 3
_WANTED = REQUIRED + REQUIRED_FOR_DOCUMENTS


def _is_missing(name: str) -> str:
    return f"i.{name} IS NULL" if name.endswith("_date") else f"i.{name} = ''"


def _names(names: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


def _day(column: str) -> str:
    return f"CAST({column} AT TIME ZONE 'Asia/Shanghai' AS date)"


# What can be wrong: a working day is at least a day, so that whoever is late by working days is so by days.
_DATES_AND_FIELDS = f"""
SELECT i.id FROM item AS i JOIN content_column AS c ON c.id = i.column_id
WHERE {{scope}} AND c.tenant_id = ANY (CAST(:units AS bigint[])) AND (
    i.formed_date > {_day("i.published_at")}
    OR (i.entry_route <> 'migrated' AND (
        (NOT i.is_reprint AND {_day("i.published_at")} > coalesce(i.change_date, i.formed_date)
            + CASE WHEN c.template_code IN ({_names(SPECIAL_WORKING_DAYS)})
                THEN {min(SPECIAL_WORKING_DAYS.values())} ELSE {GENERAL_WORKING_DAYS} END)
        OR {" OR ".join(_is_missing(name) for name in REQUIRED)}
        OR (c.template_code IN ({_names(DOCUMENT_COLUMNS)})
            AND ({" OR ".join(_is_missing(name) for name in REQUIRED_FOR_DOCUMENTS)}))))
    OR (i.validity IN ({_names(GOES_ON)}) AND (i.valid_until < :today OR i.repealed_date <= :today)))
"""  # noqa: S608 - only names of our own constants are put in
_BACKDATED = f"""
SELECT i.id FROM item AS i LEFT JOIN item_version AS first
    ON first.tenant_id = ANY (CAST(:units AS bigint[])) AND first.item_id = i.id AND first.version = 1
WHERE {{scope}} AND i.entry_route IN ({_names(OWN_ROUTES)})
    AND coalesce(i.recorded_at, first.published_at) > i.published_at
"""  # noqa: S608 - only names of our own constants are put in
_MALFORMED = """
SELECT i.id FROM item AS i
WHERE {scope} AND i.document_number <> '' AND (i.document_number !~ :regular OR i.document_number LIKE '第%')
"""
# Item by item the number's index is asked; with the list of units beside it the planner goes through all of these.
# The earlier of two is right, as far as anybody can tell; a reprint keeps the number of what it reprints.
_SAME_NUMBER = """
o.tenant_id = i.tenant_id AND o.document_number = i.document_number AND o.document_number <> ''
    AND o.is_public AND o.id <> i.id AND o.title <> i.title AND NOT o.is_reprint AND NOT i.is_reprint
    AND (o.published_at, o.id) < (i.published_at, i.id)
    AND (o.document_number LIKE '%〔%'
        OR extract(year FROM coalesce(o.formed_date, o.published_at))
            = extract(year FROM coalesce(i.formed_date, i.published_at)))
"""
_REPEATED = f"""
SELECT i.id FROM item AS i WHERE {{scope}} AND EXISTS (
    SELECT 1 FROM item AS o WHERE o.tenant_id = ANY (CAST(:units AS bigint[])) AND {_SAME_NUMBER})
"""  # noqa: S608 - only names of our own constants are put in
_BLANK = f"""
SELECT i.id FROM item AS i JOIN version_text AS t
    ON t.tenant_id = ANY (CAST(:units AS bigint[])) AND t.item_id = i.id AND t.version_id = i.current_version_id
WHERE {{scope}} AND {says_nothing("t.")}
    AND NOT EXISTS (SELECT 1 FROM attachment AS a
        WHERE a.tenant_id = ANY (CAST(:units AS bigint[])) AND a.tenant_id = i.tenant_id AND a.item_id = i.id)
"""  # noqa: S608 - only names of our own constants are put in
# A file that is to be tried again may only have met a busy machine.
_FINALLY_UNREAD = "x.unread <> '[]' AND x.retry_at IS NULL"
_UNREAD = f"""
SELECT i.id FROM item AS i JOIN attachment AS a ON a.tenant_id = i.tenant_id AND a.item_id = i.id
JOIN extracted_text AS x ON x.tenant_id = a.tenant_id AND x.digest = a.digest
WHERE {{scope}} AND x.tenant_id = ANY (CAST(:units AS bigint[])) AND {_FINALLY_UNREAD}
"""  # noqa: S608 - only names of our own constants are put in
_PARTS = (_DATES_AND_FIELDS, _BACKDATED, _MALFORMED, _REPEATED, _BLANK, _UNREAD)
_DOCUMENTS = f"""
WITH suspect AS MATERIALIZED ({" UNION ".join(_PARTS)})
SELECT i.id, i.tenant_id, i.title, i.entry_route, i.is_reprint, i.formed_date, i.change_date, i.published_at, i.period,
    coalesce(i.recorded_at, first.published_at) AS recorded_at, c.template_code, i.document_number, i.validity,
    i.valid_until, i.repealed_date, current.hash AS digest,
    coalesce(i.refreshed_at, CASE WHEN i.change_kind IN ('content', 'static') THEN i.changed_at END) AS refreshed_at,
    array_remove(ARRAY[{", ".join(f"CASE WHEN {_is_missing(name)} THEN '{name}' END" for name in _WANTED)}], NULL)
        AS missing,
    (SELECT o.title FROM item AS o WHERE {_SAME_NUMBER} ORDER BY o.published_at, o.id LIMIT 1) AS same_number,
    CASE WHEN {says_nothing("t.")} THEN t.body_html END AS body_html,
    (SELECT count(*) FROM attachment AS a WHERE a.tenant_id = i.tenant_id AND a.item_id = i.id) AS files,
    (SELECT jsonb_agg(jsonb_build_array(a.filename, one.value ->> 'file', one.value ->> 'reason')
         ORDER BY a.sort_order, a.id, one.ordinality)
     FROM attachment AS a JOIN extracted_text AS x ON x.tenant_id = a.tenant_id AND x.digest = a.digest
     CROSS JOIN LATERAL jsonb_array_elements(x.unread) WITH ORDINALITY AS one
     WHERE a.tenant_id = i.tenant_id AND a.item_id = i.id AND {_FINALLY_UNREAD}) AS unread
FROM item AS i JOIN content_column AS c ON c.id = i.column_id
LEFT JOIN item_version AS first ON first.item_id = i.id AND first.version = 1
LEFT JOIN item_version AS current ON current.id = i.current_version_id
LEFT JOIN version_text AS t ON t.version_id = i.current_version_id
WHERE i.id = ANY (ARRAY(SELECT id FROM suspect))
"""  # noqa: S608 - only names of our own constants are put in
_REGULAR = "^[一-鿿]{1,15}〔(19|20)[0-9]{2}〕[1-9][0-9]{0,4}号$|^[一-鿿]{2,30}令第[1-9][0-9]{0,4}号$"
_ENDED = text(f"""
SELECT id FROM item WHERE is_public AND valid_until < :today AND validity IN ({_names(GOES_ON)})
UNION
SELECT id FROM item WHERE is_public AND repealed_date <= :today AND validity IN ({_names(GOES_ON)})
""")  # noqa: S608 - only names of our own constants are put in
# An item that changed its number, or went, had another's number before: its versions know it.
_NUMBERS_OF = text("""
WITH number AS (
    SELECT tenant_id, document_number FROM item WHERE id = ANY (CAST(:items AS bigint[]))
    UNION
    SELECT tenant_id, content ->> 'document_number' FROM item_version WHERE item_id = ANY (CAST(:items AS bigint[])))
SELECT i.id FROM number JOIN item AS i USING (tenant_id, document_number)
WHERE i.is_public AND i.document_number <> ''
""")


@dataclass(frozen=True, slots=True)
class Document:
    """A public item with what can be wrong with it.

    Attributes:
        route: how it came (`publishing.models.ENTRY_ROUTES`); `template` is the template of its column.
        published: the day that its page shows; of a collected item that of its source.
        recorded: the day on which the system first published it.
        refreshed: the day of the last change of content; None without one.
        changed: the day from which the limit runs instead of `formed`, where there is one.
        missing: names of required fields that are empty.
        same_number: title of the unit's earlier public item with the same number.
        body: its text where this seems to say nothing, None otherwise; `files` is the number of its attachments.
        unread: (attachment, file within it, reason) of what could not be read.
        digest: hash of the version that was looked at.
    """

    id: int
    unit_id: int
    title: str
    route: str
    template: str | None
    period: str
    published: date
    recorded: date | None = None
    refreshed: date | None = None
    formed: date | None = None
    changed: date | None = None
    is_reprint: bool = False
    missing: tuple[str, ...] = ()
    number: str = ""
    same_number: str | None = None
    validity: str = "in_force"
    valid_until: date | None = None
    repealed: date | None = None
    body: str | None = None
    files: int = 0
    unread: tuple[tuple[str, str, str], ...] = ()
    digest: str = ""


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Document]:
    """Those public items of some units with which something can be wrong."""
    found = read_items(uow, asked, _DOCUMENTS, today=asked.moment.today, regular=_REGULAR)
    return (_document(row) for row in found)


def _document(row: AnyRow) -> Document:
    return Document(
        id=row.id,
        unit_id=row.tenant_id,
        title=row.title,
        route=row.entry_route,
        template=row.template_code,
        period=row.period,
        published=shanghai_date(row.published_at),
        recorded=shanghai_date(row.recorded_at) if row.recorded_at else None,
        refreshed=shanghai_date(row.refreshed_at) if row.refreshed_at else None,
        formed=row.formed_date,
        changed=row.change_date,
        is_reprint=row.is_reprint,
        missing=tuple(row.missing),
        number=row.document_number,
        same_number=row.same_number,
        validity=row.validity,
        valid_until=row.valid_until,
        repealed=row.repealed_date,
        body=row.body_html,
        files=row.files,
        unread=tuple((name, member, reason) for name, member, reason in row.unread or ()),
        digest=row.digest or "",
    )


def moving(uow: UnitOfWork, moment: Moment) -> Collection[int]:
    """Items whose term has ended, or whose repeal has come, and which are not marked."""
    return uow.session.scalars(_ENDED, {"today": moment.today}).all()


def touched(uow: UnitOfWork, item_ids: Collection[int]) -> Collection[int]:
    """Public items with a number that one of these has, or had: which of two repeats the other hangs on both."""
    return uow.session.scalars(_NUMBERS_OF, {"items": list(item_ids)}).all()


def evaluate(facts: Document, values: Values, moment: Moment) -> Iterator[Problem]:
    """The problems of an item on the day."""
    yield from _late(facts, moment)
    yield from _backdated(facts, values)
    for rule, words in _conditions(facts, moment.today):
        known = {"title": masked(facts.title), **words, "digest": facts.digest}
        yield Problem(rule, facts.unit_id, known, "item", facts.id, url=page_of(facts.id))


def _event(rule: str, facts: Document, **evidence: str) -> Problem:
    known = {"title": masked(facts.title), **evidence}
    return Problem(rule, facts.unit_id, known, "item", facts.id, facts.period, page_of(facts.id))


def _late(facts: Document, moment: Moment) -> Iterator[Problem]:
    """条例 art. 26 binds who made the information, or got it from citizens: not who reprints it (art. 10)."""
    start = facts.changed or facts.formed
    if start is None or facts.is_reprint or facts.route == "migrated":
        return
    limit = publication_limit(moment.calendar, formed_date=start, template_code=facts.template)
    if facts.published > limit.due.date:
        yield _event(
            LATE, facts, formed=start.isoformat(), what="变更" if facts.changed else "形成",
            due=limit.due.date.isoformat(), published=facts.published.isoformat(),
        )  # fmt: skip


def _backdated(facts: Document, values: Values) -> Iterator[Problem]:
    if facts.route not in OWN_ROUTES or facts.recorded is None:
        return
    if (facts.recorded - facts.published).days > values.whole(BACKDATED, "days"):
        shown, known = facts.published.isoformat(), facts.recorded.isoformat()
        yield _event(BACKDATED, facts, published=shown, recorded=known)


def _conditions(facts: Document, today: date) -> Iterator[tuple[str, dict[str, str]]]:
    """Rule → what its sentence says."""
    shown, what = (facts.refreshed, "变更") if facts.refreshed else (facts.published, "公开")
    if facts.formed is not None and facts.formed > shown:
        problem = f"成文日期{facts.formed.isoformat()}晚于{what}日期{shown.isoformat()}"
        yield DATES, {"problem": problem}
    if facts.route != "migrated":
        wanted = REQUIRED + (REQUIRED_FOR_DOCUMENTS if facts.template in DOCUMENT_COLUMNS else ())
        if missing := [FIELD_LABELS[name] for name in wanted if name in facts.missing]:
            yield INCOMPLETE, {"missing": "、".join(missing)}
    if problem := _number(facts):
        yield NUMBER, {"problem": problem}
    if facts.validity in GOES_ON and (problem := _ended(facts, today)):
        yield UNMARKED, {"problem": problem}
    if problem := _unreadable(facts):
        yield UNREADABLE, {"problem": problem}


def _number(facts: Document) -> str:
    if not facts.number:
        return ""
    said = check_number(facts.number).problem
    if said:
        return f"文号“{facts.number}”：{said}"
    if facts.same_number is not None and not facts.is_reprint:
        return f"文号“{facts.number}”与本单位《{masked(facts.same_number)}》相同"
    return ""


def _ended(facts: Document, today: date) -> str:
    if facts.repealed is not None and facts.repealed <= today:
        return f"已于{facts.repealed.isoformat()}废止"
    if facts.valid_until is not None and facts.valid_until < today:
        return f"有效期至{facts.valid_until.isoformat()}，已届满"
    return ""


def _unreadable(facts: Document) -> str:
    if facts.body is not None and not facts.files and is_empty(facts.body):
        return "正文为空且没有附件"
    faults = [
        f"{place_of(masked(name), masked(member))}不能打开（{reason}）"
        for name, member, reason in facts.unread
        if reason in CANNOT_BE_OPENED
    ]
    more = f"等{len(faults)}处" if len(faults) > _MOST_FILES else ""
    return "；".join(faults[:_MOST_FILES]) + more


FAMILY = Family(
    name="documents", label="公开规范", codes=CODES, read=read, evaluate=evaluate, unit_of=attrgetter("unit_id"),
    over_items=True, moving=moving, touched=touched,
)  # fmt: skip
