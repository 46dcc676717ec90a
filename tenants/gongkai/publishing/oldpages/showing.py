"""A page as its screen shows it: the text with its damaged places marked, each beside its proposal and decision."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from gongkai.core.richtext.flat import Mark
from gongkai.core.text.damage.findings import CERTAINTY_LABELS, DAMAGE_LABELS, Damage, Finding
from gongkai.publishing.oldpages.document import Document
from gongkai.publishing.oldpages.models import CHOICE_LABELS, OldPageRepair

PAGE_SIZE = 50
_CONTEXT = 14


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding of the list: `number` from 0, the words around it, what may be done and what was decided."""

    number: int
    kind: str
    certainty: str
    reason: str
    before: str
    excerpt: str
    after: str
    repair: str | None
    repair_words: str
    must_change: bool
    repair_by: OldPageRepair | None


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of damage: how many places, how many undecided, how many of these have a proposal."""

    kind: str
    label: str
    total: int
    undecided: int
    proposed: int


@dataclass(frozen=True, slots=True)
class ShownText:
    """Title, [label, value] pairs and body with marks, as HTML."""

    title: Markup
    labels: list[tuple[Markup, Markup]]
    body: Markup


def shown_text(document: Document, findings: Sequence[Finding], repairs: Mapping[int, OldPageRepair]) -> ShownText:
    """The parts of a page with marks; a place that was decided shows what stood there and what stands there now."""
    marks = [_mark(number, found, repairs.get(number)) for number, found in enumerate(findings)]
    heads = [
        _marked(head, [mark for mark in marks if start <= mark.start < start + len(head)], start)
        for start, head in document.heads()
    ]
    first = document.body_start
    moved = [Mark(m.start - first, m.end - first, m.opening, m.closing) for m in marks if m.start >= first]
    labels = list(zip(heads[1::2], heads[2::2], strict=True))
    # The body is sanitised HTML, and the marks are ours.
    return ShownText(heads[0], labels, Markup(document.body.marked(moved)))  # noqa: S704


def kind_lines(findings: Sequence[Finding], repairs: Mapping[int, OldPageRepair]) -> list[KindLine]:
    """One line for each kind there is, in the order of `Damage`."""
    total, undecided, proposed = Counter[str](), Counter[str](), Counter[str]()
    for number, found in enumerate(findings):
        total[found.kind] += 1
        undecided[found.kind] += number not in repairs
        proposed[found.kind] += number not in repairs and found.repair is not None
    return [
        KindLine(kind, label, total[kind], undecided[kind], proposed[kind])
        for kind, label in DAMAGE_LABELS.items()
        if total[kind]
    ]


def shown_findings(
    text: str, findings: Sequence[Finding], repairs: Mapping[int, OldPageRepair], numbers: Sequence[int]
) -> list[ShownFinding]:
    """The findings of a list's page."""
    return [_shown(text, number, findings[number], repairs.get(number)) for number in numbers]


def listed_numbers(findings: Sequence[Finding], repairs: Mapping[int, OldPageRepair], kind: str) -> list[int]:
    """Numbers of the findings of a kind （all for an empty one）, the undecided first."""
    mine = [number for number, found in enumerate(findings) if not kind or found.kind == kind]
    return sorted(mine, key=lambda number: number in repairs)


def choice_words(repair: OldPageRepair) -> str:
    """What was decided, in words."""
    return CHOICE_LABELS[repair.choice]


def _shown(text: str, number: int, found: Finding, repair: OldPageRepair | None) -> ShownFinding:
    before, after = text[max(0, found.start - _CONTEXT) : found.start], text[found.end : found.end + _CONTEXT]
    return ShownFinding(
        number=number,
        kind=DAMAGE_LABELS[found.kind],
        certainty=CERTAINTY_LABELS[found.certainty],
        reason=found.reason,
        before=before.rpartition("\n")[2],
        excerpt=visible(found),
        after=after.partition("\n")[0],
        repair=found.repair,
        repair_words="删去" if found.repair == "" else f"改为“{found.repair}”",
        must_change=found.kind is Damage.FOREIGN and found.certainty == "certain",
        repair_by=repair,
    )


def visible(found: Finding) -> str:
    """An excerpt that can be seen: invisible characters by their codes."""
    if found.kind is not Damage.HIDDEN:
        return found.excerpt
    return "、".join(f"U+{ord(character):04X}" for character in found.excerpt)


def _mark(number: int, found: Finding, repair: OldPageRepair | None) -> Mark:
    kind = DAMAGE_LABELS[found.kind]
    state = " is-decided" if repair else ""
    link = Markup(
        '<a class="damage-number" href="?finding={0}#finding-{0}"><span class="vh">第</span>{0}'
        '<span class="vh">处，{1}，{2}</span></a>'
    ).format(number + 1, kind, "已决定" if repair else found.reason)
    opening, closing = f'<mark class="damage damage-{found.kind}{state}">', f"{link}</mark>"
    if repair and repair.before != repair.after:
        opening, closing = f"{opening}<del>", f"</del>{Markup('<ins>{}</ins>').format(repair.after)}{closing}"
    return Mark(found.start, found.end, opening, closing)


def _marked(text: str, marks: Sequence[Mark], start: int) -> Markup:
    pieces, at = [], 0
    for mark in marks:
        words = escape(text[mark.start - start : mark.end - start])
        pieces += [escape(text[at : mark.start - start]), mark.opening, words, mark.closing]
        at = mark.end - start
    return Markup("".join([*pieces, escape(text[at:])]))  # noqa: S704 - escaped above, the marks are ours
