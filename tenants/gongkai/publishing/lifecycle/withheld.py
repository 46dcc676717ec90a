"""What is not public is assessed each year, and published when it may be （条例 art. 18; form D04）."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.accounts.actors import Actor
from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import plus_months
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, DomainError, Fault, Invalid
from gongkai.core.tables.writing import Sheet, Value
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.chain import ASSESSED_AFTER_MONTHS
from gongkai.publishing.drafts import COPIED, copy_attachments, due_date, form_of
from gongkai.publishing.lifecycle import queries
from gongkai.publishing.lifecycle.models import RESULTS, WithheldAssessment
from gongkai.publishing.models import MODES, Item
from gongkai.publishing.states import ItemState

REASON_LIMIT = 500
MOST = 5000
"""Rows of a form D04; beyond any real unit."""
HEADER = (
    "序号", "索引号", "名称", "文号", "公开方式", "不公开理由", "不公开情形", "认定日期", "上次评估日期",
    "下次评估日期", "评估结果", "评估意见", "评估人",
)  # fmt: skip
EXEMPTIONS = (
    (
        ("第十四条", "国家秘密", "国家安全", "公共安全", "经济安全", "社会稳定"),
        "国家秘密或危及安全稳定（条例第十四条）",
    ),
    (("第十五条", "商业秘密", "个人隐私"), "商业秘密、个人隐私（条例第十五条）"),
    (
        ("第十六条", "内部事务", "过程性", "讨论记录", "过程稿", "执法案卷"),
        "内部事务、过程性信息、执法案卷（条例第十六条）",
    ),
)


@dataclass(frozen=True, slots=True)
class YearCount:
    """Assessments of a year, for the yearly report: of them kept, and to be published."""

    year: int
    kept: int
    published: int

    @property
    def assessed(self) -> int:
        """All of them."""
        return self.kept + self.published


def assess(uow: UnitOfWork, *, actor: Actor, item_id: int, result: str, reason: str) -> WithheldAssessment:
    """Keep an item from the public for another year, or begin its publication in a draft.

    The draft takes the way of any other: its limit runs from today, and whoever assessed is one of its authors.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it is public, was never decided on, or its publication is under way.
        Invalid: when the result is unknown or the reason is missing.
    """
    check_assessment(result, reason)
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, *queries.WITHHELD)
    if item.revises_id is not None:
        raise Conflict("这是已公开信息的修改稿，不在不予公开信息清单中。")
    if queries.opened_in(uow, tenant_id=item.tenant_id, item_id=item.id) is not None:
        raise Conflict(f"《{item.title}》已转为公开，正在办理或已经公开，无需再次评估。")
    today = shanghai_date(uow.now)
    found = WithheldAssessment(
        tenant_id=item.tenant_id,
        item_id=item.id,
        assessed_date=today,
        result=result,
        reason=reason.strip(),
        draft_id=_draft(uow, actor, item).id if result == "publish" else None,
        assessor_id=actor.user_id,
        assessor_name=actor.name,
    )
    uow.session.add(found)
    item.next_assessment_date = plus_months(today, ASSESSED_AFTER_MONTHS)
    uow.session.flush()
    uow.audit("item.assess", tenant_id=item.tenant_id, object_type="item", object_id=item.id, detail={"result": result})
    return found


def assess_many(
    uow: UnitOfWork, *, actor: Actor, item_ids: Iterable[int], result: str, reason: str
) -> tuple[list[WithheldAssessment], dict[int, str]]:
    """Assess several items alike, each in a savepoint; ids ascending (lock order).

    Returns:
        What was assessed, and for each refused id the reason.

    Raises:
        Invalid: when nothing is chosen, the result is unknown or the reason is missing.
    """
    wanted = sorted(set(item_ids))
    check_assessment(result, reason, chosen=len(wanted))
    done: list[WithheldAssessment] = []
    refused: dict[int, str] = {}
    for item_id in wanted:
        try:
            with uow.session.begin_nested():
                done.append(assess(uow, actor=actor, item_id=item_id, result=result, reason=reason))
        except DomainError as error:
            refused[item_id] = error.message
    return done, refused


def check_assessment(result: str, reason: str, *, chosen: int = 1) -> None:
    """Refuse an assessment that says too little.

    Raises:
        Invalid: naming `items`, `result` or `reason`.
    """
    faults = []
    if not chosen:
        faults.append(Fault("items", "未选择信息", "请勾选要评估的信息"))
    if result not in RESULTS:
        faults.append(Fault("result", "未选择评估结果", "请选择继续不公开或转为公开"))
    if not reason.strip():
        faults.append(Fault("reason", "未填写评估意见", "请写明继续不公开的理由和依据，或可以公开的原因"))
    elif len(reason.strip()) > REASON_LIMIT:
        faults.append(Fault("reason", f"评估意见过长（{len(reason.strip())}字）", f"请控制在{REASON_LIMIT}字以内"))
    if faults:
        raise Invalid(faults)


def year_count(uow: UnitOfWork, *, tenant_id: int, year: int) -> YearCount:
    """A unit's assessments of a year, for its yearly report."""
    rows = queries.assessments(uow, tenant_id=tenant_id, since=date(year, 1, 1), until=date(year, 12, 31))
    numbers = {row.result: int(row.number) for row in rows}
    return YearCount(year, numbers.get("keep", 0), numbers.get("publish", 0))


def exemption(reason: str) -> str:
    """The exemption of the regulation that a reason names, empty when it names none （条例 arts. 14-16）."""
    return next((label for words, label in EXEMPTIONS if any(word in reason for word in words)), "")


def form_rows(rows: Sequence[AnyRow]) -> list[tuple[Value, ...]]:
    """The lines of form D04 from rows of `queries.withheld`; columns as `HEADER`."""
    return [
        (
            number, row.index_number or "", row.title, row.document_number, MODES[row.mode], row.reason,
            exemption(row.reason), shanghai_date(row.decided_at) if row.decided_at else None, row.last_date,
            row.next_date, RESULTS.get(row.last_result or "", ""), row.last_reason or "", row.last_assessor or "",
        )
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip


def form_sheet(rows: Sequence[AnyRow]) -> Sheet:
    """Form D04 as a worksheet."""
    return Sheet("不予公开信息动态调整", HEADER, form_rows(rows))


def _draft(uow: UnitOfWork, actor: Actor, item: Item) -> Item:
    values = {name: getattr(item, name) for name in COPIED}
    draft = Item(
        tenant_id=item.tenant_id,
        state=ItemState.DRAFT,
        entry_route="chain",
        change_date=shanghai_date(uow.now),
        created_by=actor.user_id,
        created_at=uow.now,
        updated_at=uow.now,
        author_ids=[actor.user_id],
        body_html=item.body_html,
        text_digest=item.text_digest,
        **values | {"disclosure_mode": "proactive", "withheld_reason": ""},
    )
    column = get_column(uow, tenant_id=item.tenant_id, column_id=item.column_id)
    draft.publish_due_date = due_date(uow, item=draft, form=form_of(draft), column=column)
    uow.session.add(draft)
    uow.session.flush()
    copy_attachments(uow, from_id=item.id, to=draft)
    uow.audit("item.create", tenant_id=item.tenant_id, object_type="item", object_id=draft.id)
    return draft
