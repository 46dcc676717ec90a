"""Safety: published without a completed review for secrets, personal numbers in what the public reads.

Rules SR-S1 and SR-P1 of `supervision.md` section 6. Personal numbers are candidates that a person confirms; the
evidence shows them masked. What a person has explained at submission is not found again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import text

from gongkai.core.db import AnyRow
from gongkai.core.richtext.plain import to_text
from gongkai.core.text.personal_data import find_personal_data
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.conspicuous import LONG_NUMBER, holds_long_number
from gongkai.publishing.emergency.locks import hidden_files
from gongkai.publishing.schemas import FIELD_LABELS
from gongkai.publishing.steps import StepKind
from gongkai.publishing.terms.checks import PERSONAL, place_of
from gongkai.supervision.evaluation.base import Asked, Family, Moment, Problem, Values
from gongkai.supervision.evaluation.items import masked, page_of, read_items

UNREVIEWED, PERSONAL_DATA = "SR-S1", "SR-P1"
CODES = (UNREVIEWED, PERSONAL_DATA)
READ_AT_ONCE = 200
"""Items whose texts are held at a time."""
_MOST_SHOWN = 3
_MOST_PLACES = 5

# A published revision went through the chain as well; what an import brought has its batch for a record.
# The reviewed are gathered once: as a join the planner would compare each item with all steps of its unit.
_NOT_REVIEWED = f"""o.id NOT IN (
    SELECT s.item_id FROM item_step AS s
    WHERE s.tenant_id = ANY (CAST(:units AS bigint[]))
        AND s.step = '{StepKind.CONFIDENTIALITY}' AND s.action IN ('pass_review', 'approve'))"""  # noqa: S608 - only names of our own constants are put in
_UNREVIEWED = f"""
SELECT i.id FROM item AS i JOIN item AS o ON o.id = i.id
WHERE {{scope}} AND i.entry_route IN ('chain', 'intake') AND {_NOT_REVIEWED}
UNION
SELECT i.id FROM item AS i JOIN item AS o ON o.revises_id = i.id
WHERE {{scope}} AND o.tenant_id = ANY (CAST(:units AS bigint[])) AND o.state = 'published' AND {_NOT_REVIEWED}
"""  # noqa: S608 - only names of our own constants are put in
# `find_personal_data` judges what stands in them.
_NUMBERED = f"""
SELECT i.id FROM item AS i WHERE {{scope}} AND (i.title || '|' || i.summary) ~ :digits
UNION
SELECT i.id FROM item AS i JOIN version_text AS t
    ON t.tenant_id = ANY (CAST(:units AS bigint[])) AND t.item_id = i.id AND t.version_id = i.current_version_id
WHERE {{scope}} AND {holds_long_number("t.")}
UNION
SELECT file.id FROM file CROSS JOIN LATERAL (
    SELECT 1 FROM extracted_text AS x
    WHERE x.tenant_id = file.tenant_id AND x.digest = file.digest AND CAST(x.parts AS text) ~ :digits OFFSET 0) AS found
"""  # noqa: S608 - only our own condition is put in
# Looked up file by file: the texts of a unit are read once each, whatever the planner expects of the scope.
_FILES_OF = """
SELECT i.id, a.tenant_id, a.digest FROM item AS i JOIN attachment AS a ON a.item_id = i.id AND a.tenant_id = i.tenant_id
WHERE {scope} AND a.tenant_id = ANY (CAST(:units AS bigint[]))
"""
_ITEMS = f"""
WITH unreviewed AS MATERIALIZED ({_UNREVIEWED}), file AS MATERIALIZED ({_FILES_OF}),
numbered AS MATERIALIZED ({_NUMBERED})
SELECT i.id, i.tenant_id, i.title, i.summary, i.period, i.check_overrides, i.current_version_id,
    i.id IN (SELECT id FROM unreviewed) AS unreviewed, i.id IN (SELECT id FROM numbered) AS numbered
FROM item AS i WHERE i.id = ANY (ARRAY(SELECT id FROM unreviewed UNION SELECT id FROM numbered))
"""  # noqa: S608 - only names of our own constants are put in
_BODIES = text("""
SELECT v.id, v.item_id, v.hash, t.body_html
FROM item_version AS v LEFT JOIN version_text AS t ON t.version_id = v.id
WHERE v.id = ANY (CAST(:versions AS bigint[]))
""")
_FILES = text("""
SELECT a.tenant_id, a.item_id, a.filename, a.digest, part ->> 'file' AS member, part ->> 'place' AS place,
    part ->> 'text' AS said
FROM attachment AS a JOIN extracted_text AS x ON x.tenant_id = a.tenant_id AND x.digest = a.digest
CROSS JOIN LATERAL jsonb_array_elements(x.parts) WITH ORDINALITY AS one (part, place_in_file)
WHERE a.tenant_id = ANY (CAST(:units AS bigint[])) AND a.item_id = ANY (CAST(:items AS bigint[]))
    AND part ->> 'text' ~ :digits
ORDER BY a.item_id, a.sort_order, a.id, place_in_file
""")
_REASONS = text("""
SELECT revises_id, check_overrides FROM item
WHERE revises_id = ANY (CAST(:items AS bigint[])) AND state = 'published' AND check_overrides <> '{}'
ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that the public reads, its place in words, and whether it is that of an attachment."""

    place: str
    text: str
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A public item, whether its review is on record, and what stands in it.

    Attributes:
        passages: those texts of it that hold long numbers.
        explained: codes of the checks' findings that were explained with a reason when it was submitted.
        digest: hash of the version that was looked at.
    """

    id: int
    unit_id: int
    title: str
    period: str
    reviewed: bool = True
    passages: tuple[Passage, ...] = ()
    explained: frozenset[str] = frozenset()
    digest: str = ""


def read(uow: UnitOfWork, asked: Asked) -> Iterator[Reviewed]:
    """Those public items of some units whose review is not on record, or which hold long numbers."""
    rows = list(read_items(uow, asked, _ITEMS, digits=LONG_NUMBER))
    for first in range(0, len(rows), READ_AT_ONCE):
        some = rows[first : first + READ_AT_ONCE]
        numbered = [row for row in some if row.numbered]
        passages, digests = _passages(uow, numbered)
        reasons = _reasons(uow, numbered)
        for row in some:
            yield Reviewed(
                row.id, row.tenant_id, row.title, row.period, not row.unreviewed, tuple(passages.get(row.id, ())),
                reasons.get(row.id, frozenset()), digests.get(row.id, ""),
            )  # fmt: skip


def _passages(uow: UnitOfWork, rows: Sequence[AnyRow]) -> tuple[Mapping[int, list[Passage]], Mapping[int, str]]:
    """Item → what it says; item → hash of its version."""
    found = {
        row.id: [Passage(FIELD_LABELS["title"], row.title), Passage(FIELD_LABELS["summary"], row.summary)]
        for row in rows
    }
    digests = {}
    if rows:
        versions = [row.current_version_id for row in rows]
        for body in uow.session.execute(_BODIES, {"versions": versions}):
            digests[body.item_id] = body.hash
            if body.body_html:
                found[body.item_id].append(Passage(FIELD_LABELS["body_html"], to_text(body.body_html)))
        units = sorted({row.tenant_id for row in rows})
        hidden = hidden_files(uow, tenant_ids=units)
        for part in uow.session.execute(_FILES, {"units": units, "items": list(found), "digits": LONG_NUMBER}):
            if (part.tenant_id, part.digest) in hidden:
                continue
            place = f"{place_of(masked(part.filename), masked(part.member))}{part.place}"
            found[part.item_id].append(Passage(place, part.said, attached=True))
    return found, digests


def _reasons(uow: UnitOfWork, rows: Sequence[AnyRow]) -> Mapping[int, frozenset[str]]:
    """Item → what was explained of it, or of a revision that became its text."""
    found = {row.id: frozenset(row.check_overrides) for row in rows}
    if found:
        for item_id, reasons in uow.session.execute(_REASONS, {"items": list(found)}):
            found[item_id] |= frozenset(reasons)
    return found


def evaluate(facts: Reviewed, _values: Values, _moment: Moment) -> Iterator[Problem]:
    """The problems of an item."""
    title, page = masked(facts.title), page_of(facts.id)
    if not facts.reviewed:
        yield Problem(UNREVIEWED, facts.unit_id, {"title": title}, "item", facts.id, facts.period, page)
    if what := list(_personal_numbers(facts)):
        more = f"等{len(what)}处" if len(what) > _MOST_PLACES else ""
        evidence = {"title": title, "what": "、".join(what[:_MOST_PLACES]) + more, "digest": facts.digest}
        yield Problem(PERSONAL_DATA, facts.unit_id, evidence, "item", facts.id, url=page)


def _personal_numbers(facts: Reviewed) -> Iterator[str]:
    """Each kind of number in each passage, as the sentence names it, masked."""
    for passage in facts.passages:
        found = find_personal_data(passage.text)
        for kind, (label, _) in PERSONAL.items():
            code = f"attachment_{kind}" if passage.attached else kind
            shown = [hit.masked for hit in found if hit.kind == kind]
            if shown and code not in facts.explained:
                yield f"{label}{len(shown)}处（{passage.place}：{'、'.join(shown[:_MOST_SHOWN])}）"


FAMILY = Family(
    name="safety", label="安全保密", codes=CODES, read=read, evaluate=evaluate,
    unit_of=attrgetter("unit_id"), over_items=True,
)  # fmt: skip
