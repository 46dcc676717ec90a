"""What an office reads of the annual reports due: its lists, where each body stands, who is missing on a day."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import literal_column, select, true

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.supervision.reports_due.models import ReportDuty, ReportList
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

STANDINGS = {
    "missing": "逾期未发布",
    "waiting": "尚未发布",
    "late": "已发布（逾期）",
    "published": "已发布",
    "exempt": "免报",
}
"""Where a body stands, in the order of the page."""
REPORT_PART = "report"
"""Part of a catalogue that holds the annual reports （政府信息公开年报）."""
_MOST = 50
"""Items of a report column that are looked at, the earliest first."""
_YEAR = re.compile(r"((?:19|20)\d\d)(?!\d)")
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_YEAR = re.compile(r"[一二][〇零九][〇零一二三四五六七八九]{2}")


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a report is: the day, the address, and the item where it stands in the body's own column."""

    day: date
    address: str
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A body that owes a report, and what is known of it.

    Attributes:
        basis: ground of the date, the notice's title where the body has none of its own.
        own_basis: what was written for this body alone.
        published: the earliest publication known, of any day.
    """

    id: int
    report_year: int
    unit_id: int
    code: str
    unit: str
    tenant_type: str
    due_date: date
    basis: str
    own_basis: str
    exempt_reason: str
    published: Publication | None

    def standing(self, day: date) -> str:
        """Code of `STANDINGS` at the end of a day."""
        if self.exempt_reason:
            return "exempt"
        if self.published is None or self.published.day > day:
            return "missing" if self.due_date < day else "waiting"
        return "late" if self.published.day > self.due_date else "published"


def list_of(uow: UnitOfWork, *, office_id: int, year: int) -> ReportList | None:
    """An office's list for the reports of a year, if it has made one."""
    query = select(ReportList).where(ReportList.tenant_id == office_id, ReportList.report_year == year)
    return uow.session.scalar(query)


def years_of(uow: UnitOfWork, *, office_id: int) -> list[int]:
    """Years for whose reports an office has lists, newest first."""
    query = select(ReportList.report_year).where(ReportList.tenant_id == office_id)
    return list(uow.session.scalars(query.order_by(ReportList.report_year.desc())))


def duties_of(uow: UnitOfWork, *, office_id: int, year: int) -> list[Duty]:
    """The bodies on an office's list for the reports of a year, in official order; empty where there is none."""
    query = (
        select(
            ReportDuty.id, ReportDuty.unit_id, ReportDuty.due_date, ReportDuty.basis, ReportDuty.exempt_reason,
            ReportDuty.published_date, ReportDuty.published_url, ReportList.title, Tenant.code, Tenant.short_name,
            Tenant.tenant_type,
        )
        .join(ReportList, ReportList.id == ReportDuty.list_id)
        .join(Tenant, Tenant.id == ReportDuty.unit_id)
        .where(
            ReportList.tenant_id == office_id, ReportList.report_year == year, ReportDuty.tenant_id == office_id
        )
        .order_by(*OFFICIAL_ORDER)
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    found = reports_in_columns(uow, unit_ids=[row.unit_id for row in rows], year=year)
    return [
        Duty(
            id=row.id,
            report_year=year,
            unit_id=row.unit_id,
            code=row.code,
            unit=row.short_name,
            tenant_type=row.tenant_type,
            due_date=row.due_date,
            basis=row.basis or row.title,
            own_basis=row.basis,
            exempt_reason=row.exempt_reason,
            published=_earliest(row.published_date, row.published_url, found.get(row.unit_id)),
        )
        for row in rows
    ]


def missing_on(uow: UnitOfWork, *, office_id: int, day: date) -> list[Duty]:
    """The bodies whose report was due before a day and not published by its end, in official order.

    Asked are the reports of the year before: a report that is still missing when the next ones fall due is a matter
    of rectification. A report published later does not change what was missing then.
    """
    return [
        duty
        for duty in duties_of(uow, office_id=office_id, year=day.year - 1)
        if duty.standing(day) == "missing"
    ]  # fmt: skip


def reports_in_columns(uow: UnitOfWork, *, unit_ids: Iterable[int], year: int) -> dict[int, Publication]:
    """The earliest public report of a year in the annual-report column of each unit; units without one are absent."""
    began = datetime.combine(date(year + 1, 1, 1), time(), SHANGHAI)
    # Column by column: a unit publishes thousands of items in the time in which its column gets a handful.
    items = (
        select(Item.id, Item.tenant_id, Item.title, Item.published_at)
        .where(
            Item.tenant_id == ContentColumn.tenant_id,
            Item.column_id == ContentColumn.id,
            Item.is_public,
            Item.published_at >= began,
        )
        .order_by(Item.published_at, Item.id)
        .limit(_MOST)
        .correlate(ContentColumn)
        .lateral()
    )
    query = (
        select(items)
        .select_from(ContentColumn)
        .join(items, true())
        .where(ContentColumn.tenant_id.in_(list(unit_ids)), ContentColumn.part == literal_column(f"'{REPORT_PART}'"))
        .order_by(items.c.published_at, items.c.id)
    )  # fmt: skip
    found: dict[int, Publication] = {}
    for row in uow.session.execute(query):
        if row.tenant_id not in found and is_report_of(row.title, shanghai_date(row.published_at), year):
            found[row.tenant_id] = Publication(shanghai_date(row.published_at), f"/items/{row.id}", row.id)
    return found


def is_report_of(title: str, published: date, year: int) -> bool:
    """Whether a title in the annual-report column is that of a year's report.

    The title names the year （2022年、2022年度、二〇二二年）; one that names none is the report of the year before its
    publication. The yearly form of the government website （政府网站工作年度报表） is another document.
    """
    plain = unicodedata.normalize("NFKC", title)
    if "网站" in plain:
        return False
    plain = _CHINESE_YEAR.sub(lambda found: found[0].translate(_DIGITS), plain)
    named = {int(found) for found in _YEAR.findall(plain)}
    return year in named if named else published.year == year + 1


def open_duties(uow: UnitOfWork, *, since: date, until: date) -> list[tuple[int, int]]:
    """The lists in scope with a report due from one day to another: tenant_id (the office), report_year."""
    query = (
        select(ReportList.tenant_id, ReportList.report_year)
        .join(ReportDuty, (ReportDuty.list_id == ReportList.id) & (ReportDuty.tenant_id == ReportList.tenant_id))
        .where(
            ReportList.report_year.in_({since.year - 1, until.year - 1}), ReportDuty.due_date.between(since, until),
            ReportDuty.exempt_reason == "",
        )
        .distinct()
        .order_by(ReportList.tenant_id)
    )  # fmt: skip
    return [(row.tenant_id, row.report_year) for row in uow.session.execute(query)]


def _earliest(day: date | None, url: str, found: Publication | None) -> Publication | None:
    if day is None:
        return found
    return found if found is not None and found.day <= day else Publication(day, url)
