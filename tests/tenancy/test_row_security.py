"""Row-level security as the database has it: read from its catalog, so that no table can be forgotten."""

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from gongkai.core.db import Base
from gongkai.core.uow import Scope
from gongkai.publishing.models import Item, VersionText
from gongkai.tenancy.models import Tenant
from tests.factories.items import draft, published, submitted
from tests.factories.world import World

WITHOUT_POLICIES = {"user_account": "a person belongs to no unit (decision 16)", "alembic_version": "one revision id"}
APPEND_ONLY = ("item_version", "version_text", "item_step", "audit_event", "index_number", "disclosure_guide")

TABLES = text(
    "SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,"
    " ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname <> 'owner') AS policies,"
    " EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS of_tenant"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY c.relname"
)


def test_every_table_is_protected_and_says_who_may_see_it(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        tables = connection.execute(TABLES).all()
    assert {table.name for table in tables} >= set(Base.metadata.tables)
    bare = [t.name for t in tables if not (t.enabled and t.forced and t.policies)]
    assert set(bare) == set(WITHOUT_POLICIES)


def test_a_table_of_units_is_not_open_to_every_writer(owner_engine: Engine) -> None:
    query = text(
        "SELECT tablename, policyname, cmd, coalesce(qual, with_check) AS condition FROM pg_policies"
        " WHERE schemaname = 'public' AND policyname <> 'owner' AND cmd <> 'SELECT'"
        " AND coalesce(qual, with_check) = 'true' ORDER BY tablename"
    )
    with owner_engine.connect() as connection:
        open_tables = {row.tablename for row in connection.execute(query)}
    # The outbox and the search tables hold no unit's secrets; the audit may be added to by all and read by few.
    search = {
        "search_document",
        "search_gram",
        "search_index",
        "search_model",
        "search_passage",
        "search_vector",
        "search_start",
        "search_query",
    }
    # What the rules are to look at again is a number without a content, left by the system.
    assert open_tables <= {"outbox_event", "audit_event", "sign_in_throttle", "evaluation_due"} | search


def test_the_application_role_can_bypass_nothing(owner_engine: Engine) -> None:
    query = text(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,"
        " EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid) AS owns,"
        " EXISTS (SELECT 1 FROM pg_auth_members WHERE member = r.oid) AS belongs"
        " FROM pg_roles r WHERE rolname = 'gongkai_app'"
    )
    with owner_engine.connect() as connection:
        assert not any(connection.execute(query).one())


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_can_only_be_added_to(world: World, table: str) -> None:
    published(world)
    for statement in (f'UPDATE "{table}" SET tenant_id = tenant_id', f'DELETE FROM "{table}"'):
        with (
            world.services.database.system_scope("test") as uow,
            pytest.raises(DBAPIError, match="permission denied"),
            uow.session.begin_nested(),
        ):
            uow.session.execute(text(statement))


@pytest.mark.parametrize("table", ["column_count", "period_count"])
def test_counts_cannot_be_written_by_the_application(world: World, table: str) -> None:
    published(world)
    with (
        world.services.database.system_scope("test") as uow,
        pytest.raises(DBAPIError, match="permission denied"),
        uow.session.begin_nested(),
    ):
        uow.session.execute(text(f"UPDATE {table} SET total = 0"))


def test_without_a_scope_only_what_is_public_is_seen(world: World) -> None:
    draft(world, title="草稿")
    submitted(world, title="待审")
    shown = published(world, title="已发布")
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalars(select(Item.id)).all() == [shown]
        assert uow.session.scalars(select(VersionText.item_id)).all() == [shown]
        for table in ("item_step", "attachment", "membership", "import_batch", "notice", "audit_event"):
            assert uow.session.scalar(text(f'SELECT count(*) FROM "{table}"')) == 0, table


def test_a_supervisor_sees_no_drafts_and_no_other_subtree(world: World) -> None:
    draft(world, "hx-mzj")
    draft(world, "qs-mzj")
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-supervisor")
        assert uow.session.scalars(select(Item.id)).all() == []
        assert uow.session.scalar(text("SELECT count(DISTINCT tenant_id) FROM membership")) == 4


def test_nobody_writes_into_another_unit_whatever_the_statement_says(world: World) -> None:
    item_id = draft(world, "qs-mzj")
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-mzj-contributor")
        touched = uow.session.execute(text("UPDATE item SET title = 'x' WHERE id = :id"), {"id": item_id})
        assert touched.rowcount == 0  # type: ignore[attr-defined]
        with pytest.raises(DBAPIError, match="row-level security"), uow.session.begin_nested():
            uow.session.execute(
                text("INSERT INTO tenant_ledger (tenant_id, head, length) VALUES (:id, '', 0)"),
                {"id": world.units["qs-mzj"]},
            )


def test_the_scope_is_set_again_at_each_transaction_of_a_session(world: World) -> None:
    draft(world, "hx-mzj")
    scope = Scope(tenant_ids=(world.units["hx-mzj"],))
    with world.services.database.unit_of_work(scope) as uow:
        assert len(uow.session.scalars(select(Item.id)).all()) == 1
        uow.commit()
        assert len(uow.session.scalars(select(Item.id)).all()) == 1
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalars(select(Item.id)).all() == []


def test_publication_time_and_number_never_change(world: World) -> None:
    item_id = published(world)
    with world.services.database.system_scope("test") as uow:
        for change in ("published_at = published_at - interval '1 day'", "index_number = 'x'", "period = '2020-01'"):
            with pytest.raises(DBAPIError, match="never change"), uow.session.begin_nested():
                uow.session.execute(text(f"UPDATE item SET {change} WHERE id = :id"), {"id": item_id})


def test_acting_for_another_unit_is_audited_and_ends_with_its_block(world: World) -> None:
    item_id = draft(world, "hx-mzj")
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-supervisor")
        with uow.acting_for(world.units["hx-mzj"], reason="代为登记线下签批"):
            assert uow.session.scalar(select(Item.id)) == item_id
        assert uow.session.scalar(select(Item.id)) is None
        assert uow.session.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'scope.acting_for'")) == 1


def test_units_are_administered_by_the_prefecture_only(world: World) -> None:
    with world.services.database.unit_of_work() as uow:
        for login, allowed in (("yl-prefecture_admin", True), ("hx-supervisor", False), ("hx-mzj-unit_admin", False)):
            world.actor(uow, login)
            changed = uow.session.execute(
                text("UPDATE tenant SET sort_order = sort_order WHERE id = :id"), {"id": world.units["hx-mzj"]}
            )
            assert bool(changed.rowcount) is allowed, login  # type: ignore[attr-defined]
        assert uow.session.scalar(select(Tenant.id).where(Tenant.code == "hx-mzj"))
