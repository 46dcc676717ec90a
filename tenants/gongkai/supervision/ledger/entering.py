"""Findings that people record with evidence: from checks, superiors, assessors, citizens; one by one or from a list.

What the system does not compute (SR-D7, SR-T1, SR-B1) and what others find (SR-O1, with the problem class).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import PROBLEM_CLASSES, RULES
from gongkai.supervision.evaluation.base import Moment
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.facts.units import UnitList, explain, units_of_office
from gongkai.supervision.ledger.records import first_state, note_events
from gongkai.supervision.ledger.services import TEXT_LIMIT, usual_due_date
from gongkai.supervision.ledger.states import FOUND_BY
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book

OTHER = "SR-O1"
ENTERED = {code: rule.title for code, rule in RULES.items() if rule.entered}
SOURCES = {code: label for code, label in FOUND_BY.items() if code != "system"}
COLUMNS = (
    Column("unit", "单位", required=True, aliases=("单位名称", "责任单位", "单位代码"), help="简称、全称或代码"),
    Column("class", "问题类别", required=True, aliases=("问题类型", "类别"), help="如：空白栏目、错别字和表述错误"),
    Column("text", "具体表现", required=True, aliases=("问题描述", "存在问题", "问题"), help="写明栏目、标题"),
    Column("url", "网址", aliases=("链接", "页面地址", "页面网址"), help="发现问题的页面"),
    Column("source", "发现来源", required=True, aliases=("来源",), help="、".join(SOURCES.values())),
    Column("found", "发现日期", aliases=("检查日期", "日期"), help="不填为今天"),
    Column("due", "整改时限", aliases=("整改期限",), help="不填按规则的整改时限"),
)
EXAMPLES = (
    (
        "示例局",
        "空白栏目",
        "“规划信息”栏目没有信息",
        "https://www.example.gov.cn/gh/",
        "第三方评估机构",
        "2026-03-20",
        "",
    ),
    ("示例镇", "错别字和表述错误", "《春耕通知》第2段“截至”误为“截止”", "", "督查人员", "", "2026-04-03"),
)
_CLASSES = {label: code for code, label in PROBLEM_CLASSES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody found with a unit: rule, problem class (of SR-O1), words, page, who found it and when, time."""

    unit_id: int
    rule_code: str
    problem_class: str
    text: str
    url: str
    found_by: str
    found_on: date
    due_date: date | None = None


def entry_faults(entry: Entry, *, today: date) -> list[Fault]:
    """What is wrong with an entry, by field."""
    faults = []
    if entry.rule_code not in ENTERED:
        faults.append(Fault("rule", "未选择规则", "请从列表中选择"))
    elif entry.rule_code == OTHER and entry.problem_class not in PROBLEM_CLASSES:
        faults.append(Fault("class", "未选择问题类别", "请从列表中选择"))
    if not entry.text.strip():
        faults.append(Fault("text", "未填写具体表现", "请写明栏目、标题和问题"))
    if len(entry.text) > TEXT_LIMIT:
        faults.append(Fault("text", f"具体表现过长（{len(entry.text)}字）", f"请控制在{TEXT_LIMIT}字以内"))
    if entry.url and not entry.url.startswith(("https://", "http://", "/")):
        faults.append(Fault("url", "网址无效", "请粘贴完整的网址"))
    if entry.found_by not in SOURCES:
        faults.append(Fault("source", "未选择发现来源", f"请填写{'、'.join(SOURCES.values())}之一"))
    if entry.found_on > today:
        faults.append(Fault("found", "发现日期晚于今天", "请核对日期"))
    if entry.due_date is not None and entry.due_date < entry.found_on:
        faults.append(Fault("due", "整改时限早于发现日期", "请核对日期"))
    return faults


def enter(uow: UnitOfWork, *, office_id: int, entries: Sequence[Entry]) -> int:
    """Open findings as `enter_all`; returns their number."""
    return len(enter_all(uow, office_id=office_id, entries=entries))


def enter_all(uow: UnitOfWork, *, office_id: int, entries: Sequence[Entry]) -> Sequence[int]:
    """Open a finding for each entry; all or none. Bonus entries ask for nothing.

    Returns:
        Ids of the findings, in the order of the entries.

    Raises:
        Invalid: naming the field of the first wrong entry, or no unit.
    """
    today = shanghai_date(uow.now)
    if not entries:
        raise Invalid([Fault("units", "未选择单位", "请填写单位名称")])
    for entry in entries:
        if faults := entry_faults(entry, today=today):
            raise Invalid(faults)
    subjects, moment = subjects_of(uow), Moment.now(uow)
    book = rule_book(uow, codes={entry.rule_code for entry in entries})
    rows = []
    for entry in entries:
        spec = RULES[entry.rule_code]
        subject, due = subjects.get(entry.unit_id), entry.due_date
        if due is None and subject is not None:
            due = usual_due_date(book, subject, entry.rule_code, moment)
        rows.append({
            "tenant_id": entry.unit_id,
            "office_id": office_id if subject is None else subject.office_id,
            "rule_code": entry.rule_code,
            "problem_class": spec.problem_class or entry.problem_class,
            "period": str(Period.of(entry.found_on)),
            "lasting": spec.lasting,
            "object_type": "",
            "object_id": 0,
            "object_url": entry.url,
            "evidence": {"text": " ".join(entry.text.split())},
            "state": first_state(spec),
            "found_by": entry.found_by,
            "found_at": uow.now,
            "due_date": due,
            "responsible_person": "",
            "claim": {},
            "reopened_count": 0,
            "false_claim": False,
        })  # fmt: skip
    ids = uow.session.scalars(insert(Finding).returning(Finding.id, sort_by_parameter_order=True), rows).all()
    found = zip(ids, entries, strict=True)
    note_events(uow, "found", [(one, entry.unit_id, {"by": entry.found_by}) for one, entry in found])
    uow.audit(
        "finding.enter", tenant_id=office_id, object_type="finding", object_id=ids[0], detail={"findings": list(ids)}
    )  # fmt: skip
    return ids


def import_entries(uow: UnitOfWork, *, office_id: int, table: Table) -> tuple[int, list[CellFault]]:
    """Open findings from a list of faults, all or none; returns their number, and what is wrong by cell.

    Raises:
        NotFound: when the office is missing.
    """
    today = shanghai_date(uow.now)
    units = units_of_office(uow, office_id=office_id, period=Period.of(today))
    wrong, entries = list(table.faults), []
    for row in table.rows:
        entry = _read(row, units, today)
        if entry is not None:
            for fault in entry_faults(entry, today=today):
                row.fault(fault.field, fault.problem, fault.remedy)
            entries.append(entry)
        wrong.extend(row.faults)
    if wrong:
        return 0, wrong
    return enter(uow, office_id=office_id, entries=entries), []


def _read(row: TableRow, units: UnitList, today: date) -> Entry | None:
    meant = units.find(row.text("unit"))
    if len(meant) != 1 and "unit" in row.values:
        row.fault("unit", explain(row.text("unit"), meant), "请填写单位代码，或核对单位名称")
    written = row.text("class").strip()
    code = next((code for code, title in ENTERED.items() if title == written and code != OTHER), OTHER)
    problem_class = _CLASSES.get(written, "")
    if "class" in row.values and code == OTHER and not problem_class:
        row.fault("class", "不是通报的问题类别", f"请填写{'、'.join(_CLASSES)}之一")
    source = next((key for key, label in SOURCES.items() if label == row.text("source").strip()), "")
    found, due = row.date("found"), row.date("due")
    if row.faults or len(meant) != 1:
        return None
    return Entry(
        meant[0].id, code, problem_class, row.text("text"), row.text("url").strip(), source, found or today, due
    )  # fmt: skip
