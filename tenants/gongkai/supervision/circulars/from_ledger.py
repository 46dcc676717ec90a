"""What a circular takes from the ledger: problems of the period, false claims, and what became of the last ones."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, or_, select

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES, SEVERITIES, describe
from gongkai.supervision.circulars.details import details_from_json
from gongkai.supervision.circulars.months import Months
from gongkai.supervision.circulars.problems import Named, problems
from gongkai.supervision.circulars.snapshot import FactRow, FindingRow, LastProblem, from_json
from gongkai.supervision.evaluation import assigned, quantity, rectification
from gongkai.supervision.findings import of_office
from gongkai.supervision.ledger.states import OPEN_STATES, STILL_WRONG
from gongkai.supervision.models import Circular, Finding

_BY_FACTS = (*quantity.CODES, rectification.FALSE, assigned.NOT_IN_TIME)
"""Rules whose problems a circular states from its figures, and from the registers themselves."""
_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Issued:
    """The circular before: whom it named, by problem class, and the day by which to rectify, in ISO form."""

    named: Sequence[tuple[str, Named]]
    deadline: str


def last_issued(uow: UnitOfWork, *, office_id: int, span: Span, coverage: str) -> Issued | None:
    """The office's last issued circular of this coverage on an earlier period; of two that end on one day that of the
    same length."""
    query = select(Circular.id, Circular.period).where(
        Circular.tenant_id == office_id, Circular.state == "issued", Circular.coverage == coverage
    )
    spans = [(Span.parse(row.period), row.id) for row in uow.session.execute(query)]
    earlier = [one for one in spans if one[0].last_day < span.first_day]
    if not earlier:
        return None
    _, circular_id = max(earlier, key=lambda one: (one[0].last_day, one[0].length == span.length, one[1]))
    row = uow.session.execute(
        select(Circular.snapshot, Circular.details).where(Circular.id == circular_id)
    ).one()  # fmt: skip
    details = details_from_json(row.details)
    found = problems(from_json(row.snapshot), details.left_out)
    return Issued([(group.code, unit) for group in found for unit in group.named], details.deadline)


def findings_in(uow: UnitOfWork, months: Months, issued: Issued | None) -> Iterator[FindingRow]:
    """The findings that stand behind the circular's names, by class, severity and official order.

    Those of quantity are the events of the months, settled or not, as the figures are. Of the others those count that
    are not settled: events of the months, and conditions found in them or earlier.
    """
    inside = [str(month) for month in months.span.months]
    query = select(
        Finding.id, Finding.tenant_id, Finding.rule_code, Finding.problem_class, Finding.evidence, Finding.state,
        Finding.object_url,
    ).where(
        of_office(months.office.id),
        or_(
            and_(Finding.rule_code.in_(quantity.CODES), Finding.period.in_(inside), Finding.state != "noted"),
            and_(
                Finding.rule_code.not_in(_BY_FACTS),
                Finding.problem_class != "",
                Finding.state.in_(OPEN_STATES),
                or_(Finding.period.in_(inside), and_(Finding.lasting, Finding.period < inside[0])),
            ),
        ),
    )  # fmt: skip
    order = {unit_id: place for place, unit_id in enumerate(months.known)}
    rows = [row for row in uow.session.execute(query) if row.tenant_id in order]

    def key(row: Row[Any]) -> tuple[object, ...]:
        return row.problem_class, _RANKS[RULES[row.rule_code].severity], order[row.tenant_id], row.id

    named = {(code, unit.code) for code, unit in issued.named} if issued else set()
    for row in sorted(rows, key=key):
        rule, code = RULES[row.rule_code], months.known[row.tenant_id].code
        yield FindingRow(
            id=row.id,
            rule_code=row.rule_code,
            problem_class=row.problem_class,
            code=code,
            name=months.names[row.tenant_id],
            state=row.state,
            text=describe(row.rule_code, row.evidence),
            severity=rule.severity,
            basis=rule.basis or f"督查规则“{rule.title}”",
            url=row.object_url,
            repeated=(row.problem_class, code) in named,
        )


def false_claims(uow: UnitOfWork, months: Months, recorded: Collection[str]) -> list[FactRow]:
    """The false claims of rectification that the ledger knows of the period, one for each unit, unless the office
    recorded one of it by hand; what still stood goes before what was not looked for everywhere."""
    before = {str(month) for month in months.span.previous().months}
    rows = uow.session.execute(
        select(Finding.id, Finding.tenant_id, Finding.period, Finding.object_id, Finding.evidence)
        .where(
            of_office(months.office.id), Finding.rule_code == rectification.FALSE, Finding.state != "dismissed",
            Finding.period.in_(before | {str(month) for month in months.span.months}),
        )
        .order_by(Finding.id)
    ).all()  # fmt: skip
    repeated = {row.tenant_id for row in rows if row.period in before}
    first: dict[int, Row[Any]] = {}
    for found in sorted(rows, key=lambda row: row.evidence["manner"] != STILL_WRONG):
        known = months.known.get(found.tenant_id)
        if found.period not in before and known is not None and known.code not in recorded:
            first.setdefault(found.tenant_id, found)
    return [
        FactRow(
            id=row.id,
            kind="false_rectification",
            code=known.code,
            name=months.names[unit_id],
            detail={
                "manner": row.evidence["manner"], "problem": row.evidence["problem"],
                "due_date": row.evidence["due"], "claim": row.evidence["measure"], "found": row.evidence["found"],
            },
            repeated=unit_id in repeated,
            finding_id=row.object_id,
        )
        for unit_id, known in months.known.items()
        if (row := first.get(unit_id)) is not None
    ]  # fmt: skip


def last_problems(uow: UnitOfWork, months: Months, issued: Issued | None) -> Iterator[LastProblem]:
    """What became of the findings for which the circular before named units, in its order."""
    if issued is None:
        return
    named = list(dict.fromkeys(finding.id for _, unit in issued.named for finding in unit.findings))
    query = select(
        Finding.id, Finding.tenant_id, Finding.rule_code, Finding.evidence, Finding.state, Finding.due_date,
        Finding.claimed_at, Finding.claim, Finding.recheck_at, Finding.closed_at, Finding.false_claim,
    ).where(of_office(months.office.id), Finding.id.in_(named), Finding.state != "dismissed")  # fmt: skip
    rows = {row.id: row for row in uow.session.execute(query)}
    today = shanghai_date(uow.now).isoformat()
    for finding_id in named:
        row = rows.get(finding_id)
        known = None if row is None else months.known.get(row.tenant_id)
        if row is None or known is None:
            continue
        due = row.due_date.isoformat() if row.due_date else issued.deadline
        yield LastProblem(
            finding_id=row.id,
            code=known.code,
            name=months.names[row.tenant_id],
            problem=describe(row.rule_code, row.evidence),
            due=due,
            matured=bool(due) and due <= today,
            claim=_claim(row),
            recheck=_recheck(row),
            outcome="closed" if row.state == "closed" else "false" if row.false_claim else "open",
        )


def _claim(row: Row[Any]) -> str:
    if row.claimed_at is None:
        return "未反馈"
    return f"{format_date(shanghai_date(row.claimed_at))}反馈：{row.claim.get('measure') or '已整改'}"


def _recheck(row: Row[Any]) -> str:
    if row.state == "closed":
        return "问题已消除" if row.recheck_at is None else f"{format_date(shanghai_date(row.recheck_at))}复查通过"
    if row.state == "claimed_fixed":
        return "待复查"
    failed = row.recheck_at is not None
    return f"{format_date(shanghai_date(row.recheck_at))}复查仍存在问题" if failed else "未复查"
