"""A person at the workspace without JavaScript: signs in, opens pages, sends forms with their token."""

import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from gongkai.core.ports import Services
from tests.factories.world import World

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')


class Person:
    """One signed-in person; `page` is the text of the last page, entities resolved."""

    def __init__(self, app: Flask, world: World, login: str) -> None:
        self.client = world.sign_in(app.test_client(), login)
        self.page = ""
        self.status = 0
        self.token = ""
        self.get("/work/")

    def get(self, path: str, status: int = 200) -> str:
        """Open a page."""
        return self._take(self.client.get(path, follow_redirects=True), status)

    def post(self, path: str, data: Mapping[str, Any] | None = None, status: int = 200) -> str:
        """Send a form and follow where it leads."""
        answer = self.client.post(path, data={"csrf_token": self.token, **(data or {})}, follow_redirects=True)
        return self._take(answer, status)

    def edit(self, item_id: int, **changes: Any) -> dict[str, Any]:
        """Open the editor and return what its form would send, with changes."""
        self.get(f"/work/items/{item_id}/edit")
        return form_values(self.page_source) | changes

    @property
    def words(self) -> str:
        """What the last page says, without mark-up and white space."""
        shown = re.sub(r"<(script|style)\b.*?</\1>", "", self.page_source, flags=re.DOTALL)
        return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", "", shown)))

    def _take(self, answer: TestResponse, status: int) -> str:
        self.page_source = answer.get_data(as_text=True)
        self.page = html.unescape(self.page_source)
        self.status = answer.status_code
        self.location = answer.request.path
        assert answer.status_code == status, (answer.status_code, self.page[:3000])
        if token := TOKEN.search(self.page_source):
            self.token = token[1]
        return self.page


class _FormReader(HTMLParser):
    """Collects the values of the editor's form as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.select = self.area = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == "item-form"
        elif self.inside and tag in {"input", "textarea", "select", "option"}:
            getattr(self, f"_{tag}")(given)

    def _input(self, given: dict[str, str]) -> None:
        if given["type"] == "checkbox" and "checked" in given:
            self.values.setdefault(given["name"], []).append(given["value"])
        elif given["type"] not in {"file", "checkbox"}:
            self.values[given["name"]] = given["value"]

    def _textarea(self, given: dict[str, str]) -> None:
        self.area = given["name"]
        self.values[self.area] = ""

    def _select(self, given: dict[str, str]) -> None:
        self.select = given["name"]
        self.values[self.select] = ""

    def _option(self, given: dict[str, str]) -> None:
        if "selected" in given:
            self.values[self.select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            # The newline behind the opening tag is no content.
            self.values[self.area] = self.values[self.area].removeprefix("\n")
            self.area = ""
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] += data


def form_values(page: str) -> dict[str, Any]:
    """The values of the editor's form on a page."""
    reader = _FormReader()
    reader.feed(page)
    return reader.values


def file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    """A file as a form sends it."""
    return io.BytesIO(content), name


def version_of(page: str) -> str:
    """The lock version that a form carries."""
    found = VERSION.search(page)
    assert found is not None, page[:1000]
    return found[1]


@contextmanager
def counted(services: Services) -> Iterator[list[str]]:
    """The statements that the application sends within the block."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
