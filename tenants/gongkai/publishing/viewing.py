"""An item as its reviewers see it: metadata in the order of the public page, what happened, and who may do what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import format_date, format_datetime
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import queries
from gongkai.publishing.access import get_item
from gongkai.publishing.chain import decider_refusal
from gongkai.publishing.compare import Comparison, compare_revision
from gongkai.publishing.consultations import consultation_words
from gongkai.publishing.drafts import original_gone
from gongkai.publishing.editing import CheckState, check
from gongkai.publishing.intake.queries import documents_of_item
from gongkai.publishing.models import CHANGE_LABELS, ENTRY_ROUTES, MODES, ORIGINS, VALIDITIES, Item
from gongkai.publishing.passing import arrival
from gongkai.publishing.states import ACTION_LABELS, Action, ItemState
from gongkai.publishing.steps import STEP_LABELS, STEP_ROLES, StepKind

_LONG = ("名称", "内容概述")
_ARRIVALS = {"migrated": "历史信息迁移入库", "collected": "采集入库"}


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the person may do with the item now; `reason` explains why the deciding buttons are not there."""

    edit: bool = False
    delete: bool = False
    recall: bool = False
    review: bool = False
    approve: bool = False
    publish: bool = False
    send_back: bool = False
    unschedule: bool = False
    take_down: bool = False
    revise: bool = False
    export: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ItemPage:
    """All that the page of an item shows.

    Attributes:
        metadata: (label, value) as the public sees them; `internal` is for the unit only.
        explanations: (finding, reason) of the warnings that were overridden.
        events: (time, what, who, opinion), oldest first.
        revision_id, revision_deletable: the revision that is on its way, and whether it was never submitted.
        original_gone: it revises an item that has been taken down, and cannot be published any more.
    """

    item: Item
    metadata: Sequence[tuple[str, str]]
    internal: Sequence[tuple[str, str]]
    checks: CheckState | None
    explanations: Sequence[tuple[str, str]]
    events: Sequence[tuple[str, str, str, str]]
    attachments: Sequence[AnyRow]
    versions: Sequence[AnyRow]
    comparison: Comparison | None
    revision_id: int | None
    revision_deletable: bool
    original_gone: bool
    deeds: Deeds
    body_html: str

    @property
    def wide(self) -> Sequence[str]:
        """Labels that take a whole line: the long texts, and what would leave a hole beside it."""
        short = [label for label, _ in self.metadata if label not in _LONG]
        return [*_LONG, *(short[-1:] if len(short) % 2 else [])]


def item_page(uow: UnitOfWork, *, actor: Actor, item_id: int) -> ItemPage:
    """The page of an item of the unit acted for.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id)
    tenant_id, state = item.tenant_id, ItemState(item.state)
    steps = queries.steps(uow, tenant_id=tenant_id, item_id=item_id)
    revision_id = queries.open_revision(uow, tenant_id=tenant_id, item_id=item_id)
    # A published item shows its current version, everything else its working copy, which may still change.
    on_its_way = state in {ItemState.DRAFT, *queries.IN_PROGRESS, ItemState.SCHEDULED}
    checks = check(uow, item=item) if on_its_way else None
    body = item.body_html
    if item.current_version_id is not None:
        body = queries.published_text(uow, tenant_id=tenant_id, version_id=item.current_version_id)
    return ItemPage(
        item=item,
        metadata=_metadata(uow, item),
        internal=_internal(uow, item),
        checks=checks,
        explanations=_explanations(item, checks),
        events=[*_arrival(uow, item), *_origin(uow, item), *_events(item, steps)],
        attachments=queries.attachments(uow, tenant_id=tenant_id, item_id=item_id),
        versions=queries.versions(uow, tenant_id=tenant_id, item_id=item_id),
        comparison=compare_revision(uow, revision=item) if item.revises_id and on_its_way else None,
        revision_id=revision_id,
        revision_deletable=revision_id is not None
        and actor.may(Permission.ITEMS_WRITE)
        and not queries.has_steps(uow, tenant_id=tenant_id, item_id=revision_id),
        original_gone=original_gone(uow, item),
        deeds=_deeds(actor, item, submitted=bool(steps), revision_id=revision_id),
        body_html=body,
    )


def _deeds(actor: Actor, item: Item, *, submitted: bool, revision_id: int | None) -> Deeds:
    state = ItemState(item.state)
    # Of what a former body left unpublished nothing can be made but drafts of the unit that received it.
    writes = actor.may(Permission.ITEMS_WRITE) and (actor.receiver_id is None or item.revises_id is not None)
    wrote = actor.user_id in item.author_ids
    approves = actor.may(Permission.ITEMS_APPROVE)
    public = state is ItemState.PUBLISHED and item.revises_id is None
    step = StepKind(item.step) if item.step else None
    reason = decider_refusal(item, actor, step) if step else ""
    decides = step is not None and not reason
    return Deeds(
        edit=writes and state is ItemState.DRAFT,
        delete=writes and state is ItemState.DRAFT and not submitted,
        recall=writes
        and (wrote or actor.user_id == item.handler_id)
        and step is not None
        and step == item.chain_steps[0],
        review=decides and step is not StepKind.FINAL,
        approve=decides and step is StepKind.FINAL,
        publish=approves and state in {ItemState.APPROVED, ItemState.SCHEDULED},
        send_back=approves and state is ItemState.APPROVED and not wrote,
        unschedule=approves and state is ItemState.SCHEDULED,
        take_down=approves and public,
        revise=actor.may(Permission.ITEMS_WRITE) and public and revision_id is None,
        export=actor.may(Permission.ARCHIVE_EXPORT),
        reason=reason if step and STEP_ROLES[step] in actor.roles else "",
    )


def _metadata(uow: UnitOfWork, item: Item) -> list[tuple[str, str]]:
    """In the order of the official page (`catalog.md` section 1); what is empty and optional is left out."""
    column = get_column(uow, tenant_id=item.tenant_id, column_id=item.column_id)
    optional: dict[str, Any] = item.optional
    rows = [
        ("索引号", item.index_number or "（发布时自动编号）"),
        ("公开方式", MODES[item.disclosure_mode]),
        ("文号", item.document_number or "无"),
        ("公开时限", optional.get("disclosure_time_limit", "")),
        ("发布机构", item.issuing_agency),
        ("联合发文机关", optional.get("co_issuers", "")),
        ("生成日期", _day(item.formed_date)),
        ("生效日期", _day(item.effective_date)),
        ("发布日期", format_datetime(item.published_at) if item.published_at else ""),
        ("有效性", VALIDITIES[item.validity]),
        ("废止日期", _day(item.repealed_date)),
        ("所属栏目", column.name),
        ("主题分类", item.subject_class),
        ("体裁分类", item.genre_class),
        ("关键词", optional.get("keywords", "")),
        ("公开形式", optional.get("publication_channels", "")),
        ("公示截止", _day(item.display_until)),
        ("公示截止的依据", optional.get("display_basis", "")),
        ("征求意见", consultation_words(optional)),
        ("有效期", optional.get("validity_period", "")),
        ("有效期至", _day(item.valid_until)),
        ("名称", item.title),
        ("内容概述", item.summary),
    ]
    return [(label, str(value)) for label, value in rows if value]


def _internal(uow: UnitOfWork, item: Item) -> list[tuple[str, str]]:
    """What the unit keeps and the public page does not show."""
    handler = item.handler_id or item.created_by or 0
    names = queries.names_of(uow, {*item.author_ids, item.created_by or 0, handler})
    authors = "、".join(names[user] for user in item.author_ids if user in names)
    rows = [
        ("编写人", authors or names.get(item.created_by or 0, "")),
        ("承办人", names.get(handler, "")),
        ("责任科室", item.responsible_unit),
        ("涉密状态", "已确认非涉密" if item.secrecy_cleared else "未确认"),
        ("信息来源", ORIGINS[item.origin]),
        ("是否转载", "是，不计入月度发布任务" if item.is_reprint else "否"),
        ("录入方式", ENTRY_ROUTES[item.entry_route]),
        ("不公开理由", item.withheld_reason),
        ("变更类型", CHANGE_LABELS[item.change_kind] if item.change_kind else ""),
        ("变更原因", item.change_reason),
        ("未计入原因", item.counted_out_reason),
    ]
    return [(label, value) for label, value in rows if value]


def _explanations(item: Item, checks: CheckState | None) -> list[tuple[str, str]]:
    if checks is None:
        return []
    return [(fault.problem, item.check_overrides[fault.code]) for fault in checks.explained]


def _origin(uow: UnitOfWork, item: Item) -> list[tuple[str, str, str, str]]:
    """How a document was signed and sent, before anything happened here."""
    if item.entry_route != "intake":
        return []
    events = []
    for sent in documents_of_item(uow, tenant_id=item.tenant_id, item_id=item.id):
        events.append((format_date(sent.signed_date), "公文系统签发", sent.signatory, sent.signing_opinion))
        events.append((format_datetime(sent.received_at), "公文系统送来", sent.sender or "", ""))
    return events


def _events(item: Item, steps: Sequence[AnyRow]) -> list[tuple[str, str, str, str]]:
    events = [(format_datetime(step.at), _words(step), step.actor_name, step.opinion) for step in steps]
    if item.entry_route in _ARRIVALS and item.recorded_at:
        events.insert(0, (format_datetime(item.recorded_at), _ARRIVALS[item.entry_route], "", ""))
    if item.taken_down_at and item.emergency_id is None and not _has_takedown(steps):
        events.append((format_datetime(item.taken_down_at), "撤下", "", item.taken_down_reason))
    return events


def _has_takedown(steps: Sequence[AnyRow]) -> bool:
    """Whether the last takedown is among the steps, as one by an office is."""
    return any(step.action == Action.TAKE_DOWN for step in steps)


def _arrival(uow: UnitOfWork, item: Item) -> list[tuple[str, str, str, str]]:
    """How the item came from another unit, if it did, behind what was decided on it there."""
    came = arrival(uow, tenant_id=item.tenant_id, item_id=item.id)
    if came is None:
        return []
    # Who follows a body reads its steps; of a unit that goes on there are none to read.
    steps = queries.steps(uow, tenant_id=came.from_unit, item_id=came.from_item or 0)
    before = [(format_datetime(step.at), f"原单位：{_words(step)}", step.actor_name, step.opinion) for step in steps]
    return [*before, (format_datetime(came.at), f"由{came.official_name}转入", "", came.note or "")]


def _words(step: AnyRow) -> str:
    """What was done: an agreement and a return name the step of the chain."""
    if not step.step:
        return ACTION_LABELS[Action(step.action)]
    name = STEP_LABELS[StepKind(step.step)]
    return f"{name}退回" if step.action == Action.RETURN else f"{name}通过"


def _day(day: Any) -> str:
    return day.isoformat() if day else ""
