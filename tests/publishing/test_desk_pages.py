"""My desk and the list of items."""

import re
from datetime import date

import pytest

from gongkai.accounts.permissions import Role
from gongkai.publishing.emergency.services import Call, Picks, take_down
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.publishing.queries import Cursor, ItemFilter, items_page
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, reviewed, submitted, work_off
from tests.factories.world import World, add_person
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import migration_row
from tests.publishing.pages import counted
from tests.publishing.signing.paper import HEAD, staffed
from tests.publishing.terms.lists import term


def test_an_empty_desk_says_that_nothing_waits_and_that_the_month_is_blank(world: World, sign_in: SignIn) -> None:
    writer = sign_in("hx-mzj-contributor")
    assert "今天没有等您办理的事项。" in writer.page
    assert "本单位2026年3月尚未发布信息，距月底还有8天。" in writer.words
    assert "新建信息" in writer.page


def test_drafts_near_their_limit_are_matters_of_today(world: World, sign_in: SignIn) -> None:
    draft(world, title="快到期的", formed_date=date(2026, 2, 27))
    draft(world, title="已过期的", formed_date=date(2026, 1, 5))
    draft(world, title="还早的", formed_date=date(2026, 3, 20))
    draft(world, title="未填日期的", formed_date=None)
    page = sign_in("hx-mzj-contributor").get("/work/")
    assert "今天有2件事要办：2条草稿临近或超过公开期限。" in page
    today = page[: page.index("本月发布情况")]
    assert "已过期的" in today
    assert "快到期的" in today
    assert "还早的" not in today
    assert re.search(r"已超过公开期限\d+个工作日", today)
    assert "未填成文日期" in page


def test_each_post_sees_its_own_matters(world: World, sign_in: SignIn) -> None:
    submitted(world, title="等审查的")
    reviewed(world, title="等审批的")
    writer, reviewer, approver, admin = (
        sign_in(f"hx-mzj-{role}") for role in ("contributor", "confidentiality_reviewer", "approver", "unit_admin")
    )
    assert "我承办的，正在办理" in writer.page
    assert "等审查的" in writer.page
    assert "1条待您保密审查" in reviewer.page
    assert "等审批的" not in reviewer.page
    assert "1条待您审批" in approver.page
    assert "今天没有等您办理的事项" in admin.page
    # The badge in the navigation counts the same.
    assert re.search(r"审查</span><span class=\"count\">1<", reviewer.page)


def test_the_desk_names_the_step_at_which_an_item_waits(world: World, sign_in: SignIn) -> None:
    staffed(world)
    submitted(world, title="等初审的")
    head = sign_in(HEAD)
    assert "今天有1件事要办：1条待您科室初审。" in head.page
    today = head.page[: head.page.index("本月发布情况")]
    assert "待科室初审" in today
    assert "待保密审查" not in today


def test_what_waits_on_other_pages_is_on_the_desk_too(world: World, sign_in: SignIn) -> None:
    published(world, title="关于春灌的通知")
    term(world, "春灌", "春季灌溉", level="warn")
    work_off(world.services)
    writer = sign_in("hx-mzj-contributor")
    assert re.search(r"今天有(\d)件事要办：表述问题\1项。", writer.page)
    assert '<a href="/work/term-hits/">有' in writer.page


def test_a_duty_officer_sees_what_waits_and_no_door_that_is_closed(world: World, sign_in: SignIn) -> None:
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-duty_officer", "hx", Role.DUTY_OFFICER)
    item_id = published(world, title="关于公示名单的公告")
    officer = sign_in("hx-duty_officer")
    assert "今天没有等您办理的事项" in officer.page
    assert "/work/items/" not in officer.page
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-duty_officer")
        picks, call = Picks(items=frozenset({item_id})), Call("县委网信办", "条例第十四条")
        take_down(uow, actor=actor, picks=picks, call=call)
    assert "今天有1件事要办：紧急撤下1项。" in officer.get("/work/")


def test_the_desk_counts_this_month_and_the_last(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    published(world, title="三月一")
    published(world, title="三月二", column="gzdt")
    clock.advance(days=20)
    published(world, title="四月一", body_html="<p>四月的内容。</p>", formed_date=date(2026, 4, 8))
    writer = sign_in("hx-mzj-contributor")
    assert "本月已发布1条" in writer.words
    assert "其中计入月度发布任务1条" in writer.words
    assert "上月已发布2条其中计入任务1条" in writer.words
    assert "三月一" in writer.get("/work/items/?period=2026-03")
    assert "四月一" not in writer.page


def test_the_list_is_narrowed_by_state_column_words_and_year(world: World, sign_in: SignIn) -> None:
    draft(world, title="甲：100%的草稿", column="tjxx")
    submitted(world, title="乙：待审查")
    published(world, title="丙：已发布")
    writer = sign_in("hx-mzj-contributor")

    def shown(query: str) -> set[str]:
        page = writer.get(f"/work/items/{query}")
        return {name for name in "甲乙丙" if f"{name}：" in page[page.index("<table") :]}

    with world.services.database.unit_of_work() as uow:
        column = world.column(uow, "hx-mzj", "tjxx")
    assert shown("") == {"甲", "乙", "丙"}
    assert shown("?state=draft") == {"甲"}
    assert shown("?state=in_review") == {"乙"}
    assert shown("?period=2026") == {"丙"}
    assert shown("?period=2025") == set()
    assert shown(f"?column={column}") == {"甲"}
    assert shown("?q=100%25") == {"甲"}
    assert shown("?q=%25") == {"甲"}
    assert shown("?q=_") == set()
    assert shown("drafts") == {"甲"}
    for nonsense in ("?state=x", "?column=x", "?column=99999999999999999999", "?period=20xx", "?after=x~1", "?after=~"):
        assert shown(nonsense) == {"甲", "乙", "丙"}, nonsense


def test_pages_of_the_list_follow_each_other_without_gap_or_repeat(world: World, sign_in: SignIn) -> None:
    ids = {draft(world, title=f"第{number}条") for number in range(53)}
    writer = sign_in("hx-mzj-contributor")
    page = writer.get("/work/items/")
    first = re.findall(r'<th scope="row"><a href="/work/items/(\d+)"', page)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    second = re.findall(r'<th scope="row"><a href="/work/items/(\d+)"', writer.get(following[1]))
    assert (len(first), len(second)) == (50, 3)
    assert {int(found) for found in first + second} == ids


def test_a_returned_draft_is_marked_in_the_list(world: World, sign_in: SignIn) -> None:
    from tests.publishing.test_review_pages import decide

    item_id = submitted(world)
    decide(sign_in("hx-mzj-confidentiality_reviewer"), item_id, "review", decision="return", opinion="请改")
    page = sign_in("hx-mzj-contributor").get("/work/items/drafts")
    assert "被退回" in page[page.index("<table") :]


def test_another_units_items_are_on_no_desk_and_no_list(world: World, sign_in: SignIn) -> None:
    draft(world, title="邻县的草稿", unit="qs-mzj")
    published(world, title="邻县已发布", unit="qs-mzj")
    for login in ("hx-mzj-contributor", "yl-contributor"):
        person = sign_in(login)
        assert "邻县" not in person.page
        assert "邻县" not in person.get("/work/items/")


def test_lists_take_the_same_number_of_statements_however_long(world: World, sign_in: SignIn) -> None:
    writer = sign_in("hx-mzj-contributor")
    counts = []
    for _ in range(2):
        for number in range(6):
            draft(world, title=f"第{number}条")
        with counted(world.services) as statements:
            writer.get("/work/items/")
            writer.get("/work/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_cursor_reads_what_it_writes_and_nothing_else() -> None:
    cursor = Cursor.parse("2026-03-23T09:30:00+08:00~7")
    assert cursor is not None
    assert Cursor.parse(str(cursor)) == cursor
    for nonsense in (
        "",
        "~",
        "x~1",
        "2026-03-23T09:30:00~1",
        "2026-03-23T09:30:00+08:00~0",
        f"2026-03-23T09:30:00+08:00~{2**63}",
    ):
        assert Cursor.parse(nonsense) is None


@pytest.mark.parametrize("login", ["yl-supervisor", "yl-prefecture_admin", "hx-supervisor", "hx-mzj-unit_admin"])
def test_those_who_write_nothing_have_a_desk_without_writing(world: World, sign_in: SignIn, login: str) -> None:
    person = sign_in(login)
    assert "今天没有等您办理的事项" in person.page
    assert "/work/items/new" not in person.page
    person.get("/work/items/")
    person.get("/work/items/new", 403)


def test_published_items_stand_at_their_own_time_with_their_route(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    published(world, title="三月二十三日发布的")
    clock.advance(days=1)
    migrate_rows(
        world.services, rows=[migration_row(1)], unit_code="hx-mzj", cutoff=date(2025, 12, 31), responsible="李四",
        allowed_by="hx-supervisor",
    )  # fmt: skip
    clock.advance(days=1)
    draft(world, title="三月二十五日的草稿")
    writer = sign_in("hx-mzj-contributor")
    for path in ("/work/items/", "/work/items/?state=published"):
        page = writer.get(path)
        rows = re.findall(r"<tr>(?:(?!</tr>).)*?/work/items/\d+\">(.*?)</a>.*?>(\d{4}-\d\d-\d\d)[^<]*</time>.*?"
                          r"data-label=\"录入方式\">(.*?)</td>", page, re.DOTALL)  # fmt: skip
        wanted = [
            ("三月二十五日的草稿", "2026-03-25", ""),
            ("三月二十三日发布的", "2026-03-23", "本平台审查发布"),
            ("关于第1号事项的公告", "2023-03-10", "历史信息迁移"),
        ]
        assert rows == (wanted if path == "/work/items/" else wanted[1:])


def test_the_mixed_list_is_paged_without_loss(world: World) -> None:
    ids = {published(world, title="一", body_html="<p>一。</p>"), draft(world, title="二"), draft(world, title="三")}
    with world.services.database.unit_of_work() as uow:
        tenant_id = world.actor(uow, "hx-mzj-contributor").tenant_id
        found, cursor = [], None
        for _ in range(3):
            rows, cursor = items_page(uow, tenant_id=tenant_id, wanted=ItemFilter(), after=cursor, size=1)
            found += [row.id for row in rows]
    assert (set(found), len(found), cursor) == (ids, 3, None)
