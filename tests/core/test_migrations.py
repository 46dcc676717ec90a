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


def test_the_indexes_of_conspicuous_texts_hold_what_the_queries_ask_for(cluster: "Cluster") -> None:
    """In other words than the index's a query would read every text."""
    from sqlalchemy import create_engine

    from gongkai.publishing.conspicuous import holds_long_number, says_nothing

    held = "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = '{}'::regclass"
    engine = create_engine(cluster.url("owner"))
    with engine.connect() as connection:
        for name, condition in (("blank", says_nothing()), ("numbered", holds_long_number())):
            words = condition.replace("%", "%%")
            connection.exec_driver_sql(f"CREATE INDEX asked_{name} ON version_text (item_id) WHERE {words}")
            one, other = (
                connection.exec_driver_sql(held.format(index)).scalar_one()
                for index in (f"ix_version_text_{name}", f"asked_{name}")
            )
            assert one == other
        connection.rollback()
    engine.dispose()


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


BEFORE_LISTS = """
INSERT INTO tenant (id, code, path, tenant_type, level, official_name, short_name, aliases, pinyin_key, initials,
    sort_order, index_pattern, vertically_managed, status, contact, created_at)
SELECT n, 'u' || n, CASE n WHEN 1 THEN '1' ELSE '1.' || n END::ltree, 'county_government', 'county', '单', '单', '{}',
    '', '', n, '', false, 'active', '{}', '2023-01-01' FROM generate_series(1, 3) AS n;
INSERT INTO office_fact (tenant_id, unit_id, period, kind, detail, source, entered_at) VALUES
    (1, 2, '2023-03', 'report_missing', '{"due_date": "2023-02-28"}', '工作安排', '2023-04-01T01:00:00+08:00'),
    (1, 2, '2023-04', 'report_missing', '{"due_date": "2023-03-15"}', '工作安排', '2023-05-01T01:00:00+08:00'),
    (1, 3, '2022-03', 'report_missing', '{"due_date": "2022-03-31"}', '', '2022-04-01T01:00:00+08:00'),
    (1, 3, '2023-03', 'commended', '{}', '', '2023-04-01T01:00:00+08:00');
"""


def test_missing_reports_typed_by_hand_become_lists(scratch: str) -> None:
    from sqlalchemy import create_engine, text

    from gongkai.core import migrate

    migrate.upgrade(scratch, "0040")
    engine = create_engine(scratch)
    with engine.begin() as connection:
        connection.execute(text(BEFORE_LISTS))
    migrate.upgrade(scratch)
    duties = text(
        "SELECT l.report_year, d.unit_id, d.due_date::text, d.basis, l.notice_date::text FROM report_duty AS d"
        " JOIN report_list AS l ON l.id = d.list_id ORDER BY 1, 2"
    )
    with engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(duties)] == [
            (2021, 3, "2022-03-31", "", "2022-04-01"),
            (2022, 2, "2023-02-28", "工作安排", "2023-04-01"),
        ]
        assert connection.execute(text("SELECT kind FROM office_fact")).scalars().all() == ["commended"]
    engine.dispose()
