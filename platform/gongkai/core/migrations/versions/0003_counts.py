"""Counts kept by the database, and what may never change on a published item.

One statement-level trigger keeps both tables, so that no writer can bypass it (architecture decision 7). It runs as
the owner: the application may read the counts and nothing else.

Revision: 0003, after 0002.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Deltas are applied in key order, so that two writers never wait for each other in a circle (decision 8).
APPLY = """
CREATE FUNCTION gongkai_apply_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO column_count AS c (tenant_id, column_id, period, total, counted)
    SELECT tenant_id, column_id, period, sum(delta), sum(delta * counts_to_quota::int)
    FROM ({changes}) AS change
    WHERE is_public
    GROUP BY tenant_id, column_id, period
    HAVING sum(delta) <> 0 OR sum(delta * counts_to_quota::int) <> 0
    ORDER BY tenant_id, column_id, period
    ON CONFLICT (tenant_id, column_id, period) DO UPDATE
        SET total = c.total + excluded.total, counted = c.counted + excluded.counted;

    INSERT INTO period_count AS c (tenant_id, period, key_area_group, total, counted, news)
    SELECT tenant_id, period, key_area_group, sum(delta), sum(delta * counts_to_quota::int), sum(delta * is_news::int)
    FROM ({changes}) AS change
    WHERE is_public
    GROUP BY tenant_id, period, key_area_group
    HAVING sum(delta) <> 0 OR sum(delta * counts_to_quota::int) <> 0 OR sum(delta * is_news::int) <> 0
    ORDER BY tenant_id, period, key_area_group
    ON CONFLICT (tenant_id, period, key_area_group) DO UPDATE
        SET total = c.total + excluded.total, counted = c.counted + excluded.counted, news = c.news + excluded.news;
    RETURN NULL;
END $$
"""
FIELDS = "tenant_id, column_id, period, key_area_group, is_public, counts_to_quota, is_news"
ADDED = f"SELECT 1 AS delta, {FIELDS} FROM added"
REMOVED = f"SELECT -1 AS delta, {FIELDS} FROM removed"

GUARD = """
CREATE FUNCTION gongkai_guard_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'publication time, unit, period and index number of item % never change', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'item_published_is_final';
END $$
"""


def upgrade() -> None:
    """Apply."""
    for event, changes, tables in (
        ("insert", ADDED, "NEW TABLE AS added"),
        ("delete", REMOVED, "OLD TABLE AS removed"),
        ("update", f"{ADDED} UNION ALL {REMOVED}", "NEW TABLE AS added OLD TABLE AS removed"),
    ):
        body = APPLY.replace("{changes}", changes).replace("gongkai_apply_counts", f"gongkai_count_{event}")
        op.execute(body)
        op.execute(
            f"CREATE TRIGGER count_{event} AFTER {event.upper()} ON item REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION gongkai_count_{event}()"
        )
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER guard_published BEFORE UPDATE ON item FOR EACH ROW"
        " WHEN (OLD.published_at IS NOT NULL AND (OLD.published_at, OLD.tenant_id, OLD.period, OLD.index_number)"
        " IS DISTINCT FROM (NEW.published_at, NEW.tenant_id, NEW.period, NEW.index_number))"
        " EXECUTE FUNCTION gongkai_guard_published()"
    )


def downgrade() -> None:
    """Undo."""
    op.execute("DROP TRIGGER guard_published ON item")
    op.execute("DROP FUNCTION gongkai_guard_published")
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER count_{event} ON item")
        op.execute(f"DROP FUNCTION gongkai_count_{event}")
