"""An item's page: what it says, what it never says, how it is cached."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.portal.addresses import link_target, outside
from gongkai.publishing.drafts import start_revision
from gongkai.publishing.models import Item
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, submitted
from tests.factories.world import World
from tests.portal.pages import TITLE, Seen, abolish, bring, remove, rename, repeal, revise
from tests.publishing.imports.lists import migration_row

OFFICIAL_HEAD = ["索引号", "公开形式", "文号", "公开时限", "发布机构", "生成日期"]


def migrated(world: World, **changes: object) -> int:
    """A migrated item's id."""
    bring(world, [migration_row(1, **changes)])
    with world.services.database.unit_of_work() as uow:
        return uow.session.execute(select(Item.id)).scalar_one()


def test_the_metadata_table_stands_in_the_order_of_the_official_page(world: World, client: FlaskClient) -> None:
    optional = {"publication_channels": "网站、政府公报", "disclosure_time_limit": "长期公开", "keywords": "防火"}
    item_id = published(world, "yl-czj", document_number="云财发〔2026〕3号", optional=optional)
    page = Seen(client, f"/items/{item_id}")
    assert page.status == 200
    assert [label for label, _ in page.pairs][:7] == [*OFFICIAL_HEAD, "发布日期"]
    assert page.value("索引号") == "113708280043326001/2026-00001"
    assert page.value("公开形式") == "网站、政府公报"
    assert page.value("文号") == "云财发〔2026〕3号"
    assert page.value("公开时限") == "长期公开"
    assert (page.value("生成日期"), page.value("发布日期")) == ("2026-03-16", "2026-03-23")
    assert (page.value("有效性"), page.value("公开方式")) == ("有效", "主动公开")
    assert page.value("信息来源") == "云岭州财政局"
    assert "责任" not in "".join(label for label, _ in page.pairs)
    assert "办公室" not in "".join(value for _, value in page.pairs)


def test_the_breadcrumb_leads_from_the_prefecture_to_the_column(world: World, client: FlaskClient) -> None:
    page = Seen(client, f"/items/{published(world)}")
    trail = page.html.split('class="breadcrumb"')[1].split("</nav>")[0]
    wanted = ["/units/yl/", "/units/hx/", "/units/hx-mzj/", "/units/hx-mzj/columns/gsgg/"]
    positions = [trail.index(f'href="{href}"') for href in wanted]
    assert positions == sorted(positions)


def test_the_text_is_the_current_version_and_wide_tables_scroll(world: World, client: FlaskClient) -> None:
    body = "<p>正文。</p><table><tbody><tr><td>甲</td></tr></tbody></table>"
    page = Seen(client, f"/items/{published(world, body_html=body)}")
    boxed = '<div class="table-box" role="region" aria-label="正文表格1" tabindex="0"><table>'
    assert boxed in page.html
    assert "</table></div>" in page.html


def test_meta_tags_and_canonical_address(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    html = Seen(client, f"/items/{item_id}/print").html
    assert f'<link rel="canonical" href="http://localhost/items/{item_id}">' in html
    html = Seen(client, f"/items/{item_id}").html
    for name, content in (
        ("ColumnName", "公示公告"),
        ("ColumnType", "法定主动公开内容"),
        ("ArticleTitle", TITLE),
        ("PubDate", "2026-03-23 09:30"),
        ("ContentSource", "和溪县民政局"),
        ("Url", f"http://localhost/items/{item_id}"),
    ):
        assert f'<meta name="{name}" content="{content}">' in html


def test_the_citation_has_title_number_day_index_number_and_address(world: World, client: FlaskClient) -> None:
    title = "关于印发《和溪县防火办法》的通知"
    item_id = published(world, title=title, document_number="和民发〔2026〕3号")
    page = Seen(client, f"/items/{item_id}")
    number = page.value("索引号")
    assert (
        "和溪县民政局：《关于印发〈和溪县防火办法〉的通知》（和民发〔2026〕3号），2026年3月16日，"
        f"索引号：{number}，http://localhost/items/{item_id}"
    ) in page.text


@pytest.mark.parametrize("address", ["/items/{}", "/items/{}/print", "/items/{}/versions/1", "/items/{}/files/1/a.pdf"])
def test_what_was_never_public_is_missing(world: World, client: FlaskClient, address: str) -> None:
    hidden = [draft(world), submitted(world, "qs-mzj")]
    missing = Seen(client, address.format(10**9))
    assert missing.status == 404
    for item_id in hidden:
        page = Seen(client, address.format(item_id))
        assert page.status == 404
        assert TITLE not in page.html
    # The same for those who may read the draft at their desk: this is the public's page.
    world.sign_in(client, "hx-mzj-contributor")
    assert Seen(client, address.format(hidden[0])).status == 404


@pytest.mark.parametrize("path", ["/items/99999999999999999999999", "/items/1/versions/99999999999", "/items/0"])
def test_numbers_beyond_all_ids_are_missing(world: World, client: FlaskClient, path: str) -> None:
    assert Seen(client, path).status == 404


@pytest.mark.parametrize("address", ["/items/{}", "/items/{}/print", "/items/{}/versions/1", "/items/{}/files/1/a.pdf"])
def test_what_was_taken_down_says_so_without_its_title(world: World, client: FlaskClient, address: str) -> None:
    item_id = published(world, "yl-czj")
    remove(world, item_id, "yl-czj")
    page = Seen(client, address.format(item_id))
    assert page.status == 410
    assert "113708280043326001/2026-00001" in page.text
    assert "2026年3月23日" in page.text
    assert TITLE not in page.html


def test_an_earlier_version_says_which_one_holds(world: World, client: FlaskClient, clock: AdjustableClock) -> None:
    item_id = published(world)
    clock.advance(days=2)
    revise(world, item_id, reason="补充联系电话", body_html="<p>新的正文。</p>")
    page = Seen(client, f"/items/{item_id}")
    assert "新的正文" in page.text
    assert "内容变更" in page.text
    assert "补充联系电话" in page.text
    assert f"/items/{item_id}/versions/1" in page.links
    earlier = Seen(client, f"/items/{item_id}/versions/1")
    assert "您正在查看第1版" in earlier.text
    assert "新的正文" not in earlier.text
    assert 'content="noindex"' in earlier.html
    assert Seen(client, f"/items/{item_id}/versions/3").status == 404


def test_a_revision_on_its_way_shows_nothing(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    before = Seen(client, f"/items/{item_id}").html
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="修改")
    assert Seen(client, f"/items/{item_id}").html == before
    assert Seen(client, f"/items/{revision.id}").status == 404


def test_a_repealed_document_says_since_when_and_why(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    repeal(world, item_id)
    page = Seen(client, f"/items/{item_id}")
    assert "本文件已废止。自2026年3月23日起废止。依据：和政规〔2026〕1号。" in page.text
    assert "标注为废止" in page.text
    assert (page.value("有效性"), page.value("废止日期")) == ("废止", "2026-03-23")


def test_a_reprint_names_its_source(world: World, client: FlaskClient) -> None:
    item_id = migrated(world, is_reprint=True, issuing_agency="国务院办公厅", source_url="https://www.gov.cn/a.htm")
    page = Seen(client, f"/items/{item_id}")
    assert "本文为转载信息，原发布机构：国务院办公厅" in page.text
    assert "https://www.gov.cn/a.htm" in page.links


def test_a_migrated_page_keeps_labels_and_values_as_found(world: World, client: FlaskClient) -> None:
    labels = [
        ["索引号:", "11330727775738086F/2022-56162"], ["公开形式:", "主动公开"], ["文号:", ""],
        ["公开时限:", "长期公开"], ["发布机构:", "应急管理局"], ["生成日期:", "2014-10-29"],
    ]  # fmt: skip
    item_id = migrated(
        world, original_labels=labels, index_number="11330727775738086F/2022-56162", formed_date=date(2014, 10, 29),
        source_url="http://old.example.gov.cn/a.html",
    )  # fmt: skip
    page = Seen(client, f"/items/{item_id}")
    assert [list(pair) for pair in page.pairs[:6]] == [[label, value or "—"] for label, value in labels]
    assert page.pairs[6:] == [
        ("发布日期", "2023-03-10"),
        ("信息来源", "和溪县民政局"),
        ("录入方式", "历史信息迁移"),
        ("原网址", "http://old.example.gov.cn/a.html"),
    ]


def test_hostile_labels_and_addresses_stay_text(world: World, client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>"
    item_id = migrated(
        world, title=f"标题{hostile}", original_labels=[[hostile, f'"><img src=x onerror=1>{hostile}']],
        issuing_agency=hostile,
    )  # fmt: skip
    for path in (f"/items/{item_id}", f"/items/{item_id}/print"):
        page = Seen(client, path)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
        assert (hostile, f'"><img src=x onerror=1>{hostile}') in page.pairs


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "/\\\\evil.example", "data:text/html,x", "", None, 7]
)
def test_only_web_addresses_and_own_paths_become_links(url: object) -> None:
    assert link_target(url) == ""
    assert outside(str(url)) == ""


def test_documents_of_an_abolished_body_carry_both_names(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    abolish(world, "hx-mzj", "qs-mzj", date(2026, 3, 20))
    page = Seen(client, f"/items/{item_id}")
    assert page.value("发布机构") == "和溪县民政局（已于2026年3月20日并入青石县民政局）"
    assert page.value("信息来源") == "和溪县民政局（已于2026年3月20日并入青石县民政局）"


def test_another_issuing_agency_is_not_said_to_be_abolished(world: World, client: FlaskClient) -> None:
    item_id = published(world, issuing_agency="云岭州人民政府", is_reprint=True)
    abolish(world, "hx-mzj", "qs-mzj", date(2026, 3, 20))
    page = Seen(client, f"/items/{item_id}")
    assert page.value("发布机构") == "云岭州人民政府"
    assert "并入青石县民政局" in page.value("信息来源")


def test_a_renamed_unit_has_the_name_of_the_document_s_day(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    rename(world, "hx-mzj", "和溪县社会工作局", "县社工局", date(2026, 3, 20))
    page = Seen(client, f"/items/{item_id}")
    assert page.value("信息来源") == "和溪县民政局（现名：和溪县社会工作局）"
    later = published(world, title="关于夏季用水的通知", formed_date=date(2026, 3, 21), body_html="<p>另一条。</p>")
    assert Seen(client, f"/items/{later}").value("信息来源") == "和溪县社会工作局"


def test_a_visitor_s_page_is_revalidated_and_a_signed_in_one_kept_nowhere(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    page = Seen(client, f"/items/{item_id}")
    assert page.headers["Cache-Control"] == "public, no-cache"
    again = Seen(client, f"/items/{item_id}", **{"If-None-Match": page.headers["ETag"]})
    assert (again.status, again.html) == (304, "")
    remove(world, item_id)
    assert Seen(client, f"/items/{item_id}", **{"If-None-Match": page.headers["ETag"]}).status == 410
    world.sign_in(client, "hx-mzj-contributor")
    assert Seen(client, "/units/hx-mzj/").headers["Cache-Control"] == "no-store"


def test_the_print_view_has_no_navigation(world: World, client: FlaskClient) -> None:
    page = Seen(client, f"/items/{published(world)}/print")
    assert "site-header" not in page.html
    assert TITLE in page.text
    assert "索引号：" in page.text
