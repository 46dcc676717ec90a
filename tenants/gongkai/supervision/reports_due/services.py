"""The list of annual reports due: made by a notice, prefilled from the rule profiles, then corrected body by body."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.units import UnitList, units_of_office
from gongkai.supervision.reports_due.models import ReportDuty, ReportList
from gongkai.supervision.reports_due.queries import list_of
from gongkai.supervision.reports_due.schemas import DutyForm, NoticeForm, check_duty
from gongkai.tenancy.kinds import profile
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER


def statutory_due(tenant_type: str, *, year: int) -> date | None:
    """When a kind of body has to publish its report of a year （条例 art. 49）; None where the law sets no date."""
    due = profile(tenant_type).report_due
    return None if due is None else date.fromisoformat(f"{year + 1}-{due}")


def units_then(uow: UnitOfWork, *, office_id: int, year: int) -> UnitList:
    """The bodies under an office in the month in which its departments' reports of a year fall due, or today's.

    Raises:
        NotFound: when the office did not exist then.
    """
    return units_of_office(uow, office_id=office_id, period=min(Period(year + 1, 1), Period.of(shanghai_date(uow.now))))


def put_list(
    uow: UnitOfWork, *, office_id: int, made_by: int | None, year: int, form: NoticeForm, prefill: bool = True
) -> ReportList:
    """Make an office's list for the reports of a year, or correct the notice of the one that is there.

    A new one is filled with the bodies whose kind owes a report, each by the date of the law; `prefill=False` leaves
    it empty.

    Raises:
        NotFound: when the office did not exist then.
    """
    found = list_of(uow, office_id=office_id, year=year)
    new = found is None
    if found is None:
        found = ReportList(tenant_id=office_id, report_year=year)
        uow.session.add(found)
    found.title, found.document_number, found.notice_date = form.title, form.document_number, form.notice_date
    found.made_by, found.made_at = made_by, uow.now
    uow.session.flush()
    added = 0
    if new and prefill:
        for row in units_then(uow, office_id=office_id, year=year).rows:
            due = statutory_due(row.unit.tenant_type, year=year)
            if due is not None:
                uow.session.add(_duty(uow, found, row.id, DutyForm(due), made_by))
                added += 1
        uow.session.flush()
    detail = {"year": year, "title": form.title, "number": form.document_number, "prefilled": added}
    _audit(uow, "report_list.make" if new else "report_list.change", found, "report_list", found.id, detail)
    return found


def put_duties(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, year: int, forms: Mapping[int, DutyForm]
) -> tuple[int, int]:
    """Put bodies on the list, or bring those that are there in line; unit's id → what stands beside it.

    `forms` name units of the office. Equal rows are left alone, so that a second run writes nothing.

    Returns:
        How many were added and how many changed.

    Raises:
        NotFound: when the office has no list for the year.
    """
    found = the_list(uow, office_id=office_id, year=year)
    query = select(ReportDuty).where(ReportDuty.tenant_id == office_id, ReportDuty.list_id == found.id)
    known = {duty.unit_id: duty for duty in uow.session.scalars(query.where(ReportDuty.unit_id.in_(list(forms))))}
    changed = []
    for unit_id, form in forms.items():
        duty = known.get(unit_id)
        if duty is None:
            uow.session.add(_duty(uow, found, unit_id, form, entered_by))
        elif _fill(uow, duty, form, entered_by):
            changed.append(unit_id)
    uow.session.flush()
    added = [unit_id for unit_id in forms if unit_id not in known]
    if added or changed:
        detail = {"year": year, "added": added, "changed": changed}
        _audit(uow, "report_list.enter", found, "report_list", found.id, detail)
    return len(added), len(changed)


def add_units(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, year: int, unit_ids: Sequence[int], form: DutyForm
) -> int:
    """Put bodies on the list that are not on it yet, all by one date; returns how many.

    Raises:
        Invalid: when none is named, or some are there already (naming them).
        NotFound: when the office has no list for the year.
    """
    if not unit_ids:
        raise Invalid([Fault("names", "未填写单位", "请填写单位名称，每行一个")])
    found = the_list(uow, office_id=office_id, year=year)
    there = list(
        uow.session.scalars(
            select(Tenant.short_name)
            .join(ReportDuty, ReportDuty.unit_id == Tenant.id)
            .where(ReportDuty.tenant_id == office_id, ReportDuty.list_id == found.id, Tenant.id.in_(unit_ids))
            .order_by(*OFFICIAL_ORDER)
        )
    )
    if there:
        raise Invalid(
            [Fault("names", f"{'、'.join(there[:10])}已在名单中", "请去掉这些单位；需要更正的，在名单中点“修改”")]
        )
    return put_duties(uow, office_id=office_id, entered_by=entered_by, year=year, forms=dict.fromkeys(unit_ids, form))[
        0
    ]


def set_date_of_kinds(
    uow: UnitOfWork,
    *,
    office_id: int,
    entered_by: int | None,
    year: int,
    tenant_types: Iterable[str],
    due_date: date,
    basis: str,
) -> int:
    """Give every listed body of these kinds another date, with its basis; returns how many changed.

    Raises:
        Invalid: when the date is not in the year in which the reports are due, or the basis is not said.
        NotFound: when the office has no list for the year.
    """
    faults = check_duty(due_date, None, "", year=year, today=shanghai_date(uow.now))
    if not basis:
        faults.append(Fault("basis", "依据没有填写", "请写明本地时限的依据，如通知的标题或文号"))
    if faults:
        raise Invalid(faults)
    found = the_list(uow, office_id=office_id, year=year)
    duties = uow.session.scalars(
        select(ReportDuty)
        .join(Tenant, Tenant.id == ReportDuty.unit_id)
        .where(
            ReportDuty.tenant_id == office_id, ReportDuty.list_id == found.id,
            Tenant.tenant_type.in_(list(tenant_types)),
        )
    ).all()  # fmt: skip
    changed = [
        duty.unit_id
        for duty in duties
        if _fill(uow, duty, DutyForm(due_date, basis, duty.exempt_reason, duty.published_date, duty.published_url),
                 entered_by)
    ]  # fmt: skip
    detail = {"year": year, "due_date": due_date.isoformat(), "basis": basis, "changed": changed}
    _audit(uow, "report_list.date", found, "report_list", found.id, detail)
    return len(changed)


def the_list(uow: UnitOfWork, *, office_id: int, year: int) -> ReportList:
    """The office's list for the reports of a year.

    Raises:
        NotFound: when it has none.
    """
    found = list_of(uow, office_id=office_id, year=year)
    if found is None:
        raise NotFound("本机关尚未制发这一年度的年度报告名单，请先登记通知。")
    return found


def get_duty(uow: UnitOfWork, *, office_id: int, duty_id: int) -> tuple[ReportDuty, int]:
    """A body on one of the office's lists, and the year of the reports.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(ReportDuty, ReportList.report_year).join(ReportList, ReportList.id == ReportDuty.list_id)
    row = uow.session.execute(query.where(ReportDuty.id == duty_id, ReportDuty.tenant_id == office_id)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def change_duty(uow: UnitOfWork, *, office_id: int, duty_id: int, entered_by: int | None, form: DutyForm) -> int:
    """Correct what stands beside a body; returns the year of the reports.

    Circulars whose figures are locked keep what they had.

    Raises:
        NotFound: when it is missing or another office's.
    """
    duty, year = get_duty(uow, office_id=office_id, duty_id=duty_id)
    if _fill(uow, duty, form, entered_by):
        _audit(uow, "report_duty.change", duty, "report_duty", duty.id, _detail(duty, year))
    return year


def remove_duty(uow: UnitOfWork, *, office_id: int, duty_id: int) -> int:
    """Take a body off the list that was put there by mistake; returns the year of the reports.

    Raises:
        NotFound: when it is missing or another office's.
    """
    duty, year = get_duty(uow, office_id=office_id, duty_id=duty_id)
    _audit(uow, "report_duty.remove", duty, "report_duty", duty.id, _detail(duty, year))
    uow.session.delete(duty)
    uow.session.flush()
    return year


def _duty(uow: UnitOfWork, made: ReportList, unit_id: int, form: DutyForm, entered_by: int | None) -> ReportDuty:
    return ReportDuty(
        tenant_id=made.tenant_id, list_id=made.id, unit_id=unit_id, changed_by=entered_by, changed_at=uow.now,
        **asdict(form),
    )  # fmt: skip


def _fill(uow: UnitOfWork, duty: ReportDuty, form: DutyForm, entered_by: int | None) -> bool:
    """Bring a row in line; whether anything in it was different."""
    different = False
    for name, value in asdict(form).items():
        if getattr(duty, name) != value:
            setattr(duty, name, value)
            different = True
    if different:
        duty.changed_by, duty.changed_at = entered_by, uow.now
    return different


def _detail(duty: ReportDuty, year: int) -> dict[str, Any]:
    return {
        "year": year,
        "unit_id": duty.unit_id,
        "due_date": duty.due_date.isoformat(),
        "basis": duty.basis,
        "exempt_reason": duty.exempt_reason,
        "published_date": duty.published_date.isoformat() if duty.published_date else None,
        "published_url": duty.published_url,
    }


def _audit(
    uow: UnitOfWork, action: str, row: ReportList | ReportDuty, kind: str, object_id: int, detail: dict[str, Any]
) -> None:
    uow.audit(action, tenant_id=row.tenant_id, object_type=kind, object_id=object_id, detail=detail)
