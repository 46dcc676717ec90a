"""Walking through the product as different people: pages by following links, forms as they stand on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from gongkai.accounts.permissions import Permission
from tests.factories.world import World

COOKIE = "gongkai"
PAGES_AN_ENDPOINT = 14
"""So many pages of one kind are enough; items in each state are fewer."""
PUBLIC_PAGES = 4


@dataclass
class Field:
    """A control of a form: its type, the value that it would send unchanged, and what else it offers."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form of a page, sent to `action` by `method` （`get` or `post`）."""

    page: str
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    def filled(self) -> dict[str, Any]:
        """What a browser would send of it, files left out."""
        sent = {name: found.values for name, found in self.fields.items() if found.kind != "file" and found.values}
        return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(self.page, given.get("action") or self.page, given.get("method", "get").lower())
            self.forms.append(self._form)
            self.by_id[given.get("id", "")] = self._form
        elif tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given or not self._select.values:
                self._select.values[:] = [given.get("value", "")]
        elif tag in ("input", "textarea", "select", "button"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form = self.by_id.get(given["form"]) if "form" in given else self._form
        if form is not None and given.get("formaction"):
            # Another address for the same fields.
            self.forms.append(Form(self.page, given["formaction"], form.method, form.fields))
        if form is None or not given.get("name") or "disabled" in given:
            return
        kind = given.get("type", "text") if tag == "input" else tag
        found = form.fields.setdefault(given["name"], Field(given["name"], kind))
        if tag == "select":
            self._select = found
        elif tag == "textarea":
            self._area = found
            found.values.append("")
        elif kind in ("checkbox", "radio"):
            found.options.append(given.get("value", "on"))
            if "checked" in given or (kind == "radio" and not found.values):
                found.values.append(given.get("value", "on"))
        elif kind == "button":
            found.options.append(given.get("value", ""))
            found.values[:] = found.values or [given.get("value", "")]
        elif kind != "file":
            found.values.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.values[-1] += data.removeprefix("\n") if not self._area.values[-1] else data


def read_page(path: str, page: str) -> tuple[list[Form], list[str]]:
    """Forms and links of a page."""
    reader = _Forms(path)
    reader.feed(page)
    return reader.forms, reader.links


class Walker:
    """A person's browser that forgets what an answer sets: each request begins with the same session."""

    def __init__(self, app: Flask, world: World, login: str = "") -> None:
        self.app, self.login = app, login
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.session = ""
        if login:
            signing_in = world.sign_in(app.test_client(), login)
            signing_in.get("/work/")  # What was to be told once has been told.
            cookie = signing_in.get_cookie(COOKIE)
            assert cookie is not None
            self.session = cookie.value

    def open(self, path: str, **options: Any) -> TestResponse:
        """A request with this person's session."""
        headers = {"Cookie": f"{COOKIE}={self.session}", "Referer": "http://localhost/", **options.pop("headers", {})}
        return self.client.open(path, headers=headers, buffered=True, **options)

    def endpoint(self, path: str, method: str = "GET") -> str:
        """The endpoint of a path; empty for what is none of ours."""
        try:
            found, _ = self.app.url_map.bind("localhost").match(urlsplit(path).path, method=method)
        except (HTTPException, RequestRedirect):
            return ""
        return str(found)

    def pages(self, *starts: str) -> Iterator[tuple[str, TestResponse]]:
        """Every page that can be reached by links, a few of each kind; path and answer.

        Public pages are the visitor's: people who work here are not followed there.
        """
        waiting, seen, counted = [*starts], set(starts), dict[str, int]()
        while waiting:
            path = waiting.pop(0)
            answer = self.open(path)
            yield path, answer
            if answer.status_code in (301, 302, 303):
                links = [answer.headers["Location"]]
            elif answer.mimetype == "text/html":
                _, links = read_page(path, answer.get_data(as_text=True))
            else:
                continue
            for link in links:
                parts = urlsplit(link)
                if parts.netloc not in ("", "localhost") or parts.scheme not in ("", "http"):
                    continue
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                endpoint = self.endpoint(target)
                if not target.startswith("/") or target in seen or endpoint in ("", "static"):
                    continue
                seen.add(target)
                counted[endpoint] = counted.get(endpoint, 0) + 1
                if counted[endpoint] <= self._enough(endpoint):
                    waiting.append(target)

    def _enough(self, endpoint: str) -> int:
        permission = getattr(self.app.view_functions[endpoint], "permission", None)
        if permission is not Permission.PUBLIC_READ:
            return PAGES_AN_ENDPOINT
        return 0 if self.login else PUBLIC_PAGES
