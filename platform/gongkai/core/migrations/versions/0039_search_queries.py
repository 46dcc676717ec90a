"""What is searched for, by day and query: counts, nothing of who searched.

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_query",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("without_results", sa.Integer(), nullable=False),
        sa.CheckConstraint("searches > 0", name=op.f("ck_search_query_searches")),
        sa.CheckConstraint("without_results BETWEEN 0 AND searches", name=op.f("ck_search_query_without_results")),
        sa.PrimaryKeyConstraint("day", "query", name=op.f("pk_search_query")),
    )
    op.execute("CALL gongkai_protect('search_query', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute("CALL gongkai_allow('search_query', 'a_system', 'ALL', 'true')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_query")
