"""The embedded PostgreSQL, with real servers in temporary folders."""

import json
import os
import re
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gongkai.embedded import cluster as embedded
from gongkai.embedded.account import service_account
from gongkai.embedded.cluster import Cluster, Role, start
from gongkai.embedded.errors import AnotherCopyRunning, EmbeddedPostgresError
from gongkai.embedded.folder import SOCKET_NAME

Hold = Callable[[Path], "subprocess.Popen[str]"]


def query(cluster: Cluster, role: Role, *statements: str, database: str = "gongkai") -> list[tuple[object, ...]]:
    """Run statements in one transaction and return the rows of the last."""
    engine = sa.create_engine(cluster.url(role, database), poolclass=sa.NullPool)
    rows: list[tuple[object, ...]] = []
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
    return rows


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster_pid(directory: Path) -> int:
    return int((directory / "pgdata/postmaster.pid").read_text().splitlines()[0])


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody reaps does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def running(open_folder: Path) -> Iterator[Cluster]:
    with start(open_folder / "shared", durable=False) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def directory(open_folder: Path) -> Path:
    """An initialised data folder, not running; every test that uses it leaves it usable."""
    start(open_folder / "restarted", durable=False).stop()
    return open_folder / "restarted"


def test_first_start_makes_database_and_roles(running: Cluster) -> None:
    attributes = query(
        running,
        "super",
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication "
        "FROM pg_roles WHERE rolname LIKE 'gongkai%' ORDER BY rolname",
    )
    assert attributes == [
        ("gongkai_app", True, False, False, False, False, False),
        ("gongkai_owner", True, False, False, False, False, False),
    ]
    assert query(
        running,
        "owner",
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype "
        "FROM pg_database WHERE datname = 'gongkai'",
    ) == [("gongkai_owner", "UTF8", "C", "C")]
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = 'gongkai_app'::regrole AND deptype = 'o'"
    assert query(running, "super", owned) == [(0,)]


def test_settings(running: Cluster) -> None:
    expected = {
        "data_checksums": "on",
        "fsync": "off",
        "full_page_writes": "off",
        "jit": "off",
        "listen_addresses": "",
        "max_connections": "100",
        "shared_buffers": "16384",
        "synchronous_commit": "off",
        "TimeZone": "Asia/Shanghai",
    }
    rows = query(running, "app", "SELECT name, setting FROM pg_settings")
    assert {name: value for name, value in rows if name in expected} == expected


def test_passwords_are_asked_for(running: Cluster) -> None:
    methods = query(running, "super", "SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert methods == [("scram-sha-256",)]
    wrong = re.sub(r"://gongkai_app:[^@]+@", "://gongkai_app:wrong@", running.url("app"))
    with pytest.raises(sa.exc.OperationalError, match="password authentication failed"):
        sa.create_engine(wrong).connect()


@pytest.mark.parametrize("create", ["CREATE TABLE t (a int)", "CREATE TEMP TABLE t (a int)", "CREATE SCHEMA s"])
def test_app_creates_nothing(running: Cluster, create: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        query(running, "app", create)


def test_owner_installs_extensions(running: Cluster) -> None:
    query(running, "owner", "CREATE EXTENSION ltree", "CREATE EXTENSION pg_trgm", "CREATE EXTENSION btree_gin")


def test_app_is_bound_by_row_level_security(running: Cluster) -> None:
    query(
        running,
        "owner",
        "CREATE TABLE body (id int)",
        "INSERT INTO body VALUES (1), (2)",
        "ALTER TABLE body ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY one ON body USING (id = 1)",
        "GRANT SELECT ON body TO gongkai_app",
    )
    assert query(running, "app", "SELECT id FROM body") == [(1,)]
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        query(running, "app", "SET row_security = off", "SELECT id FROM body")


def test_files_are_private(running: Cluster) -> None:
    assert mode(running.directory) == 0o700
    assert mode(running.directory / "passwords.json") == 0o600
    assert mode(running.directory / "run") == 0o700
    assert mode(running.log_file) == 0o600
    assert "ready to accept connections" in running.log_file.read_text()
    secrets = json.loads((running.directory / "passwords.json").read_text())
    assert len(set(secrets.values())) == 3
    assert min(map(len, secrets.values())) >= 32
    assert not list(running.directory.glob("initdb*"))
    assert not any(secret in running.log_file.read_text() for secret in secrets.values())


def test_terminal_cannot_interrupt_the_server(running: Cluster) -> None:
    pid = postmaster_pid(running.directory)
    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_restart_keeps_data_and_passwords_and_mends_roles(directory: Path) -> None:
    with start(directory, durable=False) as cluster:
        url = cluster.url("app")
        query(cluster, "owner", "CREATE TABLE kept (a int)", "INSERT INTO kept VALUES (42)")
        query(cluster, "super", "ALTER ROLE gongkai_app SUPERUSER")
    messages: list[str] = []
    with start(directory, on_progress=messages.append) as cluster:
        assert cluster.url("app") == url
        assert query(cluster, "owner", "SELECT a FROM kept", "DROP TABLE kept") == []
        assert query(cluster, "app", "SHOW is_superuser") == [("off",)]
        assert query(cluster, "app", "SHOW fsync") == [("on",)]
    assert messages == ["正在启动数据库……"]


def test_stop_is_idempotent_and_releases_everything(directory: Path) -> None:
    cluster = start(directory, durable=False)
    pid = postmaster_pid(directory)
    cluster.stop()
    cluster.stop()
    assert not alive(pid)
    assert not (directory / "run").exists()
    again = start(directory, durable=False)
    cluster.stop()  # must not touch its successor
    assert alive(postmaster_pid(directory))
    again.stop()


def test_forked_child_does_not_stop_the_server(directory: Path) -> None:
    with start(directory, durable=False) as cluster:
        child = os.fork()
        if child == 0:
            cluster.stop()
            os._exit(0)
        assert os.waitpid(child, 0) == (child, 0)
        assert query(cluster, "app", "SELECT 1") == [(1,)]


def test_second_copy_is_refused(directory: Path, hold: Hold) -> None:
    holder = hold(directory)
    server = postmaster_pid(directory)
    with pytest.raises(AnotherCopyRunning, match=f"进程号 {holder.pid}.*请先停止该进程") as refusal:
        start(directory, durable=False)
    assert refusal.value.pid == holder.pid
    assert postmaster_pid(directory) == server
    assert alive(server)


def test_second_copy_in_the_same_process_is_refused(running: Cluster) -> None:
    with pytest.raises(AnotherCopyRunning) as refusal:
        start(running.directory, durable=False)
    assert refusal.value.pid == os.getpid()
    assert query(running, "app", "SELECT 1") == [(1,)]


def test_orphan_of_a_killed_process_is_replaced(directory: Path, hold: Hold) -> None:
    holder = hold(directory)
    orphan = postmaster_pid(directory)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert alive(orphan)
    messages: list[str] = []
    with start(directory, durable=False, on_progress=messages.append) as cluster:
        assert not alive(orphan)
        assert postmaster_pid(directory) != orphan
        assert query(cluster, "app", "SELECT 1") == [(1,)]
    assert "遗留" in messages[0]


def test_killed_server_does_not_block(directory: Path, hold: Hold) -> None:
    holder = hold(directory)
    for process in (holder.pid, postmaster_pid(directory)):
        os.kill(process, signal.SIGKILL)
    holder.wait()
    with start(directory, durable=False) as cluster:
        assert query(cluster, "app", "SELECT 1") == [(1,)]


def test_backend_that_outlives_a_killed_server_is_waited_for(directory: Path) -> None:
    cluster = start(directory, durable=False)
    engine = sa.create_engine(cluster.url("app"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        assert backend is not None
        os.kill(backend, signal.SIGSTOP)
        os.kill(postmaster_pid(directory), signal.SIGKILL)
        cluster.stop()
        resume = threading.Timer(0.5, os.kill, (backend, signal.SIGCONT))
        resume.start()
        with start(directory, durable=False) as again:
            assert query(again, "app", "SELECT 1") == [(1,)]
        resume.join()
        connection.invalidate()


def test_stop_after_the_server_was_killed(directory: Path) -> None:
    cluster = start(directory, durable=False)
    os.kill(postmaster_pid(directory), signal.SIGKILL)
    cluster.stop()
    with start(directory, durable=False) as cluster:
        assert query(cluster, "app", "SELECT 1") == [(1,)]


def test_recycled_process_id_is_neither_obeyed_nor_signalled(directory: Path) -> None:
    account = service_account(directory)
    stranger = subprocess.Popen(
        ["/usr/bin/postgres", "60"], executable="/bin/sleep", user=None if account is None else account.uid
    )
    try:
        with start(directory, durable=False):
            record = (directory / "pgdata/postmaster.pid").read_text().splitlines()
        record[0] = str(stranger.pid)
        for file in (directory / "pgdata/postmaster.pid", directory / "run" / f"{SOCKET_NAME}.lock"):
            file.parent.mkdir(exist_ok=True)
            file.write_text("\n".join(record) + "\n")
            if account is not None:
                os.chown(file, account.uid, account.gid)
        with start(directory, durable=False) as cluster:
            assert query(cluster, "app", "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_failed_start_shows_the_log_and_lets_go(directory: Path) -> None:
    configuration = directory / "pgdata/postgresql.conf"
    good = configuration.read_bytes()
    configuration.write_bytes(good + b"\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)未能启动.*请按.*no_such_setting"):
        start(directory, durable=False)
    configuration.write_bytes(good)
    start(directory, durable=False).stop()


@pytest.mark.parametrize("damage", [None, b"{", b'{"postgres": "x"}'])
def test_lost_password_file_is_reported(directory: Path, damage: bytes | None) -> None:
    file = directory / "passwords.json"
    good = file.read_bytes()
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)
    with pytest.raises(EmbeddedPostgresError, match=r"passwords\.json 缺失或损坏.*请从备份恢复"):
        start(directory, durable=False)
    file.write_bytes(good)
    start(directory, durable=False).stop()


def test_foreign_password_file_is_reported(directory: Path) -> None:
    file = directory / "passwords.json"
    good = file.read_text()
    file.write_text(json.dumps(dict.fromkeys(json.loads(good), "other")))
    with pytest.raises(EmbeddedPostgresError, match=r"passwords\.json 与数据出自同一备份"):
        start(directory, durable=False)
    assert not (directory / "pgdata/postmaster.pid").exists()
    file.write_text(good)
    start(directory, durable=False).stop()


def test_long_path_gets_a_private_socket_folder(open_folder: Path, hold: Hold) -> None:
    directory = open_folder / ("long-" * 20) / "数据 目录"
    holder = hold(directory)
    leaked = Path((directory / "pgdata/postmaster.pid").read_text().splitlines()[4])
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert leaked.exists()
    with start(directory, durable=False) as cluster:
        folder = Path(str(sa.make_url(cluster.url("app")).query["host"]))
        assert not leaked.exists()
        assert directory not in folder.parents
        assert mode(folder) == 0o700
        assert query(cluster, "app", "SELECT 1") == [(1,)]
    assert not folder.exists()


def test_path_unsafe_for_the_shell_is_refused(open_folder: Path) -> None:
    directory = open_folder / "a$(touch b)"
    with pytest.raises(EmbeddedPostgresError, match="特殊字符"):
        start(directory)
    assert not directory.exists()


def test_interrupted_initialisation_is_repeated_in_a_shared_folder(open_folder: Path) -> None:
    directory = open_folder / "shared-by-mistake"
    (directory / "pgdata.new").mkdir(parents=True)
    (directory / "pgdata.new/PG_VERSION").write_text("18\n")
    (directory / "initdb-password").write_text("old")
    directory.chmod(0o751)
    owner = directory.stat().st_uid
    with start(directory, durable=False) as cluster:
        assert query(cluster, "app", "SELECT 1") == [(1,)]
    assert mode(directory) == 0o751
    assert directory.stat().st_uid == owner
    assert not (directory / "pgdata.new").exists()


def test_default_directory(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(open_folder)
    assert embedded.default_directory({}, open_folder) == open_folder / "var"
    assert embedded.default_directory({"GONGKAI_DATA": ""}, open_folder) == open_folder / "var"
    assert embedded.default_directory({"GONGKAI_DATA": "/srv/gk"}, open_folder) == Path("/srv/gk")
    assert embedded.default_directory({"GONGKAI_DATA": "gk"}, Path("/x")) == open_folder / "gk"
