"""`gongkai run` as a person starts it: from an empty folder to a page, stopped, started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the database's account can reach."""
    made = Path(tempfile.mkdtemp(prefix="gongkai-run-"))
    made.chmod(0o755)
    yield made / "data"
    shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int | str, *arguments: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    environment |= {"GONGKAI_DATA": str(folder), "PORT": str(port), "GONGKAI_PASSWORD_HASH_COST": "low"}
    # As a script in the background starts a program: SIGINT is ignored until it says otherwise.
    command = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "gongkai.run", "run"]
    command += arguments or ("--no-demo",)
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def wait_until_up(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(process.communicate()[0])
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(process.communicate()[0])


def stop(process: subprocess.Popen[str], how: signal.Signals = signal.SIGINT) -> str:
    process.send_signal(how)
    return process.communicate(timeout=40)[0]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_from_nothing_stops_when_asked_and_starts_again(folder: Path, how: signal.Signals) -> None:
    for _ in range(2):
        port = free_port()
        process = start(folder, port)
        wait_until_up(process, port)
        output = stop(process, how)
        assert process.returncode == 0, output
        assert f"http://127.0.0.1:{port}/" in output
        assert "已停止，数据已保存" in output


def test_a_second_copy_on_the_same_data_is_told_so(folder: Path) -> None:
    port = free_port()
    first = start(folder, port)
    try:
        wait_until_up(first, port)
        second = start(folder, free_port())
        output = second.communicate(timeout=60)[0]
        assert second.returncode == 3
        assert str(first.pid) in output
    finally:
        stop(first)


def test_a_command_works_beside_the_running_product_and_without_it(folder: Path) -> None:
    command = [sys.executable, "-m", "gongkai.run", "tenants", "list", "--json"]
    environment = dict(os.environ) | {"GONGKAI_DATA": str(folder)}
    port = free_port()
    process = start(folder, port)
    try:
        wait_until_up(process, port)
        beside = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (beside.returncode, beside.stdout.strip()) == (0, "[]"), beside.stderr
    finally:
        stop(process)
    alone = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (alone.returncode, alone.stdout.strip()) == (0, "[]"), alone.stderr


def test_a_taken_port_is_named_with_what_to_do(folder: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = start(folder, port)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 3
    assert f"端口 {port} 已被占用" in output
    assert "PORT=" in output
    assert not folder.exists()


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_senseless_port_is_refused(folder: Path, port: str) -> None:
    process = start(folder, port)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 3
    assert "不是有效的端口号" in output


def test_an_unknown_setting_stops_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = dict(os.environ) | {
        "GONGKAI_DATA": str(folder), "PORT": str(free_port()), "GONGKAI_COLOUR": "red",
    }  # fmt: skip
    command = [sys.executable, "-m", "gongkai.run", "run", "--no-demo"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert result.returncode == 3
    assert "GONGKAI_COLOUR" in result.stderr


def test_the_help_explains_the_commands() -> None:
    command = [sys.executable, "-m", "gongkai.run", "--help"]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    for word in ("run", "tenants", "migrate"):
        assert word in output


def test_production_refuses_to_start_without_its_settings() -> None:
    code = "from gongkai.run.wsgi import production; production()"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GONGKAI_", "DATABASE"))}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode != 0
    for key in ("DATABASE_URL", "GONGKAI_SECRET_KEY", "GONGKAI_PASSWORD_SALT", "GONGKAI_DATA_DIRECTORY"):
        assert key in result.stderr
