"""Embedded mode's own data folder: PostgreSQL, files, secrets; for one process, or for commands beside it."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gongkai.core import migrate
from gongkai.core.settings import Settings, read_settings
from gongkai.embedded.cluster import attach, default_directory, start

CHECKOUT = Path.cwd()
SECRET_BYTES = 48


def data_directory(environ: Mapping[str, str]) -> Path:
    """The folder that holds everything of an embedded deployment."""
    return default_directory(environ, CHECKOUT)


@contextmanager
def local_settings(environ: Mapping[str, str], report: Callable[[str], None]) -> Iterator[Settings]:
    """Start and migrate the embedded database; the settings hold until the block ends.

    Raises:
        EmbeddedPostgresError: when it cannot start; another copy on the same data is one case.
    """
    folder = data_directory(environ)
    with start(folder / "postgresql", on_progress=report) as cluster:
        report("正在检查数据库结构……")
        migrate.upgrade(cluster.url("owner"))
        yield settings_for(environ, folder, cluster.url("app"))


@contextmanager
def command_settings(environ: Mapping[str, str], report: Callable[[str], None]) -> Iterator[Settings]:
    """Settings for a command: those of the environment, of a running copy, or of a database started for it."""
    if environ.get("DATABASE_URL"):
        yield read_settings(environ)
        return
    folder = data_directory(environ)
    running = attach(folder / "postgresql", "app") if (folder / "postgresql").exists() else None
    if running is not None:
        yield settings_for(environ, folder, running)
        return
    with local_settings(environ, report) as settings:
        yield settings


def settings_for(environ: Mapping[str, str], folder: Path, database_url: str) -> Settings:
    """Settings of an embedded deployment in `folder`, on loopback, with secrets of its own."""
    kept = _secrets(folder)
    port = environ.get("PORT", "8000")
    return read_settings(
        {
            "GONGKAI_MODE": "embedded",
            "GONGKAI_SECURE_COOKIES": "false",
            "GONGKAI_BASE_URL": f"http://127.0.0.1:{port}",
            "GONGKAI_LOG_FORMAT": "console",
            **{key: value for key, value in environ.items() if key.startswith("GONGKAI_")},
            "PORT": port,
            "DATABASE_URL": database_url,
            "GONGKAI_SECRET_KEY": kept["secret_key"],
            "GONGKAI_PASSWORD_SALT": kept["password_salt"],
            "GONGKAI_DATA_DIRECTORY": str(folder),
        }
    )


def _secrets(folder: Path) -> dict[str, str]:
    file = folder / "secrets.json"
    if not file.exists():
        drawn = {name: secrets.token_urlsafe(SECRET_BYTES) for name in ("secret_key", "password_salt")}
        folder.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(drawn), "utf8")
        temporary.replace(file)
    found: dict[str, str] = json.loads(file.read_text("utf8"))
    return found
