"""Statistics of attributes: a unit's year by month, section and reason, an office's by unit, and their workbooks."""

import re
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from gongkai.publishing.chain import decide
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.intake.attributes import Tally
from gongkai.publishing.models import MODES
from tests.conftest import START, AdjustableClock
from tests.factories.items import draft, published, reviewed
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.intake.office import system

REASON = "内部事务信息（条例第十六条）"
CLERK = "hx-mzj-contributor"


@pytest.fixture
def year(app: Flask, world: World, clock: AdjustableClock) -> World:
    """Documents of 2026 of two bureaus and one of 2025."""
    clock.now = datetime(2026, 1, 20, 2, tzinfo=UTC)
    public = published(world, title="关于甲的通知", responsible_unit="救灾科", formed_date=date(2026, 1, 15))
    published(world, title="关于旧事的通知", formed_date=date(2025, 12, 31))
    clock.now = START
    published(world, title="关于乙的通知", formed_date=date(2026, 3, 16))
    kept: dict[str, Any] = {"disclosure_mode": "withheld", "withheld_reason": REASON, "formed_date": date(2026, 3, 2)}
    items = [reviewed(world, title="关于丙的请示", responsible_unit="救灾科", **kept)]
    items.append(reviewed(world, "qs-mzj", title="关于丁的请示", **kept))
    for item_id, unit in zip(items, ("hx-mzj", "qs-mzj"), strict=True):
        with world.services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
    with world.services.database.transaction() as uow:
        start_revision(uow, actor=world.actor(uow, CLERK), item_id=public, change_kind="content", reason="更新联系方式")
    draft(world, title="关于戊的函", disclosure_mode="on_request", withheld_reason="", formed_date=date(2026, 3, 20))
    system(app, world).sent()
    return world


def rows(page: str, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their heads."""
    table = page[page.index(f">{caption}</caption>") :]
    table = table[: table.index("</table>")]
    found = {}
    for row in re.findall(r"(?s)<tr>(.*?)</tr>", table)[1:]:
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", row)]
        found[cells[0]] = cells[1:]
    return found


def test_a_unit_sees_its_year_by_month_section_and_reason(year: World, sign_in: SignIn) -> None:
    clerk = sign_in(CLERK)
    page = clerk.get("/work/attributes/")
    assert "2026年形成信息5条：主动公开3条（60.0%），依申请公开1条（20.0%），不予公开1条（20.0%）。" in clerk.words
    months = rows(page, "2026年各月")
    assert months["1月"] == ["1", "1", "0", "0", "100.0%", "0", "0"]
    assert months["2月"] == ["0", "0", "0", "0", "—", "0", "0"]
    assert months["3月"] == ["4", "2", "1", "1", "50.0%", "2", "1"]
    assert months["合计"] == ["5", "3", "1", "1", "60.0%", "2", "1"]
    sections = rows(page, "各责任科室")
    assert sections["救灾科"] == ["3", "2", "0", "1", "66.7%", "1", "1"]
    assert sections["办公室"] == ["2", "1", "1", "0", "50.0%", "1", "0"]
    assert rows(page, "已办结的不主动公开信息的理由") == {REASON: ["不予公开", "1"]}
    clerk.get("/work/attributes/?year=2025")
    assert "2025年形成信息1条：主动公开1条（100.0%）" in clerk.words
    clerk.get("/work/attributes/?year=1800")
    assert "2026年形成信息5条" in clerk.words


def test_an_office_sees_the_numbers_of_its_units_and_no_others(year: World, sign_in: SignIn) -> None:
    county = sign_in("hx-supervisor")
    page = county.get("/office/attributes/")
    assert "2026年形成信息5条" in county.words
    assert list(rows(page, "各单位")) == ["和溪县民政局"]
    assert "关于丙的请示" not in page
    prefecture = sign_in("yl-supervisor")
    page = prefecture.get("/office/attributes/")
    assert "2026年形成信息6条：主动公开3条（50.0%）" in prefecture.words
    assert rows(page, "各单位")["青石县民政局"] == ["1", "0", "0", "1", "0.0%", "0", "0"]
    assert rows(page, "已办结的不主动公开信息的理由") == {REASON: ["不予公开", "2"]}
    sign_in(CLERK).get("/office/attributes/", 403)


def test_the_workbooks_hold_the_tables_and_a_units_lists(year: World, sign_in: SignIn) -> None:
    answer = sign_in(CLERK).client.get("/work/attributes.xlsx?year=2026")
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.data))
    names = ["2026年分月", "分责任科室", "不主动公开的理由", "公开属性明细", "不主动公开明细"]
    assert book.sheetnames == names
    assert [cell.value for cell in book["2026年分月"][14]] == ["合计", 5, 3, 1, 1, "60.0%", 2, 1]
    listed = [[cell.value for cell in row] for row in book["公开属性明细"].iter_rows(min_row=2)]
    assert [row[1] for row in listed] == [
        "关于甲的通知", "关于丙的请示", "关于乙的通知", "关于做好2026年春季森林草原防火工作的通知", "关于戊的函",
    ]  # fmt: skip
    assert listed[3][0] == "和民发〔2026〕13号"
    kept = [[cell.value for cell in row] for row in book["不主动公开明细"].iter_rows(min_row=2)]
    assert [(row[1], row[4], row[5]) for row in kept] == [
        ("关于丙的请示", "不予公开", REASON),
        ("关于戊的函", "依申请公开", None),
    ]
    book = load_workbook(BytesIO(sign_in("yl-supervisor").client.get("/office/attributes.xlsx").data))
    assert book.sheetnames == ["2026年分月", "分单位", "不主动公开的理由"]
    assert "关于丙的请示" not in str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])


def test_a_year_without_documents_says_so(world: World, sign_in: SignIn) -> None:
    clerk = sign_in(CLERK)
    clerk.get("/work/attributes/?year=2024")
    assert "2024年没有成文日期在本年的信息。" in clerk.words


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_shares_are_rounded_and_add_up(counts: list[int]) -> None:
    tally = Tally(dict(zip(MODES, counts, strict=True)), 0, 0)
    assert tally.total == sum(counts)
    if not tally.total:
        assert tally.share("proactive") == "—"
        return
    shares = {mode: float(tally.share(mode).removesuffix("%")) for mode in MODES}
    for mode, count in tally.modes.items():
        assert abs(shares[mode] - 100 * count / tally.total) <= 0.05 + 1e-9
    assert abs(sum(shares.values()) - 100) <= 0.1501
