"""Where a unit stands, for itself alone: its scores, its month, and what was asked of it and why.

Nothing here reads another unit's figures; ranks belong to offices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.desk import standing
from gongkai.supervision.agenda.facts import ASKS_UNIT
from gongkai.supervision.agenda.plan import Agenda
from gongkai.supervision.assignments.models import KINDS, Assignment, AssignmentShare
from gongkai.supervision.assignments.queries import own_shares
from gongkai.supervision.catalogue import RULES, describe
from gongkai.supervision.findings import findings_of
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rounds.queries import own_receipts, own_sheets
from gongkai.supervision.rounds.states import SheetState
from gongkai.supervision.scores.formula import GRADE_LABELS
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.scores.queries import OwnScore
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery
from gongkai.supervision.slips.queries import own_slips
from gongkai.supervision.slips.states import WAITING
from gongkai.tenancy.models import Tenant

MONTHS = 12


@dataclass(frozen=True, slots=True)
class ScoredMonth:
    """A month's score as it stands now."""

    period: Period
    value: Decimal
    grade: str
    vetoed: bool


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """The running month: counted items and the task, None where there is none."""

    counted: int
    task: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that was asked of the unit.

    Attributes:
        why: the basis, in the words of who asked; due: last day, None where none was set; link: where it is done.
    """

    title: str
    office: str
    why: str
    due: date | None
    link: str


def score_line(uow: UnitOfWork, *, tenant_id: int, today: date) -> list[ScoredMonth]:
    """The scores of the last twelve months that have ended, the newest first; months without a score are left out."""
    first = Period.of(today).minus(MONTHS)
    query = (
        select(UnitScore.period, UnitScore.score, UnitScore.grade, UnitScore.detail["vetoed"].as_boolean())
        .where(UnitScore.tenant_id == tenant_id, UnitScore.period >= str(first))
        .order_by(UnitScore.period, UnitScore.version)
    )
    latest = {
        period: ScoredMonth(Period.parse(period), value, GRADE_LABELS[grade], vetoed)
        for period, value, grade, vetoed in uow.session.execute(query)
    }
    return list(reversed(latest.values()))


def month_of(uow: UnitOfWork, *, tenant_id: int) -> OwnMonth:
    """How far the running month is."""
    today, unit = shanghai_date(uow.now), uow.session.get_one(Tenant, tenant_id)
    task = rule_book(uow, path=unit.path).task(
        chain=tuple(int(label) for label in unit.path.split(".")), tenant_type=unit.tenant_type, level=unit.level,
        vertically_managed=unit.vertically_managed, period=Period.of(today),
    )  # fmt: skip
    month, _ = standing(uow, tenant_id=tenant_id, today=today)
    return OwnMonth(month.counted, task.value)


def asked_of(uow: UnitOfWork, *, tenant_id: int) -> list[Asked]:
    """What was asked of a unit and waits for it, by due date; what has none stands last."""
    found = [*_findings(uow, tenant_id), *_slips(uow, tenant_id), *_tasks(uow, tenant_id), *_rounds(uow, tenant_id)]
    return sorted(found, key=lambda one: (one.due or date.max, one.title))


def headline(score: OwnScore | None, month: OwnMonth, agenda: Agenda) -> tuple[str, str]:
    """Where the unit stands, in a sentence; and the tone."""
    parts = []
    if score is not None:
        grade = "因单项否决为不合格" if score.vetoed else score.grade
        parts.append(f"{score.period.label}得{score.value.normalize():f}分，{grade}")
    task = f"，月度任务{month.task}条" if month.task else ""
    parts.append(f"本月已计入任务{month.counted}条{task}")
    parts.append(f"{agenda.pressing}项已经逾期或者今天到期" if agenda.pressing else "没有逾期和今天到期的事项")
    failed = score is not None and (score.vetoed or score.grade == GRADE_LABELS["failed"])
    tone = "danger" if failed else "warn" if agenda.pressing else "good"
    return "；".join(parts) + "。", tone


def _findings(uow: UnitOfWork, tenant_id: int) -> Iterator[Asked]:
    for row in findings_of(uow, tenant_id=tenant_id):
        if row.state in ASKS_UNIT:
            spec = RULES[row.rule_code]
            why = spec.definition + (f"（{spec.basis}）" if spec.basis else "")
            title = f"整改：{describe(row.rule_code, row.evidence)}"
            yield Asked(title, row.office, why, row.due_date, f"/work/findings/{row.id}")


def _slips(uow: UnitOfWork, tenant_id: int) -> Iterator[Asked]:
    rows = [row for row in own_slips(uow, tenant_id=tenant_id, settled=False) if row.state in WAITING]
    query = (
        select(SlipDelivery.id, ReminderSlip.basis)
        .join(ReminderSlip, ReminderSlip.id == SlipDelivery.slip_id)
        .where(SlipDelivery.tenant_id == tenant_id, SlipDelivery.id.in_([row.id for row in rows]))
    )
    basis = {row.id: row.basis for row in uow.session.execute(query)} if rows else {}
    for row in rows:
        title = f"回复工作提示单（{row.number}）：{row.matter}"
        yield Asked(title, row.office, basis.get(row.id, ""), row.due_date, f"/work/slips/{row.id}")


def _tasks(uow: UnitOfWork, tenant_id: int) -> Iterator[Asked]:
    rows = own_shares(uow, tenant_id=tenant_id, settled=False)
    query = (
        select(AssignmentShare.id, Assignment.source)
        .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
        .where(AssignmentShare.tenant_id == tenant_id, AssignmentShare.id.in_([row.id for row in rows]))
    )
    sources = {row.id: row.source for row in uow.session.execute(query)} if rows else {}
    for row in rows:
        title = f"办结{KINDS[row.kind]}：{row.title}"
        yield Asked(
            title, row.office, sources.get(row.id, ""), shanghai_date(row.due_at), f"/work/assignments/{row.id}"
        )


def _rounds(uow: UnitOfWork, tenant_id: int) -> Iterator[Asked]:
    for row in own_sheets(uow, tenant_id=tenant_id):
        if row.state == SheetState.SENT:
            why = "通报点名前核实事实，逾期未反馈的按无异议记录"
            yield Asked(f"反馈核实情况：{row.title}", row.office, why, row.due_date, f"/work/circulars/sheets/{row.id}")
    for row in own_receipts(uow, tenant_id=tenant_id):
        if row.confirmed_at is None and not row.withdrawn_reason:
            why = f"通报列有本单位的问题，{row.deadline.isoformat()}前完成整改"
            yield Asked(f"阅知通报：{row.title}", row.office, why, None, f"/work/circulars/{row.id}")
