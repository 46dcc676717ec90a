"""What is read of external data: the month of an office, its sources, the history of a figure, a unit's own figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, text

from gongkai.accounts.models import User
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.external.kinds import KINDS, Figures, Kind, Rate
from gongkai.supervision.external.models import ExternalFigure, ExternalSource
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

_SUMS = text("""
SELECT f.kind, n.key, count(*) AS units, sum(n.value::bigint) AS total
FROM external_figure AS f CROSS JOIN LATERAL jsonb_each_text(f.figures) AS n
WHERE f.tenant_id = :office_id AND f.period = :period AND f.replaced_at IS NULL
GROUP BY f.kind, n.key
""")


@dataclass(frozen=True, slots=True)
class ExternalFact:
    """A body's figures of a kind and month as the rules and circulars read them.

    Attributes:
        unit_id, code, unit: the body, its code and short name.
        note: free text beside the numbers （不合格原因）.
        source: where they come from, in words; `version`: how often they were entered.
        evidence: path of the page with the figures, their source and history.
    """

    id: int
    unit_id: int
    code: str
    unit: str
    kind: str
    figures: Figures
    note: str
    source: str
    version: int

    @property
    def of_kind(self) -> Kind:
        return KINDS[self.kind]

    @property
    def rates(self) -> list[Rate]:
        """Rates with numerator, denominator and base."""
        return self.of_kind.rates_of(self.figures)

    @property
    def late(self) -> int:
        """Letters, messages and cases answered or closed late, or still unanswered after the limit （SR-M1）."""
        return self.of_kind.late_in(self.figures)

    @property
    def over_three_months(self) -> int:
        """Valid messages unanswered for more than three months （SR-M2, 19号 V5.2）."""
        return self.figures.get(self.of_kind.over_three_months, 0)

    @property
    def evidence(self) -> str:
        return f"/office/external/figures/{self.id}"


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A body's figures of a kind and month, by the office that entered them."""

    unit_id: int
    office_id: int
    period: str
    kind: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class KindSums:
    """The sums of a kind over the bodies that have figures."""

    kind: Kind
    units: int
    figures: Mapping[str, int]

    @property
    def rates(self) -> list[Rate]:
        """Rates of the sums, never means of rates."""
        return self.kind.rates_of(self.figures)


def facts_of(uow: UnitOfWork, *, office_id: int, period: Period, kind: str = "") -> list[ExternalFact]:
    """What holds of an office's month, of one kind or all, by kind and in official order."""
    query: Any = (
        select(
            ExternalFigure.id, ExternalFigure.unit_id, Tenant.code, Tenant.short_name, ExternalFigure.kind,
            ExternalFigure.figures, ExternalFigure.note, ExternalSource.words, ExternalFigure.version,
        )
        .join(Tenant, Tenant.id == ExternalFigure.unit_id)
        .join(ExternalSource, ExternalSource.id == ExternalFigure.source_id)
        .where(
            ExternalFigure.tenant_id == office_id, ExternalFigure.period == str(period),
            ExternalFigure.replaced_at.is_(None),
        )
        .order_by(ExternalFigure.kind, *OFFICIAL_ORDER)
    )  # fmt: skip
    if kind:
        query = query.where(ExternalFigure.kind == kind)
    return [ExternalFact(*row) for row in uow.session.execute(query)]


def with_late(uow: UnitOfWork, *, unit_ids: Sequence[int]) -> list[UnitFigures]:
    """What holds of some bodies in any month where something was late, by whatever office entered it."""
    query = (
        select(
            ExternalFigure.unit_id, ExternalFigure.tenant_id, ExternalFigure.period, ExternalFigure.kind,
            ExternalFigure.figures,
        )
        .where(ExternalFigure.unit_id.in_(unit_ids), ExternalFigure.replaced_at.is_(None))
        .order_by(ExternalFigure.unit_id, ExternalFigure.period, ExternalFigure.kind, ExternalFigure.tenant_id)
    )  # fmt: skip
    found = (UnitFigures(*row) for row in uow.session.execute(query))
    return [one for one in found if KINDS[one.kind].late_in(one.figures)]


def sums_of(uow: UnitOfWork, *, office_id: int, period: Period) -> list[KindSums]:
    """The sums of each kind of an office's month, in the order of the kinds, those without figures included."""
    found: dict[str, dict[str, int]] = {}
    units: dict[str, int] = {}
    for row in uow.session.execute(_SUMS, {"office_id": office_id, "period": str(period)}):
        found.setdefault(row.kind, {})[row.key] = int(row.total)
        units[row.kind] = row.units
    return [KindSums(kind, units.get(code, 0), found.get(code, {})) for code, kind in KINDS.items()]


def sources_of(uow: UnitOfWork, *, office_id: int, period: Period) -> Sequence[Row[Any]]:
    """The sources of an office's month, newest first.

    Rows: id, kind, words, filename, size_bytes, entered_at, entered_by (name), units (figures from it that still hold).
    """
    holding = (
        select(func.count())
        .where(ExternalFigure.source_id == ExternalSource.id, ExternalFigure.replaced_at.is_(None))
        .correlate(ExternalSource)
        .scalar_subquery()
    )
    query = (
        select(
            ExternalSource.id, ExternalSource.kind, ExternalSource.words, ExternalSource.filename,
            ExternalSource.size_bytes, ExternalSource.entered_at, User.name.label("entered_by"),
            holding.label("units"),
        )
        .outerjoin(User, User.id == ExternalSource.entered_by)
        .where(ExternalSource.tenant_id == office_id, ExternalSource.period == str(period))
        .order_by(ExternalSource.entered_at.desc(), ExternalSource.id.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def versions_of(uow: UnitOfWork, *, figure: ExternalFigure) -> Sequence[Row[Any]]:
    """Every version of a body's figures of a kind and month, newest first.

    Rows: id, version, figures, note, replaced_at, source_id, words, filename, entered_at, entered_by (name).
    """
    query: Any = (
        select(
            ExternalFigure.id, ExternalFigure.version, ExternalFigure.figures, ExternalFigure.note,
            ExternalFigure.replaced_at, ExternalFigure.source_id, ExternalSource.words, ExternalSource.filename,
            ExternalSource.entered_at, User.name.label("entered_by"),
        )
        .join(ExternalSource, ExternalSource.id == ExternalFigure.source_id)
        .outerjoin(User, User.id == ExternalSource.entered_by)
        .where(
            ExternalFigure.tenant_id == figure.tenant_id, ExternalFigure.period == figure.period,
            ExternalFigure.kind == figure.kind, ExternalFigure.unit_id == figure.unit_id,
        )
        .order_by(ExternalFigure.version.desc())
    )  # fmt: skip
    return uow.session.execute(query).all()


def own_figures(uow: UnitOfWork, *, tenant_id: int, months: int = 13) -> Sequence[Row[Any]]:
    """What offices have entered of a unit in the last months that hold any, newest month first.

    Rows: id, period, kind, figures, note, words (source), office (short name).
    """
    newest = (
        select(ExternalFigure.period)
        .where(ExternalFigure.unit_id == tenant_id, ExternalFigure.replaced_at.is_(None))
        .distinct()
        .order_by(ExternalFigure.period.desc())
        .limit(months)
    )
    query: Any = (
        select(
            ExternalFigure.id, ExternalFigure.period, ExternalFigure.kind, ExternalFigure.figures,
            ExternalFigure.note, ExternalSource.words, Tenant.short_name.label("office"),
        )
        .join(ExternalSource, ExternalSource.id == ExternalFigure.source_id)
        .join(Tenant, Tenant.id == ExternalFigure.tenant_id)
        .where(
            ExternalFigure.unit_id == tenant_id, ExternalFigure.replaced_at.is_(None),
            ExternalFigure.period.in_(newest),
        )
        .order_by(ExternalFigure.period.desc(), ExternalFigure.kind, ExternalFigure.id)
    )  # fmt: skip
    return uow.session.execute(query).all()
