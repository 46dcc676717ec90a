"""Pinyin of the names of places and bodies: a key to sort by, initials to type."""

import re
import unicodedata

from pypinyin import lazy_pinyin

from gongkai.core.text.folding import HAN

_PART = re.compile(f"[{HAN}]+|[a-z0-9]+")

_READINGS = {
    "成长": "cheng zhang",
    "增长": "zeng zhang",
    "生长": "sheng zhang",
    "家长": "jia zhang",
    "校长": "xiao zhang",
    "院长": "yuan zhang",
    "长子县": "zhang zi xian",
    "省长办": "sheng zhang ban",
    "州长办": "zhou zhang ban",
    "市长办": "shi zhang ban",
    "县长办": "xian zhang ban",
    "区长办": "qu zhang ban",
    "市长热线": "shi zhang re xian",
    "市长信箱": "shi zhang xin xiang",
    "县长热线": "xian zhang re xian",
    "县长信箱": "xian zhang xin xiang",
    "长": "chang",
    "重庆": "chong qing",
    "重阳": "chong yang",
    "人行": "ren hang",
    "分行": "fen hang",
    "支行": "zhi hang",
    "商行": "shang hang",
    "太行": "tai hang",
    "协调": "xie tiao",
    "调解": "tiao jie",
    "调控": "tiao kong",
    "调节": "tiao jie",
    "调处": "tiao chu",
    "都": "du",
    "勐": "meng",
    "曾": "zeng",
    "什": "shi",
    "佛": "fo",
    "浚县": "xun xian",
    "洪洞": "hong tong",
    "单县": "shan xian",
    "漯河": "luo he",
    "宕昌": "tan chang",
    "筠连": "jun lian",
    "繁峙": "fan shi",
    "会稽": "kuai ji",
    "解州": "xie zhou",
    "覃塘": "qin tang",
    "莘庄": "xin zhuang",
    "吴堡": "wu bu",
    "大埔": "da bu",
}
"""Readings of names that the dictionary of everyday words gets wrong or leaves to chance. 长, 都, 曾, 什 and
佛 are read as in place names unless a longer entry says otherwise."""

_OVERRIDE = re.compile("|".join(sorted(_READINGS, key=len, reverse=True)))


def _read(name: str) -> list[tuple[str, str]]:
    """Characters with their syllable, words of letters and digits with themselves; the rest is left out."""
    readings: list[tuple[str, str]] = []
    for part in _PART.findall(unicodedata.normalize("NFKC", name).lower()):
        if part.isascii():
            readings.append((part, part))
            continue
        # A list keeps one entry for each unknown character: documented, but not in the annotation.
        syllables = lazy_pinyin(part, errors=list)  # type: ignore[arg-type]
        for match in _OVERRIDE.finditer(part):
            syllables[match.start() : match.end()] = _READINGS[match[0]].split(" ")
        readings += zip(part, syllables, strict=True)
    return readings


def pinyin_key(name: str) -> str:
    """Pinyin without tones, syllables parted by a space (财政局 is ``cai zheng ju``), ü as v.

    Sorts as bytes in the order of the syllables. Punctuation is left out, letters and digits are kept.
    """
    return " ".join(syllable for _, syllable in _read(name))


def initials(name: str) -> str:
    """First letter of each character's pinyin (财政局 is ``czj``); words of letters and digits whole."""
    return "".join(syllable if syllable == written else syllable[0] for written, syllable in _read(name))
