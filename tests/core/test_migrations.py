"""The migration history: one line, both directions, no drift from the models."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gongkai.embedded.cluster import Cluster


@pytest.fixture
def scratch(cluster: "Cluster") -> str:
    """URL (owner) of an empty database."""
    from sqlalchemy import create_engine

    engine = create_engine(cluster.url("super"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS scratch")
        connection.exec_driver_sql("CREATE DATABASE scratch OWNER gongkai_owner")
    engine.dispose()
    return cluster.url("owner", "scratch")


def test_the_models_and_the_migrated_tables_agree(cluster: "Cluster") -> None:
    from gongkai.core import migrate
    from gongkai.run.modules import METADATA

    assert migrate.drift(cluster.url("owner"), METADATA) == []


def test_every_revision_goes_up_and_down_and_up_again(scratch: str) -> None:
    from gongkai.core import migrate
    from gongkai.run.modules import METADATA

    migrate.upgrade(scratch)
    migrate.downgrade(scratch, "base")
    migrate.upgrade(scratch)
    assert migrate.drift(scratch, METADATA) == []


def test_the_history_has_one_head() -> None:
    from gongkai.core import migrate

    assert migrate.head()
