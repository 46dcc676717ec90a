"""The screens of those who work here in a real browser: accessible by axe-core's rules, at 390 px, under the policy."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import update

from gongkai.accounts.models import User
from gongkai.catalog.guide import publish_guide
from tests.factories.world import PASSWORD, World
from tests.portal.test_units import GUIDE
from tests.scene import LOCKED, OFFICE, WRITER, set_scene
from tests.test_isolation import rules
from tests.walking import Walker
from tests.web.axe import faults
from tests.web.live import live_server
from tests.web.screens import DUTIES, NO_PAGES, pages_of, screens
from tests.web.staff import opened, sign_in

pytestmark = pytest.mark.browser
REFUSED = """
index => {
  const form = document.forms[index];
  for (const control of form.querySelectorAll("[required]")) {
    if (control.type === "checkbox" || control.type === "radio") control.checked = false;
    else control.value = "";
  }
  form.requestSubmit();
}
"""
"""Sends a form with all that it demands left out."""
DEMANDING = """
() => [...document.forms].map((form, index) => [index, form.method === "post" && form.querySelector("[required]")
  ? new URL(form.action).pathname : ""]).filter(([, action]) => action)
"""
"""Places of the forms that demand something, and where they are sent."""
WITHOUT_TOKEN = """
() => {
  const form = document.querySelector("main form");
  form.querySelector("[name=csrf_token]").remove();
  form.submit();
}
"""


@pytest.fixture
def starts(app: Flask, world: World) -> dict[str, list[str]]:
    """The prefecture with something on every screen, and a guide in two versions."""
    found = set_scene(app, world)
    with world.services.database.system_scope("test") as uow:
        for day in (date(2026, 1, 1), date(2026, 3, 1)):
            publish_guide(uow, tenant_id=world.units["hx-mzj"], content=GUIDE, effective_date=day, published_by=None)
    return found


@pytest.fixture
def origin(app: Flask, starts: dict[str, list[str]]) -> Iterator[str]:
    """The running application with the scene."""
    with live_server(app) as address:
        yield address


def wrong_with(page: Page, *, another: bool = False) -> list[str]:
    """What is wrong with a page whatever it is for; `another` of a kind as for `faults`."""
    found = faults(page, another=another)
    headings = page.locator("h1").all_inner_texts()
    if len(headings) != 1 or not headings[0].strip():
        found.append(f"headings of the first order: {headings}")
    if not re.match(r"[\w《“（]", page.title()):
        found.append(f"title: {page.title()!r}")
    return found


def refused_forms(page: Page, walker: Walker, known: set[str]) -> Iterator[str]:
    """Send each demanding form of the page that is open without what it demands; what is wrong with the answers."""
    address = page.url
    for index, action in page.evaluate(DEMANDING):
        endpoint = walker.endpoint(action, "POST")
        if endpoint in known:
            continue
        known.add(endpoint)
        if page.url != address or index:
            page.goto(address)
        with page.expect_navigation() as answered:
            page.evaluate(REFUSED, index)
        if answered.value.status not in (400, 409, 422):
            yield f"{action}: {answered.value.status} for an empty form"
        elif not page.locator("[role=alert], .field-error").count():
            yield f"{action}: refused without a message"
        yield from (f"{action} refused: {fault}" for fault in wrong_with(page, another=True))


@pytest.mark.parametrize("duty", DUTIES)
def test_every_screen(
    app: Flask, world: World, starts: dict[str, list[str]], origin: str, browser: BrowserContext, duty: str
) -> None:
    found = screens(app, world, starts, duty)
    assert sorted(pages_of(app, duty) - {screen.endpoint for screen in found}) == [], "no screen of the scene"
    wrong, titles, known, signed_in = [], dict[str, str](), set[str](), ""
    walker = Walker(app, world)
    with opened(browser) as page:
        for screen in found:
            if screen.login != signed_in:
                sign_in(page, origin, screen.login)
                signed_in = screen.login
            page.goto(origin + screen.path)
            here = f"{screen.login} {screen.path}"
            another = screen.endpoint in titles.values()
            wrong += [f"{here}: {fault}" for fault in wrong_with(page, another=another)]
            if titles.setdefault(page.title(), screen.endpoint) != screen.endpoint:
                wrong.append(f"{here}: the title of {titles[page.title()]} too: {page.title()}")
            wrong += [f"{here}: {fault}" for fault in refused_forms(page, walker, known)]
    assert known, "forms were sent empty"
    assert wrong == []


def test_what_is_no_page_is_none(app: Flask) -> None:
    assert sorted(NO_PAGES.keys() - {rule.endpoint for rule, _ in rules(app)}) == []


def test_the_door(app: Flask, world: World, starts: dict[str, list[str]], origin: str, browser: BrowserContext) -> None:
    with world.services.database.system_scope("test") as uow:
        forced = update(User).where(User.username == WRITER).values(must_change_password=True)
        uow.session.execute(forced)
    reset = next(path for path in starts[""] if path.startswith("/reset-password/"))
    wrong, walker = [], Walker(app, world)
    with opened(browser) as page:
        for path in ("/sign-in", "/work/", "/reset-password", reset, "/reset-password/no-such-token"):
            page.goto(origin + path)
            wrong += [f"{path}: {fault}" for fault in wrong_with(page)]
            wrong += refused_forms(page, walker, set())
        for login, password in ((WRITER, "wrong"), (LOCKED, "wrong"), (WRITER, PASSWORD)):
            sign_in(page, origin, login, password)
            wrong += [f"{login} at {page.url}: {fault}" for fault in wrong_with(page)]
        assert page.get_by_role("heading", name="设置新密码").is_visible()
        wrong += refused_forms(page, walker, set())
        page.context.clear_cookies()
        page.goto(f"{origin}/reset-password")
        page.locator("[name=username]").fill(WRITER)
        page.get_by_role("button", name="发送重置链接").click()
        page.get_by_text("申请已受理").wait_for()
        wrong += wrong_with(page)
    assert wrong == []


def test_pages_that_refuse(origin: str, browser: BrowserContext) -> None:
    wrong = []
    with opened(browser) as page:
        sign_in(page, origin, "hx-mzj-approver")
        for path, status in (("/office/", 403), ("/work/items/999999", 404), ("/no-such-page", 404)):
            answer = page.goto(origin + path)
            assert answer is not None
            assert answer.status == status
            wrong += [f"{path}: {fault}" for fault in wrong_with(page)]
        page.goto(f"{origin}/account/password")
        with page.expect_navigation() as answered:
            page.evaluate(WITHOUT_TOKEN)
        assert answered.value.status == 400
        wrong += [f"without a token: {fault}" for fault in wrong_with(page)]
    assert wrong == []


def test_pages_that_answer_a_form(origin: str, browser: BrowserContext, world: World) -> None:
    """What is shown once, as the answer to a form, and has no address of its own."""
    wrong = []
    with opened(browser) as page:
        sign_in(page, origin, "hx-mzj-unit_admin")
        page.goto(f"{origin}/work/people/{world.people['hx-mzj-approver']}")
        page.get_by_role("button", name="重置密码").click()
        wrong += [f"dialogue: {fault}" for fault in wrong_with(page)]
        page.get_by_role("button", name="确定").click()
        page.get_by_role("heading", name="的临时密码").wait_for()
        wrong += [f"password: {fault}" for fault in wrong_with(page)]
        page.goto(f"{origin}/work/guide/edit")
        page.get_by_label("生效日期").fill("2026-04-01")
        page.get_by_role("button", name="下一步：核对").click()
        page.get_by_role("heading", name="核对公开指南第3版").wait_for()
        wrong += [f"guide: {fault}" for fault in wrong_with(page)]
        sign_in(page, origin, OFFICE)
        page.goto(f"{origin}/office/rules")
        page.get_by_label("单位类型").select_option(label="政府部门")
        page.get_by_label("月度任务（条）").fill("9")
        page.get_by_label("理由和依据").first.fill("年度工作要点")
        page.get_by_role("button", name="查看影响").click()
        page.get_by_role("button", name="确认保存").wait_for()
        wrong += [f"rules: {fault}" for fault in wrong_with(page)]
    assert wrong == []
