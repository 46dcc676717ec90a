"""Each list reaches its rows by an index, as the application's role, under row-level security (decision 4)."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

import gongkai
from gongkai.accounts import deputies
from gongkai.accounts import queries as people
from gongkai.accounts.actors import Actor
from gongkai.accounts.models import Membership
from gongkai.accounts.permissions import Role
from gongkai.admin import calendar_versions, holidays, moves
from gongkai.admin import services as settings
from gongkai.admin.reorganisation import queries as reorganisations
from gongkai.catalog import queries as catalog
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.store import Days
from gongkai.core.db import make_engine
from gongkai.core.uow import Database, UnitOfWork
from gongkai.portal import front, front_queries, item_queries, unit_queries
from gongkai.publishing import columns, counts, desk, former, passing
from gongkai.publishing import queries as publishing
from gongkai.publishing.archive import queries as archive
from gongkai.publishing.batches import queries as whole
from gongkai.publishing.collection import queries as collection
from gongkai.publishing.emergency import locks
from gongkai.publishing.emergency import queries as emergency
from gongkai.publishing.emergency.models import EmergencyTakedown
from gongkai.publishing.handover import queries as handover
from gongkai.publishing.imports import batches, existing, held
from gongkai.publishing.intake import attributes
from gongkai.publishing.intake import queries as intake
from gongkai.publishing.lifecycle import queries as lifecycle
from gongkai.publishing.lifecycle.tasks import end_displays, tell_terms
from gongkai.publishing.likeness import queries as likeness
from gongkai.publishing.likeness.tasks import compare_wanted
from gongkai.publishing.linkcheck import queries as link_check
from gongkai.publishing.linkcheck.domains import domains_of
from gongkai.publishing.links import queries as links
from gongkai.publishing.links.follow import announce_overdue
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages import queries as old_pages
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.sections import queries as sections
from gongkai.publishing.signing import queries as signing
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import StepKind
from gongkai.publishing.tasks import publish_due
from gongkai.publishing.terms import masked, texts
from gongkai.publishing.terms import queries as terms
from gongkai.publishing.terms.models import TermEntry
from gongkai.publishing.terms.sweep import sweep_changed
from gongkai.publishing.terms.tasks import retry_failed
from gongkai.search import queries as indexing
from gongkai.search.api import queries as interface
from gongkai.search.asked import queries as asked
from gongkai.search.suggestions import queries as suggestions
from gongkai.supervision import alerts, findings, staffing, structures
from gongkai.supervision import queries as supervision
from gongkai.supervision import services as tasks
from gongkai.supervision.agenda.facts import agenda_of
from gongkai.supervision.assignments import queries as assignments
from gongkai.supervision.assignments.models import AssignmentShare
from gongkai.supervision.burdens import queries as burdens
from gongkai.supervision.circulars import access as circulars
from gongkai.supervision.digest.services import recipients
from gongkai.supervision.digest.tasks import make_digests
from gongkai.supervision.external import queries as external
from gongkai.supervision.external.models import ExternalFigure
from gongkai.supervision.facts import records as facts
from gongkai.supervision.ledger import exemptions
from gongkai.supervision.ledger import queries as ledger
from gongkai.supervision.models import Circular, Notice
from gongkai.supervision.outlook import columns as column_list
from gongkai.supervision.outlook import duties, own, trend
from gongkai.supervision.proceedings import queries as proceedings
from gongkai.supervision.reports_due import queries as reports_due
from gongkai.supervision.rounds import queries as rounds
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.rounds.notices import close_rounds
from gongkai.supervision.scores import queries as scores
from gongkai.supervision.scores.spans import own_score
from gongkai.supervision.slips import queries as slips
from gongkai.supervision.slips.models import SlipDelivery
from gongkai.supervision.slips.notices import remind_units
from gongkai.supervision.spotchecks import queries as checks
from gongkai.supervision.statements import queries as statements
from gongkai.supervision.statements.effect import stated_months
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.training import queries as training
from gongkai.supervision.training.models import TrainingSession
from gongkai.supervision.transfers import queries as transfers
from gongkai.supervision.transfers.models import TransferList
from gongkai.tenancy import queries as tenancy
from gongkai.tenancy.models import Tenant
from gongkai.workers.outbox import drain
from tests.conftest import AdjustableClock
from tests.factories.many import fill
from tests.factories.world import World, make_world
from tests.plans import faults, watching

if TYPE_CHECKING:
    from flask import Flask

    from gongkai.core.ports import Services
    from gongkai.embedded.cluster import Cluster

NAME = "list_plans"
UNIT = "hx-mzj"
MONTH = Period(2026, 2)
CONTRIBUTOR, APPROVER, ADMIN = (f"{UNIT}-{role}" for role in (Role.CONTRIBUTOR, Role.APPROVER, Role.UNIT_ADMIN))
OFFICE, COUNTY_OFFICE, PREFECTURE = "yl-supervisor", "hx-supervisor", "yl-prefecture_admin"
PUBLIC, SYSTEM = "", "system"


@dataclass(frozen=True, slots=True)
class Scene:
    """The unit with many items, one of them that is published, and who asks."""

    uow: UnitOfWork
    world: World
    login: str
    item_id: int

    @property
    def unit(self) -> int:
        return self.world.units[UNIT]

    @property
    def office(self) -> int:
        return self.world.units["yl"]

    @property
    def user_id(self) -> int:
        return self.world.people[self.login]

    @property
    def actor(self) -> Actor:
        return self.world.actor(self.uow, self.login)

    @property
    def column_id(self) -> int:
        return self.world.column(self.uow, UNIT, "gsgg")

    @property
    def item_in_chain(self) -> Item:
        query = select(Item).where(Item.tenant_id == self.unit, Item.step != "").limit(1)
        return self.uow.session.scalars(query).one()


Values = Callable[[Scene], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """A list as somebody sees it; `whole` are big tables that it reads through, each with its reason."""

    function: Callable[..., Any]
    login: str
    values: Values
    whole: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.function.__module__.removeprefix('gongkai.')}.{self.function.__name__}"


def of_unit(**more: Any) -> Values:
    return lambda scene: {"tenant_id": scene.unit, **more}


def of_person(**more: Any) -> Values:
    return lambda scene: {"tenant_id": scene.unit, "user_id": scene.user_id, **more}


def of_queue(*, section: str = "", **more: Any) -> Values:
    sections = frozenset({section})
    return lambda scene: {"queue": publishing.Queue(scene.unit, scene.user_id, frozenset(StepKind), sections), **more}


def of_item(**more: Any) -> Values:
    return lambda scene: {"tenant_id": scene.unit, "item_id": scene.item_id, **more}


def of_chain(**more: Any) -> Values:
    return lambda scene: {"item": scene.item_in_chain, **more}


def newest(
    table: type[
        EmergencyTakedown | OldPage | TermEntry | SlipDelivery | AssignmentShare | VerificationSheet | BlankStatement
    ],
    scene: Scene,
) -> Any:
    """The newest row of a table that the person may read."""
    return scene.uow.session.scalars(select(table).order_by(table.id.desc()).limit(1)).one()


def of_a_round(scene: Scene) -> Mapping[str, Any]:
    """A circular of the office that asked units."""
    own = select(VerificationSheet.circular_id).where(VerificationSheet.office_id == scene.office).limit(1)
    return {"office_id": scene.office, "circular_id": scene.uow.session.scalars(own).one()}


def a_training(scene: Scene) -> int:
    """The newest session of the office."""
    query = select(TrainingSession.id).where(TrainingSession.tenant_id == scene.office)
    return scene.uow.session.scalars(query.order_by(TrainingSession.id.desc()).limit(1)).one()


def a_transfer(scene: Scene) -> TransferList:
    """The newest list of the unit."""
    query = select(TransferList).where(TransferList.tenant_id == scene.unit, TransferList.items.is_not(None))
    return scene.uow.session.scalars(query.order_by(TransferList.id.desc()).limit(1)).one()


def of_hall(**more: Any) -> Values:
    return lambda scene: {"hall_id": scene.world.units["hx"], **more}


def of_office(**more: Any) -> Values:
    return lambda scene: {"office_id": scene.office, **more}


def of_office_at(**more: Any) -> Values:
    return lambda scene: {"office_id": scene.office, "path": str(scene.office), **more}


def of_office_list(**more: Any) -> Values:
    return lambda scene: {"tenant_id": scene.office, **more}


def of_actor(**more: Any) -> Values:
    return lambda scene: {"actor": scene.actor, **more}


def of_tree(**more: Any) -> Values:
    return lambda scene: {"path": str(scene.office), **more}


def always(**values: Any) -> Values:
    return lambda _: values


def item_list(**wanted: Any) -> Values:
    return of_unit(wanted=publishing.ItemFilter(**wanted))


COLUMN_MONTHS = {"column_count": "a row for each column and month of one unit"}
ALL_MONTHS = {"period_count": "sums the months of all units"}
ALL_PEOPLE = {
    "membership": "counts the people of every unit below",
    "user_account": "names those whom it counted",
}
TITLES = {"item": "looks for words in the titles of the unit's own items"}
A_YEAR = {"item": "names the sections of a year of the unit's own items"}
A_SECTION = {"item": "looks for one section among the unit's own items"}
EVERY_ITEM = {
    "item": "compares or exports all that is public",
    "search_document": "compares all documents",
    "content_column": "names the column of each",
}
ALL_HITS = {"term_hit": "counts the hits of all units below, or all of a unit in one state"}
A_TRAINING_YEAR = {"training_attendance": "sums up who came to all sessions of a year"}
ALL_TERMS = {"term_entry": "every entry in force is looked for, an office's whole list is counted or exported"}
ALL_PROBLEMS = {
    "link_place": "counts or exports the problems of all units below",
    "checked_link": "says what was found at the address of each",
    "item": "names the item of each",
}
MANY_SLIPS = {
    "reminder_slip": "a year of an office's register",
    "slip_delivery": "counts what each unit has of the slips of a year",
}
A_MONTHS_LISTS = {"transfer_list": "the lists of a month of all units, in official order"}
A_QUARTER = {"first": date(2025, 12, 1), "last": date(2026, 2, 28), "limit": 50_000}
ALL_TO_DRAW = {"item": "a sample is drawn from all that is public in its time"}
A_PAGE_OF_CHECKS = {"check_record": "counts the records of fifty draws", "spot_check": "says how many there are"}
UNITS_OF_A_YEAR = {"proceeding_unit": "counts the units of a year's entries"}
ALL_PROCEEDINGS = {"proceeding": "says of which years an office has any"}
EVERY_READER = {
    "user_account": "a job of the morning asks who gets the mail",
    "membership": "with the units of each",
    "mail_choice": "and what each has said",
}
ASKED_IN_A_YEAR = dict.fromkeys(
    (
        "finding", "slip_delivery", "assignment_share", "training_unit", "training_session", "verification_sheet",
        "transfer_list", "report_duty", "tenant",
    ),
    "counts what an office asked of towns in a year",
)  # fmt: skip
EVERY_TOWN = {"tenant": "counts the townships under an office"}
WHAT_IS_PUBLIC = {"item": "asks which items of the unit are public"}
MANY_TASKS = {
    "assignment": "a year of an office's tasks",
    "assignment_share": "counts what each unit has of them",
    "item": "looks up for each whether the item that it was done with is public",
}
ALL_OLD_PAGES = {"old_page": "says how many there are in all"}
A_YEAR = {"item": "counts what a unit formed in a year"}
WHOLE_CHAIN = {
    "item_version": "an export looks for the link before among those of the unit",
    "item": "the policy of versions asks which items are public",
}
A_SIGNATURE = signing.Place(waiting=False, cursor=publishing.Cursor(datetime(2025, 6, 1, tzinfo=UTC), 1))
A_MONTH = {"first": date(2026, 2, 1), "last": date(2026, 2, 28)}
A_PAGE = {"year": 2026, "behind": (datetime(2026, 2, 1, tzinfo=UTC), 5), "size": 21}
RENAMED = {"item": "a job after a unit or column was given another name"}

LISTS = (
    Case(publishing.waiting, APPROVER, of_queue()),
    Case(publishing.waiting, APPROVER, of_queue(section="办公室")),
    Case(publishing.approved, APPROVER, of_unit()),
    Case(publishing.count_waiting, APPROVER, of_queue()),
    Case(publishing.count_approved, APPROVER, of_unit()),
    Case(publishing.next_waiting, APPROVER, of_queue(behind=0)),
    Case(publishing.returned, CONTRIBUTOR, of_unit()),
    Case(publishing.count_returned, CONTRIBUTOR, of_unit()),
    Case(publishing.count_pressing, CONTRIBUTOR, of_person(until=date(2026, 4, 1))),
    Case(publishing.own_drafts, CONTRIBUTOR, of_person()),
    Case(publishing.under_way, CONTRIBUTOR, of_person()),
    Case(publishing.scheduled, APPROVER, of_unit()),
    Case(publishing.items_page, CONTRIBUTOR, item_list()),
    Case(publishing.items_page, CONTRIBUTOR, item_list(state=ItemState.PUBLISHED)),
    Case(publishing.items_page, CONTRIBUTOR, item_list(state=ItemState.DRAFT)),
    Case(publishing.items_page, CONTRIBUTOR, item_list(state=ItemState.TAKEN_DOWN)),
    Case(publishing.items_page, CONTRIBUTOR, item_list(period="2023-05")),
    Case(publishing.items_page, CONTRIBUTOR, item_list(period="2021")),
    *(Case(publishing.items_page, CONTRIBUTOR, item_list(period=odd)) for odd in ("0000", "9999-12")),
    Case(publishing.items_page, CONTRIBUTOR, item_list(text="第9999号"), TITLES),
    Case(
        publishing.items_page,
        CONTRIBUTOR,
        lambda s: {"tenant_id": s.unit, "wanted": publishing.ItemFilter(column_id=s.column_id)},
        {"item": "looks for one column among the unit's own items"},
    ),
    Case(
        publishing.items_page,
        CONTRIBUTOR,
        lambda s: {
            "tenant_id": s.unit,
            "wanted": publishing.ItemFilter(state=ItemState.PUBLISHED, column_id=s.column_id),
        },
    ),
    Case(publishing.items_page, CONTRIBUTOR, item_list(sections=("办公室",)), A_SECTION),
    Case(publishing.items_page, CONTRIBUTOR, item_list(period="2026-02", sections=("办公室",), counted=True)),
    Case(publishing.years_published, CONTRIBUTOR, of_unit()),
    Case(desk.standing, CONTRIBUTOR, of_unit(today=date(2026, 2, 10))),
    Case(publishing.steps, CONTRIBUTOR, of_item()),
    Case(publishing.last_return, CONTRIBUTOR, of_item()),
    Case(publishing.has_steps, CONTRIBUTOR, of_item()),
    Case(publishing.versions, CONTRIBUTOR, of_item()),
    Case(publishing.published_text, CONTRIBUTOR, lambda s: {"tenant_id": s.unit, "version_id": s.item_id}),
    Case(publishing.open_revision, CONTRIBUTOR, of_item()),
    Case(publishing.attachments, CONTRIBUTOR, of_item()),
    Case(columns.open_columns, CONTRIBUTOR, of_unit()),
    Case(columns.leaves, CONTRIBUTOR, of_unit()),
    Case(columns.recent_columns, CONTRIBUTOR, of_person()),
    Case(publishing.names_of, CONTRIBUTOR, lambda s: {"user_ids": [s.user_id]}),
    Case(publishing.people_with, CONTRIBUTOR, of_unit(role=Role.APPROVER)),
    Case(archive.published_version, CONTRIBUTOR, of_item(version=None), WHOLE_CHAIN),
    Case(archive.published_version, SYSTEM, lambda s: {"item_id": s.item_id, "version": 1}, WHOLE_CHAIN),
    Case(archive.version_ids, SYSTEM, of_unit(month=MONTH)),
    Case(archive.version_by_id, SYSTEM, lambda s: {"version_id": s.item_id}, WHOLE_CHAIN),
    Case(emergency.cases, OFFICE, of_actor()),
    Case(emergency.cases, COUNTY_OFFICE, of_actor()),
    Case(emergency.measures_of, OFFICE, lambda s: {"takedown_id": newest(EmergencyTakedown, s).id}),
    Case(emergency.count_without_paper, OFFICE, of_actor()),
    Case(emergency.papers_due, SYSTEM, always()),
    Case(locks.expect_unlocked, APPROVER, of_chain()),
    Case(locks.hidden_files, PUBLIC, lambda s: {"tenant_ids": [s.unit]}),
    Case(locks.locked_places, OFFICE, of_unit(texts=["0", "1"], files=["2"], column_ids=[1, 2])),
    Case(held.held_rows, OFFICE, of_actor(), {"held_row": "says how many there are in all"}),
    Case(held.held_rows, COUNTY_OFFICE, of_actor()),
    Case(held.waiting_count, OFFICE, lambda s: {"_": s.actor}),
    Case(old_pages.about, OFFICE, lambda s: {"page": newest(OldPage, s)}),
    Case(old_pages.pages, OFFICE, of_actor(state="", page=1), ALL_OLD_PAGES),
    Case(old_pages.pages, COUNTY_OFFICE, of_actor(state="quarantined", page=2)),
    Case(old_pages.state_counts, OFFICE, of_actor(), ALL_OLD_PAGES),
    Case(old_pages.units, OFFICE, of_actor()),
    Case(old_pages.waiting_count, OFFICE, lambda s: {"_": s.actor}),
    Case(signing.post_holders, CONTRIBUTOR, of_unit(roles=(Role.APPROVER,))),
    Case(signing.signatories, CONTRIBUTOR, of_chain()),
    Case(signing.checkers, CONTRIBUTOR, of_unit(but=())),
    Case(signing.last_step, CONTRIBUTOR, of_chain()),
    Case(signing.earliest_day, CONTRIBUTOR, of_chain()),
    Case(signing.decisions, CONTRIBUTOR, of_chain()),
    Case(signing.waiting_of, CONTRIBUTOR, of_item()),
    Case(signing.own_signatures, CONTRIBUTOR, of_unit()),
    Case(signing.own_signatures, CONTRIBUTOR, of_unit(after=A_SIGNATURE)),
    Case(signing.count_checkable, CONTRIBUTOR, of_actor()),
    Case(signing.office_signatures, COUNTY_OFFICE, of_actor()),
    Case(signing.office_signatures, OFFICE, of_actor()),
    Case(signing.office_signatures, OFFICE, of_actor(after=A_SIGNATURE)),
    Case(signing.count_for_office, COUNTY_OFFICE, of_actor()),
    Case(signing.templates, ADMIN, of_unit()),
    Case(signing.count_under_way, ADMIN, of_unit()),
    Case(terms.rules_for, CONTRIBUTOR, of_unit(), ALL_TERMS),
    Case(terms.rules_for_units, CONTRIBUTOR, lambda s: {"tenant_ids": [s.unit]}, ALL_TERMS),
    Case(terms.terms_page, OFFICE, of_office_list(wanted=terms.TermFilter(), page=1), ALL_TERMS),
    Case(terms.terms_page, OFFICE, of_office_list(wanted=terms.TermFilter(kind="typo", text="词7"), page=1), ALL_TERMS),
    Case(terms.all_terms, OFFICE, of_office_list(), ALL_TERMS),
    Case(
        terms.history,
        COUNTY_OFFICE,
        lambda s: {"tenant_id": newest(TermEntry, s).tenant_id, "term_id": newest(TermEntry, s).id},
    ),
    Case(terms.last_sweep, OFFICE, of_office_list()),
    Case(terms.hits_by_unit, OFFICE, of_tree(), ALL_HITS),
    Case(terms.unit_hits, CONTRIBUTOR, of_unit(state="open", page=1)),
    Case(terms.unit_hits, CONTRIBUTOR, of_unit(state="corrected", page=2), ALL_HITS),
    Case(terms.count_open, CONTRIBUTOR, of_unit()),
    Case(terms.supervised_unit, OFFICE, lambda s: {"path": str(s.office), "unit_id": s.unit}),
    Case(masked.originals, CONTRIBUTOR, of_item()),
    Case(texts.attachment_texts, CONTRIBUTOR, of_item()),
    Case(publishing.titles_of, CONTRIBUTOR, lambda s: {"tenant_id": s.unit, "item_ids": [s.item_id]}),
    Case(desk.make_desk, CONTRIBUTOR, of_actor()),
    Case(desk.make_desk, APPROVER, of_actor()),
    Case(former.former_drafts, CONTRIBUTOR, of_actor()),
    Case(former.former_bodies, CONTRIBUTOR, of_actor()),
    Case(counts.published_items, CONTRIBUTOR, of_unit(period="2026-02")),
    Case(counts.published_items, CONTRIBUTOR, of_unit(period=None), EVERY_ITEM),
    Case(lifecycle.terms_ending, CONTRIBUTOR, of_unit(until=date(2026, 9, 23), limit=8)),
    Case(lifecycle.withheld, CONTRIBUTOR, of_unit(limit=200)),
    Case(lifecycle.withheld, CONTRIBUTOR, of_unit(limit=200, due=date(2026, 3, 23))),
    Case(lifecycle.count_withheld, CONTRIBUTOR, of_unit()),
    Case(lifecycle.opened_in, CONTRIBUTOR, of_item()),
    Case(lifecycle.assessments, CONTRIBUTOR, of_unit(since=date(2026, 1, 1), until=date(2026, 12, 31))),
    Case(lifecycle.assessments_due, SYSTEM, lambda s: {"tenant_ids": [s.unit], "before": date(2026, 3, 23)}),
    Case(lifecycle.validity_lists, APPROVER, of_unit()),
    Case(
        lifecycle.documents,
        APPROVER,
        lambda s: {"tenant_ids": [s.unit], "marks": lifecycle.Marks(document_numbers=["和民发〔2026〕3号"])},
    ),
    Case(
        lifecycle.documents,
        APPROVER,
        lambda s: {"tenant_ids": [s.unit], "marks": lifecycle.Marks(titles=["关于第9999号事项的通知"])},
        TITLES,
    ),
    Case(batches.own_batches, CONTRIBUTOR, of_actor()),
    Case(batches.supervised_batches, OFFICE, of_actor()),
    Case(batches.batches_after, OFFICE, always(circular_id=1)),
    Case(whole.drafts_of, CONTRIBUTOR, of_unit(batch_id=1)),
    Case(whole.waiting_in, APPROVER, of_queue(batch_id=1, step=StepKind.FINAL)),
    Case(whole.rows_of, APPROVER, lambda s: {"tenant_id": s.unit, "item_ids": [s.item_id]}),
    Case(whole.waiting_batches, APPROVER, of_queue()),
    Case(whole.count_batches, APPROVER, of_queue()),
    Case(whole.wrote_any, APPROVER, of_person(batch_id=1)),
    Case(whole.openings, APPROVER, of_person(batch_id=1, step=StepKind.FINAL)),
    Case(whole.deeds_of, APPROVER, of_unit(batch_id=1)),
    Case(whole.findings_at_submission, APPROVER, of_unit(batch_id=1)),
    Case(collection.syncs, OFFICE, always()),
    Case(collection.sources_of, ADMIN, of_unit()),
    Case(collection.supervised_sources, OFFICE, of_actor()),
    Case(collection.count_proposed, OFFICE, of_actor()),
    Case(collection.runs_of, ADMIN, of_unit(source_id=1)),
    Case(collection.missing_of, ADMIN, lambda s: {"unit_ids": [s.unit], "source_id": 1}),
    Case(collection.successes_of, ADMIN, of_unit(source_id=1)),
    Case(existing.existing_items, CONTRIBUTOR, of_unit(keys=["1", "2"])),
    Case(intake.untouched, CONTRIBUTOR, of_unit()),
    Case(intake.received, CONTRIBUTOR, of_unit()),
    Case(intake.received, CONTRIBUTOR, of_unit(after=publishing.Cursor(datetime(2025, 6, 1, tzinfo=UTC), 1))),
    Case(intake.count_untouched, CONTRIBUTOR, of_unit()),
    Case(intake.documents_of_item, CONTRIBUTOR, of_item()),
    Case(intake.standing_of, CONTRIBUTOR, of_item()),
    Case(intake.own_senders, ADMIN, of_unit()),
    Case(intake.senders_above, ADMIN, of_unit()),
    Case(intake.folder_senders, SYSTEM, always()),
    Case(attributes.of_unit, CONTRIBUTOR, of_unit(year=2025), A_YEAR),
    Case(attributes.of_office, OFFICE, always(year=2025)),
    Case(links.linked_with, CONTRIBUTOR, of_item()),
    Case(links.linkable, CONTRIBUTOR, of_unit(families=["gsgg"], but=[1])),
    Case(links.find_own, CONTRIBUTOR, of_unit(reference="关于第9999号事项的通知"), TITLES),
    Case(links.due_interpretations, CONTRIBUTOR, of_unit()),
    Case(links.interpretations_of, CONTRIBUTOR, lambda s: {"tenant_id": s.unit, "item_ids": [s.item_id]}),
    Case(links.offers, CONTRIBUTOR, of_unit()),
    Case(links.reprinted_by, CONTRIBUTOR, of_item()),
    Case(links.published_with, CONTRIBUTOR, lambda s: {"item": s.uow.session.get(Item, s.item_id)}),
    Case(links.count_follow_ups, CONTRIBUTOR, of_unit()),
    Case(link_check.facts_of, SYSTEM, lambda s: {"tenant_ids": [s.unit]}, ALL_PROBLEMS),
    Case(link_check.count_problems, CONTRIBUTOR, of_unit()),
    Case(link_check.unit_problems, CONTRIBUTOR, of_unit(page=1)),
    Case(link_check.unit_problems, OFFICE, of_unit(page=1, result="dead")),
    Case(link_check.all_problems, OFFICE, of_tree(), ALL_PROBLEMS),
    Case(link_check.problems_by_unit, OFFICE, of_tree(), ALL_PROBLEMS),
    Case(link_check.domains_of_office, COUNTY_OFFICE, of_unit()),
    Case(link_check.progress, OFFICE, always(), {"checked_link": "counts all addresses"}),
    Case(domains_of, CONTRIBUTOR, lambda s: {"tenant_ids": [s.unit]}),
    Case(people.members, ADMIN, of_unit()),
    Case(deputies.deputies_of, ADMIN, of_unit()),
    Case(deputies.deputies_of, ADMIN, of_person()),
    Case(handover.in_hand, ADMIN, of_person()),
    Case(handover.count_in_hand, ADMIN, of_unit()),
    Case(handover.count_written, ADMIN, of_queue(user_id=1)),
    Case(handover.handovers_of, ADMIN, of_unit()),
    Case(handover.column_names, ADMIN, of_unit(ids=[1, 2])),
    Case(sections.section_names, CONTRIBUTOR, of_unit(), A_YEAR),
    Case(sections.sections_of, CONTRIBUTOR, of_unit(), A_YEAR),
    Case(sections.names_of_section, CONTRIBUTOR, of_unit(name="办公室")),
    Case(sections.former_names, CONTRIBUTOR, of_unit()),
    Case(people.members, PREFECTURE, of_unit(former=True)),
    Case(people.posts_everywhere, PREFECTURE, lambda s: {"user_id": s.user_id}),
    Case(people.units_with_people, PREFECTURE, of_tree(q="", page=1), ALL_PEOPLE),
    Case(people.units_with_people, PREFECTURE, of_tree(q="某人7", page=1), ALL_PEOPLE),
    Case(tenancy.ancestors, PREFECTURE, of_unit()),
    Case(tenancy.former_bodies, PREFECTURE, of_unit()),
    Case(tenancy.former_names, PREFECTURE, of_unit()),
    Case(tenancy.unit_tree, PREFECTURE, of_tree()),
    Case(tenancy.periods_of, PREFECTURE, of_unit()),
    Case(tenancy.successors, PREFECTURE, of_unit()),
    Case(tenancy.units_in_use, PREFECTURE, of_tree()),
    Case(reorganisations.plans_of, PREFECTURE, lambda s: {"tenant_id": s.office}),
    Case(passing.waiting_items, CONTRIBUTOR, of_unit()),
    Case(passing.arrival, CONTRIBUTOR, of_item()),
    Case(structures.structured, OFFICE, of_office(period=MONTH, structure="now")),
    Case(settings.history, PREFECTURE, of_actor(key="site")),
    Case(catalog.catalogue, ADMIN, of_unit(), COLUMN_MONTHS),
    Case(catalog.guides, ADMIN, of_unit()),
    Case(catalog.count_columns, ADMIN, of_unit()),
    Case(catalog.unit, ADMIN, of_unit()),
    Case(supervision.rule_book, OFFICE, of_tree()),
    Case(supervision.standings, OFFICE, of_office(period=MONTH)),
    Case(supervision.standings, COUNTY_OFFICE, lambda s: {"office_id": s.world.units["hx"], "period": MONTH}),
    Case(
        supervision.heat_map,
        OFFICE,
        lambda s: {"lines": {unit: unit for unit in s.world.units.values()}, "first": MONTH.minus(12), "last": MONTH},
        ALL_MONTHS,
    ),
    Case(supervision.find_unit, OFFICE, of_office(code=UNIT, period=MONTH)),
    Case(supervision.stood_under, OFFICE, of_office(tenant_id=1, period=MONTH)),
    Case(supervision.columns_of, OFFICE, of_unit(first=MONTH.minus(11), period=MONTH), COLUMN_MONTHS),
    Case(supervision.people_of, OFFICE, lambda s: {"tenant_ids": [s.unit]}),
    Case(supervision.items_of, OFFICE, of_unit(period=MONTH)),
    Case(supervision.items_of, COUNTY_OFFICE, of_unit(period=Period(2022, 5), page=2)),
    Case(supervision.offices, OFFICE, always()),
    Case(staffing.unstaffed_units, OFFICE, of_tree(), ALL_PEOPLE),
    Case(staffing.unstaffed_units, OFFICE, lambda s: {"path": str(s.office), "only": s.unit}),
    Case(tasks.rules_of, OFFICE, of_office()),
    Case(findings.findings_of, CONTRIBUTOR, of_unit()),
    Case(findings.findings_of_office, OFFICE, of_office(period=MONTH)),
    Case(findings.findings_of_office, OFFICE, of_office(part="open")),
    Case(findings.findings_of_office, OFFICE, of_office(), {"finding": "says how many there are in all"}),
    Case(own.score_line, CONTRIBUTOR, of_unit(today=date(2026, 2, 20))),
    Case(own.month_of, CONTRIBUTOR, of_unit()),
    Case(own.asked_of, CONTRIBUTOR, of_unit(), MANY_TASKS),
    Case(duties.duties_of, OFFICE, of_office_at()),
    Case(duties.glance, OFFICE, of_office_at()),
    Case(trend.trend_of, OFFICE, of_office(last=MONTH), {"finding": "counts what was found in a year"}),
    Case(
        column_list.units_of,
        OFFICE,
        of_office_at(),
        {"content_column": "counts the columns of all units", "finding": "counts what stands of all units"},
    ),
    Case(
        column_list.columns_of_unit,
        OFFICE,
        lambda s: {"tenant_id": s.unit, "office_id": s.office, "path": f"{s.office}.{s.world.units['hx']}.{s.unit}"},
    ),
    Case(findings.histories_of, CONTRIBUTOR, of_unit(finding_ids=[1, 2])),
    Case(ledger.claimable, CONTRIBUTOR, of_unit(finding_ids=[1, 2])),
    Case(exemptions.exemptions_of, OFFICE, of_tree(), {"tenant": "all units below"}),
    Case(scores.scored_months, CONTRIBUTOR, of_unit()),
    Case(scores.versions_of, CONTRIBUTOR, of_unit(period=MONTH)),
    Case(scores.table_of, OFFICE, of_office(span=Span(MONTH))),
    Case(scores.table_of, OFFICE, of_office(span=Span(Period(2026, 1), 3))),
    Case(own_score, CONTRIBUTOR, of_unit(span=Span(Period(2026, 1), 3))),
    Case(scores.is_ranked, OFFICE, lambda s: {"chain": (s.office,), "period": MONTH}),
    Case(facts.facts_of_office, OFFICE, of_office(period=MONTH)),
    Case(facts.fact_periods, OFFICE, of_office(), {"office_fact": "the months of all facts that the office wrote"}),
    Case(external.facts_of, OFFICE, of_office(period=MONTH)),
    Case(
        external.facts_of,
        COUNTY_OFFICE,
        lambda s: {"office_id": s.world.units["hx"], "period": MONTH, "kind": "hotline"},
    ),
    Case(external.sums_of, OFFICE, of_office(period=MONTH)),
    Case(external.sources_of, OFFICE, of_office(period=MONTH)),
    Case(
        external.versions_of,
        OFFICE,
        lambda s: {
            "figure": s.uow.session.scalars(select(ExternalFigure).where(ExternalFigure.tenant_id == s.office)).first()
        },
    ),
    Case(external.own_figures, CONTRIBUTOR, of_unit()),
    Case(external.with_late, SYSTEM, lambda s: {"unit_ids": [s.unit]}),
    Case(assignments.not_done_in_time, SYSTEM, lambda s: {"unit_ids": [s.unit]}, MANY_TASKS),
    Case(burdens.asked_in, OFFICE, of_office(year=2026), ASKED_IN_A_YEAR),
    Case(burdens.grass_roots, OFFICE, of_tree(), EVERY_TOWN),
    Case(reports_due.list_of, OFFICE, of_office(year=2024)),
    Case(reports_due.years_of, OFFICE, of_office()),
    Case(reports_due.duties_of, OFFICE, of_office(year=2024)),
    Case(reports_due.missing_on, OFFICE, of_office(day=date(2025, 3, 31))),
    Case(reports_due.reports_in_columns, OFFICE, lambda s: {"unit_ids": list(s.world.units.values()), "year": 2024}),
    Case(reports_due.open_duties, SYSTEM, always(since=date(2026, 1, 5), until=date(2026, 2, 20))),
    Case(slips.slip_figures, OFFICE, of_office(**A_MONTH), MANY_SLIPS),
    Case(slips.overdue_units, OFFICE, of_office(**A_MONTH)),
    Case(slips.register, OFFICE, of_office(wanted=slips.SlipFilter(2026)), MANY_SLIPS),
    Case(slips.register, OFFICE, of_office(wanted=slips.SlipFilter(2026, "overdue")), MANY_SLIPS),
    Case(slips.register, OFFICE, of_office(wanted=slips.SlipFilter(2026, "", "单位7")), MANY_SLIPS),
    Case(slips.years_of, OFFICE, of_office()),
    Case(slips.deliveries_of, OFFICE, lambda s: {"slip_id": newest(SlipDelivery, s).slip_id}),
    Case(slips.events_of, OFFICE, lambda s: {"delivery_ids": [newest(SlipDelivery, s).id]}),
    Case(slips.exported, OFFICE, of_office(wanted=slips.SlipFilter(2026)), MANY_SLIPS),
    Case(slips.own_slips, CONTRIBUTOR, of_unit(settled=False)),
    Case(slips.own_slips, CONTRIBUTOR, of_unit(settled=True)),
    Case(slips.count_waiting, CONTRIBUTOR, of_actor()),
    Case(slips.count_replied, OFFICE, of_actor()),
    Case(rounds.sheets_of, OFFICE, of_a_round),
    Case(rounds.lines_of, OFFICE, lambda s: {"sheet_ids": [newest(VerificationSheet, s).id]}),
    Case(rounds.receipts_of, OFFICE, of_a_round),
    Case(rounds.own_sheets, CONTRIBUTOR, of_unit()),
    Case(rounds.own_receipts, CONTRIBUTOR, of_unit()),
    Case(rounds.count_own, CONTRIBUTOR, of_actor()),
    Case(agenda_of, CONTRIBUTOR, of_unit(), MANY_TASKS),
    Case(recipients, SYSTEM, lambda s: {"tenant_ids": [s.unit]}),
    Case(recipients, SYSTEM, always(), EVERY_READER),
    Case(stated_months, OFFICE, lambda s: {"unit_ids": [s.unit], "first": MONTH, "last": MONTH}),
    Case(statements.own_statements, CONTRIBUTOR, of_unit()),
    Case(statements.office_statements, OFFICE, of_office(period=MONTH)),
    Case(statements.months_waiting, OFFICE, of_office()),
    Case(statements.units_waiting, OFFICE, lambda s: {"unit_ids": [s.unit], "period": MONTH}),
    Case(statements.history, OFFICE, lambda s: {"statement_id": newest(BlankStatement, s).id}),
    Case(statements.count_to_sign, APPROVER, of_actor()),
    Case(statements.count_to_decide, OFFICE, of_actor()),
    Case(assignments.tasks_of, OFFICE, of_office(wanted=assignments.TaskFilter(2026)), MANY_TASKS),
    Case(assignments.tasks_of, OFFICE, of_office(wanted=assignments.TaskFilter(2026, "", "overdue")), MANY_TASKS),
    Case(assignments.tasks_of, OFFICE, of_office(wanted=assignments.TaskFilter(text="单位7")), MANY_TASKS),
    Case(
        assignments.figures_of,
        OFFICE,
        of_office(first=datetime(2026, 1, 1, tzinfo=UTC), last=datetime(2026, 12, 31, tzinfo=UTC)),
        MANY_TASKS,
    ),
    Case(assignments.facts_of, OFFICE, of_office(period=MONTH), MANY_TASKS),
    Case(assignments.shares_of, OFFICE, lambda s: {"assignment_id": newest(AssignmentShare, s).assignment_id}),
    Case(assignments.exported, OFFICE, of_office(wanted=assignments.TaskFilter(2026)), MANY_TASKS),
    Case(assignments.own_shares, CONTRIBUTOR, of_unit(settled=False), MANY_TASKS),
    Case(assignments.own_shares, CONTRIBUTOR, of_unit(settled=True), MANY_TASKS),
    Case(assignments.count_undone, CONTRIBUTOR, of_actor()),
    Case(assignments.reminded, SYSTEM, always(), MANY_TASKS),
    Case(training.sessions_of, OFFICE, of_office(first=Period(2026, 1), last=MONTH), A_TRAINING_YEAR),
    Case(training.units_at, OFFICE, lambda s: {"office_id": s.office, "session_id": a_training(s)}),
    Case(training.absences_of_month, OFFICE, of_office(period=MONTH)),
    Case(training.absences_of_months, OFFICE, of_office(first=Period(2026, 1), last=MONTH), A_TRAINING_YEAR),
    Case(training.office_year, OFFICE, of_office(year=2026), A_TRAINING_YEAR),
    Case(training.units_year, OFFICE, of_office(year=2026), A_TRAINING_YEAR),
    Case(
        training.units_year, OFFICE, lambda s: {"office_id": s.office, "year": 2026, "unit_id": s.unit}, A_TRAINING_YEAR
    ),
    Case(training.own_sessions, CONTRIBUTOR, lambda s: {"unit_id": s.unit, "year": 2026}),
    Case(training.own_people, CONTRIBUTOR, lambda s: {"unit_id": s.unit, "year": 2026}),
    Case(training.members_of, OFFICE, lambda s: {"unit_ids": [s.unit]}),
    Case(training.history_of, OFFICE, lambda s: {"office_id": s.office, "session_id": a_training(s)}),
    Case(transfers.rows_now, CONTRIBUTOR, of_unit(period=MONTH), WHAT_IS_PUBLIC),
    Case(transfers.rows_of, CONTRIBUTOR, lambda s: {"list_id": a_transfer(s).id}),
    Case(transfers.events_of, CONTRIBUTOR, lambda s: {"list_id": a_transfer(s).id}),
    Case(transfers.versions_of, CONTRIBUTOR, of_unit(hall_id=1, period="2026-02")),
    Case(transfers.own_lists, CONTRIBUTOR, of_unit()),
    Case(transfers.received_lists, COUNTY_OFFICE, of_hall(period="2026-02"), A_MONTHS_LISTS),
    Case(transfers.received_lists, COUNTY_OFFICE, of_hall(period="2026-02", state="sent"), A_MONTHS_LISTS),
    Case(transfers.received_months, COUNTY_OFFICE, of_hall()),
    Case(transfers.office_lists, OFFICE, of_office(period="2026-02"), A_MONTHS_LISTS),
    Case(transfers.office_lists, OFFICE, of_office(period="2026-02", state="overdue", page=None), A_MONTHS_LISTS),
    Case(transfers.figures_of, OFFICE, of_office(period="2026-02"), A_MONTHS_LISTS),
    Case(transfers.first_month, OFFICE, of_office()),
    Case(transfers.halls_of, OFFICE, of_office()),
    Case(transfers.count_waiting, CONTRIBUTOR, of_actor()),
    Case(transfers.count_arrived, COUNTY_OFFICE, of_actor()),
    Case(transfers.count_overdue, OFFICE, of_actor()),
    Case(checks.population, OFFICE, lambda s: A_QUARTER | {"unit_ids": [s.unit], "columns": []}, ALL_TO_DRAW),
    Case(checks.population, OFFICE, lambda s: A_QUARTER | {"unit_ids": [s.unit], "columns": ["公示公告"]}, ALL_TO_DRAW),
    Case(checks.known_columns, OFFICE, lambda s: {"unit_ids": [s.unit], "columns": ["公示公告"]}),
    Case(checks.described, OFFICE, lambda s: {"item_ids": [s.item_id]}),
    Case(checks.checks_of, OFFICE, of_office(), A_PAGE_OF_CHECKS),
    Case(checks.records_of, OFFICE, of_office(check_id=4)),
    Case(checks.count_unchecked, OFFICE, of_actor()),
    Case(proceedings.figures_of, OFFICE, of_office(year=2025), UNITS_OF_A_YEAR),
    Case(proceedings.register, OFFICE, of_office(year=2025)),
    Case(proceedings.register, OFFICE, of_office(year=2025, kind="talk")),
    Case(proceedings.units_of, OFFICE, of_office(proceeding_id=4)),
    Case(proceedings.years_of, OFFICE, of_office(), ALL_PROCEEDINGS),
    Case(circulars.circulars_of, OFFICE, lambda s: {"tenant_id": s.office}),
    Case(
        circulars.history_of,
        OFFICE,
        lambda s: {"circular": s.uow.session.scalars(select(Circular).where(Circular.tenant_id == s.office)).first()},
    ),
    Case(alerts.notices_of, CONTRIBUTOR, of_unit()),
    Case(alerts.notices_of, CONTRIBUTOR, of_unit(only_unread=True)),
    Case(alerts.unread_notices, CONTRIBUTOR, of_unit()),
    Case(
        alerts.call_list,
        OFFICE,
        lambda s: {"found": supervision.standings(s.uow, office_id=s.office, period=MONTH)},
        ALL_PEOPLE,
    ),
    Case(front.newest_page, PUBLIC, always(month=None, after=None)),
    Case(front.newest_page, PUBLIC, always(month=MONTH, after=None)),
    Case(front_queries.newest, PUBLIC, always(size=10)),
    Case(front_queries.all_units, PUBLIC, always()),
    Case(front_queries.figures, PUBLIC, always(month=MONTH), ALL_MONTHS),
    Case(front_queries.settings, PUBLIC, always()),
    Case(front_queries.published_months, PUBLIC, always(), ALL_MONTHS),
    Case(front_queries.addresses_of_month, PUBLIC, always(month=MONTH, size=100, skip=0)),
    Case(item_queries.shown_item, PUBLIC, lambda s: {"item_id": s.item_id}),
    Case(item_queries.shown_item, PUBLIC, lambda s: {"item_id": s.item_id, "version": 1}),
    Case(item_queries.files_of, PUBLIC, lambda s: {"item_id": s.item_id}),
    Case(item_queries.related_to, PUBLIC, lambda s: {"item_ids": [s.item_id, s.item_id + 1]}),
    Case(item_queries.numbered, PUBLIC, always(number="A/2026-1")),
    Case(
        likeness.published_like,
        CONTRIBUTOR,
        lambda s: {
            "tenant_id": s.unit,
            "words": "，".join(map(str, range(200))),
            "since": datetime(2025, 3, 1, tzinfo=UTC),
        },
    ),
    Case(unit_queries.unit, PUBLIC, always(code=UNIT)),
    Case(unit_queries.column, PUBLIC, always(code=UNIT, column_code="gsgg")),
    Case(unit_queries.bodies_before, PUBLIC, of_unit()),
    Case(unit_queries.catalogue, PUBLIC, of_unit(before=[]), COLUMN_MONTHS),
    Case(unit_queries.years, PUBLIC, of_unit(column_code="gsgg")),
    Case(unit_queries.latest, PUBLIC, lambda s: {"tenant_ids": [s.unit, s.office], "size": 10}),
    Case(
        unit_queries.listed,
        PUBLIC,
        lambda s: {"places": [(s.unit, s.column_id)], "year": None, "size": 30, "skip": 60},
    ),
    Case(unit_queries.units_under, PUBLIC, lambda s: {"tenant_id": s.office}),
    Case(unit_queries.guides, PUBLIC, of_unit()),
    Case(indexing.still_public, PUBLIC, lambda s: {"item_ids": [s.item_id]}),
    Case(indexing.indexable_ids, SYSTEM, always(after=2000, limit=500)),
    Case(indexing.count_indexable, SYSTEM, always(), EVERY_ITEM),
    Case(indexing.indexable_of, SYSTEM, lambda s: {"owner": Item.tenant_id, "ids": [s.unit]}, RENAMED),
    Case(indexing.indexable_of, SYSTEM, lambda s: {"owner": Item.column_id, "ids": [s.column_id]}, RENAMED),
    Case(indexing.compare, SYSTEM, always(), EVERY_ITEM),
    Case(suggestions.titles_beginning_with, PUBLIC, always(key="关于", most=40, each=2)),
    Case(asked.totals, ADMIN, always(month=MONTH)),
    Case(asked.frequent, ADMIN, always(month=MONTH, limit=50)),
    Case(asked.in_vain, ADMIN, always(month=MONTH, limit=50)),
    Case(asked.first_day, ADMIN, always()),
    Case(interface.items_of, PUBLIC, of_unit(column_id=None, year=None, behind=None, size=21)),
    Case(interface.items_of, PUBLIC, lambda s: A_PAGE | {"tenant_id": s.unit, "column_id": s.column_id}),
    Case(
        moves.found_moves,
        SYSTEM,
        lambda _: {
            "notice": Days(2026, [date(2026, 4, 9)]),
            "replaced": Days(2026, []),
            "day": date(2026, 3, 23),
            "until": None,
        },
        {
            "item": "a job of the day on which the office enters a year's holidays",
            "content_column": "names the column of each",
            **dict.fromkeys(
                ("finding", "transfer_list", "interpretation_plan", "slip_delivery", "verification_sheet"),
                "what is due after that day in all units, in the same job",
            ),
        },
    ),
    Case(calendar_versions.versions, OFFICE, lambda s: {"office_id": s.office, "local": True}),
    Case(holidays.festivals, OFFICE, always()),
    Case(holidays.local_years, OFFICE, lambda s: {"office_id": s.office}),
)


def mails(services: "Services") -> None:
    """What the outbox has done for new notices; those of a unit whose people have addresses."""
    unread = select(Notice.id).join(Tenant, Tenant.id == Notice.tenant_id)
    with services.database.system_scope("plans") as uow:
        found = uow.session.scalars(unread.where(Tenant.code == "n1", Notice.read_at.is_(None))).all()
        alerts.plan_mails(services, uow, found)


def a_mail(services: "Services") -> None:
    """What is planned for a person of another unit in the morning."""
    theirs = select(Membership.user_id).join(Tenant, Tenant.id == Membership.tenant_id)
    with services.database.system_scope("plans") as uow:
        make_digests(services, uow, [uow.session.scalars(theirs.where(Tenant.code == "n1").limit(1)).one()])


def sweep_an_item(services: "Services") -> None:
    """What follows the publication of an item: its texts are looked through again."""
    with services.database.system_scope("plans") as uow:
        item_id = uow.session.scalars(select(Item.id).where(Item.is_public).limit(1)).one()
        sweep_changed(services, uow, [item_id])


def compare_an_item(services: "Services") -> None:
    """What else follows it: it is compared with the others of its unit."""
    with services.database.system_scope("plans") as uow:
        item_id = uow.session.scalars(select(Item.id).where(Item.is_public).limit(1)).one()
        compare_wanted(services, uow, [item_id])


JOBS: Mapping[str, Callable[["Services"], object]] = {
    "mails": mails,
    "hits of a changed item": sweep_an_item,
    "the outbox": lambda services: drain(services, (), limit=1),
    "scheduled publication": publish_due,
    "ends of displays": end_displays,
    "ends of terms": tell_terms,
    "likeness of a changed item": compare_an_item,
    "overdue interpretations": announce_overdue,
    "failed readings": retry_failed,
    "reminder slips": remind_units,
    "rounds whose time is up": close_rounds,
    "the mail of a person": a_mail,
}
NO_LISTS = {
    "gongkai.supervision.scores.queries.states_of": "looks up the findings of one score by their ids",
    "gongkai.supervision.ledger.queries.shown_finding": "one record with its steps, which its page's test opens",
    "gongkai.publishing.emergency.queries.paper_of": "says how the paper of a case stands that was read before",
    "gongkai.accounts.queries.through_the_eyes_of": "changes the scope for another query",
    "gongkai.supervision.evaluation.items.read_items": "runs the families' queries over everything, which read it all",
}


@pytest.fixture(scope="module")
def years(cluster: "Cluster", _application: "tuple[Flask, Services]") -> Iterator[World]:
    """A prefecture after years of work, in a database of its own: what is written here slows no other test."""
    from gongkai.core import migrate

    server = create_engine(cluster.url("super"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME}")
        connection.exec_driver_sql(f"CREATE DATABASE {NAME} OWNER gongkai_owner")
    migrate.upgrade(cluster.url("owner", NAME))
    engine = make_engine(cluster.url("app", NAME))
    try:
        world = make_world(replace(_application[1], database=Database(engine, AdjustableClock())))
        fill(create_engine(cluster.url("super", NAME), poolclass=NullPool), world)
        yield world
    finally:
        engine.dispose()


def an_item(world: World) -> int:
    """A published item of the unit with many."""
    with world.services.database.unit_of_work() as uow:
        query = select(Item.id).where(Item.tenant_id == world.units[UNIT], Item.is_public).limit(1)
        return uow.session.execute(query).scalar_one()


@pytest.mark.parametrize("case", LISTS, ids=str)
def test_a_list_reads_no_more_than_it_shows(years: World, case: Case) -> None:
    item_id = an_item(years)
    database = years.services.database
    with (
        watching(database.engine) as seen,
        database.system_scope("plans") if case.login == SYSTEM else database.unit_of_work() as uow,
    ):
        if case.login not in (PUBLIC, SYSTEM):
            years.actor(uow, case.login)
        values = case.values(Scene(uow, years, case.login, item_id))
        seen.statements.clear()
        case.function(uow, **values)
    assert seen.statements
    wrong = [fault for statement in seen.statements for fault in faults(database.engine, statement, whole=case.whole)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_finds_its_work_by_an_index(years: World, job: str) -> None:
    engine = years.services.database.engine
    with watching(engine) as seen:
        JOBS[job](years.services)
    wrong = [fault for statement in seen.statements for fault in faults(engine, statement, whole={})]
    assert not wrong, "\n".join(wrong)
    assert seen.statements


def lists_of_the_product() -> set[str]:
    """Names of the functions that list something: all of `queries` modules, and elsewhere those that return rows."""
    found = set()
    for module in pkgutil.walk_packages(gongkai.__path__, "gongkai."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            signature = inspect.signature(function)
            takes = [parameter.annotation for parameter in signature.parameters.values()]
            named = module.name.endswith("queries") or "Row[" in str(signature.return_annotation)
            if function.__module__ == module.name and UnitOfWork in takes and named and not name.startswith("_"):
                found.add(f"{module.name}.{name}")
    return found


def test_no_list_is_forgotten() -> None:
    exercised = {f"{case.function.__module__}.{case.function.__name__}" for case in LISTS}
    assert sorted(lists_of_the_product() - exercised - NO_LISTS.keys()) == []
    assert NO_LISTS.keys() <= lists_of_the_product()
