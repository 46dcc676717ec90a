"""One folding for index and query, one character to one character.

Offsets in the folded text are offsets in the original, so highlights fall on what the reader sees. The
table is the committed ``folding.tsv``; ``make_folding`` says how each pair comes about.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Character ranges of Chinese text, for use inside a regular expression's class."""

_RUN = re.compile(f"(?P<han>[{HAN}]+)|[^\\W_{HAN}]+")


def _load() -> dict[str, str]:
    lines = files(__package__).joinpath("folding.tsv").read_text(encoding="ascii").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {chr(int(source, 16)): chr(int(target, 16)) for source, target in pairs}


FOLDING: Mapping[str, str] = MappingProxyType(_load())
"""Each character that changes, with its folded form; no folded form is itself a key."""

_TABLE = str.maketrans(dict(FOLDING))


def fold(text: str) -> str:
    """Fold ``text`` for comparison: same length, same offsets, idempotent.

    Traditional and variant characters become simplified ones, widths, case, brackets, quotes, dashes and
    white space one form each, and 〇零一 … 九 the digits 0 to 9 (二〇一九 becomes 2019).
    """
    return text.translate(_TABLE)


def bigrams(folded: str) -> list[str]:
    """Cut folded text into index terms, in the order of the text, repetitions kept.

    Chinese runs give overlapping pairs (a lone character itself), runs of letters and digits whole words;
    everything else separates.
    """
    terms: list[str] = []
    for run in _RUN.finditer(folded):
        word = run[0]
        if run["han"] is None or len(word) == 1:
            terms.append(word)
        else:
            terms.extend(word[at : at + 2] for at in range(len(word) - 1))
    return terms
