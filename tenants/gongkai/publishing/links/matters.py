"""What a unit owes its readers: interpretations that are due, joint documents to reprint or to renew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.limits import Deadline, deadline
from gongkai.publishing.links import queries
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import state_words

_ENDED = (ItemState.TAKEN_DOWN, ItemState.WITHHELD, ItemState.ON_REQUEST)


@dataclass(frozen=True, slots=True)
class DueInterpretation:
    """A public document whose interpretation is not; `draft` is one that is in work, with its state in words."""

    document_id: int
    title: str
    due: date
    limit: Deadline
    plan: str
    draft: AnyRow | None
    draft_words: str

    @property
    def words(self) -> str:
        """How the day stands."""
        left = self.limit.left
        if left < 0:
            return f"已逾期{-left}个工作日"
        return "今天到期" if left == 0 else f"还有{left}个工作日"


@dataclass(frozen=True, slots=True)
class Reprint:
    """A joint document and the unit's reprint of it.

    Attributes:
        deed: what there is to do for a writer now: `make`, `renew`, `edit`, or nothing.
        item_id: the reprint, or its next version in work.
    """

    id: int
    source_id: int
    title: str
    lead: str
    document_number: str
    state: str
    deed: str
    item_id: int | None
    declined: str


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Both lists of a unit."""

    interpretations: Sequence[DueInterpretation]
    reprints: Sequence[Reprint]

    @property
    def waiting(self) -> Sequence[Reprint]:
        """Reprints that somebody has to make or renew."""
        return [one for one in self.reprints if one.deed]

    @property
    def count(self) -> int:
        """How many matters wait for a writer."""
        return len(self.interpretations) + len(self.waiting)

    @property
    def headline(self) -> str:
        """The sentence that the person came for."""
        parts = []
        if self.interpretations:
            late = sum(one.limit.left < 0 for one in self.interpretations)
            parts.append(f"{len(self.interpretations)}份文件的解读待发布{f'（{late}份逾期）' if late else ''}")
        if self.waiting:
            parts.append(f"{len(self.waiting)}份联合发文待转载")
        return f"有{'，'.join(parts)}。" if parts else "没有待发布的解读和待转载的联合发文。"


def follow_ups(uow: UnitOfWork, *, tenant_id: int) -> FollowUps:
    """What a unit owes now."""
    rows = queries.due_interpretations(uow, tenant_id=tenant_id)
    drafts = queries.interpretations_of(uow, tenant_id=tenant_id, item_ids=[row.id for row in rows]) if rows else {}
    return FollowUps(
        [_due(uow, row, drafts.get(row.id)) for row in rows],
        [_reprint(row) for row in queries.offers(uow, tenant_id=tenant_id)],
    )


def _due(uow: UnitOfWork, row: AnyRow, draft: AnyRow | None) -> DueInterpretation:
    plan = "，".join(
        words
        for words in (
            f"计划{format_date(row.planned_date)}" if row.planned_date else "",
            row.form,
            f"责任人{row.person}" if row.person else "",
        )
        if words
    )
    limit = deadline(load_calendar(uow), due=row.due_date, today=shanghai_date(uow.now))
    words = state_words(draft.state, draft.step) if draft else ""
    return DueInterpretation(row.id, row.title, row.due_date, limit, plan, draft, words)


def _reprint(row: AnyRow) -> Reprint:
    state, deed, item_id = _standing(row)
    return Reprint(
        row.id, row.source_id, row.title, row.lead, row.document_number, state, deed, item_id, row.declined_reason
    )


def _standing(row: AnyRow) -> tuple[str, str, int | None]:
    """State in words, deed, and the item to look at."""
    if row.item_id is None:
        return ("不转载", "", None) if row.declined_reason else ("待转载", "make", None)
    if row.state in _ENDED:
        return state_words(row.state, row.step), "", row.item_id
    if row.state != ItemState.PUBLISHED:
        return state_words(row.state, row.step), "edit" if row.state == ItemState.DRAFT else "", row.item_id
    if row.revision_id is not None:
        return "更新正在办理", "", row.revision_id
    return ("已转载", "", row.item_id) if row.current else ("原文已修改，待更新", "renew", row.item_id)
