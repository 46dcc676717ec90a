"""The prefecture's list of bodies: dry run, every fault told, all or nothing."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from gongkai.catalog.models import ContentColumn
from gongkai.core.ports import Services
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.tenancy.cli import tenants
from gongkai.tenancy.models import Tenant, TenantPeriod
from gongkai.tenancy.services import abolish_tenant
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai

HEADER = ("单位代码（必填）", "单位全称", "单位简称", "单位类型", "上级单位代码", "统一社会信用代码", "成立日期")
GOOD = (
    ("cj", "澄江市财政局", "财政局", "政府部门", "cjs", "11330727775738086F", "2019-03-01"),
    ("cjs", "澄江市人民政府", "澄江市", "市（州）人民政府", "", "", "2010-01-01"),
    ("dh-zls", "东湖县自来水公司", "自来水公司", "公共企事业单位", "dh", "", "2015年5月1日"),
    ("dh", "东湖县人民政府", "东湖县", "县（市、区）人民政府", "cjs", "", "2010/1/1"),
    ("dh-xz", "东湖县新镇人民政府", "新镇", "乡镇", "dh", "", ""),
)


def run(services: Services, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(tenants, list(arguments), obj=services)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def sheet(folder: Path, *rows: tuple[str, ...]) -> str:
    file = folder / "units.xlsx"
    file.write_bytes(write_xlsx([Sheet("单位", HEADER, rows)]))
    return str(file)


def test_a_list_in_any_order_becomes_a_tree_with_periods_and_columns(services: Services, tmp_path: Path) -> None:
    code, output = run(services, "import", sheet(tmp_path, *GOOD))
    assert (code, "已新增5家单位" in output) == (0, True), output
    work_off(services)
    with services.database.unit_of_work() as uow:
        levels = {row.code: row.level for row in uow.session.execute(select(Tenant.code, Tenant.level))}
        assert levels == {
            "cjs": "prefecture",
            "cj": "prefecture",
            "dh": "county",
            "dh-zls": "county",
            "dh-xz": "township",
        }
        assert uow.session.scalar(select(func.count()).select_from(TenantPeriod)) == 5
        without = select(Tenant.code).where(
            ~select(ContentColumn.id).where(ContentColumn.tenant_id == Tenant.id).exists()
        )
        assert uow.session.scalars(without).all() == []
    code, output = run(services, "list", "--json")
    assert [unit["code"] for unit in json.loads(output)][-1] == "dh-xz"


def test_a_dry_run_writes_nothing(services: Services, tmp_path: Path) -> None:
    code, output = run(services, "import", sheet(tmp_path, *GOOD), "--dry-run")
    assert (code, "可以新增5家单位" in output) == (0, True)
    with services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Tenant)) == 0


def test_a_second_import_changes_nothing(services: Services, tmp_path: Path) -> None:
    run(services, "import", sheet(tmp_path, *GOOD))
    code, output = run(services, "import", sheet(tmp_path, *GOOD))
    assert (code, "已新增0家单位，5家已存在" in output) == (0, True)


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        (("CJ 1", "甲局", "", "政府部门", "cjs", "", ""), "单位代码", "只能用"),
        (("a", "甲局", "", "局", "cjs", "", ""), "单位类型", "没有这种单位类型"),
        (("a", "甲局", "", "政府部门", "nowhere", "", ""), "上级单位代码", "没有代码为"),
        (("a", "甲局", "", "政府部门", "", "", ""), "上级单位代码", "没有填写"),
        (("a", "甲局", "", "政府部门", "a", "", ""), "上级单位代码", "互为上级"),
        (("cj", "乙局", "", "政府部门", "cjs", "", ""), "单位代码", "与第2行重复"),
        (("a", "澄江市财政局", "", "政府部门", "cjs", "", ""), "单位全称", "相同"),
        (("a", "甲局", "", "政府部门", "cjs", "123", ""), "统一社会信用代码", "18位"),
        (("a", "甲局", "", "政府部门", "cjs", "", "2023-02-30"), "成立日期", ""),
        (("a", "甲局", "", "政府部门", "cjs", "", "2099-01-01"), "成立日期", "晚于今天"),
        (("b", "又一市人民政府", "", "市（州）人民政府", "", "", ""), "上级单位代码", "只能有一个"),
        (("", "甲局", "", "政府部门", "cjs", "", ""), "单位代码", ""),
    ],
)
def test_each_fault_names_row_column_problem_and_remedy_and_stops_all(
    services: Services, tmp_path: Path, row: tuple[str, ...], column: str, problem: str
) -> None:
    code, output = run(services, "import", sheet(tmp_path, *GOOD, row), "--json")
    faults = json.loads(output)["faults"]
    assert code == 1
    assert [(f["row"], f["column"]) for f in faults if problem in f["problem"] and f["remedy"]] == [(7, column)], faults
    with services.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Tenant)) == 0


def test_a_wrong_check_digit_warns_and_does_not_stop(services: Services, tmp_path: Path) -> None:
    row = ("a", "甲局", "", "政府部门", "cjs", "113307277757380861", "")
    code, output = run(services, "import", sheet(tmp_path, *GOOD, row), "--json")
    result = json.loads(output)
    wrong = [warning["row"] for warning in result["warnings"] if "校验码" in warning["problem"]]
    assert (code, len(result["created"]), wrong) == (0, 6, [7])


def test_units_without_codes_or_with_one_code_are_warned_of_before_they_cannot_publish(
    services: Services, tmp_path: Path
) -> None:
    row = ("a", "甲局", "", "政府部门", "cjs", "11330727775738086F", "")
    code, output = run(services, "import", sheet(tmp_path, *GOOD, row), "--json")
    told = {warning["row"]: warning["problem"] for warning in json.loads(output)["warnings"]}
    assert (code, sorted(told)) == (0, [3, 4, 5, 6, 7])
    assert ("没有填写" in told[3], "与“澄江市财政局”的代码相同" in told[7]) == (True, True)


def test_a_gbk_csv_is_read_as_well(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "名录.csv"
    lines = [",".join(HEADER), *(",".join(row) for row in GOOD)]
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    code, output = run(services, "import", str(file))
    assert (code, "已新增5家单位" in output) == (0, True), output


def test_an_abolished_unit_is_no_parent_and_lends_its_code_to_nobody(services: Services, tmp_path: Path) -> None:
    run(services, "import", sheet(tmp_path, *GOOD))
    with services.database.system_scope("test") as uow:
        ids = {row.code: row.id for row in uow.session.execute(select(Tenant.code, Tenant.id))}
        day = date(2026, 3, 1)
        abolish_tenant(uow, tenant_id=ids["cj"], successor_id=ids["cjs"], effective_date=day, basis="机构改革")
    below = ("a", "甲局", "", "政府部门", "cj", "", "")
    again = ("cj", "澄江市财政局", "", "政府部门", "cjs", "", "")
    told: dict[str, str] = {}
    for row in (below, again):
        _, output = run(services, "import", sheet(tmp_path, row), "--json")
        told |= {fault["column"]: fault["problem"] for fault in json.loads(output)["faults"]}
    assert told == {
        "上级单位代码": "上级单位“澄江市财政局”已撤销",
        "单位代码": "代码“cj”属于已撤销的“澄江市财政局”",
    }


def test_a_changed_name_is_told_to_go_the_way_of_a_renaming(services: Services, tmp_path: Path) -> None:
    run(services, "import", sheet(tmp_path, *GOOD))
    changed = ("cj", "澄江市财政和国资局", "", "政府部门", "cjs", "", "")
    code, output = run(services, "import", sheet(tmp_path, changed))
    assert code == 1
    assert "办理更名" in output


def test_units_are_listed_in_the_order_of_the_tree(world: World) -> None:
    code, output = run(world.services, "list")
    assert code == 0
    listed = [line.split("\t")[0] for line in output.splitlines()]
    assert listed == ["yl", "yl-czj", "hx", "hx-mzj", "hx-qsz", "hx-gs", "qs", "qs-mzj"]
    code, output = run(world.services, "list", "--under", "hx", "--json")
    assert [unit["code"] for unit in json.loads(output)] == ["hx", "hx-mzj", "hx-qsz", "hx-gs"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenants", "list", "--under", "nowhere"),
        ("items", "list", "--tenant", "nowhere"),
        ("counts", "show", "--tenant", "nowhere", "--period", "2026-03"),
        ("circulars", "show", "--tenant", "nowhere", "--period", "2026-03"),
    ],
)
def test_an_unknown_code_is_said_and_fails(services: Services, arguments: tuple[str, ...]) -> None:
    answer = gongkai(services, *arguments)
    assert (answer.exit_code, answer.stdout, "没有代码为“nowhere”的单位。" in answer.stderr) == (1, "", True)


@pytest.mark.parametrize("command", [("items", "list"), ("counts", "show"), ("circulars", "show")])
@pytest.mark.parametrize("period", ["2026-13", "三月", "2026-"])
def test_a_bad_month_is_said_and_fails(world: World, command: tuple[str, str], period: str) -> None:
    answer = gongkai(world.services, *command, "--tenant", "hx", "--period", period)
    assert (answer.exit_code, answer.stdout, "2026-03" in answer.stderr or "2023-03" in answer.stderr) == (1, "", True)


def test_units_numbered_by_one_area_code_are_named_before_they_are_entered(services: Services, tmp_path: Path) -> None:
    text = (
        "单位代码,单位全称,单位类型,上级单位代码,行政区划代码\n"
        "cjs,澄江市人民政府,市（州）人民政府,,530900\n"
        "a,澄江市水务局,部门,cjs,530900\n"
        "b,澄江市林草局,部门,cjs,530900\n"
        "c,澄江市体育局,部门,cjs,53090001\n"
    )
    file = tmp_path / "units.csv"
    file.write_text(text, encoding="utf8")
    code, output = run(services, "import", "--dry-run", "--json", str(file))
    told = [(fault["row"], fault["problem"]) for fault in json.loads(output)["warnings"]]
    assert code == 0
    assert [row for row, _ in told] == [2, 3, 4]
    assert "行政区划代码又与“澄江市人民政府、澄江市林草局”相同" in told[1][1]
    assert run(services, "import", str(file))[0] == 0
    file.write_text(text + "d,澄江市气象局,部门,cjs,530900\n", encoding="utf8")
    told = json.loads(run(services, "import", "--dry-run", "--json", str(file))[1])["warnings"]
    assert ["澄江市人民政府、澄江市水务局、澄江市林草局" in fault["problem"] for fault in told] == [True]
