"""A visitor's hands: forms are sent with the token of the page they stand on."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gongkai.accounts.models import User
from gongkai.core.ports import Services
from tests.factories.world import PASSWORD, World

NEW_PASSWORD = "mountain-teacup-73"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def text_of(answer: TestResponse) -> str:
    """The page as the visitor reads its source."""
    return answer.get_data(as_text=True)


def token(client: FlaskClient, page: str) -> str:
    """The token of the first form on a page."""
    found = _TOKEN.search(text_of(client.get(page)))
    assert found is not None, page
    return found[1]


def send(client: FlaskClient, path: str, data: dict[str, Any], *, page: str = "", **options: Any) -> TestResponse:
    """Send a form that stands on `page` (the same address if it is not given)."""
    return client.post(path, data={**data, "csrf_token": token(client, page or path)}, **options)


def knock(
    client: FlaskClient, login: str, password: str = PASSWORD, *, address: str = "10.0.0.1", **more: Any
) -> TestResponse:
    """Try to sign in from an address."""
    data = {"username": login, "password": password, **more}
    return send(client, "/sign-in", data, environ_overrides={"REMOTE_ADDR": address})


def signed_in_as(client: FlaskClient) -> str:
    """Login name of the person signed in, or an empty string."""
    answer = client.get("/account/password")
    found = re.search(r'name="account" value="([^"]+)"', text_of(answer))
    return found[1] if found else ""


def user(world: World, login: str) -> User:
    """The account as it is in the database now."""
    with world.services.database.unit_of_work() as uow:
        return uow.session.get_one(User, world.people[login])


def change_user(world: World, login: str, **values: Any) -> None:
    """Set columns of an account."""
    with world.services.database.transaction() as uow:
        found = uow.session.get_one(User, world.people[login])
        for key, value in values.items():
            setattr(found, key, value)


def mails(services: Services, since: int = 0) -> list[tuple[str, str, str]]:
    """Messages that left, oldest first: recipient, subject, text; without the first `since`."""
    folder = Path(services.settings.data_directory) / "mail"
    found = []
    for file in sorted(folder.glob("*.eml"))[since:]:
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body()
        assert body is not None
        found.append((str(message["To"]), str(message["Subject"]), body.get_content()))
    return found


def at(value: str) -> datetime:
    """An instant in Shanghai."""
    return datetime.fromisoformat(f"{value}+08:00")
