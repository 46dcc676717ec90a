"""Words in attachments are found, and the result says in which file and where; what was taken down is not."""

import re
import struct

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from gongkai.accounts.permissions import Role
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import SearchHit, SearchQuery, SearchResult
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down
from gongkai.publishing.terms.tasks import read_backlog
from gongkai.search.attachments import LONGEST_PASSAGE, MOST_CHARACTERS, OVERLAP, passages_of
from gongkai.search.models import SearchPassage
from tests.core.extraction.old_samples import excel97, number, record, string, word97
from tests.core.extraction.page_samples import drawn, ofd, paragraph, slides
from tests.core.extraction.samples import pdf, word, workbook
from tests.factories.items import draft, published, work_off
from tests.factories.world import World, add_person
from tests.portal.pages import with_files
from tests.publishing.emergencies import removed
from tests.publishing.pages import Person
from tests.publishing.terms.test_submission import attach
from tests.publishing.terms.test_sweep import approve

pytestmark = pytest.mark.usefixtures("backend")

PAGES = ("第一页写着封面的话。", "青山水库除险加固工程补助资金三百万元。")


def search(world: World, typed: str, **more: object) -> SearchResult:
    with world.services.database.unit_of_work() as uow:
        return world.services.search.search(uow, SearchQuery(typed, **more))  # type: ignore[arg-type]


def only(world: World, typed: str, **more: object) -> SearchHit:
    [hit] = search(world, typed, **more).hits
    return hit


def test_a_word_in_an_attachment_is_found_with_file_page_and_sheet(world: World, client: FlaskClient) -> None:
    sheets = workbook(
        {"收入": [["税收", 5]], "支出": [["骆驼养殖", 7]], "内部": [["不公开的底数", 9]]}, hidden=["内部"]
    )
    item_id = with_files(world, [("明细.pdf", pdf(*PAGES)), ("总表.xlsx", sheets)], title="2026年水利资金安排")
    published(world, "qs-mzj")
    hit = only(world, "水库除险加固")
    assert (hit.item_id, hit.file, hit.file_place) == (item_id, "明细.pdf", "第2页")
    assert [hit.snippet[start:end] for start, end in hit.snippet_marks] == ["水库除险加固"]
    assert only(world, "骆驼养殖").file_place == "工作表“支出”"
    assert only(world, "骆驼养殖", order="date").file == "总表.xlsx"
    assert only(world, "水利资金 骆驼养殖").file == "总表.xlsx"
    assert only(world, "水利资金安排").file == ""
    assert search(world, "不公开的底数").total == 0
    page = client.get("/search?q=水库除险加固").get_data(as_text=True)
    assert "见附件“明细.pdf”（第2页）" in page


def test_a_word_in_slides_ofd_and_old_formats_is_found_with_its_page_or_sheet(world: World) -> None:
    cell = record(0x204, struct.pack("<HHH", 1, 0, 0) + string("驯鹿放牧"))
    files = [
        (
            "汇报.pptx",
            slides([paragraph("封面"), paragraph("骆驼养殖情况")], hidden=[1], notes={2: paragraph("牦牛讲稿")}),
        ),
        ("文件.ofd", ofd(drawn("第一页", 5), drawn("水库除险", 5) + drawn("加固", 5))),
        ("旧表.xls", excel97({"底数": number(0, 0, 1.0) + cell})),
        ("旧件.wps", word97("关于梅花鹿的说明\r")),
    ]
    item_id = with_files(world, files, title="2026年工作资料")
    found = {word: only(world, word) for word in ("骆驼养殖", "牦牛讲稿", "水库除险加固", "驯鹿放牧", "梅花鹿")}
    assert {hit.item_id for hit in found.values()} == {item_id}
    assert {word: (hit.file, hit.file_place) for word, hit in found.items()} == {
        "骆驼养殖": ("汇报.pptx", "第2页"),
        "牦牛讲稿": ("汇报.pptx", "第2页备注"),
        "水库除险加固": ("文件.ofd", "第2页"),
        "驯鹿放牧": ("旧表.xls", "工作表“底数”"),
        "梅花鹿": ("旧件.wps", ""),
    }


def test_the_title_weighs_more_than_an_attachment(world: World) -> None:
    inside = with_files(world, [("方案.docx", word("附带说到骆驼养殖。"))], title="产业发展方案")
    named = published(world, "qs-mzj", title="骆驼养殖补贴办法")
    assert [hit.item_id for hit in search(world, "骆驼养殖").hits] == [named, inside]


def test_a_text_that_is_read_later_is_found_then(world: World) -> None:
    item_id = draft(world)
    attach(world, item_id, "旧件.docx", word("青山水库除险加固。"))
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(delete(OutboxEvent))
        uow.session.get_one(Item, item_id).check_overrides = {"attachment_waiting": "是"}
    approve(world, item_id)
    work_off(world.services)
    assert search(world, "水库除险加固").total == 0
    read_backlog(world.services)
    work_off(world.services)
    assert only(world, "水库除险加固").file == "旧件.docx"


def test_a_file_that_was_taken_down_is_neither_searched_nor_named(
    world: World, app: Flask, client: FlaskClient
) -> None:
    files = [("名单.docx", word("青山水库移民名册。")), ("说明.docx", word("本说明讲骆驼养殖。"))]
    item_id = with_files(world, files, title="关于公示救助名单的公告")
    assert "名单.docx" in client.get("/search?q=水库移民名册").get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-duty_officer", "hx", Role.DUTY_OFFICER)
    removed(Person(app, world, "hx-duty_officer"), f"http://localhost/items/{item_id}/files/1/%E5%90%8D%E5%8D%95.docx")
    for _ in ("before the jobs", "after them"):
        page = client.get("/search?q=水库移民名册").get_data(as_text=True)
        assert f'"/items/{item_id}"' not in page
        assert "名单.docx" not in re.sub("</?mark>", "", page)
        work_off(world.services)
    page = client.get("/search?q=骆驼养殖").get_data(as_text=True)
    assert "见附件“说明.docx”" in page
    assert passages(world) == ["说明.docx"]


def test_what_is_taken_down_leaves_no_passages(world: World) -> None:
    item_id = with_files(world, [("明细.pdf", pdf(*PAGES))])
    assert passages(world) == ["明细.pdf", "明细.pdf"]
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=actor.tenant_id, item_id=item_id, reason="内容有误")
    work_off(world.services)
    assert passages(world) == []


def passages(world: World) -> list[str]:
    """Files of all passages."""
    with world.services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(SearchPassage.file).order_by(SearchPassage.number)))


def test_long_texts_are_cut_with_an_overlap_and_end_somewhere() -> None:
    written = "".join(chr(0x4E00 + number % 5000) for number in range(MOST_CHARACTERS + 500))
    found = passages_of([("长.txt", [{"file": "内.txt", "place": "", "text": written}])])
    assert all(len(passage["text"]) <= LONGEST_PASSAGE for passage in found)
    rebuilt = found[0]["text"] + "".join(passage["text"][OVERLAP:] for passage in found[1:])
    assert rebuilt == written[:MOST_CHARACTERS]
    assert {passage["place"] for passage in found} == {"其中的“内.txt”"}
    assert passages_of([("短.txt", [{"file": "", "place": "第1页", "text": "短"}])])[0]["text"] == "短"
    assert passages_of([("批注.xlsx", [{"file": "", "place": "批注", "text": "内部意见"}])]) == []
