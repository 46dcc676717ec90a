"""Our own data folder: its mode and owner, the lock, the passwords, the folder of the server's socket."""

import fcntl
import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from gongkai.embedded.account import Account, blocking_folder
from gongkai.embedded.errors import AnotherCopyRunning, DataFolderUnreachable, EmbeddedPostgresError

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PREFIX = "gongkai-pg-"
SOCKET_PATH_LIMIT = 107
# pg_ctl passes paths to a shell between double quotes, which do not protect from these.
UNSAFE_IN_SHELL = frozenset('"$`\\\n')


def prepare_folder(directory: Path, account: Account | None) -> None:
    """Create the data folder with mode 0700, owned by the account that runs the server.

    A folder that already holds something keeps its owner and mode: GONGKAI_DATA may name a shared one.

    Raises:
        DataFolderUnreachable: `account` cannot enter it or a folder above it.
        EmbeddedPostgresError: the path has characters that cannot be handed to pg_ctl.
    """
    if UNSAFE_IN_SHELL & set(str(directory)):
        raise EmbeddedPostgresError(
            f"数据目录 {directory} 的路径含有引号、反斜杠、美元符号等特殊字符，数据库无法使用。"
            "请用环境变量 GONGKAI_DATA 另行指定数据目录。"
        )
    _refuse_unreachable(directory, directory, account)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_unreachable(directory, directory, account)
    if not any(directory.iterdir()):
        directory.chmod(0o700)
        give(directory, account)
    _refuse_unreachable(directory, directory / "pgdata", account)


def _refuse_unreachable(directory: Path, path: Path, account: Account | None) -> None:
    folder = blocking_folder(path, account)
    if folder is not None:
        raise DataFolderUnreachable(directory, folder)


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder of ours to the account that runs the server, never through a symbolic link."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def write_private(path: Path, text: str) -> None:
    """Write ASCII `text` to a new file of mode 0600 in place of any old one, and wait until it is on disk."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(directory: Path) -> int:
    """Lock the data folder for this process and return the descriptor that holds the lock.

    Raises:
        AnotherCopyRunning: another copy of the system, in this process or another, holds it.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).strip()
        os.close(descriptor)
        raise AnotherCopyRunning(directory, int(holder) if holder.isdigit() else None) from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def passwords(directory: Path, roles: tuple[str, ...], *, first_start: bool) -> dict[str, str]:
    """Return the password of each role, drawing them at the first start.

    Raises:
        EmbeddedPostgresError: the file is missing or damaged although the database exists.
    """
    file = directory / "passwords.json"
    try:
        stored = json.loads(file.read_text(encoding="ascii"))
        return {role: str(stored[role]) for role in roles}
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        if not first_start:
            raise EmbeddedPostgresError(
                f"数据库口令文件 {file} 缺失或损坏，无法连接已有数据。请从备份恢复该文件后重新启动。"
            ) from error
    drawn = {role: secrets.token_urlsafe(24) for role in roles}
    building = directory / "passwords.new"
    write_private(building, json.dumps(drawn))
    building.replace(file)
    sync_folder(directory)
    return drawn


def make_socket_folder(directory: Path, account: Account | None) -> Path:
    """Create the private folder of the server's socket: in the data folder unless its path is too long.

    Raises:
        EmbeddedPostgresError: no temporary folder is short and open enough.
    """
    inside = directory / "run"
    if _short_enough(inside):
        inside.mkdir(mode=0o700, exist_ok=True)
        give(inside, account)
        return inside
    for parent in dict.fromkeys((Path(tempfile.gettempdir()).resolve(), Path("/tmp"))):  # noqa: S108 mkdtemp below
        candidate = parent / f"{SOCKET_PREFIX}12345678"
        if _short_enough(candidate) and blocking_folder(candidate, account) is None:
            folder = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent))
            give(folder, account)
            return folder
    raise EmbeddedPostgresError(
        f"数据目录 {directory} 的路径过长，且没有可用的临时文件夹存放数据库套接字。"
        "请用环境变量 GONGKAI_DATA 指定路径较短的数据目录，例如 GONGKAI_DATA=/var/lib/gongkai。"
    )


def _short_enough(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT


def remove_socket_folder(folder: Path) -> None:
    """Remove a socket folder of a stopped server, and only what a server puts there."""
    if folder.name != "run" and not folder.name.startswith(SOCKET_PREFIX):
        return
    with suppress(OSError):
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
