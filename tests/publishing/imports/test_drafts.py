"""Drafts brought from a list: they enter the chain with their importer as author."""

import json
from pathlib import Path

from click.testing import Result
from openpyxl import load_workbook
from sqlalchemy import select

from gongkai.publishing.models import Item
from tests.factories.world import World
from tests.publishing.imports.lists import gongkai, text_list, workbook

HEADER = ("栏目", "标题", "成文日期", "发文机关", "内容概述", "正文", "外部编号", "责任科室", "附件")
GOOD = (
    "法定主动公开内容/公示公告", "关于养老机构名单的公告", "2026年3月16日", "和溪县民政局", "公布养老机构名单。",
    "现将养老机构名单公告如下。", "B1", "养老服务科", "名单.xlsx；说明.docx",
)  # fmt: skip


def bring(world: World, folder: Path, data: bytes, *more: str, by: str = "hx-mzj-contributor") -> Result:
    """`gongkai items import` of a list of drafts."""
    file = folder / "drafts.csv"
    file.write_bytes(data)
    return gongkai(world.services, "items", "import", str(file), "--by", by, "--json", *more)


def drafts_of(world: World, unit: str = "hx-mzj") -> list[Item]:
    """All items of a unit, as its contributor sees them."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, f"{unit}-contributor")
        return list(uow.session.scalars(select(Item).where(Item.tenant_id == world.units[unit]).order_by(Item.id)))


def test_rows_become_drafts_of_their_importer(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    answer = bring(world, tmp_path, text_list([GOOD], HEADER, "gbk"), "--report", str(report))
    assert (answer.exit_code, json.loads(answer.stdout)["created"]) == (0, 1), answer.output
    (item,) = drafts_of(world)
    assert (item.state, item.entry_route, item.author_ids) == ("draft", "chain", [world.people["hx-mzj-contributor"]])
    assert (item.issuing_agency, item.body_html) == ("和溪县民政局", "<p>现将养老机构名单公告如下。</p>")
    assert item.published_at is None
    hints = [line[3].value for line in load_workbook(report)["提示"].iter_rows(min_row=2)]
    assert hints == ["附件未随表导入：名单.xlsx、说明.docx"]


def test_what_the_checks_find_stands_in_the_report(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    row = (*GOOD[:4], "", GOOD[5], *GOOD[6:8], "")
    assert bring(world, tmp_path, text_list([row], HEADER), "--report", str(report)).exit_code == 0
    hints = [line[3].value for line in load_workbook(report)["提示"].iter_rows(min_row=2)]
    assert len(hints) == 1
    assert "内容概述" in str(hints[0])


def test_a_second_run_leaves_the_drafts_alone(world: World, tmp_path: Path) -> None:
    data = text_list([GOOD], HEADER)
    bring(world, tmp_path, data)
    again = bring(world, tmp_path, data)
    assert {key: json.loads(again.stdout)[key] for key in ("created", "unchanged")} == {"created": 0, "unchanged": 1}
    changed = text_list([(GOOD[0], "另一个标题", *GOOD[2:])], HEADER)
    refused = bring(world, tmp_path, changed)
    assert refused.exit_code == 1
    assert "已存在（草稿），内容不同：标题" in refused.stdout
    assert [item.title for item in drafts_of(world)] == ["关于养老机构名单的公告"]


def test_drafts_go_into_the_own_unit_only(world: World, tmp_path: Path) -> None:
    data = text_list([("qs-mzj", *GOOD)], ("单位", *HEADER))
    answer = bring(world, tmp_path, data)
    assert answer.exit_code == 1
    assert "不在本次导入的单位范围内" in answer.stdout
    assert drafts_of(world, "qs-mzj") == []
    elsewhere = bring(world, tmp_path, text_list([GOOD], HEADER), "--tenant", "qs-mzj")
    assert elsewhere.exit_code == 1
    assert "没有为该单位导入草稿的权限" in elsewhere.stderr


def test_a_person_without_the_post_imports_nothing(world: World, tmp_path: Path) -> None:
    answer = bring(world, tmp_path, text_list([GOOD], HEADER), by="hx-mzj-approver")
    assert answer.exit_code == 1
    assert drafts_of(world) == []


def test_a_dry_run_of_drafts_writes_nothing(world: World, tmp_path: Path) -> None:
    answer = bring(world, tmp_path, workbook([GOOD], HEADER), "--dry-run")
    assert json.loads(answer.stdout)["created"] == 1
    assert drafts_of(world) == []


def test_bad_input_is_one_sentence_on_stderr(world: World, tmp_path: Path) -> None:
    for arguments, words in (
        ((str(tmp_path / "missing.csv"), "--by", "hx-mzj-contributor"), "无法读取文件"),
        ((str(tmp_path / "missing.csv"),), "没有指明撰稿的信息员"),
        ((str(tmp_path / "x"), "--migrate", "--allowed-by", "a", "--cutoff", "昨天"), "不是有效日期"),
    ):
        (tmp_path / "x").write_bytes(b"\x89PNG\r\n\x1a\n")
        answer = gongkai(world.services, "items", "import", *arguments)
        assert answer.exit_code == 1
        assert words in answer.stderr
        assert answer.stdout == ""
    picture = gongkai(world.services, "items", "import", str(tmp_path / "x"), "--by", "hx-mzj-contributor")
    assert picture.exit_code == 1
    assert "不是表格" in picture.stderr


def test_only_who_can_go_on_with_drafts_imports_them(world: World, tmp_path: Path) -> None:
    answer = bring(world, tmp_path, text_list([GOOD], HEADER), by="hx-mzj-unit_admin")
    assert (answer.exit_code, "没有为该单位导入草稿的权限" in answer.stderr) == (1, True)
    assert drafts_of(world) == []


def test_a_number_in_a_list_of_drafts_is_said_not_to_be_taken(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    rows = [(*GOOD[:8], "", "530101-2026-00001"), ("gsgg", "没有索引号的公告", *GOOD[2:6], "B2", GOOD[7], "", "")]
    data = text_list(rows, (*HEADER, "索引号"))
    for dry in (("--dry-run",), ()):
        answer = bring(world, tmp_path, data, "--report", str(report), *dry)
        assert json.loads(answer.stdout)["created"] == 2
        assert json.loads(answer.stdout)["notes"] == ["有1处提示，逐行列在结果清单的“提示”页中。"]
        told = [[cell.value for cell in line] for line in load_workbook(report)["提示"].iter_rows(min_row=2)]
        words = "草稿的索引号在发布时由系统生成，本列未采用；已公开信息请用迁移导入"
        assert told == [[2, "和溪县民政局", "关于养老机构名单的公告", words]]
    assert [item.index_number for item in drafts_of(world)] == [None, None]


def test_a_subclass_named_alone_is_stored_as_the_list_writes_it(world: World, tmp_path: Path) -> None:
    data = text_list([(*GOOD, "养老"), ("gsgg", "乙", *GOOD[2:6], "B2", *GOOD[7:], "财政")], (*HEADER, "主题分类"))
    assert bring(world, tmp_path, data).exit_code == 0
    assert [item.subject_class for item in drafts_of(world)] == ["养老", "财政、金融、审计/财政"]
    assert json.loads(bring(world, tmp_path, data).stdout)["unchanged"] == 2
