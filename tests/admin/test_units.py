"""Screens for units: the tree, one unit, and what happens to it."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from gongkai.accounts.models import Membership
from gongkai.catalog.models import ContentColumn
from gongkai.tenancy.models import Tenant, TenantPeriod, TenantSuccession
from tests.accounts.browsing import send, text_of
from tests.admin.reorganising import LIST as PLANS
from tests.admin.reorganising import answer_page, begin, begun, press
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World

ADMIN = "yl-prefecture_admin"
LIST = "/admin/units/"
NEW = "/admin/new-unit"
FORM = {"official_name": "和溪县卫生健康局", "code": "hx-wjj", "tenant_type": "bureau", "parent_code": "hx"}
RENAME = {
    "official_name": "和溪县民政和社会工作局",
    "short_name": "民政社工局",
    "effective_date": "2026-03-20",
    "basis": "和编发〔2026〕3号",
}
ABOLISH = {"effective_date": "2026-03-23", "basis": "云编发〔2026〕7号"}


def tenant(world: World, code: str) -> Tenant:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalars(select(Tenant).where(Tenant.code == code)).one()


def periods(world: World, code: str) -> list[tuple[str, date, date | None]]:
    with world.services.database.unit_of_work() as uow:
        query = (
            select(TenantPeriod.official_name, TenantPeriod.valid_from, TenantPeriod.valid_to)
            .where(TenantPeriod.tenant_id == world.units[code])
            .order_by(TenantPeriod.valid_from)
        )
        return [(row.official_name, row.valid_from, row.valid_to) for row in uow.session.execute(query)]


def listed(page: str) -> list[str]:
    """Codes of the units on a list page, in order."""
    return re.findall(rf'<a href="{LIST}([a-z0-9-]+)">', page)


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, ADMIN)


def test_the_tree_lists_each_unit_before_those_below_it(admin: FlaskClient) -> None:
    page = text_of(admin.get(LIST))
    assert listed(page) == ["yl", "yl-czj", "hx", "hx-mzj", "hx-qsz", "hx-gs", "qs", "qs-mzj"]
    assert "在用8家" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=民政", ["hx-mzj", "qs-mzj"]),
        ("q=hx-g", ["hx-gs"]),
        ("q=qsz", ["hx-qsz"]),
        ("tenant_type=county_government", ["hx", "qs"]),
        ("level=township", ["hx-qsz"]),
        ("q=民政&level=prefecture", []),
        ("state=abolished", []),
        ("page=99", ["yl", "yl-czj", "hx", "hx-mzj", "hx-qsz", "hx-gs", "qs", "qs-mzj"]),
    ],
)
def test_units_are_found_by_name_code_initials_type_level_and_state(
    admin: FlaskClient, query: str, codes: list[str]
) -> None:
    assert listed(text_of(admin.get(f"{LIST}?{query}"))) == codes


def test_a_new_unit_gets_its_period_and_then_its_columns(world: World, admin: FlaskClient) -> None:
    answer = send(admin, NEW, {**FORM, "established_date": "2019-03-01"}, follow_redirects=True)
    page = text_of(answer)
    assert ("已设立“和溪县卫生健康局”" in page, "栏目正在生成" in page) == (True, True)
    made = tenant(world, "hx-wjj")
    world.units["hx-wjj"] = made.id
    assert (made.level, made.short_name, made.path) == (
        "county",
        "和溪县卫生健康局",
        f"{tenant(world, 'hx').path}.{made.id}",
    )
    assert periods(world, "hx-wjj") == [("和溪县卫生健康局", date(2019, 3, 1), None)]
    work_off(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(
            select(func.count()).select_from(ContentColumn).where(ContentColumn.tenant_id == made.id)
        )
    assert "栏目正在生成" not in text_of(admin.get(f"{LIST}hx-wjj"))


def test_sending_the_form_twice_sets_up_one_unit(world: World, admin: FlaskClient) -> None:
    for _ in range(2):
        page = text_of(send(admin, NEW, FORM, follow_redirects=True))
    assert "已经设立，没有重复办理" in page
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Tenant)) == 9


def test_a_wrong_check_digit_is_told_and_taken(world: World, admin: FlaskClient) -> None:
    page = text_of(send(admin, NEW, {**FORM, "uscc": "113307277757380861"}, follow_redirects=True))
    assert "校验码（第18位）不符，请对照登记证书核对；如登记证书确为此代码，可以照常使用。" in page
    assert tenant(world, "hx-wjj").uscc == "113307277757380861"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"official_name": ""}, "official_name"),
        ({"official_name": "和溪县民政局"}, "official_name"),
        ({"code": ""}, "code"),
        ({"code": "局 1"}, "code"),
        ({"code": "hx"}, "official_name"),
        ({"tenant_type": "ministry"}, "tenant_type"),
        ({"parent_code": ""}, "parent_code"),
        ({"parent_code": "nowhere"}, "parent_code"),
        ({"uscc": "12345"}, "uscc"),
        ({"established_date": "2026-02-30"}, "established_date"),
        ({"established_date": "2026-03-24"}, "established_date"),
        ({"sort_order": "第一"}, "sort_order"),
        ({"sector": "煤"}, "sector"),
    ],
)
def test_a_refused_new_unit_names_the_field_and_keeps_what_was_typed(
    world: World, admin: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = send(admin, NEW, {**FORM, "address": "解放路3号", **changes})
    page = text_of(answer)
    assert (answer.status_code, f'href="#field-{field}"' in page, "解放路3号" in page) == (400, True, True), page
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Tenant)) == 8


def test_a_renaming_keeps_the_old_name_in_the_history_and_among_the_aliases(world: World, admin: FlaskClient) -> None:
    page = text_of(send(admin, f"{LIST}hx-mzj/rename", RENAME, follow_redirects=True))
    assert "自2026年3月20日起名称为“和溪县民政和社会工作局”" in page
    found = tenant(world, "hx-mzj")
    assert (found.official_name, found.short_name, found.initials) == ("和溪县民政和社会工作局", "民政社工局", "mzsgj")
    assert found.aliases == ["和溪县民政局"]
    assert periods(world, "hx-mzj") == [
        ("和溪县民政局", date(2015, 1, 1), date(2026, 3, 20)),
        ("和溪县民政和社会工作局", date(2026, 3, 20), None),
    ]
    assert listed(text_of(admin.get(f"{LIST}?q=和溪县民政局"))) == ["hx-mzj"]
    page = text_of(send(admin, f"{LIST}hx-mzj/rename", RENAME, follow_redirects=True))
    assert "没有重复办理" in page
    assert len(periods(world, "hx-mzj")) == 2


def test_a_unit_can_go_back_to_an_earlier_name(world: World, admin: FlaskClient, clock: AdjustableClock) -> None:
    send(admin, f"{LIST}hx-mzj/rename", RENAME)
    clock.advance(minutes=1)
    back = {**RENAME, "official_name": "和溪县民政局", "short_name": "", "effective_date": "2026-03-23"}
    assert send(admin, f"{LIST}hx-mzj/rename", back).status_code == 302
    assert tenant(world, "hx-mzj").aliases == ["和溪县民政和社会工作局", "民政社工局"]
    assert [name for name, _, _ in periods(world, "hx-mzj")] == [
        "和溪县民政局",
        "和溪县民政和社会工作局",
        "和溪县民政局",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"official_name": ""}, "official_name"),
        ({"official_name": "和溪县民政局"}, "official_name"),
        ({"official_name": "青石县民政局"}, "official_name"),
        ({"official_name": "长" * 81}, "official_name"),
        ({"short_name": "长" * 31}, "short_name"),
        ({"effective_date": ""}, "effective_date"),
        ({"effective_date": "昨天"}, "effective_date"),
        ({"effective_date": "2026-03-24"}, "effective_date"),
        ({"effective_date": "2015-01-01"}, "effective_date"),
        ({"effective_date": "2014-06-01"}, "effective_date"),
        ({"basis": " "}, "basis"),
        ({"basis": "长" * 201}, "basis"),
    ],
)
def test_a_refused_renaming_changes_nothing(
    world: World, admin: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = send(admin, f"{LIST}hx-mzj/rename", {**RENAME, **changes})
    assert (answer.status_code, f'href="#field-{field}"' in text_of(answer)) == (400, True), text_of(answer)
    assert periods(world, "hx-mzj") == [("和溪县民政局", date(2015, 1, 1), None)]


def abolish(client: FlaskClient, code: str, successor: str) -> None:
    """Abolish a unit by a plan that is carried out at once; the posts of its people end."""
    plan = begun(client, "abolish", code, successor, **ABOLISH)
    assert "方案已执行" in press(client, plan, "confirm")


def test_a_unit_is_abolished_by_a_plan_that_begins_on_its_page(world: World, admin: FlaskClient) -> None:
    page = text_of(admin.get(f"{LIST}hx-mzj"))
    address = f"{PLANS}new?kind=abolish&unit=hx-mzj"
    assert f'href="{address}"' in page.replace("&amp;", "&")
    assert "和溪县民政局" in text_of(admin.get(address))
    assert admin.get(f"{LIST}hx-mzj/abolish").status_code == 404, "there is one way"


def test_an_abolished_unit_leaves_its_history_its_people_and_one_succession(world: World, admin: FlaskClient) -> None:
    plan = begun(admin, "abolish", "hx-mzj", "qs-mzj", **ABOLISH)
    gone = {f"person-{number}": "0" for login, number in world.people.items() if login.startswith("hx-mzj-")}
    answer_page(admin, f"{plan}/work", {"passes_decided": "0", **gone})
    assert "方案已执行" in press(admin, plan, "confirm")
    found = tenant(world, "hx-mzj")
    assert (found.status, found.abolished_date) == ("abolished", date(2026, 3, 23))
    assert periods(world, "hx-mzj") == [("和溪县民政局", date(2015, 1, 1), date(2026, 3, 23))]
    with world.services.database.unit_of_work() as uow:
        assert uow.session.execute(select(TenantSuccession.tenant_id, TenantSuccession.successor_id)).all() == [
            (world.units["hx-mzj"], world.units["qs-mzj"])
        ]
    with world.services.database.system_scope("test") as uow:
        posts = uow.session.execute(
            select(Membership.active, Membership.ended_date).where(Membership.tenant_id == world.units["hx-mzj"])
        )
        assert set(posts) == {(False, date(2026, 3, 23))}
        assert (
            uow.session.scalar(
                select(func.count())
                .select_from(Membership)
                .where(Membership.tenant_id == world.units["qs-mzj"], Membership.active)
            )
            == 4
        )
    stranded = world.sign_in(admin.application.test_client(), "hx-mzj-contributor").get("/work/columns/")
    assert stranded.status_code == 403
    assert listed(text_of(admin.get(LIST))) == ["yl", "yl-czj", "hx", "hx-qsz", "hx-gs", "qs", "qs-mzj"]
    assert listed(text_of(admin.get(f"{LIST}?state=abolished"))) == ["hx-mzj"]
    assert "承接<a" in text_of(admin.get(f"{LIST}qs-mzj"))


def test_an_abolished_unit_takes_nothing_over_and_nothing_below_it(world: World, admin: FlaskClient) -> None:
    abolish(admin, "hx-mzj", "qs-mzj")
    answer = begin(admin, "abolish", "qs-mzj", "hx-mzj", **ABOLISH)
    assert (answer.status_code, "没有名为“hx-mzj”的在用单位" in text_of(answer)) == (400, True), text_of(answer)
    answer = send(admin, NEW, {**FORM, "parent_code": "hx-mzj"})
    assert (answer.status_code, "上级单位“和溪县民政局”已撤销" in text_of(answer)) == (400, True)
    answer = send(admin, f"{LIST}hx-mzj/rename", RENAME)
    assert (answer.status_code, "已经撤销，不能更名" in text_of(answer)) == (400, True)


def test_periods_of_a_unit_never_overlap(world: World, admin: FlaskClient) -> None:
    send(admin, f"{LIST}hx-mzj/rename", RENAME)
    abolish(admin, "hx-mzj", "qs-mzj")
    overlap = text(
        "SELECT count(*) FROM tenant_period a JOIN tenant_period b ON a.tenant_id = b.tenant_id AND a.id < b.id"
        " AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)"
    )
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalar(overlap) == 0
    assert [valid_to for _, _, valid_to in periods(world, "hx-mzj")] == [date(2026, 3, 20), date(2026, 3, 23)]


def test_the_order_moves_a_unit_among_its_sisters_and_in_its_current_period(world: World, admin: FlaskClient) -> None:
    page = text_of(send(admin, f"{LIST}qs/order", {"sort_order": "5"}, page=f"{LIST}qs", follow_redirects=True))
    assert "排序号已设为5" in page
    assert listed(text_of(admin.get(LIST))) == ["yl", "qs", "qs-mzj", "yl-czj", "hx", "hx-mzj", "hx-qsz", "hx-gs"]
    with world.services.database.unit_of_work() as uow:
        query = select(TenantPeriod.sort_order).where(TenantPeriod.tenant_id == world.units["qs"])
        assert uow.session.scalar(query) == 5
    for wrong in ("", "-1", "一", "9999999"):
        answer = send(admin, f"{LIST}qs/order", {"sort_order": wrong}, page=f"{LIST}qs")
        assert (answer.status_code, "排序号应为" in text_of(answer)) == (400, True)


EDIT = {
    "uscc": "",
    "area_code": "539903",
    "index_pattern": "AREA_YEAR_SEQ",
    "aliases": "民政局、社救办",
    "phone": "0878-1",
    "established_date": "2015-01-01",
}


def test_codes_and_contact_can_be_corrected(world: World, admin: FlaskClient) -> None:
    data = {**EDIT, "uscc": "11341702486344515h", "index_pattern": "ORG_YEAR_SEQ"}
    assert send(admin, f"{LIST}hx-mzj/edit", data).status_code == 302
    found = tenant(world, "hx-mzj")
    assert (found.uscc, found.index_pattern, found.aliases) == (
        "11341702486344515H",
        "ORG_YEAR_SEQ",
        ["民政局", "社救办"],
    )
    assert found.contact["phone"] == "0878-1"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uscc": "12345"}, "uscc"),
        ({"index_pattern": "USCC_YEAR_SEQ"}, "uscc"),
        ({"area_code": ""}, "area_code"),
        ({"index_pattern": "LOCAL"}, "index_pattern"),
        ({"address": "长" * 201}, "address"),
    ],
)
def test_codes_that_give_no_numbers_are_refused(
    world: World, admin: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, **changes})
    assert (answer.status_code, f'href="#field-{field}"' in text_of(answer)) == (400, True)
    assert tenant(world, "hx-mzj").aliases == []


def test_two_units_numbered_from_one_code_are_warned_of(admin: FlaskClient) -> None:
    page = text_of(send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "area_code": "539904"}, follow_redirects=True))
    assert "编制索引号的代码与“和溪县清水镇人民政府”相同" in page
    page = text_of(send(admin, NEW, {**FORM, "area_code": "539904"}, follow_redirects=True))
    assert "行政区划代码又与“和溪县民政局、和溪县清水镇人民政府”相同" in page


@pytest.mark.parametrize(
    "path",
    [
        "",
        "hx",
        "hx/edit",
        "hx/rename",
        "hx/move",
        "../new-unit",
        "../unit-import/",
        "../unit-import/template",
    ],
)
@pytest.mark.parametrize("login", ["hx-supervisor", "hx-mzj-unit_admin", "yl-supervisor"])
def test_only_the_prefectures_administrator_manages_units(
    world: World, client: FlaskClient, path: str, login: str
) -> None:
    address = f"/admin/{path[3:]}" if path.startswith("../") else f"{LIST}{path}"
    assert client.get(address).status_code == 302
    assert world.sign_in(client, login).get(address).status_code == 403


@pytest.mark.parametrize("code", ["nowhere", "%00", "%E5%B1%80", "HX"])
@pytest.mark.parametrize("deed", ["", "/edit", "/rename", "/move"])
def test_a_missing_unit_is_not_found(admin: FlaskClient, code: str, deed: str) -> None:
    assert admin.get(f"{LIST}{code}{deed}").status_code == 404
