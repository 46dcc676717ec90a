"""What is not public: listed, assessed each year, kept or published through the chain; form D04."""

import re
from datetime import date
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.lifecycle.withheld import HEADER, exemption, year_count
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.lifecycle.deeds import UNIT, stored, withheld

HOME = "/work/withheld/"
REASON = "仍属内部事务信息，依据条例第十六条。"


def test_a_decision_not_to_publish_is_due_a_year_later(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    first = withheld(world, title="关于内部考核的通知")
    withheld(world, mode="on_request", title="关于个案批复的函")
    published(world, title="关于公开事项的公告")
    assert stored(world, first).next_assessment_date == date(2027, 3, 23)
    page = sign_in(f"{UNIT}-contributor").get(HOME)
    assert "没有到期应评估的信息" in page
    assert "关于内部考核的通知" in page
    assert "关于个案批复的函" in page
    assert "关于公开事项的公告" not in page
    clock.advance(days=365)
    writer = sign_in(f"{UNIT}-contributor")
    assert "不予公开信息动态调整：2条到期应评估" in writer.get("/work/")
    assert re.search(r"不予公开信息</span><span class=\"count\">2<", writer.page)
    assert "2条到期应评估" in writer.get(HOME)
    assert "到期应评估" not in sign_in(f"{UNIT}-approver").get("/work/")


def test_the_longest_overdue_stand_on_top(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    withheld(world, title="早的通知")
    clock.advance(days=100)
    withheld(world, title="晚的通知", formed_date=date(2026, 6, 30))
    clock.advance(days=300)
    page = sign_in(f"{UNIT}-contributor").get(HOME)
    assert page.index("早的通知") < page.index("晚的通知")
    assert page.count("逾期") == 1


def test_several_are_kept_for_another_year_and_the_year_is_counted(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    ids = [withheld(world, title=f"第{number}号通知") for number in range(3)]
    clock.advance(days=370)
    writer = sign_in(f"{UNIT}-contributor")
    page = writer.post(HOME, {"items": ids[:1]}, 400)
    assert "未选择评估结果" in page
    assert "未填写评估意见" in page
    assert "未选择信息" in writer.post(HOME, {"result": "keep", "reason": REASON}, 400)
    page = writer.post(HOME, {"items": ids[:2], "result": "keep", "reason": REASON})
    assert "已评估2条，继续不公开，一年后再次评估" in page
    assert "1条到期应评估" in page
    assert "2027年已评估2条次，其中继续不公开2条次、转为公开0条次" in page
    assert [stored(world, one).next_assessment_date for one in ids] == [
        date(2028, 3, 28), date(2028, 3, 28), date(2027, 3, 23),
    ]  # fmt: skip
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, f"{UNIT}-contributor")
        found = year_count(uow, tenant_id=world.units[UNIT], year=2027)
        assert (found.assessed, found.kept, found.published) == (2, 2, 0)
        assert year_count(uow, tenant_id=world.units[UNIT], year=2026).assessed == 0


def test_what_may_be_public_goes_through_the_chain_with_text_and_files(
    world: World, client: FlaskClient, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = _withheld_with_a_file(world)
    clock.advance(days=365)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(HOME, {"items": [item_id], "result": "publish", "reason": "事项已办结，可以公开"})
    assert writer.location.endswith("/edit")
    draft_id = int(writer.location.split("/")[3])
    opened = stored(world, draft_id)
    assert (opened.disclosure_mode, opened.withheld_reason, opened.revises_id) == ("proactive", "", None)
    assert opened.publish_due_date == date(2027, 4, 20)
    assert "名单.csv" in writer.page
    page = writer.get(HOME)
    assert "查看转为公开的信息" in page
    assert "没有到期应评估" in page
    assert "已转为公开，正在办理" in writer.post(HOME, {"items": [item_id], "result": "keep", "reason": REASON})
    work_off(world.services)
    with world.services.database.transaction() as uow:
        submit(uow, actor=world.actor(uow, f"{UNIT}-contributor"), item_id=draft_id)
        decide(uow, actor=world.actor(uow, f"{UNIT}-confidentiality_reviewer"), item_id=draft_id)
        decide(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=draft_id)
    work_off(world.services)
    public = Seen(client, f"/items/{draft_id}")
    assert "内部考核" in public.text
    assert "名单.csv" in public.text
    assert public.value("公开方式") == "主动公开"
    assert "关于内部考核的通知" not in writer.get(HOME)
    assert stored(world, item_id).state == "withheld"


def test_a_draft_that_is_thrown_away_puts_the_item_back_on_the_list(
    world: World, sign_in: SignIn, clock: AdjustableClock
) -> None:
    item_id = withheld(world, title="关于内部考核的通知")
    clock.advance(days=365)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(HOME, {"items": [item_id], "result": "publish", "reason": "可以公开"})
    draft_id = int(writer.location.split("/")[3])
    writer.post(f"/work/items/{draft_id}/delete")
    assert "关于内部考核的通知" in writer.get(HOME)
    writer.post(HOME, {"items": [item_id], "result": "keep", "reason": REASON})
    assert "已评估1条，继续不公开" in writer.page


def test_other_units_items_and_those_that_are_public_are_refused(world: World, sign_in: SignIn) -> None:
    foreign = withheld(world, unit="qs-mzj", title="外单位的通知", issuing_agency="青石县民政局")
    public = published(world)
    writing = draft(world, title="还在写的")
    writer = sign_in(f"{UNIT}-contributor")
    assert "外单位的通知" not in writer.get(HOME)
    page = writer.post(HOME, {"items": [foreign, public, writing, 10**9], "result": "keep", "reason": REASON})
    assert "2026年已评估0条次" in page
    assert page.count("信息不存在。") == 2
    assert "现为“已发布”" in page
    assert stored(world, foreign).next_assessment_date == date(2027, 3, 23)


def test_form_d04_has_the_columns_of_the_form(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    kept = withheld(world, title="关于内部考核的通知", document_number="和民发〔2026〕8号")
    clock.advance(days=370)
    writer = sign_in(f"{UNIT}-contributor")
    writer.post(HOME, {"items": [kept], "result": "keep", "reason": REASON})
    answer = writer.client.get(f"{HOME}form.xlsx")
    sheet = load_workbook(BytesIO(answer.get_data())).worksheets[0]
    header, row = list(sheet.iter_rows(values_only=True))
    assert tuple(header) == HEADER
    values = dict(zip(HEADER, row, strict=True))
    assert values["名称"] == "关于内部考核的通知"
    assert values["不公开情形"] == "内部事务、过程性信息、执法案卷（条例第十六条）"
    assert [str(values[key])[:10] for key in ("认定日期", "上次评估日期", "下次评估日期")] == [
        "2026-03-23", "2027-03-28", "2028-03-28",
    ]  # fmt: skip
    assert (values["评估结果"], values["评估意见"], values["评估人"]) == ("继续不公开", REASON, f"{UNIT}-contributor")
    page = writer.get(f"{HOME}print")
    assert "单位：和溪县民政局" in page
    assert "关于内部考核的通知" in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [("涉及个人隐私", "第十五条"), ("过程性信息", "第十六条"), ("依据条例第十四条", "第十四条"), ("其他", "")],
)
def test_the_exemption_is_the_one_that_the_reason_names(reason: str, words: str) -> None:
    assert words in exemption(reason)
    assert bool(words) == bool(exemption(reason))


def _withheld_with_a_file(world: World) -> int:
    item_id = draft(
        world, title="关于内部考核的通知", body_html="<p>现将内部考核事项通知如下。</p>", disclosure_mode="withheld",
        withheld_reason="内部事务信息",
    )  # fmt: skip
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{UNIT}-contributor")
        add_attachment(
            uow, actor=writer, item_id=item_id, files=world.services.files, filename="名单.csv",
            stream=BytesIO("姓名,金额\n甲,1\n".encode()), limit_bytes=1000,
        )  # fmt: skip
    work_off(world.services)
    with world.services.database.transaction() as uow:
        submit(uow, actor=world.actor(uow, f"{UNIT}-contributor"), item_id=item_id)
        decide(uow, actor=world.actor(uow, f"{UNIT}-confidentiality_reviewer"), item_id=item_id)
        decide(uow, actor=world.actor(uow, f"{UNIT}-approver"), item_id=item_id)
    return item_id
