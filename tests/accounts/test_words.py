"""Everything a person can read at the door is Chinese."""

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient

from tests.accounts.browsing import change_user, knock, send, text_of
from tests.factories.world import PASSWORD, World

LOGIN = "hx-mzj-contributor"
_ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ '][A-Za-z]+)+")


class Words(HTMLParser):
    """Collects what is shown or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style", "svg"}
        self.found += [value or "" for name, value in attrs if name in {"title", "alt", "placeholder", "aria-label"}]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "svg"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def english(page: str) -> list[str]:
    """English phrases on a page."""
    words = Words()
    words.feed(page)
    return [found[0] for text in words.found if (found := _ENGLISH.search(text))]


def test_no_page_at_the_door_speaks_english(world: World, client: FlaskClient) -> None:
    change_user(world, LOGIN, name="李华")
    reset = {"username": ""}
    pages = [
        client.get("/sign-in"),
        knock(client, "", ""),
        knock(client, LOGIN, "wrong"),
        *(knock(client, "nobody", "wrong") for _ in range(5)),
        client.post("/sign-in", data={}),
        client.get("/reset-password"),
        send(client, "/reset-password", reset),
        send(client, "/reset-password", {"username": LOGIN}),
        client.get("/reset-password/broken"),
    ]
    knock(client, LOGIN)
    short = {"password": PASSWORD, "new_password": "x", "again": "y"}
    pages += [
        client.get("/account/password"),
        send(client, "/account/password", {"password": "x"}),
        send(client, "/account/password", short),
        client.get("/work/people/"),
    ]
    change_user(world, LOGIN, must_change_password=True)
    pages.append(client.get("/account/password"))
    assert len(pages) == 18
    for answer in pages:
        assert english(text_of(answer)) == []
        assert 'lang="zh-CN"' in text_of(answer)


def test_the_check_sees_english() -> None:
    assert english('<p>请填写</p><p title="Please log in">Invalid password</p>') == [
        "Please log in",
        "Invalid password",
    ]


def test_the_libraries_own_pages_and_answers_do_not_exist(world: World, client: FlaskClient) -> None:
    for path in ("/login", "/logout", "/verify", "/reset", "/change", "/register"):
        assert client.get(path).status_code == 404
    answer = client.get("/account/password", headers={"Accept": "application/json"})
    assert answer.status_code == 302
    basic = {"Authorization": "Basic aHgtbXpqLWNvbnRyaWJ1dG9yOkdvbmdrYWktMjAyNi1kZW1v"}
    assert client.get("/account/password", headers=basic).status_code == 302
    token = {"Authentication-Token": "x"}
    assert client.get("/account/password", headers=token).status_code == 302
