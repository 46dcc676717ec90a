"""What an office has to do today: what waits for its own decision, and what units owe it （今日办理).

Only the office's own ledger and registers: what the offices below have to decide is theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, case, cast, func, literal, null, select, true, union_all

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.models import Instant
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.assignments.models import AssignmentShare
from gongkai.supervision.assignments.queries import COMPLETED_AT, REMINDED_FOR, RESULT
from gongkai.supervision.findings import LISTS, OVERDUE, of_office
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Circular, Finding
from gongkai.supervision.rounds.models import VerificationLine, VerificationSheet
from gongkai.supervision.rounds.states import Answer, Decision, SheetState
from gongkai.supervision.slips.models import SlipDelivery
from gongkai.supervision.slips.states import WAITING, State
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.statements.states import State as StatementState
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.states import WAITING as OWED_LISTS
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

IN_WORK = ("collecting", "frozen", "draft", "in_review", "signed")
"""States of a circular that is not issued yet."""
SLIPS_FOR = timedelta(days=366)
"""A missing reply to an older slip is not asked for any more."""


_OWN, _ANY_YEAR = ("own", "1"), ("year", "0")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of duty.

    Attributes:
        label: what it is; `measure`: the word behind its number.
        endpoint, arguments: the page on which it is done.
        decides: whether the office itself decides; else it waits for units, and may remind them.
        by_circular: whether a single one is opened on its circular's page, `circular_id`.
    """

    label: str
    measure: str
    endpoint: str
    arguments: tuple[tuple[str, str], ...] = ()
    decides: bool = True
    by_circular: str = ""


KINDS = {
    "disputed": Kind("单位提出异议，待核实处理", "项", "supervision.findings", (("state", "disputed"), _OWN)),
    "contested": Kind("问题核实反馈表中有异议，待核实", "项", "circulars.index", by_circular="rounds.verification"),
    "claimed_fixed": Kind(
        "单位已反馈整改，待复查", "项", "supervision.findings", (("state", "claimed_fixed"), _OWN)
    ),
    "candidate": Kind("系统提示的疑似问题，待核实", "项", "supervision.findings", (("state", "candidate"), _OWN)),
    "statements": Kind("无应公开信息说明，待审核", "份", "statements.index"),
    "replied": Kind("工作提示单的回复，待审核", "份", "slips.index", (("state", "replied"), _ANY_YEAR)),
    "circulars": Kind("通报正在编制，待印发", "份", "circulars.index", by_circular="circulars.show"),
    OVERDUE: Kind(
        "问题整改逾期", "项", "supervision.findings", (("state", OVERDUE), _OWN), decides=False
    ),
    "slips": Kind("工作提示单逾期未回复", "份", "slips.index", (("state", "overdue"), _ANY_YEAR), decides=False),
    "tasks": Kind("上级任务逾期未办结", "家次", "assignments.index", (("state", "overdue"), _ANY_YEAR), decides=False),
    "transfers": Kind("政府信息清单逾期未送交", "份", "transfers.index", (("state", "overdue"),), decides=False),
    "rounds": Kind(
        "问题核实反馈表已发出，等待单位反馈", "份", "circulars.index", decides=False, by_circular="rounds.verification"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do: how often, since when or by when (the earliest), and one circular that it is about, 0 for none.

    `circular_id` is 0 as well where it is about several.
    """

    kind: Kind
    number: int
    since: date | None
    circular_id: int = 0


def duties_of(uow: UnitOfWork, *, office_id: int, path: str) -> list[Duty]:
    """What an office at a place of the tree has to do, in the order of `KINDS`; what is nothing is left out."""
    parts = [_ledger(office_id, path), *_registers(office_id), *_owed(office_id, path, uow.now)]
    return _in_order(_numbers(uow, parts))


def glance(uow: UnitOfWork, *, office_id: int, path: str) -> tuple[int, list[Duty]]:
    """For the dashboard, by one statement: open problems of all units, and what the office itself has to decide."""
    unsettled = Finding.state.in_(OPEN_STATES)
    every = _part("unsettled").select_from(Finding).where(of_office(office_id), unsettled)
    found = _numbers(uow, [every, _ledger(office_id, path), *_registers(office_id)])
    return (found["unsettled"].number if "unsettled" in found else 0), _in_order(found)


def _numbers(uow: UnitOfWork, parts: Sequence[Select[Any]]) -> dict[str, AnyRow]:
    return {row.kind: row for row in uow.session.execute(union_all(*parts)) if row.number}


def _in_order(found: Mapping[str, AnyRow]) -> list[Duty]:
    return [
        Duty(
            kind, row.number, shanghai_date(row.at) if row.at else row.day, row.first if row.first == row.last else 0
        )
        for kind, row in ((kind, found.get(key)) for key, kind in KINDS.items())
        if row is not None
    ]  # fmt: skip


def headline(duties: Sequence[Duty]) -> tuple[str, str]:
    """The sentence of the page, and its tone."""
    own = sum(1 for duty in duties if duty.kind.decides)
    waiting = len(duties) - own
    if not duties:
        return "今天没有需要办理和催办的事项。", "good"
    parts = ([f"有{own}类事项待本机关办理"] if own else ["没有待本机关办理的事项"]) + (
        [f"{waiting}类事项待单位办理，可以催办"] if waiting else []
    )
    return "，".join(parts) + "。", "warn"


def _ledger(office_id: int, path: str) -> Select[Any]:
    """What waits for the office in its ledger: a row for each state."""
    since = case(
        (Finding.state == "claimed_fixed", Finding.claimed_at), (Finding.state == "candidate", Finding.found_at)
    )
    waiting = Finding.state.in_(("disputed", "claimed_fixed", "candidate"))
    return _part(Finding.state, at=since).where(*_standing(office_id, path), waiting).group_by(Finding.state)


def _registers(office_id: int) -> Iterable[Select[Any]]:
    yield (
        _part("contested", at=VerificationSheet.answered_at, circular=VerificationSheet.circular_id)
        .select_from(VerificationLine)
        .join(VerificationSheet, VerificationSheet.id == VerificationLine.sheet_id)
        .where(
            VerificationLine.office_id == office_id, VerificationLine.answer == Answer.CONTEST,
            VerificationLine.decision == Decision.NONE, VerificationSheet.state != SheetState.RECALLED,
        )
    )  # fmt: skip
    yield _part("statements", at=BlankStatement.signed_at).where(
        BlankStatement.office_id == office_id, BlankStatement.state == StatementState.SIGNED
    )
    yield _part("replied", at=SlipDelivery.replied_at).where(
        SlipDelivery.office_id == office_id, SlipDelivery.state == State.REPLIED
    )
    yield _part("circulars", at=Circular.created_at, circular=Circular.id).where(
        Circular.tenant_id == office_id, Circular.state.in_(IN_WORK)
    )


def _owed(office_id: int, path: str, now: datetime) -> Iterable[Select[Any]]:
    today = shanghai_date(now)
    yield _part(OVERDUE, day=Finding.due_date).where(
        *_standing(office_id, path), Finding.due_date < today, Finding.state.in_(LISTS[OVERDUE].states)
    )
    yield _part("slips", day=SlipDelivery.due_date).where(
        SlipDelivery.office_id == office_id, SlipDelivery.issued_date > today - SLIPS_FOR,
        SlipDelivery.state.in_(WAITING), SlipDelivery.due_date < today,
    )  # fmt: skip
    yield (
        _part("tasks", at=AssignmentShare.due_at)
        .select_from(AssignmentShare)
        .outerjoin(RESULT, true())
        .where(
            AssignmentShare.office_id == office_id, AssignmentShare.due_at.between(now - REMINDED_FOR, now),
            AssignmentShare.withdrawn.is_(False), COMPLETED_AT.is_(None),
        )
    )  # fmt: skip
    yield _part("transfers", day=TransferList.due_date).where(
        TransferList.office_id == office_id, TransferList.state.in_(OWED_LISTS), TransferList.due_date < today
    )
    yield _part("rounds", day=VerificationSheet.due_date, circular=VerificationSheet.circular_id).where(
        VerificationSheet.office_id == office_id, VerificationSheet.state == SheetState.SENT
    )


def _standing(office_id: int, path: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions: in the office's own ledger, and not closed.

    By the place of the units, because what stands is found by unit, and is little beside all that was ever found.
    """
    units = Finding.tenant_id.in_(select(Tenant.id).where(below(path)))
    return Finding.office_id == office_id, units, Finding.closed_at.is_(None)


def _part(key: Any, *, at: Any = None, day: Any = None, circular: Any = None) -> Select[Any]:
    """How many of a kind there are, the earliest instant or day, and the first and last circular they are about."""
    instants = cast(null(), Instant) if at is None else func.min(at)
    days = cast(null(), Date) if day is None else func.min(day)
    about = literal(0) if circular is None else circular
    kind = literal(key) if isinstance(key, str) else key
    return select(
        kind.label("kind"), func.count().label("number"), instants.label("at"), days.label("day"),
        func.coalesce(func.min(about), 0).label("first"), func.coalesce(func.max(about), 0).label("last"),
    )  # fmt: skip
