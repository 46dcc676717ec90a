"""The vendored files, the editor under the product's Content-Security-Policy, and without it."""

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.web.site import STATIC, Site

ROOT = Path(__file__).parents[2]
VENDOR = STATIC / "vendor"
TEMPLATES = [path for root in ("platform", "tenants", "search", "workers") for path in (ROOT / root).rglob("*.html")]
OWN_SCRIPTS = [path for path in STATIC.rglob("*.js") if VENDOR not in path.parents]
WORD_HTML = (Path(__file__).parent / "word_table.html").read_text(encoding="utf-8")

WORD_TABLE = (
    '<table><thead><tr><th colspan="2" scope="col"><p class="align-center"><strong>合并表头</strong></p></th>'
    '<th scope="col">金额</th></tr></thead>'
    '<tbody><tr><td rowspan="2">纵向合并</td><td>甲县</td><td><p class="align-right">12.50</p></td></tr>'
    '<tr><td>乙县</td><td><p class="align-right">3.00</p></td></tr></tbody></table>'
)
FORM = (
    '<form method="post" action="/save"><p><label for="title">标题</label><input id="title" name="title"></p>'
    '<p><label for="body">正文</label>'
    '<textarea id="body" name="body" data-editor required>{text}</textarea></p>'
    '<button>保存</button></form><script type="module" src="/js/editor.js"></script>'
)


def _listed_hashes() -> dict[str, str]:
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", readme, re.MULTILINE))


def test_each_vendored_file_is_the_one_that_the_readme_names() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != VENDOR / "README.md"
    }
    assert found == _listed_hashes()


def test_each_vendored_package_has_its_licence_and_a_line_in_the_readme() -> None:
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert "hereby granted" in (folder / "LICENSE").read_text(encoding="utf-8")
        assert folder.name.rpartition("-")[2] in readme


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_ask_htmx_for_nothing_that_needs_eval(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bhx-on[:=-]|\bhx-vars\b|hx-(?:vals|headers)=[\"']\s*(?:js|javascript):", text)
    assert not re.search(r"hx-trigger=[\"'][^\"']*\[", text)
    for config in re.findall(r"name=\"htmx-config\"\s+content='([^']*)'", text):
        settings = json.loads(config)
        assert settings["allowEval"] is False
        assert settings["includeIndicatorStyles"] is False
        assert settings.get("selfRequestsOnly", True) is True


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_our_scripts_evaluate_no_text_and_load_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function\(|set(?:Timeout|Interval)\(\s*[\"'`]", text)
    remote = r"[\"'`](?:https?:|wss?:)?//"
    assert not re.search(rf"(?:fetch|import|sendBeacon|EventSource|WebSocket|Worker|open)\s*\(\s*{remote}", text)
    assert not re.search(rf"\bfrom\s+{remote}|\.(?:src|href|action)\s*=\s*{remote}", text)
    assert not re.search(r"setAttribute\(\s*[\"']style|style\s*=\s*\\?[\"'](?!\")[a-z-]+:", text)


def _text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="正文")


def _value(page: Page) -> str:
    return page.locator("#body").evaluate("field => field.value")  # type: ignore[no-any-return]


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def _paste(page: Page, html: str) -> None:
    """Copy `html` as another program would, then paste it with the keyboard."""
    page.evaluate(
        """html => {
            const copy = (event) => {
                event.clipboardData.setData("text/html", html);
                event.clipboardData.setData("text/plain", "纯文本");
                event.preventDefault();
                event.stopImmediatePropagation();
            };
            document.addEventListener("copy", copy, { capture: true, once: true });
            document.execCommand("copy");
        }""",
        html,
    )
    _text(page).click()
    page.keyboard.press("Control+V")


@pytest.mark.browser
def test_word_text_keeps_its_table_and_loses_its_styles(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="")))
    page.evaluate("document.querySelector('form').addEventListener('input', () => { window.inputs = true; })")
    _paste(page, WORD_HTML)
    expect(_text(page).locator("table")).to_be_visible()
    assert _value(page).splitlines() == [
        '<h2 class="align-center">关于公布项目的通知</h2>',
        '<p class="align-center"><strong>居中标题</strong></p>',
        '<p class="indent-2">各县人民政府:<u>下划线</u></p>',
        WORD_TABLE,
        "<p>1.第一项</p>",
        '<p class="align-right">2023年3月23日</p>',
    ]
    assert page.evaluate("window.inputs") is True
    page.keyboard.press("Control+Z")
    assert _value(page) == ""


@pytest.mark.browser
def test_hostile_and_foreign_parts_of_a_paste_are_left_out(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="")))
    _paste(
        page,
        "<p onclick=\"window.hit=1\"style='color:red'>甲<script>window.hit=1</script>"
        '<img src="file:///C:/1.png" onerror="window.hit=1"><img src="https://example.org/1.png">'
        '<a href="javascript:alert(1)">乙</a><a href="https://www.gov.cn/">丙</a></p>'
        "<p>\u3000\u3000丁</p>"
        '<p style="mso-list:l0"><span style="font-family:Wingdings;mso-list:Ignore">l&nbsp;</span>戊</p>',
    )
    expect(page.get_by_role("status")).to_have_text("有2张图片未粘贴：图片请作为附件上传")
    assert _value(page) == (
        '<p>甲乙<a href="https://www.gov.cn/">丙</a></p>\n<p class="indent-2">丁</p>\n<ul><li>戊</li></ul>'
    )
    assert page.evaluate("window.hit") is None


@pytest.mark.browser
def test_toolbar_is_one_tab_stop_with_arrow_keys(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="<p>甲</p>")))
    page.locator("#title").click()
    page.keyboard.press("Tab")
    expect(_button(page, "正文")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(_button(page, "一级标题")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(_button(page, "重做")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(_text(page)).to_be_focused()
    assert _value(page) == "<h2>甲</h2>"
    page.keyboard.press("Alt+F10")
    expect(_button(page, "一级标题")).to_be_focused()
    expect(_button(page, "一级标题")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(_text(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(_button(page, "一级标题")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#title")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(_button(page, "保存")).to_be_focused()


@pytest.mark.browser
def test_labels_are_chinese_and_no_fault_is_found_by_axe(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="<table><tr><td>甲</td></tr></table>")))
    _text(page).get_by_text("甲").click()
    expect(page.get_by_role("toolbar", name="正文格式工具栏")).to_be_visible()
    buttons = page.get_by_role("toolbar").get_by_role("button")
    assert buttons.count() == 26
    assert all(re.fullmatch(r"[\u4e00-\u9fff]+", text) for text in buttons.all_inner_texts())
    results = Axe().run(page)
    assert [fault["id"] for fault in results.response["violations"]] == []


@pytest.mark.browser
def test_table_is_inserted_filled_merged_and_undone_by_keyboard(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="<p>甲</p>")))
    _text(page).get_by_text("甲").click()
    _button(page, "插入表格").click()
    page.get_by_label("行数").fill("0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("行数应为1到100之间的整数")
    page.get_by_label("行数").fill("2")
    page.get_by_label("列数").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("已插入2行2列的表格")
    page.keyboard.type("乙")
    page.keyboard.press("Tab")
    page.keyboard.type("丙")
    table = (
        '<table><thead><tr><th scope="col">乙</th><th scope="col">丙</th></tr></thead>'
        "<tbody><tr><td></td><td></td></tr></tbody></table>"
    )
    assert _value(page) == f"<p>甲</p>\n{table}"
    _button(page, "合并单元格").click(force=True)
    expect(page.get_by_role("status")).to_contain_text("请先选中相邻的多个单元格")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+ArrowRight")
    _button(page, "合并单元格").click()
    assert '<tr><td colspan="2"></td></tr>' in _value(page)
    page.keyboard.press("Control+Z")
    assert _value(page) == f"<p>甲</p>\n{table}"
    _button(page, "表头行").click()
    assert "<th" not in _value(page)


@pytest.mark.browser
def test_formats_lists_and_links(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="<p>甲</p><p>乙</p>")))
    _text(page).get_by_text("甲").click()
    page.keyboard.press("Control+A")
    for name in ("加粗", "居中", "有序列表"):
        _button(page, name).click()
        expect(_button(page, name)).to_have_attribute("aria-pressed", "true")
    item = '<li><p class="align-center"><strong>{}</strong></p></li>'
    assert _value(page) == f"<ol>{item.format('甲')}{item.format('乙')}</ol>"
    _button(page, "无序列表").click()
    assert _value(page).startswith("<ul>")
    _button(page, "清除格式").click()
    assert _value(page) == "<ul><li>甲</li><li>乙</li></ul>"
    page.keyboard.press("Control+K")
    page.keyboard.press("Escape")
    expect(_text(page)).to_be_focused()
    page.keyboard.press("Control+K")
    page.get_by_label("链接地址").fill("javascript:alert(1)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("链接地址不完整")
    page.get_by_label("链接地址").fill("www.gov.cn")
    page.keyboard.press("Enter")
    expect(_text(page)).to_be_focused()
    assert _value(page) == (
        '<ul><li><a href="https://www.gov.cn">甲</a></li><li><a href="https://www.gov.cn">乙</a></li></ul>'
    )


@pytest.mark.browser
def test_the_form_submits_the_text_and_shows_it_again_after_going_back(page: Page, site: Site) -> None:
    page.goto(site.show(FORM.format(text="")))
    _button(page, "保存").click()
    expect(page.get_by_role("status")).to_have_text("请填写“正文”")
    expect(_text(page)).to_be_focused()
    expect(_text(page)).to_have_attribute("aria-required", "true")
    assert site.posts == []
    page.keyboard.type("新的内容")
    _button(page, "保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    assert parse_qs(site.posts[0][2])["body"] == ["<p>新的内容</p>"]
    page.go_back()
    expect(_text(page)).to_have_text("新的内容")


@pytest.mark.browser
def test_stored_text_is_not_changed_until_it_is_edited(page: Page, site: Site) -> None:
    stored = '<p style="text-align:center">甲</p><p><img src="/icon.svg" alt="图"></p><hr><p>乙<sup>2</sup></p>'
    page.goto(site.show(FORM.format(text=stored.replace("<", "&lt;"))))
    expect(_text(page).locator(".align-center")).to_have_text("甲")
    assert _value(page) == stored
    _text(page).get_by_text("甲").click()
    page.keyboard.press("End")
    page.keyboard.type("一")
    assert _value(page).splitlines() == [
        '<p class="align-center">甲一</p>',
        '<p><img src="/icon.svg" alt="图"></p>',
        "<hr>",
        "<p>乙<sup>2</sup></p>",
    ]


@pytest.mark.browser
def test_the_textarea_stays_when_the_editor_cannot_start(page: Page, site: Site) -> None:
    page.route("**/prosemirror.min.js", lambda route: route.abort())
    page.goto(site.show(FORM.format(text="甲")))
    expect(page.locator("#body")).to_be_visible()
    page.locator("#body").fill("乙")
    _button(page, "保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    assert parse_qs(site.posts[0][2])["body"] == ["乙"]
