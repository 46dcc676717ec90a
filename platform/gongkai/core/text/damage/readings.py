"""Readings in brackets behind characters （結(jié)）, which scrapers of dictionaries and ruby text leave behind."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from pypinyin import Style, pinyin

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, finding
from gongkai.core.text.folding import HAN

_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
READING = re.compile(f"(?<=[{HAN}])[(（](?P<sound>[a-zü{_TONES}ɡ]{{1,6}})[)）]")
_BROKEN = re.compile(f"(?<=[{HAN}])[?？](?P<sound>[a-zü{_TONES}ɡ]{{1,6}})[)）]")
_KANA = re.compile(f"(?<=[{HAN}])[(（][\u3041-\u30ff]{{1,8}}[)）]")


def find_readings(text: str) -> Iterator[Finding]:
    """Readings behind the character they belong to （certain）, readings of another character, broken ones.

    Letters without tone marks count only when they are the character's own reading: （aqi）, （app） are none.
    """
    for match in READING.finditer(text):
        character, sound = text[match.start() - 1], match["sound"]
        own = _plain(sound) in _sounds(character)
        if not own and not _has_tone(sound):
            continue
        if own and len(sound) == 1 and not _has_tone(sound):
            continue
        certainty = Certainty.CERTAIN if own else Certainty.LIKELY
        reason = f"“{character}”字后括注了读音“{sound}”，系抓取网页时混入"
        yield finding(text, Damage.READING, match.span(), certainty, reason, "")
    for match in _BROKEN.finditer(text):
        if _has_tone(match["sound"]):
            reason = f"残留读音“{match['sound']}”，所注的字已丢失，请对照原件补齐"
            yield finding(text, Damage.READING, match.span(), Certainty.CERTAIN, reason)
    for match in _KANA.finditer(text):
        yield finding(text, Damage.READING, match.span(), Certainty.LIKELY, "汉字后括注了假名，系抓取网页时混入", "")


@lru_cache(maxsize=8192)
def _sounds(character: str) -> frozenset[str]:
    (readings,) = pinyin(character, style=Style.NORMAL, heteronym=True)
    return frozenset(reading.replace("v", "u").replace("ü", "u") for reading in readings)


def _plain(sound: str) -> str:
    """Letters without their marks."""
    decomposed = unicodedata.normalize("NFD", sound.replace("ɡ", "g"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _has_tone(sound: str) -> bool:
    return any(letter in _TONES for letter in sound)
