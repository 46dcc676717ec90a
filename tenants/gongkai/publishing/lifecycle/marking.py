"""Marking one document: what it needs beside the mark itself."""

from datetime import date

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.lifecycle.decisions import find_decisions
from gongkai.publishing.lifecycle.terms import is_term
from gongkai.publishing.models import Item
from gongkai.publishing.publication import Decision, mark_validity


def mark_one(
    uow: UnitOfWork, *, actor: Actor, item_id: int, validity: str, reason: str, made_on: date | None, term: str
) -> Item:
    """Mark a published document, with the decision's own item where `reason` names one in the platform.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it is not published.
        Invalid: naming `validity`, `reason`, `made_on` or `term`; a document with a term that goes on needs a new one.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id)
    faults = []
    if made_on is not None and made_on > shanghai_date(uow.now):
        faults.append(Fault("made_on", "决定日期晚于今天", "请核对日期"))
    if not is_term(term):
        faults.append(Fault("term", f"有效期“{term[:20]}”无法识别", "请填写为长期、5年或截止日期，如2031-03-15"))
    elif validity == "in_force" and item.valid_until is not None and not term.strip():
        problem = f"原有效期至{format_date(item.valid_until)}，未填写新的有效期"
        faults.append(Fault("term", problem, "请填写新的有效期，不再限定期限的填写长期"))
    if faults:
        raise Invalid(faults)
    decisions = find_decisions(uow, tenant_id=actor.tenant_id, written=[reason])
    return mark_validity(
        uow,
        tenant_id=actor.tenant_id,
        item_id=item_id,
        validity=validity,
        reason=reason,
        changed_by=actor.user_id,
        decision=Decision(made_on, decisions.get(reason), term.strip() or None),
    )
