"""A prefecture where something waits on every screen: items, imports and circulars in each state, facts, reminders."""

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Role
from gongkai.accounts.reset_links import make_token
from gongkai.catalog.schemas import ColumnForm
from gongkai.catalog.services import add_column, close_column
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, send_back, unschedule
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.emergency.services import Call, Picks
from gongkai.publishing.emergency.services import take_down as take_down_at_once
from gongkai.publishing.import_batches import ImportRequest, request_import
from gongkai.publishing.publication import mark_validity, take_down
from gongkai.publishing.signing.services import confirm
from gongkai.publishing.steps import DEFAULT_STEPS, StepKind, set_template
from gongkai.supervision.alerts import remind_blank_units
from gongkai.supervision.facts.records import record_facts
from gongkai.supervision.models import Circular
from gongkai.supervision.tasks import evaluate_all
from tests.factories.items import draft, published, reviewed, submitted, work_off
from tests.factories.world import World, add_person
from tests.publishing.imports import row, text_list
from tests.publishing.links.partners import approve, pair, send
from tests.publishing.signing.paper import bring
from tests.supervision.office import REQUIREMENTS, Office

WRITER, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"
OFFICE, LEADER = "hx-supervisor", "hx-leader"
LOCKED, ADMIN = "hx-mzj-locked", "yl-prefecture_admin"
PEOPLE = (WRITER, REVIEWER, APPROVER, "hx-mzj-unit_admin", OFFICE, LEADER, "yl-supervisor", ADMIN)
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
        starts[""] += ["/sign-in", f"/reset-password/{_token(world, uow)}", "/index/no-such-number", "/items/"]
        _columns(world, uow)
    locked = f"/work/units/{world.units['hx-mzj']}/people/{world.people[LOCKED]}"
    starts[ADMIN] += [locked, *_begun(app, world)]
    _items(world)
    _imports(world)
    with world.services.database.system_scope("test scene") as uow:
        _facts(world, uow)
        remind_blank_units(uow, office_id=world.units["hx"])
        evaluate_all(uow, period=Period.parse("2026-02"))
    _circulars(app, world)
    work_off(world.services)
    return starts


def _begun(app: Flask, world: World) -> list[str]:
    """Where a list of units and a notice of holidays lead that wait to be confirmed."""
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
    ]
    places = []
    for path, values in sent:
        answer = client.post(path, data=values | {"csrf_token": token[1]})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        places.append(answer.headers["Location"])
    return places


def _people(world: World, uow: UnitOfWork) -> None:
    """One person is locked out, one works in two units."""
    locked = add_person(uow, world, LOCKED, "hx-mzj", Role.REVIEWER, mobile="13800001111")
    locked.failed_logins, locked.locked_until = 5, uow.now + timedelta(days=1)
    uow.session.add(
        Membership(
            tenant_id=world.units["hx-mzj"], user_id=world.people[LEADER], role=Role.CONTRIBUTOR, section="办公室",
            active=True, started_date=date(2020, 1, 1),
        )
    )  # fmt: skip


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
        for name in ("名单.csv", "汇总表.csv"):
            stream = BytesIO(f"{name},金额\n一,1\n".encode())
            add_attachment(
                uow, actor=actor, item_id=items["draft"], files=services.files, filename=name, stream=stream,
                limit_bytes=10**6,
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
    items["emergency"] = published(world, title="关于公示救助名单的公告")
    with services.database.transaction() as uow:
        picks = Picks(items=frozenset({items["emergency"]}))
        take_down_at_once(uow, actor=world.actor(uow, OFFICE), picks=picks, call=Call("州委网信办", "条例第十四条"))
    items["free"] = published(world, title="关于春灌的通知")
    _links(world)
    _signatures(world)


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


def _facts(world: World, uow: UnitOfWork) -> None:
    for kind, detail in (
        ("training_absent", {"held_on": "2026-02-23", "sessions": 3, "invited": 46}),
        ("report_missing", {"due_date": "2026-01-31"}),
        ("false_rectification", {"manner": "listed_only"}),
        ("commended", {}),
    ):
        record_facts(
            uow, office_id=world.units["hx"], entered_by=world.people[OFFICE], period=Period.parse("2026-02"),
            kind=kind, unit_ids=[world.units["hx-mzj"]], detail=detail,
        )  # fmt: skip


def _circulars(app: Flask, world: World) -> None:
    """Circulars of the county office: one in each state, of a month each."""
    office, leader = Office(app, world, OFFICE), Office(app, world, LEADER)
    for state, month in (
        ("collecting", "2026-02"),
        ("drafting", "2026-01"),
        ("in_review", "2025-12"),
        ("signed", "2025-11"),
        ("issued", "2025-10"),
    ):
        office.send("/office/circulars/new", period=month, coverage="all")
        with world.services.database.system_scope("test") as uow:
            own = select(Circular.id).where(Circular.tenant_id == world.units["hx"], Circular.period == month)
            path = f"/office/circulars/{uow.session.execute(own).scalar_one()}"
        if state == "collecting":
            continue
        office.send(f"{path}/lock")
        office.send(f"{path}/requirements", **REQUIREMENTS | {"deadline": "2026-04-28", "recheck_date": "2026-05-05"})
        office.page(f"{path}/text")
        if state == "drafting":
            continue
        office.send(f"{path}/submit")
        if state == "in_review":
            continue
        leader.send(f"{path}/sign", opinion="同意印发")
        if state == "issued":
            office.send(f"{path}/issue", issued_date="2026-03-20", document_number="示政办公开〔2026〕7号")
