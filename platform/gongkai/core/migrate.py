"""Runs the migration history as the owner role, and tells whether the tables have drifted from the models."""

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import NullPool


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("gongkai.core") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _run(url: str, act: Any, metadata: MetaData | None) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["metadata"] = metadata
        act(config)
        connection.commit()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` (owner role) up to `revision`."""
    _run(url, lambda config: command.upgrade(config, revision), None)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` (owner role) back to `revision`."""
    _run(url, lambda config: command.downgrade(config, revision), None)


def draft_revision(url: str, metadata: MetaData, message: str) -> None:
    """Write a new revision from the difference between the models and the database at `url`."""
    _run(url, lambda config: command.revision(config, message, autogenerate=True), metadata)


def head() -> str:
    """The newest revision of the code.

    Raises:
        RuntimeError: when the history has more than one head.
    """
    heads = ScriptDirectory.from_config(_config()).get_heads()
    if len(heads) != 1:
        raise RuntimeError(f"the migration history must be linear, it has heads {heads}")
    return heads[0]


def current(connection: Any) -> str | None:
    """The revision that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def drift(url: str, metadata: MetaData) -> list[Any]:
    """Differences between the models and the migrated database; empty when there are none."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        opts = {"compare_server_default": True, "include_name": _is_migrated}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, metadata))


def _is_migrated(name: str | None, kind: str, _: Any) -> bool:
    """Whether something in the database is the migrations'; each embedding model has an index that comes with it."""
    return kind != "index" or not (name or "").startswith("ix_search_vector_near_")
