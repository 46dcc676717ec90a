"""What another calendar moves: dates counted in working days that are still ahead.

Terms of publication of what is not public are limits of the law, and follow the calendar both ways. A date that a unit
was told leaves it as many working days as before: it may fall later, never earlier. A date that stands in a document
which was issued or served is not touched; those are listed with the reason, so that an office can extend them itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.areas import Calendars
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import Days, load_calendars
from gongkai.core.calendar.workdays import WorkingDayCalendar
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import EmergencyTakedown
from gongkai.publishing.limits import publication_limit
from gongkai.publishing.links.models import InterpretationPlan
from gongkai.publishing.links.plans import without_interpretation
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.supervision.ledger.records import note_events
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.rounds.states import SheetState
from gongkai.supervision.slips.models import SlipDelivery
from gongkai.supervision.slips.states import WAITING as SLIP_WAITS
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.states import WAITING as TRANSFER_WAITS

UNPUBLISHED = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED)
ITEM = "item"
LABELS = {
    ITEM: "未发布信息的公开期限",
    "finding": "督查问题的整改时限",
    "transfer": "政府信息送交时限",
    "interpretation": "文件解读的发布时限",
    "paper": "紧急撤下的书面依据补送时限",
    "circulated": "通报点名问题的整改时限",
    "extended": "经批准延长的整改时限",
    "slip": "工作提示单的回复时限",
    "sheet": "问题核实反馈表的反馈时限",
}
"""Kind of date → what it is called."""
STAYS = {
    "circulated": "通报已编号印发，时限写在通报中；确需顺延的，请在整改台账中逐项延长",
    "extended": "延长后的时限是批准时确定的日期，不按工作日推算",
    "slip": "提示单已编号印发，时限写在单上；确需顺延的，请撤回后重新印发",
    "sheet": "反馈表已送达单位，时限写在表上",
}
"""Kinds of dates that are not moved, and why."""


@dataclass(frozen=True, slots=True)
class Move:
    """A date that falls on another day by another calendar; those of the kinds in `STAYS` would, and are left."""

    kind: str
    id: int
    tenant_id: int
    before: date | None
    after: date


@dataclass(frozen=True, slots=True)
class _Told:
    """A kind of date that units were told: the open ones, by (id, tenant_id, due, since), and where they are kept."""

    kind: str
    rows: Callable[[], Any]
    table: type[Any] | None = None
    field: str = "due_date"


def _findings(kind: str) -> Any:
    named, extended = Finding.circular_id.is_not(None), Finding.extension.is_not(None)
    conditions = {"finding": ~named & ~extended, "extended": extended, "circulated": named & ~extended}
    return select(Finding.id, Finding.tenant_id, Finding.due_date.label("due"), Finding.found_at.label("since")).where(
        Finding.state.in_(OPEN_STATES), Finding.closed_at.is_(None), conditions[kind]
    )


def _interpretations() -> Any:
    plan = InterpretationPlan
    return (
        select(plan.id, plan.tenant_id, plan.due_date.label("due"), plan.set_at.label("since"))
        .join(Item, (Item.tenant_id == plan.tenant_id) & (Item.id == plan.item_id))
        .where(plan.planned_date.is_(None), Item.is_public, without_interpretation(Item))
    )


_TOLD = (
    _Told("finding", lambda: _findings("finding"), Finding),
    _Told(
        "transfer",
        lambda: select(
            TransferList.id, TransferList.tenant_id, TransferList.due_date.label("due"),
            TransferList.made_at.label("since"),
        ).where(TransferList.state.in_(TRANSFER_WAITS)),
        TransferList,
    ),
    _Told("interpretation", _interpretations, InterpretationPlan),
    _Told(
        "paper",
        lambda: select(
            EmergencyTakedown.id, EmergencyTakedown.tenant_id, EmergencyTakedown.paper_due_date.label("due"),
            EmergencyTakedown.taken_at.label("since"),
        ).where(EmergencyTakedown.paper_received_at.is_(None)),
        EmergencyTakedown,
        "paper_due_date",
    ),
    _Told("circulated", lambda: _findings("circulated")),
    _Told("extended", lambda: _findings("extended")),
    _Told(
        "slip",
        lambda: select(
            SlipDelivery.id, SlipDelivery.tenant_id, SlipDelivery.due_date.label("due"),
            SlipDelivery.issued_date.label("since"),
        ).where(SlipDelivery.state.in_(SLIP_WAITS)),
    ),
    _Told(
        "sheet",
        lambda: select(
            VerificationSheet.id, VerificationSheet.tenant_id, VerificationSheet.due_date.label("due"),
            VerificationSheet.sent_date.label("since"),
        ).where(VerificationSheet.state == SheetState.SENT),
    ),
)  # fmt: skip


def postponed(old: WorkingDayCalendar, new: WorkingDayCalendar, *, since: date, due: date) -> date:
    """The day that leaves as many working days after `since` by `new` as `due` did by `old`; never earlier than `due`.

    What is past on that day stays.
    """
    if due <= since:
        return due
    days = old.working_days_between(since, due)
    return max(due, new.add_working_days(since, days).date if days else new.roll_forward(due).date)


def found_moves(uow: UnitOfWork, *, notice: Days, replaced: Days, day: date, until: datetime | None) -> list[Move]:
    """What a notice moves in the place of the days that it replaces. Needs the scope of all units.

    Args:
        day: the day on which the notice was proposed; working days up to it are used up by either calendar.
        until: since when it has been in force, None while it is proposed; dates given later are counted by it already,
            and limits of the law are those of the calendar that holds, whatever notices came after it.
    """
    old, new = load_calendars(uow, supposed=replaced), load_calendars(uow, supposed=notice)
    found = list(_limits(uow, new if until is None else load_calendars(uow), notice.unit_ids))
    for told in _TOLD:
        found += _told(uow, told, (old, new), notice.unit_ids, day=day, until=until)
    return found


def apply_moves(uow: UnitOfWork, moves: Iterable[Move], *, source: str) -> None:
    """Write the dates that move; the ledger says so of each finding. Needs the scope of all units."""
    by_kind: dict[str, list[Move]] = {}
    for move in moves:
        by_kind.setdefault(move.kind, []).append(move)
    if found := by_kind.get(ITEM):
        uow.session.execute(update(Item), [{"id": one.id, "publish_due_date": one.after} for one in found])
    for told in _TOLD:
        if told.table is not None and (found := by_kind.get(told.kind)):
            uow.session.execute(update(told.table), [{"id": one.id, told.field: one.after} for one in found])
    for move in by_kind.get("finding", ()):
        before = format_date(move.before) if move.before else "未定"
        note = f"工作日历调整（{source}），整改时限由{before}顺延至{format_date(move.after)}"
        note_events(uow, "extended", [(move.id, move.tenant_id, {"until": move.after.isoformat()})], note=note)


def summed(moves: Iterable[Move]) -> dict[str, Any]:
    """Moves as they are recorded: rows of (kind, unit, date before, date after, number), in the order of kinds."""
    order = list(LABELS)
    sums = Counter((one.kind, one.tenant_id, str(one.before or ""), one.after.isoformat()) for one in moves)
    rows = sorted((*key, count) for key, count in sums.items())
    return {"rows": [list(row) for row in sorted(rows, key=lambda row: order.index(row[0]))]}


def _limits(uow: UnitOfWork, calendars: Calendars, unit_ids: Sequence[int] | None) -> Iterator[Move]:
    """The unpublished items whose limit is another by `calendars`.

    A revision's limit does not run from the formation of its document: an erratum has none, another change has it
    from the change on (`publishing.drafts.due_date`). Revisions are left as they are.
    """
    query = (
        select(
            Item.id, Item.tenant_id, func.coalesce(Item.change_date, Item.formed_date).label("start"),
            Item.publish_due_date, ContentColumn.template_code,
        )
        .join(ContentColumn, ContentColumn.id == Item.column_id)
        .where(Item.state.in_(UNPUBLISHED), Item.formed_date.is_not(None), Item.revises_id.is_(None))
        .order_by(Item.id)
    )  # fmt: skip
    if unit_ids is not None:
        query = query.where(Item.tenant_id.in_(unit_ids))
    known: dict[tuple[int, date, str | None], date] = {}
    for row in uow.session.execute(query).all():
        calendar = calendars.of(row.tenant_id)
        key = (id(calendar), row.start, row.template_code)
        if key not in known:
            known[key] = publication_limit(calendar, formed_date=row.start, template_code=row.template_code).due.date
        if known[key] != row.publish_due_date:
            yield Move(ITEM, row.id, row.tenant_id, row.publish_due_date, known[key])


def _told(
    uow: UnitOfWork,
    told: _Told,
    calendars: tuple[Calendars, Calendars],
    unit_ids: Sequence[int] | None,
    *,
    day: date,
    until: datetime | None,
) -> Iterator[Move]:
    old, new = calendars
    dates = told.rows().subquery()
    query = select(dates).where(dates.c.due > day).order_by(dates.c.id)
    if unit_ids is not None:
        query = query.where(dates.c.tenant_id.in_(unit_ids))
    known: dict[tuple[int, int, date, date], date] = {}
    for row in uow.session.execute(query).all():
        if until is not None and _given_after(row.since, until):
            continue
        one, other = old.of(row.tenant_id), new.of(row.tenant_id)
        since = max(day, shanghai_date(row.since) if isinstance(row.since, datetime) else row.since)
        key = (id(one), id(other), since, row.due)
        if key not in known:
            known[key] = postponed(one, other, since=since, due=row.due)
        if known[key] != row.due:
            yield Move(told.kind, row.id, row.tenant_id, row.due, known[key])


def _given_after(since: date | datetime, until: datetime) -> bool:
    return since > until if isinstance(since, datetime) else since > shanghai_date(until)


def by_kind(rows: Iterable[Sequence[Any]]) -> Mapping[str, int]:
    """Kind → number of dates, of recorded rows."""
    sums = Counter[str]()
    for kind, *_, count in rows:
        sums[kind] += count
    return {kind: sums[kind] for kind in LABELS if kind in sums}
