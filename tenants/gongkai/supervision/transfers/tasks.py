"""Making the lists of a month when it has ended, and telling units of what they owe."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.evaluation.base import Moment, Subject, values_of
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.evaluation.transfers import DAY, RULE
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import RuleBook
from gongkai.supervision.transfers.models import ReceivingHall, TransferList
from gongkai.supervision.transfers.states import OVERDUE_LABELS, WAITING, State
from gongkai.tenancy.kinds import SUPERVISING_TYPES, profile
from gongkai.tenancy.models import Tenant

TRANSFER_NOTICE = "transfer"
LATE_DAYS = 3
"""Working days for a list that is made when its day has passed already: a hall appointed late, a unit entered late."""


def run(services: Services) -> None:
    """Job: make the lists of the last month that are not there yet, and remind whoever is late; each once."""
    with services.database.system_scope("transfer lists") as uow:
        make_lists(uow)
        tell_units(uow)


def make_lists(uow: UnitOfWork) -> int:
    """Make a list for each unit and hall of the last month, what is there already left alone; returns how many.

    A unit hands over to the halls of its own level: those of the nearest office, a government to its own office's.
    Utilities and villages owe nothing （条例 art. 25 binds administrative organs）.
    """
    today = shanghai_date(uow.now)
    period = Period.of(today).previous()
    halls = _halls(uow, period)
    if not halls:
        return 0
    book, moment = rule_book(uow, codes=[RULE]), Moment.now(uow, period)
    known = {
        (row.tenant_id, row.hall_id)
        for row in uow.session.execute(
            select(TransferList.tenant_id, TransferList.hall_id).where(
                TransferList.period == str(period), TransferList.office_id.in_(halls)
            )
        )
    }
    new = [
        TransferList(
            tenant_id=subject.id, hall_id=hall.hall_id, office_id=office_id, kind=hall.kind, period=str(period),
            version=1, state=State.PREPARED, made_at=uow.now, due_date=_due(subject, book, moment),
        )
        for subject in subjects_of(uow).values()
        if owes(subject) and subject.established <= period.last_day
        for office_id in (office_of(subject),)
        for hall in halls.get(office_id, ())
        if hall.hall_id != subject.id and (subject.id, hall.hall_id) not in known
    ]  # fmt: skip
    uow.session.add_all(new)
    uow.session.flush()
    return len(new)


def tell_units(uow: UnitOfWork) -> int:
    """Tell each unit of the lists it has to send, once, and once more of what is late; returns the new notices."""
    today, new = shanghai_date(uow.now), 0
    rows = uow.session.execute(
        select(
            TransferList.tenant_id, TransferList.period, TransferList.state, TransferList.due_date,
            Tenant.short_name.label("hall"),
        )
        .join(Tenant, Tenant.id == TransferList.hall_id)
        .where(TransferList.state.in_(WAITING))
        .order_by(TransferList.tenant_id, TransferList.due_date, TransferList.id)
    )  # fmt: skip
    groups: dict[tuple[int, str, str, date], list[str]] = {}
    for row in rows:
        groups.setdefault((row.tenant_id, row.period, row.state, row.due_date), []).append(row.hall)
    for (unit_id, period, state, due), halls in groups.items():
        label, names, late = Period.parse(period).label, "、".join(dict.fromkeys(halls)), today > due
        if state == State.MISMATCH and not late:
            continue  # Told when the hall objected.
        what = OVERDUE_LABELS[State(state)] if late else "待送交"
        body = f"{label}主动公开的政府信息清单应于{format_date(due)}前送交{names}，没有公开信息的作零报告。"
        if late:
            body = f"{label}送交{names}的政府信息清单应于{format_date(due)}前办理，现已{what}，请尽快办理。"
        new += notify(
            uow, tenant_id=unit_id, kind=TRANSFER_NOTICE, key=f"transfer:{period}:{state}:{due}:{what}",
            subject=f"{label}政府信息送交清单{what}", body=body, link="/work/transfers/",
        )  # fmt: skip
    return new


def owes(subject: Subject) -> bool:
    """Whether a unit is an administrative organ, which hands over what it publishes."""
    return profile(subject.tenant_type).receives_requests


def office_of(subject: Subject) -> int:
    """The office whose halls a unit hands over to: a government's own, for others the nearest above."""
    return subject.id if subject.tenant_type in SUPERVISING_TYPES else subject.office_id


def _halls(uow: UnitOfWork, period: Period) -> Mapping[int, Sequence[ReceivingHall]]:
    query = select(ReceivingHall).where(ReceivingHall.ended_at.is_(None), ReceivingHall.from_period <= str(period))
    found: dict[int, list[ReceivingHall]] = {}
    for hall in uow.session.scalars(query.order_by(ReceivingHall.id)):
        found.setdefault(hall.tenant_id, []).append(hall)
    return found


def _due(subject: Subject, book: RuleBook, moment: Moment) -> date:
    """The office's day of the next month, moved past holidays; a list made too late for it gets some days."""
    day = values_of(subject, book, moment).whole(RULE, DAY)
    calendar, today = moment.of(subject.id).calendar, moment.today
    due = calendar.roll_forward(moment.period.next().first_day.replace(day=day)).date
    return due if today <= due else calendar.add_working_days(today, LATE_DAYS).date
