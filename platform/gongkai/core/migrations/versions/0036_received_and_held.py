"""What of a former body its receiver sees, and migrated rows whose files wait for a person.

Revision: 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION gongkai_closed_columns() RETURNS bigint[] LANGUAGE sql STABLE
    AS $$ SELECT coalesce(nullif(current_setting('gongkai.closed_columns', true), ''), '{}')::bigint[] $$
"""
CLOSED = """
CREATE POLICY z_closed_columns ON item AS RESTRICTIVE FOR ALL TO gongkai_app
    USING (column_id <> ALL ((SELECT gongkai_closed_columns())::bigint[]))
"""
OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
OPEN = "state IN ('reading', 'waiting', 'released')"


def _create_held_row() -> None:
    op.create_table(
        "held_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("row", JSONB(), nullable=False),
        sa.Column("files", JSONB(), nullable=False),
        sa.Column("concerns", JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("late_confirmed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'waiting', 'released', 'brought', 'rejected')", name=op.f("ck_held_row_state")
        ),
        sa.CheckConstraint("state <> 'rejected' OR reason <> ''", name=op.f("ck_held_row_rejected_why")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_held_row_tenant_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_held_row_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_held_row_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_row")),
    )
    op.create_index("uq_held_row_open", "held_row", ["tenant_id", "key"], unique=True, postgresql_where=sa.text(OPEN))
    op.create_index("ix_held_row_key", "held_row", ["tenant_id", "key"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_held_row_waiting", "held_row", ["tenant_id", "id"], postgresql_where=waiting)
    op.create_index("ix_held_row_batch", "held_row", ["batch_id"])


def upgrade() -> None:
    """Apply."""
    op.execute(FUNCTION)
    op.execute(CLOSED)
    _create_held_row()
    op.execute("CALL gongkai_protect('held_row', 'SELECT, INSERT, UPDATE')")
    op.execute(f"CALL gongkai_allow('held_row', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('held_row', 'c_subtree', 'SELECT', '{SUBTREE}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("held_row")
    op.execute("DROP POLICY z_closed_columns ON item")
    op.execute("DROP FUNCTION gongkai_closed_columns")
