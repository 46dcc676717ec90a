"""Findings of a closed month: below the task (SR-Q1), blank (SR-Q2), blank in a row (SR-Q3), with their evidence.

Evaluating is idempotent: a second time changes nothing, a finding that no longer holds is closed with its history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from gongkai.core.calendar.instants import format_datetime
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.models import Finding
from gongkai.supervision.problems import OPEN_STATES, RULES
from gongkai.supervision.queries import standings
from gongkai.supervision.rules import BLANK_IN_A_ROW, BLANK_MONTH, TASK
from gongkai.supervision.standings import Standing, Standings
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

EVALUATED = (TASK, BLANK_MONTH, BLANK_IN_A_ROW)
IN_A_ROW = 2
HISTORY = "history"
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation did: findings opened, changed, closed, and those that stand now, by rule."""

    opened: int
    changed: int
    closed: int
    standing: dict[str, int]


def evaluate_period(uow: UnitOfWork, *, office_id: int, period: Period) -> Evaluation:
    """Bring the findings of an office's units for a month in line with the counts.

    Dismissed findings stay dismissed. Needs a scope whose subtree holds the office's units.

    Raises:
        NotFound: when the office is missing.
    """
    found = standings(uow, office_id=office_id, period=period)
    wanted = dict(_wanted(found))
    known: dict[Key, Finding] = {
        (row.tenant_id, row.rule_code): row
        for row in uow.session.scalars(
            select(Finding).where(
                Finding.office_id == office_id,
                Finding.period == str(period),
                Finding.rule_code.in_(EVALUATED),
                Finding.object_type == "",
            )
        )
    }
    opened = changed = closed = 0
    for key, evidence in wanted.items():
        finding = known.get(key)
        if finding is None:
            _open(uow, office_id=office_id, period=period, key=key, evidence=evidence)
            opened += 1
        else:
            changed += _renew(uow, finding, evidence)
    for key, finding in known.items():
        if key not in wanted and finding.state in OPEN_STATES:
            _close(uow, finding)
            closed += 1
    uow.session.flush()
    standing = {code: sum(1 for _, rule in wanted if rule == code) for code in EVALUATED}
    return Evaluation(opened, changed, closed, standing)


def _wanted(found: Standings) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The findings that hold: (unit, rule) → evidence."""
    for row in found.rows:
        if not row.below:
            continue
        figures = _figures(row)
        yield (row.id, TASK), figures
        if not row.blank:
            continue
        months = period_range(found.period.minus(row.blank_months - 1), found.period)
        blank = {**figures, "blank_months": row.blank_months, "months": [str(month) for month in months]}
        yield (row.id, BLANK_MONTH), blank
        if row.blank_months >= IN_A_ROW:
            yield (row.id, BLANK_IN_A_ROW), blank


def _figures(row: Standing) -> dict[str, Any]:
    return {"task": row.task.value, "counted": row.counts.counted, "total": row.counts.total, "name": row.name}


def _open(uow: UnitOfWork, *, office_id: int, period: Period, key: Key, evidence: dict[str, Any]) -> None:
    unit_id, rule = key
    finding = Finding(
        tenant_id=unit_id,
        office_id=office_id,
        rule_code=rule,
        problem_class=RULES[rule].problem_class,
        period=str(period),
        evidence={**evidence, HISTORY: [_event(uow, "found", evidence)]},
        state="open",
        found_at=uow.now,
    )
    uow.session.add(finding)


def _renew(uow: UnitOfWork, finding: Finding, evidence: dict[str, Any]) -> int:
    """Refresh the evidence, open again what had been closed; 1 when something changed."""
    if finding.state == "dismissed":
        return 0
    history = list(finding.evidence.get(HISTORY, ()))
    before = {key: value for key, value in finding.evidence.items() if key != HISTORY}
    again = finding.state == "closed"
    if before == evidence and not again:
        return 0
    history.append(_event(uow, "found_again" if again else "changed", evidence))
    finding.evidence = {**evidence, HISTORY: history}
    if again:
        finding.state, finding.closed_at = "open", None
        _audit(uow, finding, "finding.found_again")
    return 1


def _close(uow: UnitOfWork, finding: Finding) -> None:
    history = [*finding.evidence.get(HISTORY, ()), _event(uow, "lapsed", {})]
    finding.evidence = {**finding.evidence, HISTORY: history}
    finding.state, finding.closed_at = "closed", uow.now
    _audit(uow, finding, "finding.lapse")


def _event(uow: UnitOfWork, kind: str, evidence: dict[str, Any]) -> dict[str, Any]:
    return {"at": format_datetime(uow.now), "event": kind, "counted": evidence.get("counted")}


def _audit(uow: UnitOfWork, finding: Finding, action: str) -> None:
    uow.audit(
        action,
        tenant_id=finding.tenant_id,
        object_type="finding",
        object_id=finding.id,
        detail={"rule": finding.rule_code, "period": finding.period, "office_id": finding.office_id},
    )


def describe(rule_code: str, evidence: dict[str, Any]) -> str:
    """A finding's evidence as one sentence: what was due and what was there."""
    task, counted = evidence.get("task"), evidence.get("counted")
    if rule_code == BLANK_IN_A_ROW:
        return f"已连续{evidence.get('blank_months')}个月未发布计入任务的信息"
    if rule_code == BLANK_MONTH:
        return f"当月未发布计入任务的信息（月度任务{task}条）"
    if rule_code == TASK:
        return f"月度任务{task}条，计入{counted}条"
    return str(evidence.get("text", ""))


def findings_of(
    uow: UnitOfWork, *, tenant_id: int, office_id: int | None = None, limit: int = 100
) -> Sequence[Row[Any]]:
    """A unit's findings, newest month first.

    Rows: id, rule_code, problem_class, period, evidence, state, found_at, closed_at, office (short name). Several
    offices can find the same; `office_id` keeps one office's.
    """
    query: Any = (
        select(
            Finding.id, Finding.rule_code, Finding.problem_class, Finding.period, Finding.evidence, Finding.state,
            Finding.found_at, Finding.closed_at, Tenant.short_name.label("office"),
        )
        .join(Tenant, Tenant.id == Finding.office_id)
        .where(Finding.tenant_id == tenant_id)
        .order_by(Finding.period.desc(), Finding.rule_code.desc(), Tenant.path)
        .limit(limit)
    )  # fmt: skip
    return uow.session.execute(query if office_id is None else query.where(Finding.office_id == office_id)).all()


@dataclass(frozen=True, slots=True)
class OwnFinding:
    """A problem as its unit sees it: once, whichever offices found it; unsettled while one of them has it open."""

    period: str
    problem_class: str
    text: str
    state: str
    offices: tuple[str, ...]
    history: tuple[dict[str, Any], ...]

    @property
    def unsettled(self) -> bool:
        """Whether an office still waits for something."""
        return self.state in OPEN_STATES


def own_findings(uow: UnitOfWork, *, tenant_id: int) -> list[OwnFinding]:
    """A unit's findings for its own page, newest month first; the nearest office's record speaks for all."""
    merged: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in findings_of(uow, tenant_id=tenant_id):
        merged.setdefault((row.period, row.rule_code), []).append(row)
    found = []
    for (period, rule_code), rows in merged.items():
        speaking = next((row for row in reversed(rows) if row.state in OPEN_STATES), rows[-1])
        found.append(
            OwnFinding(
                period=period,
                problem_class=speaking.problem_class,
                text=describe(rule_code, speaking.evidence),
                state=speaking.state,
                offices=tuple(row.office for row in reversed(rows)),
                history=tuple(speaking.evidence.get(HISTORY, ())),
            )
        )
    return found


def findings_of_office(
    uow: UnitOfWork,
    *,
    office_id: int,
    period: Period | None = None,
    only_open: bool = False,
    page: int = 1,
    size: int = 50,
) -> tuple[Sequence[Row[Any]], int]:
    """A page of an office's findings by month and class, with the number of all.

    Rows: those of `findings_of`, with unit_code and unit (short name).
    """
    conditions: list[Any] = [Finding.office_id == office_id]
    if period is not None:
        conditions.append(Finding.period == str(period))
    if only_open:
        conditions.append(Finding.state.in_(OPEN_STATES))
    query: Any = (
        select(
            Finding.id, Finding.rule_code, Finding.problem_class, Finding.period, Finding.evidence, Finding.state,
            Finding.found_at, Finding.closed_at, Tenant.code.label("unit_code"), Tenant.short_name.label("unit"),
        )
        .join(Tenant, Tenant.id == Finding.tenant_id)
        .where(*conditions)
        .order_by(Finding.period.desc(), Finding.rule_code.desc(), *OFFICIAL_ORDER)
        .limit(size)
        .offset((page - 1) * size)
    )  # fmt: skip
    number = uow.session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    return uow.session.execute(query).all(), number


def open_findings(uow: UnitOfWork, *, office_id: int) -> int:
    """Number of an office's findings that are not settled."""
    query = select(func.count()).select_from(Finding)
    return uow.session.scalar(query.where(Finding.office_id == office_id, Finding.state.in_(OPEN_STATES))) or 0
