"""A list of documents whose validity was settled （清理结果）: every row matched and told, then marked in one run.

Rows that cannot be marked are told and left; a list that is brought again marks only what is not marked yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.rows import TableLimits, TableRow
from gongkai.core.tables.writing import Sheet, fault_report, write_xlsx
from gongkai.core.text.document_numbers import normalise
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle import queries
from gongkai.publishing.lifecycle.decisions import find_decisions
from gongkai.publishing.lifecycle.queries import Marks
from gongkai.publishing.lifecycle.terms import UNLIMITED, is_term
from gongkai.publishing.models import VALIDITIES
from gongkai.publishing.publication import Decision, mark_validity

COLUMNS = (
    Column("index_number", "索引号", aliases=("信息索引号",), help="文号、标题、索引号至少填写一项，优先按索引号查找"),
    Column("document_number", "文号", aliases=("发文字号", "文件编号"), help="如 和政发〔2020〕5号"),
    Column("title", "标题", aliases=("文件名称", "名称", "文件标题"), help="完整标题，与公开的标题一致"),
    Column(
        "result", "处理结果", required=True, aliases=("清理结果", "清理意见", "处理意见"),
        help="继续有效、修改、失效或废止",
    ),
    Column(
        "decision", "决定文件名称及文号", required=True, aliases=("决定文件", "依据", "清理决定", "决定文件名称"),
        help="如《关于公布清理结果的决定》（和政发〔2026〕3号）",
    ),
    Column("date", "日期", required=True, aliases=("决定日期", "废止日期", "失效日期"), help="决定之日，如 2026-03-20"),
    Column("term", "新的有效期", aliases=("有效期", "有效期至"), help="原有有效期且继续有效的填：长期、5年或截止日期"),
)  # fmt: skip
LIMITS = TableLimits(rows=5000, cell_chars=500, bytes=20 * 1024 * 1024)
_DECISION = "《关于公布行政规范性文件清理结果的决定》（和政发〔2026〕3号）"
EXAMPLES = (
    ("", "和政发〔2020〕5号", "", "废止", _DECISION, "2026-03-20", ""),
    ("", "", "关于印发《和溪县临时救助办法》的通知", "继续有效", _DECISION, "2026-03-20", "2031-03-19"),
)
RESULTS = {
    "继续有效": "in_force", "有效": "in_force", "保留": "in_force", "修改": "amended", "已修改": "amended",
    "失效": "lapsed", "宣布失效": "lapsed", "废止": "repealed", "予以废止": "repealed",
}  # fmt: skip
RESULT_LABELS = {"in_force": "继续有效", "amended": "已修改", "lapsed": "失效", "repealed": "废止"}
_MARK_LABELS = {"mark": "标注", "same": "已是该状态，不再标注", "fault": "未标注"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list and what becomes of it.

    Attributes:
        named: the document as the list names it.
        state: `mark`, `same` for one that is marked so already, `fault`.
        found: the document that is meant; None where it is not clear.
        decision_id: the item of the decision, when it is in the platform.
    """

    number: int
    named: str
    validity: str
    decision: str
    made_on: date | None
    term: str
    state: str
    found: AnyRow | None = None
    decision_id: int | None = None
    problem: str = ""

    @property
    def result(self) -> str:
        """The result in words; empty where it could not be read."""
        return RESULT_LABELS.get(self.validity, "")

    @property
    def words(self) -> str:
        """What becomes of it."""
        return _MARK_LABELS[self.state]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A list that was looked at, or carried out."""

    lines: Sequence[Line]
    faults: Sequence[CellFault]
    notes: Sequence[str]

    def count(self, state: str) -> int:
        """How many rows are in a state."""
        return sum(line.state == state for line in self.lines)

    def report(self) -> bytes:
        """The workbook of what became of each row, and of what is to be corrected."""
        rows = [
            (
                line.number, line.named, line.found.title if line.found else "", line.result, line.words,
                line.problem, line.decision, line.made_on,
            )
            for line in self.lines
        ]  # fmt: skip
        header = ("行号", "清理结果所列文件", "平台中的文件", "处理结果", "办理情况", "说明", "决定文件", "日期")
        return write_xlsx([Sheet("办理情况", header, rows), fault_report(self.faults)])


@dataclass(slots=True)
class _Read:
    """A row whose cells have been read; its faults stand in `row`."""

    row: TableRow
    index_number: str
    document_number: str
    title: str
    validity: str
    decision: str
    made_on: date | None
    term: str
    candidates: list[AnyRow] = field(default_factory=list)

    @property
    def named(self) -> str:
        return self.index_number or self.document_number or self.title


def look(uow: UnitOfWork, *, tenant_id: int, data: bytes, filename: str) -> Outcome:
    """Match the rows of a list with the unit's own public documents, and say what is wrong; nothing is written.

    Raises:
        UnreadableTable: when the file is no table.
    """
    table = read_table(data, filename, columns=COLUMNS, limits=LIMITS)
    rows = [_read(row, shanghai_date(uow.now)) for row in table.rows]
    known = queries.documents(
        uow,
        tenant_ids=[tenant_id],
        marks=Marks(
            {row.index_number for row in rows if row.index_number},
            {row.document_number for row in rows if row.document_number},
            {row.title for row in rows if row.title},
        ),
    )
    decisions = find_decisions(uow, tenant_id=tenant_id, written={row.decision for row in rows})
    taken: dict[int, int] = {}
    lines = [_line(row, known, decisions, taken) for row in rows]
    faults = [*table.faults, *(fault for row in rows for fault in row.row.faults)]
    return Outcome(lines, faults, table.notes)


def carry_out(uow: UnitOfWork, *, actor: Actor, data: bytes, filename: str) -> Outcome:
    """Mark all rows of a list that can be marked, each original in a new version that names the decision.

    Raises:
        UnreadableTable: when the file is no table.
    """
    outcome = look(uow, tenant_id=actor.tenant_id, data=data, filename=filename)
    wanted = [line for line in outcome.lines if line.state == "mark" and line.found is not None]
    for line in sorted(wanted, key=lambda line: line.found.id if line.found else 0):
        assert line.found is not None
        mark_validity(
            uow,
            tenant_id=actor.tenant_id,
            item_id=line.found.id,
            validity=line.validity,
            reason=line.decision,
            changed_by=actor.user_id,
            decision=Decision(line.made_on, line.decision_id, line.term or None),
        )
    return outcome


def template() -> bytes:
    """The workbook to fill in, with two examples, and what each column takes."""
    explained = [(column.title, "必填" if column.required else "选填", column.help) for column in COLUMNS]
    return write_xlsx(
        [
            Sheet("清理结果", [column.title for column in COLUMNS], EXAMPLES),
            Sheet("填写说明", ("栏目", "要求", "说明"), explained),
        ]
    )


def _read(row: TableRow, today: date) -> _Read:
    written = row.text("document_number")
    result = RESULTS.get(row.text("result"), "")
    if row.text("result") and not result:
        row.fault("result", "没有这种处理结果", "请填写继续有效、修改、失效或废止")
    made_on = row.date("date")
    if made_on and made_on > today:
        row.fault("date", "决定日期晚于今天", "请核对日期")
    term = row.text("term")
    if not is_term(term):
        row.fault("term", "有效期无法识别", "请填写为长期、5年或截止日期，如2031-03-19")
    found = _Read(
        row=row,
        index_number=row.text("index_number"),
        document_number=normalise(written) or written,
        title=_bare(row.text("title")),
        validity=result,
        decision=row.text("decision"),
        made_on=made_on,
        term=term,
    )
    if not found.named:
        row.fault("document_number", "没有填写文号、标题或索引号", "请至少填写一项")
    return found


def _bare(title: str) -> str:
    """A title without the marks around it, unless they belong to it."""
    inside = title[1:-1]
    return inside if title.startswith("《") and title.endswith("》") and "》" not in inside.split("《")[0] else title


def _line(row: _Read, known: Sequence[AnyRow], decisions: Mapping[str, int], taken: dict[int, int]) -> Line:
    found = _match(row, known) if row.named else None
    if found is not None:
        _check(row, found, taken)
    state = "fault" if row.row.faults else "mark"
    decision_id = decisions.get(row.decision)
    if found is not None and state == "mark" and _same(row, found, decision_id):
        state = "same"
    return Line(
        number=row.row.number,
        named=row.named,
        validity=row.validity,
        decision=row.decision,
        made_on=row.made_on,
        term=row.term,
        state=state,
        found=found,
        decision_id=decision_id,
        problem="；".join(fault.problem for fault in row.row.faults),
    )


def _match(row: _Read, known: Sequence[AnyRow]) -> AnyRow | None:
    key = "index_number" if row.index_number else "document_number" if row.document_number else "title"
    wanted = getattr(row, key)
    same = [one for one in known if getattr(one, key) == wanted]
    if len(same) > 1 and key != "title" and row.title:
        same = [one for one in same if one.title == row.title] or same
    if not same:
        label = row.row.columns[key].title
        problem = f"本单位已公开信息中没有{label}为“{wanted}”的文件"
        row.row.fault(key, problem, "请核对；没有在本平台公开的文件不需要标注")
    elif len(same) > 1:
        titles = "、".join(f"《{one.title}》" for one in same[:3])
        row.row.fault(key, f"有{len(same)}条信息与之相符（{titles}），无法确定", "请填写索引号")
    return same[0] if len(same) == 1 else None


def _check(row: _Read, found: AnyRow, taken: dict[int, int]) -> None:
    first = taken.setdefault(found.id, row.row.number)
    if first != row.row.number:
        row.row.fault("result", f"与第{first}行是同一份文件", "请只保留一行")
    if row.validity == "in_force" and found.validity in ("lapsed", "repealed"):
        problem = f"原文已标注为{VALIDITIES[found.validity]}，不能再标为继续有效"
        row.row.fault("result", problem, "请核对；恢复施行的，请作为新文件公开")
    if row.validity == "in_force" and found.valid_until is not None and not row.term:
        problem = f"原文件有效期至{found.valid_until.isoformat()}，没有填写新的有效期"
        row.row.fault("term", problem, "请填写新的有效期，不再限定期限的填写长期")


def _same(row: _Read, found: AnyRow, decision_id: int | None) -> bool:
    if row.validity != found.validity:
        return False
    if row.validity in ("lapsed", "repealed"):
        return True
    settled = found.change_reason == row.decision and found.decision_item_id == decision_id
    return settled and (not row.term or row.term in UNLIMITED or found.valid_until is not None)
