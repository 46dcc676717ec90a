"""Keys under which documents are found by number: exact paths past the text.

Document numbers have the keys of `core.text.document_numbers` (代字/年/序号, * for what is left out); keys of index
numbers begin with #, the sequence without leading zeros.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from gongkai.core.text import document_numbers
from gongkai.core.text.folding import fold

_INDEX = "#"
_LABEL = re.compile(r"^\s*(?:索引号|索引號|发文字号|發文字號|文号|文號)\s*[:：]?\s*")
_ZEROS = re.compile(r"(?<=[-/])0+(?=[0-9]+$)")
_SEQUENCE = re.compile(r"[0-9]{4,6}-([0-9]+)")
_BARE_SEQUENCE = re.compile(r"0[0-9]{3,6}")
_LONGEST = 80
_TAIL = re.compile(r"(?<=[号號])\s*(?:文件?|通知|全文|原文|文本|的?内容|的?解读|下载)+\s*$")
_BETWEEN = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_SHORTEST_CODE = 2


def keys_of(document_number: str, index_numbers: Iterable[str]) -> list[str]:
    """Every key of a document with these numbers, sorted; a document number that cannot be read has none."""
    keys: set[str] = set()
    parsed = document_numbers.parse(document_number)
    if parsed is not None:
        keys.update(document_numbers.search_keys(parsed))
    for number in index_numbers:
        keys.update(_index_keys(number))
    return sorted(keys)


def keys_asked(text: str) -> list[str]:
    """The keys that a query may mean, the fullest first: whole or partial document number, index number."""
    plain = _TAIL.sub("", _LABEL.sub("", text))
    keys = document_numbers.parse_query(plain)
    compact = _compact(plain)
    if _BARE_SEQUENCE.fullmatch(compact):
        keys.append(f"{_INDEX}-{int(compact)}")
    elif any(map(str.isdigit, compact)) and len(compact) <= _LONGEST:
        keys.append(_INDEX + _ZEROS.sub("", compact))
    return keys


def keys_within(text: str) -> list[str]:
    """The keys of whole document numbers that stand among other words of a query, the fullest first.

    Where the words before a number end cannot be told (关于国办发〔2019〕54号), every shorter code word is tried too.
    """
    keys: dict[str, None] = {}
    for number in document_numbers.find(_BETWEEN.sub("", _LABEL.sub("", text))):
        for start in range(max(1, len(number.code_word) - _SHORTEST_CODE + 1)):
            keys[document_numbers.search_keys(replace(number, code_word=number.code_word[start:]))[0]] = None
    return list(keys)


def words_of(key: str) -> str:
    """How a key reads to a person: 按文号“国办发〔2019〕54号”查找."""
    if key.startswith(_INDEX):
        return f"按索引号“{key.removeprefix(_INDEX).removeprefix('-').upper()}”查找"
    code, year, sequence = key.split("/")
    written = "" if code == "*" else code
    if year != "*":
        written += f"〔{year}〕"
    elif code.endswith("令"):
        written += "第"
    return f"按文号“{written}{'' if sequence == '*' else sequence + '号'}”查找"


def is_whole(key: str) -> bool:
    """Whether a key is that of a whole document number, with code word, year and sequence."""
    return not key.startswith(_INDEX) and "*" not in key


def _index_keys(number: str) -> set[str]:
    compact = _compact(number)
    if not compact or len(compact) > _LONGEST:
        return set()
    tail = compact.rpartition("/")[2]
    keys = {_INDEX + _ZEROS.sub("", compact), _INDEX + _ZEROS.sub("", tail)}
    if sequence := _SEQUENCE.fullmatch(tail):
        keys.add(f"{_INDEX}-{int(sequence[1])}")
    return keys


def _compact(text: str) -> str:
    return fold(text).replace(" ", "")
