"""The prose of a circular: paragraphs in which every figure and unit list is a token that no edit can alter.

A paragraph's text holds tokens in braces, `共发布政府信息{发布总数}条`. Their values come from the snapshot each
time the text is shown, so the official moves words around them but cannot change what they say. An edit must keep
each token of the drafted paragraph, may not write figures or units by hand beside them, and a paragraph goes only
with a reason.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from gongkai.core.errors import Fault

TOKEN = re.compile(r"\{([^{}\n]*)\}")
LONGEST_PARAGRAPH = 1500
FREE_SECTIONS = frozenset({"requirements"})
"""Sections in which the office may write numbers by hand: dates and steps of what it demands."""

_REFERENCES = re.compile("(?:附?表|附件)[0-9]+")
_DIGITS = re.compile("[0-9０-９]+(?:[.,，．][0-9０-９]+)*")
_SEPARATELY = re.compile("分别(?:为|是|有|占|达|完成|发布)|各为")
_SENTENCE_END = re.compile("[。；\n]")
_COUNTED = re.compile("[〇零一二两三四五六七八九十百千万几]+(?:余|多)?(?:家|条|件|项|场|个月|个百分点|成|%|％)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a token's text; `path` is the page that stands behind it."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A locked value; `public` replaces it in a version that names no unit, None where nothing is named."""

    parts: tuple[Part, ...]
    public: str | None = None

    @property
    def text(self) -> str:
        """The value as it is printed."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class DraftParagraph:
    """A drafted paragraph: its stable id, text with tokens, and the second-level heading above it, if any."""

    id: str
    text: str
    heading: str = ""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Names of its tokens, in order."""
        return tuple(TOKEN.findall(self.text))


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A first-level heading (empty for the opening) with its paragraphs."""

    id: str
    title: str
    paragraphs: tuple[DraftParagraph, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted circular: title, sections, and the values of all tokens."""

    title: str
    sections: tuple[DraftSection, ...]
    tokens: Mapping[str, Token]

    def paragraph(self, paragraph_id: str) -> tuple[DraftSection, DraftParagraph] | None:
        """A paragraph with its section; None for an unknown id."""
        for section in self.sections:
            for paragraph in section.paragraphs:
                if paragraph.id == paragraph_id:
                    return section, paragraph
        return None


@dataclass(frozen=True)
class Edit:
    """What an official made of a paragraph, and the drafted text that it was made from."""

    text: str
    drafted: str


@dataclass(frozen=True)
class Prose:
    """An official's changes: paragraph id → edit, and paragraph id → reason why it is left out."""

    edits: Mapping[str, Edit] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)


_ADAPTER = TypeAdapter(Prose)


def prose_to_json(prose: Prose) -> dict[str, Any]:
    """The changes with JSON types only."""
    plain: dict[str, Any] = _ADAPTER.dump_python(prose, mode="json")
    return plain


def prose_from_json(stored: Mapping[str, Any]) -> Prose:
    """Stored changes."""
    return _ADAPTER.validate_python(stored)


def holds(edit: Edit, paragraph: DraftParagraph) -> bool:
    """Whether an edit still fits what is drafted now: the same tokens, wherever they stand."""
    return Counter(TOKEN.findall(edit.text)) == Counter(paragraph.tokens)


def current_text(prose: Prose, paragraph: DraftParagraph) -> str:
    """The paragraph's text with tokens: the official's where it still fits, else the drafted one; empty if left out."""
    if paragraph.id in prose.removed:
        return ""
    edit = prose.edits.get(paragraph.id)
    return edit.text if edit is not None and holds(edit, paragraph) else paragraph.text


def outdated(draft: Draft, prose: Prose) -> list[tuple[str, Edit]]:
    """Edits that no longer fit, because figures were locked anew or units left out: paragraph id and edit."""
    found = []
    for paragraph_id, edit in prose.edits.items():
        place = draft.paragraph(paragraph_id)
        if place is None or not holds(edit, place[1]):
            found.append((paragraph_id, edit))
    return found


def clean_edit(text: str) -> str:
    """What a textarea sends, as paragraphs: one line each, trimmed, without empty lines."""
    lines = (line.strip(" \t\u3000") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def check_edit(
    draft: Draft, paragraph_id: str, text: str, *, names: Collection[str], named: Collection[str]
) -> list[Fault]:
    """What is wrong with an edit of a paragraph.

    `names` are the short names of all units, `named` those that the circular names; the demands may repeat the latter.
    """
    place = draft.paragraph(paragraph_id)
    if place is None:
        return [Fault(paragraph_id, "该段落已不在通报中", "请刷新页面后重新编辑")]
    section, paragraph = place
    faults = list(_token_faults(paragraph, text))
    literal = TOKEN.sub("", text)
    if "{" in literal or "}" in literal:
        faults.append(Fault(paragraph_id, "花括号不完整", "锁定数据应保留成“{名称}”的形式，请恢复"))
    if len(text) > LONGEST_PARAGRAPH:
        faults.append(Fault(paragraph_id, f"段落过长（{len(text)}字）", f"请控制在{LONGEST_PARAGRAPH}字以内"))
    faults.extend(_misplaced_rates(draft, paragraph, text))
    if section.id not in FREE_SECTIONS:
        faults.extend(_figures_by_hand(paragraph, literal))
        faults.extend(_parts_by_hand(paragraph, text))
    allowed = set(named) if section.id in FREE_SECTIONS else set()
    drafted = TOKEN.sub("", paragraph.text)
    by_hand = [name for name in names if len(name) > 1 and name in literal and name not in drafted]
    refused = [name for name in _longest(by_hand) if name not in allowed]
    if refused:
        problem = f"手工写入了单位名称“{refused[0]}”"
        faults.append(Fault(paragraph_id, problem, "点名单位只能来自锁定数据，请在“存在问题”步骤中增减"))
    return faults


def _token_faults(paragraph: DraftParagraph, text: str) -> Iterator[Fault]:
    wanted, found = Counter(paragraph.tokens), Counter(TOKEN.findall(text))
    for name in wanted - found:
        yield Fault(
            paragraph.id, f"缺少锁定数据“{{{name}}}”", "可以移动位置，不能删除；不需要整段时请选择“不采用”并说明理由"
        )
    for name in found - wanted:
        problem = f"“{{{name}}}”重复或不属于本段"
        yield Fault(paragraph.id, problem, "请删除多出的一处，每项锁定数据在本段只出现一次")


def _figures_by_hand(paragraph: DraftParagraph, literal: str) -> Iterator[Fault]:
    drafted = _REFERENCES.sub("", TOKEN.sub("", paragraph.text))
    written = _REFERENCES.sub("", literal)
    for pattern in (_DIGITS, _COUNTED):
        for found in Counter(pattern.findall(written)) - Counter(pattern.findall(drafted)):
            remedy = "正文中的数字只能来自锁定数据，请删除或改用不含数字的表述"
            yield Fault(paragraph.id, f"手工写入了数字“{found}”", remedy)
            return


def _misplaced_rates(draft: Draft, paragraph: DraftParagraph, text: str) -> Iterator[Fault]:
    """A rate stays behind the count that it was made from: moved elsewhere it would be said of another."""
    wanted, found = (dict(zip(names[1:], names, strict=False)) for names in (paragraph.tokens, TOKEN.findall(text)))
    for name, count in wanted.items():
        if "%" in draft.tokens[name].text and name in TOKEN.findall(text) and found.get(name) != count:
            problem = f"“{{{name}}}”没有跟在“{{{count}}}”之后"
            yield Fault(paragraph.id, problem, "比率须紧跟得出它的数，请把两者一起移动")


def _parts_by_hand(paragraph: DraftParagraph, text: str) -> Iterator[Fault]:
    """分别为 introduces parts that sum to what stands before it; only the draft knows that they do."""
    if Counter(_parts(text)) - Counter(_parts(paragraph.text)):
        yield Fault(paragraph.id, "“分别为”引出的各项不是锁定数据中相加等于总数的各项", "请恢复原文，或者改用“其中”")


def _parts(text: str) -> Iterator[tuple[str, ...]]:
    """The tokens that each 分别为 (是, 有, 占 …) introduces, after the one that stands before it."""
    for found in _SEPARATELY.finditer(text):
        before = TOKEN.findall(text[: found.start()])[-1:]
        sentence = _SENTENCE_END.split(text[found.end() :], maxsplit=1)[0]
        yield (*before, *TOKEN.findall(sentence))


def _longest(names: Sequence[str]) -> list[str]:
    """Names that are not merely part of another found name."""
    return [name for name in names if not any(name != other and name in other for other in names)]


def fill(text: str, tokens: Mapping[str, Token], *, public: bool = False) -> Iterator[Part]:
    """The text with its values in place, as stretches with their pages; `public` names no unit.

    Raises:
        KeyError: for a token that the draft does not know, which no stored text can hold.
    """
    position = 0
    for match in TOKEN.finditer(text):
        token = tokens[match[1]]
        before = text[position : match.start()]
        shown = (Part(token.public),) if public and token.public is not None else token.parts
        if public and token.public == "":
            before = before.removesuffix("：")
        yield from (part for part in (Part(before), *shown) if part.text)
        position = match.end()
    if position < len(text):
        yield Part(text[position:])


def plain(text: str, tokens: Mapping[str, Token]) -> str:
    """The text with its values in place."""
    return "".join(part.text for part in fill(text, tokens))
