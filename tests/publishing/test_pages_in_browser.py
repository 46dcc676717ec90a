"""The departments' screens in a real browser, under the product's own policy, by keyboard, and checked by axe."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from gongkai.publishing.models import Attachment, Item
from tests.factories.items import draft, submitted
from tests.factories.world import PASSWORD, World
from tests.publishing.test_attachments_pages import PDF
from tests.web.axe import faults
from tests.web.chromium import launch
from tests.web.live import live_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One browser for the module."""
    with launch() as context:
        yield context


@pytest.fixture
def origin(app: Flask, world: World) -> Iterator[str]:
    """The running application."""
    with live_server(app) as address:
        yield address


@pytest.fixture
def page(browser: BrowserContext, origin: str) -> Iterator[Page]:
    """A page of the running application whose errors and violations of the policy fail the test."""
    browser.clear_cookies()
    opened = browser.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    opened.wait_for_load_state("networkidle")
    violations = opened.evaluate("window.__violations")
    opened.close()
    assert violations == []
    assert faults == []


def sign_in(page: Page, origin: str, role: str) -> None:
    """Sign in by keyboard."""
    page.goto(f"{origin}/sign-in")
    page.locator("[name=username]").press_sequentially(f"hx-mzj-{role}")
    page.keyboard.press("Tab")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/")


def stored(world: World, item_id: int) -> Item:
    """The item as its unit sees it."""
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        return uow.session.execute(select(Item).where(Item.id == item_id)).scalar_one()


def test_the_editor_saves_checks_and_submits_by_keyboard(page: Page, origin: str, world: World) -> None:
    item_id = draft(world, summary="")
    sign_in(page, origin, "contributor")
    page.goto(f"{origin}/work/items/{item_id}/edit")
    expect(page.locator("#checks-body")).to_contain_text("还差1项才能送审")
    page.get_by_role("link", name="缺少内容概述").press("Enter")
    summary = page.get_by_label("内容概述")
    summary.press_sequentially("部署春季防火工作。")
    page.keyboard.press("Tab")
    # Leaving the field saves, and the save renews the checks, beside the field and above.
    expect(page.locator("[data-autosave-status]")).to_contain_text("已自动保存")
    expect(page.locator("#checks-body")).to_contain_text("填写完整，可以送审")
    expect(page.locator("#check-summary")).to_have_text(re.compile(r"^\s*$"))
    assert stored(world, item_id).summary == "部署春季防火工作。"
    page.locator(".editor-text").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("请认真贯彻落实。")
    page.get_by_role("textbox", name="标题").focus()
    page.keyboard.press("End")
    page.keyboard.type("（修订）")
    page.keyboard.press("Enter")
    expect(page.get_by_text("草稿已保存。填写完整，可以送审。")).to_be_visible()
    saved = stored(world, item_id)
    assert saved.title.endswith("（修订）")
    assert "请认真贯彻落实。" in saved.body_html
    page.get_by_role("button", name="送审").press("Enter")
    page.wait_for_url("**/submit")
    page.get_by_role("button", name="送审").press("Enter")
    expect(page.get_by_text("已送保密审查，审查人：")).to_be_visible()
    assert stored(world, item_id).state == "in_review"


def test_a_file_chosen_while_writing_takes_the_text_along(
    page: Page, origin: str, world: World, tmp_path: Path
) -> None:
    item_id = draft(world)
    sign_in(page, origin, "contributor")
    page.goto(f"{origin}/work/items/{item_id}/edit")
    page.get_by_label("关键词").fill("防火")
    (tmp_path / "附件一：分工表.pdf").write_bytes(PDF)
    page.get_by_label("添加附件").set_input_files(tmp_path / "附件一：分工表.pdf")
    page.get_by_role("button", name="上传附件").click()
    expect(page.get_by_role("link", name="附件一：分工表.pdf", exact=True)).to_be_visible()
    assert stored(world, item_id).optional["keywords"] == "防火"
    page.wait_for_load_state()  # Before its scripts are there the page asks nothing.
    page.get_by_role("button", name="删除附件一：分工表.pdf").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已删除附件“附件一：分工表.pdf”。")).to_be_visible()
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        assert uow.session.scalars(select(Attachment.id)).all() == []


def test_the_reviewer_decides_by_keyboard(page: Page, origin: str, world: World) -> None:
    item_id = submitted(world)
    sign_in(page, origin, "confidentiality_reviewer")
    page.get_by_role("link", name="审查", exact=True).press("Enter")
    page.wait_for_url(f"**/work/items/{item_id}")
    page.get_by_role("textbox", name="意见").focus()
    page.keyboard.type("同意公开。")
    page.get_by_role("button", name="审核通过").press("Enter")
    expect(page.get_by_text("保密审查已通过，已送终审")).to_be_visible()
    assert stored(world, item_id).state == "in_approval"


def test_the_screens_pass_axe_and_fit_the_screen(page: Page, origin: str, world: World) -> None:
    writing = draft(world, summary="", document_number="民发3号")
    waiting = submitted(world, title="等待审查的信息")
    paths = {
        "contributor": ("", "items/", "items/new", f"items/{writing}/edit", f"items/{writing}/submit"),
        "confidentiality_reviewer": ("", "review/?all=1", f"items/{waiting}"),
    }
    for role, addresses in paths.items():
        page.context.clear_cookies()
        sign_in(page, origin, role)
        for address in addresses:
            page.goto(f"{origin}/work/{address}")
            assert faults(page) == [], address
