"""A page taken over from an old site shows the labels and values that it had, and both bodies' names.

The real page is seed `004…` beside the checkout; where it is not, the test on it is skipped and the page of our own
making with the same traits remains.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from gongkai.publishing.imports.tasks import import_file
from gongkai.tenancy.services import abolish_tenant
from tests.factories.items import work_off
from tests.factories.world import World

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"
OWN_PAGE = """\
>> 政务公开 | >> 信息公开目录 | >> 县政府部门 | >> 县民政局 | >> 政府信息公开工作专题 | >> 政府信息公开年度报告 |
索引号: | 11330727775738086F/2022-00017 | 公开形式: | 主动公开 |
文号: | 公开时限: | 长期公开 | |
发布机构: | 民政局 | 生成日期: | 2014-10-29 |
过去一年，本局按照《中华人民共和国政府信息公开条例》的要求开展政府信息公开工作，现将有关情况报告如下。
一、编制目录和指南，明确责任人员。
二、本年度没有收到公开申请，没有收取费用。
"""


@dataclass(frozen=True)
class OldPage:
    """What stands on a page of an old site: the labels and values of its table, in order, and its text."""

    labels: list[tuple[str, str]]
    text: str


def read_page(source: str) -> OldPage:
    """Read a saved page: cells stand between bars, a label ends with a colon, its value follows unless a label does."""
    labels, text = [], []
    for line in source.splitlines()[1:]:
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2 and cells[0].endswith((":", "：")):
            for cell, following in zip(cells, [*cells[1:], ""], strict=True):
                if cell.endswith((":", "：")):
                    labels.append((cell.rstrip(":："), "" if following.endswith((":", "：")) else following))
        else:
            text.append(line)
    return OldPage(labels, "\n".join(text).strip())


def migrate(world: World, page: OldPage, unit: str) -> None:
    """Bring the page in as a list whose headers are the page's own labels."""
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow(["栏目", "标题", "发布时间", "正文", *(label for label, _ in page.labels)])
    rows.writerow(["gkxx", "2008年度政府信息公开工作报告", "2014-10-29 10:00", page.text, *(v for _, v in page.labels)])
    result = import_file(
        world.services, kind="migration", data=sheet.getvalue().encode(), filename="旧网页.csv", unit_code=unit,
        by="hx-supervisor", dry_run=False, cutoff=date(2020, 12, 31), responsible="王主任",
    )  # fmt: skip
    assert (result.created, result.refused) == (1, 0), [fault.message for fault in result.faults]
    work_off(world.services)


def shown_pairs(page: str) -> list[tuple[str, str]]:
    """Labels and values of the metadata table of an item page."""
    cells = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    return [(label.strip(), re.sub(r"<[^>]+>", "", value).strip()) for label, value in cells]


def check_page(world: World, client: FlaskClient, page: OldPage) -> None:
    number = dict(page.labels)["索引号"]
    answer = client.get(f"/index/{number}", follow_redirects=True)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    shown = shown_pairs(html)
    expected = [(label, str(escape(value)) or "—") for label, value in page.labels]
    assert [(label, value) for label, value in shown if label in dict(expected)][: len(expected)] == expected
    for sentence in page.text.splitlines()[0].split("，")[:2]:
        assert sentence in html


def test_the_real_page_shows_the_labels_and_values_as_found(world: World, client: FlaskClient) -> None:
    found = sorted(SEEDS.glob("004*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip("the seeds are not beside this checkout")
    page = read_page(found[0].read_text("utf8"))
    assert [label for label, _ in page.labels] == ["索引号", "公开形式", "文号", "公开时限", "发布机构", "生成日期"]
    migrate(world, page, "hx-mzj")
    check_page(world, client, page)


def test_a_page_of_our_own_shows_its_labels_and_after_a_merger_both_names(world: World, client: FlaskClient) -> None:
    page = read_page(OWN_PAGE)
    migrate(world, page, "hx-mzj")
    check_page(world, client, page)
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units["hx-mzj"], successor_id=world.units["hx-qsz"], effective_date=date(2019, 3, 1),
            basis="机构改革方案",
        )  # fmt: skip
    successor = client.get("/units/hx-qsz/").get_data(as_text=True)
    assert "2008年度政府信息公开工作报告" in successor
    assert "和溪县民政局" in successor
    item = client.get(f"/index/{page.labels[0][1]}", follow_redirects=True).get_data(as_text=True)
    assert "清水镇" in item
    assert "2019年3月1日" in item
