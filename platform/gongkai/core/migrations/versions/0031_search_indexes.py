"""Revisions of search documents, and the indexes of a search server that are written beside them.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SEQUENCE search_revision")
    op.execute("GRANT USAGE ON SEQUENCE search_revision TO gongkai_app")
    # Filled in one go: the documents are rows of the index, which can be written anew at any time.
    op.add_column(
        "search_document",
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("nextval('search_revision')"), nullable=False),
    )
    op.create_table(
        "search_index",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_index")),
    )
    op.execute("CALL gongkai_protect('search_index', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute("CALL gongkai_allow('search_index', 'a_system', 'ALL', 'true')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_index")
    op.drop_column("search_document", "revision")
    op.execute("DROP SEQUENCE search_revision")
