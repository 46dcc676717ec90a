"""The columns a list may have, and finding them in the header row of a real file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gongkai.core.tables.cells import CellFault

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_NOISE = re.compile(r"[\s*:·•\u200b-\u200f\ufeff]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key in `TableRow.values`, the Chinese header and other headers people use for it.

    `required`: the header must be there, and each row needs a value. `help` goes into templates and remedies.
    """

    key: str
    title: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    help: str = ""


@dataclass(slots=True)
class Header:
    """What the header row says: column index (0-based) → column, and what is wrong with it."""

    places: dict[int, Column] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


class HeaderMatcher:
    """Recognises headers whatever their spaces, width, asterisks and brackets (`标题(必填)` is `标题`)."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._exact: dict[str, Column] = {}
        bare: dict[str, list[Column]] = {}
        for column in columns:
            for title in (column.title, *column.aliases):
                self._exact[_full(title)] = column
                bare.setdefault(_bare(title), []).append(column)
        # `金额(元)` and `金额(万元)` differ in nothing but the bracket, so only the whole header names them.
        self._bare = {title: found[0] for title, found in bare.items() if len(set(found)) == 1}

    def find(self, title: str) -> Column | None:
        """Give the column of a header, `None` for a header that the list does not know."""
        return self._exact.get(_full(title)) or self._bare.get(_bare(title)) if title else None

    def score(self, titles: Mapping[int, str]) -> int:
        """Count the different columns that a row names."""
        return len({column.key for title in titles.values() if (column := self.find(title))})

    @property
    def enough(self) -> int:
        """The least score of a header row: a title above the table may equal one header by chance."""
        return min(2, len(self._columns))

    def read(self, titles: Mapping[int, str], row: int) -> Header:
        """Place the columns by a header row; `titles` is column index → text."""
        header = Header()
        found = {index: self.find(title) for index, title in titles.items()}
        counts = Counter(column.key for column in found.values() if column)
        for index, column in found.items():
            if column is None:
                header.notes.append(f"第 {index + 1} 列“{titles[index]}”不是本表的栏目，已忽略。")
            elif counts[column.key] == 1:
                header.places[index] = column
        for column in self._columns:
            if counts[column.key] > 1:
                same = "、".join(f"“{titles[index]}”" for index in found if found[index] is column)
                header.faults.append(
                    CellFault(row, column.title, same, "表头重复，无法确定以哪一列为准", "请只保留其中一列")
                )
            elif column.required and not counts[column.key]:
                header.faults.append(
                    CellFault(row, column.title, "", "缺少必填的列", f"请在表头中增加“{column.title}”一列并填写")
                )
        return header


def _full(title: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", title)).casefold()


def _bare(title: str) -> str:
    return _BRACKETS.sub("", _full(title))
