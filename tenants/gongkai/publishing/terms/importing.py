"""Lists as spreadsheets: importing adds and changes entries, all rows or none; exporting gives the same columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from gongkai.accounts.actors import Actor
from gongkai.core.db import AnyRow
from gongkai.core.errors import Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import KINDS, LEVELS
from gongkai.publishing.terms.schemas import FIELDS, TermForm, read_term
from gongkai.publishing.terms.services import put_terms

COLUMNS = (
    Column("kind", FIELDS["kind"], required=True, aliases=("词条类别",), help="、".join(KINDS.values())),
    Column("wrong", FIELDS["wrong"], required=True, aliases=("错误表述", "姓名", "机构名称"), help="领导人填姓名"),
    Column("right", FIELDS["right"], aliases=("正确表述", "职务", "现机构名称"), help="领导人填职务，多个用顿号分隔"),
    Column("level", FIELDS["level"], required=True, help="禁止或提示"),
    Column("rank", FIELDS["rank"], aliases=("序号",), help="领导人在名单中的顺序号"),
    Column("valid_from", FIELDS["valid_from"], aliases=("生效日期", "撤销日期")),
    Column("valid_to", FIELDS["valid_to"], aliases=("失效日期",)),
    Column("note", FIELDS["note"], aliases=("备注", "依据")),
)
EXAMPLES: tuple[tuple[str, ...], ...] = (
    ("领导人姓名职务及排序", "示例甲", "县委书记", "提示", "1", "2023-01-10", "", ""),
    ("领导人姓名职务及排序", "示例乙", "县委副书记、县长", "提示", "2", "2023-01-10", "", ""),
    ("常见错别字", "帐号", "账号", "提示", "", "", "", ""),
    ("过时表述", "建国60周年", "新中国成立60周年", "禁止", "", "", "", "按规范表述"),
    ("已撤销机构名称", "示例县扶贫开发办公室", "示例县乡村振兴局", "禁止", "", "2021-06-01", "", "机构改革"),
)
_BY_LABEL = {label: kind for kind, label in KINDS.items()} | {
    "领导人": "leader",
    "错别字": "typo",
    "撤销机构": "abolished",
}
_LEVEL_BY_LABEL = {label: level for level, label in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do: with faults nothing."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: Sequence[CellFault] = ()


def import_terms(uow: UnitOfWork, *, actor: Actor, table: Table, reason: str, dry_run: bool) -> Outcome:
    """Bring a table into the list of the actor's office; with `dry_run` only say what would happen."""
    faults = list(table.faults)
    forms: dict[tuple[str, str], TermForm] = {}
    for row in table.rows:
        form = _read(row)
        if form is not None and (form.kind, form.wrong) in forms:
            row.fault("wrong", "同一词条出现了两次", "请只保留一行")
        elif form is not None:
            forms[form.kind, form.wrong] = form
        faults += row.faults
    if faults:
        return Outcome(faults=faults)
    with uow.session.begin_nested() as savepoint:
        added, changed = put_terms(uow, actor=actor, forms=list(forms.values()), reason=reason)
        if dry_run:
            savepoint.rollback()
    return Outcome(added, changed, len(forms) - added - changed)


def _read(row: TableRow) -> TermForm | None:
    values = {name: row.text(name) for name in FIELDS}
    for name in ("valid_from", "valid_to"):
        day = row.date(name)
        values[name] = day.isoformat() if day else ""
    values["kind"] = _BY_LABEL.get(values["kind"].strip(), "")
    values["level"] = _LEVEL_BY_LABEL.get(values["level"].strip(), "")
    said = {fault.column_title for fault in row.faults}
    try:
        form = read_term(values)
    except Invalid as refusal:
        for fault in refusal.faults:
            if FIELDS[fault.field] not in said:
                row.fault(fault.field, fault.problem, fault.remedy)
        return None
    return None if row.faults else form


def template_workbook() -> bytes:
    """The workbook to fill in."""
    return write_xlsx([Sheet("词条", [column.title for column in COLUMNS], EXAMPLES)])


def export_workbook(rows: Sequence[AnyRow]) -> bytes:
    """A list as a workbook that the import takes; rows as `queries.terms_page`."""
    body = (
        (
            KINDS[row.kind], row.wrong, row.right, LEVELS[row.level], row.rank, row.valid_from, row.valid_to, row.note,
        )
        for row in rows
    )  # fmt: skip
    return write_xlsx([Sheet("词条", [column.title for column in COLUMNS], body)])
