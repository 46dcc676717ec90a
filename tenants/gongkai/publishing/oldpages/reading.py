"""A saved page (.html in UTF-8 or GBK, .txt): what stands on it, kept as it was found."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from gongkai.core.errors import Refused
from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.flat import flatten
from gongkai.core.richtext.plain import from_plain_text, to_text
from gongkai.core.richtext.sanitising import clean, sanitise
from gongkai.core.storage.names import extension_of
from gongkai.core.text.damage.findings import Lexicon
from gongkai.core.text.damage.foreign import find_foreign
from gongkai.publishing.oldpages.document import whole_text
from gongkai.publishing.oldpages.html_page import anatomy
from gongkai.publishing.oldpages.labels import Surroundings, moment, surroundings, trail_of

EXTENSIONS = ("html", "htm", "shtml", "txt")
LARGEST_PAGE = 2 * 1024 * 1024
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_-]{2,20})", re.IGNORECASE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CHINESE = frozenset({"gbk", "gb2312", "gb18030", "x-gbk", "gb_2312-80"})
_BINARY = re.compile(rb"\x00{2}|^\x89PNG|^\xff\xd8\xff|^%PDF|^PK\x03\x04|^\xd0\xcf\x11\xe0")
_UNSEEN = str.maketrans(dict.fromkeys("\u200b\ufeff", "\u2060"))
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HIGH_CONTROLS = re.compile("[\x80-\x9f]")
_NOT_IN_TITLE = ("。", "：", ":", "；", ";", "，", ",")
_TITLE_LENGTH = range(5, 81)
_HEAD_LINES = 12
_SITE = re.compile(r"\s*[-_|–—]+\s*[^-_|–—]{2,30}(?:网|网站|平台|政府|局|委员会|委|办公室|中心)\s*$")


@dataclass(slots=True)
class ReadPage:
    """What a page says.

    Attributes:
        head: the title in the browser's frame; `title` that of the information, empty where the page has none.
        labels: [label, value] pairs of its metadata table, `trail` the steps of its breadcrumb.
        body_html: sanitised.
        notes: what else was there and was not taken over, in words.
    """

    head: str = ""
    title: str = ""
    trail: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    body_html: str = ""
    published_at: datetime | None = None
    source_url: str = ""
    notes: list[str] = field(default_factory=list)


def read_page(data: bytes, filename: str) -> ReadPage:
    """Read a saved page.

    Raises:
        Refused: when the file is no page of text, or too large.
    """
    if extension_of(filename) not in EXTENSIONS:
        raise Refused("不是网页文件，请上传 .html、.htm 或 .txt")
    if len(data) > LARGEST_PAGE:
        raise Refused("网页文件超过2 MB，请拆分或去除页面中的图片数据")
    if not data.startswith(_UTF_16) and _BINARY.search(data[:4096]):
        raise Refused("文件内容不是网页文字")
    text = _storable(_decoded(data))
    if not text.strip():
        raise Refused("文件是空的")
    try:
        return _read_text(text) if extension_of(filename) == "txt" else _read_html(text)
    except TextTooLong as error:
        raise Refused("网页正文过长，请将长表格或图片作为附件处理") from error


def _decoded(data: bytes) -> str:
    stated = _CHARSET.search(data[:4096])
    charset = stated[1].decode("ascii").lower() if stated else ""
    charsets = ["utf-8-sig", "gb18030"]
    if data.startswith(_UTF_16):
        charsets = ["utf-16"]
    elif charset in _CHINESE:
        # Pages of old sites claim one charset and are in the other; UTF-8 that decodes is UTF-8.
        charsets = ["utf-8-sig", "gb18030"] if _is_utf8(data) else ["gb18030", "utf-8-sig"]
    for name in charsets:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    fallback = "gb18030" if charset in _CHINESE else "utf-8"
    return data.decode(fallback, errors="replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _storable(text: str) -> str:
    """Text that the sanitiser leaves whole: invisible spaces become one that it keeps, so that they are found;
    controls what Windows shows for them; what nothing can store the sign for a lost character."""
    text = _HIGH_CONTROLS.sub(lambda found: _windows(found[0]), text.translate(_UNSEEN))
    return _CONTROLS.sub("\ufffd", text)


def _windows(control: str) -> str:
    try:
        return control.encode("latin-1").decode("cp1252")
    except UnicodeDecodeError:
        return "\ufffd"


def _read_html(source: str) -> ReadPage:
    found = anatomy(source)
    start, end = found.body
    cleaned = clean(source[start:end])
    around = surroundings(to_text(sanitise(f"{source[:start]} {source[end:]}")).split("\n"))
    inside = surroundings(to_text(cleaned.html).split("\n")[:_HEAD_LINES])
    stated = moment(found.metadata.get("pubdate", ""))
    page = ReadPage(
        head=found.head,
        title=_one_line(found.title or _SITE.sub("", found.head)),
        trail=around.trail or inside.trail,
        labels=around.labels or inside.labels,
        body_html=cleaned.html,
        published_at=stated or around.known_time or inside.known_time,
        source_url=found.address if found.address.startswith(("http://", "https://")) else "",
    )
    if any("隐藏文字" in notice for notice in cleaned.notices):
        page.notes.append("原网页正文中有隐藏文字，没有带入，请对照原网页核对。")
    _note_advertising(page, found.words)
    return page


def _read_text(source: str) -> ReadPage:
    lines = [line.strip(" \t\u3000\xa0\r") for line in source.splitlines()]
    lines = [line for line in lines if line]
    head = lines[0] if _is_title(lines[0]) else ""
    top = lines[1 if head else 0 : _HEAD_LINES]
    found = surroundings(top)
    title = head
    following = _following(found, top)
    if following and _is_title(following):
        title = following
        found.rest.remove(following)
    below = lines[(1 if head else 0) + len(top) :]
    page = ReadPage(
        head=head,
        title=_one_line(title),
        trail=found.trail,
        labels=found.labels,
        body_html=from_plain_text("\n".join([*found.rest, *below])),
        published_at=found.known_time,
    )
    _note_advertising(page, source)
    return page


def _following(found: Surroundings, lines: list[str]) -> str:
    """The line behind breadcrumb and table, where a title stands; empty where there is neither."""
    if not (found.trail or found.labels):
        return ""
    last = max(at for at, line in enumerate(lines) if line not in found.rest)
    return lines[last + 1] if last + 1 < len(lines) else ""


def _is_title(line: str) -> bool:
    return len(line) in _TITLE_LENGTH and not line.endswith(_NOT_IN_TITLE) and not trail_of(line) and "。" not in line


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _note_advertising(page: ReadPage, words: str) -> None:
    """Advertising that stands outside of what was read: in the frame's title, in hidden text, in keywords."""
    taken = _advertising(whole_text(page.title, page.labels, flatten(page.body_html).text))
    if (whole := _advertising(words)) > taken:
        page.notes.append(f"网页的标题栏、隐藏文字或链接中另有{whole - taken}处广告类文字，没有带入，网页疑被篡改。")


def _advertising(text: str) -> int:
    return sum(1 for line in text.split("\n") for _ in find_foreign(line, Lexicon()))
