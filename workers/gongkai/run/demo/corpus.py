"""Writes a unit's items month by month: kinds, titles that do not repeat, interpretations, reprints, numbers."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby

from gongkai.run.demo.columns import NEWS_COLUMN
from gongkai.run.demo.days import workdays, workdays_before
from gongkai.run.demo.documents import Document, Occasion, document, title_words
from gongkai.run.demo.kinds import Kind, kinds, kinds_of, period_key
from gongkai.run.demo.numbers import Sequences
from gongkai.run.demo.places import prefecture
from gongkai.run.demo.plan import Label, Slot, instant, publication_days
from gongkai.run.demo.rows import ItemRow
from gongkai.run.demo.units import UnitRow

_TITLE_DRAWS = 6
_LATE_SHARE = 0.12
_LIMIT = 18
_CLOSING = time(17, 30)

Bank = dict[tuple[str, str], list[ItemRow]]
"""Published documents of governments and prefecture bureaus, by place and body, for others to repost."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item before its document number is known."""

    kind: Kind
    document: Document
    formed: date
    published_at: datetime


class Desk:
    """One unit's writer: it remembers titles, yearly items, issue numbers and documents to be interpreted."""

    def __init__(self, unit: UnitRow, rng: random.Random) -> None:
        self.unit = unit
        self._rng = rng
        self._titles: set[str] = set()
        self._periods: set[tuple[str, tuple[int, ...]]] = set()
        self._issues: Counter[tuple[str, int]] = Counter()
        self._norms: list[tuple[str, date]] = []
        self._sequences = Sequences(rng)

    def write(self, slots: Sequence[Slot], last: date, bank: Bank, latest: time = _CLOSING) -> list[ItemRow]:
        """Return one item a slot, in order of publication, none after `latest` on the day `last`."""
        entries: list[_Entry] = []
        reprints: list[ItemRow] = []
        for month, cell in groupby(slots, key=lambda slot: slot.month):
            labels = [slot.label for slot in cell]
            days = publication_days(month, last, self.unit, len(labels), self._rng)
            moments = [instant(day, self._rng, latest if day == last else _CLOSING) for day in days]
            moments.sort()
            for i, label in enumerate(labels):
                source = self._source(moments[i].date(), bank) if label == "reprint" else None
                if source:
                    reprints.append(self._reprint(source, moments[i]))
                    continue
                entries.append(self._entry(label, moments[i]))
                if entries[-1].document.norm and self._explains_at_once(labels[i + 1 :]):
                    labels[i + 1], moments[i + 1] = "interpretation", moments[i]
        rows = sorted([*self._rows(entries), *reprints], key=lambda row: row.published_at)
        self._deposit(rows, bank)
        return rows

    def _explains_at_once(self, following: Sequence[Label]) -> bool:
        """Tell whether the interpretation goes out together with its document, as the next item."""
        return self.unit.character != "lazy" and following[:1] == ["item"]

    def _entry(self, label: Label, moment: datetime) -> _Entry:
        day = moment.date()
        only = {"news": NEWS_COLUMN, "interpretation": "zcjd"}.get(label)
        choices = [kinds()[only]] if only else self._choices(day)
        while choices:
            weights = [self._weight(kind) for kind in choices]
            kind = self._rng.choices(choices, weights)[0] if len(choices) > 1 else choices[0]
            found = self._attempt(kind, day)
            if found:
                return _Entry(kind, found[0], found[1], moment)
            choices.remove(kind)
        return self._entry("item", moment) if only else self._numbered(moment)

    def _choices(self, day: date) -> list[Kind]:
        return [
            kind
            for kind in kinds_of(self.unit)
            if kind.key != NEWS_COLUMN
            and day.month in kind.months
            and self._weight(kind) > 0
            and (not kind.period or (kind.key, period_key(kind, day)) not in self._periods)
        ]

    def _weight(self, kind: Kind) -> float:
        if kind.key == "zcjd":
            return 40.0 if self._norms else 0.0
        return kind.weight

    def _attempt(self, kind: Kind, day: date) -> tuple[Document, date] | None:
        """Write one item of the kind, unless every title drawn has been used before."""
        formed = self._formed(kind, day)
        norm = ""
        if kind.key == "zcjd":
            norm, issued = self._norms[0]
            formed = max(formed, issued)
        issue = self._issues[kind.key, formed.year] + 1
        for _ in range(_TITLE_DRAWS):
            column, words = title_words(kind, self.unit, Occasion(formed, issue, norm), self._rng)
            if words["title"] not in self._titles:
                break
        else:
            if norm:
                self._norms.pop(0)
            return None
        written = document(kind, column, words)
        self._titles.add(written.title)
        self._issues[kind.key, formed.year] = issue
        if kind.period:
            self._periods.add((kind.key, period_key(kind, day)))
        if norm:
            self._norms.pop(0)
        if written.norm:
            self._norms.append((written.norm, formed))
        return written, formed

    def _numbered(self, moment: datetime) -> _Entry:
        """Write a notice or service item whose title carries its time, when all other titles are used."""
        kind = kinds()["fwxx" if self.unit.sector else "gsgg"]
        formed = moment.date()
        column, words = title_words(kind, self.unit, Occasion(formed), self._rng)
        issue = self._issues["", formed.year] = self._issues["", formed.year] + 1
        words["title"] += f"（{formed.year}年续第{issue}号）"
        self._titles.add(words["title"])
        return _Entry(kind, document(kind, column, words), formed, moment)

    def _formed(self, kind: Kind, day: date) -> date:
        """Return the document date: 0–18 working days before publication, for lazy units sometimes 21–35."""
        top = kind.max_gap
        if self.unit.character == "lazy":
            if kind.number and self._rng.random() < _LATE_SHARE:
                return workdays_before(day, self._rng.randint(21, 35))
            gap = self._rng.randint(min(3, top), top)
        else:
            gap = self._rng.randint(0, min(5 if self.unit.character == "diligent" else 12, top))
        formed = workdays_before(day, gap)
        if kind.period:
            first = next(iter(workdays(day.replace(day=1), day)), day)
            return max(formed, first)
        return formed

    def _source(self, day: date, bank: Bank) -> ItemRow | None:
        """Return a recent document of the superior body that this unit has not reposted yet."""
        if self.unit.tenant_type in ("township", "subdistrict_office"):
            key = (self.unit.place, "government")
        else:
            key = (prefecture().name, self.unit.body)
        earliest = workdays_before(day, _LIMIT)
        found = [
            row
            for row in bank.get(key, ())
            if earliest <= row.formed_date and row.published_at.date() < day and row.title not in self._titles
        ]
        return self._rng.choice(found) if found else None

    def _reprint(self, source: ItemRow, moment: datetime) -> ItemRow:
        self._titles.add(source.title)
        return replace(
            source,
            unit_code=self.unit.code,
            published_at=moment,
            responsible_unit=self.unit.office_name,
            is_reprint=True,
        )

    def _rows(self, entries: Sequence[_Entry]) -> list[ItemRow]:
        ordered = sorted(entries, key=lambda entry: (entry.formed, entry.published_at))
        return [self._row(entry) for entry in ordered]

    def _row(self, entry: _Entry) -> ItemRow:
        letter = entry.kind.number
        written = entry.document
        return ItemRow(
            unit_code=self.unit.code,
            column_code=written.column,
            title=written.title,
            document_number=self._sequences.number(self.unit, letter, entry.formed) if letter else "",
            index_number="",
            issuing_agency=written.issuing_agency,
            formed_date=entry.formed,
            published_at=entry.published_at,
            summary=written.summary,
            body_html=written.body_html,
            subject_class=written.subject,
            genre_class=written.genre,
            disclosure_mode="主动公开",
            validity="有效" if letter else "",
            source_url="",
            external_id="",
            responsible_unit=written.responsible_unit,
            is_reprint=False,
        )

    def _deposit(self, rows: Sequence[ItemRow], bank: Bank) -> None:
        if self.unit.level == "prefecture" or self.unit.body == "government":
            shared = [row for row in rows if row.column_code in ("qtwj", "gfxwj") and not row.is_reprint]
            bank.setdefault((self.unit.place, self.unit.body), []).extend(shared)
