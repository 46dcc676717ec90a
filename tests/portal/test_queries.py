"""How many statements a page takes, and by which index its lists are found, as the application's role."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.portal import front_queries, unit_queries
from tests.factories.items import published
from tests.factories.world import World
from tests.portal.pages import Seen, abolish, bring, statements
from tests.publishing.imports.lists import migration_row

ROWS = """
INSERT INTO item (tenant_id, column_id, state, entry_route, lock_version, title, summary, body_html, document_number,
    document_number_original, issuing_agency, validity, disclosure_mode, withheld_reason, subject_class, genre_class,
    origin, is_reprint, secrecy_cleared, responsible_unit, optional, author_ids, check_overrides, change_reason,
    taken_down_reason, counts_to_quota, counted_out_reason, is_news, key_area_group, text_digest, source_url,
    created_at, updated_at, published_at, period, index_number, current_version_id, chain_steps, step)
SELECT c.tenant_id, c.id, CASE WHEN n % 10 = 0 THEN 'draft' ELSE 'published' END, 'chain', 1, '第' || n || '条', '', '',
    '', '', '', 'in_force', 'proactive', '', '', '', 'produced', false, true, '', '{}', '{}', '{}', '', '', true, '',
    false, '', '', '', at, at, at, to_char(at, 'YYYY-MM'), 'T/' || c.id || '-' || n, n, '{}', ''
FROM content_column AS c, generate_series(1, 40) AS n,
    LATERAL (SELECT timestamptz '2026-03-20 00:00+08' - n * interval '1 day' AS at) AS t
WHERE c.accepts_items
"""
PAGES = {
    "/": 8,
    "/items/": 2,
    "/units/": 2,
    "/units/qs-mzj/": 8,
    "/units/hx/": 8,
    "/units/qs-mzj/columns/gsgg/": 4,
    "/units/qs-mzj/columns/gsgg/?year=2023": 4,
    "/units/qs-mzj/columns/fd/": 4,
    "/units/qs-mzj/guide/": 4,
    "/units/qs-mzj/feed.atom": 4,
    "/units/qs-mzj/columns/gsgg/feed.atom": 4,
}


@pytest.mark.parametrize(("path", "most"), PAGES.items())
def test_statements_of_a_page_do_not_grow_with_its_content(
    world: World, client: FlaskClient, path: str, most: int
) -> None:
    counts = []
    for _ in range(2):
        with statements(world.services) as seen:
            assert Seen(client, path).status == 200
        counts.append(len(seen))
        if len(counts) == 1:
            bring(world, [migration_row(number) for number in range(1, 13)])
            abolish(world, "hx-mzj", "qs-mzj", date(2026, 3, 20))
    assert max(counts) <= most, seen


def test_an_item_s_page_takes_three_statements(world: World, client: FlaskClient) -> None:
    item_id = published(world)
    for path in (f"/items/{item_id}", f"/items/{item_id}/print", f"/items/{item_id}/versions/1"):
        with statements(world.services) as seen:
            assert Seen(client, path).status == 200
        assert len(seen) <= 3, seen


@pytest.fixture
def filled(world: World, owner_engine: Engine) -> World:
    """The world with some thousands of items, a tenth of them drafts, and what the planner knows of them."""
    with owner_engine.begin() as connection:
        connection.execute(text(ROWS))
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE item"))
    return world


def places(world: World, uow: UnitOfWork) -> list[tuple[int, int]]:
    return [(world.units[unit], world.column(uow, unit, "gsgg")) for unit in ("hx-mzj", "qs-mzj")]


def latest(world: World, uow: UnitOfWork) -> object:
    return unit_queries.latest(uow, tenant_ids=[world.units["hx-mzj"], world.units["qs-mzj"]], size=10)


def listed(world: World, uow: UnitOfWork) -> object:
    return unit_queries.listed(uow, places=places(world, uow), year=None, size=30, skip=0)


def listed_year(world: World, uow: UnitOfWork) -> object:
    return unit_queries.listed(uow, places=places(world, uow)[:1], year=2026, size=30, skip=0)


def catalogue(world: World, uow: UnitOfWork) -> object:
    return unit_queries.catalogue(uow, tenant_id=world.units["hx-mzj"], before=[])


def years(world: World, uow: UnitOfWork) -> object:
    return unit_queries.years(uow, tenant_id=world.units["hx-mzj"], column_code="gsgg")


def newest(_: World, uow: UnitOfWork) -> object:
    return front_queries.newest(uow, size=10)


def newest_month(_: World, uow: UnitOfWork) -> object:
    return front_queries.newest(uow, size=50, month=Period(2026, 3))


def sitemap(_: World, uow: UnitOfWork) -> object:
    return front_queries.addresses_of_month(uow, month=Period(2026, 3), size=10, skip=10)


LISTS = (
    # A unit with a good part of all items is found as fast in the order of all.
    (latest, {"ix_item_tenant_public", "ix_item_public"}),
    (listed, {"ix_item_column_public"}),
    (listed_year, {"ix_item_column_public"}),
    (catalogue, {"ix_item_column_public", "ix_item_column_refreshed"}),
    (years, {"ix_item_column_public", "ix_item_column_refreshed"}),
    (newest, {"ix_item_public"}),
    (newest_month, {"ix_item_public"}),
    (sitemap, {"ix_item_public"}),
)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize(("query", "indexes"), LISTS, ids=[query.__name__ for query, _ in LISTS])
def test_public_lists_are_found_by_their_index(filled: World, query: Any, indexes: set[str]) -> None:
    run: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        run.append((statement, parameters))

    with filled.services.database.unit_of_work() as uow:
        connection = uow.session.connection()
        event.listen(connection, "before_cursor_execute", note)
        query(filled, uow)
        statement, parameters = run[-1]
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        assert connection.exec_driver_sql("SELECT current_user").scalar_one() == "gongkai_app"
    scans = [node for node in nodes(plan["Plan"]) if node.get("Relation Name") == "item"]
    assert scans
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan"}
    assert {node["Index Name"] for node in scans} <= indexes
    assert not [node for node in nodes(plan["Plan"]) if node["Node Type"] == "Sort" and node.get("Plan Rows", 0) > 1000]
