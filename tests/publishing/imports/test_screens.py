"""The imports' screens: upload, dry run, permission of the office, progress, report."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from gongkai.accounts.permissions import Role
from gongkai.core.models import OutboxEvent
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.tasks import run_batch
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.supervision.models import Circular
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World, add_person
from tests.publishing.imports.lists import issue, migrate, row, text_list, workbook
from tests.supervision.office import REQUIREMENTS, Office, verified_on_paper

TERMS = {"kind": "migration", "cutoff_date": "2025-12-31", "responsible_person": "李四"}


def token(client: FlaskClient, address: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).get_data(as_text=True))
    assert found is not None, address
    return found[1]


def post(client: FlaskClient, address: str, *, at: str = "", **values: Any) -> TestResponse:
    """Send a form, with the token of the page `at`."""
    data = values | {"csrf_token": token(client, at or "/work/imports/new")}
    return client.post(address, data=data, content_type="multipart/form-data")


def upload(client: FlaskClient, data: bytes, *, name: str = "清单.csv", side: str = "imports", **values: Any) -> str:
    """Upload a list; the address of its batch."""
    address = f"/work/{side}/new"
    answer = post(client, address, at=address, file=(BytesIO(data), name), **values)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def items_of(world: World, unit: str = "hx-mzj") -> list[Item]:
    """The public items of a unit."""
    with world.services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Item).where(Item.tenant_id == world.units[unit])))


@pytest.fixture
def signed_in(world: World, app: Flask) -> "Browsers":
    """Browsers of people, each with its own cookies."""
    return Browsers(world, app)


class Browsers:
    """Opens a browser for a login."""

    def __init__(self, world: World, app: Flask) -> None:
        self._world, self._app = world, app

    def __call__(self, login: str) -> FlaskClient:
        return self._world.sign_in(self._app.test_client(), login)


def test_drafts_are_tried_then_imported_with_progress_and_report(world: World, signed_in: Browsers) -> None:
    client = signed_in("hx-mzj-contributor")
    bad = ("", "没有的栏目", "无处可去的公告", "", "B2", "")
    data = workbook([("", "gsgg", "关于养老机构名单的公告", "", "B1", "名单如下。"), bad])
    address = upload(client, data, name="草稿.xlsx", kind="drafts", dry_run="1")
    waiting = client.get(address).get_data(as_text=True)
    assert 'hx-get="' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "HX-Refresh" not in client.get(f"{address}/progress").headers
    work_off(world.services)
    assert client.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = client.get(address).get_data(as_text=True)
    assert "试运行完成：1行可以导入，1行有问题。" in page
    assert 'http-equiv="refresh"' not in page
    with client.get(f"{address}/report") as download:
        report = load_workbook(BytesIO(download.data))["需要修改的内容"]
    assert [cell.value for cell in report[2]][:3] == [3, "栏目", "没有的栏目"]
    started = post(client, f"{address}/start", at=address)
    work_off(world.services)
    assert "导入完成：新导入1条，1行未导入。" in client.get(started.headers["Location"]).get_data(as_text=True)
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        (item,) = uow.session.scalars(select(Item))
    assert (item.state, item.author_ids) == (ItemState.DRAFT, [world.people["hx-mzj-contributor"]])
    assert "草稿.xlsx" in client.get("/work/imports/").get_data(as_text=True)


def test_a_units_migration_waits_until_the_office_above_allows_it(world: World, signed_in: Browsers) -> None:
    unit, office = signed_in("hx-mzj-unit_admin"), signed_in("hx-supervisor")
    address = upload(unit, text_list([row(1), row(2, unit="qs-mzj")]), **TERMS)
    batch_id = int(address.rpartition("/")[2])
    work_off(world.services)
    assert items_of(world) == []
    assert "等待政务公开办批准后导入。" in unit.get(address).get_data(as_text=True)
    listed = office.get("/work/migrations/").get_data(as_text=True)
    assert "1个批次等待批准。" in listed
    at = f"/work/migrations/{batch_id}"
    with office.get(f"{at}/file") as download:
        assert download.data == text_list([row(1), row(2, unit="qs-mzj")])
    assert post(office, f"{at}/allow", at=at).status_code == 302
    work_off(world.services)
    # A unit brings into itself only, also with the office's permission.
    assert (len(items_of(world)), items_of(world, "qs-mzj")) == (1, [])
    assert "新导入1条，1行未导入" in unit.get(address).get_data(as_text=True)
    assert post(office, f"{at}/allow", at="/work/migrations/new").status_code == 409


def test_the_office_turns_a_migration_down_with_a_reason(world: World, signed_in: Browsers) -> None:
    unit, office = signed_in("hx-mzj-contributor"), signed_in("yl-supervisor")
    address = upload(unit, text_list([row(1)]), **TERMS)
    at = address.replace("imports", "migrations")
    silent = post(office, f"{at}/refuse", at=at, reason=" ")
    assert silent.status_code == 400
    assert "未填写不予批准的原因" in silent.get_data(as_text=True)
    post(office, f"{at}/refuse", at=at, reason="请先核对索引号")
    work_off(world.services)
    assert items_of(world) == []
    assert "请先核对索引号" in unit.get(address).get_data(as_text=True)


def test_the_office_brings_history_for_the_units_below_it(world: World, signed_in: Browsers) -> None:
    office = signed_in("hx-supervisor")
    data = text_list([row(1), row(2, unit="hx-qsz"), row(3, unit="qs-mzj")])
    terms = {key: value for key, value in TERMS.items() if key != "kind"}
    address = upload(office, data, side="migrations", dry_run="1", **terms)
    work_off(world.services)
    assert items_of(world) == []
    assert "2行可以导入" in office.get(address).get_data(as_text=True)
    post(office, f"{address}/start", at=address)
    work_off(world.services)
    assert [len(items_of(world, unit)) for unit in ("hx-mzj", "hx-qsz", "qs-mzj")] == [1, 1, 0]


def test_a_contributor_of_the_office_cannot_start_what_the_office_prepared(world: World, signed_in: Browsers) -> None:
    office, writer = signed_in("yl-supervisor"), signed_in("yl-contributor")
    terms = {key: value for key, value in TERMS.items() if key != "kind"}
    address = upload(office, text_list([row(1)]), side="migrations", dry_run="1", **terms)
    work_off(world.services)
    own = address.replace("migrations", "imports")
    assert writer.get(own).status_code == 404
    assert post(writer, f"{own}/start").status_code == 404
    work_off(world.services)
    assert items_of(world) == []


@pytest.mark.parametrize("login", ["qs-mzj-contributor", "hx-supervisor", "qs-supervisor"])
def test_a_foreign_batch_answers_as_a_missing_one(world: World, signed_in: Browsers, login: str) -> None:
    address = upload(signed_in("hx-mzj-contributor"), text_list([row(1)]), **TERMS)
    other = upload(signed_in("qs-mzj-contributor"), text_list([row(1)]), kind="drafts") if login[0] == "h" else address
    stranger = signed_in(login)
    side = "migrations" if login.endswith("supervisor") else "imports"
    number = other.rpartition("/")[2]
    for rest in ("", "/progress", "/report", "/file"):
        foreign = stranger.get(f"/work/{side}/{number}{rest}")
        missing = stranger.get(f"/work/{side}/999999999{rest}")
        assert (foreign.status_code, missing.status_code) == (404, 404)
    at = f"/work/{side}/new"
    for rest in ("/start", "/allow", "/refuse") if side == "migrations" else ("/start",):
        assert post(stranger, f"/work/{side}/{number}{rest}", at=at, reason="无").status_code == 404


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "drafts"}, "未选择文件"),
        ({"kind": "nothing"}, "未选择导入类型"),
        ({"kind": "migration"}, "未填写截止日期"),
        ({**TERMS, "cutoff_date": "2099-01-01"}, "截止日期不能晚于今天"),
        ({**TERMS, "cutoff_date": "昨天"}, "不是有效日期"),
        ({"kind": "drafts", "file": (BytesIO(b"\x89PNG\r\n\x1a\n"), "a.xlsx")}, "不是表格"),
        ({"kind": "drafts", "file": (BytesIO("标题,正文\n".encode()), "a.csv")}, "缺少必填的列"),
    ],
)
def test_a_refused_upload_shows_the_form_again_and_writes_nothing(
    world: World, signed_in: Browsers, values: dict[str, Any], words: str
) -> None:
    client = signed_in("hx-mzj-contributor")
    answer = post(client, "/work/imports/new", **values)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, words in page) == (400, True)
    if values.get("responsible_person"):
        assert 'value="李四"' in page
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(ImportBatch)).all() == []
        assert uow.session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "import.requested")).all() == []


def test_a_list_that_breaks_off_ends_as_failed_in_words(world: World, signed_in: Browsers) -> None:
    client = signed_in("hx-mzj-contributor")
    data = text_list([row(number) for number in range(20)]) + '"没有结束的引号'.encode()
    address = upload(client, data, kind="drafts")
    work_off(world.services)
    page = client.get(address).get_data(as_text=True)
    assert "导入已中止" in page
    assert "双引号不成对" in page


@pytest.mark.parametrize(("kind", "column"), [("drafts", "成文日期"), ("migration", "发布时间")])
def test_the_template_can_be_uploaded_as_it_is(world: World, signed_in: Browsers, kind: str, column: str) -> None:
    client = signed_in("hx-mzj-contributor")
    with client.get(f"/work/imports/template/{kind}.xlsx") as answer:
        data = answer.data
    sheet = load_workbook(BytesIO(data))["导入数据"]
    assert column in [cell.value for cell in sheet[1]]
    address = upload(client, data, name="模板.xlsx", **{**TERMS, "kind": kind, "dry_run": "1"})
    work_off(world.services)
    assert "1行可以导入，0行有问题" in client.get(address).get_data(as_text=True)
    assert client.get("/work/imports/template/other.xlsx").status_code == 404


def test_an_interrupted_batch_continues_with_its_event(world: World, signed_in: Browsers) -> None:
    """Killed after some transactions: the event is still there, and the counts of the batch come out right."""
    office = signed_in("yl-supervisor")
    terms = {key: value for key, value in TERMS.items() if key != "kind"}
    data = text_list([row(1), row(2, unit="hx-qsz"), row(3, unit="qs-mzj")])
    address = upload(office, data, side="migrations", **terms)

    def kill(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(world.services, batch_id=int(address.rpartition("/")[2]), on_progress=kill)
    assert "正在导入" in office.get(address).get_data(as_text=True)
    work_off(world.services)
    assert "导入完成：新导入3条，没有未导入的行。" in office.get(address).get_data(as_text=True)


def test_the_units_administrator_asks_for_migrations_only(world: World, signed_in: Browsers) -> None:
    admin = signed_in("hx-mzj-unit_admin")
    page = admin.get("/work/imports/new").get_data(as_text=True)
    assert 'name="kind" value="migration"' in page
    assert 'value="drafts"' not in page
    assert "草稿模板" not in page
    assert admin.get("/work/imports/template/drafts.xlsx").status_code == 404
    data = workbook([("", "gsgg", "关于养老机构名单的公告", "", "B1", "名单如下。")])
    refused = post(admin, "/work/imports/new", kind="drafts", file=(BytesIO(data), "草稿.xlsx"))
    assert refused.status_code == 403
    tried = upload(signed_in("hx-mzj-contributor"), data, name="草稿.xlsx", kind="drafts", dry_run="1")
    work_off(world.services)
    assert "正式导入" not in admin.get(tried).get_data(as_text=True)
    assert post(admin, f"{tried}/start").status_code == 403


def test_a_run_without_progress_is_shown_as_interrupted_and_the_next_one_closes_it(
    world: World, signed_in: "Browsers", tmp_path: Path, clock: AdjustableClock
) -> None:
    data = text_list([row(1)])
    assert migrate(world.services, tmp_path, data, "--tenant", "hx-mzj").exit_code == 0
    with world.services.database.system_scope("test") as uow:
        # As a process that was killed after its last transaction leaves it.
        killed = uow.session.scalars(select(ImportBatch)).one()
        killed.state, killed.report_digest = "running", None
    office = signed_in("yl-supervisor")
    address = f"/work/migrations/{killed.id}"
    clock.advance(minutes=9)
    page = office.get(address).get_data(as_text=True)
    assert ("已中断" in page, "正在导入" in page, 'hx-trigger="every' in page) == (False, True, True)
    clock.advance(minutes=2)
    page = office.get(address).get_data(as_text=True)
    assert ("导入已中断，可以继续" in page, 'hx-trigger="every' in page) == (True, False)
    assert "2026-03-23 09:30" in page
    assert "已中断，可继续" in office.get("/work/migrations/").get_data(as_text=True)
    assert office.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert migrate(world.services, tmp_path, data, "--tenant", "hx-mzj").exit_code == 0
    page = office.get(address).get_data(as_text=True)
    assert "导入中断，已由2026年3月23日 09:41重新开始的导入接续。" in page
    page = office.get("/work/migrations/").get_data(as_text=True)
    assert ("已中断，可继续" in page, "已中止" in page, "已完成" in page) == (False, True, True)
    assert len(items_of(world)) == 1


def test_what_comes_after_an_issued_circular_is_confirmed_with_the_permission(
    world: World, signed_in: Browsers
) -> None:
    issue(world, "hx", "2023-03")
    unit, office = signed_in("hx-mzj-unit_admin"), signed_in("hx-supervisor")
    address = upload(unit, text_list([row(1), row(2), row(3, day="2023-04-01")]), **TERMS)
    at = address.replace("imports", "migrations")
    assert post(office, f"{at}/allow", at=at).status_code == 409
    work_off(world.services)
    for page in (office.get(at).get_data(as_text=True), unit.get(address).get_data(as_text=True)):
        assert ("计入已印发通报月份的信息" in page, "2条</td>" in page, "2023-04" in page) == (True, True, False)
    refused = post(office, f"{at}/allow", at=at)
    assert (refused.status_code, "尚未确认" in refused.get_data(as_text=True)) == (400, True)
    assert post(office, f"{at}/allow", at=at, late_confirmed="1").status_code == 302
    work_off(world.services)
    assert "导入完成：新导入3条" in office.get(at).get_data(as_text=True)


def test_a_circular_issued_after_the_permission_stops_the_import_again(world: World, signed_in: Browsers) -> None:
    unit, office = signed_in("hx-mzj-unit_admin"), signed_in("hx-supervisor")
    address = upload(unit, text_list([row(1)]), **TERMS)
    at = address.replace("imports", "migrations")
    work_off(world.services)
    assert post(office, f"{at}/confirm", at=at).status_code == 409
    assert post(office, f"{at}/allow", at=at).status_code == 302
    issue(world, "yl", "2023-03")
    work_off(world.services)
    assert items_of(world) == []
    assert "尚未导入：有信息计入已印发通报的月份" in unit.get(address).get_data(as_text=True)
    assert post(office, f"{at}/confirm", at=at).status_code == 302
    work_off(world.services)
    assert len(items_of(world)) == 1


def test_the_difference_stands_beside_the_issued_circular(world: World, app: Flask, signed_in: Browsers) -> None:
    with world.services.database.system_scope("test people") as uow:
        add_person(uow, world, "hx-leader", "hx", Role.SUPERVISOR)
    office, leader = Office(app, world, "hx-supervisor"), Office(app, world, "hx-leader")
    office.send("/office/circulars/new", period="2025-10", coverage="all")
    with world.services.database.system_scope("test") as uow:
        path = f"/office/circulars/{uow.session.scalars(select(Circular.id)).one()}"
    office.send(f"{path}/lock")
    office.send(f"{path}/requirements", **REQUIREMENTS | {"deadline": "2026-04-28", "recheck_date": "2026-05-05"})
    office.page(f"{path}/text")
    verified_on_paper(office, path)
    office.send(f"{path}/submit")
    leader.send(f"{path}/sign", opinion="同意印发")
    office.send(f"{path}/issue", issued_date="2026-03-20", document_number="示政办公开〔2026〕7号")
    assert "印发后导入的信息" not in office.page(path)
    client = signed_in("hx-supervisor")
    terms = {key: value for key, value in TERMS.items() if key != "kind"}
    address = upload(client, text_list([row(1, day="2025-10-08")]), side="migrations", **terms)
    work_off(world.services)
    page = client.get(address).get_data(as_text=True)
    assert "（示政办公开〔2026〕7号）" in page
    post(client, f"{address}/confirm", at=address)
    work_off(world.services)
    shown = office.page(path)
    assert ("印发后导入的信息" in shown, "历史信息迁移：清单.csv" in shown, "锁定数据后，数据有" in shown) == (
        True,
    ) * 3
    assert re.search(
        r"<th scope=\"row\">和溪县民政局</th>\s*<td>本月发布</td>\s*<td[^>]*>0</td>\s*<td[^>]*>1</td>", shown
    )
