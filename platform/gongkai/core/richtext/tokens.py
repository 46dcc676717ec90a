"""A tokeniser for HTML as people paste it: linear in time, never fails, knows no document structure.

It follows the tokenisation of the HTML standard (section 13.2.5) where that matters for pasted text, and is
kinder where the standard would swallow the rest of the text (an attribute whose quote is never closed). What
it makes of hostile input does not matter for safety: the builder writes its output anew from an allow list.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.entities import html5
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([a-zA-Z][^ \t\n\r\f/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\r\f/]*+
    (?: (?P<end>>)
      | (?P<name>[^ \t\n\r\f/>][^ \t\n\r\f/>=]*+)
        (?: [ \t\n\r\f]*+ = [ \t\n\r\f]*+
            (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>[^ \t\n\r\f>"'][^ \t\n\r\f>]*+)? )
        )?
    )""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(r"--!?>")
_ENTITY = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*)[;=]?")
# Longer than any code point; int() refuses very long digit strings.
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
# Characters that neither XML nor PostgreSQL stores, and zero-width ones that break search.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\ufeff\ufffe\uffff\ud800-\udfff]")

# Dropped with their content. Unclosed, the first group swallows the rest, as in a browser.
_RAW_TEXT = frozenset({"script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"})
_FOREIGN = frozenset({"svg", "math", "xml", "template", "select", "datalist", "object", "applet"})
_FOREIGN |= {"audio", "video", "canvas"}


class Start(NamedTuple):
    """A start tag; the name and the attribute names are in lower case, values are unescaped."""

    name: str
    attributes: Mapping[str, str]


class End(NamedTuple):
    """An end tag."""

    name: str


class Text(NamedTuple):
    """Characters between tags, unescaped."""

    text: str


def tokens(html: str) -> Iterator[Start | End | Text]:
    """Tags and text of `html`, without comments, scripts, styles, XML islands and foreign content."""
    position = 0
    unclosed: set[str] = set()
    while True:
        mark = html.find("<", position)
        if mark < 0:
            break
        if mark > position:
            yield _text(html[position:mark])
        tag = _TAG.match(html, mark)
        if tag is None:
            if html.startswith(("<!", "<?", "</"), mark):
                position = _after_markup(html, mark)
            else:
                yield Text("<")
                position = mark + 1
            continue
        name = tag[2].lower()
        attributes, position = _attributes(html, tag.end())
        if tag[1]:
            yield End(name)
        elif name in _RAW_TEXT or name in _FOREIGN:
            position = _after_content(html, name, position, unclosed)
        elif ":" not in name or not html.startswith("/>", position - 2):
            # An empty XML element of Office, as in <v:stroke/>, opens nothing.
            yield Start(name, attributes)
    if position < len(html):
        yield _text(html[position:])


def _after_markup(html: str, mark: int) -> int:
    """Past a comment, a conditional comment of Word, a declaration or a processing instruction."""
    if html.startswith("<!--", mark):
        # From the second dash on, so that <!--> and <!---> are empty comments.
        end = _COMMENT_END.search(html, mark + 2)
        return end.end() if end else len(html)
    closing = html.find(">", mark)
    return closing + 1 if closing >= 0 else len(html)


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(html, position):
        position = found.end()
        if found["end"]:
            return attributes, position
        value = found["double"] or found["single"] or found["bare"] or ""
        attributes.setdefault(found["name"].lower(), _attribute_value(value))
    return attributes, len(html)


def _after_content(html: str, name: str, position: int, unclosed: set[str]) -> int:
    if name in unclosed or html.startswith("/>", position - 2):
        return position if name in _FOREIGN else len(html)
    end = re.compile(rf"</{name}(?=[ \t\n\r\f/>])[^>]*+>?", re.IGNORECASE).search(html, position)
    if end:
        return end.end()
    unclosed.add(name)
    return position if name in _FOREIGN else len(html)


def _text(raw: str) -> Text:
    return Text(_characters(unescape(_HUGE_REFERENCE.sub("\ufffd", raw))) if "&" in raw else _characters(raw))


def _attribute_value(raw: str) -> str:
    if "&" in raw:
        raw = _ENTITY.sub(_attribute_entity, _HUGE_REFERENCE.sub("\ufffd", raw))
    return _characters(raw)


def _attribute_entity(found: re.Match[str]) -> str:
    """In an attribute `&copy=1` is a query parameter, not a copyright sign (standard, section 13.2.5.73)."""
    reference = found[0]
    if reference.startswith("&#") or (not reference.endswith("=") and reference[1:] in html5):
        return unescape(reference)
    return reference


def _characters(text: str) -> str:
    return _UNSTORABLE.sub("", text)
