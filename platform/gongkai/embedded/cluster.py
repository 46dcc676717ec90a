"""Start the embedded PostgreSQL on a data folder and hand out its addresses.

For development, tests and small offices; production names its own server in DATABASE_URL.
"""

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg
from sqlalchemy import URL

from gongkai.embedded.account import blocking_folder, service_account
from gongkai.embedded.binaries import usable_programs, wheel_package
from gongkai.embedded.errors import DiskFull, EmbeddedPostgresError
from gongkai.embedded.folder import (
    make_socket_folder,
    passwords,
    prepare_folder,
    remove_socket_folder,
    take_lock,
)
from gongkai.embedded.roles import APP, DATABASE, OWNER, SUPERUSER, ensure_roles
from gongkai.embedded.server import Server

Role = Literal["owner", "app", "super"]

USERS: dict[Role, str] = {"owner": OWNER, "app": APP, "super": SUPERUSER}
ROOT_DIRECTORY = Path("/var/lib/gongkai")


class Cluster:
    """A running PostgreSQL that this process started and alone may stop; made by `start`."""

    def __init__(self, server: Server, socket_folder: Path, secrets: dict[str, str], cleanup: ExitStack) -> None:
        self._server = server
        self._socket_folder = socket_folder
        self._secrets = secrets
        self._cleanup = cleanup
        self._process = os.getpid()

    @property
    def directory(self) -> Path:
        """The data folder."""
        return self._server.directory

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self._server.log_file

    def url(self, role: Role, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of `database` for a role, password included; it holds until `stop`."""
        user = USERS[role]
        return database_url(user, self._secrets[user], database, self._socket_folder)

    def stop(self) -> None:
        """Stop the server and release the data folder; does nothing if stopped or in a forked child.

        Raises:
            EmbeddedPostgresError: the server could not be stopped.
        """
        if os.getpid() == self._process:
            self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(directory: Path, *, durable: bool = True, on_progress: Callable[[str], None] | None = None) -> Cluster:
    """Start PostgreSQL on `directory`, creating the database, its roles and the folder itself when missing.

    A server left over by a killed process is stopped first. As root the server runs as `postgres` or
    `nobody`. `durable=False` trades safety after a power cut for speed, for tests only. `on_progress` gets
    short Chinese sentences for a person who waits.

    Raises:
        AnotherCopyRunning: the data folder is in use.
        DataFolderUnreachable: as root, the server's account cannot reach the data folder.
        DiskFull: no room to initialise or to start.
        EmbeddedPostgresError: anything else that prevented the start, said in Chinese.
    """
    report = on_progress or _silent
    directory = directory.expanduser().resolve()
    try:
        account = service_account(directory)
        prepare_folder(directory, account)
        with ExitStack() as cleanup:
            cleanup.callback(os.close, take_lock(directory))
            server = Server(directory, usable_programs(wheel_package(), directory, account), account)
            _clear_left_over(server, report)
            secrets = passwords(directory, tuple(USERS.values()), first_start=not server.data.exists())
            if not server.data.exists():
                report("首次启动，正在建立数据库……")
                server.initialise(secrets[SUPERUSER], durable=durable)
            socket_folder = make_socket_folder(directory, account)
            cleanup.callback(remove_socket_folder, socket_folder)
            report("正在启动数据库……")
            cleanup.callback(server.stop)
            server.start(socket_folder, durable=durable)
            ensure_roles(socket_folder, secrets)
            return Cluster(server, socket_folder, secrets, cleanup.pop_all())
    except OSError as error:
        raise _readable(error, directory) from error
    except psycopg.errors.DiskFull as error:
        raise DiskFull(directory, shutil.disk_usage(directory).free) from error
    except psycopg.Error as error:
        raise EmbeddedPostgresError(
            f"数据库已启动，但未能准备账号和数据库：{str(error).strip()}。"
            f"如数据目录 {directory} 是从备份恢复的，请确认口令文件 passwords.json 与数据出自同一备份；"
            f"详见日志 {directory / 'postgresql.log'}。"
        ) from error


def default_directory(environ: Mapping[str, str], checkout: Path) -> Path:
    """Return the data folder: GONGKAI_DATA, or `var` of the checkout, or /var/lib/gongkai.

    The last for root only, when the account that runs the server cannot reach the checkout.
    """
    chosen = environ.get("GONGKAI_DATA", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    local = checkout.resolve() / "var"
    return local if blocking_folder(local, service_account(local)) is None else ROOT_DIRECTORY


def _clear_left_over(server: Server, report: Callable[[str], None]) -> None:
    """Stop the server of a killed process, or forget one that was killed itself; we hold the lock."""
    socket_folder = server.recorded_socket_folder()
    if server.postmaster() is not None:
        report("上次运行异常中断，正在停止遗留的数据库进程……")
        server.stop()
    server.clear_stale_pid()
    if socket_folder is not None:
        remove_socket_folder(socket_folder)


def _readable(error: OSError, directory: Path) -> EmbeddedPostgresError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(directory, shutil.disk_usage(directory).free)
    return EmbeddedPostgresError(
        f"无法使用数据目录 {directory}：{error}。"
        "请检查该目录的所有者和权限（应由启动本系统的用户所有），或用环境变量 GONGKAI_DATA 另行指定数据目录。"
    )


def _silent(message: str) -> None:
    """Drop a progress message."""


def attach(directory: Path, role: Role, database: str = DATABASE) -> str | None:
    """Return the URL of `database` on a server that another copy runs on `directory`, or None when none runs.

    For commands beside the running product only; it neither starts nor stops anything.

    Raises:
        EmbeddedPostgresError: the passwords' file is missing or damaged.
    """
    directory = directory.expanduser().resolve()
    server = Server(directory, directory, None)
    socket_folder = server.recorded_socket_folder()
    if server.postmaster() is None or socket_folder is None:
        return None
    user = USERS[role]
    secret = passwords(directory, (user,), first_start=False)[user]
    return database_url(user, secret, database, socket_folder)


def database_url(user: str, password: str, database: str, socket_folder: Path) -> str:
    """SQLAlchemy URL over a unix socket; the port keeps PGPORT of the environment out."""
    url = URL.create(
        "postgresql+psycopg",
        username=user,
        password=password,
        database=database,
        query={"host": str(socket_folder), "port": "5432"},
    )
    return url.render_as_string(hide_password=False)
