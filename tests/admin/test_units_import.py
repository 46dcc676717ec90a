"""The list of bodies through the screens: checked, told, all or nothing, once."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gongkai.core.tables.reading import read_table
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.tenancy.imports import COLUMNS
from gongkai.tenancy.models import Tenant
from tests.accounts.browsing import send, text_of
from tests.factories.items import work_off
from tests.factories.world import World

START = "/admin/unit-import/"
HEADER = ("单位代码", "单位全称", "单位类型", "上级单位代码", "统一社会信用代码", "行政区划代码")
GOOD = (
    ("hx-wjj", "和溪县卫生健康局", "政府部门", "hx", "11341702486344515H", ""),
    ("hx-yy", "和溪县人民医院", "公共企事业单位", "hx-wjj", "", "539921"),
    ("hx-mzj", "和溪县民政局", "政府部门", "hx", "", ""),
)
BAD = (
    ("hx wjj", "和溪县卫生健康局", "政府部门", "hx", "", ""),
    ("hx-yy", "", "医院", "nowhere", "12345", ""),
)


@pytest.fixture
def admin(world: World, client: FlaskClient) -> FlaskClient:
    """The prefecture's administrator at work."""
    return world.sign_in(client, "yl-prefecture_admin")


def upload(client: FlaskClient, rows: Sequence[Sequence[str]], name: str = "名录.xlsx") -> TestResponse:
    data = write_xlsx([Sheet("单位", HEADER, rows)])
    return send(client, START, {"file": (BytesIO(data), name)}, content_type="multipart/form-data")


def units(world: World) -> int:
    with world.services.database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(Tenant)) or 0


def test_a_good_list_is_looked_at_and_then_imported_once(world: World, admin: FlaskClient) -> None:
    answer = upload(admin, GOOD)
    assert answer.status_code == 302
    place = answer.headers["Location"]
    page = text_of(admin.get(place))
    assert ("可以设立2家单位，1家已设立、没有变化" in page, "文件：名录.xlsx" in page) == (True, True)
    assert units(world) == 8
    page = text_of(send(admin, place, {"name": "名录.xlsx"}, follow_redirects=True))
    assert "已设立2家单位，1家已设立、没有变化" in page
    assert units(world) == 10
    # The page offers no button any more; a form from another window is sent all the same.
    page = text_of(send(admin, place, {"name": "名录.xlsx"}, page=START, follow_redirects=True))
    assert "3家单位均已设立，没有重复办理" in page
    work_off(world.services)
    assert "栏目正在生成" not in text_of(admin.get("/admin/units/hx-yy"))


def test_every_fault_is_listed_with_row_column_value_problem_and_remedy(world: World, admin: FlaskClient) -> None:
    place = upload(admin, [*GOOD, *BAD]).headers["Location"]
    page = text_of(admin.get(place))
    assert "处需要改正，未导入任何单位" in page
    for words in ("hx wjj", "单位代码只能用小写英文字母", "没有这种单位类型", "医院", "12345", "必填项没有填写"):
        assert words in page, words
    assert "导入2家单位" not in page
    answer = send(admin, place, {"name": "名录.xlsx"}, page=START)
    assert (answer.status_code, units(world)) == (400, 8)


def test_the_faults_can_be_taken_away_as_a_workbook(admin: FlaskClient) -> None:
    place = upload(admin, BAD).headers["Location"]
    answer = admin.get(place.replace("?", "/faults?"))
    assert "filename*=UTF-8''%E5%90%8D%E5%BD%95-" in answer.headers["Content-Disposition"]
    from openpyxl import load_workbook

    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0] == ("行号", "栏目", "填写的内容", "问题", "处理办法")
    assert (2, "单位代码", "hx wjj") in [row[:3] for row in rows]
    assert (3, "单位类型", "医院") in [row[:3] for row in rows]
    assert all(row[4] for row in rows)


def test_warnings_do_not_stop_the_import(world: World, admin: FlaskClient) -> None:
    row = ("hx-wjj", "和溪县卫生健康局", "政府部门", "hx", "113307277757380861", "")
    place = upload(admin, [row]).headers["Location"]
    page = text_of(admin.get(place))
    assert ("请留意（不影响导入）" in page, "校验码（第18位）不符" in page) == (True, True)
    send(admin, place, {"name": "x.xlsx"})
    assert units(world) == 9


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "空文件"),
        (b"%PDF-1.7 x", "a.pdf", "不是表格"),
        (b"PK\x03\x04broken", "a.xlsx", "a.xlsx"),
        ("甲,乙\n1,2\n".encode("gb18030"), "a.csv", "没有找到表头"),
    ],
)
def test_what_is_no_list_is_refused_at_the_door_or_on_the_page(
    world: World, admin: FlaskClient, data: bytes, name: str, words: str
) -> None:
    form = {"file": (BytesIO(data), name)}
    answer = send(admin, START, form, content_type="multipart/form-data", follow_redirects=True)
    assert words in text_of(answer)
    assert units(world) == 8


def test_a_form_without_a_file_says_so(admin: FlaskClient) -> None:
    answer = send(admin, START, {}, content_type="multipart/form-data")
    assert (answer.status_code, "未选择文件" in text_of(answer)) == (400, True)


@pytest.mark.parametrize("digest", ["x", "0" * 64, "%2e%2e", "G" * 64])
def test_a_file_that_was_never_brought_is_not_found(admin: FlaskClient, digest: str) -> None:
    assert admin.get(f"{START}{digest}").status_code == 404
    assert admin.get(f"{START}{digest}/faults").status_code == 404


def test_the_template_is_read_back_by_the_import(admin: FlaskClient) -> None:
    answer = admin.get(f"{START}template")
    table = read_table(answer.data, "模板.xlsx", columns=COLUMNS)
    assert (list(table.rows), table.faults) == ([], [])
    assert list(table.titles) == [column.key for column in COLUMNS]
