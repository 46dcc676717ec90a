"""A 问题核实反馈表 as an official document: what the unit is to be named for, its answers, place for signatures."""

from collections.abc import Sequence

from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.layout import date_text
from gongkai.core.officialdoc.model import Block, Column, OfficialDocument, Table, paragraph
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.rounds.states import ANSWER_LABELS, DECISION_LABELS, Answer, Decision
from gongkai.tenancy.models import Tenant

TITLE = "问题核实反馈表"
_BLANK = "　" * 6
_COLUMNS = (
    Column("序号", 7, "center"),
    Column("问题类别", 16),
    Column("具体表现", 30),
    Column("依据", 20),
    Column("反馈意见", 16),
    Column("说明和佐证", 28),
    Column("处理结果", 18),
)


def build(uow: UnitOfWork, *, sheet: VerificationSheet, lines: Sequence[AnyRow]) -> OfficialDocument:
    """The sheet with rows of `queries.lines_of`; what is not answered stays open to be filled in by hand."""
    office = uow.session.get_one(Tenant, sheet.office_id)
    unit = uow.session.get_one(Tenant, sheet.tenant_id)
    return OfficialDocument(
        agency_banner="",
        red_head=False,
        title=f"{TITLE}\n（{unit.short_name}）",
        main_addressees=unit.official_name,
        blocks=tuple(_blocks(sheet, lines)),
        signature_agency=office.official_name,
        formed_date=sheet.sent_date,
    )


def _blocks(sheet: VerificationSheet, lines: Sequence[AnyRow]) -> list[Block]:
    contact = f"联系人：{sheet.contact}，联系电话：{sheet.phone}。" if sheet.contact and sheet.phone else ""
    rows = tuple(
        (
            str(number), line.problem_title, line.text, line.basis, _answer(line), _evidence(line),
            _decision(line),
        )
        for number, line in enumerate(lines, 1)
    )  # fmt: skip
    return [
        paragraph(
            f"《{sheet.title}》拟点名以下事项，请核实后于{date_text(sheet.due_date)}前反馈；有异议的，写明说明并附佐证。"
            f"逾期未反馈的，按无异议记录。{contact}"
        ),
        Table(None, _COLUMNS, rows),
        paragraph(f"反馈人：{sheet.answered_by_name or _BLANK}"),
        paragraph(f"单位负责人（签字）：{_BLANK}"),
        paragraph(f"日期：{_BLANK}"),
    ]


def _answer(line: AnyRow) -> str:
    return "□无异议\n□有异议" if line.answer == Answer.NONE else ANSWER_LABELS[Answer(line.answer)]


def _evidence(line: AnyRow) -> str:
    return "；".join(filter(None, (line.note, line.link, f"附件：{line.filename}" if line.filename else "")))


def _decision(line: AnyRow) -> str:
    if line.answer != Answer.CONTEST or not line.decision:
        return ""
    return f"{DECISION_LABELS[Decision(line.decision)]}：{line.decision_reason}"
