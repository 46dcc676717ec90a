"""What an item's page and its editor show of its partners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.checks import DOCUMENT_COLUMNS
from gongkai.publishing.consultations import COLUMNS, UNTIL
from gongkai.publishing.links import queries
from gongkai.publishing.links.agencies import CO_ISSUERS, names_in, unit_names, units_named
from gongkai.publishing.links.columns import CONSULTATION, DOCUMENT, INTERPRETATIONS, column_kind
from gongkai.publishing.links.models import InterpretationPlan
from gongkai.publishing.links.plans import FORMS, due_day, latest, plan_of
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import state_words

_NOT_YET = frozenset({ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED})


@dataclass(frozen=True, slots=True)
class Partner:
    """A linked item of the unit; `where` says how far it is."""

    id: int
    title: str
    where: str
    state: str


@dataclass(frozen=True, slots=True)
class LinkPanel:
    """The partners of an item.

    Attributes:
        kind: whether its column holds documents, interpretations or consultations; empty for all others.
        asks: whether it announces a consultation itself.
        subject_id: the item that links belong to: a revision has those of what it revises.
        partners: what it is linked with; `choices` what it may be linked with, (id, words).
        plan_words: the plan, its day, or why no interpretation is needed, in sentences.
        together: what an approver has to know before approving.
        waits: whether it cannot be published before its document.
        co_issuers: (name, note) of a joint document; `names` are those that may be chosen.
    """

    kind: str
    subject_id: int
    partners: Sequence[Partner]
    choices: Sequence[tuple[int, str]]
    plan: InterpretationPlan | None
    plan_words: str
    together: str
    waits: bool
    co_issuers: Sequence[tuple[str, str]]
    names: Sequence[tuple[str, str]]
    may_write: bool
    asks: bool
    forms: Sequence[str] = FORMS


def panel_of(uow: UnitOfWork, *, actor: Actor, item: Item, choosing: bool = False) -> LinkPanel:
    """The partners of an item of the unit acted for; with `choosing` also what it may be linked with."""
    subject_id = item.revises_id or item.id
    kind = column_kind(uow.session.get_one(ContentColumn, item.column_id).code)
    rows = queries.linked_with(uow, tenant_id=item.tenant_id, item_id=subject_id)
    plan = plan_of(uow, tenant_id=item.tenant_id, item_id=subject_id) if kind == DOCUMENT else None
    documents = [row for row in rows if not row.interprets]
    waits = any(row.state in _NOT_YET or row.state == ItemState.SCHEDULED for row in documents)
    joint = item.origin == "joint" and not item.is_reprint
    may_write = actor.may(Permission.ITEMS_WRITE)
    return LinkPanel(
        kind=kind,
        subject_id=subject_id,
        partners=[Partner(row.id, row.title, state_words(row.state, row.step), row.state) for row in rows],
        choices=_choices(uow, item, kind, rows) if may_write and (choosing or item.state == "published") else (),
        plan=plan,
        plan_words=_plan_words(plan, done=any(row.interprets and row.state == ItemState.PUBLISHED for row in rows)),
        together=_together(uow, item, rows, plan) if item.revises_id is None else "",
        waits=waits and item.state != ItemState.PUBLISHED,
        co_issuers=_co_issuers(uow, item) if joint else (),
        names=[(name, name) for name in unit_names(uow, but=item.tenant_id)] if joint and choosing else (),
        may_write=may_write,
        asks=kind == CONSULTATION and UNTIL in item.optional,
    )


def _choices(uow: UnitOfWork, item: Item, kind: str, rows: Sequence[AnyRow]) -> list[tuple[int, str]]:
    if not kind or item.revises_id is not None:
        return []
    families = [INTERPRETATIONS] if kind == DOCUMENT else sorted(COLUMNS if kind == CONSULTATION else DOCUMENT_COLUMNS)
    taken = {item.id, *(row.id for row in rows)}
    asking = UNTIL not in item.optional if kind == CONSULTATION else None
    found = queries.linkable(uow, tenant_id=item.tenant_id, families=families, but=taken, asking=asking)
    return [(row.id, f"{row.title or '（未填写标题）'}（{state_words(row.state, row.step)}）") for row in found]


def _plan_words(plan: InterpretationPlan | None, *, done: bool) -> str:
    if plan is None:
        return ""
    if plan.reason:
        return f"编写人说明不需要解读：{plan.reason.rstrip('。')}。"
    due = f"解读最迟应于{format_date(plan.due_date)}发布。" if plan.due_date and not done else ""
    if plan.planned_date is None:
        return due
    person = f"，责任人：{plan.person}" if plan.person else ""
    return f"计划{format_date(plan.planned_date)}前发布解读，形式：{plan.form or '未填写'}{person}。{due}"


def _together(uow: UnitOfWork, item: Item, rows: Sequence[AnyRow], plan: InterpretationPlan | None) -> str:
    """What becomes of the other one when this one is approved now; empty when nothing does."""
    if item.state not in _NOT_YET and item.state != ItemState.SCHEDULED:
        return ""
    documents = [row for row in rows if not row.interprets]
    for row in documents:
        if row.state in _NOT_YET or row.state == ItemState.SCHEDULED:
            where = state_words(row.state, row.step)
            return f"所解读的文件《{row.title}》现为“{where}”。解读批准后不单独发布，随文件一并发布。"
    ready = [row for row in rows if row.interprets and row.state == ItemState.APPROVED]
    coming = [row for row in rows if row.interprets and row.state in _NOT_YET and row.state != ItemState.APPROVED]
    if ready and not coming:
        return f"解读《{'》《'.join(row.title for row in ready)}》已批准，文件发布时一并发布。"
    if coming:
        last = _due_words(uow, plan)
        where = state_words(coming[0].state, coming[0].step)
        return (
            f"解读《{coming[0].title}》现为“{where}”。现在批准的，文件先行发布，解读最迟{last}发布；"
            "需要一并发布的，请等解读批准后再批准文件。"
        )
    return ""


def _due_words(uow: UnitOfWork, plan: InterpretationPlan | None) -> str:
    calendar, today = load_calendar(uow), shanghai_date(uow.now)
    day: date = latest(calendar, published=today)
    if plan is not None and plan.planned_date is not None:
        day = due_day(calendar, published=today, planned=plan.planned_date)
    return f"{format_date(day)}（今天发布的）"


def _co_issuers(uow: UnitOfWork, item: Item) -> list[tuple[str, str]]:
    """The co-issuing agencies, each with what becomes or became of it on the platform."""
    names = names_in(str(item.optional.get(CO_ISSUERS, "")))
    units = units_named(uow, names)
    if item.state != ItemState.PUBLISHED:
        return [(name, "平台单位，发布后会收到转载提示" if name in units else "平台以外的机关") for name in names]
    told = {row.unit_id: row for row in queries.reprinted_by(uow, tenant_id=item.tenant_id, item_id=item.id)}
    return [(name, _told(told.get(units.get(name, 0)))) for name in names]


def _told(row: AnyRow | None) -> str:
    if row is None:
        return "平台以外的机关"
    if row.item_id is not None:
        return "已转载"
    return f"不转载：{row.declined_reason}" if row.declined_reason else "已提示，尚未转载"
