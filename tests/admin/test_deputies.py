"""Deputies through the pages and services: named with dates, in force on those days only, told, ended."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from gongkai.accounts.actors import Actor, Deputed
from gongkai.accounts.deputies import DeputyForm, name_deputy
from gongkai.accounts.models import Deputy, Membership
from gongkai.accounts.permissions import CHAIN_ROLES, Permission, Role, permissions_of
from gongkai.core.errors import Forbidden, Invalid
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.models import ItemStep
from gongkai.publishing.queries import Queue, count_waiting
from gongkai.publishing.steps import StepKind, set_template
from tests.accounts.browsing import change_user, mails, send, text_of
from tests.conftest import AdjustableClock
from tests.factories.items import draft, reviewed, submitted, work_off
from tests.factories.world import World, add_person
from tests.publishing.pages import version_of

ADMIN, WRITER, REVIEWER, APPROVER = (
    f"hx-mzj-{role}" for role in (Role.UNIT_ADMIN, Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER)
)
HERE = "/account/deputies"
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(app: Flask, world: World) -> SignIn:
    """Signs a person in, each in a browser of their own; names are what people are called."""
    for login, name in ((APPROVER, "王五"), (REVIEWER, "李四"), (WRITER, "赵六")):
        change_user(world, login, name=name)
    return lambda login: world.sign_in(app.test_client(), login)


def form(world: World, **changes: Any) -> dict[str, Any]:
    """The approver's form: the reviewer stands in from tomorrow for three days."""
    return {
        "role": "approver", "deputy_id": world.people[REVIEWER], "valid_from": "2026-03-24", "valid_to": "2026-03-26",
        "reason": "外出学习", **changes,
    }  # fmt: skip


def agree(client: FlaskClient, item_id: int, deed: str) -> None:
    """Agree to an item on its page."""
    here = f"/work/items/{item_id}"
    data = {"decision": "agree", "when": "now", "version": version_of(text_of(client.get(here)))}
    assert send(client, f"{here}/{deed}", data, page=here).status_code == 302


def test_a_leader_names_a_deputy_who_may_decide_on_those_days_only(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = reviewed(world, title="关于春耕的通知")
    # The reviewer passed that one already, but did not write it, and may approve it for the leader.
    leader = sign_in(APPROVER)
    answer = send(leader, HERE, form(world))
    assert answer.status_code == 302, text_of(answer)
    page = text_of(leader.get(HERE))
    assert "2026年3月24日至2026年3月26日" in page
    assert "您已指定代理人，尚未开始" in page
    for day, may in ((23, False), (24, True), (26, True), (27, False)):
        clock.now = clock.now.replace(day=day)
        deputy = sign_in(REVIEWER)
        assert (deputy.get("/work/approval/").status_code == 200) is may, day
        shown = text_of(deputy.get("/account/password"))
        assert ("分管领导（审批人）（代王五）" in shown) is may
    clock.now = clock.now.replace(day=26)
    deputy = sign_in(REVIEWER)
    assert "关于春耕的通知" in text_of(deputy.get("/work/approval/"))
    agree(deputy, item_id, "approve")
    page = text_of(deputy.get(f"/work/items/{item_id}"))
    assert page.count("李四（代王五）") == 2
    with world.services.database.system_scope("test") as uow:
        steps = uow.session.execute(select(ItemStep.action, ItemStep.actor_name).where(ItemStep.item_id == item_id))
        names = {row.action: row.actor_name for row in steps}
    assert names["approve"] == names["publish"] == "李四（代王五）"


def test_who_decides_in_a_post_of_their_own_signs_with_their_own_name(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    send(sign_in(APPROVER), HERE, form(world))
    clock.advance(days=1)
    item_id = submitted(world)
    agree(sign_in(REVIEWER), item_id, "review")
    with world.services.database.system_scope("test") as uow:
        passed = select(ItemStep.actor_name).where(ItemStep.item_id == item_id, ItemStep.action == "pass_review")
        assert uow.session.scalars(passed).one() == "李四"


def test_a_deputy_does_not_decide_on_what_they_wrote(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    item_id = reviewed(world)
    send(sign_in(APPROVER), HERE, form(world, deputy_id=world.people[WRITER]))
    clock.advance(days=1)
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, WRITER)
        assert actor.may(Permission.ITEMS_APPROVE)
        with pytest.raises(Forbidden, match="参与了这条信息的编写"):
            decide(uow, actor=actor, item_id=item_id)


def test_both_are_told_of_the_naming_and_of_the_end(
    world: World, sign_in: SignIn, clock: AdjustableClock, app: Flask
) -> None:
    change_user(world, REVIEWER, email="lisi@hx.example.cn")
    before = len(mails(world.services))
    send(sign_in(APPROVER), HERE, form(world))
    work_off(world.services)
    leader, deputy = sign_in(APPROVER), sign_in(REVIEWER)
    assert "您的分管领导（审批人）岗位由李四代理" in text_of(leader.get("/work/notices/"))
    assert "由您代理王五的分管领导（审批人）岗位" in text_of(deputy.get("/work/notices/"))
    assert "代理" not in text_of(sign_in(WRITER).get("/work/notices/")).split("通知提醒", 1)[1].split("<main", 1)[-1]
    sent = mails(world.services, before)
    assert [to for to, _, body in sent if "由您代理王五" in body] == ["lisi@hx.example.cn"]
    clock.advance(days=1)
    leader = sign_in(APPROVER)
    with world.services.database.system_scope("test") as uow:
        naming_id = uow.session.scalars(select(Deputy.id)).one()
    assert "您的岗位现由他人代理：李四" in text_of(leader.get(HERE))
    assert send(leader, f"{HERE}/{naming_id}/end", {}, page=HERE).status_code == 302
    assert sign_in(REVIEWER).get("/work/approval/").status_code == 403
    work_off(world.services)
    assert "已提前结束" in text_of(sign_in(APPROVER).get("/work/notices/"))
    assert "已提前结束" in text_of(sign_in(REVIEWER).get("/work/notices/"))
    again = send(leader, f"{HERE}/{naming_id}/end", {}, page=HERE)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "contributor"}, "未选择要代理的岗位"),
        ({"role": "unit_admin"}, "未选择要代理的岗位"),
        ({"deputy_id": ""}, "未选择代理人"),
        ({"deputy_id": "hx-mzj-approver"}, "未选择代理人"),
        ({"deputy_id": "qs-mzj-approver"}, "未选择代理人"),
        ({"valid_from": "2026-03-22"}, "开始日期应在今天以后、一年以内"),
        ({"valid_from": "明天"}, "开始日期为空或者格式不正确"),
        ({"valid_to": "2026-03-23"}, "结束日期应在开始日期之后、一年以内"),
        ({"valid_to": "2027-06-01"}, "结束日期应在开始日期之后、一年以内"),
        ({"valid_to": "9999-12-31", "valid_from": "9999-12-30"}, "开始日期应在今天以后、一年以内"),
        ({"reason": " "}, "代理原因为空"),
        ({"reason": "长" * 101}, "代理原因为空或者超过100个字"),
    ],
)
def test_a_naming_that_cannot_be_is_refused_field_by_field(
    world: World, sign_in: SignIn, changes: dict[str, Any], words: str
) -> None:
    if changes.get("deputy_id"):
        changes = {"deputy_id": world.people[changes["deputy_id"]]}
    answer = send(sign_in(APPROVER), HERE, form(world, **changes))
    assert answer.status_code == 400
    assert words in text_of(answer)
    with world.services.database.system_scope("test") as uow:
        assert not uow.session.scalars(select(Deputy)).all()


def test_who_holds_the_post_needs_not_stand_in_for_it(world: World, sign_in: SignIn) -> None:
    with world.services.database.system_scope("test") as uow:
        other = add_person(uow, world, "hx-mzj-second", "hx-mzj", Role.APPROVER).id
    answer = send(sign_in(APPROVER), HERE, form(world, deputy_id=other))
    assert "无需代理" in text_of(answer)


def test_a_post_has_one_deputy_a_day(world: World, sign_in: SignIn) -> None:
    leader = sign_in(APPROVER)
    send(leader, HERE, form(world))
    answer = send(leader, HERE, form(world, valid_from="2026-03-26", valid_to="2026-03-30"))
    assert answer.status_code == 400
    assert "这一岗位2026年3月24日至2026年3月26日已由李四代理" in text_of(answer)
    assert send(leader, HERE, form(world, valid_from="2026-03-27", valid_to="2026-03-30")).status_code == 302
    with world.services.database.system_scope("test") as uow, pytest.raises(IntegrityError, match="no_overlap"):
        # Whatever the service says, the database holds it.
        uow.session.execute(
            text("UPDATE deputy SET valid_from = DATE '2026-03-26' WHERE valid_from = DATE '2026-03-27'")
        )


def test_the_administrator_names_and_ends_for_a_person_of_the_unit(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    admin = sign_in(ADMIN)
    address = f"/work/people/{world.people[APPROVER]}/deputies"
    assert "王五没有指定代理人" in text_of(admin.get(address))
    assert send(admin, address, form(world)).status_code == 302
    clock.advance(days=1)
    admin = sign_in(ADMIN)
    assert "王五的岗位现由他人代理：李四" in text_of(admin.get(address))
    with world.services.database.system_scope("test") as uow:
        naming_id = uow.session.scalars(select(Deputy.id)).one()
    # Of another person the same naming is missing.
    wrong = f"/work/people/{world.people[WRITER]}/deputies/{naming_id}/end"
    assert send(admin, wrong, {}, page=address).status_code == 404
    assert send(sign_in(WRITER), f"{HERE}/{naming_id}/end", {}, page=HERE).status_code == 404
    assert send(admin, f"{address}/{naming_id}/end", {}, page=address).status_code == 302
    assert sign_in(REVIEWER).get("/work/approval/").status_code == 403


@pytest.mark.parametrize("login", [APPROVER, REVIEWER])
def test_a_deputy_has_nothing_once_either_of_the_two_has_left(
    world: World, sign_in: SignIn, clock: AdjustableClock, login: str
) -> None:
    send(sign_in(APPROVER), HERE, form(world))
    clock.advance(days=1)
    with world.services.database.system_scope("test") as uow:
        post = uow.session.scalars(select(Membership).where(Membership.user_id == world.people[login])).one()
        post.ended_date = date(2026, 3, 24)
    assert sign_in(REVIEWER).get("/work/approval/").status_code == 403


def test_who_waits_for_whom_names_the_deputy(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    send(sign_in(APPROVER), HERE, form(world))
    item_id = draft(world)
    address = f"/work/items/{item_id}/submit"
    assert "王五（李四代）" not in text_of(sign_in(WRITER).get(address))
    clock.advance(days=1)
    assert "王五（李四代）" in text_of(sign_in(WRITER).get(address))


def test_the_head_of_one_section_stands_in_for_the_head_of_another(world: World) -> None:
    with world.services.database.system_scope("test") as uow:
        for login, section in (("hx-mzj-h1", "救助科"), ("hx-mzj-h2", "老龄科")):
            user = add_person(uow, world, login, "hx-mzj", Role.SECTION_HEAD)
            uow.session.scalars(select(Membership).where(Membership.user_id == user.id)).one().section = section
        kinds = (StepKind.SECTION, StepKind.CONFIDENTIALITY, StepKind.FINAL)
        set_template(uow, tenant_id=world.units["hx-mzj"], steps=kinds, column_id=None, by=world.people[ADMIN])
        given = DeputyForm(str(world.people["hx-mzj-h1"]), "section_head", "2026-03-23", "2026-03-25", "休假")
        principal = world.people["hx-mzj-h2"]
        name_deputy(uow, tenant_id=world.units["hx-mzj"], principal_id=principal, by=principal, form=given)
    ids = {section: draft(world, title=section, responsible_unit=section) for section in ("救助科", "老龄科", "办公室")}
    with world.services.database.transaction() as uow:
        for item_id in ids.values():
            submit(uow, actor=world.actor(uow, WRITER), item_id=item_id)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-h1")
        assert count_waiting(uow, Queue.of(actor)) == 2
        decide(uow, actor=actor, item_id=ids["救助科"])
        decide(uow, actor=actor, item_id=ids["老龄科"])
        with pytest.raises(Forbidden, match="办公室"):
            decide(uow, actor=actor, item_id=ids["办公室"])
        names = dict(
            uow.session.execute(select(ItemStep.item_id, ItemStep.actor_name).where(ItemStep.step != "")).all()
        )
    assert names == {ids["救助科"]: "hx-mzj-h1", ids["老龄科"]: "hx-mzj-h1（代hx-mzj-h2）"}


def test_nobody_of_another_unit_stands_in(world: World) -> None:
    given = DeputyForm(str(world.people["qs-mzj-approver"]), "approver", "2026-03-23", "2026-03-25", "休假")
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, APPROVER)
        with pytest.raises(Invalid, match="未选择代理人"):
            name_deputy(uow, tenant_id=actor.tenant_id, principal_id=actor.user_id, by=actor.user_id, form=given)


SECTIONS = ("", "救助科", "老龄科")


@given(
    own=st.frozensets(st.sampled_from(CHAIN_ROLES)),
    section=st.sampled_from(SECTIONS),
    deputed=st.lists(st.tuples(st.sampled_from(CHAIN_ROLES), st.sampled_from(SECTIONS)), max_size=3),
    role=st.sampled_from(CHAIN_ROLES),
    of=st.sampled_from(SECTIONS[1:]),
)
def test_a_signature_says_for_whom_exactly_when_the_post_is_not_ones_own(
    own: frozenset[Role], section: str, deputed: list[tuple[Role, str]], role: Role, of: str
) -> None:
    roles = own | {one for one, _ in deputed}
    actor = Actor(
        1, "李四", 1, "1", roles, permissions_of(roles), section=section, own_roles=own,
        deputed=tuple(Deputed(one, 9, "王五", where) for one, where in deputed),
    )  # fmt: skip
    head = role is Role.SECTION_HEAD
    mine = role in own and (not head or section in ("", of))
    theirs = any(one is role and (not head or where in ("", of)) for one, where in deputed)
    assert actor.signature(role, of) == ("李四" if mine or not theirs else "李四（代王五）")
    if head:
        assert actor.heads(of) is (mine or theirs)


def test_valid_days_are_those_of_shanghai(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    send(sign_in(APPROVER), HERE, form(world))
    # 2026-03-24 00:10 in Shanghai is still the 23rd in UTC.
    clock.now = clock.now.replace(hour=16, minute=10)
    assert sign_in(REVIEWER).get("/work/approval/").status_code == 200
    clock.now += timedelta(days=3)
    assert sign_in(REVIEWER).get("/work/approval/").status_code == 403
