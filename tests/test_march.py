"""The real March case, through the front door: what a real circular states, the product must state.

Units, items and facts come in as an office brings them (spreadsheets, commands, pages); the expected figures are
read from `tests/data/circular-march.json`.
"""

import csv
import io
import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.accounts.passwords import hash_password, make_hasher
from gongkai.accounts.permissions import Role
from gongkai.accounts.services import add_membership, create_user
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.ports import Services
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.run.cli import main
from gongkai.run.demo.march import CITY_CODE, MarchUnit, march_facts, march_items, march_units
from gongkai.supervision.catalogue import RULES
from gongkai.supervision.evaluation.base import Moment
from gongkai.supervision.evaluation.engine import evaluate
from gongkai.supervision.evaluation.families import FAMILIES
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.tenancy.kinds import PROFILES, TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant
from tests.conftest import AdjustableClock
from tests.factories.items import work_off

DATA = Path(__file__).parent / "data"
CASE: dict[str, Any] = json.loads((DATA / "circular-march.json").read_text("utf8"))
PASSWORD = "Shifan-Gongkai-2023"
FEBRUARY, CLAIMED, SEEN, APRIL = (
    datetime.fromisoformat(f"2023-{day}T10:00:00+08:00") for day in ("02-20", "03-16", "03-24", "04-03")
)


def run(services: Services, *arguments: str) -> str:
    """A command's standard output; it must succeed."""
    result = CliRunner().invoke(main, list(arguments), obj=services, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def spreadsheet(folder: Path, name: str, header: tuple[str, ...], rows: list[tuple[Value, ...]]) -> str:
    """An .xlsx file as an office makes it."""
    file = folder / name
    file.write_bytes(write_xlsx([Sheet("表", header, rows)]))
    return str(file)


def bring_units(services: Services, folder: Path) -> None:
    rows: list[tuple[Value, ...]] = [
        ("zf", "演示州人民政府", "演示州", "市（州）人民政府", "", "2010-01-01"),
        (CITY_CODE, "示范市人民政府", "示范市", "县（市、区）人民政府", "zf", "2010-01-01"),
    ]
    rows += [
        (
            unit.code,
            unit.official_name,
            unit.name,
            PROFILES[TenantType(unit.tenant_type)].label,
            CITY_CODE,
            "2010-01-01",
        )
        for unit in march_units()
    ]
    header = ("单位代码", "单位全称", "单位简称", "单位类型", "上级单位代码", "成立日期")
    run(services, "tenants", "import", spreadsheet(folder, "名录.xlsx", header, rows))
    work_off(services)


def bring_people(services: Services) -> None:
    with services.database.system_scope("test") as uow:
        hashed = hash_password(make_hasher("low"), PASSWORD)
        user = create_user(
            uow,
            username="sf-zwgk",
            name="督查员",
            mobile=None,
            email=None,
            password_hash=hashed,
            must_change_password=False,
        )
        city = get_tenant(uow, code=CITY_CODE)
        add_membership(uow, user_id=user.id, tenant_id=city.id, roles=[Role.SUPERVISOR], section="政务公开办")
        for unit in claimants():
            clerk = create_user(
                uow, username=f"{unit.code}-xxy", name="信息员", mobile=None, email=None, password_hash=hashed,
                must_change_password=False,
            )  # fmt: skip
            body = get_tenant(uow, code=unit.code)
            add_membership(uow, user_id=clerk.id, tenant_id=body.id, roles=[Role.CONTRIBUTOR], section="办公室")


def bring_items(services: Services, folder: Path) -> None:
    header = (
        "单位",
        "栏目",
        "标题",
        "索引号",
        "发布机构",
        "成文日期",
        "发布时间",
        "内容概述",
        "正文",
        "网址",
        "外部编号",
        "责任科室",
    )
    rows = [
        (
            item.unit_code, item.column_code, item.title, item.index_number, item.issuing_agency, item.formed_date,
            f"{item.published_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", item.summary, item.body_html, item.source_url,
            item.external_id, item.responsible_unit,
        )
        for item in march_items()
    ]  # fmt: skip
    file = spreadsheet(folder, "信息.xlsx", header, [tuple(row) for row in rows])
    arguments = ("--migrate", "--cutoff", "2023-03-31", "--responsible", "张主任", "--allowed-by", "sf-zwgk", "--json")
    result = json.loads(run(services, "items", "import", file, "--tenant", CITY_CODE, *arguments))
    assert (result["created"], result["refused"]) == (len(rows), 0)


def claimants() -> list[MarchUnit]:
    """The units that said they had put everything right."""
    names = {row["unit"] for row in CASE["false_rectification"]}
    return [unit for unit in march_units() if unit.name in names]


def bring_claims(app: Flask, services: Services, clock: AdjustableClock) -> None:
    """A problem of February in each of the units, their feedback of March, and what the office saw when it looked."""
    office = app.test_client()
    clock.now = FEBRUARY
    sign_in(office)
    entry = {
        "units": "、".join(unit.name for unit in claimants()), "rule": "SR-O1", "class": "PB-STALE",
        "text": "“工作动态”等栏目长期未更新", "source": "inspector", "url": "https://www.example.gov.cn/lm/1.html",
        "found": "2023-02-20", "due": "2023-03-17",
    }  # fmt: skip
    send(office, "/office/findings/new", **entry)
    with services.database.system_scope("test") as uow:
        query = select(Tenant.code, Finding.id).join_from(Finding, Tenant, Finding.tenant_id == Tenant.id)
        found = {row.code: row.id for row in uow.session.execute(query)}
    clock.now = CLAIMED
    for unit in claimants():
        clerk = app.test_client()
        sign_in(clerk, f"{unit.code}-xxy")
        feedback = {
            "measure": "通知所列问题已全部整改到位", "url": "https://www.example.gov.cn/lm/1.html",
            "fixed_on": "2023-03-16", "person": "李四", "leader": "王五",
        }  # fmt: skip
        send(clerk, "/work/findings/claim", finding=str(found[unit.code]), **feedback)
    clock.now = SEEN
    sign_in(office)
    manners = {row["unit"]: "elsewhere" if "only" in row["found"] else "no" for row in CASE["false_rectification"]}
    for unit in claimants():
        path = f"/office/findings/{found[unit.code]}/decide"
        send(office, path, decision=manners[unit.name], note="复查时栏目仍未更新")
    work_off(services)
    (looked,) = (family for family in FAMILIES if family.name == "rectification")
    with services.database.system_scope("test") as uow:
        # The case tells nothing of the columns and items by which the other rules would judge.
        book, moment = rule_book(uow, codes=RULES), Moment.now(uow)
        evaluate(uow, looked, subjects=subjects_of(uow), book=book, moment=moment)


def bring_commendations(client: FlaskClient, services: Services) -> None:
    """Who is commended stands in the register of proceedings."""
    good = CASE["commended"]
    names = {*good["townships"], *good["departments"]}
    with services.database.system_scope("test") as uow:
        units = [str(get_tenant(uow, code=unit.code).id) for unit in march_units() if unit.name in names]
    assert len(units) == len(names)
    fields: dict[str, Any] = {
        "kind": "commendation", "held_date": "2023-03-31", "subject": "公开及时、数量较多", "led_by": "市政府办公室",
        "document_number": "", "outcome": "", "persons": "", "units": units,
    }  # fmt: skip
    send(client, "/office/proceedings/new", **fields)


def send(client: FlaskClient, path: str, *, page: str = "/account/password", **fields: object) -> str:
    """Post a form with the token of a page; it must be taken. Returns where it leads."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).get_data(as_text=True))
    assert token
    answer = client.post(path, data={"csrf_token": token[1], **fields}, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)[:3000]
    return answer.headers["Location"]


def sign_in(client: FlaskClient, login: str = "sf-zwgk") -> None:
    """Sign somebody in: the office's person."""
    send(client, "/sign-in", page="/sign-in", username=login, password=PASSWORD)


def bring_reports(client: FlaskClient, folder: Path) -> None:
    """Make the list of the reports of 2022 on the office's own pages: the notice, then the bodies from a table."""
    notice = {"year": "2022", "title": "年度报告编制发布工作安排", "notice_date": "2022-12-20"}
    send(client, "/office/reports-due/notice", **notice)
    due, missing = CASE["annual_report_missing"]["due"], CASE["annual_report_missing"]["units"]
    address = "https://www.example.gov.cn/nb/2022.html"
    rows: list[tuple[Value, ...]] = [
        (unit.code, due, "" if unit.name in missing else "2023-02-20", "" if unit.name in missing else address)
        for unit in march_units()
    ]
    file = spreadsheet(folder, "年报.xlsx", ("单位", "应发布日期", "发布日期", "网址"), rows)
    send(client, "/office/reports-due/import", year="2022", file=(io.BytesIO(Path(file).read_bytes()), "年报.xlsx"))


def bring_tasks(client: FlaskClient) -> None:
    """Set the monthly tasks on the office's own page."""
    rows = "\n".join(f"{unit.code},{unit.task}" for unit in march_units())
    file = (io.BytesIO(("单位代码,月度任务\n" + rows).encode()), "任务.csv")
    send(client, "/office/rules/import", file=file, import_from="2023-01", import_reason="按年度工作要点")


def bring_training(client: FlaskClient) -> None:
    """Enter the training on the office's own pages: all departments invited, the list of who came, closed."""
    held, absent = CASE["training"], set(CASE["training"]["absent"])
    fields = {
        "topic": "政府信息公开业务培训", "held_date": held["held_on"], "organiser": "市政府办公室", "hours": "3",
        "times": str(held["sessions"]), "form": "place", "place": "市政务服务中心", "kinds": "bureau",
    }  # fmt: skip
    path = send(client, "/office/training/new", **fields)
    invited = [unit.name for unit in march_units() if unit.tenant_type == "bureau"]
    rows = [(name, "信息员") for name in invited if name not in absent]
    send(client, f"{path}/import", file=(io.BytesIO(write_xlsx([Sheet("签到", ("单位", "姓名"), rows)])), "签到.xlsx"))
    send(client, f"{path}/close")


@pytest.fixture
def city(app: Flask, services: Services, clock: AdjustableClock, tmp_path: Path) -> Services:
    """The March city, brought in as its office would."""
    clock.now = FEBRUARY
    bring_units(services, tmp_path)
    bring_people(services)
    bring_claims(app, services, clock)
    clock.now = APRIL
    bring_items(services, tmp_path)
    client = app.test_client()
    sign_in(client)
    bring_commendations(client, services)
    bring_reports(client, tmp_path)
    bring_tasks(client)
    bring_training(client)
    return services


def test_the_march_circular_states_what_the_real_one_states(city: Services, app: Flask) -> None:
    text = run(city, "circulars", "show", "--tenant", CITY_CODE, "--period", "2023-03", "--text")
    parts = CASE["key_area_parts"]
    for number in (CASE["total_published"], CASE["key_area_published"], *parts.values()):
        assert f"{number}条" in text, number
    assert re.search(r"供电公司[^。；]*连续2个月", text)
    for row in CASE["below_quota"]:
        name = row.get("unit_in_units_file", row["unit"])
        assert name in text, name
        if isinstance(row["published"], int):
            assert re.search(rf"{name}[^。；]*?{row['published']}条", text), row
    problems = text[text.index("存在的主要问题") :]
    for row in CASE["false_rectification"]:
        place = problems.index("仅处理通知所列栏目" if "only" in row["found"] else "经复查仍存在问题")
        assert row["unit"] in problems[place:].split("；")[0], row
    for name in CASE["training"]["absent"]:
        assert name in problems
    assert "3月23日组织的3场培训，应参训46家，未参加4家：" in problems
    assert CASE["training"]["departments_invited"] == 46
    for name in CASE["annual_report_missing"]["units"]:
        assert name in problems
    assert f"{len(CASE['annual_report_missing']['units'])}家" in problems
    for row in CASE["false_rectification"]:
        assert row["unit"] in problems
    commended = text[text.index("工作较好的单位") : text.index("存在的主要问题")]
    for name in (*CASE["commended"]["townships"], *CASE["commended"]["departments"]):
        assert name in commended
    assert "180" not in text, "the remainder is a hint beside the draft, never printed"
    verify_figures(city)


def verify_figures(city: Services) -> None:
    """The figures behind the text: every unit's own number, the hint about the remainder, the recount."""
    shown = json.loads(run(city, "circulars", "show", "--tenant", CITY_CODE, "--period", "2023-03", "--json"))
    assert "180" in json.dumps(shown["hints"], ensure_ascii=False)
    with (DATA / "march-units.csv").open(encoding="utf8") as source:
        expected = {row["unit"]: int(row["2023-03"]) for row in csv.DictReader(source)}
    counts = {}
    for unit in march_units():
        row = json.loads(run(city, "counts", "show", "--tenant", unit.code, "--period", "2023-03", "--json"))
        counts[unit.name] = row["counted"]
    assert counts == expected
    assert sum(counts.values()) == CASE["total_published"]
    run(city, "counts", "verify")
    run(city, "audit", "verify", "--tenant", "sf-gdgs")


def test_the_facts_of_the_case_file_are_those_that_the_demonstration_uses() -> None:
    by_kind: dict[str, set[str]] = {}
    for fact in march_facts():
        by_kind.setdefault(asdict(fact)["kind"], set()).add(fact.unit)
    assert by_kind == {
        "training_absent": set(CASE["training"]["absent"]),
        "report_missing": set(CASE["annual_report_missing"]["units"]),
        "false_rectification": {row["unit"] for row in CASE["false_rectification"]},
        "commended": {*CASE["commended"]["townships"], *CASE["commended"]["departments"]},
    }
