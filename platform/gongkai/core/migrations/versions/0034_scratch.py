"""A scratch index for judging the search, in temporary tables of the owner's.

The application's role may make no tables, not even temporary ones. These two functions make just those that stand
before the search's own for one transaction, and build their indexes once they are filled.

Revision: 0034, after 0033.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE FUNCTION gongkai_scratch() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['search_document', 'search_passage', 'search_gram', 'tenant', 'tenant_period'] LOOP
        EXECUTE format(
            'CREATE TEMPORARY TABLE %I (LIKE public.%I INCLUDING DEFAULTS) ON COMMIT DROP', name, name);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON pg_temp.%I TO gongkai_app', name);
    END LOOP;
END $$;
CREATE FUNCTION gongkai_scratch_filled() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    CREATE UNIQUE INDEX ON pg_temp.search_document (item_id);
    CREATE INDEX ON pg_temp.search_document USING gin (grams);
    CREATE INDEX ON pg_temp.search_document USING gin (number_keys);
    CREATE INDEX ON pg_temp.search_document (published_at, item_id);
    CREATE UNIQUE INDEX ON pg_temp.search_gram (gram);
    CREATE UNIQUE INDEX ON pg_temp.tenant (id);
    ANALYZE pg_temp.search_document, pg_temp.search_gram, pg_temp.tenant;
END $$;
REVOKE ALL ON FUNCTION gongkai_scratch, gongkai_scratch_filled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gongkai_scratch, gongkai_scratch_filled TO gongkai_app;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP FUNCTION gongkai_scratch, gongkai_scratch_filled")
