"""Who is told what about findings: the office of claims and objections, the unit of decisions and new findings."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from gongkai.core.calendar.instants import end_of_day, shanghai_date
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.catalogue import rule_label
from gongkai.supervision.ledger.services import CLAIMED, DECIDED, DISPUTED, words_of
from gongkai.supervision.ledger.states import STATE_LABELS
from gongkai.supervision.models import Finding
from gongkai.supervision.scores.services import rescore
from gongkai.tenancy.models import Tenant

CLAIM_NOTICE, DISPUTE_NOTICE, DECISION_NOTICE, FOUND_NOTICE = (
    "finding_claimed", "finding_disputed", "finding_decided", "findings_found"
)  # fmt: skip


def tell_claimed(_: Services, uow: UnitOfWork, finding_ids: Sequence[int]) -> None:
    """Handler of `finding.claimed`: the office is told of claims that a person has to look at, once a unit and day."""
    for finding in _findings(uow, finding_ids, "claimed_fixed"):
        unit = uow.session.get_one(Tenant, finding.tenant_id)
        notify(
            uow, tenant_id=finding.office_id, kind=CLAIM_NOTICE,
            key=f"claimed:{finding.tenant_id}:{shanghai_date(uow.now)}", subject=f"{unit.short_name}反馈了整改结果",
            body=f"{unit.short_name}反馈“{words_of(finding)}”等问题已经整改，请复查。",
            link=f"/office/findings/{finding.id}",
        )  # fmt: skip


def tell_disputed(_: Services, uow: UnitOfWork, finding_ids: Sequence[int]) -> None:
    """Handler of `finding.disputed`: the office is told of each objection."""
    for finding in _findings(uow, finding_ids, "disputed"):
        unit = uow.session.get_one(Tenant, finding.tenant_id)
        notify(
            uow, tenant_id=finding.office_id, kind=DISPUTE_NOTICE, key=_key(finding, "disputed"),
            subject=f"{unit.short_name}对督查问题提出异议", body=f"问题：{words_of(finding)}。请核实后答复。",
            link=f"/office/findings/{finding.id}",
        )  # fmt: skip


def tell_decided(_: Services, uow: UnitOfWork, finding_ids: Sequence[int]) -> None:
    """Handler of `finding.decided`: the unit is told what its office decided, its months are scored anew."""
    for finding in _findings(uow, finding_ids):
        rescore(uow, finding)
        due = f"整改时限{finding.due_date.isoformat()}。" if finding.due_date and finding.closed_at is None else ""
        notify(
            uow, tenant_id=finding.tenant_id, kind=DECISION_NOTICE, key=_key(finding, finding.state),
            subject=f"督查问题：{STATE_LABELS[finding.state]}", body=f"问题：{words_of(finding)}。{due}",
            link=f"/work/findings/{finding.id}",
        )  # fmt: skip


def tell_found(uow: UnitOfWork) -> int:
    """Tell each unit, once a day, how many problems were found with it today; returns how many units were told."""
    today = shanghai_date(uow.now)
    rows = uow.session.execute(
        select(Finding.tenant_id, func.count().label("number"), func.min(Finding.rule_code).label("first"))
        .where(Finding.found_at > end_of_day(today - timedelta(days=1)), Finding.state == "open")
        .group_by(Finding.tenant_id)
    )
    return sum(
        notify(
            uow, tenant_id=row.tenant_id, kind=FOUND_NOTICE, key=f"found:{today}",
            subject=f"新发现督查问题{row.number}项",
            body=f"包括“{rule_label(row.first)}”等，请核实并在整改时限前反馈。",
            link="/work/findings/",
        )
        for row in rows.all()
    )  # fmt: skip


def _findings(uow: UnitOfWork, ids: Sequence[int], state: str | None = None) -> Sequence[Finding]:
    query = select(Finding).where(Finding.id.in_(ids)).order_by(Finding.id)
    return uow.session.scalars(query if state is None else query.where(Finding.state == state)).all()


def _key(finding: Finding, what: str) -> str:
    return f"finding:{finding.id}:{what}:{finding.reopened_count}"


HANDLERS = {CLAIMED: tell_claimed, DISPUTED: tell_disputed, DECIDED: tell_decided}
