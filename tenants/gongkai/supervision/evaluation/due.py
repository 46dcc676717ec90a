"""What is to be evaluated again: items that changed, remembered until the next evaluation, and whom else they move."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, text

from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.likeness.services import COMPARED
from gongkai.publishing.models import Item
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.terms.texts import READ
from gongkai.supervision.evaluation.base import Asked, Family
from gongkai.supervision.models import EvaluationDue, Exemption

MOST = 10_000
"""So many items are looked at one by one; where more changed, all are."""

_REMEMBER = text("""
INSERT INTO evaluation_due (item_id, tenant_id)
SELECT id, tenant_id FROM item WHERE id = ANY (CAST(:items AS bigint[])) AND revises_id IS NULL
ORDER BY id ON CONFLICT DO NOTHING
""")


def remember(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Have changed items evaluated again; handler of the events by which search learns of them as well."""
    uow.session.execute(_REMEMBER, {"items": list(item_ids)})


HANDLERS = {CHANGED: remember, READ: remember, COMPARED: remember}


def take_due(uow: UnitOfWork) -> set[int]:
    """The items that changed since this was last asked, and those about which a decision was made for a time.

    What changes from now on is remembered anew, and an evaluation that fails leaves the rows where they were.
    """
    changed = uow.session.scalars(delete(EvaluationDue).returning(EvaluationDue.item_id)).all()
    exempt = select(Exemption.object_id).where(Exemption.object_type == "item")
    return {*changed, *uow.session.scalars(exempt)}


def narrowed(uow: UnitOfWork, family: Family[Any], asked: Asked, changed: Collection[int]) -> Asked:
    """What a family over items has to look at after these changed: they, what they touch, and what time moves."""
    ids = set(changed)
    if family.moving is not None:
        ids.update(family.moving(uow, asked.moment))
    if len(ids) <= MOST and family.touched is not None:
        ids.update(family.touched(uow, ids))
    if len(ids) > MOST:
        return asked
    units = set(uow.session.scalars(select(Item.tenant_id).where(Item.id.in_(ids)).distinct()))
    subjects = {unit_id: subject for unit_id, subject in asked.subjects.items() if unit_id in units}
    return Asked(subjects, asked.moment, sorted(ids))
