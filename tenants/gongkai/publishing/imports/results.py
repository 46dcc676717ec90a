"""What became of an import, and the report that people get back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.writing import Sheet, fault_report, write_xlsx

_LONGEST_NOTE = 4000


@dataclass(slots=True)
class ImportResult:
    """Counts and findings of an import, by row.

    Attributes:
        faults: what keeps rows out; a refused row has at least one.
        changed: items that got a new version from a collection, or the files that they lacked.
        held: rows whose files a person has to look at before anything of them is public.
        hints: (row number, unit, title, words) worth a look.
        incomplete: (row number, unit, title, missing fields) of migrated items.
        published: (unit id, period) → number of items brought into it.
        missing: (unit, title, address) of collected items that their source does not list any more.
        notes: sentences about the whole.
    """

    total: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    held: int = 0
    faults: list[CellFault] = field(default_factory=list)
    hints: list[tuple[int, str, str, str]] = field(default_factory=list)
    incomplete: list[tuple[int, str, str, str]] = field(default_factory=list)
    published: Counter[tuple[int, str]] = field(default_factory=Counter)
    missing: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Rows that have been decided on."""
        return self.created + self.changed + self.unchanged + self.refused + self.held

    def refuse(self, faults: Sequence[CellFault]) -> None:
        """Count a row that stays out, with its faults."""
        self.refused += 1
        self.faults.extend(faults)

    @property
    def note(self) -> str:
        """The notes as one text."""
        return "\n".join(self.notes)[:_LONGEST_NOTE]

    def report(self) -> bytes:
        """The report （.xlsx）: what was refused and why, what is missing, what is worth a look."""
        counts = [
            ("总行数", self.total),
            ("新导入", self.created),
            *([("内容更新", self.changed)] if self.changed else []),
            ("已存在、未变化", self.unchanged),
            *([("附件待核对，暂未公开", self.held)] if self.held else []),
            ("未导入", self.refused),
        ]
        head = ("行号", "单位", "标题")
        sheets = [
            Sheet("结果", ("项目", "数量或说明"), [*counts, *(("说明", note) for note in self.notes)]),
            fault_report(sorted(self.faults, key=lambda fault: fault.row)),
        ]
        if self.incomplete:
            sheets.append(Sheet("缺少的必填内容", (*head, "缺少"), sorted(self.incomplete)))
        if self.hints:
            sheets.append(Sheet("提示", (*head, "提示"), sorted(self.hints)))
        if self.missing:
            sheets.append(Sheet("来源中已没有的信息", ("单位", "标题", "网址"), self.missing))
        return write_xlsx(sheets)
