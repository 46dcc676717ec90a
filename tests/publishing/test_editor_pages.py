"""Writing an item at the workspace, over HTTP and without JavaScript."""

import io
import re

import docx
import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.publishing.models import Item
from gongkai.publishing.schemas import read_item_form
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, submitted
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person, version_of

WORD_TABLE = (
    '<table class="MsoTableGrid" style="border:none"><tr><td colspan=2 style="mso-x:1"><p class=MsoNormal>合计'
    "<o:p></o:p></p></td><td>金额</td></tr><tr><td>甲村</td><td>乙组</td><td>12.50</td></tr></table>"
)


@pytest.fixture
def writer(sign_in: SignIn) -> Person:
    """The contributor of a county bureau."""
    return sign_in("hx-mzj-contributor")


def stored(world: World, item_id: int) -> Item:
    """The item as the unit sees it."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        return uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()


def column_id(world: World, code: str, unit: str = "hx-mzj") -> int:
    """A column of a unit."""
    with world.services.database.unit_of_work() as uow:
        return world.column(uow, unit, code)


def test_a_new_item_begins_with_column_and_title_and_opens_in_the_editor(world: World, writer: Person) -> None:
    page = writer.get("/work/items/new")
    assert "需要社会公众广泛知晓的公示、公告、通告" in page
    page = writer.post("/work/items/new", {"title": "关于停水的公告", "column_id": column_id(world, "gsgg")})
    assert writer.location.endswith("/edit")
    assert "还差" in page
    assert "才能送审" in page
    assert 'value="和溪县民政局"' in page


def test_a_refused_new_item_keeps_what_was_typed(world: World, writer: Person) -> None:
    page = writer.post("/work/items/new", {"title": "标题" * 200, "column_id": column_id(world, "gsgg")}, 400)
    assert "标题过长（400字）" in page
    assert "标题" * 200 in page
    assert re.search(rf'value="{column_id(world, "gsgg")}" checked', page)


def test_a_heading_column_takes_no_items(world: World, writer: Person) -> None:
    page = writer.post("/work/items/new", {"title": "公告", "column_id": column_id(world, "fd")}, 400)
    assert "请选择最末一级的在用栏目" in page


def test_what_the_editor_shows_is_what_it_saves_again(world: World, writer: Person) -> None:
    optional = {"keywords": "防火 春季", "publication_channels": "网站、公告栏", "disclosure_scope": "面向社会"}
    item_id = draft(world, optional=optional | {"validity_period": "5年", "disclosure_time_limit": "长期公开"})
    before = stored(world, item_id)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id))
    after = stored(world, item_id)
    for name in ("title", "body_html", "formed_date", "subject_class", "genre_class", "optional", "secrecy_cleared"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.lock_version > before.lock_version


def test_the_limit_stands_on_the_page_of_a_draft(world: World, writer: Person) -> None:
    writer.get(f"/work/items/{draft(world)}/edit")
    # 2026-03-16 and twenty working days, 清明 (4 to 6 April) left out.
    assert "距公开期限还有15个工作日，最迟2026年4月14日（含当日）前公开" in writer.words


def test_a_refused_form_keeps_its_contents_and_names_the_field(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, title="字" * 5000, formed_date="2026-13-45", body_html="<p>写了很久的正文</p>")
    page = writer.post(f"/work/items/{item_id}/edit", values, 400)
    assert "内容没有保存，请先改正以下2处" in page
    assert 'href="#field-formed_date"' in page
    assert "成文日期“2026-13-45”不是有效日期" in page
    assert "写了很久的正文" in page
    assert "字" * 5000 in page
    assert stored(world, item_id).title == "关于做好春季防火工作的通知"


def test_a_text_beyond_the_limit_is_refused_and_nothing_is_half_written(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, title="新标题", body_html="<p>" + "长" * 900_000 + "</p>")
    page = writer.post(f"/work/items/{item_id}/edit", values, 400)
    assert "正文过长" in page
    assert stored(world, item_id).title == "关于做好春季防火工作的通知"


def test_hostile_html_is_shown_harmless(world: World, writer: Person) -> None:
    item_id = draft(world)
    hostile = (
        '<p onclick="alert(1)">正文</p><script>alert(2)</script><img src=x onerror=alert(3)>'
        '<a href="javascript:alert(4)">链接</a><iframe src="//evil.example"></iframe><style>p{}</style>'
    )
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, title="<b>粗</b>&标题", body_html=hostile))
    writer.get(f"/work/items/{item_id}")
    text = writer.page_source[writer.page_source.index('class="prose"') :]
    for trace in ("onclick", "alert(", "javascript:", "<iframe", "evil.example"):
        assert trace not in text
    assert "&lt;b&gt;粗&lt;/b&gt;&amp;标题" in writer.page_source


def test_a_table_from_word_survives(world: World, writer: Person) -> None:
    item_id = draft(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, body_html=WORD_TABLE))
    page = writer.get(f"/work/items/{item_id}")
    assert re.search(r'<td colspan="2">\s*(<p>)?合计', page)
    assert "12.50" in page
    assert "mso" not in page.lower().split('class="prose"')[1].split("</article>")[0]


def test_a_text_typed_without_javascript_keeps_its_paragraphs(world: World, writer: Person) -> None:
    item_id = draft(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, body_html="第一段\r\n\r\n第二段 1 > 0"))
    assert stored(world, item_id).body_html == "<p>第一段</p><p>第二段 1 &gt; 0</p>"


def test_a_form_without_token_is_refused(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, title="伪造") | {"csrf_token": ""}
    page = writer.post(f"/work/items/{item_id}/edit", values, 400)
    assert "重新提交" in page
    assert stored(world, item_id).title != "伪造"


def test_a_colleague_who_saved_in_between_is_not_overwritten(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    first, second = sign_in("hx-mzj-contributor"), sign_in("hx-mzj-contributor")
    mine, theirs = first.edit(item_id, title="我的标题"), second.edit(item_id, summary="对方的概述。")
    second.post(f"/work/items/{item_id}/edit", theirs)
    page = first.post(f"/work/items/{item_id}/edit", mine, 409)
    assert "已被他人修改" in page
    assert "对方的概述。" in page
    assert 'value="我的标题"' in page
    assert stored(world, item_id).title != "我的标题"
    first.post(f"/work/items/{item_id}/edit", mine | {"version": version_of(page)})
    assert stored(world, item_id).title == "我的标题"


def test_autosave_answers_the_version_and_conflicts_with_an_older_one(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, title="自动保存的标题")
    saved = writer.client.post(f"/work/items/{item_id}/autosave", data=values | {"csrf_token": writer.token})
    assert saved.status_code == 200
    assert saved.json is not None
    assert saved.json["version"] == stored(world, item_id).lock_version
    assert saved.json["saved_at"] == "2026-03-23T09:30:00+08:00"
    assert stored(world, item_id).title == "自动保存的标题"
    again = writer.client.post(f"/work/items/{item_id}/autosave", data=values | {"csrf_token": writer.token})
    assert again.status_code == 409
    wrong = values | {"csrf_token": writer.token, "version": str(saved.json["version"]), "formed_date": "昨天"}
    refused = writer.client.post(f"/work/items/{item_id}/autosave", data=wrong)
    assert refused.status_code == 400
    assert refused.json is not None
    assert "formed_date" in refused.json["faults"]


def test_a_class_that_no_list_has_is_told(world: World, writer: Person) -> None:
    item_id = draft(world)
    page = writer.post(f"/work/items/{item_id}/checks", writer.edit(item_id, subject_class="养花", genre_class="通知"))
    assert "主题分类“养花”不在分类表中" in page


def test_a_class_of_an_earlier_wording_stays_chosen(world: World, writer: Person) -> None:
    values = writer.edit(draft(world, subject_class="民政、扶贫、救灾/扶贫"))
    assert values["subject_class"] == "民政、扶贫、救灾/扶贫"


def test_checks_answer_for_the_form_without_saving_it(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, summary="", document_number="民发3号", body_html="身份证11010519491231002X")
    page = writer.post(f"/work/items/{item_id}/checks", values)
    assert "还差2项才能送审" in page
    assert re.search(r'id="check-summary" hx-swap-oob="true">\s*<p class="field-check is-block">', page)
    assert "疑似身份证号码" in page
    assert re.search(r'id="check-document_number" hx-swap-oob="true">\s*<p class="field-check is-warn">', page)
    assert re.search(r'id="check-title" hx-swap-oob="true">\s*</div>', page)
    assert stored(world, item_id).summary


def test_a_word_document_becomes_the_text_and_tells_of_its_images(world: World, writer: Person) -> None:
    item_id = draft(world, body_html="")
    document = docx.Document()
    document.add_paragraph("第一条 为规范管理，制定本办法。")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "项目", "金额"
    document.add_picture(io.BytesIO(PNG))
    content = io.BytesIO()
    document.save(content)
    values = writer.edit(item_id) | {"word": (io.BytesIO(content.getvalue()), "管理办法.docx")}
    page = writer.post(f"/work/items/{item_id}/word", values)
    assert "已导入“管理办法.docx”的正文" in page
    assert "1张图片未导入正文" in page
    body = stored(world, item_id).body_html
    assert "第一条 为规范管理" in body
    assert "<table>" in body
    assert "<img" not in body


def test_a_file_that_is_no_word_document_leaves_the_form_as_it_was(world: World, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, summary="刚写的概述。") | {"word": (io.BytesIO(b"no zip"), "文件.docx")}
    page = writer.post(f"/work/items/{item_id}/word", values, 400)
    assert "请用Word或WPS打开后另存为.docx格式" in page
    assert "刚写的概述。" in page


def test_the_submission_page_wants_a_reason_beside_each_warning(world: World, writer: Person) -> None:
    item_id = draft(world, effective_date=None, document_number="民发3号")
    page = writer.get(f"/work/items/{item_id}/submit")
    assert "有1项提示须说明理由" in page
    assert 'name="reason-number_form"' in page
    page = writer.post(f"/work/items/{item_id}/submit", {"reason-number_form": " "}, 400)
    assert "还不能送审" in page
    assert stored(world, item_id).state == "draft"
    page = writer.post(f"/work/items/{item_id}/submit", {"reason-number_form": "原件文号如此"})
    assert "已送保密审查，审查人：hx-mzj-confidentiality_reviewer" in page
    assert "距公开期限还有15个工作日" in page
    assert stored(world, item_id).check_overrides == {"number_form": "原件文号如此"}


def test_what_blocks_is_listed_with_its_remedy_and_a_way_to_the_field(world: World, writer: Person) -> None:
    item_id = draft(world, summary="", secrecy_cleared=False)
    page = writer.get(f"/work/items/{item_id}/submit")
    assert "还差2项才能送审。" in page
    assert f'/work/items/{item_id}/edit#field-summary"' in page
    assert "请填写内容概述" in page
    assert ">送审</button>" not in page
    writer.post(f"/work/items/{item_id}/submit", status=400)
    assert stored(world, item_id).state == "draft"


def test_a_submitted_item_is_not_edited_but_recalled(world: World, writer: Person) -> None:
    item_id = submitted(world)
    assert "不能直接修改" in writer.get(f"/work/items/{item_id}/edit")
    values = {"title": "改", "column_id": column_id(world, "gsgg"), "version": "9"}
    writer.post(f"/work/items/{item_id}/edit", values, 409)
    page = writer.post(f"/work/items/{item_id}/recall")
    assert "已撤回送审" in page
    assert writer.location.endswith("/edit")
    assert stored(world, item_id).state == "draft"


def test_only_a_draft_without_history_is_deleted(world: World, writer: Person) -> None:
    item_id = draft(world)
    assert "已删除" in writer.post(f"/work/items/{item_id}/delete")
    writer.get(f"/work/items/{item_id}", 404)
    recalled = submitted(world)
    writer.post(f"/work/items/{recalled}/recall")
    assert "不能删除" in writer.post(f"/work/items/{recalled}/delete", status=409)


def test_a_revision_asks_for_kind_and_reason_and_opens_in_the_editor(world: World, writer: Person) -> None:
    item_id = published(world)
    page = writer.post(f"/work/items/{item_id}/revise", {"change_kind": "content"}, 400)
    assert "未填写变更原因" in page
    assert re.search(r'value="content" checked', page)
    page = writer.post(f"/work/items/{item_id}/revise", {"change_kind": "content", "change_reason": "补充电话"})
    assert writer.location.endswith("/edit")
    assert "这是修改稿（内容变更）：补充电话" in page
    assert "现就做好春季防火工作通知如下" in page


@pytest.mark.parametrize(("kind", "words"), [("content", "距公开期限还有20个工作日"), ("erratum", "")])
def test_the_limit_of_a_revision_runs_from_the_change(
    world: World, sign_in: SignIn, clock: AdjustableClock, kind: str, words: str
) -> None:
    item_id = published(world)
    clock.advance(days=200)
    writer = sign_in("hx-mzj-contributor")
    writer.post(f"/work/items/{item_id}/revise", {"change_kind": kind, "change_reason": "补充电话"})
    assert words in writer.words
    assert "公开期限" in writer.words or not words
    assert "已超过公开期限" not in writer.words
    revision_id = int(writer.location.split("/")[3])
    writer.post(
        f"/work/items/{revision_id}/edit",
        writer.edit(revision_id, body_html="<p>各村：</p><p>现就做好春季防火工作通知如下。</p>"),
    )
    writer.post(f"/work/items/{revision_id}/submit")
    assert stored(world, revision_id).step == "confidentiality_review"


def test_a_reviewer_does_not_write(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    reviewer = sign_in("hx-mzj-confidentiality_reviewer")
    for path in (f"/work/items/{item_id}/edit", "/work/items/new", f"/work/items/{item_id}/submit"):
        reviewer.get(path, 403)
    assert "继续编辑" not in reviewer.get(f"/work/items/{item_id}")


PATHS = (
    ("GET", "edit"), ("POST", "edit"), ("POST", "autosave"), ("POST", "checks"), ("POST", "word"), ("GET", "submit"),
    ("POST", "submit"), ("POST", "recall"), ("POST", "delete"), ("GET", "revise"), ("POST", "revise"), ("GET", ""),
    ("POST", "attachments"), ("POST", "attachments/1/remove"), ("POST", "attachments/1/move"), ("GET", "attachments/1"),
)  # fmt: skip


def test_another_units_item_answers_as_a_missing_one(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    stranger = sign_in("qs-mzj-contributor")
    own = column_id(world, "gsgg", "qs-mzj")
    for method, path in PATHS:
        pages = []
        for wanted in (item_id, 10**9):
            data = {"csrf_token": stranger.token, "title": "题", "column_id": own, "version": "1"}
            data |= {"change_kind": "content", "change_reason": "因"}
            address = f"/work/items/{wanted}/{path}".rstrip("/")
            answer = stranger.client.open(address, method=method, data=data if method == "POST" else None)
            assert answer.status_code == 404, (method, path)
            pages.append(re.sub(r"[0-9a-f]{16}|csrf[^>]*>", "", answer.get_data(as_text=True)))
        assert pages[0] == pages[1], path


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)


def test_plain_text_without_javascript_keeps_its_paragraphs() -> None:
    values = {"title": "通知", "column_id": "1", "body_html": "第一段\n\n第二段"}
    assert read_item_form(values).body_html.count("<p>") == 2


def test_a_number_that_can_be_put_right_needs_no_reason(world: World, writer: Person) -> None:
    item_id = draft(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, document_number="和民发[2026] 第003号"))
    assert "填写完整，可以送审" in writer.get(f"/work/items/{item_id}/submit")
    assert "reason-" not in writer.page
    item = stored(world, item_id)
    assert (item.document_number, item.document_number_original) == ("和民发〔2026〕3号", "和民发[2026] 第003号")
    page = writer.post(f"/work/items/{item_id}/submit")
    assert "最迟2026年4月14日（含当日）前公开" in page
    assert "和民发〔2026〕3号" in page


def test_a_subclass_may_be_named_alone_and_an_unclear_class_has_its_likes_named(world: World, writer: Person) -> None:
    item_id = draft(world)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, subject_class="财政"))
    assert stored(world, item_id).subject_class == "财政、金融、审计/财政"
    page = writer.post(f"/work/items/{item_id}/checks", writer.edit(item_id, subject_class="金融"))
    assert "主题分类“金融”不在分类表中（相近的有：财政、金融、审计）" in page


def test_a_save_without_its_token_is_answered_as_signed_out(world: World, app: Flask, writer: Person) -> None:
    item_id = draft(world)
    values = writer.edit(item_id, title="没有存上的标题") | {"csrf_token": "stale"}
    headers = {"Accept": "application/json"}
    path = f"/work/items/{item_id}/autosave"
    for client in (writer.client, app.test_client()):
        answer = client.post(path, data=values, headers=headers)
        assert answer.status_code == 401
        assert answer.json == {"message": "登录已失效，内容保留在本页，请在新窗口登录后继续"}
    assert stored(world, item_id).title == "关于做好春季防火工作的通知"
