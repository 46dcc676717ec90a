"""Passages of attachments: public text with the file and the place where it stands.

Revision: 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_passage",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_search_passage")),
    )
    op.execute("CALL gongkai_protect('search_passage', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute("CALL gongkai_allow('search_passage', 'a_system', 'ALL', 'true')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_passage")
