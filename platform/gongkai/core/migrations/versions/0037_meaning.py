"""Vectors of search documents, for finding by meaning; an index of neighbours for each model, where pgvector is there.

Revision: 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# The application's role may make neither extensions nor indexes; these make just pgvector's, where the server has it, and
# the index of one model's vectors, while there are none. Up to 4,000 dimensions can be indexed, in half precision.
FUNCTIONS = """
CREATE FUNCTION gongkai_meaning_possible() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regtype('halfvec') IS NULL THEN
        CREATE EXTENSION vector SCHEMA public;
    END IF;
    RETURN to_regtype('halfvec') IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$;
CREATE FUNCTION gongkai_meaning_index(asked integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    size integer;
BEGIN
    SELECT dimensions INTO size FROM search_model WHERE id = asked;
    IF size IS NULL OR size > 4000 OR NOT gongkai_meaning_possible() THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE INDEX IF NOT EXISTS ix_search_vector_near_%s ON search_vector'
        ' USING hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) WHERE model_id = %s', asked, size, asked);
    RETURN true;
END $$;
CREATE FUNCTION gongkai_meaning_forget(asked integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP INDEX IF EXISTS ix_search_vector_near_%s', asked);
    DELETE FROM search_model WHERE id = asked;
END $$;
REVOKE ALL ON FUNCTION gongkai_meaning_possible, gongkai_meaning_index, gongkai_meaning_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gongkai_meaning_possible, gongkai_meaning_index, gongkai_meaning_forget TO gongkai_app;
"""

SCRATCH = """
CREATE FUNCTION gongkai_scratch_meaning() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['search_model', 'search_vector'] LOOP
        EXECUTE format(
            'CREATE TEMPORARY TABLE %I (LIKE public.%I INCLUDING DEFAULTS) ON COMMIT DROP', name, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pg_temp.%I TO gongkai_app', name);
    END LOOP;
    CREATE UNIQUE INDEX ON pg_temp.search_vector (item_id, model_id);
END $$;
REVOKE ALL ON FUNCTION gongkai_scratch_meaning FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gongkai_scratch_meaning TO gongkai_app;
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_model",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("alike", sa.REAL(), nullable=False),
        sa.Column("unlike", sa.REAL(), nullable=False),
        sa.Column("filled_to", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("dimensions > 0", name=op.f("ck_search_model_dimensions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_model")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_search_model_source_name")),
    )
    op.create_table(
        "search_vector",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.ARRAY(sa.REAL()), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["search_document.item_id"],
            name=op.f("fk_search_vector_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["search_model.id"], name=op.f("fk_search_vector_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "model_id", name=op.f("pk_search_vector")),
    )
    op.create_index(op.f("ix_search_vector_model_id"), "search_vector", ["model_id"])
    op.create_index(op.f("ix_search_document_revision"), "search_document", ["revision"])
    for table in ("search_model", "search_vector"):
        op.execute(f"CALL gongkai_protect('{table}', 'SELECT, INSERT, UPDATE, DELETE')")
        op.execute(f"CALL gongkai_allow('{table}', 'a_system', 'ALL', 'true')")
    op.execute(FUNCTIONS)
    op.execute("SELECT gongkai_meaning_possible()")
    op.execute(SCRATCH)


def downgrade() -> None:
    """Undo; the extension stays."""
    op.execute(
        "DROP FUNCTION gongkai_meaning_index, gongkai_meaning_forget, gongkai_meaning_possible, gongkai_scratch_meaning"
    )
    op.drop_index(op.f("ix_search_document_revision"), "search_document")
    op.drop_table("search_vector")
    op.drop_table("search_model")
