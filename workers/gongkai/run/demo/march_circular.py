"""The March city's circular: drafted by the product from what was imported, signed, issued, and made public."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.spans import Span
from gongkai.core.models import SiteSetting
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.march import CITY_CODE, CITY_NAME, MARCH, MarchFact, march_facts, march_units
from gongkai.supervision.circulars.access import circular_for
from gongkai.supervision.circulars.issuing import IssueForm, issue, sign, submit
from gongkai.supervision.circulars.publish import publish_circular
from gongkai.supervision.circulars.services import (
    Requirements,
    create_circular,
    lock_data,
    set_commended,
    set_requirements,
    start_draft,
)
from gongkai.supervision.facts.records import put_fact, read_detail
from gongkai.supervision.findings import evaluate_period
from gongkai.supervision.models import FACT_KINDS, Circular
from gongkai.supervision.reports_due.schemas import DutyForm, NoticeForm
from gongkai.supervision.reports_due.services import put_duties, put_list
from gongkai.supervision.rounds.services import skip
from gongkai.supervision.training.attendance import record_attendance
from gongkai.supervision.training.schemas import Person, SessionForm
from gongkai.supervision.training.services import close_session, create_session
from gongkai.tenancy.models import Tenant
from gongkai.workers.outbox import drain

LOCKED_AT = datetime(2023, 4, 1, 9, 0, tzinfo=SHANGHAI)
ISSUED_AT = datetime(2023, 4, 3, 10, 0, tzinfo=SHANGHAI)
ABSENT, SESSIONS = "training_absent", 3
NUMBER = "示政办公开〔2023〕4号"
REPORT_YEAR = 2022
REPORT_NOTICE = NoticeForm("年度报告编制发布工作安排", "示政办公开〔2022〕21号", date(2022, 12, 20))
REPORTED_ON = date(2023, 2, 20)
OLD_SITE = "https://old.shifan.example.gov.cn/nb/2022"
REASON = "演示：通报全文公开，便于各单位对照整改。"


def issue_march_circular(services: Services, modules: Sequence[Module]) -> None:
    """Record the office's facts, lock March, draft, sign, issue and publish; does nothing the second time."""
    drain(services, modules, limit=1)
    at_lock = replace(services, database=replace(services.database, clock=lambda: LOCKED_AT))
    at_issue = replace(services, database=replace(services.database, clock=lambda: ISSUED_AT))
    with services.database.unit_of_work() as uow:
        drafter = actor_of(uow, f"{CITY_CODE}-zwgk")
        if circular_for(uow, tenant_id=drafter.tenant_id, span=Span(MARCH)) is not None:
            return
    with at_lock.database.transaction(drafter.scope()) as uow:
        record_march_facts(uow, office=drafter)
        evaluate_period(uow, office_id=drafter.tenant_id, period=MARCH)
        circular_id = _draft(uow, drafter)
    with at_issue.database.transaction(drafter.scope()) as uow:
        skip(uow, actor=drafter, circular_id=circular_id, reason="演示：点名单位已于4月1日至2日书面核实")
        submit(uow, actor=drafter, circular_id=circular_id)
        head = actor_of(uow, f"{CITY_CODE}-zwgkzr")
        sign(uow, actor=head, circular_id=circular_id, opinion="同意印发。")
        form = IssueForm(
            NUMBER, date(2023, 4, 3), "proactive", public_version=False, disclosure_reason=REASON, secrecy_cleared=True
        )
        issue(uow, actor=head, circular_id=circular_id, form=form)
    item_id = _publish(at_issue, circular_id)
    with services.database.system_scope("demonstration") as uow:
        link = {"label": f"{CITY_NAME}2023年3月政府信息公开工作情况通报", "href": f"/items/{item_id}"}
        stored = insert(SiteSetting).values(key="featured", value=[link], changed_at=uow.now, reason="演示数据")
        uow.session.execute(stored.on_conflict_do_update(index_elements=["key"], set_={"value": stored.excluded.value}))


def record_march_facts(uow: UnitOfWork, *, office: Actor) -> None:
    """What the city's office enters for March: its training, the list of reports, false claims, commendations."""
    codes = {unit.name: unit.code for unit in march_units()}
    ids = {row.code: row.id for row in uow.session.execute(select(Tenant.code, Tenant.id))}
    _list_reports(uow, office, {name: ids[code] for name, code in codes.items()})
    _hold_training(uow, office=office, ids={name: ids[code] for name, code in codes.items()})
    for fact in march_facts():
        if fact.kind not in FACT_KINDS:
            continue
        put_fact(
            uow,
            office_id=office.tenant_id,
            entered_by=office.user_id,
            period=MARCH,
            kind=fact.kind,
            unit_id=ids[codes[fact.unit]],
            detail=read_detail(fact.kind, _values(fact), period=MARCH),
            source="政务公开办台账",
        )


def _list_reports(uow: UnitOfWork, office: Actor, units: Mapping[str, int]) -> None:
    """All bodies of the city owe the report of 2022 by the notice's date; those not named have it on the old site."""
    missing = {fact.unit: fact.due_on for fact in march_facts() if fact.kind == "report_missing"}
    due = next(day for day in missing.values() if day is not None)
    put_list(
        uow, office_id=office.tenant_id, made_by=office.user_id, year=REPORT_YEAR, form=REPORT_NOTICE, prefill=False
    )  # fmt: skip
    forms = {
        unit_id: DutyForm(due)
        if name in missing
        else DutyForm(due, published_date=REPORTED_ON, published_url=f"{OLD_SITE}/{unit_id}.html")
        for name, unit_id in units.items()
    }
    put_duties(uow, office_id=office.tenant_id, entered_by=office.user_id, year=REPORT_YEAR, forms=forms)


def _hold_training(uow: UnitOfWork, *, office: Actor, ids: Mapping[str, int]) -> None:
    """The training of March: all departments were invited, all but four sent somebody."""
    absent = {fact.unit: fact.held_on for fact in march_facts() if fact.kind == ABSENT}
    day = next(held_on for held_on in absent.values() if held_on is not None)
    invited = [unit.name for unit in march_units() if unit.tenant_type == "bureau"]
    form = SessionForm(
        day, "政府信息公开业务培训", f"{CITY_NAME}人民政府办公室", Decimal(3), place="市政务服务中心三楼会议室",
        times=SESSIONS, source="关于举办政府信息公开业务培训的通知",
    )  # fmt: skip
    office_id, user_id = office.tenant_id, office.user_id
    units = [ids[name] for name in invited]
    session = create_session(uow, office_id=office_id, entered_by=user_id, form=form, unit_ids=units)
    lists = {ids[name]: [Person(f"{name}信息员")] for name in invited if name not in absent}
    record_attendance(uow, office_id=office_id, entered_by=user_id, session_id=session.id, lists=lists)
    close_session(uow, office_id=office_id, session_id=session.id)


def _values(fact: MarchFact) -> dict[str, str]:
    """What the form for this kind of fact would send."""
    return {"manner": fact.note} if fact.kind == "false_rectification" else {}


def _draft(uow: UnitOfWork, drafter: Actor) -> int:
    circular = create_circular(uow, actor=drafter, span=Span(MARCH))
    lock_data(uow, actor=drafter, circular_id=circular.id)
    commended = {fact.unit for fact in march_facts() if fact.kind == "commended"}
    codes = [unit.code for unit in march_units() if unit.name in commended]
    set_commended(uow, actor=drafter, circular_id=circular.id, codes=codes)
    details = uow.session.get_one(Circular, circular.id).details
    given = {name: str(details.get(name) or "") for name in Requirements.__dataclass_fields__}
    given |= {"contact": "政务公开办", "phone": "0840-3900000", "deadline": "2023-04-14", "recheck_date": "2023-04-17"}
    set_requirements(uow, actor=drafter, circular_id=circular.id, given=Requirements(**given))
    start_draft(uow, actor=drafter, circular_id=circular.id)
    return circular.id


def _publish(services: Services, circular_id: int) -> int:
    with services.database.unit_of_work() as uow:
        drafter, reviewer, approver = (actor_of(uow, f"{CITY_CODE}-{post}") for post in ("xxy", "bms", "ld"))
    with services.database.transaction(drafter.scope()) as uow:
        item = publish_circular(
            uow,
            circular_id=circular_id,
            drafter=drafter,
            reviewer=reviewer,
            approver=approver,
            files=services.files,
            base_url=services.settings.base_url,
        )
        return item.id
