"""Where else to look when an agency has nothing on a matter, and whom to ask for what is not published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gongkai.core.ports import SearchQuery, SearchResult, Services
from gongkai.core.uow import UnitOfWork
from gongkai.portal.contacts import Contact, contact
from gongkai.portal.documents import merger
from gongkai.portal.unit_queries import unit
from gongkai.search.filters import UNIT_FILTERS
from gongkai.search.units import Units
from gongkai.search.vocabulary import in_effect
from gongkai.tenancy.kinds import profile

FEW = 5
"""Results from which on nobody is told where else to look."""
MOST_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A unit that has published on the matter: its code, its name, how many results it has."""

    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Agency:
    """Whom to ask.

    Attributes:
        receives_requests: whether 条例 art. 27 binds it.
        has_guide: whether its guide is in force.
        merged: what became of one that is no more （已于…并入…）; `successors` are asked in its stead, as (code, name).
    """

    code: str
    name: str
    receives_requests: bool
    has_guide: bool
    contact: Contact
    merged: str = ""
    successors: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Ways:
    """What a reader who found little may do next.

    Attributes:
        topic: what is asked for, without the agency, where `neighbours` have it and the agency does not.
        neighbours: the units above the agency and those of its line, with results for `topic`.
        agency: the one that is asked about, where the query names one.
    """

    topic: str = ""
    neighbours: Sequence[Neighbour] = ()
    agency: Agency | None = None


def ways_on(services: Services, uow: UnitOfWork, query: SearchQuery, result: SearchResult) -> Ways | None:
    """What to offer beside the results; None where there are enough, and on pages further on."""
    if not query.text.strip() or query.page > 1 or query.after:
        return None
    code, topic = _asked_about(query, result)
    few = result.total < FEW
    lacks = topic and _lacks(result, code)
    if not code or not (few or lacks):
        return Ways() if few else None
    _, units = in_effect(uow)
    topic, neighbours = _neighbours(services, uow, query, units, code, topic) if lacks else ("", ())
    if not neighbours and not few:
        return None
    return Ways(topic, neighbours, _agency(uow, code) if code in units.by_code else None)


def _asked_about(query: SearchQuery, result: SearchResult) -> tuple[str, str]:
    """The unit that is filtered by or named, and what is asked of it; both may be empty."""
    named, rest = result.named or ("", query.text)
    return (query.filters["unit"], rest) if "unit" in query.filters else (named, rest if named else "")


def _lacks(result: SearchResult, code: str) -> bool:
    """Whether the agency may have nothing that matches in all parts: none of its documents is on the page."""
    return not result.whole or all(hit.unit_code != code for hit in result.hits)


def _neighbours(
    services: Services, uow: UnitOfWork, query: SearchQuery, units: Units, code: str, topic: str
) -> tuple[str, Sequence[Neighbour]]:
    """The matter as it is searched at the neighbours, and those who have it where the agency has nothing."""
    agency = units.by_code.get(code)
    if agency is None:
        return "", ()
    filters = {name: value for name, value in query.filters.items() if name not in UNIT_FILTERS}
    every = services.search.search(uow, replace(query, text=topic, filters=filters, order="relevance", size=1))
    if not every.whole or every.by_unit.get(str(agency.id)):
        return "", ()
    found = ((other, every.by_unit.get(str(other.id), 0)) for other in units.line_of(agency))
    shown = [Neighbour(other.code, other.name, count) for other, count in found if count]
    return topic, shown[:MOST_NEIGHBOURS]


def _agency(uow: UnitOfWork, code: str) -> Agency:
    row = unit(uow, code=code)
    return Agency(
        code=row.code,
        name=row.official_name,
        receives_requests=profile(row.tenant_type).receives_requests,
        has_guide=row.guide is not None,
        contact=contact(row.guide, row.contact),
        merged=merger(row.successors, row.abolished_date),
        successors=[(successor, name) for successor, name, _ in row.successors or ()],
    )
