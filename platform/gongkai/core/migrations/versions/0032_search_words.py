"""The office's list of search words, a row a version.

Revision: 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MANAGER = "(SELECT gongkai_manages()) IS NOT NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_words",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_name", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_search_words_version")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_search_words_reason")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_search_words")),
    )
    op.execute("CALL gongkai_protect('search_words', 'SELECT, INSERT')")
    op.execute("CALL gongkai_allow('search_words', 'a_read', 'SELECT', 'true')")
    op.execute(f"CALL gongkai_allow('search_words', 'd_manage', 'INSERT', '{MANAGER}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_words")
