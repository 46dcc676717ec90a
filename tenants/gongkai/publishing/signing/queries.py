"""Lists of the chain on paper, as Core selects of what they show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import FromClause, Select, all_, and_, exists, func, join, literal, literal_column, select, true, tuple_
from sqlalchemy.orm import aliased

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from gongkai.accounts.queries import holds_now
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import ChainTemplate, Item, ItemStep
from gongkai.publishing.queries import Cursor
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.states import Action
from gongkai.publishing.steps import STEP_ROLES, StepKind
from gongkai.tenancy.models import Tenant

LISTED = 50
CLERKS = tuple(role for role in Role if ROLE_PERMISSIONS[role] & {Permission.ITEMS_WRITE, Permission.ITEMS_REVIEW})
"""Posts whose holders register and check signatures: those who write or review."""

_SHOWN: tuple[Any, ...] = (
    PaperSignature.id, PaperSignature.title, PaperSignature.step, PaperSignature.signatory_id,
    PaperSignature.signatory_name, PaperSignature.signed_date, PaperSignature.decision, PaperSignature.state,
    PaperSignature.registered_at, PaperSignature.registered_by, PaperSignature.author_ids,
    PaperSignature.for_superior, PaperSignature.checked_by_name, PaperSignature.checked_at,
)  # fmt: skip

# As the indexes have it, which are walked backwards.
_KEY = (PaperSignature.state == literal_column("'registered'"), PaperSignature.registered_at, PaperSignature.id)
_ORDER = tuple(column.desc() for column in _KEY)


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page of signatures, of which those that wait come first: the next page begins behind it."""

    waiting: bool
    cursor: Cursor

    def __str__(self) -> str:
        return f"{int(self.waiting)}~{self.cursor}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place written by `str`, None for anything else."""
        waiting, _, rest = text.partition("~")
        cursor = Cursor.parse(rest)
        return cls(waiting == "1", cursor) if cursor and waiting in {"0", "1"} else None


Page = tuple[Sequence[AnyRow], Place | None]
"""Rows of a page, and where the next begins."""


def post_holders(uow: UnitOfWork, *, tenant_id: int, roles: Collection[Role]) -> Sequence[AnyRow]:
    """Who holds one of these posts in a unit, or in the one that received it, today: id, name, role, section.

    A row for each post.
    """
    tenant_id = uow.scope.answering_for(tenant_id)
    query = (
        select(User.id, User.name, Membership.role, Membership.section)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, Membership.role.in_(sorted(roles)), User.active)
        .where(holds_now(shanghai_date(uow.now)))
        .order_by(User.id, Membership.id)
    )
    return uow.session.execute(query).all()


def signatories(uow: UnitOfWork, *, item: Item) -> dict[int, str]:
    """Who may sign the step where an item waits, id → name: holders of its post who wrote none of it."""
    kind, received = StepKind(item.step), item.tenant_id == uow.scope.received_id
    found = post_holders(uow, tenant_id=item.tenant_id, roles=(STEP_ROLES[kind],))
    return {
        row.id: row.name
        for row in found
        if row.id not in item.author_ids
        and (received or kind is not StepKind.SECTION or row.section in ("", item.responsible_unit))
    }


def checkers(uow: UnitOfWork, *, tenant_id: int, but: Collection[int]) -> list[str]:
    """Names of the unit's people who write or review and are none of `but`: they can check a signature."""
    found = {row.id: row.name for row in post_holders(uow, tenant_id=tenant_id, roles=CLERKS)}
    return [name for user_id, name in found.items() if user_id not in but]


def last_step(uow: UnitOfWork, *, item: Item) -> AnyRow | None:
    """The step that brought an item where it waits, on the day that counts: at, signed_date (None for one online)."""
    query = (
        select(ItemStep.at, PaperSignature.signed_date)
        .outerjoin(PaperSignature, PaperSignature.id == ItemStep.signature_id)
        .where(ItemStep.tenant_id == item.tenant_id, ItemStep.item_id == item.id)
        .order_by(ItemStep.id.desc())
        .limit(1)
    )
    return uow.session.execute(query).one_or_none()


def decisions(uow: UnitOfWork, *, item: Item) -> dict[str, AnyRow]:
    """The agreements of an item's running submission, step → opinion, actor_name, at, signatory_name, signed_date."""
    submitted = (
        select(func.max(ItemStep.id))
        .where(ItemStep.tenant_id == item.tenant_id, ItemStep.item_id == item.id, ItemStep.action == Action.SUBMIT)
        .scalar_subquery()
    )
    query = (
        select(
            ItemStep.step, ItemStep.opinion, ItemStep.actor_name, ItemStep.at, PaperSignature.signatory_name,
            PaperSignature.signed_date, PaperSignature.opinion.label("paper_opinion"),
        )
        .outerjoin(PaperSignature, PaperSignature.id == ItemStep.signature_id)
        .where(ItemStep.tenant_id == item.tenant_id, ItemStep.item_id == item.id, ItemStep.id > submitted)
        .where(ItemStep.action.in_((Action.PASS_REVIEW, Action.APPROVE)))
        .order_by(ItemStep.id)
    )  # fmt: skip
    return {row.step: row for row in uow.session.execute(query)}


def waiting_of(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> int | None:
    """Id of the signature of an item that waits for its check, None when there is none."""
    return uow.session.scalar(
        select(PaperSignature.id).where(
            PaperSignature.tenant_id == tenant_id,
            PaperSignature.item_id == item_id,
            PaperSignature.state == "registered",
        )
    )


def own_signatures(uow: UnitOfWork, *, tenant_id: int, after: Place | None = None) -> Page:
    """A page of a unit's signatures, those that wait first, then the newest: rows as `_SHOWN`, with registrar."""
    newest = _newest(after).where(PaperSignature.tenant_id == tenant_id).subquery()
    return _page(uow, _named(newest, newest))


def _newest(after: Place | None) -> Select[Any]:
    """As many as a page shows and one more, in the order of the index, before anybody is named."""
    query = select(*_SHOWN).order_by(*_ORDER).limit(LISTED + 1)
    if after is None:
        return query
    return query.where(tuple_(*_KEY) < (after.waiting, after.cursor.at, after.cursor.item_id))


def _named(newest: FromClause, source: FromClause, *more: Any) -> Select[Any]:
    order = ((newest.c.state == "registered").desc(), newest.c.registered_at.desc(), newest.c.id.desc())
    named = select(newest, User.name.label("registrar"), *more).select_from(source)
    return named.outerjoin(User, User.id == newest.c.registered_by).order_by(*order)


def _page(uow: UnitOfWork, query: Select[Any]) -> Page:
    rows = uow.session.execute(query.limit(LISTED + 1)).all()
    last = rows[LISTED - 1] if len(rows) > LISTED else None
    following = Place(last.state == "registered", Cursor(last.registered_at, last.id)) if last else None
    return rows[:LISTED], following


def _checkable_by(actor: Actor) -> Any:
    """Condition: the person is none of those whom the signature concerns."""
    involved = (PaperSignature.registered_by, PaperSignature.signatory_id)
    others = and_(*(column != actor.user_id for column in involved))
    return and_(PaperSignature.state == "registered", others, literal(actor.user_id) != all_(PaperSignature.author_ids))


def count_checkable(uow: UnitOfWork, *, actor: Actor) -> int:
    """How many of the unit's signatures wait for a check that this person could make."""
    if not actor.roles & set(CLERKS):
        return 0
    query = select(func.count()).select_from(PaperSignature)
    return uow.session.scalar(query.where(PaperSignature.tenant_id == actor.tenant_id, _checkable_by(actor))) or 0


def _checks_for(actor: Actor) -> Any:
    """Condition: the unit is below the office, and no other office with a supervisor stands between."""
    between = aliased(Tenant)
    nearer = exists().where(
        between.id == Membership.tenant_id,
        Membership.role == Role.SUPERVISOR,
        Membership.active,
        between.id.not_in((actor.tenant_id, Tenant.id)),
        Tenant.path.op("<@")(between.path),
        between.path.op("<@")(func.cast(literal(actor.tenant_path), Tenant.path.type)),
    )
    return and_(Tenant.id != actor.tenant_id, ~nearer)


def office_signatures(uow: UnitOfWork, *, actor: Actor, after: Place | None = None) -> Page:
    """A page of signatures of units below the office that it checks: as `own_signatures`, with unit."""
    # Of each unit no more than can be shown, whatever years have left.
    of_unit = _newest(after).where(PaperSignature.tenant_id == Tenant.id, PaperSignature.for_superior)
    newest = of_unit.correlate(Tenant).lateral()
    query = _named(newest, join(Tenant, newest, true()), Tenant.short_name.label("unit"))
    return _page(uow, query.where(_checks_for(actor)))


def count_for_office(uow: UnitOfWork, *, actor: Actor) -> int:
    """How many signatures of units below wait for the office's check by this person."""
    query = select(func.count()).select_from(PaperSignature).join(Tenant, Tenant.id == PaperSignature.tenant_id)
    mine = (PaperSignature.for_superior, _checks_for(actor), _checkable_by(actor))
    return uow.session.scalar(query.where(*mine)) or 0


def templates(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """The chains that a unit has set for columns, by level and order: column_id, name, steps, set_at."""
    query = (
        select(ChainTemplate.column_id, ContentColumn.name, ChainTemplate.steps, ChainTemplate.set_at)
        .join(ContentColumn, ContentColumn.id == ChainTemplate.column_id)
        .where(ChainTemplate.tenant_id == tenant_id)
        .order_by(ContentColumn.level, ContentColumn.sort_order, ContentColumn.id)
    )
    return uow.session.execute(query).all()


def count_under_way(uow: UnitOfWork, *, tenant_id: int) -> int:
    """How many items of a unit are in their chain."""
    query = select(func.count()).select_from(Item).where(Item.tenant_id == tenant_id, Item.step != "")
    return uow.session.scalar(query) or 0


def earliest_day(uow: UnitOfWork, *, item: Item) -> date:
    """The first day on which the step where an item waits can have been signed: that of the step before it."""
    last = last_step(uow, item=item)
    if last is None:
        return shanghai_date(uow.now)
    return last.signed_date or shanghai_date(last.at)
