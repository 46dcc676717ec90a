"""Autosave: what was typed reaches the server or stays on the computer; newer text is not overwritten."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.site import Site

pytestmark = pytest.mark.browser

FORM = (
    '<form method="post" action="/save" data-autosave="/autosave" data-autosave-token="{key}">'
    '<input type="hidden" name="version" value="{version}"><input type="hidden" name="csrf_token" value="x">'
    '<p><label for="title">标题</label><input id="title" name="title" value="{title}"></p>'
    '<p><label for="body">正文</label><textarea id="body" name="body" data-editor>{text}</textarea></p>'
    "<button>保存</button><p data-autosave-status></p></form>"
    '<script type="module" src="/js/editor.js"></script><script type="module" src="/js/autosave.js"></script>'
)
CSRF = '<meta name="csrf-token" content="token-1">'
SAVED = (200, {"version": 4, "saved_at": "2026-03-23T06:03:00+00:00"})


def _open(page: Page, site: Site, key: str, *, version: int = 3, head: str = CSRF, title: str = "甲") -> None:
    page.goto(site.show(FORM.format(key=key, version=version, title=title, text="&lt;p>乙&lt;/p>"), head=head))
    expect(page.get_by_role("toolbar")).to_be_visible()
    expect(page.locator("[data-autosave-status]")).to_have_attribute("aria-live", "polite")


def _has_copy(page: Page, key: str) -> bool:
    return page.evaluate(f"localStorage.getItem('gongkai.autosave.{key}') !== null")  # type: ignore[no-any-return]


def _field(body: str, name: str) -> str:
    found = re.search(rf'name="{name}"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
    assert found
    return found.group(1)


def test_saves_three_seconds_after_the_last_change(page: Page, site: Site) -> None:
    site.answers["/autosave"] = SAVED
    page.clock.install()
    _open(page, site, "save")
    page.get_by_role("textbox", name="正文").click()
    page.keyboard.type("丙")
    page.clock.run_for(2900)
    assert site.posts == []
    assert _has_copy(page, "save")
    page.clock.run_for(200)
    status = page.locator("[data-autosave-status]")
    expect(status).to_have_text("已自动保存 14:03")
    expect(status).to_have_attribute("aria-live", "polite")
    _, headers, body = site.posts[0]
    assert headers["x-csrftoken"] == "token-1"
    assert _field(body, "version") == "3"
    assert "丙" in _field(body, "body")
    expect(page.locator("[name=version]")).to_have_value("4")
    assert not _has_copy(page, "save")
    page.clock.run_for(60_000)
    assert len(site.posts) == 1


def test_saves_when_a_field_is_left(page: Page, site: Site) -> None:
    site.answers["/autosave"] = SAVED
    page.clock.install()
    _open(page, site, "blur")
    page.get_by_label("标题").fill("新标题")
    page.get_by_role("textbox", name="正文").click()
    expect(page.locator("[data-autosave-status]")).to_have_text("已自动保存 14:03")


def test_what_was_typed_before_the_script_started_is_saved_too(page: Page, site: Site) -> None:
    site.answers["/autosave"] = SAVED
    page.clock.install()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/autosave.js", hold)
    address = site.show(FORM.format(key="early", version=3, title="甲", text=""), head=CSRF)
    page.goto(address, wait_until="commit")
    page.get_by_label("标题").fill("早于脚本")
    expect(page.get_by_role("toolbar")).to_be_visible()
    assert held
    held[0].continue_()
    expect(page.locator("[data-autosave-status]")).to_have_attribute("aria-live", "polite")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_have_text("已自动保存 14:03")
    assert _field(site.posts[0][2], "title") == "早于脚本"


def test_a_failed_save_keeps_a_copy_that_a_later_visit_restores(page: Page, site: Site) -> None:
    site.answers["/autosave"] = (500, {})
    page.clock.install()
    _open(page, site, "lost")
    page.get_by_role("textbox", name="正文").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("丙")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_have_text("保存失败，内容仍在本页")
    site.answers["/autosave"] = SAVED
    _open(page, site, "lost")
    page.get_by_role("button", name="恢复未保存的内容").click()
    expect(page.get_by_role("textbox", name="正文")).to_have_text("丙")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_have_text("已自动保存 14:03")
    assert _field(site.posts[-1][2], "body") == "<p>丙</p>"
    assert not _has_copy(page, "lost")


def test_a_copy_never_replaces_newer_content_of_the_server(page: Page, site: Site) -> None:
    site.answers["/autosave"] = (500, {})
    page.clock.install()
    _open(page, site, "newer")
    page.get_by_label("标题").fill("我的标题")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_contain_text("保存失败")
    _open(page, site, "newer", version=5, title="他人的标题")
    box = page.get_by_role("region", name="未保存的内容")
    expect(box).to_contain_text("已有新的版本，不能直接恢复")
    assert box.get_by_role("button").all_inner_texts() == ["放弃这些内容"]
    box.get_by_text("查看未保存的内容").click()
    expect(box.get_by_text("标题：我的标题")).to_be_visible()
    expect(page.get_by_label("标题", exact=True)).to_have_value("他人的标题")
    box.get_by_role("button").click()
    assert not _has_copy(page, "newer")


def test_a_conflict_stops_saving_and_says_so(page: Page, site: Site) -> None:
    site.answers["/autosave"] = (409, {})
    page.clock.install()
    _open(page, site, "conflict")
    page.get_by_label("标题").fill("一")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_contain_text("他人已修改，请先查看")
    page.get_by_label("标题").fill("二")
    page.clock.run_for(60_000)
    assert len(site.posts) == 1
    assert _has_copy(page, "conflict")


def test_a_lost_session_is_told(page: Page, site: Site) -> None:
    site.answers["/autosave"] = (401, {})
    page.clock.install()
    _open(page, site, "session")
    page.get_by_label("标题").fill("一")
    page.clock.run_for(3100)
    expect(page.locator("[data-autosave-status]")).to_contain_text("登录已失效，内容保留在本页，请在新窗口登录后继续")


def test_a_submission_waits_for_the_save_under_way(page: Page, site: Site) -> None:
    site.answers["/autosave"] = SAVED
    page.clock.install()
    _open(page, site, "submit")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/autosave", hold)
    page.get_by_label("标题").fill("一")
    page.clock.run_for(3100)
    page.get_by_role("button", name="保存").click()
    assert len(held) == 1
    assert site.posts == []
    held[0].continue_()
    expect(page.get_by_text("已保存")).to_be_visible()
    path, _, body = site.posts[-1]
    assert path == "/save"
    assert "version=4" in body


def test_a_submitted_copy_is_dropped_when_the_server_has_it(page: Page, site: Site) -> None:
    page.clock.install()
    _open(page, site, "sent")
    page.get_by_label("标题").fill("一")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    _open(page, site, "sent", version=4, title="一（已规范）")
    expect(page.locator("[data-autosave-restore]")).to_have_count(0)
    assert not _has_copy(page, "sent")


def test_a_page_can_discard_the_copies(page: Page, site: Site) -> None:
    _open(page, site, "else")
    page.evaluate(
        """() => {
            const copy = JSON.stringify({ at: Date.now(), entries: [], version: "" });
            localStorage.setItem("gongkai.autosave.left", copy);
            localStorage.setItem("other", copy);
        }"""
    )
    _open(page, site, "else")
    assert _has_copy(page, "left")
    _open(page, site, "else", head='<meta name="autosave-done" content="*">')
    assert not _has_copy(page, "left")
    assert page.evaluate("localStorage.getItem('other')")
