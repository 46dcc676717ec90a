"""Handing tasks out, receiving them, reporting them done with a link, returning a report, withdrawing a task."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.assignments.evidence import own_item
from gongkai.supervision.assignments.models import Assignment, AssignmentShare
from gongkai.supervision.assignments.schemas import Claim, TaskForm
from gongkai.supervision.picking import expect_units

HANDED_OUT, WITHDRAWN = "assignment.handed_out", "assignment.withdrawn"
"""Events with the id of a task."""
RETURNED = "assignment.returned"
"""Event with the id of a share whose report was returned."""


def units_with_column(uow: UnitOfWork, *, unit_ids: Iterable[int], column_code: str) -> frozenset[int]:
    """Those of the units that have an active column of this code; all of them where the task names none."""
    wanted = frozenset(unit_ids)
    if not column_code:
        return wanted
    query = select(ContentColumn.tenant_id).where(
        ContentColumn.tenant_id.in_(wanted), ContentColumn.code == column_code, ContentColumn.active
    )
    return frozenset(uow.session.scalars(query))


def hand_out(uow: UnitOfWork, *, actor: Actor, form: TaskForm, unit_ids: Sequence[int]) -> Assignment:
    """Hand a task out to units of the office; those without the column that it names are left out.

    Raises:
        Invalid: on `units`, when none is left, or one is not the office's to address.
    """
    chosen = expect_units(uow, path=actor.tenant_path, office_id=actor.tenant_id, unit_ids=unit_ids)
    able = units_with_column(uow, unit_ids=chosen, column_code=form.column_code)
    chosen = [unit_id for unit_id in chosen if unit_id in able]
    if not chosen:
        raise Invalid([Fault("units", f"所选单位都没有“{form.column_name}”栏目", "请另选单位，或者不限定栏目")])
    task = Assignment(
        tenant_id=actor.tenant_id, kind=form.kind, title=form.title, source=form.source, source_url=form.source_url,
        body=form.body, column_code=form.column_code, column_name=form.column_name, received_at=form.received_at,
        hours=form.hours, due_at=form.due_at, handed_out_at=uow.now, handed_out_by=actor.user_id,
        handed_out_by_name=actor.name,
    )  # fmt: skip
    uow.session.add(task)
    uow.session.flush()
    uow.session.add_all(
        AssignmentShare(
            tenant_id=unit_id, office_id=actor.tenant_id, assignment_id=task.id, handed_out_at=uow.now,
            due_at=form.due_at,
        )
        for unit_id in chosen
    )  # fmt: skip
    uow.session.flush()
    _audit(uow, "assignment.hand_out", task, {"title": task.title, "due": task.due_at.isoformat(), "units": chosen})
    uow.emit(HANDED_OUT, task.id)
    return task


def get_task(uow: UnitOfWork, *, office_id: int, assignment_id: int, lock: bool = False) -> Assignment:
    """A task that an office has handed out.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(Assignment).where(Assignment.id == assignment_id, Assignment.tenant_id == office_id)
    return uow.one(query, lock=lock)


def own_share(uow: UnitOfWork, *, actor: Actor, share_id: int, lock: bool = False) -> AssignmentShare:
    """What the unit acted for has of a task.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(AssignmentShare).where(
        AssignmentShare.id == share_id, AssignmentShare.tenant_id == actor.tenant_id
    )  # fmt: skip
    return uow.one(query, lock=lock)


def receive(uow: UnitOfWork, *, actor: Actor, share_id: int) -> AssignmentShare:
    """Confirm that the unit has received a task （签收）; a second time it changes nothing.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it was withdrawn.
    """
    share = own_share(uow, actor=actor, share_id=share_id, lock=True)
    _expect_valid(share)
    _receive(uow, share, actor)
    return share


def complete(uow: UnitOfWork, *, actor: Actor, share_id: int, claim: Claim, base_url: str) -> AssignmentShare:
    """Report a task done, with an item of the unit's own, which is checked, or a page elsewhere, which is not.

    A report can be replaced as long as the task stands.

    Raises:
        NotFound: when it is missing or another unit's.
        Conflict: when it was withdrawn.
        Invalid: on `link`, as `own_item`.
    """
    share = own_share(uow, actor=actor, share_id=share_id, lock=True)
    _expect_valid(share)
    task = get_task(uow, office_id=share.office_id, assignment_id=share.assignment_id)
    item = own_item(uow, task=task, tenant_id=share.tenant_id, link=claim.link, base_url=base_url)
    _receive(uow, share, actor)
    share.item_id, share.link, share.note = item.id if item else None, claim.link, claim.note
    share.done_at, share.done_by_name = uow.now, actor.name
    _audit(uow, "assignment.complete", share, {"link": claim.link, "item_id": share.item_id, "note": claim.note})
    return share


def office_share(
    uow: UnitOfWork, *, actor: Actor, assignment_id: int, share_id: int, lock: bool = False
) -> AssignmentShare:
    """What a unit has of one of this office's tasks.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(AssignmentShare).where(
        AssignmentShare.id == share_id, AssignmentShare.assignment_id == assignment_id,
        AssignmentShare.office_id == actor.tenant_id,
    )  # fmt: skip
    return uow.one(query, lock=lock)


def return_report(
    uow: UnitOfWork, *, actor: Actor, assignment_id: int, share_id: int, reason: str
) -> AssignmentShare:  # fmt: skip
    """Return a report that does not hold: the task is undone again, and the unit is told why.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when there is no report, or the task was withdrawn.
    """
    share = office_share(uow, actor=actor, assignment_id=assignment_id, share_id=share_id, lock=True)
    _expect_valid(share)
    if share.done_at is None:
        raise Conflict("这家单位还没有报告办结，不能退回。")
    _audit(uow, "assignment.return", share, {"link": share.link, "item_id": share.item_id, "reason": reason})
    share.item_id, share.link, share.done_at, share.done_by_name = None, "", None, ""
    share.note = f"退回：{reason}"
    uow.emit(RETURNED, share.id)
    return share


def withdraw(uow: UnitOfWork, *, actor: Actor, assignment_id: int, reason: str) -> Assignment:
    """Withdraw a task from all its units; it counts nowhere any more.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when it was withdrawn before.
    """
    task = get_task(uow, office_id=actor.tenant_id, assignment_id=assignment_id, lock=True)
    if task.withdrawn_at is not None:
        raise Conflict("这项任务已经撤回。")
    task.withdrawn_at, task.withdrawn_reason = uow.now, reason
    mine = (AssignmentShare.assignment_id == task.id, AssignmentShare.office_id == actor.tenant_id)
    uow.session.execute(update(AssignmentShare).where(*mine).values(withdrawn=True))
    _audit(uow, "assignment.withdraw", task, {"reason": reason})
    uow.emit(WITHDRAWN, task.id)
    return task


def _receive(uow: UnitOfWork, share: AssignmentShare, actor: Actor) -> None:
    if share.receipt_at is None:
        share.receipt_at, share.receipt_name = uow.now, actor.name
        _audit(uow, "assignment.receive", share, {})


def _expect_valid(share: AssignmentShare) -> None:
    if share.withdrawn:
        raise Conflict("这项任务已经撤回，无需办理。")


def _audit(uow: UnitOfWork, action: str, about: Assignment | AssignmentShare, detail: dict[str, object]) -> None:
    uow.audit(
        action, tenant_id=about.tenant_id, object_type=about.__tablename__, object_id=about.id, detail=detail
    )  # fmt: skip
