"""Collects a period's data into a snapshot: what the circular quotes, live or locked."""

from collections.abc import Callable, Sequence
from itertools import count

from sqlalchemy import select

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.assignments.queries import facts_of
from gongkai.supervision.assignments.standing import ShareFact
from gongkai.supervision.circulars.from_ledger import false_claims, findings_in, last_issued, last_problems
from gongkai.supervision.circulars.months import Months, Step, month_figures, months_before, months_of, unit_figures
from gongkai.supervision.circulars.snapshot import TASK_OVERDUE, FactRow, Office, Snapshot, add_up
from gongkai.supervision.models import OfficeFact
from gongkai.supervision.queries import people_of
from gongkai.supervision.reports_due.queries import missing_on
from gongkai.supervision.standings import Unit
from gongkai.supervision.training.circular import training_facts
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant

_AREA_ENDS = "州市县区旗盟"
Tell = Callable[[int, int, bool], None]
"""Takes how many months are added up, how many there are, and whether they are those of the span before."""


def collect(
    uow: UnitOfWork, *, office_id: int, span: Span, coverage: str = "all", lock: bool = False, tell: Tell | None = None
) -> Snapshot:
    """The period's data of an office as they are now; with `lock`, stamped as the locked ones.

    The office's own body is in the figures only where it publishes under its own name: where its office bureau does
    that, a government is not blank. Those of a quarter or a year are the sums of the months.

    Raises:
        NotFound: when the office did not exist in the period.
    """
    months = months_of(uow, office_id=office_id, span=span, coverage=coverage, step=_steps(span, tell))
    before = months_before(uow, months, _steps(span, tell, before=True))
    units = unit_figures(months, before, _reachable(uow, list(months.rows)))
    issued = last_issued(uow, office_id=office_id, span=span, coverage=coverage)
    now = uow.now.astimezone(SHANGHAI).isoformat(timespec="minutes")
    return Snapshot(
        office=office_of(months.office),
        period=str(span),
        coverage=coverage,
        first_day=span.first_day.isoformat(),
        last_day=span.last_day.isoformat(),
        locked_at=now if lock else None,
        taken_at=now,
        figures=add_up(units),
        units=units,
        facts=tuple(_all_facts(uow, months)),
        findings=tuple(findings_in(uow, months, issued)),
        untasked=tuple(months.names[unit_id] for unit_id in months.untasked if unit_id != office_id),
        months=month_figures(months),
        last=tuple(last_problems(uow, months, issued)),
    )


def _steps(span: Span, tell: Tell | None, *, before: bool = False) -> Step:
    """What tells of each month of the span, or of the one before, as it is added up."""
    if tell is None:
        return lambda: None
    told, total, done = tell, len(span.months), count(1)
    if not before:
        told(0, total, before)
    return lambda: told(next(done), total, before)


def _reachable(uow: UnitOfWork, unit_ids: Sequence[int]) -> set[int]:
    contacts = uow.session.execute(select(Tenant.id, Tenant.contact).where(Tenant.id.in_(unit_ids)))
    with_phone = {row.id for row in contacts if row.contact.get("phone")}
    people = people_of(uow, tenant_ids=[unit for unit in unit_ids if unit not in with_phone])
    return with_phone | {unit for unit, members in people.items() if any(person.mobile for person in members)}


def office_of(unit: Unit) -> Office:
    """An office as circulars name it."""
    names = (unit.short_name, unit.official_name.removesuffix("人民政府"))
    place = next((name[-1] for name in names if name and name[-1] in _AREA_ENDS), "")
    return Office(
        code=unit.code,
        name=unit.short_name,
        official_name=unit.official_name,
        place=place,
        is_prefecture=unit.tenant_type == TenantType.PREFECTURE_GOVERNMENT,
    )


def _all_facts(uow: UnitOfWork, months: Months) -> list[FactRow]:
    """What the office recorded, and what registers and ledger know."""
    recorded = _facts(uow, months)
    by_hand = {fact.code for fact in recorded if fact.kind == "false_rectification"}
    claims = false_claims(uow, months, by_hand)
    absent = training_facts(
        uow, office_id=months.office.id, span=months.span, known=months.known, names=months.names
    )  # fmt: skip
    return [*absent, *recorded, *_missing_reports(uow, months), *_overdue_tasks(uow, months), *claims]


def _facts(uow: UnitOfWork, months: Months) -> list[FactRow]:
    """What was recorded of the months, of each kind the last record of a unit."""
    before = {str(month) for month in months.span.previous().months}
    wanted = before | {str(month) for month in months.span.months}
    query = (
        select(
            OfficeFact.id, OfficeFact.unit_id, OfficeFact.kind, OfficeFact.detail, OfficeFact.source, OfficeFact.period
        )
        .where(OfficeFact.tenant_id == months.office.id, OfficeFact.period.in_(wanted))
        .order_by(OfficeFact.period, OfficeFact.id)
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    repeated = {(row.kind, row.unit_id) for row in rows if row.period in before}
    last = {(row.kind, row.unit_id): row for row in rows if row.period not in before and row.unit_id in months.known}
    order = {unit_id: place for place, unit_id in enumerate(months.known)}
    return [
        FactRow(
            id=row.id,
            kind=row.kind,
            code=months.known[row.unit_id].code,
            name=months.names[row.unit_id],
            detail=row.detail,
            source=row.source,
            repeated=(row.kind, row.unit_id) in repeated,
            month="" if row.period == str(months.span) else row.period,
        )
        for row in sorted(last.values(), key=lambda row: order[row.unit_id])
    ]


def _missing_reports(uow: UnitOfWork, months: Months) -> list[FactRow]:
    """The annual reports that were missing when the period ended, today in one that still runs."""
    day, office_id = min(months.span.last_day, shanghai_date(uow.now)), months.office.id
    before = missing_on(uow, office_id=office_id, day=months.span.previous().last_day)
    repeated = {duty.id for duty in before}
    order = {unit_id: place for place, unit_id in enumerate(months.known)}
    listed = [duty for duty in missing_on(uow, office_id=office_id, day=day) if duty.unit_id in months.known]
    return [
        FactRow(
            id=duty.id,
            kind="report_missing",
            code=duty.code,
            name=months.names[duty.unit_id],
            detail={"due_date": duty.due_date.isoformat()},
            source=duty.basis,
            repeated=duty.id in repeated,
        )
        for duty in sorted(listed, key=lambda duty: order[duty.unit_id])
    ]


def _overdue_tasks(uow: UnitOfWork, months: Months) -> list[FactRow]:
    """The tasks from above that fell due in the period and are not done, one row for each unit."""
    shares: dict[int, list[ShareFact]] = {}
    for month in months.span.months:
        for share in facts_of(uow, office_id=months.office.id, period=month).overdue:
            shares.setdefault(share.unit_id, []).append(share)
    return [
        FactRow(
            id=found[0].share_id,
            kind=TASK_OVERDUE,
            code=row.code,
            name=months.names[unit_id],
            detail={
                "tasks": [
                    {"id": one.assignment_id, "title": one.title, "due": shanghai_date(one.due_at).isoformat()}
                    for one in found
                ]
            },
        )
        for unit_id, row in months.known.items()
        if (found := shares.get(unit_id))
    ]
