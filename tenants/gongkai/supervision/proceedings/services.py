"""Recording proceedings and voiding wrong entries. Who is commended is told to the circular by the office's facts."""

from collections.abc import Sequence
from typing import BinaryIO

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import acceptable
from gongkai.supervision.facts.records import TEXT_LIMIT, facts_of_office, put_fact, remove_fact
from gongkai.supervision.picking import expect_units
from gongkai.supervision.proceedings.models import COMMENDATION, Proceeding, ProceedingUnit
from gongkai.supervision.proceedings.schemas import ProceedingForm

COMMENDED = "commended"


def enter(
    uow: UnitOfWork, *, actor: Actor, form: ProceedingForm, unit_ids: Sequence[int], file: tuple[str, str] = ("", "")
) -> Proceeding:
    """Record a proceeding with the units it is about; a commendation stands in the circular of its month.

    Args:
        file: digest and name of the document, as `keep` gives them.

    Raises:
        Invalid: on `units`, when one is not the office's to address.
    """
    units = unit_ids and expect_units(uow, path=actor.tenant_path, office_id=actor.tenant_id, unit_ids=unit_ids)
    entry = Proceeding(
        tenant_id=actor.tenant_id, kind=form.kind, held_date=form.held_date, subject=form.subject, led_by=form.led_by,
        document_number=form.document_number, outcome=form.outcome, persons=form.persons, file_digest=file[0],
        filename=file[1], entered_by=actor.user_id, entered_by_name=actor.name, entered_at=uow.now,
    )  # fmt: skip
    uow.session.add(entry)
    uow.session.flush()
    uow.session.add_all(
        ProceedingUnit(tenant_id=actor.tenant_id, proceeding_id=entry.id, unit_id=unit_id) for unit_id in units
    )
    uow.session.flush()
    if form.kind == COMMENDATION:
        _commend(uow, entry, units)
    detail = {"kind": form.kind, "subject": form.subject, "units": list(units)}
    uow.audit(
        "proceeding.enter", tenant_id=actor.tenant_id, object_type="proceeding", object_id=entry.id, detail=detail
    )
    return entry


def keep(files: FileStore, *, filename: str, stream: BinaryIO, limit_bytes: int) -> tuple[str, str]:
    """Keep the document of a proceeding; returns its digest and name.

    Raises:
        Invalid: on `attachment`, when the file may not be kept.
    """
    acceptable(filename, stream, limit_bytes)
    return files.put(stream, limit_bytes=limit_bytes).digest_sha256, safe_filename(filename)


def get_proceeding(uow: UnitOfWork, *, actor: Actor, proceeding_id: int, lock: bool = False) -> Proceeding:
    """A proceeding of this office.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(Proceeding).where(Proceeding.id == proceeding_id, Proceeding.tenant_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def void(uow: UnitOfWork, *, actor: Actor, proceeding_id: int, reason: str) -> Proceeding:
    """Void a wrong entry: it stays in the register with its reason, counts no more, and commends nobody.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when it is void already.
    """
    entry = get_proceeding(uow, actor=actor, proceeding_id=proceeding_id, lock=True)
    if entry.voided_at is not None:
        raise Conflict("这条登记已经作废。")
    entry.voided_at, entry.void_reason = uow.now, reason
    if entry.kind == COMMENDATION:
        for fact in facts_of_office(uow, office_id=actor.tenant_id, period=Period.of(entry.held_date)):
            if fact.kind == COMMENDED and fact.source == source_of(entry):
                remove_fact(uow, office_id=actor.tenant_id, fact_id=fact.id)
    uow.audit(
        "proceeding.void", tenant_id=actor.tenant_id, object_type="proceeding", object_id=entry.id,
        detail={"reason": reason},
    )  # fmt: skip
    return entry


def source_of(entry: Proceeding) -> str:
    """How the facts of an office name the commendation that they come from."""
    return f"表扬登记第{entry.id}号" + (f"（{entry.document_number}）" if entry.document_number else "")


def _commend(uow: UnitOfWork, entry: Proceeding, unit_ids: Sequence[int]) -> None:
    """Leave the fact that the circular reads, for each unit that has none in the month."""
    period = Period.of(entry.held_date)
    facts = facts_of_office(uow, office_id=entry.tenant_id, period=period)
    known = {fact.unit_id for fact in facts if fact.kind == COMMENDED}
    for unit_id in unit_ids:
        if unit_id not in known:
            put_fact(
                uow, office_id=entry.tenant_id, entered_by=entry.entered_by, period=period, kind=COMMENDED,
                unit_id=unit_id, detail={"note": entry.subject[:TEXT_LIMIT]}, source=source_of(entry),
            )  # fmt: skip
