"""From the upload to the public page: whole pages go through, damaged ones wait for a person."""

import logging
import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from gongkai.core.models import AuditEvent, OutboxEvent
from gongkai.core.richtext.plain import to_text
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import save_draft, start_revision
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages import uploads
from gongkai.publishing.oldpages.arrival import keep_pages
from gongkai.publishing.oldpages.models import OldPage, OldPageRepair
from tests.factories.items import item_form, work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.oldpages.pages import ADDRESS, FOLDER, TERMS, address, bring, old_pages, packed, saved
from tests.publishing.pages import Person

SPAM = "真人娱乐"


def items_of(world: World) -> list[Item]:
    """The bureau's items."""
    with world.services.database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Item).where(Item.tenant_id == world.units["hx-mzj"])))


def revised(world: World, item_id: int) -> None:
    """The bureau publishes a change of the item through its chain, from the form of the editor."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="补充内容")
        form = item_form(world, uow, "hx-mzj", "gsgg", title=revision.title, body_html=revision.body_html)
        save_draft(uow, actor=writer, item_id=revision.id, form=form)
        submit(uow, actor=writer, item_id=revision.id)
    for login in ("hx-mzj-confidentiality_reviewer", "hx-mzj-approver"):
        with world.services.database.transaction() as uow:
            decide(uow, actor=world.actor(uow, login), item_id=revision.id)
    work_off(world.services)


def choices(page: str, choice: str) -> dict[str, str]:
    """The same choice for every finding of the list that offers it."""
    return dict.fromkeys(re.findall(rf'name="(choice-\d+)" value="{choice}"', page), choice)


def test_a_whole_page_is_public_with_its_time_its_number_and_its_labels(
    world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    office = sign_in("hx-supervisor")
    told = bring(office, saved("whole.html", "gbk"))
    assert "收到1个网页：1个完好，已转入迁移，0个需要核对。" in told
    work_off(world.services)
    page = old_pages(world)["whole.html"]
    assert (page.state, page.problem) == ("migrated", "")
    (item,) = items_of(world)
    assert (item.id, item.index_number, item.entry_route) == (page.item_id, "HX-MZJ/2014-0007", "migrated")
    public = client.get(f"/items/{item.id}").get_data(as_text=True)
    for words in ("2014-03-12", "每人30斤", "县民政局", "http://old.example.gov.cn/mzj/2014/0312/7.html"):
        assert words in public
    assert "处修复" not in public
    assert "已迁移公开，没有改动文字。" in office.get(address(world, "whole.html"))
    assert "1个以前收到过" in bring(office, saved("whole.html", "gbk"))
    work_off(world.services)
    assert len(items_of(world)) == 1


def test_a_hijacked_page_is_repaired_by_a_person_and_its_spam_is_nowhere(
    world: World, sign_in: SignIn, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = sign_in("hx-supervisor")
    assert "0个完好，已转入迁移，1个需要核对" in bring(office, saved("hijacked.html"))
    work_off(world.services)
    assert items_of(world) == []
    listed = office.get(f"{ADDRESS}/")
    assert "1个网页等待核对。" in listed
    assert "混入无关文字5处" in listed
    at = address(world, "hijacked.html")
    shown = office.get(at)
    assert "还有5处需要您决定，共发现5处问题。" in shown
    assert "采纳建议：改为“和溪”" in shown
    assert shown.count('class="damage damage-foreign"') == 5
    assert 'value="leave"' not in shown
    office.post(f"{at}/release", status=400)
    assert "还有5处没有决定" in office.page
    office.post(f"{at}/repairs", {"choice-0": "leave"}, status=400)
    assert "第1处是广告类文字，不能保留" in office.page
    office.post(f"{at}/repairs", choices(shown, "accept"))
    assert "已保存4处决定。" in office.page
    (number,) = {one for one in range(5) if f'name="choice-{one}" value="accept"' not in office.page}
    office.post(f"{at}/repairs", {f"choice-{number}": "own", f"own-{number}": SPAM}, status=400)
    assert "改正内容中有广告类文字" in office.page
    office.post(f"{at}/repairs", {f"choice-{number}": "own", f"own-{number}": ""})
    assert "可以迁移：已作5处修复。" in office.page
    office.post(f"{at}/release")
    work_off(world.services)
    (item,) = items_of(world)
    assert item.title == "和溪县2013年民政工作安排"
    public = client.get(f"/items/{item.id}").get_data(as_text=True)
    assert "《和溪县殡葬管理办法》" in public
    assert "本页由原网站迁移，已作5处修复" in public
    revised(world, item.id)
    assert "本页由原网站迁移，已作5处修复" in client.get(f"/items/{item.id}").get_data(as_text=True)
    assert SPAM not in public
    assert SPAM not in client.get("/").get_data(as_text=True)
    assert "没有找到" in client.get("/search", query_string={"q": SPAM}).get_data(as_text=True)
    assert SPAM not in caplog.text
    with world.services.database.system_scope("test") as uow:
        kept = uow.session.scalars(select(AuditEvent.detail)).all()
        assert SPAM not in str(kept)
        assert not uow.session.execute(
            text("SELECT 1 FROM search_document AS d WHERE d::text LIKE :spam"), {"spam": f"%{SPAM}%"}
        ).all()
        repairs = uow.session.scalars(select(OldPageRepair).order_by(OldPageRepair.finding)).all()
        page = uow.session.scalars(select(OldPage)).one()
    assert [repair.after for repair in repairs] == ["和溪", "和溪", "和溪", "", ""]
    assert all(SPAM in repair.before and repair.decided_by_name == "hx-supervisor" for repair in repairs)
    # What was found stays: the page as it was read, and the file.
    assert SPAM in page.title
    with world.services.files.open(page.file_digest) as stored:
        assert stored.read() == (FOLDER / "hijacked.html").read_bytes()
    original = office.client.get(f"{at}/file")
    assert original.mimetype == "application/octet-stream"


def test_advertising_that_a_repair_brings_to_light_does_not_get_through(world: World, sign_in: SignIn) -> None:
    """Invisible characters break the word up; without them it stands there whole."""
    office = sign_in("hx-supervisor")
    source = "关于公布救助流程的通知\n2019-05-06\n现将救助流程公布如下，详见真人\u200b娱乐网站，请各村组织学习。"
    bring(office, packed({"a.txt": source.encode()}))
    at = address(world, "a.txt")
    assert "不可见的零宽字符" in office.get(at)
    office.post(f"{at}/accept", {"kind": "hidden"})
    office.post(f"{at}/release", status=400)
    assert "修复后的内容仍有广告类文字" in office.page
    work_off(world.services)
    assert items_of(world) == []


def test_readings_and_gaps_are_taken_by_kind_at_a_persons_word(
    world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    office = sign_in("yl-supervisor")
    bring(office, saved("readings.txt"))
    at = address(world, "readings.txt")
    shown = office.get(at)
    assert "疑缺“政”字" in shown
    assert "本页为繁体，迁移后按原样保留" in shown
    before = old_pages(world)["readings.txt"]
    for kind in ("reading", "dropped"):
        office.post(f"{at}/accept", {"kind": kind})
    left = re.findall(r'name="(choice-\d+)" value="leave"(?! checked)', office.page)
    undecided = [name for name in left if f'name="{name}" value="accept" checked' not in office.page]
    assert len(undecided) == 2
    office.post(f"{at}/repairs", dict.fromkeys(undecided, "leave"))
    office.post(f"{at}/release")
    work_off(world.services)
    (item,) = items_of(world)
    words = to_text(item.body_html)
    for repaired in (
        "政府信息公開",
        "黨風廉政建設",
        "行政權力",
        "政務公開",
        "《中華人民共和國政府信息公開條例》",
        "行政復議",
    ):
        assert repaired in words
    assert "(data)" in words
    assert "xx市" in words
    assert item.title == "2016年民政工作總結"
    public = client.get(f"/items/{item.id}").get_data(as_text=True)
    assert "繁体（按原网页保留）" in public
    after = old_pages(world)["readings.txt"]
    assert (after.title, after.body_html, after.findings) == (before.title, before.body_html, before.findings)


def test_every_kind_of_damage_has_its_reason_in_the_text(world: World, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    bring(office, saved("torn.html", "gbk"))
    office.get(address(world, "torn.html"))
    kinds = set(re.findall(r'class="damage damage-([a-z]+)"', office.page_source))
    assert kinds == {"leftover", "encoding", "mixed", "dropped", "cut"}
    for reason in ("疑缺“民”字，应为“和溪县民政局”", "疑为“2012”", "书名号不成对", "文号中缺少年份", "内容疑被截断"):
        assert reason in office.page
    numbers = re.findall(r'href="\?finding=(\d+)#finding-\1"', office.page_source)
    assert sorted({int(number) for number in numbers}) == list(range(1, len(numbers) + 1))
    for number in numbers:
        assert f'id="finding-{number}"' in office.page


def test_a_page_without_title_and_time_waits_until_somebody_fills_them_in(
    world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    office = sign_in("hx-supervisor")
    body = "本局按照要求公布救助办理流程，由社会救助科负责解答群众咨询，咨询时间为工作日。"
    bring(office, packed({"流程.txt": body.encode("gbk")}))
    at = address(world, "流程.txt")
    assert "还缺标题、发布时间" in office.get(at)
    office.post(f"{at}/details", {"title": " ", "published_at": "昨天", "column": "gsgg"}, status=400)
    for words in ("未填写标题", "未填写发布时间"):
        assert words in office.page
    values = {"title": "社会救助办理流程", "published_at": "2019-05-06 10:20", "column": "gsgg"}
    office.post(f"{at}/details", {**values, "published_at": "2031-01-01"}, status=400)
    office.post(f"{at}/details", values)
    office.post(f"{at}/release")
    work_off(world.services)
    (item,) = items_of(world)
    assert item.title == "社会救助办理流程"
    assert item.published_at is not None
    assert item.published_at.isoformat().startswith("2019-05-06T")


def test_what_the_migration_refuses_comes_back_with_the_reason(world: World, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    bring(office, saved("whole.html"), cutoff_date="2013-12-31")
    work_off(world.services)
    page = old_pages(world)["whole.html"]
    assert (page.state, items_of(world)) == ("clean", [])
    assert "晚于本批次的截止日期" in office.get(address(world, "whole.html"))
    at = address(world, "whole.html")
    office.post(f"{at}/details", {"published_at": "2013-03-12 09:30", "column": "gsgg"})
    office.post(f"{at}/release")
    work_off(world.services)
    assert old_pages(world)["whole.html"].state == "migrated"


def test_an_address_that_is_here_already_is_not_migrated_twice(world: World, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    bring(office, saved("whole.html"))
    work_off(world.services)
    source = (FOLDER / "whole.html").read_text("utf8").replace("HX-MZJ/2014-0007", "HX-MZJ/2014-0008")
    bring(office, packed({"again.html": source.encode()}))
    work_off(world.services)
    assert len(items_of(world)) == 1
    assert "已在平台上" in office.get(address(world, "again.html"))


def test_a_page_is_kept_out_with_a_reason_and_stays_out(world: World, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    bring(office, saved("hijacked.html"))
    at = address(world, "hijacked.html")
    office.post(f"{at}/reject", {"reason": " "}, status=400)
    assert "未填写不予迁移的原因" in office.page
    office.post(f"{at}/reject", {"reason": "不是本单位的信息"})
    assert "不是本单位的信息" in office.page
    office.post(f"{at}/release", status=409)
    assert "1个以前收到过" in bring(office, saved("hijacked.html"))
    work_off(world.services)
    assert items_of(world) == []


@pytest.mark.parametrize(
    ("terms", "files", "words"),
    [
        ({"unit": "qs-mzj"}, {"a.txt": b"x"}, "未选择单位"),
        ({"unit": ""}, {"a.txt": b"x"}, "未选择单位"),
        ({"column": "没有的栏目"}, {"a.txt": b"x"}, "没有可用的栏目“没有的栏目”"),
        ({"cutoff_date": "昨天"}, {"a.txt": b"x"}, "不是有效日期"),
        ({"cutoff_date": ""}, {"a.txt": b"x"}, "未填写截止日期"),
        ({"responsible_person": ""}, {"a.txt": b"x"}, "未填写责任人"),
        ({}, {"a.docx": b"x"}, "没有网页文件"),
        ({}, {f"{number}.txt": b"x" for number in range(301)}, "一次最多300个"),
    ],
)
def test_a_faulty_upload_shows_the_form_again_and_keeps_nothing(
    world: World, sign_in: SignIn, terms: dict[str, str], files: dict[str, bytes], words: str
) -> None:
    office = sign_in("hx-supervisor")
    shown = bring(office, packed(files), status=400, **terms)
    assert words in shown
    if "responsible_person" not in terms:
        assert 'value="王主任"' in shown
    with world.services.database.system_scope("test") as uow:
        for table in (OldPage, ImportBatch, OutboxEvent):
            rows = uow.session.scalars(select(table)).all()
            assert [row for row in rows if getattr(row, "kind", "") != "tenant.created"] == []


def test_files_that_are_no_pages_are_named_and_the_others_kept(world: World, sign_in: SignIn) -> None:
    office = sign_in("hx-supervisor")
    good = (FOLDER / "whole.html").read_bytes()
    archive, name = packed({"AA/BBBB.html": good, "空.txt": b" ", "__MACOSX/x.html": b"x"})
    # Chinese Windows writes names in GBK, without the flag for UTF-8.
    windows = BytesIO(archive.getvalue().replace(b"BBBB.html", "网页".encode("gbk") + b".html"))
    bring(office, (windows, name), (saved("traditional.txt")), packed({"b.zip": b""}, "b.zip"))
    assert "1个文件未能识别" in office.page
    assert "空.txt：文件是空的" in office.page
    assert set(old_pages(world)) == {"网页.html", "traditional.txt"}
    broken = bring(office, (packed({})[0], "坏.zip"), status=400)
    assert "没有网页文件" in broken


def test_a_stranger_sees_no_page_of_another_county(world: World, sign_in: SignIn) -> None:
    bring(sign_in("hx-supervisor"), saved("hijacked.html"))
    stranger: Person = sign_in("qs-supervisor")
    at = address(world, "hijacked.html")
    assert "没有等待核对的网页。" in stranger.get(f"{ADDRESS}/")
    for path in (at, f"{at}/file"):
        stranger.get(path, status=404)
    for deed in ("repairs", "accept", "details", "release", "reject"):
        stranger.post(f"{at}/{deed}", {"reason": "无", "choice-0": "accept"}, status=404)
    assert old_pages(world)["hijacked.html"].state == "quarantined"


def test_an_upload_is_read_by_a_job_with_progress_and_goes_on_after_it_was_killed(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sign_in("hx-supervisor")
    monkeypatch.setattr(uploads, "CHUNK", 1)
    office.get(f"{ADDRESS}/new")
    files = [saved("whole.html"), saved("hijacked.html"), packed({"空.txt": b" "})]
    office.post(f"{ADDRESS}/new", {**TERMS, "files": files})
    (number,) = set(re.findall(r"upload=(\d+)", office.page))
    assert old_pages(world) == {}
    assert "排队中" in office.page
    assert '<noscript><meta http-equiv="refresh"' in office.page_source
    at, asked = f"{ADDRESS}/?upload={number}", {"HX-Request": "true"}
    part = office.client.get(at, headers=asked)
    assert "HX-Refresh" not in part.headers
    assert part.get_data(as_text=True).count("<h1") == 0

    class Killed(BaseException):
        """The process ends here."""

    def keep(*given: Any, **named: Any) -> None:
        if old_pages(world):
            raise Killed
        keep_pages(*given, **named)

    with monkeypatch.context() as patch, world.services.database.system_scope("test") as uow:
        patch.setattr(uploads, "keep_pages", keep)
        with pytest.raises(Killed):
            uploads.read_uploads(world.services, uow, [int(number)])
    assert list(old_pages(world)) == ["whole.html"]
    assert "1 / 3" in office.client.get(at, headers=asked).get_data(as_text=True)
    work_off(world.services)
    assert office.client.get(at, headers=asked).headers["HX-Refresh"] == "true"
    told = office.get(f"{at}&state=")
    assert "收到3个网页：1个完好，已转入迁移，1个需要核对，1个文件未能识别。" in told
    assert "未能识别的文件：空.txt：文件是空的。" in told
    assert {name: page.state for name, page in old_pages(world).items()} == {
        "whole.html": "migrated",
        "hijacked.html": "quarantined",
    }
    sign_in("qs-supervisor").get(at, status=404)
