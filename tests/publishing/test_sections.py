"""The sections of a unit, through the pages: figures, the list behind each, renaming and merging."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from gongkai.accounts.models import Membership
from gongkai.catalog.models import ContentColumn
from gongkai.core.models import AuditEvent
from gongkai.publishing.models import Item
from gongkai.publishing.sections.queries import section_names
from tests.factories.items import draft, published, reviewed, submitted
from tests.factories.world import World
from tests.publishing.pages import Person

SignIn = Callable[[str], Person]
ADMIN, WRITER = "hx-mzj-unit_admin", "hx-mzj-contributor"


def move(world: World, login: str, section: str) -> None:
    """Let a person work in a section."""
    with world.services.database.system_scope("test") as uow:
        for post in uow.session.scalars(select(Membership).where(Membership.user_id == world.people[login])):
            post.section = section


def column_of(world: World, section: str) -> None:
    """Make a section answer for the announcements."""
    with world.services.database.system_scope("test") as uow:
        column = uow.session.get_one(ContentColumn, world.column(uow, "hx-mzj", "gsgg"))
        column.responsible_section = section


def section_of(world: World, item_id: int) -> str:
    """The section of an item as stored."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id).responsible_unit


def row_of(page: str, name: str) -> list[str]:
    """The cells of a section's row, without mark-up."""
    found = re.search(rf'<th scope="row">{name}</th>.*?</tr>', page, re.DOTALL)
    assert found is not None, page
    return [re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r"<td.*?</td>", found[0], re.DOTALL)]


@pytest.fixture
def busy(world: World) -> World:
    """Two sections at work: 救助科 with one item in each state, 办公室 with a published one that does not count."""
    move(world, WRITER, "救助科")
    column_of(world, "救助科")
    published(world, title="关于救助标准的通知", responsible_unit="救助科")
    draft(world, title="关于临时救助的通知", responsible_unit="救助科")
    submitted(world, title="关于低保公示的通知", responsible_unit="救助科")
    reviewed(world, title="关于养老的通知", responsible_unit="救助科")
    published(world, title="转载省厅通知", responsible_unit="办公室", is_reprint=True)
    return world


def test_each_section_shows_its_people_and_figures_and_each_figure_leads_to_its_list(
    busy: World, sign_in: SignIn
) -> None:
    person = sign_in(WRITER)
    page = person.get("/work/sections/")
    assert row_of(page, "救助科") == ["hx-mzj-contributor", "1", "1", "1", "0", "0", "1", "1", "1"]
    assert row_of(page, "办公室")[2:4] == ["1", "0"]
    assert "各科室2026年3月均已发布信息" in page
    assert "改名、合并" not in page
    for address in re.findall(r'href="(/work/items/\?[^"]+)">1</a>', page):
        listed = person.get(address)
        assert len(re.findall(r'<th scope="row"><a href="/work/items/\d+"', listed)) == 1, address


def test_the_list_is_narrowed_to_a_section_and_to_what_has_none(busy: World, sign_in: SignIn) -> None:
    draft(busy, title="没有科室的通知", responsible_unit="")
    person = sign_in(WRITER)
    assert "转载省厅通知" not in person.get("/work/items/?section=救助科")
    assert "转载省厅通知" in person.get("/work/items/?section=办公室")
    page = person.get("/work/items/?section=（未注明）")
    assert "没有科室的通知" in page
    assert "救助标准" not in page
    assert "没有符合条件的信息" in person.get("/work/items/?section=不存在的科")


def test_a_section_without_publications_is_named_first(world: World, sign_in: SignIn) -> None:
    assert "2026年3月有1个科室尚未发布信息：办公室" in sign_in(WRITER).get("/work/sections/")


def test_renaming_moves_people_columns_and_open_items_and_leaves_what_is_public(busy: World, sign_in: SignIn) -> None:
    with busy.services.database.system_scope("test") as uow:
        ids = {row.title: row.id for row in uow.session.execute(select(Item.id, Item.title))}
    admin = sign_in(ADMIN)
    assert "1名人员、1个栏目" in admin.get("/work/sections/rename?old=救助科")
    page = admin.post("/work/sections/rename", {"old": "救助科", "section": "社会救助科"})
    assert "1人次岗位、1个栏目、3条未发布信息随之调整" in page
    assert section_of(busy, ids["关于救助标准的通知"]) == "救助科"
    for title in ("关于临时救助的通知", "关于低保公示的通知", "关于养老的通知"):
        assert section_of(busy, ids[title]) == "社会救助科"
    # What was published under the old name counts to the new one, and the old one is offered no more.
    assert row_of(page, "社会救助科") == ["hx-mzj-contributor", "1", "1", "1", "0", "0", "1", "1", "1", "改名、合并"]
    assert '<th scope="row">救助科</th>' not in page
    assert "关于救助标准的通知" in admin.get("/work/items/?section=社会救助科&state=published")
    with busy.services.database.system_scope("test") as uow:
        done = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "section.rename")).one()
        assert done.detail == {"from": "救助科", "to": "社会救助科", "people": 1, "columns": 1, "items": 3}


def test_an_editor_opened_before_the_renaming_does_not_bring_the_old_name_back(world: World, sign_in: SignIn) -> None:
    item_id = draft(world, responsible_unit="办公室")
    writer = sign_in(WRITER)
    values = writer.edit(item_id)
    sign_in(ADMIN).post("/work/sections/rename", {"old": "办公室", "section": "综合科"})
    page = writer.post(f"/work/items/{item_id}/edit", values, status=409)
    assert "责任科室" in page
    assert "综合科" in page
    assert section_of(world, item_id) == "综合科"


def test_merging_asks_first_and_a_chain_of_renamings_ends_at_one_name(busy: World, sign_in: SignIn) -> None:
    admin = sign_in(ADMIN)
    page = admin.post("/work/sections/rename", {"old": "救助科", "section": "办公室"}, status=400)
    assert "本单位已有“办公室”" in page
    page = admin.post("/work/sections/rename", {"old": "救助科", "section": "办公室", "merge": "1"})
    assert "已将“救助科”并入“办公室”" in page
    admin.post("/work/sections/rename", {"old": "办公室", "section": "综合科"})
    listed = admin.get("/work/items/?section=综合科&period=2026-03")
    assert "关于救助标准的通知" in listed
    assert "转载省厅通知" in listed
    with busy.services.database.system_scope("test") as uow:
        assert section_names(uow, tenant_id=busy.units["hx-mzj"]) == ["综合科"]


def test_a_name_that_people_carry_again_is_a_section_of_its_own(busy: World, sign_in: SignIn) -> None:
    sign_in(ADMIN).post("/work/sections/rename", {"old": "救助科", "section": "社会救助科"})
    move(busy, "hx-mzj-approver", "救助科")
    page = sign_in(WRITER).get("/work/sections/")
    assert row_of(page, "救助科")[0] == "hx-mzj-approver"
    assert row_of(page, "社会救助科")[2] == "0"


@pytest.mark.parametrize(
    ("old", "section", "status", "words"),
    [
        ("救助科", "", 400, "新名称为空或者与原名称相同"),
        ("救助科", " 救助科 ", 400, "新名称为空或者与原名称相同"),
        ("救助科", "长" * 41, 400, "科室名称超过40个字"),
        ("没有的科", "新科", 404, ""),
        ("", "新科", 404, ""),
    ],
)
def test_a_renaming_that_cannot_be_is_refused(
    busy: World, sign_in: SignIn, old: str, section: str, status: int, words: str
) -> None:
    assert words in sign_in(ADMIN).post("/work/sections/rename", {"old": old, "section": section}, status=status)


def test_the_editor_offers_the_sections_and_a_new_draft_begins_with_the_writers(busy: World, sign_in: SignIn) -> None:
    writer = sign_in(WRITER)
    with busy.services.database.system_scope("test") as uow:
        column_id = busy.column(uow, "hx-mzj", "gsgg")
    page = writer.post("/work/items/new", {"column_id": str(column_id), "title": "关于冬春救助的通知"})
    assert re.search(r'name="responsible_unit"[^>]*value="救助科"', page)
    assert re.findall(r'<option value="([^"]+)"></option>', page) == ["办公室", "救助科"]
