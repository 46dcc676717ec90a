"""Notices around naming: to the unit when it is asked, when its objection is decided, when it is named or no longer; to
the office when a unit objects. Each is given once. Silence after the last day is recorded by a job.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import any_, exists, func, select

from gongkai.core.calendar.instants import format_date
from gongkai.core.db import AnyRow
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.ledger.services import DECIDED as LEDGER_DECIDED
from gongkai.supervision.models import Finding
from gongkai.supervision.rounds.decisions import DECIDED, bring_decisions
from gongkai.supervision.rounds.models import CircularReceipt, VerificationLine, VerificationSheet
from gongkai.supervision.rounds.recall import RECALLED, WITHDRAWN
from gongkai.supervision.rounds.receipts import ISSUED
from gongkai.supervision.rounds.services import ANSWERED, CONCLUDED, SENT, record_silence
from gongkai.supervision.rounds.states import Answer, Decision
from gongkai.tenancy.models import Tenant

VERIFICATION_NOTICE, RECEIPT_NOTICE = "verification", "circular_receipt"


def tell_units(_: Services, uow: UnitOfWork, round_ids: Sequence[int]) -> None:
    """Handler of `verification.sent`: each unit learns that it is about to be named, and by when it can object."""
    for row in uow.session.execute(_sheets().where(VerificationSheet.round_id.in_(round_ids))).all():
        words = (
            f"{row.office}拟在《{row.title}》中点名本单位，请核实后于{format_date(row.due_date)}前反馈；"
            "逾期未反馈的，按无异议记录。"
        )
        _tell_unit(uow, row, "sent", "请核实通报拟点名的问题", words)


def tell_recalled(_: Services, uow: UnitOfWork, sheet_ids: Sequence[int]) -> None:
    """Handler of `verification.recalled`: what was asked about has changed, nothing is to be answered."""
    for row in uow.session.execute(_sheets().where(VerificationSheet.id.in_(sheet_ids))).all():
        words = f"{row.office}收回了《{row.title}》的问题核实反馈表，不用反馈；需要再次核实的，另行通知。"
        _tell_unit(uow, row, "recalled", "问题核实反馈表已收回", words)


def tell_silent(_: Services, uow: UnitOfWork, sheet_ids: Sequence[int]) -> None:
    """Handler of `verification.silent`: the unit learns what its silence counts for."""
    for row in uow.session.execute(_sheets().where(VerificationSheet.id.in_(sheet_ids))).all():
        words = f"《{row.title}》拟点名的问题，本单位没有在{format_date(row.due_date)}前反馈，已按无异议记录。"
        _tell_unit(uow, row, "silent", "逾期未反馈，按无异议记录", words)


def tell_office(_: Services, uow: UnitOfWork, sheet_ids: Sequence[int]) -> None:
    """Handler of `verification.answered`: the office learns of objections; agreement needs no notice, and of those in
    the ledger it has been told there."""
    in_ledger = exists().where(Finding.id == any_(VerificationLine.finding_ids), Finding.state == "disputed")
    objections = func.count().filter(VerificationLine.answer == Answer.CONTEST, ~in_ledger)
    query = (
        _sheets()
        .join(VerificationLine, VerificationLine.sheet_id == VerificationSheet.id)
        .where(VerificationSheet.id.in_(sheet_ids))
        .add_columns(objections.label("objections"))
        .group_by(VerificationSheet.id, _OFFICE.c.official_name, Tenant.short_name)
        .having(objections > 0)
    )
    for row in uow.session.execute(query).all():
        notify(
            uow, tenant_id=row.office_id, kind=VERIFICATION_NOTICE, key=f"verification-answer:{row.id}",
            subject=f"{row.unit}对拟点名的问题有异议",
            body=f"{row.unit}对《{row.title}》拟点名的{row.objections}项问题提出异议，请核实后决定维持或者更正。",
            link=f"/office/circulars/{row.circular_id}/verification",
        )  # fmt: skip


def tell_decisions(_: Services, uow: UnitOfWork, line_ids: Sequence[int]) -> None:
    """Handler of `verification.decided`: the unit learns what became of its objection."""
    query = _sheets().join(VerificationLine, VerificationLine.sheet_id == VerificationSheet.id)
    query = query.add_columns(
        VerificationLine.id.label("line_id"), VerificationLine.problem_title, VerificationLine.decision,
        VerificationLine.decision_reason,
    )  # fmt: skip
    for row in uow.session.execute(query.where(VerificationLine.id.in_(line_ids))).all():
        kept = row.decision == Decision.KEEP
        result = "维持原事项" if kept else "予以更正，通报不再点名"
        words = f"关于“{row.problem_title}”的异议，{row.office}核实后{result}：{row.decision_reason.rstrip('。')}。"
        _tell_unit(uow, row, f"decided:{row.line_id}", "异议已核实", words)


def take_over(_: Services, uow: UnitOfWork, __: Sequence[int]) -> None:
    """Handler of `finding.decided`: what the ledger decided settles the contested facts that rest on it."""
    bring_decisions(uow)


def tell_named(_: Services, uow: UnitOfWork, circular_ids: Sequence[int]) -> None:
    """Handler of `circular.issued`: each unit that it names is asked to read it and to put things right."""
    for row in uow.session.execute(_receipts().where(CircularReceipt.circular_id.in_(circular_ids))).all():
        again = "更正后重新印发的" if row.correction else ""
        number = f"（{row.document_number}）" if row.document_number else ""
        words = (
            f"{row.office}印发的{again}《{row.title}》{number}列有本单位的问题，请阅知，"
            f"并于{format_date(row.deadline)}前完成整改。"
        )
        _tell_named(uow, row, "issued", "请阅知通报", words)


def tell_withdrawn(_: Services, uow: UnitOfWork, receipt_ids: Sequence[int]) -> None:
    """Handler of `circular.withdrawn`: the units that it named learn that it no longer stands."""
    for row in uow.session.execute(_receipts().where(CircularReceipt.id.in_(receipt_ids))).all():
        words = f"{row.office}撤回了《{row.title}》：{row.withdrawn_reason.rstrip('。')}。"
        _tell_named(uow, row, "withdrawn", "通报已撤回", words)


def close_rounds(services: Services) -> None:
    """Job: record sheets whose last day has passed without an answer; running again changes nothing."""
    with services.database.system_scope("verification rounds") as uow:
        record_silence(uow)


_OFFICE = Tenant.__table__.alias("office")


def _sheets() -> Any:
    return (
        select(
            VerificationSheet.id, VerificationSheet.tenant_id, VerificationSheet.office_id,
            VerificationSheet.circular_id, VerificationSheet.title, VerificationSheet.due_date,
            _OFFICE.c.official_name.label("office"), Tenant.short_name.label("unit"),
        )
        .join(_OFFICE, _OFFICE.c.id == VerificationSheet.office_id)
        .join(Tenant, Tenant.id == VerificationSheet.tenant_id)
        .order_by(VerificationSheet.id)
    )  # fmt: skip


def _receipts() -> Any:
    return (
        select(
            CircularReceipt.id, CircularReceipt.tenant_id, CircularReceipt.title, CircularReceipt.document_number,
            CircularReceipt.correction, CircularReceipt.deadline, CircularReceipt.withdrawn_reason,
            _OFFICE.c.official_name.label("office"),
        )
        .join(_OFFICE, _OFFICE.c.id == CircularReceipt.office_id)
        .order_by(CircularReceipt.id)
    )  # fmt: skip


def _tell_unit(uow: UnitOfWork, row: AnyRow, key: str, subject: str, body: str) -> None:
    notify(
        uow, tenant_id=row.tenant_id, kind=VERIFICATION_NOTICE, key=f"verification:{row.id}:{key}", subject=subject,
        body=body, link=f"/work/circulars/sheets/{row.id}",
    )  # fmt: skip


def _tell_named(uow: UnitOfWork, row: AnyRow, key: str, subject: str, body: str) -> None:
    notify(
        uow, tenant_id=row.tenant_id, kind=RECEIPT_NOTICE, key=f"receipt:{row.id}:{key}", subject=subject, body=body,
        link=f"/work/circulars/{row.id}",
    )  # fmt: skip


HANDLERS: Mapping[str, EventHandler] = {
    SENT: tell_units,
    RECALLED: tell_recalled,
    CONCLUDED: tell_silent,
    ANSWERED: tell_office,
    DECIDED: tell_decisions,
    LEDGER_DECIDED: take_over,
    ISSUED: tell_named,
    WITHDRAWN: tell_withdrawn,
}
