"""A prefecture where something waits on every screen: items, imports and circulars in each state, facts, reminders."""

import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from gongkai.accounts.deputies import DeputyForm, name_deputy
from gongkai.accounts.models import Membership, User
from gongkai.accounts.people import unit_for
from gongkai.accounts.permissions import Role
from gongkai.accounts.reset_links import make_token
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.schemas import ColumnForm
from gongkai.catalog.services import add_column, close_column, provision_columns
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.models import CalendarVersion, LocalHoliday
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.batches.services import submit_batch
from gongkai.publishing.chain import decide, send_back, unschedule
from gongkai.publishing.collection.schemas import SourceForm
from gongkai.publishing.collection.services import allow, own_source, propose, request_run
from gongkai.publishing.collection.services import set_active as set_source_active
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.emergency.models import EmergencyMeasure
from gongkai.publishing.emergency.release import Ruling
from gongkai.publishing.emergency.release import release as release_measures
from gongkai.publishing.emergency.services import Call, Picks, receive_paper
from gongkai.publishing.emergency.services import take_down as take_down_at_once
from gongkai.publishing.handover.services import hand_over
from gongkai.publishing.imports.batches import ImportRequest, add_batch, request_import
from gongkai.publishing.imports.tasks import run_batch
from gongkai.publishing.intake.senders import set_active
from gongkai.publishing.lifecycle.lists import bring as bring_list
from gongkai.publishing.lifecycle.lists import mark as mark_list
from gongkai.publishing.lifecycle.withheld import assess
from gongkai.publishing.linkcheck.domains import add_domain
from gongkai.publishing.models import Attachment, Item
from gongkai.publishing.oldpages.arrival import Terms, receive
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.oldpages.repairs import Decision, complete, reject
from gongkai.publishing.oldpages.repairs import decide as decide_repairs
from gongkai.publishing.publication import mark_validity, take_down
from gongkai.publishing.signing.services import confirm
from gongkai.publishing.steps import DEFAULT_STEPS, StepKind, set_template
from gongkai.publishing.terms.masked import make_masked_copy
from gongkai.publishing.terms.models import ExtractedText
from gongkai.publishing.terms.texts import PASSING
from gongkai.supervision.alerts import remind_blank_units
from gongkai.supervision.assignments.models import AssignmentShare
from gongkai.supervision.external.kinds import KINDS
from gongkai.supervision.external.services import Entry, Source, enter
from gongkai.supervision.facts.records import record_facts
from gongkai.supervision.models import Circular, Exemption, Finding
from gongkai.supervision.scores.services import compute_scores
from gongkai.supervision.slips.models import SlipDelivery
from gongkai.supervision.statements.models import BlankStatement, BlankStatementEvent
from gongkai.supervision.tasks import evaluate_all
from gongkai.supervision.transfers.models import TransferList, TransferRow
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, abolish_tenant, create_tenant
from tests.factories.items import draft, published, reviewed, submitted, work_off
from tests.factories.world import World, add_person, tenant_of
from tests.publishing.emergencies import PDF
from tests.publishing.imports.lists import row, text_list
from tests.publishing.intake.office import system
from tests.publishing.links.partners import approve, pair, send
from tests.publishing.signing.paper import bring
from tests.publishing.terms.lists import IDENTITY, term
from tests.supervision.assignments.desk import REPOST, YEARLY, handed_out
from tests.supervision.assignments.desk import share as share_of_task
from tests.supervision.office import REQUIREMENTS, Office, verified_on_paper
from tests.supervision.reports import owe_reports
from tests.supervision.rounds.desk import replied
from tests.supervision.slips.desk import ANSWER, Desk
from tests.supervision.slips.desk import delivery as delivery_of_slip
from tests.supervision.slips.desk import issued as issued_slip
from tests.supervision.spotchecks.desk import SOUND, WRONG, drawn, records_of
from tests.supervision.trainings import held
from tests.supervision.transfers.desk import SENDING, archive, list_of, prepared

WRITER, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"
DAMAGED = "附表.csv"
OFFICE, LEADER = "hx-supervisor", "hx-leader"
LOCKED, ADMIN = "hx-mzj-locked", "yl-prefecture_admin"
GONE = "hx-mzj-gone"
HALL = "hx-dag-receiver"
PEOPLE = (WRITER, REVIEWER, APPROVER, "hx-mzj-unit_admin", OFFICE, LEADER, "yl-supervisor", ADMIN, HALL)
"""Logins that together reach every screen."""


def set_scene(app: Flask, world: World) -> dict[str, list[str]]:
    """Bring about what the screens show; the clock stays where it is.

    Returns login → addresses that no link leads to; those of the visitor under an empty login.
    """
    work_off(world.services)
    starts = {login: ["/work/", "/account/password"] for login in PEOPLE} | {"": ["/"]}
    with world.services.database.system_scope("test scene") as uow:
        add_person(uow, world, LEADER, "hx", Role.SUPERVISOR)
        _people(world, uow)
        starts[OFFICE].append(_festivals(world, uow))
        starts[""] += ["/sign-in", f"/reset-password/{_token(world, uow)}", "/index/no-such-number", "/items/"]
        _columns(world, uow)
        archive(world, uow)
    with world.services.database.transaction() as uow:
        _come_and_gone(world, uow)
    successor = f"/work/people/{world.people[APPROVER]}/handover?successor_id={world.people[WRITER]}"
    starts["hx-mzj-unit_admin"].append(successor)
    locked = f"/work/units/{world.units['hx-mzj']}/people/{world.people[LOCKED]}"
    starts[ADMIN] += [locked, successor.replace("/work/", f"/work/units/{world.units['hx-mzj']}/"), *_begun(app, world)]
    _items(world)
    # The desk lists more drafts than a walk follows.
    starts[WRITER] += [f"/work/items/{world.items['revision']}/edit", f"/work/items/{world.items['draft']}"]
    _former_draft(world)
    _imports(world)
    _old_pages(world)
    term(world, "春灌", "春季灌溉", level="warn")
    term(world, "张甲", "县长", kind="leader", level="warn", rank=1)
    _afterwards(world)
    _batches(world)
    _sources(world)
    with world.services.database.system_scope("test scene") as uow:
        _facts(world, uow)
        _trainings(world, uow)
        _ledger(world, uow)
        remind_blank_units(uow, office_id=world.units["hx"])
        evaluate_all(uow, period=Period.parse("2026-02"))
    _circulars(app, world)
    _slips(app, world)
    _tasks(app, world)
    _statements(world)
    _transfers(app, world)
    _checks(app, world)
    _proceedings(app, world)
    _held(world)
    _late_import(world)
    _intake(app, world)
    work_off(world.services)
    _unread(world)
    return starts


def _unread(world: World) -> None:
    """A file of a draft whose reading failed."""
    with world.services.database.system_scope("test scene") as uow:
        file = uow.session.scalars(select(Attachment).where(Attachment.filename == DAMAGED)).one()
        read = uow.session.get_one(ExtractedText, (file.tenant_id, file.digest))
        read.parts, read.unread = [], [{"file": "", "reason": min(PASSING)}]


def _begun(app: Flask, world: World) -> list[str]:
    """Where a list of units, a notice of holidays and a plan for a unit lead that wait to be confirmed."""
    client = world.sign_in(app.test_client(), ADMIN)
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/admin/calendar/2027").get_data(as_text=True)
    )
    assert token is not None
    units = "单位代码,单位全称,单位简称,单位类型,层级,上级单位代码\nhx-new,和溪县水利局,县水利局,部门,县级,hx\n"
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/admin/unit-import/", {"file": (BytesIO(units.encode()), "单位名录.csv")}),
        (
            "/admin/calendar/2027",
            {"days_off": "2027-01-01 元旦", "make_up_days": "", "source": "国办发明电〔2026〕7号"},
        ),
        (
            "/admin/reorganisations/new",
            {
                "kind": "split", "sources": "hx-gs", "receivers": "hx-mzj\nqs-mzj", "effective_date": "2026-07-01",
                "basis": "云编发〔2026〕7号", "grace_months": "3",
            },
        ),
    ]  # fmt: skip
    places = []
    for path, values in sent:
        answer = client.post(path, data=values | {"csrf_token": token[1]})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        places.append(answer.headers["Location"])
    return places


def _festivals(world: World, uow: UnitOfWork) -> str:
    """A county's festivals and a national notice in force with what they moved, and others that wait, at that place."""
    hx = world.units["hx"]
    rows = [
        ["finding", world.units["hx-mzj"], "2026-03-20", "2026-03-23", 2],
        ["slip", world.units["hx-qsz"], "2026-03-20", "2026-03-23", 1],
    ]
    day = date(2026, 3, 19)
    uow.session.add(
        LocalHoliday(
            tenant_id=hx, year=2026, days_off=[day], source="和政发〔2026〕3号", entered_by=world.people[OFFICE],
            entered_at=uow.now,
        )
    )  # fmt: skip
    for tenant_id, local, year in ((hx, True, 2026), (hx, True, 2027), (world.units["yl"], False, 2026)):
        held = year == 2026
        uow.session.add(
            CalendarVersion(
                tenant_id=tenant_id, local=local, year=year, days_off=[day.replace(year=year)], make_up_days=[],
                source="和政发〔2026〕3号", state="in_force" if held else "proposed", proposed_by_name="王明",
                proposed_at=uow.now, counted={"rows": rows}, in_force_at=uow.now if held else None,
                in_force_by_name="王明" if held else "", applied={"rows": rows} if held else None,
                replaced={"days_off": [], "make_up_days": []} if held else None,
            )
        )  # fmt: skip
    return "/office/calendar/2027/preview"


def _people(world: World, uow: UnitOfWork) -> None:
    """One person is locked out, one works in two units, one is about to go."""
    add_person(uow, world, GONE, "hx-mzj", Role.CONTRIBUTOR)
    locked = add_person(uow, world, LOCKED, "hx-mzj", Role.REVIEWER, mobile="13800001111")
    locked.failed_logins, locked.locked_until = 5, uow.now + timedelta(days=1)
    uow.session.add(
        Membership(
            tenant_id=world.units["hx-mzj"], user_id=world.people[LEADER], role=Role.CONTRIBUTOR, section="办公室",
            active=True, started_date=date(2020, 1, 1),
        )
    )  # fmt: skip


def _come_and_gone(world: World, uow: UnitOfWork) -> None:
    """One person handed over and left, a leader has a deputy, somebody answers for a column."""
    actor = world.actor(uow, "hx-mzj-unit_admin")
    unit = unit_for(uow, actor=actor, unit_id=None)
    hand_over(
        uow, actor=actor, unit=unit, user_id=world.people[GONE], successor_id=world.people[WRITER], roles=frozenset()
    )
    leader, today = world.people[APPROVER], shanghai_date(uow.now)
    form = DeputyForm(
        str(world.people[LEADER]), Role.APPROVER, today.isoformat(), (today + timedelta(days=4)).isoformat(), "外出学习"
    )
    name_deputy(uow, tenant_id=world.units["hx-mzj"], principal_id=leader, by=leader, form=form)
    column = uow.session.get_one(ContentColumn, world.column(uow, "hx-mzj", "gsgg"))
    column.responsible_section, column.responsible_user_id = "救助科", world.people[WRITER]


def _token(world: World, uow: UnitOfWork) -> str:
    user = uow.session.get_one(User, world.people[LOCKED])
    return make_token(uow, settings=world.services.settings, user=user)


def _columns(world: World, uow: UnitOfWork) -> None:
    """Two columns that the bureau added, one of them closed."""
    tenant_id = world.units["hx-mzj"]
    parent_id = world.column(uow, "hx-mzj", "gsgg")
    for name in ("低保公示", "救助公示"):
        form = ColumnForm(name=name, update_period="event")
        column = add_column(uow, tenant_id=tenant_id, parent_id=parent_id, form=form)
    close_column(uow, tenant_id=tenant_id, column_id=column.id)


def _items(world: World) -> None:
    """Items of the bureau in each state of the chain, keyed by it."""
    items, services = world.items, world.services
    items["draft"] = draft(world, title="关于征求意见的通知")
    with services.database.transaction() as uow:
        actor = world.actor(uow, WRITER)
        add_attachment(
            uow, actor=actor, item_id=items["draft"], files=services.files, filename=DAMAGED,
            stream=BytesIO("项目,金额\n二,2\n".encode()), limit_bytes=10**6,
        )  # fmt: skip
        for name, heading in (("名单.csv", "姓名"), ("汇总表.csv", "项目"), ("救助对象.csv", IDENTITY)):
            stream = BytesIO(f"{heading},金额\n一,1\n".encode())
            attached = add_attachment(
                uow, actor=actor, item_id=items["draft"], files=services.files, filename=name, stream=stream,
                limit_bytes=10**6,
            )  # fmt: skip
        make_masked_copy(
            uow, actor=actor, item_id=items["draft"], attachment_id=attached.id, files=services.files, names=False,
            replace=True, limit_bytes=10**6,
        )  # fmt: skip
    items["empty"] = draft(world, title="", summary="", body_html="", formed_date=None)
    items["submitted"] = submitted(world, title="关于公示低保名单的公告")
    items["reviewed"] = reviewed(world, title="关于发放补贴的公告")
    items["returned"] = reviewed(world, title="关于救助标准的通知")
    items["scheduled"] = reviewed(world, title="关于开展普查的通知")
    items["approved"] = reviewed(world, title="关于调整窗口的通知")
    with services.database.transaction() as uow:
        actor = world.actor(uow, APPROVER)
        send_back(uow, actor=actor, item_id=items["returned"], opinion="请补充依据")
        for key in ("scheduled", "approved"):
            decide(uow, actor=actor, item_id=items[key], publish_at=uow.now + timedelta(days=3))
        unschedule(uow, actor=actor, item_id=items["approved"])
    items["published"] = published(world, title="关于春季防火的通知", document_number="和民发〔2026〕3号")
    items["repealed"] = published(world, title="关于旧办法的通知", document_number="和民发〔2026〕2号")
    items["taken_down"] = published(world, title="关于错误内容的通知")
    with services.database.transaction() as uow:
        actor = world.actor(uow, WRITER)
        revised = start_revision(uow, actor=actor, item_id=items["published"], change_kind="erratum", reason="更正日期")
        items["revision"] = revised.id
        actor = world.actor(uow, APPROVER)
        mark_validity(
            uow, tenant_id=actor.tenant_id, item_id=items["repealed"], validity="repealed", reason="和民发〔2026〕4号",
            changed_by=actor.user_id,
        )  # fmt: skip
        take_down(uow, tenant_id=actor.tenant_id, item_id=items["taken_down"], reason="含个人信息")
    _emergencies(world)
    items["free"] = published(world, title="关于春灌的通知")
    _linking(world)
    _links(world)
    _signatures(world)


def _emergencies(world: World) -> None:
    """Two items that the office took down at once: one waits for its ruling and its paper, one was put back."""
    items, services = world.items, world.services
    for key, title in (("emergency", "关于公示救助名单的公告"), ("restored", "关于公示养老机构的公告")):
        items[key] = published(world, title=title)
        with services.database.transaction() as uow:
            picks, call = Picks(items=frozenset({items[key]})), Call("州委网信办", "条例第十四条")
            case = take_down_at_once(uow, actor=world.actor(uow, OFFICE), picks=picks, call=call)
    with services.database.transaction() as uow:
        actor = world.actor(uow, OFFICE)
        measures = uow.session.scalars(select(EmergencyMeasure.id).where(EmergencyMeasure.takedown_id == case.id)).all()
        ruling = Ruling("restored", "", "经核实，内容无误。")
        release_measures(uow, actor=actor, takedown_id=case.id, measure_ids=measures, ruling=ruling)
        receive_paper(
            uow, actor=actor, takedown_id=case.id, files=services.files, filename="紧急处置通知.pdf",
            stream=BytesIO(PDF), limit_bytes=10**6,
        )  # fmt: skip


def _linking(world: World) -> None:
    """An item with links of several kinds, and a domain that the office allowed."""
    links = "".join(
        f'<p>见<a href="{address}">《办事指南》</a>。</p>'
        for address in ("http://www.example.com/guide.html", "/items/987654321", "http://a:b@www.example.gov.cn/")
    )
    world.items["linking"] = published(world, title="关于办事指南的通知", body_html=links)
    with world.services.database.transaction() as uow:
        add_domain(uow, actor=world.actor(uow, OFFICE), written="news.cn", reason="国务院办公厅确定的转载来源")


def _former_draft(world: World) -> None:
    """A draft of a body that was abolished in favour of the bureau."""
    code = "hx-lnb"
    with world.services.database.system_scope("test scene") as uow:
        new = NewTenant(
            code=code, official_name="和溪县老龄工作委员会办公室", short_name="县老龄办", level="county", sort_order=90,
            tenant_type=TenantType.BUREAU, established_date=date(2015, 1, 1), parent_id=world.units["hx"],
        )  # fmt: skip
        former_id = world.units[code] = create_tenant(uow, new=new).id
        provision_columns(uow, tenant_id=former_id)
        add_person(uow, world, f"{code}-{Role.CONTRIBUTOR}", code, Role.CONTRIBUTOR)
    world.items["former_draft"] = draft(world, code, title="关于老年优待的通知")
    with world.services.database.system_scope("test scene") as uow:
        abolish_tenant(
            uow, tenant_id=former_id, successor_id=world.units["hx-mzj"], effective_date=date(2026, 3, 20),
            basis="和编发〔2026〕2号",
        )  # fmt: skip


def _links(world: World) -> None:
    """A document whose interpretation is a draft and late, one in work, and joint documents led by another bureau."""
    items = world.items
    items["document"], items["interpretation"] = pair(world)
    items["planned"], items["coming"] = pair(world)
    send(world, items["document"])
    approve(world, items["document"])
    joint: dict[str, Any] = {"origin": "joint", "optional": {"co_issuers": "和溪县民政局、某协会"}}
    for title in ("关于联合执法的公告", "关于联合检查的公告"):
        items[title] = published(world, "hx-qsz", title=title, **joint)
    items["joint"] = draft(world, title="关于联合整治的公告", **joint)


def _signatures(world: World) -> None:
    """Signatures on paper: for the second account, for the office above, and a confirmed one; a column's own chain."""
    items, services = world.items, world.services
    town, leader = "hx-qsz-contributor", "hx-qsz-confidentiality_reviewer"
    items["unsigned"] = reviewed(world, title="关于地名命名的公告")
    items["signed"] = reviewed(world, title="关于社会救助的公告")
    items["signed_and_public"] = reviewed(world, title="关于殡葬服务的公告")
    items["signed_in_town"] = submitted(world, "hx-qsz", title="关于养老服务的公告")
    with services.database.transaction() as uow:
        bring(world, uow, items["signed_in_town"], leader, by=town)
        bring(world, uow, items["signed"], APPROVER)
        done = bring(world, uow, items["signed_and_public"], APPROVER)
        reviewer = world.actor(uow, REVIEWER)
        confirm(uow, actor=reviewer, signature_id=done.id)
        steps = (StepKind.LEGALITY, *DEFAULT_STEPS)
        column_id = world.column(uow, "hx-mzj", "gfxwj")
        set_template(uow, tenant_id=reviewer.tenant_id, steps=steps, column_id=column_id, by=reviewer.user_id)


def _afterwards(world: World) -> None:
    """What is not public, assessed and not; a list of validity to be marked and one that was; a term that ends."""
    services, items = world.services, world.items
    for key, mode, title in (
        ("withheld", "withheld", "关于内部考核的通知"),
        ("on_request", "on_request", "关于个案批复的函"),
        ("opened", "withheld", "关于办结事项的通知"),
    ):
        reason = "属于内部事务信息，依据条例第十六条。"
        items[key] = reviewed(world, title=title, disclosure_mode=mode, withheld_reason=reason)
        with services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, APPROVER), item_id=items[key])
    items["ending"] = published(
        world, title="关于印发办法的通知", effective_date=date(2026, 3, 20), optional={"validity_period": "3个月"}
    )
    row = "关于春灌的通知,废止,《关于清理结果的决定》（和民发〔2026〕9号）,2026-03-20\n"
    wrong = "没有的通知,作废,《关于清理结果的决定》（和民发〔2026〕9号）,2026-03-20\n"
    with services.database.transaction() as uow:
        actor = world.actor(uow, WRITER)
        assess(uow, actor=actor, item_id=items["opened"], result="publish", reason="事项已办结")
        assess(uow, actor=actor, item_id=items["on_request"], result="keep", reason="理由没有变化")
        actor = world.actor(uow, APPROVER)
        for lines in (row, row + wrong):
            data = f"标题,处理结果,决定文件,日期\n{lines}".encode()
            brought = bring_list(uow, actor=actor, files=services.files, data=data, filename="清理结果.csv")
        mark_list(uow, actor=actor, list_id=brought.id - 1, files=services.files)


def _intake(app: Flask, world: World) -> None:
    """Document systems in use and stopped, and what one of them sent: filed, to be filed, not for the public."""
    office = system(app, world)
    office.sent()
    office.sent(id="2", title="关于养老服务的通知", column=None)
    office.sent(id="3", title="关于内部事项的请示", disclosure_mode="withheld", withheld_reason="内部事务信息")
    stopped = system(app, world, name="旧公文系统")
    with world.services.database.transaction() as uow:
        set_active(uow, actor=world.actor(uow, "hx-mzj-unit_admin"), sender_id=stopped.sender_id, active=False)


def _imports(world: World) -> None:
    """A list of drafts that was brought with faults, a migration that waits for permission, and one of the office's."""
    services = world.services
    lines = [row(1), row(2, day="2026-02-30"), row(3, column="没有的栏目")]
    stored = services.files.put(BytesIO(text_list(lines)), limit_bytes=10**6)
    for login, kind, subtree, dry in (
        (WRITER, "drafts", False, True),
        (WRITER, "migration", False, False),
        ("yl-supervisor", "migration", True, True),
        (OFFICE, "migration", True, True),
    ):
        with services.database.transaction() as uow:
            terms = (date(2025, 12, 31), "李四") if kind == "migration" else ()
            request = ImportRequest(kind, "清单.csv", stored.digest_sha256, dry, *terms)
            request_import(uow, actor=world.actor(uow, login), request=request, for_subtree=subtree)


def _old_pages(world: World) -> None:
    """Pages of an old site: one damaged in every way, one migrated, one kept out, one ready to be migrated."""
    folder, services = Path(__file__).parent / "data" / "oldpages", world.services
    terms = Terms("gsgg", date(2025, 12, 31), "李四")
    pages = [(name, (folder / name).read_bytes()) for name in ("torn.html", "hijacked.html", "whole.html")]
    pages.append(("undated.txt", "关于做好春耕工作的通知\n各村：\n现就做好春耕工作通知如下。\n".encode()))
    with services.database.system_scope("test scene") as uow:
        unit = tenant_of(uow, "hx-mzj")
        receive(uow, files=services.files, unit=unit, pages=pages, terms=terms, allowed_by=world.people[OFFICE])
    with services.database.transaction() as uow:
        actor = world.actor(uow, OFFICE)
        torn, hijacked, _, undated = uow.session.scalars(select(OldPage.id).order_by(OldPage.id)).all()
        decide_repairs(uow, actor=actor, page_id=torn, decisions={0: Decision("accept"), 1: Decision("leave")})
        reject(uow, actor=actor, page_id=hijacked, reason="不是本单位的信息")
        complete(
            uow, actor=actor, page_id=undated, title="", published_at=datetime(2014, 3, 3, tzinfo=UTC), column="gsgg"
        )


def _held(world: World) -> None:
    """A migrated item that waits because of what its file says."""
    header = ("栏目", "标题", "发布时间", "外部编号", "正文", "附件")
    line = ("gsgg", "关于救助对象名单的公告", "2023-03-10 09:00", "H1", "名单见附件。", "名单.txt")
    with zipfile.ZipFile(packed := BytesIO(), "w") as made:
        made.writestr("名单.txt", f"张三，身份证号码{IDENTITY}。")
    files = world.services.files
    stored = files.put(BytesIO(text_list([line], header)), limit_bytes=10**6)
    archive = files.put(BytesIO(packed.getvalue()), limit_bytes=10**6)
    with world.services.database.system_scope("test scene") as uow:
        request = ImportRequest(
            "migration", "名单.csv", stored.digest_sha256, False, date(2025, 12, 31), "李四", "名单.zip",
            archive.digest_sha256,
        )  # fmt: skip
        by = world.people[OFFICE]
        tenant_id = world.units["hx-mzj"]
        batch = add_batch(uow, tenant_id=tenant_id, request=request, created_by=by, covers_subtree=False, allowed_by=by)
        batch_id = batch.id
    run_batch(world.services, batch_id=batch_id)


def _late_import(world: World) -> None:
    """A migration of the office's into the month of an issued circular, which waits until that is confirmed."""
    services = world.services
    stored = services.files.put(BytesIO(text_list([row(9, day="2025-10-15")])), limit_bytes=10**6)
    with services.database.transaction() as uow:
        request = ImportRequest("migration", "迟到.csv", stored.digest_sha256, False, date(2025, 12, 31), "李四")
        request_import(uow, actor=world.actor(uow, OFFICE), request=request, for_subtree=True)


def _batches(world: World) -> None:
    """Batches of drafts that were submitted as a whole: one at its first step, one at its last."""
    _batch(world, "名单.csv")
    batch_id = _batch(world, "公告.csv")
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, REVIEWER)
        waiting = select(Item.id).where(Item.batch_id == batch_id, Item.step == StepKind.CONFIDENTIALITY)
        for item_id in uow.session.scalars(waiting).all():
            decide(uow, actor=actor, item_id=item_id)


def _batch(world: World, name: str) -> int:
    """A batch of drafts that was submitted as a whole; one of its rows stayed behind."""
    services = world.services
    header = ("栏目", "标题", "成文日期", "发布机构", "内容概述", "正文", "外部编号", "责任科室")
    lines = [
        ("gsgg", f"关于第{number}批救助名单的公告", "2026-03-16", "和溪县民政局", "公布名单。" * bool(number),
         f"{name}的名单如下。", f"{name}{number}", "办公室")
        for number in range(12)
    ]  # fmt: skip
    stored = services.files.put(BytesIO(text_list(lines, header)), limit_bytes=10**6)
    with services.database.transaction() as uow:
        request = ImportRequest("drafts", name, stored.digest_sha256, dry_run=False)
        batch = request_import(uow, actor=world.actor(uow, WRITER), request=request)
    work_off(services)
    with services.database.transaction() as uow:
        submit_batch(uow, actor=world.actor(uow, WRITER), batch_id=batch.id, cleared=True, reason="")
    work_off(services)
    return batch.id


def _sources(world: World) -> None:
    """A source that waits for permission, those of a unit and of the offices that have failed, and paused ones."""
    form = SourceForm(
        name="门户网站公告", kind="atom", address="https://www.example.gov.cn/feed", responsible_person="李四"
    )
    with world.services.database.transaction() as uow:
        propose(uow, actor=world.actor(uow, "hx-mzj-unit_admin"), form=form)
    for login in (OFFICE, "yl-supervisor"):
        with world.services.database.transaction() as uow:
            own = replace(form, name="集约化平台", kind="table", address="inbox/export.xlsx", column_code="gsgg")
            actor = world.actor(uow, login)
            request_run(uow, actor=actor, source=propose(uow, actor=actor, form=own, for_subtree=True))
            paused = propose(uow, actor=actor, form=replace(own, name="旧平台"), for_subtree=True)
            set_source_active(uow, actor=actor, source=paused, active=False)
    for name, active in (("业务系统", True), ("旧业务系统", False)):
        with world.services.database.transaction() as uow:
            actor = world.actor(uow, "hx-mzj-unit_admin")
            source_id = propose(uow, actor=actor, form=replace(own, name=name)).id
        with world.services.database.transaction() as uow:
            allow(uow, actor=world.actor(uow, OFFICE), source_id=source_id)
        if not active:
            with world.services.database.transaction() as uow:
                actor = world.actor(uow, "hx-mzj-unit_admin")
                source = own_source(uow, actor=actor, source_id=source_id)
                set_source_active(uow, actor=actor, source=source, active=False)
    work_off(world.services)


def _facts(world: World, uow: UnitOfWork) -> None:
    for kind, detail in (
        ("false_rectification", {"manner": "listed_only"}),
        ("commended", {}),
    ):
        record_facts(
            uow, office_id=world.units["hx"], entered_by=world.people[OFFICE], period=Period.parse("2026-02"),
            kind=kind, unit_ids=[world.units["hx-mzj"]], detail=detail,
        )  # fmt: skip
    for kind, unit, numbers in (("hotline", "hx-mzj", (12, 11, 10)), ("media_check", "hx-qsz", (3, 1))):
        figures = {figure.key: number for figure, number in zip(KINDS[kind].figures, numbers, strict=True)}
        enter(
            uow, office_id=world.units["hx"], entered_by=world.people[OFFICE], period=Period.parse("2026-02"),
            kind=kind, entries={world.units[unit]: Entry(figures, "超过两周未更新" if KINDS[kind].note else "")},
            source=Source("政务服务平台月报"), replace=False,
        )  # fmt: skip
    owe_reports(uow, world, "hx", 2025, date(2026, 1, 31), "hx-mzj", "hx-qsz")


def _slips(app: Flask, world: World) -> None:
    """Slips of the county office: one that the unit has to answer, one overdue, one replied, returned, closed each."""
    office, unit = Desk(app, world, OFFICE), Desk(app, world, WRITER)
    for stage, deed in enumerate(("", "reply", "return", "close", "withdraw")):
        slip_id = issued_slip(office, world, "hx-mzj", "hx-qsz")
        own = delivery_of_slip(world, slip_id, "hx-mzj").id
        if deed in ("reply", "return", "close"):
            unit.send(f"/work/slips/{own}", attachment=(BytesIO(PDF), "佐证.pdf"), **ANSWER)
        if deed not in ("", "reply"):
            office.send(f"/office/slips/deliveries/{own}", deed=deed, reason=f"第{stage}种情况", working_days="2")
    with world.services.database.system_scope("test scene") as uow:
        uow.session.execute(
            update(SlipDelivery)
            .where(SlipDelivery.slip_id == slip_id, SlipDelivery.tenant_id == world.units["hx-qsz"])
            .values(due_date=date(2026, 3, 20))
        )


def _statements(world: World) -> None:
    """Statements of the bureau for months without publications: to be signed, to be decided on, accepted."""
    with world.services.database.system_scope("test scene") as uow:
        for period, state in (("2025-08", "filed"), ("2025-07", "signed"), ("2025-06", "accepted")):
            signed = state != "filed"
            statement = BlankStatement(
                tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], period=period, state=state,
                reason="本月没有制作应主动公开的信息。", filed_at=uow.now, filed_by=world.people[WRITER],
                filed_by_name=WRITER, signed_at=uow.now if signed else None,
                signed_by=world.people[APPROVER] if signed else None, signed_by_name=APPROVER if signed else "",
            )  # fmt: skip
            uow.session.add(statement)
            uow.session.flush()
            uow.session.add(
                BlankStatementEvent(
                    tenant_id=statement.tenant_id, office_id=statement.office_id, statement_id=statement.id,
                    event="file", at=uow.now, actor_name=WRITER, text=statement.reason,
                )
            )  # fmt: skip


def _tasks(app: Flask, world: World) -> None:
    """Tasks of the county office: done with an item and elsewhere, undone, overdue, withdrawn."""
    office, unit = Desk(app, world, OFFICE), Desk(app, world, WRITER)
    kept, elsewhere, open_one, gone = (
        handed_out(office, world, task, "hx-mzj", "hx-qsz", title=f"第{number}项任务", body="按时办结。")
        for number, task in enumerate((YEARLY, YEARLY, REPOST, YEARLY), 1)
    )
    item_id = published(world, title="第1项任务")
    unit.send(f"/work/assignments/{share_of_task(world, kept, 'hx-mzj').id}", link=f"/items/{item_id}")
    own = share_of_task(world, elsewhere, "hx-mzj").id
    unit.send(f"/work/assignments/{own}", link="https://media.example.cn/1", note="已在公众号发布")
    office.send(f"/office/assignments/{gone}/withdraw", reason="上级取消")
    with world.services.database.system_scope("test scene") as uow:
        overdue = update(AssignmentShare).where(AssignmentShare.assignment_id == open_one)
        uow.session.execute(overdue.values(due_at=uow.now - timedelta(hours=1)))


def _proceedings(app: Flask, world: World) -> None:
    """A talk with its record, an accountability, a void meeting."""
    office, units = Desk(app, world, OFFICE), [str(world.units["hx-mzj"])]
    form = {"held_date": "2026-03-20", "subject": "专题会议", "led_by": "王明", "outcome": "请补充公开。"}
    record = (BytesIO(PDF), "约谈记录.pdf")
    place = office.send("/office/proceedings/new", **form, kind="meeting")
    office.send(f"{place}/void", reason="登记有误")
    office.send("/office/proceedings/new", **form, kind="accountability", persons="1", units=units)
    office.send("/office/proceedings/new", **form, kind="talk", units=units, attachment=record)


def _checks(app: Flask, world: World) -> None:
    """A spot check of the county office with an item of each result, and one that waits."""
    office = Desk(app, world, OFFICE)
    check_id = drawn(office, world, "hx-mzj", "hx-qsz")
    sound, wrong, gone, *_ = records_of(world, check_id)
    for one, form in ((sound, SOUND), (wrong, WRONG), (gone, {"result": "gone", "looked_at": "页面"})):
        office.send(f"/office/checks/records/{one.id}", **form)


def _transfers(app: Flask, world: World) -> None:
    """Lists of the bureau for the county's archive in each state; the town's is overdue; a hall no longer used."""
    office, unit, hall = Desk(app, world, OFFICE), Desk(app, world, WRITER), Desk(app, world, HALL)
    for name, kind in (("县档案馆", "archive"), ("和溪供水公司", "library")):
        office.send("/office/transfers/halls", hall=name, kind=kind, from_period="2026-02")
    used = office.page("/office/transfers/halls").split("/office/transfers/halls/")
    office.send(f"/office/transfers/halls/{max(int(one.split('/')[0]) for one in used[1:] if one[0].isdigit())}/end")
    prepared(world, "hx-qsz", "2026-02")
    for period, deeds in (
        ("2026-03", ()),
        ("2026-02", ("send",)),
        ("2026-01", ("send", "confirm")),
        ("2025-12", ("send", "dispute")),
        ("2025-11", ("send", "dispute", "correct")),
    ):
        transfer_id = prepared(world, "hx-mzj", period)
        for deed in deeds:
            if deed in ("send", "correct"):
                unit.send(f"/work/transfers/{transfer_id}/{deed}", **SENDING, text="已核对。")
            else:
                hall.send(f"/work/receiving/{transfer_id}/{deed}", text="整批未收到。")
    town = list_of(world, "hx-qsz", "2026-02").id
    with_rows = prepared(world, "hx-qsz", "2026-03")
    clerk = Desk(app, world, "hx-qsz-contributor")
    clerk.send(f"/work/transfers/{with_rows}/send", **SENDING)
    own = prepared(world, "hx-mzj", "2026-03", kind="library", hall="hx-gs")
    unit.send(f"/work/transfers/{own}/send", **SENDING)
    with world.services.database.system_scope("test scene") as uow:
        uow.session.execute(
            update(TransferRow).where(TransferRow.list_id == own, TransferRow.position == 1).values(problem="missing")
        )
        uow.session.execute(update(TransferList).where(TransferList.id == own).values(state="mismatch"))
        uow.session.execute(update(TransferList).where(TransferList.id == town).values(due_date=date(2026, 3, 5)))


def _ledger(world: World, uow: UnitOfWork) -> None:
    """A finding of the bureau in each state in which somebody has to do something, an exemption, a score."""
    unit, office = world.units["hx-mzj"], world.units["hx"]
    for number, state in enumerate(("open", "in_progress", "candidate", "disputed", "claimed_fixed", "reopened"), 1):
        uow.session.add(
            Finding(
                tenant_id=unit, office_id=office, rule_code="SR-U5", problem_class="PB-BLANK", period="2026-02",
                lasting=True, object_type="column", object_id=number, state=state, found_at=uow.now,
                due_date=date(2026, 3, 26), evidence={"column": f"栏目{number}", "since": "2025-01-01"},
            )
        )  # fmt: skip
    uow.session.add(
        Exemption(
            tenant_id=unit, office_id=office, rule_code="SR-U5", object_type="column", object_id=9,
            from_date=date(2026, 3, 1), until_date=date(2026, 9, 1), reason="本单位无此职能", decided_at=uow.now,
        )
    )  # fmt: skip
    compute_scores(uow, period=Period.parse("2026-02"))


def _trainings(world: World, uow: UnitOfWork) -> None:
    """A closed session of each office with an absent unit, one of the county whose list is open, one still to come."""
    came = {"hx-qsz": ["张三", "李四"], "qs-mzj": ["王五"]}
    for office in ("hx", "yl"):
        held(uow, world, "2026-02-23", office=office, invited=["hx-mzj", "hx-qsz"], came=came, source="培训通知")
    held(uow, world, "2026-03-12", invited=["hx-mzj", "hx-qsz"], came={"hx-mzj": [WRITER]}, closed=False)
    held(uow, world, "2026-04-02", invited=["hx-mzj"], came={}, closed=False, online=True, place="")


def _circulars(app: Flask, world: World) -> None:
    """Circulars of the county office: one in each state, of a month each."""
    office, leader = Office(app, world, OFFICE), Office(app, world, LEADER)
    for state, month in (
        ("collecting", "2026-02"),
        ("drafting", "2026-01"),
        ("in_review", "2025-12"),
        ("signed", "2025-11"),
        ("issued", "2025-10"),
        ("withdrawn", "2025-09"),
        ("locked", "2025-08"),
    ):
        office.send("/office/circulars/new", period=month, coverage="all")
        with world.services.database.system_scope("test") as uow:
            own = select(Circular.id).where(Circular.tenant_id == world.units["hx"], Circular.period == month)
            path = f"/office/circulars/{uow.session.execute(own).scalar_one()}"
        if state == "collecting":
            continue
        office.send(f"{path}/lock")
        if state == "locked":
            continue
        office.send(f"{path}/requirements", **REQUIREMENTS | {"deadline": "2026-04-28", "recheck_date": "2026-05-05"})
        office.page(f"{path}/text")
        if state == "drafting":
            office.send(f"{path}/verification/start", working_days="3")
            replied(Desk(app, world, "hx-qsz-contributor"), world, "hx-qsz", contested=["PB-BLANKMONTH"])
            continue
        verified_on_paper(office, path)
        office.send(f"{path}/submit")
        if state == "in_review":
            continue
        leader.send(f"{path}/sign", opinion="同意印发")
        if state in ("issued", "withdrawn"):
            number = {"issued": 7, "withdrawn": 6}[state]
            office.send(f"{path}/issue", issued_date="2026-03-20", document_number=f"示政办公开〔2026〕{number}号")
        if state == "withdrawn":
            office.send(f"{path}/withdraw", withdraw_reason="统计口径有误")
