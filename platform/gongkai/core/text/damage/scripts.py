"""Scripts: simplified and traditional in one text, and letters that only look like what they stand for."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, finding
from gongkai.core.text.folding import FOLDING, HAN, fold


class Script(StrEnum):
    """The script of a text as a whole: a trait that stays as it is, no damage."""

    SIMPLIFIED = "simplified"
    TRADITIONAL = "traditional"
    MIXED = "mixed"


SCRIPT_LABELS = {Script.SIMPLIFIED: "简体", Script.TRADITIONAL: "繁体", Script.MIXED: "简繁混用"}
_SMALL_SHARE = 20
_NAMES_ONLY = frozenset("昇邨喆堃淼甯飏祎氾陞濬燊綵勣菉仝澂堦")
"""Characters of personal and place names that are regular beside simplified ones （《通用规范汉字表》, 2013）."""
_LETTERS = dict(
    zip(
        "АВСЕНІКМОРТХаеосрхуіΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιν",
        "ABCEHIKMOPTXaeocpxyiABEZHIKMNOPTYXoiv",
        strict=True,
    )
)
_LOOKALIKE = "".join(_LETTERS)
_FOREIGN_LETTERS = re.compile(f"(?<=[{HAN}0-9A-Za-z])[{_LOOKALIKE}]+|[{_LOOKALIKE}]+(?=[{HAN}0-9A-Za-z])")
_CYRILLIC_WORD = re.compile("[\u0400-\u04ff]{3,}")
_DIGIT_LETTERS = str.maketrans("OoＯlI", "00011")
_NUMBER_WITH_LETTERS = re.compile("(?<![A-Za-z0-9])(?=[0-9OolI]*[OolI])[12][0-9OolI]{3}(?=年|〕|］|\\])")
_DIGITS = re.compile("[0-9０-９]{2,}")
_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]+")


def script_of(text: str) -> Script:
    """The script of a text: traditional or simplified when the other is less than one in twenty."""
    kinds = [_kind(character) for character in text]
    simplified, traditional = kinds.count(Script.SIMPLIFIED), kinds.count(Script.TRADITIONAL)
    few, many = sorted((simplified, traditional))
    if few * _SMALL_SHARE > many:
        return Script.MIXED
    return Script.TRADITIONAL if traditional > simplified else Script.SIMPLIFIED


def in_script(text: str, script: Script) -> str | None:
    """A simplified text in `script`; None where a character has several traditional forms."""
    if script is not Script.TRADITIONAL:
        return text
    forms = [_forms().get(character, (character,)) for character in text]
    return "".join(form[0] for form in forms) if all(len(form) == 1 for form in forms) else None


def find_mixed(text: str) -> Iterator[Finding]:
    """Characters of the other script, lookalikes from other alphabets, numbers of half- and full-width digits."""
    yield from _other_script(text)
    for match in _FOREIGN_LETTERS.finditer(text):
        if not _inside_word(text, match.start()):
            plain = "".join(_LETTERS[letter] for letter in match[0])
            reason = f"外文字母冒充“{plain}”，检索不到，也无法复制使用"
            yield finding(text, Damage.MIXED, match.span(), Certainty.CERTAIN, reason, plain)
    for match in _NUMBER_WITH_LETTERS.finditer(text):
        plain = match[0].translate(_DIGIT_LETTERS)
        yield finding(text, Damage.MIXED, match.span(), Certainty.CERTAIN, f"数字中混有字母，疑为“{plain}”", plain)
    for match in _DIGITS.finditer(text):
        plain = unicodedata.normalize("NFKC", match[0])
        if match[0].isascii() or not any(map(str.isascii, match[0])):
            continue
        yield finding(text, Damage.MIXED, match.span(), Certainty.LIKELY, "一个数中全角、半角数字混用", plain)
    for match in _RADICALS.finditer(text):
        plain = "".join(_ideograph(sign) for sign in match[0])
        reason = "此处是部首或兼容字符，不是通用汉字，检索不到"
        repair = plain if not _RADICALS.search(plain) else None
        yield finding(text, Damage.MIXED, match.span(), Certainty.CERTAIN, reason, repair)


def _ideograph(sign: str) -> str:
    """The ideograph of a radical; the folding alone would make ⼀ the digit 1."""
    compatible = unicodedata.normalize("NFKC", sign)
    return compatible if compatible != sign else FOLDING.get(sign, sign)


def _other_script(text: str) -> Iterator[Finding]:
    script = script_of(text)
    other = Script.SIMPLIFIED if script is Script.TRADITIONAL else Script.TRADITIONAL
    certainty = Certainty.LIKELY if script is Script.MIXED else Certainty.POSSIBLE
    words = "繁体" if other is Script.TRADITIONAL else "简体"
    start = None
    for at, character in enumerate(f"{text}\n"):
        if _kind(character) is other:
            start = at if start is None else start
        elif start is not None:
            run = text[start:at]
            repair = fold(run) if other is Script.TRADITIONAL else in_script(run, Script.TRADITIONAL)
            reason = f"正文中混有{words}字"
            yield finding(text, Damage.MIXED, (start, at), certainty, reason, repair)
            start = None


def _inside_word(text: str, start: int) -> bool:
    """Whether the letter belongs to a word of its own alphabet."""
    return any(match.start() <= start < match.end() for match in _CYRILLIC_WORD.finditer(text, max(0, start - 20)))


@lru_cache(maxsize=32768)
def _kind(character: str) -> Script | None:
    """The script that a character can belong to only; None where it is of both, or no character of text."""
    if not "\u4e00" <= character <= "\u9fff" or character in _NAMES_ONLY:
        return None
    simplified, traditional = _encodes(character, "gb2312"), _encodes(character, "big5")
    if simplified and not traditional:
        return Script.SIMPLIFIED
    changes = FOLDING.get(character, character) != character
    return Script.TRADITIONAL if traditional and not simplified and changes else None


@cache
def _forms() -> dict[str, tuple[str, ...]]:
    """Simplified character → its traditional forms, those of the standard set only."""
    found: dict[str, tuple[str, ...]] = {}
    for form, plain in FOLDING.items():
        if _kind(form) is Script.TRADITIONAL:
            found[plain] = (*found.get(plain, ()), form)
    for plain, forms in found.items():
        if _encodes(plain, "big5"):
            found[plain] = (plain, *forms)
    return found


def _encodes(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
