"""Reading the lists: the rules in force for a unit, an office's entries with their history, and the hits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.terms.models import TermChange, TermEntry, TermHit, TermSweep
from gongkai.publishing.terms.rules import Rule
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

PAGE = 50
NAMES_FROM = 5
"""Names of bodies shorter than this are words of the language too often."""
_ENTRIES = text(
    "SELECT unit.id AS unit_id, entry.id, entry.kind, entry.wrong, entry.right, entry.level, entry.valid_from,"
    " entry.valid_to, entry.rank, entry.note FROM tenant unit JOIN tenant office ON unit.path <@ office.path"
    " JOIN term_entry entry ON entry.tenant_id = office.id AND entry.removed_at IS NULL"
    " WHERE unit.id = ANY (CAST(:units AS bigint[])) ORDER BY entry.id"
)
# A body's last name ends with the body, an earlier one with its period; a name that somebody bears today is in use.
_FORMER = text(
    "SELECT former.id, former.name, former.ended, former.successor FROM ("
    " SELECT body.id, body.official_name AS name, body.abolished_date AS ended,"
    " (SELECT string_agg(heir.official_name, '、' ORDER BY heir.id) FROM tenant_succession"
    "  JOIN tenant heir ON heir.id = successor_id WHERE tenant_id = body.id) AS successor"
    " FROM tenant body WHERE body.status = 'abolished' AND body.abolished_date IS NOT NULL"
    " UNION ALL SELECT body.id, period.official_name, period.valid_to, body.official_name"
    " FROM tenant_period period JOIN tenant body ON body.id = period.tenant_id"
    " WHERE period.valid_to IS NOT NULL AND body.status = 'active' AND period.official_name <> body.official_name"
    ") former WHERE char_length(former.name) >= :shortest AND NOT EXISTS"
    " (SELECT 1 FROM tenant used WHERE used.status = 'active' AND used.official_name = former.name)"
    " ORDER BY former.id, former.ended"
)
_IN_USE = select(Tenant.official_name).where(Tenant.status == "active").order_by(Tenant.id)


@dataclass(frozen=True, slots=True)
class TermSet:
    """The rules that a unit's texts are checked against, and names in use that excuse shorter words."""

    rules: tuple[Rule, ...]
    names: tuple[str, ...]


def rules_for(uow: UnitOfWork, *, tenant_id: int) -> TermSet:
    """The list of one unit, as `rules_for_units` gives it."""
    return rules_for_units(uow, tenant_ids=[tenant_id])[tenant_id]


def rules_for_units(uow: UnitOfWork, *, tenant_ids: Collection[int]) -> dict[int, TermSet]:
    """Of each unit: entries of all offices above it and of its own, and the names of bodies that are no more."""
    entries: dict[int, list[Rule]] = {tenant_id: [] for tenant_id in tenant_ids}
    made: dict[int, Rule] = {}
    for unit_id, entry_id, *said in uow.session.execute(_ENTRIES, {"units": list(entries)}):
        entries[unit_id].append(made.setdefault(entry_id, Rule(f"term_{entry_id}", *said)))
    former = tuple(
        Rule(f"former_{row.id}_{row.ended:%Y%m%d}", "abolished", row.name, row.successor or "", "block", row.ended)
        for row in uow.session.execute(_FORMER, {"shortest": NAMES_FROM})
    )
    names = tuple(uow.session.scalars(_IN_USE)) if former or any(entries.values()) else ()
    return {unit: TermSet((*rules, *former), names if rules or former else ()) for unit, rules in entries.items()}


@dataclass(frozen=True, slots=True)
class TermFilter:
    """What an office's list is narrowed to; empty fields narrow nothing."""

    kind: str = ""
    text: str = ""
    level: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter in SQL."""
        found: list[ColumnElement[bool]] = []
        if self.kind:
            found.append(TermEntry.kind == self.kind)
        if self.level:
            found.append(TermEntry.level == self.level)
        if self.text:
            found.append(TermEntry.wrong.contains(self.text, autoescape=True))
        return found


_ROW = (
    TermEntry.id, TermEntry.kind, TermEntry.wrong, TermEntry.right, TermEntry.level, TermEntry.rank,
    TermEntry.valid_from, TermEntry.valid_to, TermEntry.note, TermEntry.version, TermEntry.changed_at,
)  # fmt: skip


def terms_page(uow: UnitOfWork, *, tenant_id: int, wanted: TermFilter, page: int) -> tuple[Sequence[AnyRow], int]:
    """Entries of an office's list on a page （from 1） and how many there are.

    Rows: id, kind, wrong, right, level, rank, valid_from, valid_to, note, version, changed_at.
    """
    mine = [TermEntry.tenant_id == tenant_id, TermEntry.removed_at.is_(None), *wanted.conditions()]
    total = uow.session.scalar(select(func.count()).where(*mine)) or 0
    query = select(*_ROW).where(*mine).order_by(TermEntry.kind, TermEntry.rank, TermEntry.id)
    return uow.session.execute(query.offset((page - 1) * PAGE).limit(PAGE)).all(), total


def all_terms(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """An office's whole list, for the export; rows as `terms_page`."""
    mine = [TermEntry.tenant_id == tenant_id, TermEntry.removed_at.is_(None)]
    return uow.session.execute(select(*_ROW).where(*mine).order_by(TermEntry.kind, TermEntry.rank, TermEntry.id)).all()


def history(uow: UnitOfWork, *, tenant_id: int, term_id: int) -> Sequence[AnyRow]:
    """Versions of an entry, newest first: version, action, content, reason, changed_name, changed_at."""
    query = select(
        TermChange.version, TermChange.action, TermChange.content, TermChange.reason, TermChange.changed_name,
        TermChange.changed_at,
    ).where(TermChange.tenant_id == tenant_id, TermChange.entry_id == term_id)  # fmt: skip
    return uow.session.execute(query.order_by(TermChange.version.desc())).all()


def last_sweep(uow: UnitOfWork, *, tenant_id: int) -> AnyRow | None:
    """The newest sweep of an office: requested_at, items_done, finished_at."""
    query = select(TermSweep.requested_at, TermSweep.items_done, TermSweep.finished_at)
    query = query.where(TermSweep.tenant_id == tenant_id).order_by(TermSweep.requested_at.desc(), TermSweep.id.desc())
    return uow.session.execute(query.limit(1)).one_or_none()


def hits_by_unit(uow: UnitOfWork, *, path: str) -> Sequence[AnyRow]:
    """How many hits the units at and below `path` have, those with most to do first.

    Rows: id, code, short_name, open, blocking （open and forbidden）, corrected, justified.
    """

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    waiting = count(TermHit.state == "open")
    query = (
        select(
            Tenant.id, Tenant.code, Tenant.short_name, waiting.label("open"),
            count((TermHit.state == "open") & (TermHit.level == "block")).label("blocking"),
            count(TermHit.state == "corrected").label("corrected"),
            count(TermHit.state == "justified").label("justified"),
        )
        .join(TermHit, TermHit.tenant_id == Tenant.id)
        .where(below(path), TermHit.state != "withdrawn")
        .group_by(Tenant.id)
        .order_by(waiting.desc(), Tenant.sort_order, Tenant.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def unit_hits(uow: UnitOfWork, *, tenant_id: int, state: str, page: int) -> tuple[Sequence[AnyRow], int]:
    """A unit's hits in a state on a page （from 1）, forbidden ones first, and how many there are.

    Rows: id, item_id, title, item_state, place, kind, level, problem, remedy, excerpt, reason, found_at, settled_at.
    """
    mine = [TermHit.tenant_id == tenant_id, TermHit.state == state]
    total = uow.session.scalar(select(func.count()).where(*mine)) or 0
    query = (
        select(
            TermHit.id, TermHit.item_id, Item.title, Item.state.label("item_state"), TermHit.place, TermHit.kind,
            TermHit.level, TermHit.problem, TermHit.remedy, TermHit.excerpt, TermHit.reason, TermHit.found_at,
            TermHit.settled_at,
        )
        .join(Item, Item.id == TermHit.item_id)
        .where(*mine)
        .order_by(TermHit.level, TermHit.id)
    )  # fmt: skip
    return uow.session.execute(query.offset((page - 1) * PAGE).limit(PAGE)).all(), total


def count_open(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many hits of a unit wait."""
    query = select(func.count()).where(TermHit.tenant_id == tenant_id, TermHit.state == "open")
    return uow.session.scalar(query) or 0


def supervised_unit(uow: UnitOfWork, *, path: str, unit_id: int) -> Tenant:
    """A unit at or below `path`.

    Raises:
        NotFound: when it is missing or stands elsewhere.
    """
    return uow.one(select(Tenant).where(Tenant.id == unit_id, below(path)), missing="单位不存在。")
