"""The verification round before naming (`supervision.md` 7, point 2): ask the units, take their answers or silence.

A sheet is locked before it moves. What rests on a finding of the ledger is contested there too, once.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendars
from gongkai.core.errors import Conflict, Refused
from gongkai.core.storage.names import safe_filename
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import acceptable
from gongkai.supervision.circulars.access import details_of, expect, get_circular
from gongkai.supervision.circulars.services import OPEN, record
from gongkai.supervision.ledger import services as ledger
from gongkai.supervision.ledger.states import WAYS
from gongkai.supervision.models import Circular, Finding
from gongkai.supervision.rounds.lines import NamedLine
from gongkai.supervision.rounds.models import VerificationLine, VerificationRound, VerificationSheet
from gongkai.supervision.rounds.schemas import Statement
from gongkai.supervision.rounds.standing import standing_of
from gongkai.supervision.rounds.states import Answer, SheetState, time_is_up
from gongkai.supervision.slips.services import Upload
from gongkai.tenancy.models import Tenant

SENT, ANSWERED, CONCLUDED = "verification.sent", "verification.answered", "verification.silent"
"""Events with the id of a round, a sheet, and of a sheet that nobody answered."""


def start(uow: UnitOfWork, *, actor: Actor, circular_id: int, working_days: int) -> VerificationRound:
    """Send each unit that is about to be named, and has not been asked yet, its sheet; all are told.

    Raises:
        NotFound: when the circular is missing or another office's.
        Conflict: when its figures are not locked, or it has been sent on.
        Refused: when there is nobody to ask.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, *OPEN)
    unsent = standing_of(uow, circular).unsent
    if not unsent:
        raise Refused("没有需要核实的单位：点名单位已全部发送核实，或者本期没有点名单位。")
    today = shanghai_date(uow.now)
    by_code: dict[str, list[NamedLine]] = {}
    for line in unsent:
        by_code.setdefault(line.code, []).append(line)
    units = uow.session.execute(select(Tenant.code, Tenant.id).where(Tenant.code.in_(by_code)))
    ids = {row.code: row.id for row in units}
    due = load_calendars(uow).latest(ids.values(), today, working_days)
    begun = VerificationRound(
        tenant_id=actor.tenant_id, circular_id=circular.id, frozen_at=circular.frozen_at, due_date=due,
        started_at=uow.now, started_by=actor.user_id, started_by_name=actor.name,
    )  # fmt: skip
    uow.session.add(begun)
    uow.session.flush()
    _send(uow, circular, begun, {ids[code]: lines for code, lines in by_code.items()})
    record(uow, circular, "verify", {"units": len(by_code), "due": due.isoformat()})
    uow.emit(SENT, begun.id)
    return begun


def _send(
    uow: UnitOfWork, circular: Circular, begun: VerificationRound, by_unit: Mapping[int, Sequence[NamedLine]]
) -> None:
    details = details_of(circular)
    sheets = {
        unit_id: VerificationSheet(
            tenant_id=unit_id, office_id=circular.tenant_id, round_id=begun.id, circular_id=circular.id,
            title=circular.title, state=SheetState.SENT, sent_date=shanghai_date(uow.now), due_date=begun.due_date,
            contact=details.contact, phone=details.phone,
        )
        for unit_id in by_unit
    }  # fmt: skip
    uow.session.add_all(sheets.values())
    uow.session.flush()
    uow.session.add_all(
        VerificationLine(
            tenant_id=sheet.tenant_id, office_id=sheet.office_id, sheet_id=sheet.id, problem_class=line.problem_class,
            problem_title=line.problem_title, text=line.text, basis=line.basis, finding_ids=list(line.finding_ids),
        )
        for unit_id, sheet in sheets.items()
        for line in by_unit[unit_id]
    )  # fmt: skip
    uow.session.flush()


def skip(uow: UnitOfWork, *, actor: Actor, circular_id: int, reason: str) -> None:
    """Name units without asking them, for a reason that is kept （已在线下核实）; it holds for these locked figures.

    Raises:
        NotFound: when the circular is missing or another office's.
        Conflict: when its figures are not locked, or it has been sent on.
        Refused: when everybody has been asked.
    """
    circular = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(circular, *OPEN)
    unsent = standing_of(uow, circular).unsent
    if not unsent:
        raise Refused("没有需要核实的单位，不用说明不核实的理由。")
    skipped = VerificationRound(
        tenant_id=actor.tenant_id, circular_id=circular.id, frozen_at=circular.frozen_at, due_date=None,
        skip_reason=reason, started_at=uow.now, started_by=actor.user_id, started_by_name=actor.name,
    )  # fmt: skip
    uow.session.add(skipped)
    record(uow, circular, "skip_verification", {"reason": reason, "lines": len(unsent)})


def own_sheet(uow: UnitOfWork, *, actor: Actor, sheet_id: int, lock: bool = False) -> VerificationSheet:
    """A sheet that the unit acted for has received.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    query = select(VerificationSheet).where(
        VerificationSheet.id == sheet_id, VerificationSheet.tenant_id == actor.tenant_id
    )
    return uow.one(query, lock=lock)


def office_sheet(uow: UnitOfWork, *, actor: Actor, sheet_id: int) -> VerificationSheet:
    """A sheet that this office has sent.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(VerificationSheet).where(
        VerificationSheet.id == sheet_id, VerificationSheet.office_id == actor.tenant_id
    )
    return uow.one(query)


def expect_waiting(uow: UnitOfWork, sheet: VerificationSheet) -> None:
    """Refuse an answer that comes too late, or a second one.

    Raises:
        Conflict: saying how the sheet stands.
    """
    if sheet.state == SheetState.RECALLED:
        raise Conflict("这份问题核实反馈表已经收回，不用反馈。")
    if sheet.state == SheetState.ANSWERED:
        raise Conflict("这份问题核实反馈表已经反馈。需要补充的，请与发表机关联系。")
    if sheet.state == SheetState.SILENT or time_is_up(sheet.due_date, shanghai_date(uow.now)):
        raise Conflict("反馈时限已过，按无异议记录。确有异议的，请与发表机关联系。")


def answer(
    uow: UnitOfWork,
    *,
    actor: Actor,
    sheet_id: int,
    statements: Mapping[int, Statement],
    uploads: Mapping[int, Upload],
) -> VerificationSheet:
    """Answer all facts of a sheet; what rests on a finding is contested in the ledger. The office is told.

    Raises:
        NotFound: when the sheet is missing or another unit's.
        Conflict: when it waits for no answer.
        Invalid: on `file-<id>`, when a file may not be kept.
    """
    sheet = own_sheet(uow, actor=actor, sheet_id=sheet_id, lock=True)
    expect_waiting(uow, sheet)
    for line in lines_of(uow, sheet):
        said = statements[line.id]
        line.answer, line.note, line.link = said.answer, said.note, said.link
        if said.answer == Answer.CONTEST:
            if line.id in uploads:
                _keep(line, uploads[line.id])
            _contest(uow, line)
    sheet.state, sheet.answered_at = SheetState.ANSWERED, uow.now
    sheet.answered_by, sheet.answered_by_name = actor.user_id, actor.name
    _audit(uow, "verification.answer", sheet, {line: said.answer for line, said in statements.items()})
    uow.emit(ANSWERED, sheet.id)
    return sheet


def lines_of(uow: UnitOfWork, sheet: VerificationSheet) -> Sequence[VerificationLine]:
    """The facts of a sheet in the order of the circular."""
    query = select(VerificationLine).where(VerificationLine.sheet_id == sheet.id)
    return uow.session.scalars(query.order_by(VerificationLine.id)).all()


def _keep(line: VerificationLine, upload: Upload) -> None:
    acceptable(upload.filename, upload.stream, upload.limit_bytes, field=f"file-{line.id}")
    line.filename = safe_filename(upload.filename)
    line.file_digest = upload.files.put(upload.stream, limit_bytes=upload.limit_bytes).digest_sha256


def _contest(uow: UnitOfWork, line: VerificationLine) -> None:
    """Findings that can be contested now are; for the others the office decides on the round alone."""
    open_ones = select(Finding.id).where(
        Finding.id.in_(line.finding_ids), Finding.tenant_id == line.tenant_id,
        Finding.state.in_(WAYS["dispute"].sources),
    )  # fmt: skip
    for finding_id in uow.session.scalars(open_ones.order_by(Finding.id)).all():
        ledger.dispute(uow, tenant_id=line.tenant_id, finding_id=finding_id, reason=line.note)


def record_silence(uow: UnitOfWork, *, circular_id: int | None = None) -> int:
    """Record sheets, of one circular or all, that nobody answered in time as without objection; returns how many."""
    query = update(VerificationSheet).where(
        VerificationSheet.state == SheetState.SENT, VerificationSheet.due_date < shanghai_date(uow.now)
    )
    if circular_id is not None:
        query = query.where(VerificationSheet.circular_id == circular_id)
    done = query.values(state=SheetState.SILENT, answered_at=uow.now).returning(VerificationSheet.id)
    ids = uow.session.scalars(done).all()
    if ids:
        uow.session.execute(
            update(VerificationLine).where(VerificationLine.sheet_id.in_(ids)).values(answer=Answer.SILENT)
        )
    for sheet_id in ids:
        uow.emit(CONCLUDED, sheet_id)
    return len(ids)


def line_with_file(uow: UnitOfWork, *, line_id: int, actor: Actor, office: bool) -> VerificationLine:
    """A fact whose objection carries a file, as the unit that sent it or the office that received it reads it.

    Raises:
        NotFound: when there is none, or it belongs to somebody else.
    """
    mine = VerificationLine.office_id if office else VerificationLine.tenant_id
    query = select(VerificationLine).where(
        VerificationLine.id == line_id, mine == actor.tenant_id, VerificationLine.file_digest != ""
    )
    return uow.one(query)


def _audit(uow: UnitOfWork, action: str, sheet: VerificationSheet, detail: Mapping[int, str]) -> None:
    uow.session.flush()
    uow.audit(
        action, tenant_id=sheet.tenant_id, object_type="verification_sheet", object_id=sheet.id,
        detail={"circular_id": sheet.circular_id, "answers": {str(line): str(said) for line, said in detail.items()}},
    )  # fmt: skip
