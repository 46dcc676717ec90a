"""Notices of tasks from above: a new one, its time nearly over, over, a returned report, a withdrawal; once each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.assignments.models import KINDS, Assignment, AssignmentShare
from gongkai.supervision.assignments.queries import reminded
from gongkai.supervision.assignments.services import HANDED_OUT, RETURNED, WITHDRAWN
from gongkai.tenancy.models import Tenant

TASK_NOTICE = "assignment"


def due_words(kind: str, due_at: datetime) -> str:
    """By when a task is to be done: to the minute for reposts, which are given in hours, else a date."""
    return format_datetime(due_at) if kind == "repost" else format_date(shanghai_date(due_at))


def tell_new(_: Services, uow: UnitOfWork, assignment_ids: Sequence[int]) -> None:
    """Handler of `assignment.handed_out`."""
    for row in uow.session.execute(_shares().where(AssignmentShare.assignment_id.in_(assignment_ids))):
        words = f"{row.office}布置{KINDS[row.kind]}“{row.title}”，请签收并于{_due(row)}前办结，填报办结信息。"
        _tell(uow, row, "new", f"新的{KINDS[row.kind]}", words)


def tell_withdrawn(_: Services, uow: UnitOfWork, assignment_ids: Sequence[int]) -> None:
    """Handler of `assignment.withdrawn`."""
    for row in uow.session.execute(_shares().where(AssignmentShare.assignment_id.in_(assignment_ids))):
        reason = row.withdrawn_reason.rstrip("。")
        words = f"{row.office}撤回{KINDS[row.kind]}“{row.title}”：{reason}。无需再办理。"
        _tell(uow, row, "withdrawn", f"{KINDS[row.kind]}已撤回", words)


def tell_returned(_: Services, uow: UnitOfWork, share_ids: Sequence[int]) -> None:
    """Handler of `assignment.returned`; a report can be returned more than once."""
    for row in uow.session.execute(_shares().where(AssignmentShare.id.in_(share_ids))):
        reason = row.note.rstrip("。")
        words = f"{row.office}没有认可“{row.title}”的办结（{reason}），请重新办理并填报。"
        _tell(uow, row, f"returned:{uow.now.isoformat()}", f"{KINDS[row.kind]}的办结被退回", words)


def remind_units(services: Services) -> None:
    """Job: remind units of tasks that end within a day, and once of those that have ended undone."""
    with services.database.system_scope("tasks from above") as uow:
        found = {row.id: row.overdue for row in reminded(uow)}
        for what, value in (("due", False), ("overdue", True)):
            ids = [share_id for share_id, overdue in found.items() if overdue is value]
            uow.session.execute(update(AssignmentShare).where(AssignmentShare.id.in_(ids)).values(told=what))
        for row in uow.session.execute(_shares().where(AssignmentShare.id.in_(found))).all():
            overdue, kind = found[row.id], KINDS[row.kind]
            told = "overdue" if overdue else "due"
            ending = "现已逾期，请尽快办结并填报。" if overdue else "请抓紧办理，办结后填报办结信息。"
            words = f"{row.office}布置的{kind}“{row.title}”应于{_due(row)}前办结，{ending}"
            _tell(uow, row, told, f"{kind}逾期未办结" if overdue else f"{kind}即将到期", words)


def _due(row: AnyRow) -> str:
    return due_words(row.kind, row.due_at)


def _shares() -> Any:
    return (
        select(
            AssignmentShare.id, AssignmentShare.tenant_id, AssignmentShare.due_at, AssignmentShare.note,
            Assignment.kind, Assignment.title, Assignment.withdrawn_reason, Tenant.official_name.label("office"),
        )
        .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
        .join(Tenant, Tenant.id == AssignmentShare.office_id)
        .order_by(AssignmentShare.id)
    )  # fmt: skip


def _tell(uow: UnitOfWork, row: AnyRow, key: str, subject: str, body: str) -> None:
    notify(
        uow,
        tenant_id=row.tenant_id,
        kind=TASK_NOTICE,
        key=f"task:{row.id}:{key}",
        subject=subject,
        body=body,
        link=f"/work/assignments/{row.id}",
    )


HANDLERS: Mapping[str, EventHandler] = {HANDED_OUT: tell_new, WITHDRAWN: tell_withdrawn, RETURNED: tell_returned}
