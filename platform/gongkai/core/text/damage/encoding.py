"""Encoding damage: text read in the wrong charset, replaced characters, entities that nobody resolved; and what is
there without being seen."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote_to_bytes

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, finding

_LOST = re.compile("[\ufffd]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]+")
_KNOWN = re.compile("锟斤拷(?:锟斤拷|锟斤|锟)*|烫{3,}|屯{3,}|锘(?=[锟?])")
_QUESTION_MARKS = re.compile("[?]{3,}|(?<=[一-鿿])[?]{2}(?=[一-鿿])")
_GBK_RUN = re.compile("[一-鿿℃€‚-„…‰′-″←-↓∈-∠□■◇◆○●《》〔〕【】〈〉「」『』、。，；：]{4,}")
_LATIN_RUN = re.compile(
    "[\u00a1-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a€™]{4,}"
)
_ENTITIES = re.compile("(?:&(?:#[0-9]{2,6}|#x[0-9a-fA-F]{2,5}|nbsp|amp|lt|gt|quot|[lr][ds]quo|mdash|middot|hellip);?)+")
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2}){3,}")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}){2,}")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SHORTEST_DECODED = 2


def find_encoding(text: str) -> Iterator[Finding]:
    """Replaced characters, mojibake with its reading where one exists, entities and escapes in plain sight."""
    for pattern, reason in (
        (_LOST, "此处文字已无法识别，请对照原件补齐"),
        (_PRIVATE, "此处是造字区字符，其他电脑上不能显示，请对照原件补齐"),
        (_KNOWN, "此处是编码错误产生的乱码，原文字已丢失"),
        (_QUESTION_MARKS, "此处文字被问号代替，请对照原件补齐"),
    ):
        for match in pattern.finditer(text):
            yield finding(text, Damage.ENCODING, match.span(), Certainty.CERTAIN, reason)
    for start, end, plain in _mojibake(text):
        yield finding(text, Damage.ENCODING, (start, end), Certainty.CERTAIN, f"乱码，应为“{plain}”", plain)
    for pattern, decoded in ((_ENTITIES, unescape), (_PERCENT, _percent), (_ESCAPES, _escaped)):
        for match in pattern.finditer(text):
            words = decoded(match[0])
            if words is not None and words != match[0]:
                reason, repair = "网页代码未转换为文字", words.replace("\xa0", "")
                yield finding(text, Damage.ENCODING, match.span(), Certainty.CERTAIN, reason, repair)


def find_hidden(text: str) -> Iterator[Finding]:
    """Characters that show nothing: zero-width ones, soft hyphens, marks of direction."""
    for match in _INVISIBLE.finditer(text):
        direction = _DIRECTION.search(match[0])
        reason = "此处有改变文字方向的不可见字符" if direction else "此处有不可见的零宽字符，影响检索和复制"
        yield finding(text, Damage.HIDDEN, match.span(), Certainty.CERTAIN, reason, "")


def _mojibake(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _GBK_RUN.finditer(text):
        yield from _longest(match, "gbk", ("utf-8",))
    for match in _LATIN_RUN.finditer(text):
        yield from _longest(match, "cp1252", ("utf-8", "gbk"))


def _longest(match: re.Match[str], written: str, meant: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    """The part of a run that reads as Chinese in the charset that was meant, up to three characters cut off at its
    ends, where punctuation of the sentence around it may stand."""
    run = match[0]
    for cut in range(4):
        for left in range(cut + 1):
            part = run[left : len(run) - (cut - left)]
            for charset in meant:
                plain = _read(part, written, charset)
                if plain is not None:
                    yield match.start() + left, match.start() + left + len(part), plain
                    return


def _read(part: str, written: str, meant: str) -> str | None:
    try:
        plain = part.encode(written).decode(meant)
        plain.encode("gb2312" if meant == "gbk" else "gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    han = sum("\u4e00" <= character <= "\u9fff" for character in plain)
    enough = han >= _SHORTEST_DECODED and han * 2 >= len(plain)
    return plain if enough and len(plain) < len(part) + (meant == "gbk") else None


def _percent(text: str) -> str | None:
    data = unquote_to_bytes(text)
    for charset in ("utf-8", "gbk"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return None


def _escaped(text: str) -> str | None:
    units = bytes.fromhex("".join(text.split("\\u")))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:
        return None
