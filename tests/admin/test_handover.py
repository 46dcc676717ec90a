"""Hand-over through the pages: what passes, who may do it, and that nothing is left without somebody at work."""

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from gongkai.accounts.deputies import DeputyForm, deputies_of, name_deputy
from gongkai.accounts.models import Membership, User
from gongkai.accounts.people import unit_for
from gongkai.accounts.permissions import Role
from gongkai.accounts.queries import members
from gongkai.catalog.models import ContentColumn
from gongkai.core.errors import DomainError
from gongkai.core.models import AuditEvent
from gongkai.core.ports import Services
from gongkai.publishing.chain import decide, recall
from gongkai.publishing.desk import make_desk
from gongkai.publishing.drafts import create_draft
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.handover.services import hand_over, leaver_of
from gongkai.publishing.imports.batches import ImportRequest, request_import
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.queries import OPEN
from gongkai.publishing.states import ItemState
from tests.accounts.browsing import send, text_of
from tests.factories.items import draft, item_form, published, reviewed, submitted, work_off
from tests.factories.world import World, add_person
from tests.publishing.imports.lists import row, text_list

ADMIN, LEAVER, REVIEWER, APPROVER = (
    f"hx-mzj-{role}" for role in (Role.UNIT_ADMIN, Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER)
)
NEW = "hx-mzj-new"


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The bureau's administrator, signed in."""
    return world.sign_in(client, ADMIN)


@pytest.fixture
def newcomer(world: World) -> int:
    """Somebody of the bureau who holds one post only: legal review."""
    with world.services.database.system_scope("test") as uow:
        return add_person(uow, world, NEW, "hx-mzj", Role.LEGAL_REVIEWER).id


def path(world: World, login: str = LEAVER) -> str:
    """Address of the hand-over of a person."""
    return f"/work/people/{world.people[login]}/handover"


def pass_to(
    admin: FlaskClient, world: World, successor: str, *roles: str, leaver: str = LEAVER, status: int = 302
) -> str:
    """Confirm a hand-over; the page where it leads."""
    data: dict[str, Any] = {"successor_id": world.people[successor], "roles": list(roles)}
    answer = send(admin, path(world, leaver), data)
    assert answer.status_code == status, text_of(answer)
    return text_of(admin.get(answer.location)) if status == 302 else text_of(answer)


def item(world: World, item_id: int) -> Item:
    """An item as stored."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id)


def posts(world: World, login: str) -> dict[str, str]:
    """The posts of a person of the bureau today: role → section."""
    with world.services.database.system_scope("test") as uow:
        query = select(Membership.role, Membership.section).where(
            Membership.user_id == world.people[login],
            Membership.tenant_id == world.units["hx-mzj"],
            Membership.active,
        )
        return {one.role: one.section for one in uow.session.execute(query)}


def test_everything_passes_in_one_step_and_can_be_read_again(world: World, admin: FlaskClient, newcomer: int) -> None:
    ids = {
        "draft": draft(world, title="关于征求意见的通知"),
        "submitted": submitted(world, title="关于公示低保名单的公告"),
        "scheduled": reviewed(world, title="关于普查的通知"),
        "public": published(world, title="关于防火的通知"),
    }
    stored = world.services.files.put(BytesIO(text_list([row(1)])), limit_bytes=10**6)
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, APPROVER)
        decide(uow, actor=approver, item_id=ids["scheduled"], publish_at=uow.now + timedelta(days=3))
        request = ImportRequest("drafts", "清单.csv", stored.digest_sha256, False)
        batch = request_import(uow, actor=world.actor(uow, LEAVER), request=request, for_subtree=False)
        uow.session.flush()
        batch_id = batch.id
    with world.services.database.system_scope("test") as uow:
        column = uow.session.get_one(ContentColumn, world.column(uow, "hx-mzj", "gsgg"))
        column.responsible_user_id = world.people[LEAVER]
        moved = update(Membership).where(Membership.user_id == world.people[LEAVER]).values(section="救助科")
        uow.session.execute(moved)
    page = text_of(admin.get(f"{path(world)}?successor_id={newcomer}"))
    assert "hx-mzj-contributor名下有3条未办结信息，负责1个栏目。" in page
    assert "科室由“办公室”改为“救助科”" in page
    for words in ("关于征求意见的通知", "关于公示低保名单的公告", "关于普查的通知", "清单.csv"):
        assert words in page
    assert "关于防火的通知" not in page

    page = pass_to(admin, world, NEW, "contributor")
    assert "hx-mzj-contributor名下的事项已全部交给hx-mzj-new" in page
    assert "关于征求意见的通知" in page
    assert posts(world, LEAVER) == {}
    assert posts(world, NEW) == {"contributor": "救助科", "legal_reviewer": "救助科"}
    for key in ("draft", "submitted", "scheduled"):
        assert item(world, ids[key]).handler_id == newcomer
        assert item(world, ids[key]).author_ids == [world.people[LEAVER]]
    assert item(world, ids["public"]).handler_id == world.people[LEAVER]
    with world.services.database.system_scope("test") as uow:
        assert uow.session.get_one(ImportBatch, batch_id).created_by == newcomer
        assert uow.session.get_one(ContentColumn, column.id).responsible_user_id == newcomer
        done = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "person.hand_over")).one()
        assert done.detail["items"]["drafts"] == [ids["draft"]]
        assert done.detail["successor_id"] == newcomer
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        brought = uow.session.scalars(select(Item).where(Item.batch_id == batch_id)).one()
        assert brought.handler_id == newcomer


def test_the_successor_goes_on_where_the_leaver_stopped(world: World, admin: FlaskClient, newcomer: int) -> None:
    mine, waiting = draft(world, title="写了一半的通知"), submitted(world, title="送审了的通知")
    pass_to(admin, world, NEW, "contributor")
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, NEW)
        desk = make_desk(uow, actor=actor)
        assert [matter.id for matter in desk.drafts] == [mine]
        assert [matter.id for matter in desk.under_way] == [waiting]
        assert recall(uow, actor=actor, item_id=waiting).state == ItemState.DRAFT


def test_the_successor_is_told_and_the_rest_of_the_unit_is_not(
    world: World, admin: FlaskClient, app: Flask, newcomer: int
) -> None:
    draft(world)
    pass_to(admin, world, NEW, "contributor")
    work_off(world.services)
    told = text_of(world.sign_in(app.test_client(), NEW).get("/work/notices/"))
    assert "hx-mzj-contributor名下的1条未办结信息已交由您办理，您新任信息员" in told
    others = world.sign_in(app.test_client(), REVIEWER)
    assert "已交由您办理" not in text_of(others.get("/work/notices/"))
    send(others, "/work/notices/read", {}, page="/account/password")
    assert "未读" in text_of(world.sign_in(app.test_client(), NEW).get("/work/notices/"))


def test_a_post_is_not_advised_where_the_successor_wrote_what_waits_for_it(
    world: World, admin: FlaskClient, newcomer: int
) -> None:
    submitted(world, title="信息员写的通知")
    reviewer_page = text_of(admin.get(f"{path(world, REVIEWER)}?successor_id={world.people[LEAVER]}"))
    assert "现有1条信息等待这一岗位办理，其中1条由hx-mzj-contributor编写，不能由本人审查、批准" in reviewer_page
    assert not re.search(r'value="confidentiality_reviewer" checked', reviewer_page)
    other = text_of(admin.get(f"{path(world, REVIEWER)}?successor_id={newcomer}"))
    assert re.search(r'value="confidentiality_reviewer" checked', other)
    page = pass_to(admin, world, LEAVER, leaver=REVIEWER)
    assert "保密审查员，请另行指定人员" in page
    assert posts(world, REVIEWER) == {}
    assert posts(world, LEAVER) == {"contributor": "办公室"}


def test_drafts_are_not_left_to_somebody_who_cannot_write(world: World, admin: FlaskClient, newcomer: int) -> None:
    item_id = draft(world)
    page = pass_to(admin, world, NEW, status=400)
    assert "接任人没有信息员岗位，1条草稿无人可以继续编写" in page
    assert posts(world, LEAVER) == {"contributor": "办公室"}
    assert item(world, item_id).handler_id == world.people[LEAVER]


@pytest.mark.parametrize("chosen", ["", "0", "abc", "99999999999999999999", "hx-mzj-contributor", "qs-mzj-contributor"])
def test_only_somebody_else_of_the_unit_can_follow(world: World, admin: FlaskClient, chosen: str) -> None:
    successor = world.people.get(chosen, chosen)
    answer = send(admin, path(world), {"successor_id": successor, "roles": "contributor"})
    assert answer.status_code == 400
    assert "未选择接任人" in text_of(answer)
    assert posts(world, LEAVER) == {"contributor": "办公室"}


@pytest.mark.parametrize("change", [{"active": False}, {"ended": date(2026, 4, 30)}])
def test_nobody_follows_who_cannot_sign_in_or_is_about_to_leave(
    world: World, admin: FlaskClient, newcomer: int, change: dict[str, Any]
) -> None:
    with world.services.database.system_scope("test") as uow:
        if "ended" in change:
            post = uow.session.scalars(select(Membership).where(Membership.user_id == newcomer)).one()
            post.ended_date = change["ended"]
        else:
            uow.session.get_one(User, newcomer).active = False
    assert "未选择接任人" in pass_to(admin, world, NEW, "contributor", status=400)


def test_a_post_that_the_leaver_does_not_hold_cannot_be_given_by_it(
    world: World, admin: FlaskClient, newcomer: int
) -> None:
    page = pass_to(admin, world, NEW, "contributor", "approver", status=400)
    assert "选择了离任人没有担任的岗位" in page
    assert "approver" not in posts(world, NEW)


def test_nobody_hands_over_for_themselves(world: World, admin: FlaskClient, newcomer: int) -> None:
    assert "不能为自己办理交接" in text_of(admin.get(path(world, ADMIN)))
    answer = send(
        admin, path(world, ADMIN), {"successor_id": newcomer, "roles": "unit_admin"}, page="/account/password"
    )
    assert answer.status_code == 409 or "不能为自己办理交接" in text_of(answer)
    assert "unit_admin" in posts(world, ADMIN)


def test_what_somebody_left_behind_earlier_can_be_handed_over_later(
    world: World, admin: FlaskClient, newcomer: int
) -> None:
    item_id = draft(world)
    left = {"ended_date": "2026-03-23"}
    send(admin, f"/work/people/{world.people[LEAVER]}/end", left, page="/work/people/")
    page = text_of(admin.get("/work/people/"))
    assert "1条，办理交接" in page
    assert "离任后留有1条未办结信息" in text_of(admin.get(path(world)))
    page = pass_to(admin, world, APPROVER, status=400)
    assert "接任人没有信息员岗位" in page
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-mzj-writer", "hx-mzj", Role.CONTRIBUTOR)
    pass_to(admin, world, "hx-mzj-writer")
    assert item(world, item_id).handler_id == world.people["hx-mzj-writer"]
    assert "1条，办理交接" not in text_of(admin.get("/work/people/"))
    assert "共办理1次人员交接" in text_of(admin.get("/work/people/handovers/"))


def test_the_prefecture_does_it_for_a_unit_below_with_its_reason_in_the_audit(
    world: World, app: Flask, newcomer: int
) -> None:
    item_id = draft(world)
    above = world.sign_in(app.test_client(), "yl-prefecture_admin")
    base = f"/work/units/{world.units['hx-mzj']}/people"
    address = f"{base}/{world.people[LEAVER]}/handover"
    assert "名下有1条未办结信息" in text_of(above.get(f"{address}?successor_id={newcomer}"))
    refused = send(above, address, {"successor_id": newcomer})
    assert refused.status_code == 400
    assert "1条草稿无人可以继续编写" in text_of(refused)
    answer = send(above, address, {"successor_id": newcomer, "roles": "contributor"})
    assert answer.status_code == 302, text_of(answer)
    assert "关于做好春季防火工作的通知" in text_of(above.get(answer.location))
    assert item(world, item_id).handler_id == newcomer
    with world.services.database.system_scope("test") as uow:
        reasons = uow.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "scope.acting_for")).all()
        assert {"reason": "人员交接"} in reasons


def test_deputies_of_the_leaver_go_on_with_the_successor(world: World, admin: FlaskClient, newcomer: int) -> None:
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, APPROVER)
        given = DeputyForm(str(world.people[LEAVER]), "approver", "2026-03-23", "2026-03-27", "休假")
        name_deputy(uow, tenant_id=approver.tenant_id, principal_id=approver.user_id, by=approver.user_id, form=given)
    pass_to(admin, world, NEW, "contributor")
    with world.services.database.system_scope("test") as uow:
        rows = deputies_of(uow, tenant_id=world.units["hx-mzj"])
        assert [(one.principal, one.deputy) for one in rows] == [(APPROVER, NEW)]
    pass_to(admin, world, REVIEWER, "approver", leaver=APPROVER)
    with world.services.database.system_scope("test") as uow:
        rows = deputies_of(uow, tenant_id=world.units["hx-mzj"])
        assert [(one.principal, one.deputy) for one in rows] == [(REVIEWER, NEW)]


Step = tuple[int, int, bool]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=8))
def test_after_any_hand_overs_every_open_draft_has_a_handler_at_work(world: World, steps: list[Step]) -> None:
    services, team = world.services, _team(world)
    with services.database.transaction() as uow:
        for login in team[:4]:
            actor = world.actor(uow, login)
            create_draft(uow, actor=actor, form=item_form(world, uow, "hx-mzj", "gsgg"))
    for leaver, successor, all_roles in steps:
        _try_hand_over(services, world, team[leaver], team[successor], all_roles=all_roles)
        with services.database.system_scope("test") as uow:
            writers = {
                member.user_id
                for member in members(uow, tenant_id=world.units["hx-mzj"])
                if Role.CONTRIBUTOR in member.roles and member.state != "disabled"
            }
            query = select(Item.handler_id).where(Item.tenant_id == world.units["hx-mzj"], Item.state.in_(OPEN))
            assert set(uow.session.scalars(query)) <= writers


_TEAMS = iter(range(10**6))


def _team(world: World) -> list[str]:
    """Four writers and two others of their own for each example; what earlier examples left is closed."""
    number = next(_TEAMS)
    logins = [f"team{number}-{place}" for place in range(6)]
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Item).where(Item.state.in_(OPEN)).values(state=ItemState.WITHHELD, step=""))
        for login in logins:
            role = Role.CONTRIBUTOR if login in logins[:4] else Role.LEGAL_REVIEWER
            add_person(uow, world, login, "hx-mzj", role)
    return logins


def _try_hand_over(services: Services, world: World, leaver: str, successor: str, *, all_roles: bool) -> None:
    try:
        with services.database.transaction() as uow:
            actor = world.actor(uow, ADMIN)
            unit = unit_for(uow, actor=actor, unit_id=None)
            held = leaver_of(uow, unit=unit, user_id=world.people[leaver]).member.roles
            hand_over(
                uow, actor=actor, unit=unit, user_id=world.people[leaver], successor_id=world.people[successor],
                roles=held if all_roles else frozenset(),
            )  # fmt: skip
    except DomainError:
        pass


def test_a_hand_over_can_only_be_added_to(world: World, admin: FlaskClient, newcomer: int) -> None:
    pass_to(admin, world, NEW, "contributor")
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Handover.successor_id)).all() == [newcomer]
