"""What is read of proceedings: an office's register of a year, the units of one, the figures of the annual report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.proceedings.models import (
    ACCOUNTABILITY,
    COMMENDATION,
    MEETING,
    TALK,
    Proceeding,
    ProceedingUnit,
)
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

YEAR_SHOWN = 500


@dataclass(frozen=True, slots=True)
class ProceedingFigures:
    """A year's figures without what is void （annual-report.md sections 7 and 8）.

    Attributes:
        meetings: 召开政府信息公开工作会议或专题会议次数.
        commended: units commended, each time; `talked` units talked to, each time.
        persons: people held accountable （人次）.
    """

    meetings: int = 0
    commendations: int = 0
    commended: int = 0
    talks: int = 0
    talked: int = 0
    accountabilities: int = 0
    persons: int = 0


def figures_of(uow: UnitOfWork, *, office_id: int, year: int) -> ProceedingFigures:
    """The figures of a calendar year of an office."""
    mine = (_in_year(office_id, year), Proceeding.voided_at.is_(None))
    row = uow.session.execute(
        select(
            _number(MEETING), _number(COMMENDATION), _number(TALK), _number(ACCOUNTABILITY),
            func.coalesce(func.sum(Proceeding.persons), 0).label("persons"),
        ).where(*mine)
    ).one()  # fmt: skip
    about = (
        select(Proceeding.kind, func.count().label("units"))
        .join(ProceedingUnit, _of(ProceedingUnit))
        .where(*mine)
        .group_by(Proceeding.kind)
    )
    units = {one.kind: one.units for one in uow.session.execute(about)}
    return ProceedingFigures(
        row[0], row[1], units.get(COMMENDATION, 0), row[2], units.get(TALK, 0), row[3], int(row.persons)
    )  # fmt: skip


def register(uow: UnitOfWork, *, office_id: int, year: int, kind: str = "") -> Sequence[AnyRow]:
    """An office's register of a year, the newest first, void entries included.

    Rows: id, kind, held_date, subject, led_by, document_number, outcome, persons, voided_at, void_reason, filename,
    units (short names joined by 、).
    """
    names: Any = (
        select(func.string_agg(Tenant.short_name, "、"))
        .join(ProceedingUnit, ProceedingUnit.unit_id == Tenant.id)
        .where(_of(ProceedingUnit))
        .scalar_subquery()
    )
    query = select(
        Proceeding.id, Proceeding.kind, Proceeding.held_date, Proceeding.subject, Proceeding.led_by,
        Proceeding.document_number, Proceeding.outcome, Proceeding.persons, Proceeding.voided_at,
        Proceeding.void_reason, Proceeding.filename, func.coalesce(names, "").label("units"),
    ).where(_in_year(office_id, year))  # fmt: skip
    if kind:
        query = query.where(Proceeding.kind == kind)
    return uow.session.execute(
        query.order_by(Proceeding.held_date.desc(), Proceeding.id.desc()).limit(YEAR_SHOWN)
    ).all()


def units_of(uow: UnitOfWork, *, office_id: int, proceeding_id: int) -> Sequence[AnyRow]:
    """The units that a proceeding is about, in official order: code, unit (short name)."""
    query = (
        select(Tenant.code, Tenant.short_name.label("unit"))
        .join(ProceedingUnit, ProceedingUnit.unit_id == Tenant.id)
        .where(ProceedingUnit.tenant_id == office_id, ProceedingUnit.proceeding_id == proceeding_id)
        .order_by(*OFFICIAL_ORDER)
    )
    return uow.session.execute(query).all()


def years_of(uow: UnitOfWork, *, office_id: int) -> list[int]:
    """Years of which an office has proceedings, newest first."""
    year = func.extract("year", Proceeding.held_date)
    query = select(year).where(Proceeding.tenant_id == office_id).distinct().order_by(year.desc())
    return [int(one) for one in uow.session.scalars(query)]


def _in_year(office_id: int, year: int) -> ColumnElement[bool]:
    days = Proceeding.held_date.between(date(year, 1, 1), date(year, 12, 31))
    return and_(Proceeding.tenant_id == office_id, days)


def _of(table: type[ProceedingUnit]) -> ColumnElement[bool]:
    return and_(table.tenant_id == Proceeding.tenant_id, table.proceeding_id == Proceeding.id)


def _number(kind: str) -> ColumnElement[int]:
    return func.count().filter(Proceeding.kind == kind)
