"""Items of real kinds: title, summary and body in the style of official documents."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gongkai.run.demo.kinds import Kind
from gongkai.run.demo.places import bodies
from gongkai.run.demo.units import UnitRow
from gongkai.run.demo.words import Words, chinese_date, office_name, pools

_NUMERALS = "一二三四五六七八九十"
_SUMMARY_LIMIT = 100
_LIVELIHOOD = {"xczx": "nyj", "jyly": "jytyj", "ylws": "wjj", "shbz": "ybj", "jycy": "rsj", "shjz": "mzj"}
_SIGNED = {"通知", "意见", "决定", "公告", "通告", "通报", "函", "公示"}


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one item and where it belongs; `norm` is the normative document it issues, if any."""

    column: str
    title: str
    summary: str
    body_html: str
    genre: str
    subject: str
    responsible_unit: str
    issuing_agency: str
    norm: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When an item is made, its number among its kind that year, and the document that it interprets, if any."""

    formed: date
    issue: int = 1
    norm: str = ""


def title_words(kind: Kind, unit: UnitRow, when: Occasion, rng: random.Random) -> tuple[str, Words]:
    """Return the column chosen and the words with the title drawn (`words["title"]`).

    Drawing the title alone is cheap, so that the caller may draw again until the title is new.
    """
    column = rng.choice(kind.columns) if len(kind.columns) > 1 else kind.columns[0]
    if unit.tenant_type not in ("township", "subdistrict_office") and column == "jzxx":
        column = "shjz"
    if unit.tenant_type in ("township", "subdistrict_office") and column == "shjz":
        column = "jzxx"
    body = bodies()[_LIVELIHOOD.get(column, unit.body) if kind.key == "msly" else unit.body]
    words = Words(unit, body, rng, when.formed)
    words["unit"] = _issuer(kind, unit)
    words["issue"] = words["batch"] = when.issue
    if when.norm:
        words["norm"] = when.norm
    titles = kind.gov_titles if kind.gov_titles and unit.tenant_type.endswith("_government") else kind.titles
    template = rng.choice(titles)
    words["title"] = template
    if kind.figures:
        words.update(kind.figures(words))
    words["title"] = words.fill(template)
    return column, words


def document(kind: Kind, column: str, words: Words) -> Document:
    """Return the item for words whose title is drawn."""
    unit = words.unit
    body_html = "".join(_paragraphs(kind, words)) + _signature(kind, words)
    return Document(
        column=column,
        title=words["title"],
        summary=_fit(words.fill(words.rng.choice(kind.summary))),
        body_html=body_html,
        genre=kind.genre,
        subject=kind.subject or words.body.subject,
        responsible_unit=words["office"],
        issuing_agency=_issuer(kind, unit),
        norm=words["norm"] if kind.key == "gfxwj" else "",
    )


def _issuer(kind: Kind, unit: UnitRow) -> str:
    """Governments issue numbered 办 and 函 documents through their office."""
    if unit.tenant_type.endswith("_government") and kind.number in ("办", "函"):
        return f"{unit.official_name}办公室"
    return unit.official_name


def _fit(text: str) -> str:
    return text if len(text) <= _SUMMARY_LIMIT else text[: _SUMMARY_LIMIT - 2].rstrip("，、；") + "等。"


def _paragraphs(kind: Kind, words: Words) -> Iterator[str]:
    headings = 0
    for block in kind.blocks:
        text = words.rng.choice(block) if isinstance(block, list) else block
        if text.startswith("?"):
            if words.rng.random() < 0.4:
                continue
            text = text[1:]
        if text.startswith("# "):
            yield f"<h3>{_NUMERALS[headings]}、{words.fill(text[2:])}</h3>"
            headings += 1
        elif text.startswith("## "):
            yield f"<h2>{words.fill(text[3:])}</h2>"
        elif text == "@table":
            yield words["table"]
        elif text.startswith("@"):
            yield from _LISTS[text](words)
        else:
            yield f"<p>{words.fill(text)}</p>"


def _points(words: Words) -> Iterator[str]:
    yield from _expanded(words, pools()["expand"])


def _points_done(words: Words) -> Iterator[str]:
    yield from _expanded(words, pools()["done"])


def _points_plain(words: Words) -> Iterator[str]:
    for numeral, key in zip(_NUMERALS, ("p1", "p2", "p3"), strict=False):
        yield f"<p>（{numeral}）{words[key]}。</p>"


def _expanded(words: Words, pool: list[str]) -> Iterator[str]:
    """Yield the three points of the topic, each with another sentence of the pool."""
    ways = words.rng.sample(pool, 3)
    for numeral, key, way in zip(_NUMERALS, ("p1", "p2", "p3"), ways, strict=False):
        yield f"<p>（{numeral}）{words[key]}。{words.fill(way)}</p>"


def _many_topics(words: Words) -> Iterator[str]:
    chosen = words.rng.sample(words.body.topics, min(4, len(words.body.topics)))
    for numeral, (name, *points) in zip(_NUMERALS, chosen, strict=False):
        yield f"<p>（{numeral}）抓好{name}。{'；'.join(points)}。</p>"


def _duties(words: Words) -> Iterator[str]:
    for numeral, duty in zip(_NUMERALS, words.body.duties, strict=False):
        yield f"<p>（{numeral}）{duty}。</p>"
    yield f"<p>具体业务由{office_name(words.unit, words.body.offices[-1])}等内设机构承担。</p>"


_LISTS = {
    "@points": _points,
    "@points_done": _points_done,
    "@points_plain": _points_plain,
    "@many_topics": _many_topics,
    "@duties": _duties,
}


def _signature(kind: Kind, words: Words) -> str:
    if kind.genre not in _SIGNED:
        return ""
    note = "<p>（此件公开发布）</p>" if kind.number else ""
    return f"<p>{_issuer(kind, words.unit)}</p><p>{chinese_date(words.formed)}</p>{note}"
