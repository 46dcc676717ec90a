"""The portal in a browser that runs no scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.portal.conftest import Portal
from tests.portal.showcase import LONG
from tests.web.chromium import launch

pytestmark = pytest.mark.browser


def test_without_scripts_everything_is_there(portal: Portal) -> None:
    with launch(java_script=False, width=390, height=844) as context:
        page = context.new_page()
        page.goto(portal.address)
        page.get_by_label("单位名称、简称、曾用名或拼音首字母").fill("社会工作")
        page.get_by_role("button", name="查找单位").click()
        page.get_by_role("link", name="和溪县社会工作局").click()
        page.get_by_role("link", name="公示公告").first.click()
        page.get_by_role("link", name=LONG).click()
        expect(page.get_by_role("link", name="打印页面")).to_be_visible()
        # What hides the button is a style sheet, which may come a moment after the page.
        expect(page.get_by_role("button", name="复制引用格式")).to_have_count(0)
        page.get_by_role("link", name="打印页面").click()
        expect(page).to_have_url(re.compile("/print$"))
