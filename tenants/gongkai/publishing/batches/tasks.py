"""Carrying out what was asked of a batch: row by row, some in a transaction, each in a savepoint, ids ascending."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor, act, posts_of
from gongkai.accounts.models import User
from gongkai.core.errors import DomainError, Forbidden, Invalid
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_seen, expect_state, get_item
from gongkai.publishing.batches.models import BatchDeed
from gongkai.publishing.batches.services import OPEN
from gongkai.publishing.chain import decide, send_back, submit
from gongkai.publishing.drafts import wrote
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import StepKind

CHUNK = 50


@dataclass(frozen=True, slots=True)
class _Deed:
    """What was asked, without the session that it was read in."""

    id: int
    tenant_id: int
    batch_id: int
    deed: str
    step: str
    actor_id: int
    opinion: str


Outcome = Sequence[str]
"""What the checks said of a row that was submitted."""


def run_deeds(services: Services, _: UnitOfWork, deed_ids: Sequence[int]) -> None:
    """Handler of `batch.deed_requested`: the rows are written in transactions of their own, and when the job ends
    early, the event comes again and goes on where it stopped."""
    for deed_id in deed_ids:
        run_deed(services, deed_id=deed_id)


def run_deed(services: Services, *, deed_id: int) -> None:
    """Carry a deed out. When its person has left the post, it ends as failed, with the rows done so far."""
    with services.database.system_scope(f"batch deed {deed_id}") as uow:
        found = uow.session.get(BatchDeed, deed_id, with_for_update=True)
        if found is None or found.state not in OPEN:
            return
        found.state = "running"
        deed = _Deed(
            found.id, found.tenant_id, found.batch_id, found.deed, found.step, found.actor_id, found.opinion
        )  # fmt: skip
        seen = {int(item_id): version for item_id, version in found.seen.items()}
        done = found.rows_done
    ids = sorted(seen)
    try:
        for start in range(done, len(ids), CHUNK):
            with services.database.transaction() as uow:
                _carry_out(uow, deed, ids[start : start + CHUNK], seen)
    except Forbidden as refusal:
        _end(services, deed, state="failed", note=refusal.message)
    else:
        _end(services, deed, state="done", note="")


def _carry_out(uow: UnitOfWork, deed: _Deed, ids: Sequence[int], seen: Mapping[int, int]) -> None:
    actor = _at_work(uow, deed)
    own = Item.tenant_id == deed.tenant_id
    # All items before the first ledger: somebody who publishes one of them meanwhile takes them in that order too.
    titles = dict(
        uow.session.execute(
            select(Item.id, Item.title).where(own, Item.id.in_(ids)).order_by(Item.id).with_for_update()
        ).all()
    )
    refused: list[list[Any]] = []
    findings: dict[str, list[str]] = {}
    for item_id in ids:
        try:
            with uow.session.begin_nested():
                said = _DEEDS[deed.deed](uow, actor, deed, item_id, seen[item_id])
        except DomainError as error:
            refused.append([item_id, titles.get(item_id, ""), _words(error)])
        else:
            if said:
                findings[str(item_id)] = list(said)
    kept = uow.session.get_one(BatchDeed, deed.id, with_for_update=True)
    kept.rows_done += len(ids)
    kept.refused = [*kept.refused, *refused]
    kept.findings = kept.findings | findings
    kept.finished_at = uow.now


def _at_work(uow: UnitOfWork, deed: _Deed) -> Actor:
    """Who asked for the deed, at work for the unit; enters their scope.

    Raises:
        Forbidden: when they do not work there any more.
    """
    name = uow.session.scalar(select(User.name).where(User.id == deed.actor_id, User.active))
    if name is not None:
        posts = posts_of(uow, user_id=deed.actor_id)
        actor = act(uow, user_id=deed.actor_id, name=name, posts=posts, tenant_id=deed.tenant_id)
        if actor is not None and actor.tenant_id == deed.tenant_id:
            return actor
    raise Forbidden("办理人已不在本单位任职，其余信息没有办理，请由现任人员重新办理。")


def _submit(uow: UnitOfWork, actor: Actor, deed: _Deed, item_id: int, version: int) -> Outcome:
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_state(item, ItemState.DRAFT)
    expect_seen(item, version)
    item.secrecy_cleared, item.review_batch_id = True, deed.batch_id
    wrote(item, actor)
    try:
        submit(uow, actor=actor, item_id=item_id)
    except Invalid as refusal:
        if not deed.opinion or any(fault.level == "block" for fault in refusal.faults):
            raise
        item.check_overrides = item.check_overrides | {fault.code: deed.opinion for fault in refusal.faults}
        submit(uow, actor=actor, item_id=item_id)
        return [fault.problem for fault in refusal.faults]
    return ()


def _agree(uow: UnitOfWork, actor: Actor, deed: _Deed, item_id: int, version: int) -> Outcome:
    step = StepKind(deed.step)
    decide(uow, actor=actor, item_id=item_id, opinion=deed.opinion, lock_version=version, kinds=(step,))
    return ()


def _return(uow: UnitOfWork, actor: Actor, deed: _Deed, item_id: int, version: int) -> Outcome:
    step = StepKind(deed.step)
    send_back(uow, actor=actor, item_id=item_id, opinion=deed.opinion, lock_version=version, kinds=(step,))
    return ()


_DEEDS: Mapping[str, Callable[[UnitOfWork, Actor, _Deed, int, int], Outcome]] = {
    "submit": _submit,
    "agree": _agree,
    "return": _return,
}


def _words(error: DomainError) -> str:
    """A refusal in the words of a list: of findings only what is wrong."""
    return "；".join(fault.message for fault in error.faults) if isinstance(error, Invalid) else error.message


def _end(services: Services, deed: _Deed, *, state: str, note: str) -> None:
    with services.database.system_scope(f"batch deed {deed.id} finished") as uow:
        values = {"state": state, "note": note, "finished_at": uow.now}
        uow.session.execute(update(BatchDeed).where(BatchDeed.id == deed.id).values(values))
