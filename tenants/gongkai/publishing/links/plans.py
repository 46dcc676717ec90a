"""Interpretation of documents: what must be arranged before submission, and by when what was planned is due.

Sources: 三同步 and the third working day (`catalog.md` section 12), PB-INTERP and SR-I1 (`supervision.md`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendar, load_calendars
from gongkai.core.calendar.workdays import WorkingDayCalendar
from gongkai.core.db import AnyRow
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.models import INTERPRETS, InterpretationPlan, ItemLink
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState

LATEST_WORKING_DAYS = 3
"""By how many working days after its document an interpretation is published at the latest."""
FORMS = ("文字解读", "图解", "视频解读", "新闻发布会", "负责人访谈", "专家解读")
LIMITS = {"plan_form": 50, "plan_person": 50, "plan_reason": 500}
_LABELS = {"plan_form": "解读形式", "plan_person": "解读责任人", "plan_reason": "不需要解读的理由"}
_ENDED = (ItemState.TAKEN_DOWN, ItemState.WITHHELD, ItemState.ON_REQUEST)


@dataclass(frozen=True, slots=True)
class PlanForm:
    """The plan as the editor sends it; it may be incomplete."""

    planned_date: date | None
    form: str
    person: str
    reason: str


def read_plan(values: Mapping[str, str]) -> PlanForm:
    """The plan of the editor's form.

    Raises:
        Invalid: naming each field that cannot be read.
    """
    faults = []
    texts = {name: values.get(name, "").strip() for name in LIMITS}
    for name, limit in LIMITS.items():
        if len(texts[name]) > limit:
            faults.append(Fault(name, f"{_LABELS[name]}过长（{len(texts[name])}字）", f"请控制在{limit}字以内"))
    day, written = None, values.get("plan_date", "").strip()
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        faults.append(Fault("plan_date", "计划解读日期格式有误", "请按2023-03-23的格式填写"))
    if faults:
        raise Invalid(faults)
    return PlanForm(day, texts["plan_form"], texts["plan_person"], texts["plan_reason"])


def plan_of(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> InterpretationPlan | None:
    """The plan of a document, None where nothing was written."""
    return uow.session.scalar(
        select(InterpretationPlan).where(
            InterpretationPlan.tenant_id == tenant_id, InterpretationPlan.item_id == item_id
        )
    )


def plan_values(plan: InterpretationPlan | None) -> dict[str, str]:
    """A plan as the texts of the editor's form."""
    if plan is None:
        return dict.fromkeys(("plan_date", *LIMITS), "")
    day = plan.planned_date.isoformat() if plan.planned_date else ""
    return {"plan_date": day, "plan_form": plan.form, "plan_person": plan.person, "plan_reason": plan.reason}


def save_plan(uow: UnitOfWork, *, item: Item, form: PlanForm) -> None:
    """Keep what the editor of a draft says about its interpretation; an empty form keeps nothing."""
    found = plan_of(uow, tenant_id=item.tenant_id, item_id=item.id)
    if form == PlanForm(None, "", "", ""):
        if found is not None:
            uow.session.delete(found)
        return
    if found is None:
        found = InterpretationPlan(tenant_id=item.tenant_id, item_id=item.id)
        uow.session.add(found)
    found.planned_date, found.form, found.person, found.reason = form.planned_date, form.form, form.person, form.reason
    found.set_at = uow.now
    uow.session.flush()


def gap(uow: UnitOfWork, item: Item, *, due: date | None) -> str:
    """What a document still lacks in the arrangement of its interpretation; empty when all is arranged.

    `due` is the last day for its publication: no plan can lie later than three working days after it.
    """
    linked = (
        select(ItemLink.id)
        .join(Item, Item.id == ItemLink.item_id)
        .where(ItemLink.tenant_id == item.tenant_id, ItemLink.target_id == item.id, ItemLink.kind == INTERPRETS)
        .where(Item.state.not_in(_ENDED))
    )
    if uow.session.scalar(linked.limit(1)) is not None:
        return ""
    plan = plan_of(uow, tenant_id=item.tenant_id, item_id=item.id)
    if plan is None:
        return "没有关联解读，也没有解读计划或者不需要解读的理由"
    if plan.reason:
        return "同时填写了解读计划和不需要解读的理由" if plan.planned_date else ""
    if not (plan.planned_date and plan.form and plan.person):
        return "解读计划不完整，须有日期、形式和责任人"
    if plan.planned_date < shanghai_date(uow.now):
        return f"计划解读日期{format_date(plan.planned_date)}已过"
    calendar = load_calendar(uow, tenant_id=item.tenant_id)
    if due is not None and plan.planned_date > (last := latest(calendar, published=due)):
        return f"计划解读日期晚于{format_date(last)}，解读最迟应在文件发布后{LATEST_WORKING_DAYS}个工作日内发布"
    return ""


def latest(calendar: WorkingDayCalendar, *, published: date) -> date:
    """The last day for the interpretation of a document published on that day."""
    return calendar.add_working_days(published, LATEST_WORKING_DAYS).date


def due_day(calendar: WorkingDayCalendar, *, published: date, planned: date | None) -> date:
    """By when the interpretation of a document is due: the planned day, neither before the document nor too late."""
    last = latest(calendar, published=published)
    return last if planned is None else min(max(planned, published), last)


def without_interpretation(document: type[Item]) -> ColumnElement[bool]:
    """Condition: no interpretation of the document is public."""
    other = aliased(Item)
    return ~exists().where(
        ItemLink.tenant_id == document.tenant_id,
        ItemLink.target_id == document.id,
        ItemLink.kind == INTERPRETS,
        ItemLink.item_id == other.id,
        other.is_public,
    )


def start_clocks(uow: UnitOfWork, item_ids: Collection[int]) -> None:
    """Give a day to what was published without its planned or linked interpretation; idempotent."""
    rows = _awaiting(uow, item_ids)
    if not rows:
        return
    calendars = load_calendars(uow)
    for row in rows:
        plan = plan_of(uow, tenant_id=row.tenant_id, item_id=row.id)
        if plan is None:
            plan = InterpretationPlan(tenant_id=row.tenant_id, item_id=row.id, set_at=uow.now)
            uow.session.add(plan)
        published = shanghai_date(row.published_at)
        plan.due_date = due_day(calendars.of(row.tenant_id), published=published, planned=plan.planned_date)
    uow.session.flush()


def _awaiting(uow: UnitOfWork, item_ids: Collection[int]) -> Sequence[AnyRow]:
    """Public documents among these whose interpretation is arranged, not public, and without a day."""
    planned = InterpretationPlan.planned_date.is_not(None) & (InterpretationPlan.reason == "")
    linked = exists().where(
        ItemLink.tenant_id == Item.tenant_id, ItemLink.target_id == Item.id, ItemLink.kind == INTERPRETS
    )
    query = (
        select(Item.id, Item.tenant_id, Item.published_at)
        .outerjoin(
            InterpretationPlan,
            (InterpretationPlan.tenant_id == Item.tenant_id) & (InterpretationPlan.item_id == Item.id),
        )
        .where(Item.id.in_(item_ids), Item.is_public, InterpretationPlan.due_date.is_(None))
        .where(planned | linked, without_interpretation(Item))
        .order_by(Item.id)
    )
    return uow.session.execute(query).all()
