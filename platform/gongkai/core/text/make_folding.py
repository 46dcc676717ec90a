"""Writes ``folding.tsv``: ``python -m gongkai.core.text.make_folding``.

The result does not depend on the Python version: only characters of Unicode 3.2 and the later compatibility
ideographs are looked at, and their normal forms no longer change.
"""

import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

_LATER_COMPATIBILITY_IDEOGRAPHS = range(0xFA6B, 0xFADA)

_SAME = {
    "(": "（〔［[【〖〘〚﹝",
    ")": "）〕］]】〗〙〛﹞",
    '"': "“”„‟「」『』〝〞〟«»",
    "'": "‘’‚‛`´‹›",
    "-": "‐‑‒–—―−─━﹘",
    "~": "～〜∼",
    "·": "•‧・⋅∙・",
    " ": "\u200b\u200c\u200d\u2060\ufeff",
    "0": "〇零○◯",
    **dict(zip("123456789", "一二三四五六七八九", strict=True)),
}
"""Folded form and the characters written for it. ○ is what most texts carry in 二○一九; invisible characters
cannot be dropped without moving the offsets, so they separate like a space."""

_RADICALS = (
    "⺁厂⺄乙⺅亻⺆冂⺈刀⺉刂⺊卜⺌小⺍小⺎兀⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王"
    "⺪疋⺫罒⺬示⺭礻⺮竹⺯糹⺰纟⺱罓⺲罒⺶羊⺷羊⺸羊⺹耂⺺肀⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅"
    "⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
"""CJK Radicals Supplement, each followed by its ideograph. Text taken out of PDF files carries them, and NFKC
knows only two of them."""


def _dictionary(name: str) -> dict[str, list[str]]:
    text = files("opencc").joinpath("dictionary", name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line)
    return {key: values.split(" ") for key, values in rows}


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _opencc() -> dict[str, str]:
    """Single characters of OpenCC's tables: traditional and variant form to simplified form.

    Where OpenCC offers the character itself first (覆, 瞭, 藉), its other simplified form is taken: 答覆 must
    find 答复. Regional forms that are ordinary simplified characters of their own (著, 芸, 弁) stay.
    """
    to_simplified = _dictionary("TSCharacters.txt")
    steps = {key: next((v for v in values if v != key), key) for key, values in to_simplified.items()}
    simplified = set(steps.values())
    for simple, forms in _dictionary("STCharacters.txt").items():
        if simple not in simplified and steps.get(forms[0], simple) != simple:
            steps.setdefault(simple, steps[forms[0]])
        for form in forms:
            if form != simple:
                steps.setdefault(form, simple)
    for name in ("HKVariants.txt", "TWVariants.txt", "JPVariants.txt"):
        for standard, variants in _dictionary(name).items():
            for variant in variants:
                if variant not in {standard, steps.get(standard)} and not _in_gb2312(variant):
                    steps.setdefault(variant, standard)
    return {key: value for key, value in steps.items() if key != value}


def _single_steps() -> dict[str, str]:
    """The pairs taken from tables, ours before those of OpenCC; none with itself."""
    steps = dict(zip(_RADICALS[::2], _RADICALS[1::2], strict=True))
    for target, sources in _SAME.items():
        steps |= dict.fromkeys(sources, target)
    return _opencc() | steps


def _candidates() -> Iterator[str]:
    for code in range(0x110000):
        char = chr(code)
        category = unicodedata.ucd_3_2_0.category(char)
        if category not in {"Cn", "Cs", "Co"} or code in _LATER_COMPATIBILITY_IDEOGRAPHS:
            yield char


def _next(char: str, steps: dict[str, str]) -> str:
    if char in steps:
        return steps[char]
    if char.isspace():
        return " "
    compatible = unicodedata.normalize("NFKC", char)
    if len(compatible) == 1 and compatible != char:
        return compatible
    lower = char.lower()
    return lower if len(lower) == 1 else char


def build() -> dict[str, str]:
    """Every character that folds to another one, with the end of its chain of steps.

    Raises ValueError when the tables lead in a circle.
    """
    steps = _single_steps()
    folding: dict[str, str] = {}
    for char in {*_candidates(), *steps}:
        seen = [char]
        while (following := _next(seen[-1], steps)) != seen[-1]:
            if following in seen:
                raise ValueError(f"folding goes round in a circle: {' '.join(seen)}")
            seen.append(following)
        if seen[-1] != char:
            folding[char] = seen[-1]
    return folding


def render() -> str:
    """The text of ``folding.tsv``: two hexadecimal code points a line, in order of the first."""
    lines = [
        "# Made by gongkai.core.text.make_folding; do not edit.",
        "# Simplified, traditional and variant forms: OpenCC dictionaries (Apache License 2.0).",
    ]
    lines += (f"{ord(source):04X}\t{ord(target):04X}" for source, target in sorted(build().items()))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table beside this module."""
    Path(__file__).with_name("folding.tsv").write_text(render(), encoding="ascii")


if __name__ == "__main__":
    main()
