"""What operators see: a line for each request, health that is what it says, headers, failures that leave nothing."""

import io
import json
import logging
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fakeredis
import pytest
import structlog
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, insert, select, text

from gongkai.accounts.models import User
from gongkai.accounts.permissions import Permission
from gongkai.core.models import AuditEvent
from gongkai.core.ports import Services
from gongkai.run.compose import make_app, make_services
from gongkai.run.logs import configure_logs
from gongkai.run.modules import MODULES
from gongkai.web import current
from gongkai.web.routing import route
from gongkai.workers.queues import bind
from tests.conftest import AdjustableClock
from tests.factories.world import PASSWORD, World
from tests.run.test_serve import free_port, start, stop, wait_until_up

if TYPE_CHECKING:
    from gongkai.embedded.cluster import Cluster

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MOBILE = "13812345678"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error, as a process that has just started writes to it."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    kept = logging.root.handlers[:]
    logging.root.handlers.clear()
    configure_logs("json")
    yield written
    structlog.reset_defaults()
    logging.root.handlers[:] = kept


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    """The log lines so far; each must be JSON."""
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def failing(services: Services) -> Flask:
    """The application with three views that fail."""
    blueprint = Blueprint("failing", __name__)

    @route(blueprint, "/failing/code", permission=Permission.PUBLIC_READ, methods=["GET", "POST"])
    def code() -> ResponseReturnValue:
        current.uow().audit("failing.wrote", object_id=1)
        raise RuntimeError(f"reached by {MOBILE}")

    @route(blueprint, "/failing/database", permission=Permission.PUBLIC_READ)
    def database() -> ResponseReturnValue:
        work = current.uow()
        work.audit("failing.wrote", object_id=2)
        values = {
            "username": "twice", "name": "张三", "mobile": MOBILE, "password": PASSWORD, "active": True,
            "must_change_password": False, "failed_logins": 0, "created_at": work.now,
        }  # fmt: skip
        for uniquifier in ("one", "two"):
            work.session.execute(insert(User).values(**values, fs_uniquifier=uniquifier))
        return "never"

    @route(blueprint, "/failing/away", permission=Permission.PUBLIC_READ)
    def away() -> ResponseReturnValue:
        work = current.uow()
        work.audit("failing.wrote", object_id=3)
        work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "never"

    app = make_app(services)
    app.register_blueprint(blueprint)
    return app


Variant = Callable[..., FlaskClient]


@pytest.fixture
def variant(services: Services) -> Iterator[Variant]:
    """Makes the application with other settings."""
    made: list[Services] = []

    def make(**changes: object) -> FlaskClient:
        settings = services.settings.model_copy(update=changes)
        made.append(make_services(settings, redis=fakeredis.FakeRedis(), clock=AdjustableClock()))
        return make_app(made[-1]).test_client()

    yield make
    for used in made:
        used.database.engine.dispose()
    bind(services, MODULES)


def test_every_request_is_one_line_with_the_id_of_its_answer(client: FlaskClient, world: World, lines: Lines) -> None:
    asked = [("GET", "/"), ("GET", "/units/"), ("GET", "/no-such-page"), ("POST", "/sign-in"), ("GET", "/work/")]
    answers = [client.open(path, method=method) for method, path in asked]
    written = [line for line in lines() if line["event"] == "request.done"]
    assert [line["request_id"] for line in written] == [answer.headers["X-Request-Id"] for answer in answers]
    assert len({line["request_id"] for line in written}) == len(asked)
    assert [(line["method"], line["status"]) for line in written] == [
        (method, answer.status_code) for (method, _), answer in zip(asked, answers, strict=True)
    ]
    assert [line["endpoint"] for line in written] == [
        "portal.front",
        "portal.units",
        None,
        "security.login",
        "desk.today",
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["timestamp"]) for line in written)


def test_nothing_of_a_person_is_in_the_log(
    client: FlaskClient, world: World, lines: Lines, stream: io.StringIO
) -> None:
    with world.services.database.transaction() as uow:
        uow.session.get_one(User, world.people["hx-mzj-contributor"]).mobile = MOBILE
    world.sign_in(client, MOBILE)
    client.get(f"/search?q={MOBILE}")
    page = client.get("/account/password").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    changed = {"password": PASSWORD, "new_password": "yunling-teapot-88", "again": "yunling-teapot-88"}
    assert client.post("/account/password", data=changed | {"csrf_token": token[1]}).status_code == 302
    assert len(lines()) >= 4
    for secret in (MOBILE, PASSWORD, "yunling-teapot-88", "hx-mzj-contributor"):
        assert secret not in stream.getvalue()


@pytest.mark.parametrize(
    ("path", "status"), [("/failing/code", 500), ("/failing/database", 500), ("/failing/away", 503)]
)
def test_a_failure_is_a_chinese_page_with_its_id_and_leaves_nothing(
    failing: Flask, superuser: Engine, lines: Lines, stream: io.StringIO, path: str, status: int
) -> None:
    answer = failing.test_client().get(path)
    page, request_id = answer.get_data(as_text=True), answer.headers["X-Request-Id"]
    assert answer.status_code == status
    assert request_id in page
    assert ("系统出现故障，已自动记录" if status == 500 else "暂时无法提供服务") in page
    assert "Traceback" not in page
    assert "RuntimeError" not in page
    failed, done = lines()
    assert (failed["event"], failed["level"], failed["request_id"]) == ("request.failed", "error", request_id)
    assert "Traceback" in failed["exception"]
    assert (done["event"], done["status"], done["request_id"]) == ("request.done", status, request_id)
    assert MOBILE not in stream.getvalue()
    assert PASSWORD not in stream.getvalue()
    with superuser.connect() as connection:
        assert connection.scalars(select(AuditEvent.id).where(AuditEvent.action == "failing.wrote")).all() == []
        assert connection.scalars(select(User.id)).all() == []
    assert failing.test_client().get("/units/").status_code == 200, "the next request works"


def test_a_failure_in_a_form_needs_its_token_first(failing: Flask) -> None:
    assert failing.test_client().post("/failing/code").status_code == 400


def test_what_libraries_say_is_structured_too(lines: Lines) -> None:
    logging.getLogger("rq.worker").error("job %s failed for %s", "abc", MOBILE)
    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == ("job abc failed for ***", "error", "rq.worker")


def test_a_persons_terminal_shows_failures_without_variables(failing: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs("console")
    try:
        failing.test_client().get("/failing/database")
    finally:
        structlog.reset_defaults()
    assert "request.failed" in written.getvalue()
    assert "IntegrityError" in written.getvalue()
    for secret in (MOBILE, PASSWORD, "张三"):
        assert secret not in written.getvalue()


def test_healthz_answers_without_a_database_and_readyz_does_not(variant: Variant) -> None:
    away = variant(database_url="postgresql+psycopg://nobody@/nothing?host=/nowhere")
    assert away.get("/healthz").get_json() == {"status": "ok"}
    answer = away.get("/readyz")
    assert answer.status_code == 503
    said = answer.get_json()
    assert (said["status"], said["checks"]) == ("failing", {"database": "OperationalError"})
    page = away.get("/")
    assert page.status_code == 503
    assert "暂时无法提供服务" in page.get_data(as_text=True)


def test_readyz_is_ready_over_a_migrated_database(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = answer.get_json()["checks"]
    assert checks["role"] == checks["schema"] == "ok"
    assert set(checks.values()) == {"ok"}


@pytest.mark.parametrize("role", ["super", "owner"])
def test_readyz_refuses_a_role_that_could_get_around_row_security(
    variant: Variant, cluster: "Cluster", role: Any
) -> None:
    answer = variant(database_url=cluster.url(role)).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["role"] == "database role could bypass row-level security"


def test_readyz_refuses_a_schema_that_is_behind(client: FlaskClient, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        head = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        answer = client.get("/readyz")
    finally:
        with owner_engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["schema"] == f"database is at revision 0001, the code needs {head}"
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/static/css/portal.css", "/healthz", "/work/"])
def test_every_answer_carries_the_protecting_headers(client: FlaskClient, world: World, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("secure", [True, False])
def test_the_session_cookie_is_closed_to_scripts_and_other_sites(variant: Variant, world: World, secure: bool) -> None:
    client = variant(secure_cookies=secure)
    cookies = client.get("/sign-in", base_url="https://localhost").headers.getlist("Set-Cookie")
    (cookie,) = [cookie for cookie in cookies if cookie.startswith("gongkai=")]
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert ("Secure" in attributes) is secure


def test_a_signed_in_persons_pages_are_kept_by_no_cache(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    assert client.get("/work/").headers["Cache-Control"] == "no-store"
    assert client.get("/").headers["Cache-Control"] == "no-store"


@pytest.fixture
def served() -> Iterator[int]:
    """The port of `gongkai run`."""
    made = Path(tempfile.mkdtemp(prefix="gongkai-run-"))
    made.chmod(0o755)
    port = free_port()
    process = start(made / "data", port)
    try:
        wait_until_up(process, port)
        yield port
    finally:
        stop(process)
        shutil.rmtree(made, ignore_errors=True)


def test_the_server_does_not_say_what_it_is_and_refuses_too_much_in_chinese(served: int) -> None:
    with closing(HTTPConnection("127.0.0.1", served, timeout=30)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Server") is None
        assert answer.getheader("Via") is None
        assert re.fullmatch(r"[0-9a-f]{16}", answer.getheader("X-Request-Id") or "")
    with socket.create_connection(("127.0.0.1", served), timeout=60) as client:
        size = 60 * 1024 * 1024
        head = f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
        client.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n".encode())
        client.sendall(b"a" * size)
        said = b""
        while part := client.recv(65536):
            said += part
    assert b" 413 " in said.splitlines()[0]
    assert "上传的文件过大".encode() in said
