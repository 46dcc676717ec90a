"""Lists of what happens afterwards: terms that end, what is not public, lists of validity. Each is a unit's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, false, func, or_, select
from sqlalchemy.sql.selectable import LateralFromClause

from gongkai.accounts.models import User
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle.models import ValidityList, WithheldAssessment
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.publication import GOES_ON
from gongkai.publishing.states import Action, ItemState

LISTED = 100
WITHHELD = (ItemState.WITHHELD, ItemState.ON_REQUEST)
_Draft = Item.__table__.alias("draft")


def terms_ending(uow: UnitOfWork, *, tenant_id: int, until: date, limit: int) -> Sequence[AnyRow]:
    """A unit's documents whose term ends up to `until` and that nobody has decided on: id, title, valid_until."""
    query = (
        select(Item.id, Item.title, Item.valid_until)
        .where(
            Item.tenant_id == tenant_id, Item.is_public, Item.valid_until.is_not(None), Item.valid_until <= until,
            Item.validity.in_(GOES_ON),
        )
        .order_by(Item.valid_until, Item.id)
        .limit(limit)
    )  # fmt: skip
    return uow.session.execute(query).all()


def withheld(uow: UnitOfWork, *, tenant_id: int, limit: int, due: date | None = None) -> Sequence[AnyRow]:
    """What a unit does not publish, the next to be assessed first; with `due` only what is due by that day.

    Rows: id, title, mode, reason, next_date, document_number, index_number, decided_at, last_date, last_result,
    last_reason, last_assessor, draft_id, draft_state. What has become public since, or was taken up in another item,
    is left out.
    """
    latest = _latest()
    decided = (
        select(func.max(ItemStep.at))
        .where(ItemStep.tenant_id == Item.tenant_id, ItemStep.item_id == Item.id, ItemStep.action == Action.APPROVE)
        .scalar_subquery()
    )
    query = (
        select(
            Item.id, Item.title, Item.disclosure_mode.label("mode"), Item.withheld_reason.label("reason"),
            Item.next_assessment_date.label("next_date"), Item.document_number, Item.index_number,
            decided.label("decided_at"), latest.c.assessed_date.label("last_date"),
            latest.c.result.label("last_result"), latest.c.reason.label("last_reason"),
            latest.c.assessor_name.label("last_assessor"), latest.c.draft_id,
            select(_Draft.c.state).where(_Draft.c.id == latest.c.draft_id).scalar_subquery().label("draft_state"),
        )
        .outerjoin(latest, latest.c.item_id == Item.id)
        .where(*_not_public(tenant_id, due))
        .order_by(Item.next_assessment_date, Item.id)
        .limit(limit)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_withheld(uow: UnitOfWork, *, tenant_id: int, due: date | None = None) -> int:
    """How many items a unit does not publish; with `due` how many are to be assessed by that day."""
    return uow.session.scalar(select(func.count()).select_from(Item).where(*_not_public(tenant_id, due))) or 0


def opened_in(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> int | None:
    """Id of the item in which the publication of one that was withheld was begun, if that is still there."""
    query = (
        select(WithheldAssessment.draft_id)
        .where(
            WithheldAssessment.tenant_id == tenant_id, WithheldAssessment.item_id == item_id,
            WithheldAssessment.draft_id.is_not(None),
        )
        .limit(1)
    )  # fmt: skip
    return uow.session.scalar(query)


def assessments(uow: UnitOfWork, *, tenant_id: int, since: date, until: date) -> Sequence[AnyRow]:
    """A unit's assessments from `since` to `until` by result: result, number."""
    query = (
        select(WithheldAssessment.result, func.count().label("number"))
        .where(WithheldAssessment.tenant_id == tenant_id, WithheldAssessment.assessed_date.between(since, until))
        .group_by(WithheldAssessment.result)
    )
    return uow.session.execute(query).all()


def validity_lists(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's lists of validity, newest first: id, filename, created_at, marked_at, the numbers of rows, by."""
    query = (
        select(
            ValidityList.id, ValidityList.filename, ValidityList.created_at, ValidityList.marked_at,
            ValidityList.rows_total, ValidityList.rows_marked, ValidityList.rows_unchanged, ValidityList.rows_refused,
            User.name.label("by"),
        )
        .outerjoin(User, User.id == ValidityList.created_by)
        .where(ValidityList.tenant_id == tenant_id)
        .order_by(ValidityList.id.desc())
        .limit(LISTED)
    )  # fmt: skip
    return uow.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Marks:
    """By what documents are looked for."""

    index_numbers: Collection[str] = ()
    document_numbers: Collection[str] = ()
    titles: Collection[str] = ()


def documents(uow: UnitOfWork, *, tenant_ids: Collection[int], marks: Marks) -> Sequence[AnyRow]:
    """Public items of these units with any of these marks, by id.

    Rows: id, tenant_id, title, document_number, index_number, validity, valid_until, decision_item_id, change_reason.
    """
    any_of: list[Any] = [
        column.in_(sorted(wanted))
        for column, wanted in (
            (Item.index_number, marks.index_numbers),
            (Item.document_number, marks.document_numbers),
            (Item.title, marks.titles),
        )
        if wanted
    ]
    query = (
        select(
            Item.id, Item.tenant_id, Item.title, Item.document_number, Item.index_number, Item.validity,
            Item.valid_until, Item.decision_item_id, Item.change_reason,
        )
        .where(Item.tenant_id.in_(tenant_ids), Item.is_public, or_(false(), *any_of))
        .order_by(Item.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _latest() -> LateralFromClause:
    """The latest assessment of each item, as a lateral join."""
    query = (
        select(
            WithheldAssessment.item_id, WithheldAssessment.assessed_date, WithheldAssessment.result,
            WithheldAssessment.reason, WithheldAssessment.assessor_name, WithheldAssessment.draft_id,
        )
        .where(WithheldAssessment.tenant_id == Item.tenant_id, WithheldAssessment.item_id == Item.id)
        .order_by(WithheldAssessment.id.desc())
        .limit(1)
    )  # fmt: skip
    return query.lateral("latest")


def assessments_due(uow: UnitOfWork, *, tenant_ids: Collection[int], before: date) -> dict[int, list[date]]:
    """Unit → the days before `before` by which what it does not publish was to be assessed and was not."""
    query = select(Item.tenant_id, Item.next_assessment_date).where(
        Item.tenant_id.in_(tenant_ids), Item.next_assessment_date < before, *_still_withheld()
    )
    found: dict[int, list[date]] = {}
    row: AnyRow
    for row in uow.session.execute(query.order_by(Item.tenant_id, Item.next_assessment_date)):
        found.setdefault(row.tenant_id, []).append(row.next_assessment_date)
    return found


def _not_public(tenant_id: int, due: date | None) -> list[Any]:
    found = [Item.tenant_id == tenant_id, *_still_withheld()]
    return found if due is None else [*found, Item.next_assessment_date <= due]


def _still_withheld() -> list[Any]:
    succeeded = (
        select(WithheldAssessment.id)
        .join(_Draft, _Draft.c.id == WithheldAssessment.draft_id)
        .where(
            WithheldAssessment.tenant_id == Item.tenant_id, WithheldAssessment.item_id == Item.id,
            or_(_Draft.c.published_at.is_not(None), _Draft.c.state.in_(WITHHELD)),
        )
    )  # fmt: skip
    return [Item.next_assessment_date.is_not(None), Item.state.in_(WITHHELD), ~exists(succeeded)]
