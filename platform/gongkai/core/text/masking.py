"""Hides personal numbers and names in lists of persons; every character hidden stays a character of the text.

Numbers are told by their own form anywhere, and in tables also by the header of their column, so that a number with a
slip in it is hidden as well. Kept are 6 and 4 places of an identity number, 3 and 4 of a mobile, 4 and 4 of a bank
number; of a name the surname （个人信息保护法 art. 28, 51: 去标识化）.
"""

import re
from collections import Counter
from collections.abc import Sequence

from gongkai.core.text.personal_data import find_personal_data

LABELS = {"identity_number": "身份证号码", "mobile": "手机号码", "bank_card": "银行卡号", "name": "姓名"}
_KEPT = {"identity_number": (6, 4), "mobile": (3, 4), "bank_card": (4, 4)}
_HEADERS = (
    ("identity_number", re.compile("身份证|证件号|公民身份|^证号"), 15),
    ("bank_card", re.compile("银行|卡号|[账帐]号"), 12),
    ("mobile", re.compile("手机|电话|联系方式"), 11),
    ("name", re.compile("姓名|户主|申请人|当事人|联系人|领取人|受益人|家庭成员|户代表|被征收人"), 2),
)
_HEADER_LENGTH = 15
_HEADER_CELLS = 2
_HAN = re.compile("[\u3400-\u9fff]")
_NAME = re.compile("[^、，,；;/\n]+")
_NOT_A_NAME = re.compile("[0-9A-Za-z（(：:]|公司|中心|合计|小计|单位")
_COMPOUND = re.compile(
    "欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|夏侯|宇文|长孙|端木|南宫|百里|呼延|独孤|轩辕"
)


def mask_text(text: str, counts: Counter[str]) -> str:
    """The text with personal numbers hidden, as long as before; adds to `counts` by kind."""
    pieces, at = [], 0
    for hit in find_personal_data(text):
        pieces += [text[at : hit.start], _hide(text[hit.start : hit.end], *_KEPT[hit.kind])]
        at = hit.end
        counts[hit.kind] += 1
    return "".join([*pieces, text[at:]])


def mask_name(name: str) -> str:
    """A name with all but the surname hidden; what is no Chinese name stays."""
    places = [at for at, char in enumerate(name) if _HAN.match(char)]
    if not 2 <= len(places) <= 15 or _NOT_A_NAME.search(name):
        return name
    compound = len(places) > 2 and _COMPOUND.match("".join(name[at] for at in places))
    kept = 2 if compound else 1
    hidden = set(places[kept:])
    return "".join("*" if at in hidden else char for at, char in enumerate(name))


class TableMask:
    """Hides cells row by row; a row with two known headers says what the columns below it hold."""

    def __init__(self, counts: Counter[str], *, names: bool) -> None:
        self._counts = counts
        self._names = names
        self._kinds: dict[int, tuple[str, int]] = {}

    def row(self, cells: Sequence[str]) -> list[str]:
        """The cells of a row, each as long as before."""
        headers = {at: found for at, cell in enumerate(cells) if (found := _header(cell))}
        if len(headers) >= _HEADER_CELLS or (headers and len(cells) == 1):
            self._kinds = headers
            return [mask_text(cell, self._counts) for cell in cells]
        return [self._cell(cell, *self._kinds.get(at, ("", 0))) for at, cell in enumerate(cells)]

    def _cell(self, cell: str, kind: str, least: int) -> str:
        masked = mask_text(cell, self._counts)
        if masked != cell or not kind:
            return masked
        if kind == "name":
            masked = _NAME.sub(lambda found: mask_name(found[0]), cell) if self._names else cell
        elif "*" not in cell and sum(char.isalnum() for char in cell) >= least and _is_number(cell, kind):
            masked = _hide(cell, *_KEPT[kind])
        if masked != cell:
            self._counts[kind] += 1
        return masked


def _is_number(cell: str, kind: str) -> bool:
    """A landline in a column of telephones is an office's more often than a person's."""
    digits = "".join(char for char in cell if char.isalnum())
    if kind == "mobile":
        return len(digits) == 11 and digits.startswith("1")
    return digits[:-1].isdigit()


def _header(cell: str) -> tuple[str, int] | None:
    title = "".join(cell.split())
    if not title or len(title) > _HEADER_LENGTH or sum(char.isdigit() for char in title) > 2:
        return None
    return next(((kind, least) for kind, pattern, least in _HEADERS if pattern.search(title)), None)


def _hide(number: str, head: int, tail: int) -> str:
    places = [at for at, char in enumerate(number) if char.isalnum()]
    hidden = set(places[head : len(places) - tail])
    return "".join("*" if at in hidden else char for at, char in enumerate(number))
