"""Screens that change a unit's history: it moves under another unit, its first day is corrected."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.calendar.periods import Period
from gongkai.core.models import AuditEvent
from gongkai.supervision.models import Circular
from gongkai.supervision.queries import standings
from gongkai.tenancy.models import Tenant, TenantPeriod
from tests.accounts.browsing import send, text_of
from tests.conftest import START, AdjustableClock
from tests.factories.items import draft, published
from tests.factories.world import World

ADMIN = "yl-prefecture_admin"
LIST = "/admin/units/"
MOVE = {"parent_code": "qs", "level": "county", "effective_date": "2026-03-01", "basis": "云编发〔2026〕9号"}
EDIT = {"area_code": "539903", "index_pattern": "AREA_YEAR_SEQ", "established_date": "2015-01-01"}


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, ADMIN)


def paths(world: World) -> dict[str, str]:
    """Code → place in the tree, written in codes."""
    with world.services.database.unit_of_work() as uow:
        rows = uow.session.execute(select(Tenant.id, Tenant.code, Tenant.path)).all()
    codes = {str(row.id): row.code for row in rows}
    return {row.code: "/".join(codes[label] for label in row.path.split(".")) for row in rows}


def periods(world: World, code: str) -> list[tuple[int | None, date, date | None]]:
    with world.services.database.unit_of_work() as uow:
        query = (
            select(TenantPeriod.parent_id, TenantPeriod.valid_from, TenantPeriod.valid_to)
            .where(TenantPeriod.tenant_id == world.units[code])
            .order_by(TenantPeriod.valid_from)
        )
        return [(row.parent_id, row.valid_from, row.valid_to) for row in uow.session.execute(query)]


def audited(world: World, action: str) -> list[dict[str, object]]:
    with world.services.database.system_scope("test") as uow:
        query = select(AuditEvent.detail).where(AuditEvent.action == action, AuditEvent.user_id == world.people[ADMIN])
        return list(uow.session.scalars(query.order_by(AuditEvent.id)))


def counted_under(world: World, office: str, month: str) -> list[str]:
    with world.services.database.system_scope("test") as uow:
        found = standings(uow, office_id=world.units[office], period=Period.parse(month))
        return [row.code for row in (*found.rows, *found.untasked) if row.code != office]


def test_a_unit_moves_with_all_below_it_and_its_past_stays(world: World, admin: FlaskClient) -> None:
    page = text_of(send(admin, f"{LIST}hx/move", {**MOVE, "parent_code": "qs"}, follow_redirects=True))
    assert "自2026年3月1日起，“和溪县人民政府”的上级单位为“青石县人民政府”" in page
    found = paths(world)
    assert (found["hx"], found["hx-mzj"], found["qs-mzj"]) == ("yl/qs/hx", "yl/qs/hx/hx-mzj", "yl/qs/qs-mzj")
    assert periods(world, "hx") == [
        (world.units["yl"], date(2015, 1, 1), date(2026, 3, 1)),
        (world.units["qs"], date(2026, 3, 1), None),
    ]
    assert periods(world, "hx-mzj") == [(world.units["hx"], date(2015, 1, 1), None)]
    assert counted_under(world, "qs", "2026-02") == ["qs-mzj"]
    assert set(counted_under(world, "qs", "2026-03")) == {"qs-mzj", "hx", "hx-mzj", "hx-qsz", "hx-gs"}
    (detail,) = audited(world, "tenant.move")
    assert (detail["date"], detail["to"]) == ("2026-03-01", {"parent_id": world.units["qs"], "level": "county"})
    page = text_of(send(admin, f"{LIST}hx/move", MOVE, follow_redirects=True))
    assert "没有重复办理" in page
    assert len(periods(world, "hx")) == 2


def test_a_bureau_that_becomes_the_prefectures_changes_its_level(world: World, admin: FlaskClient) -> None:
    data = {**MOVE, "parent_code": "yl", "level": "prefecture"}
    assert send(admin, f"{LIST}hx-mzj/move", data).status_code == 302
    with world.services.database.unit_of_work() as uow:
        levels = uow.session.execute(
            select(Tenant.level, TenantPeriod.level)
            .join(TenantPeriod, TenantPeriod.tenant_id == Tenant.id)
            .where(Tenant.code == "hx-mzj")
            .order_by(TenantPeriod.valid_from)
        ).all()
    assert [tuple(row) for row in levels] == [("prefecture", "county"), ("prefecture", "prefecture")]


@pytest.mark.parametrize(
    ("code", "changes", "field"),
    [
        ("hx", {"parent_code": ""}, "parent_code"),
        ("hx", {"parent_code": "nowhere"}, "parent_code"),
        ("hx", {"parent_code": "yl"}, "parent_code"),
        ("hx", {"parent_code": "hx"}, "parent_code"),
        ("hx", {"parent_code": "hx-mzj"}, "parent_code"),
        ("yl", {}, "parent_code"),
        ("hx", {"level": "moon"}, "level"),
        ("hx", {"effective_date": ""}, "effective_date"),
        ("hx", {"effective_date": "2026-03-24"}, "effective_date"),
        ("hx", {"effective_date": "2015-01-01"}, "effective_date"),
        ("hx", {"effective_date": "2014-12-31"}, "effective_date"),
        ("hx", {"basis": ""}, "basis"),
    ],
)
def test_a_refused_move_changes_nothing(
    world: World, admin: FlaskClient, code: str, changes: dict[str, str], field: str
) -> None:
    before = paths(world)
    answer = send(admin, f"{LIST}{code}/move", {**MOVE, **changes}, page=f"{LIST}hx/move")
    assert (answer.status_code, f'href="#field-{field}"' in text_of(answer)) == (400, True), text_of(answer)
    assert paths(world) == before
    assert len(periods(world, code)) == 1


@pytest.mark.parametrize("login", ["hx-supervisor", "yl-supervisor", "hx-mzj-unit_admin"])
def test_nobody_else_moves_a_unit(world: World, client: FlaskClient, login: str) -> None:
    world.sign_in(client, login)
    answer = send(client, f"{LIST}hx-mzj/move", MOVE, page="/work/")
    assert (answer.status_code, paths(world)["hx-mzj"]) == (403, "yl/hx/hx-mzj")


def test_a_wrong_first_day_is_corrected_both_ways_and_recorded(world: World, admin: FlaskClient) -> None:
    assert 'value="2015-01-01"' in text_of(admin.get(f"{LIST}hx-mzj/edit"))
    for day in ("2010-05-01", "2018-07-01"):
        assert send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": day}).status_code == 302
        assert periods(world, "hx-mzj")[0][1] == date.fromisoformat(day)
    assert send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": "2018-07-01"}).status_code == 302
    assert [detail["to"] for detail in audited(world, "tenant.first_day")] == ["2010-05-01", "2018-07-01"]


@pytest.mark.parametrize("day", ["", "2026-03-24", "昨天"])
def test_a_first_day_must_be_a_day_that_has_come(world: World, admin: FlaskClient, day: str) -> None:
    answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "phone": "0878-7", "established_date": day})
    assert (answer.status_code, 'href="#field-established_date"' in text_of(answer)) == (400, True)
    assert periods(world, "hx-mzj")[0][1] == date(2015, 1, 1)


def test_a_first_day_lies_before_the_next_change(world: World, admin: FlaskClient) -> None:
    rename = {"official_name": "和溪县民政社工局", "effective_date": "2020-01-01", "basis": "和编发〔2020〕1号"}
    assert send(admin, f"{LIST}hx-mzj/rename", rename).status_code == 302
    answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": "2020-01-01"})
    assert (answer.status_code, "须早于该单位第一次变动的日期（2020年1月1日）" in text_of(answer)) == (400, True)
    assert send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": "2019-12-31"}).status_code == 302


def test_a_first_day_is_not_behind_what_was_published_from_it_on(
    world: World, admin: FlaskClient, clock: AdjustableClock
) -> None:
    clock.now = datetime(2026, 3, 21, 16, 30, tzinfo=UTC)  # Already the 22nd in Shanghai.
    published(world, "hx-mzj")
    clock.now = START
    draft(world, "hx-mzj")
    answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": "2026-03-23"})
    assert (answer.status_code, "2026年3月22日已有公开的信息" in text_of(answer)) == (400, True), text_of(answer)
    answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": "2026-03-22"})
    assert answer.status_code == 302, "the item of that very day may stand"


@pytest.mark.parametrize(("period", "label"), [("2026-02", "2026年2月"), ("2026-Q1", "2026年第一季度")])
def test_a_first_day_does_not_take_a_unit_out_of_an_issued_circular(
    world: World, admin: FlaskClient, period: str, label: str
) -> None:
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            Circular(
                tenant_id=world.units["hx"], period=period, state="issued", title="通报", created_at=uow.now,
                created_by=world.people["hx-supervisor"], issued_date=date(2026, 3, 5), issued_at=uow.now,
                ledger_digest="0" * 64, snapshot={}, signatory="张三", signed_date=date(2026, 3, 4),
            )
        )  # fmt: skip
    before = "2026-01-31" if period == "2026-02" else "2025-12-31"
    for day, status in (("2026-02-10", 400), (before, 302), ("2014-01-01", 302), ("2026-03-01", 400)):
        answer = send(admin, f"{LIST}hx-mzj/edit", {**EDIT, "established_date": day})
        assert answer.status_code == status, day
    assert f"{label}的通报已经印发" in text_of(answer)
    assert send(admin, f"{LIST}qs-mzj/edit", {**EDIT, "established_date": "2026-03-01"}).status_code == 302
