"""Re-issue of a withdrawn circular with an erratum （更正说明）: a successor that cites it, under its own number."""

from dataclasses import replace

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.text.typed import one_line
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.access import circular_for, details_of, expect, get_circular, snapshot_of
from gongkai.supervision.circulars.details import details_to_json, first_details
from gongkai.supervision.circulars.services import record
from gongkai.supervision.models import Circular

LONGEST = 500


def reissue(uow: UnitOfWork, *, actor: Actor, circular_id: int, correction: str) -> Circular:
    """Open the successor of a withdrawn circular, which says what was corrected.

    It begins with the figures, decisions and wording of the withdrawn one, and with new days for rectification; wrong
    figures are locked anew. It is reviewed, signed, numbered and issued like every other.

    Raises:
        NotFound: when it is missing or another office's.
        Invalid: on `correction`, when there is none or it is too long.
        Conflict: when it was not issued and withdrawn, or the period has another circular already.
    """
    old = get_circular(uow, tenant_id=actor.tenant_id, circular_id=circular_id, lock=True)
    expect(old, "withdrawn")
    snapshot = snapshot_of(old)
    if old.issued_at is None or snapshot is None:
        raise Conflict("这份通报没有印发过，不用更正；请就同一时段新建通报。")
    words = one_line(correction)
    if not words:
        raise Invalid([Fault("correction", "未填写更正说明", "请写明原通报的哪些内容有误、更正为什么")])
    if len(words) > LONGEST:
        raise Invalid([Fault("correction", f"更正说明过长（{len(words)}字）", f"请控制在{LONGEST}字以内")])
    if circular_for(uow, tenant_id=actor.tenant_id, span=Span.parse(old.period), coverage=old.coverage) is not None:
        raise Conflict("同一时段已另有一份通报，请在该通报上继续，或者先将其撤回。")
    days = first_details(snapshot.office, calendar=load_calendar(uow), today=shanghai_date(uow.now), contact={})
    details = replace(details_of(old), deadline=days.deadline, recheck_date=days.recheck_date)
    circular = Circular(
        tenant_id=actor.tenant_id, period=old.period, coverage=old.coverage, state="frozen", title=old.title,
        details=details_to_json(details), prose=old.prose, snapshot=old.snapshot, frozen_at=old.frozen_at,
        drafter_ids=[actor.user_id], disclosure_mode="withheld", lock_version=1, created_by=actor.user_id,
        created_at=uow.now, replaces_id=old.id, correction=words,
    )  # fmt: skip
    uow.session.add(circular)
    uow.session.flush()
    record(uow, circular, "reissue", {"replaces": old.id, "reason": words})
    return circular
