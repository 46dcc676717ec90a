"""The scenes of the rooms: what waits and what is done in each, however often the demonstration is started."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from gongkai.accounts.models import Deputy
from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.batches.models import BatchDeed
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.tasks import sync_of
from gongkai.publishing.emergency.models import EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.intake.models import IntakeDocument
from gongkai.publishing.lifecycle.models import ValidityList
from gongkai.publishing.links.matters import follow_ups
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.terms.models import MaskedCopy, TermHit
from gongkai.run.demo.loader import make_people, make_units
from gongkai.run.demo.moments import MovingClock
from gongkai.run.demo.rooms.play import play_rooms
from gongkai.run.modules import MODULES
from gongkai.supervision.assignments.models import AssignmentShare
from gongkai.supervision.external.models import ExternalFigure
from gongkai.supervision.models import Circular
from gongkai.supervision.proceedings.models import Proceeding
from gongkai.supervision.reports_due.models import ReportDuty
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.slips.models import SlipDelivery
from gongkai.supervision.spotchecks.models import CheckRecord
from gongkai.supervision.staffing import unstaffed_units
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.training.models import TrainingSession
from gongkai.supervision.training.queries import sessions_of
from gongkai.supervision.transfers.models import TransferList
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant


def counted(uow: UnitOfWork, column: Any) -> Mapping[Any, int]:
    """Value of a column → rows that have it."""
    return Counter(uow.session.scalars(select(column)))


def seen(services: Services) -> dict[str, Any]:
    """How much of everything there is."""
    with services.database.system_scope("test") as uow:
        return {
            "signatures": counted(uow, PaperSignature.state),
            "external": counted(uow, ExternalFigure.kind),
            "reports": counted(uow, ReportDuty.published_date.is_not(None)),
            "exempt": counted(uow, ReportDuty.exempt_reason != ""),
            "reorganisations": counted(uow, Reorganisation.state),
            "changes": counted(uow, Item.change_kind),
            "states": counted(uow, Item.state),
            "steps": counted(uow, Item.step),
            "lists": counted(uow, ValidityList.marked_at.is_(None)),
            "hits": counted(uow, TermHit.state),
            "pages": counted(uow, OldPage.state),
            "measures": counted(uow, EmergencyMeasure.outcome),
            "papers": counted(uow, EmergencyTakedown.paper_received_at.is_(None)),
            "deeds": counted(uow, BatchDeed.state),
            "masked": uow.session.scalar(select(func.count()).select_from(MaskedCopy)),
            "received": uow.session.scalar(select(func.count()).select_from(IntakeDocument)),
            "handovers": uow.session.scalar(select(func.count()).select_from(Handover)),
            "slips": counted(uow, SlipDelivery.state),
            "tasks": counted(uow, AssignmentShare.item_id.is_(None)),
            "deputies": uow.session.scalar(select(func.count()).select_from(Deputy)),
            "trainings": counted(uow, TrainingSession.closed_at.is_(None)),
            "proceedings": counted(uow, Proceeding.kind),
            "checks": counted(uow, CheckRecord.result),
            "transfers": counted(uow, TransferList.state),
            "statements": counted(uow, BlankStatement.state),
            "sheets": counted(uow, VerificationSheet.state),
            "circulars": counted(uow, Circular.state),
        }


def loaded(services: Services, now: datetime) -> Services:
    """Units, people and scenes as at a moment; the services with its clock."""
    at = replace(services, database=replace(services.database, clock=MovingClock(now)))
    with at.database.system_scope("demonstration") as uow:
        make_units(uow)
    early = replace(at, database=replace(at.database, clock=MovingClock(now.replace(year=now.year - 1))))
    with early.database.system_scope("demonstration") as uow:
        make_people(uow, early)
    play_rooms(at, MODULES)
    return at


NEW_YEAR_NIGHT = datetime(2027, 1, 1, 1, 30, tzinfo=SHANGHAI)
"""No working hour of the day, the month or the year has passed."""


def test_every_room_has_something_to_show_even_in_the_night_of_a_holiday(services: Services) -> None:
    at = loaded(services, NEW_YEAR_NIGHT)
    found = seen(at)
    assert found["signatures"] == {"registered": 2, "confirmed": 1}
    assert found["external"] == {"hotline": 5, "media_check": 3, "mailbox": 3, "message": 3}
    assert (found["reports"][True], found["exempt"][True]) == (2, 1)
    assert found["reorganisations"] == {"done": 1, "planned": 1}
    assert {"erratum", "content", "static", "validity"} <= found["changes"].keys()
    assert {"withheld", "on_request", "draft", "taken_down"} <= found["states"].keys()
    assert {"section_review", "legality_review", "confidentiality_review", "final_approval"} <= found["steps"].keys()
    assert found["lists"] == {True: 1, False: 1}
    assert found["hits"]["open"] >= 4
    assert found["pages"]["quarantined"] == 2
    assert found["measures"] == {"withdrawn": 1, "restored": 1, "": 1}
    assert found["papers"] == {False: 2, True: 1}
    assert found["deeds"] == {"done": 2}
    assert found["slips"] == {"closed": 1, "returned": 1, "issued": 1, "replied": 1}
    assert found["tasks"] == {True: 8, False: 1}
    assert found["trainings"] == {True: 1, False: 1}
    assert found["proceedings"] == {"meeting": 1, "commendation": 1, "talk": 1, "accountability": 1}
    assert (found["checks"]["ok"], found["checks"]["problem"]) == (1, 1)
    assert found["checks"][""] >= 1
    assert (found["transfers"]["sent"], found["transfers"]["confirmed"], found["transfers"]["mismatch"]) == (1, 1, 1)
    assert found["transfers"]["prepared"] > 20
    assert found["statements"] == {"accepted": 1, "signed": 1}
    assert found["circulars"] == {"draft": 1}
    assert found["sheets"]["answered"] >= 1
    assert (found["masked"], found["received"], found["handovers"], found["deputies"]) == (1, 3, 1, 1)
    with at.database.system_scope("test") as uow:
        synced = {s.tenant_id: sync_of(s).is_stale(uow.now) for s in uow.session.scalars(select(CollectionSource))}
        assert synced.pop(get_tenant(uow, code="yl-gdj").id) is False
        assert list(synced.values()) == [True]
        root = get_tenant(uow, code="yl-zf")
        year = Period(2026, 12)
        (held,) = sessions_of(uow, office_id=root.id, first=year, last=year)
        assert (held.excused, held.absent, held.attended) == (1, 2, held.invited - 3)
        assert [unit.code for unit in unstaffed_units(uow, path=root.path)] == ["yl-lcj"]
        assert follow_ups(uow, tenant_id=get_tenant(uow, code="yl-czj").id).count == 1
        former = select(func.count()).select_from(Item).join(Tenant, Tenant.id == Item.tenant_id)
        assert uow.session.scalar(former.where(Tenant.code.in_(["yl-zsj", "yl-kab"]), Item.is_public)) == 8
        assert uow.session.scalar(select(func.count()).select_from(OutboxEvent)) == 0
    assert len(list((at.settings.data_directory / "archive").glob("*.zip"))) == 2
    play_rooms(at, MODULES)
    assert seen(at) == found
