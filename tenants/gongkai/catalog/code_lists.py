"""Subject classes (主题分类, State Council list) and genres (体裁分类) as data with validity dates.

The wording of both changes (扶贫 → 乡村振兴): a form offers what is in force on a day, an item keeps what it was
given (`catalog.md` sections 3 and 4). `valid_to` is the first day on which an entry is no longer offered.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from gongkai.core.text.folding import fold

Groups = Sequence[tuple[str, Sequence[str]]]
"""(heading, values under it) in the order of the list."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a list: `text` is what an item stores (`综合政务/政务公开`), `group` its heading in a form."""

    group: str
    text: str
    valid_from: date
    valid_to: date

    def in_force(self, day: date) -> bool:
        """Whether a form of that day offers it."""
        return self.valid_from <= day < self.valid_to


def subject_classes(day: date) -> Groups:
    """The classes in force on `day`; each class opens its group and its subclasses follow."""
    return _grouped(_subjects(), day)


def genres(day: date) -> Groups:
    """The genres in force on `day`: official documents (《党政机关公文处理工作条例》), then other information."""
    return _grouped(_genres(), day)


def find_subject_class(text: str) -> str | None:
    """The class that `text` names, in the list's own writing, of whatever time; None when there is none.

    A subclass may be named alone （财政） where one class only has it; where classes of different times share it
    （优抚安置）, the one still offered is meant.
    """
    whole = _writing(_subjects()).get(_key(text))
    if whole is not None:
        return whole
    alike = _of_that_name(text)
    return alike[0] if len(alike) == 1 else None


def subject_candidates(text: str) -> Sequence[str]:
    """The classes that an unknown or ambiguous `text` may mean: subclasses of that name, else those that contain it."""
    key = _key(text)
    containing = (entry for entry in _subjects() if key and key in _key(entry.text.rpartition("/")[2]))
    return _of_that_name(text) or [entry.text for entry in containing if _open(entry)]


def find_genre(text: str) -> str | None:
    """The genre that `text` names, as `find_subject_class`."""
    return _writing(_genres()).get(_key(text))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("gongkai.catalog") / name).open(encoding="utf8") as source:
        yield from csv.DictReader(source)


def _range(row: dict[str, str]) -> tuple[date, date]:
    return (
        date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
    )


@cache
def _subjects() -> tuple[Entry, ...]:
    names: dict[str, str] = {}
    found = []
    for row in _rows("subject_classes.csv"):
        names[row["code"]] = row["name"]
        group = names[row["parent"]] if row["parent"] else row["name"]
        text = f"{group}/{row['name']}" if row["parent"] else row["name"]
        found.append(Entry(group, text, *_range(row)))
    return tuple(found)


def _of_that_name(text: str) -> Sequence[str]:
    alike = _subclasses().get(_key(text), ())
    return [entry.text for entry in alike if _open(entry)] or [entry.text for entry in alike]


@cache
def _subclasses() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in _subjects():
        group, _, name = entry.text.rpartition("/")
        if group:
            found.setdefault(_key(name), []).append(entry)
    return found


def _open(entry: Entry) -> bool:
    return entry.valid_to == date.max


@cache
def _genres() -> tuple[Entry, ...]:
    return tuple(Entry(row["group"], row["name"], *_range(row)) for row in _rows("genres.csv"))


def _grouped(entries: Sequence[Entry], day: date) -> Groups:
    groups: dict[str, list[str]] = {}
    for entry in entries:
        if entry.in_force(day):
            groups.setdefault(entry.group, []).append(entry.text)
    return list(groups.items())


@cache
def _writing(entries: tuple[Entry, ...]) -> dict[str, str]:
    return {_key(entry.text): entry.text for entry in entries}


def _key(text: str) -> str:
    # Pages write the two levels with either stroke, and brackets in either width.
    return fold(text.replace("\\", "/").replace(" ", ""))
