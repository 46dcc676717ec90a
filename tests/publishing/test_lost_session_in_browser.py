"""What is written while the session is lost stays on the page, and is saved when the same person is back."""

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.publishing.models import Item
from tests.factories.items import draft
from tests.factories.world import PASSWORD, World, add_person
from tests.web.chromium import launch
from tests.web.live import live_server

pytestmark = pytest.mark.browser
TOLD = "登录已失效，内容保留在本页，请在新窗口登录后继续"


def keywords_of(world: World, item_id: int) -> str:
    """What the draft has as keywords."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        found = uow.session.execute(select(Item.optional).where(Item.id == item_id)).scalar_one()
        return str(found.get("keywords", ""))


def sign_in(context: BrowserContext, origin: str, login: str) -> Page:
    """A new window in which a person has signed in."""
    opened = context.new_page()
    opened.goto(f"{origin}/sign-in")
    opened.locator("[name=username]").fill(login)
    opened.locator("[name=password]").fill(PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/work/")
    return opened


def test_the_page_goes_on_saving_for_the_same_person_only(app: Flask, world: World) -> None:
    item_id = draft(world)
    with live_server(app) as origin, launch() as context:
        page = sign_in(context, origin, "hx-mzj-contributor")
        page.goto(f"{origin}/work/items/{item_id}/edit")
        status = page.locator("[data-autosave-status]")
        expect(status).to_have_attribute("aria-live", "polite")
        keywords = page.get_by_label("关键词")

        def write(text: str) -> None:
            keywords.fill(text)
            with page.expect_response("**/autosave"):
                keywords.blur()

        context.clear_cookies()
        write("防火")
        expect(status).to_have_text(TOLD)
        with world.services.database.system_scope("test") as uow:
            add_person(uow, world, "hx-mzj-second", "hx-mzj", Role.CONTRIBUTOR)
        other = sign_in(context, origin, "hx-mzj-second")
        write("防火 春季")
        # Time enough for a second attempt, which must not come.
        page.wait_for_timeout(500)
        expect(status).to_have_text(TOLD)
        expect(keywords).to_have_value("防火 春季")
        assert keywords_of(world, item_id) == ""

        context.clear_cookies()
        other.close()
        sign_in(context, origin, "hx-mzj-contributor")
        write("防火 春季 巡查")
        expect(status).to_contain_text("已自动保存")
        assert keywords_of(world, item_id) == "防火 春季 巡查"
        page.get_by_role("button", name="保存草稿").click()
        expect(page.get_by_text("草稿已保存。")).to_be_visible()
