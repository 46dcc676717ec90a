"""Production's web process under gunicorn, and what commands say when database or job store are not to be had."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from select import select as select_sockets

import pytest
from sqlalchemy import select

from gongkai.accounts.models import SignInThrottle
from gongkai.core.ports import Services

VISITOR = "203.0.113.9"


@pytest.fixture
def environment(services: Services) -> dict[str, str]:
    """What a production process is told."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    return kept | {
        "DATABASE_URL": services.settings.database_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "GONGKAI_SECRET_KEY": "s" * 40,
        "GONGKAI_PASSWORD_SALT": "p" * 20,
        "GONGKAI_DATA_DIRECTORY": str(services.settings.data_directory),
        "GONGKAI_SECURE_COOKIES": "false",
    }


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[str]:
    """Address of a web process that believes to stand behind one proxy."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "gongkai.run.wsgi:production()", "--bind", address]
    process = subprocess.Popen(
        [*command, "--no-control-socket", "--graceful-timeout", "1"],
        env=environment | {"GONGKAI_TRUSTED_PROXIES": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def test_failed_sign_ins_are_counted_by_visitor_behind_a_trusted_proxy(services: Services, served: str) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(browser, f"{served}/sign-in"))
    assert token is not None
    form = {"username": "nobody", "password": "wrong", "csrf_token": token[1]}
    body = urllib.parse.urlencode(form).encode()
    sent = urllib.request.Request(f"{served}/sign-in", body, {"X-Forwarded-For": VISITOR})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        browser.open(sent)
    with services.database.unit_of_work() as uow:
        counted = set(uow.session.scalars(select(SignInThrottle.key)))
    assert f"address:{hashlib.sha256(VISITOR.encode()).hexdigest()[:32]}" in counted


def page(browser: urllib.request.OpenerDirector, address: str) -> str:
    """A page, once the process answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with browser.open(address, timeout=10) as answer:
                found: str = answer.read().decode()
                return found
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "数据库连接地址无法识别"),
        ("postgresql+psycopg://gongkai_app:x@127.0.0.1:1/gongkai", "无法使用数据库"),
    ],
)
def test_a_command_says_what_is_wrong_with_the_database(environment: dict[str, str], url: str, words: str) -> None:
    command = [sys.executable, "-m", "gongkai.run", "tenants", "list"]
    done = subprocess.run(command, env=environment | {"DATABASE_URL": url}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_a_process_says_that_the_job_store_does_not_answer(environment: dict[str, str], command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gongkai.run", command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "无法连接任务队列（REDIS_URL）" in done.stderr
    assert "Traceback" not in done.stderr


def peak_kilobytes(address: str) -> int:
    """The most memory that the web processes at an address have had, each."""
    peaks = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if address.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
                peaks += [int(found[1])] if found else []
    return max(peaks)


def pour(address: str, head: bytes, piece: bytes, times: int) -> tuple[str, int]:
    """Send a body until the server answers or all is sent; returns the answer and how much went out before it."""
    host, _, port = address.partition(":")
    sent, answer = 0, b""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head)
        for _ in range(times):
            if select_sockets([connection], [], [], 0)[0]:
                break
            try:
                connection.sendall(piece)
            except OSError:
                break
            sent += len(piece)
        with suppress(ConnectionResetError):
            while block := connection.recv(65536):
                answer += block
    return answer.decode(), sent


MEGABYTE = b"a" * 2**20


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize(
    ("length", "status", "words"),
    [("Content-Length: 104857600", 413, "上传的文件过大"), ("Transfer-Encoding: chunked", 411, "没有注明长度")],
)
def test_a_hundred_megabytes_are_refused_early_in_words(
    served: str, media_type: str, length: str, status: int, words: str
) -> None:
    address = served.removeprefix("http://")
    assert "登录" in page(urllib.request.build_opener(), f"{served}/sign-in")
    before = peak_kilobytes(address)
    piece = b"%x\r\n%s\r\n" % (len(MEGABYTE), MEGABYTE) if status == 411 else MEGABYTE
    head = f"POST /sign-in HTTP/1.1\r\nHost: {address}\r\nContent-Type: {media_type}\r\n{length}\r\n\r\n"
    answer, sent = pour(address, head.encode(), piece, 100)
    assert answer.startswith(f"HTTP/1.1 {status}"), answer[:200]
    assert words in answer
    assert sent < 20 * 2**20
    assert peak_kilobytes(address) - before < 50 * 1024
