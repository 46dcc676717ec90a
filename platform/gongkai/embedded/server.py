"""`initdb` and `pg_ctl` on one data folder."""

import os
import shlex
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gongkai.embedded.account import Account
from gongkai.embedded.errors import DiskFull, EmbeddedPostgresError
from gongkai.embedded.folder import give, sync_folder, write_private
from gongkai.embedded.roles import SUPERUSER

INITDB_BYTES = 300 * 2**20
FULL_BYTES = 16 * 2**20  # one WAL segment: below this a server cannot write on
START_SECONDS = 300  # crash recovery replays the log first
STOP_SECONDS = 60
ORPHANS_SECONDS = 10
LOG_ROTATE_BYTES = 10 * 2**20
NO_SPACE = "No space left on device"

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "jit": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """One PostgreSQL data folder, the programs (`bin`) that serve it and the account they run under."""

    directory: Path
    programs: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder, complete as soon as it exists."""
        return self.directory / "pgdata"

    @property
    def log_file(self) -> Path:
        """The server's log, appended to from start to start."""
        return self.directory / "postgresql.log"

    def initialise(self, password: str, *, durable: bool) -> None:
        """Run `initdb` beside the final place and rename, so that an interrupted one leaves nothing behind.

        Raises:
            DiskFull: less than 300 MB are free, or the disk filled up.
            EmbeddedPostgresError: `initdb` failed.
        """
        free = shutil.disk_usage(self.directory).free
        if free < INITDB_BYTES:
            raise DiskFull(self.directory, free, INITDB_BYTES)
        building = self.directory / "pgdata.new"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        give(building, self.account)
        password_file = self.directory / "initdb-password"
        try:
            write_private(password_file, password)
            give(password_file, self.account)
            result = self._run(
                "initdb",
                f"--pgdata={building}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                "--locale-provider=libc",
                "--locale=C",
                "--auth-local=scram-sha-256",
                "--auth-host=scram-sha-256",
                "--data-checksums",
                "--no-instructions",
                *(() if durable else ("--no-sync",)),
            )
        finally:
            password_file.unlink(missing_ok=True)
        if result.returncode != 0:
            shutil.rmtree(building, ignore_errors=True)
            raise self._failure("数据库初始化失败", result.stdout)
        building.rename(self.data)
        sync_folder(self.directory)

    def start(self, socket_folder: Path, *, durable: bool) -> None:
        """Start the server and return when it answers; no other may run on this folder.

        Raises:
            DiskFull: the disk of the data folder is full.
            EmbeddedPostgresError: it did not start; the message ends with the log's last lines.
        """
        self._prepare_log()
        settings = SETTINGS | {"unix_socket_directories": f'"{socket_folder}"'} | ({} if durable else NOT_DURABLE)
        options = shlex.join(word for key, value in settings.items() for word in ("-c", f"{key}={value}"))
        deadline = time.monotonic() + ORPHANS_SECONDS
        while True:
            before = self.log_file.stat().st_size
            result = self._run(
                *("pg_ctl", "start", "--wait", f"--timeout={START_SECONDS}", "--silent"),
                *(f"--pgdata={self.data}", f"--log={self.log_file}", f"--options={options}"),
            )
            if result.returncode == 0:
                return
            log = self._log_from(before)
            # Backends of a killed server leave within seconds, and hold its shared memory until then.
            if "pre-existing shared memory block" not in log or time.monotonic() > deadline:
                raise self._failure("数据库未能启动", log or result.stdout)
            time.sleep(0.2)

    def postmaster(self) -> int | None:
        """Return the process id of the live server on this data folder, or None.

        A recycled process id or a zombie does not count: the command line must name this folder.
        """
        recorded = self._pid_file()
        try:
            pid = abs(int(recorded[0])) if recorded else 0
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        own = os.fsencode(self.data)
        return pid if words[0].endswith(b"/postgres") and own in words else None

    def recorded_socket_folder(self) -> Path | None:
        """Return the socket folder of the running or last killed server, None after an orderly stop."""
        recorded = self._pid_file()
        return Path(recorded[4]) if len(recorded) > 4 and recorded[4] else None

    def _pid_file(self) -> list[str]:
        """Lines of postmaster.pid: process id, data folder, start time, port, socket folder and more."""
        try:
            return os.fsdecode((self.data / "postmaster.pid").read_bytes()).splitlines()
        except FileNotFoundError:
            return []

    def stop(self) -> None:
        """Stop the server if it runs: open transactions are rolled back, committed data are written out.

        Raises:
            EmbeddedPostgresError: it is still there after two minutes.
        """
        for mode in ("fast", "immediate"):
            if self.postmaster() is None:
                return
            self._run(
                "pg_ctl",
                "stop",
                "--wait",
                f"--timeout={STOP_SECONDS}",
                f"--mode={mode}",
                f"--pgdata={self.data}",
            )
        left = self.postmaster()
        if left is not None:
            raise EmbeddedPostgresError(
                f"数据库进程（进程号 {left}）未能停止。请查看日志 {self.log_file}，结束该进程后重试。"
            )

    def clear_stale_pid(self) -> None:
        """Forget a server that died without cleaning up; we hold the lock and `postmaster()` is None.

        PostgreSQL does so itself unless the process id was recycled or belongs to a zombie. Removing the file
        is safe: the server also refuses to start while any process is attached to the folder's shared memory,
        whose key is the folder's inode.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_log(self) -> None:
        with suppress(FileNotFoundError):
            if self.log_file.stat().st_size > LOG_ROTATE_BYTES:
                self.log_file.replace(self.log_file.with_suffix(".log.1"))
        os.close(os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        give(self.log_file, self.account)

    def _log_from(self, offset: int) -> str:
        with self.log_file.open("rb") as log:
            log.seek(offset)
            return log.read().decode("utf-8", errors="replace")

    def _failure(self, what: str, output: str) -> EmbeddedPostgresError:
        free = shutil.disk_usage(self.directory).free
        if NO_SPACE in output or free < FULL_BYTES:
            return DiskFull(self.directory, free)
        tail = "\n".join(output.strip().splitlines()[-20:])
        return EmbeddedPostgresError(
            f"{what}，数据目录 {self.directory}。请按下列日志排除原因后重新启动，"
            f"其间请勿删除数据目录中的文件；完整日志见 {self.log_file}。\n{tail}"
        )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the account, in its own session, out of reach of the terminal's Ctrl-C."""
        account = self.account
        return subprocess.run(  # noqa: S603 our own program, no shell, arguments made above
            [str(self.programs / program), *arguments],
            cwd=self.directory,
            env={"LC_ALL": "C", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            start_new_session=True,
            umask=0o077,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
