"""The beginnings under which the search box suggests titles.

Revision: 0038, after 0037. `gongkai search reindex` fills it for what is published already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_start",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["search_document.item_id"],
            name=op.f("fk_search_start_item_id"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "item_id", name=op.f("pk_search_start")),
    )
    op.create_index(op.f("ix_search_start_item_id"), "search_start", ["item_id"], unique=False)
    op.execute("CALL gongkai_protect('search_start', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute("CALL gongkai_allow('search_start', 'a_system', 'ALL', 'true')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_start")
