"""The external data of a month as a workbook: a sheet for each kind with its sums and rates, then the sources."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row

from gongkai.core.tables.writing import Sheet, Value
from gongkai.supervision.external.kinds import KINDS, Kind
from gongkai.supervision.external.queries import ExternalFact

SOURCES = ("数据种类", "数据来源", "文件", "登记人", "登记时间", "现用单位数")


def month_sheets(found: Sequence[ExternalFact], sources: Sequence[Row[Any]]) -> list[Sheet]:
    """Sheets of the kinds that have figures, in their order; rates stand as numerator and base."""
    sheets = []
    for kind in KINDS.values():
        rows = [fact for fact in found if fact.kind == kind.code]
        if rows:
            sheets.append(Sheet(kind.label, _header(kind), _rows(kind, rows)))
    listed = [
        (KINDS[row.kind].label, row.words, row.filename, row.entered_by or "", row.entered_at, row.units)
        for row in sources
    ]
    return [*sheets, Sheet("数据来源", SOURCES, listed)]


def _header(kind: Kind) -> list[str]:
    rates = [f"{rule.label}（{rule.base_words}）" for rule in kind.rates]
    note = [kind.note] if kind.note else []
    return ["单位", *(figure.label for figure in kind.figures), *rates, *note, "数据来源"]


def _rows(kind: Kind, facts: Sequence[ExternalFact]) -> Iterator[tuple[Value, ...]]:
    for fact in facts:
        note = (fact.note,) if kind.note else ()
        numbers = (fact.figures[figure.key] for figure in kind.figures)
        yield (fact.unit, *numbers, *(rate.words for rate in fact.rates), *note, fact.source)
    sums = {figure.key: sum(fact.figures[figure.key] for fact in facts) for figure in kind.figures}
    note = ("",) if kind.note else ()
    yield ("合计", *sums.values(), *(rate.words for rate in kind.rates_of(sums)), *note, "")
