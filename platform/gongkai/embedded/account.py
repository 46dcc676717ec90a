"""The account that runs PostgreSQL, which refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """An unprivileged user and its only group."""

    uid: int
    gid: int

    def may(self, path: Path, bits: int) -> bool:
        """Whether `path`'s mode grants all `bits` (sum of 4 read, 2 write, 1 search) to this account."""
        status = path.stat()
        granted = status.st_mode
        if status.st_uid == self.uid:
            granted >>= 6
        elif status.st_gid == self.gid:
            granted >>= 3
        return granted & bits == bits


def service_account(directory: Path) -> Account | None:
    """Return the account to run PostgreSQL under, or None when we are not root and run it as ourselves.

    Root keeps the owner that existing data have: an earlier start by an ordinary user, or a `postgres` user
    installed later, must not part the server from its files. A new folder's owner is kept if the account has
    a name, which `initdb` looks up.
    """
    if os.geteuid() != 0:
        return None
    data = directory / "pgdata"
    if data.is_dir() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    if directory.is_dir() and directory.stat().st_uid in {entry.pw_uid for entry in pwd.getpwall()} - {0}:
        return Account(directory.stat().st_uid, directory.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)


def blocking_folder(path: Path, account: Account | None) -> Path | None:
    """Return the outermost existing folder above `path` that `account` may not enter, or None.

    Without an account nothing is checked: opening the file will tell. Access control lists are not read.
    """
    if account is None:
        return None
    for folder in reversed(path.absolute().parents):
        if folder.exists() and not account.may(folder, 1):
            return folder
    return None
