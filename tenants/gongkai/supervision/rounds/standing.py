"""How the verification of a circular stands, and what still keeps it from being sent on for signature."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import details_of, snapshot_of
from gongkai.supervision.models import Circular
from gongkai.supervision.rounds.lines import NamedLine, named_lines
from gongkai.supervision.rounds.models import VerificationLine, VerificationRound, VerificationSheet
from gongkai.supervision.rounds.states import Answer, Decision, SheetState
from gongkai.tenancy.models import Tenant

_SHOWN_NAMES = 5


@dataclass(frozen=True)
class Standing:
    """The facts that a circular names now, by how far each is verified.

    Attributes:
        unsent: not asked about, and not covered by `skip_reason`; `waiting`: the unit has time to answer.
        contested: objected to and not decided; `cleared`: named although the office decided that they do not hold.
        settled: without objection, or kept by a decision; `skipped`: covered by the reason for not asking.
    """

    unsent: Sequence[NamedLine]
    waiting: Sequence[NamedLine]
    contested: Sequence[NamedLine]
    cleared: Sequence[NamedLine]
    settled: Sequence[NamedLine]
    skipped: Sequence[NamedLine]
    skip_reason: str = ""

    @property
    def blocking(self) -> bool:
        """Whether the circular cannot be sent on yet."""
        return bool(self.unsent or self.waiting or self.contested or self.cleared)


def standing_of(uow: UnitOfWork, circular: Circular) -> Standing:
    """How the circular stands; without locked figures nothing is named yet.

    What a unit answered about a circular that this one replaces holds for the same fact.
    """
    snapshot = snapshot_of(circular)
    named = [] if snapshot is None else named_lines(snapshot, details_of(circular).left_out)
    known = {(row.problem_class, row.code, row.text): row for row in _lines(uow, circular)} if named else {}
    reason = _skip_reason(uow, circular) if named else ""
    parts: dict[str, list[NamedLine]] = {name: [] for name in ("unsent", "waiting", "contested", "cleared", "settled")}
    for line in named:
        parts[_place(known.get(line.key))].append(line)
    unsent = parts.pop("unsent")
    covered = unsent if reason else []
    return Standing(unsent=[] if reason else unsent, skipped=covered, skip_reason=reason, **parts)


def reasons_to_wait(standing: Standing) -> list[str]:
    """What has to be done before the circular is sent on, one sentence each without a full stop."""
    return list(_reasons(standing))


def _reasons(standing: Standing) -> Iterator[str]:
    if standing.unsent:
        yield f"{_names(standing.unsent)}尚未核实，请先发送问题核实反馈表，或者写明不核实的理由"
    if standing.waiting:
        yield f"{_names(standing.waiting)}尚未反馈核实情况，请等待反馈或者反馈时限届满"
    if standing.contested:
        yield f"{_names(standing.contested)}对点名事项有异议，请先核实并决定维持或者更正"
    if standing.cleared:
        yield f"{_names(standing.cleared)}的点名事项经核实已更正，请在“存在问题”步骤中取消点名"


def _names(lines: Sequence[NamedLine]) -> str:
    names = list(dict.fromkeys(line.name for line in lines))
    shown = "、".join(names[:_SHOWN_NAMES])
    return f"{shown}等{len(names)}家单位" if len(names) > _SHOWN_NAMES else shown


def _place(row: AnyRow | None) -> str:
    if row is None:
        return "unsent"
    if row.answer == Answer.NONE:
        return "waiting"
    if row.answer == Answer.CONTEST:
        return {Decision.KEEP: "settled", Decision.CORRECT: "cleared"}.get(Decision(row.decision), "contested")
    return "settled"


def _lines(uow: UnitOfWork, circular: Circular) -> Sequence[AnyRow]:
    """What was sent about the facts of a circular, and of the one that it replaces; the latest comes last."""
    ids = [one for one in (circular.id, circular.replaces_id) if one is not None]
    query = (
        select(
            VerificationLine.problem_class, Tenant.code, VerificationLine.text, VerificationLine.answer,
            VerificationLine.decision,
        )
        .join(VerificationSheet, VerificationSheet.id == VerificationLine.sheet_id)
        .join(Tenant, Tenant.id == VerificationLine.tenant_id)
        .where(
            VerificationSheet.office_id == circular.tenant_id, VerificationSheet.circular_id.in_(ids),
            VerificationSheet.state != SheetState.RECALLED,
        )
        .order_by(VerificationLine.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _skip_reason(uow: UnitOfWork, circular: Circular) -> str:
    """Why units are not asked; it holds for the figures that were locked when it was written."""
    query = select(VerificationRound.skip_reason).where(
        VerificationRound.tenant_id == circular.tenant_id, VerificationRound.circular_id == circular.id,
        VerificationRound.frozen_at == circular.frozen_at, VerificationRound.skip_reason != "",
    )  # fmt: skip
    return uow.session.scalar(query.order_by(VerificationRound.id.desc()).limit(1)) or ""


def due_words(sheets: Sequence[Any]) -> str:
    """The last day on which a sheet that waits can be answered; empty where none does."""
    due = [row.due_date for row in sheets if row.state == SheetState.SENT]
    return format_date(max(due)) if due else ""
