"""Checks of content before the damage: terms and personal numbers in title, summary, text and attachments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.core.errors import Fault
from gongkai.core.text.personal_data import find_personal_data
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.schemas import FIELD_LABELS, ItemForm
from gongkai.publishing.terms.queries import TermSet, rules_for
from gongkai.publishing.terms.rules import Found, excerpt, find
from gongkai.publishing.terms.texts import AttachmentText, attachment_texts

MOST_PLACES = 5
"""A finding names so many places; the rest is counted."""
PERSONAL = {
    "identity_number": ("身份证号码", "block"),
    "bank_card": ("银行卡号", "block"),
    "mobile": ("手机号码", "warn"),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with the field of the editor it belongs to and its place in words （附件《名单.xlsx》工作表“一月”）."""

    field: str
    place: str
    text: str


def content_faults(
    uow: UnitOfWork, *, tenant_id: int, item_id: int, form: ItemForm, text: str, today: date
) -> list[Fault]:
    """What stands in an item that should not: by term, by kind of personal number, and files nobody could read."""
    files = attachment_texts(uow, tenant_id=tenant_id, item_id=item_id)
    return [
        *_terms(rules_for(uow, tenant_id=tenant_id), passages(form, text, files), today, form.formed_date),
        *_personal_data(passages_of(files)),
        *_unread(files),
    ]


def file_faults(
    uow: UnitOfWork, *, tenant_id: int, files: Sequence[AttachmentText], today: date, formed: date | None
) -> list[Fault]:
    """What stands in files that should not be public, and which of them nobody could read."""
    where = passages_of(files)
    terms = rules_for(uow, tenant_id=tenant_id)
    return [*_terms(terms, where, today, formed), *_personal_data(where), *_unread(files)]


def passages(form: ItemForm, text: str, files: Sequence[AttachmentText]) -> list[Passage]:
    """Everything that would be public of a working copy."""
    own = [("title", form.title), ("summary", form.summary), ("body_html", text)]
    return [*(Passage(name, FIELD_LABELS[name], said) for name, said in own), *passages_of(files)]


def passages_of(files: Sequence[AttachmentText]) -> list[Passage]:
    """The texts of attachments with their places."""
    return [
        Passage("attachment", f"{place_of(file.filename, part.file)}{part.place}", part.text)
        for file in files
        if file.extraction
        for part in file.extraction.parts
    ]


def place_of(filename: str, member: str = "") -> str:
    """An attachment, or a file within one, in words."""
    return f"附件《{filename}》" + (f"中的“{member}”" if member else "")


def find_in(terms: TermSet, passage: Passage, *, today: date, formed: date | None) -> list[Found]:
    """Findings of the terms in one passage."""
    return find(terms.rules, passage.text, today=today, formed=formed, known=terms.names)


def _terms(terms: TermSet, where: Sequence[Passage], today: date, formed: date | None) -> Iterator[Fault]:
    """A fault for each term, with the places where it stands; it belongs to the field where it stands first."""
    by_code: dict[str, list[tuple[Passage, Found]]] = {}
    for passage in where:
        for found in find_in(terms, passage, today=today, formed=formed):
            by_code.setdefault(found.code, []).append((passage, found))
    for code, hits in by_code.items():
        places = [f"{passage.place}：{excerpt(passage.text, hit.start, hit.end)}" for passage, hit in hits]
        first = hits[0]
        problem = f"{first[1].problem}，见{_some(places)}"
        yield Fault(first[0].field, problem, first[1].remedy, first[1].level, code)


def _personal_data(where: Sequence[Passage]) -> Iterator[Fault]:
    """SR-P1 in attachments; the same levels as in the text."""
    for passage in where:
        found = find_personal_data(passage.text)
        for kind, (label, level) in PERSONAL.items():
            hits = [hit.masked for hit in found if hit.kind == kind]
            if not hits:
                continue
            problem = f"{passage.place}中有{len(hits)}处疑似{label}（{'、'.join(hits[:3])}）"
            if level == "block":
                remedy = "请在附件处点击“隐去个人信息”，用副本代替原件，或删除该附件"
                yield Fault(passage.field, problem, remedy, "block", f"attachment_{kind}")
            else:
                remedy = "如为个人号码请隐去；确为办公电话的，请说明"
                yield Fault(passage.field, problem, remedy, "warn", f"attachment_{kind}")


def _unread(files: Sequence[AttachmentText]) -> Iterator[Fault]:
    """What nobody has looked into must be looked into by a person."""
    for file in files:
        if file.extraction is None:
            problem = f"{place_of(file.filename)}尚未检查"
            yield Fault(
                "attachment", problem, "请稍候再送审；急需送审的，请说明已人工核对", "warn", "attachment_waiting"
            )
            continue
        for one in file.extraction.unread:
            problem = f"{place_of(file.filename, one.file)}不能读取：{one.reason}"
            yield Fault("attachment", problem, "请人工核对有无不应公开的内容，并说明", "warn", "attachment_unread")


def _some(places: Sequence[str]) -> str:
    unique = list(dict.fromkeys(places))
    more = f"等{len(unique)}处" if len(unique) > MOST_PLACES else ""
    return "；".join(f"“{place}”" for place in unique[:MOST_PLACES]) + more
