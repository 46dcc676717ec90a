"""Form D01, 政府信息公开审查呈批单 (`forms-and-terms.md` section 12), of an item in its chain.

Title, number, drafter, mode, reason for withholding, findings, attachments; a box for each step, for privacy and
legality (条例 art. 14 to 17) with opinion, signature and date; the code of what it was printed of; the text behind it.
"""

from collections.abc import Iterable, Sequence

from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict
from gongkai.core.officialdoc.model import Block, Column, OfficialDocument, Table, paragraph
from gongkai.core.richtext.plain import to_text
from gongkai.core.storage.names import size_label
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import queries
from gongkai.publishing.editing import check
from gongkai.publishing.models import CHANGE_KINDS, MODES, Item
from gongkai.publishing.signing.digest import content_digest, sheet_code, submission_round
from gongkai.publishing.signing.queries import decisions
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.tenancy.models import Tenant

TITLE = "政府信息公开审查呈批单"
PRIVACY = "个人隐私、商业秘密审查"
FULL_TEXT = "拟公开信息全文："
PRINTABLE = frozenset(
    {
        ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED,
        ItemState.WITHHELD, ItemState.ON_REQUEST,
    }
)  # fmt: skip
_ROOM = "\n\n"
"""Empty lines that leave a box high enough to write and sign in."""
_DATE = "　年　月　日"
_NOTE = "内容改动或退回后重新送审的，本单作废，须重新打印送签；签批后由登记人上传扫描件并照录校验码"


def sheet_code_of(uow: UnitOfWork, *, item: Item) -> str:
    """The code that a sheet of the item bears when it is printed now."""
    return sheet_code(content_digest(uow, item=item), submission_round(uow, item=item))


def approval_sheet(uow: UnitOfWork, *, item: Item) -> OfficialDocument:
    """The sheet of an item as it stands now, with the opinions given so far.

    Raises:
        Conflict: when the item was not submitted, or is public already.
    """
    if item.state not in PRINTABLE:
        raise Conflict("呈批单在送审之后、发布之前打印。这条信息现在没有需要签批的环节。")
    unit = uow.session.get_one(Tenant, item.tenant_id).official_name
    return OfficialDocument(
        agency_banner=unit,
        title=TITLE,
        main_addressees=None,
        blocks=(
            Table(None, (Column("项目", 1), Column("内容", 4)), tuple(_facts(uow, item))),
            Table(
                None,
                (Column("环节", 5), Column("意见", 9), Column("签字", 4, "center"), Column("日期", 6, "center")),
                tuple(_steps(item, decisions(uow, item=item))),
            ),
            *_text(item),
        ),
        signature_agency=unit,
        formed_date=shanghai_date(uow.now),
        red_head=False,
    )


def _facts(uow: UnitOfWork, item: Item) -> Iterable[tuple[str, str]]:
    names = queries.names_of(uow, item.author_ids)
    column = get_column(uow, tenant_id=item.tenant_id, column_id=item.column_id)
    files = queries.attachments(uow, tenant_id=item.tenant_id, item_id=item.id)
    yield "标题", item.title
    yield "文号", item.document_number or "无"
    yield "成文日期", format_date(item.formed_date) if item.formed_date else ""
    yield "起草人", "、".join(names[user_id] for user_id in item.author_ids if user_id in names)
    yield "承办科室", item.responsible_unit
    yield "拟公开栏目", column.name
    yield "拟公开方式", MODES[item.disclosure_mode]
    if item.disclosure_mode != "proactive":
        yield "不主动公开的理由和依据", item.withheld_reason
    if item.change_kind:
        yield "变更类型和原因", f"{CHANGE_KINDS[item.change_kind]}：{item.change_reason}"
    yield "自动检查", _findings(uow, item)
    yield "附件目录", _listed(files)
    yield "校验码", f"{sheet_code_of(uow, item=item)}（第{submission_round(uow, item=item)}次送审）\n{_NOTE}"


def _findings(uow: UnitOfWork, item: Item) -> str:
    found = check(uow, item=item)
    lines = [fault.problem for fault in (*found.blocks, *found.warnings)]
    lines += [f"{fault.problem}（编写人说明：{item.check_overrides[fault.code]}）" for fault in found.explained]
    return "\n".join(lines) or "要素、日期、文号、个人信息等检查未发现问题"


def _listed(files: Sequence[AnyRow]) -> str:
    lines = [f"{place}. {file.filename}（{size_label(file.size_bytes)}）" for place, file in enumerate(files, start=1)]
    return "\n".join(lines) or "无"


def _steps(item: Item, decided: dict[str, AnyRow]) -> Iterable[tuple[str, str, str, str]]:
    kinds = [StepKind(kind) for kind in item.chain_steps]
    for kind in kinds:
        row = decided.get(kind)
        if row is None:
            yield STEP_LABELS[kind] + ("（领导签发）" if kind is StepKind.FINAL else ""), *_empty()
        elif row.signed_date is None:
            yield STEP_LABELS[kind], row.opinion, row.actor_name, format_date(shanghai_date(row.at))
        else:
            opinion = row.paper_opinion or "同意（线下签批）"
            yield STEP_LABELS[kind], opinion, row.signatory_name, format_date(row.signed_date)
        if kind is StepKind.CONFIDENTIALITY:
            yield PRIVACY, *_empty()
            if StepKind.LEGALITY not in kinds:
                yield f"{STEP_LABELS[StepKind.LEGALITY]}（需要时填写）", *_empty()


def _empty() -> tuple[str, str, str]:
    return _ROOM, "", _DATE


def _text(item: Item) -> Iterable[Block]:
    yield paragraph(FULL_TEXT)
    yield paragraph(item.title)
    for line in to_text(item.body_html).split("\n"):
        yield paragraph(line or "（没有正文，见附件）")
