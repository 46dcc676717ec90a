"""What a search can be narrowed by stands in columns of its own.

`gongkai search reindex` fills them for what was indexed before.

Revision: 0035, after 0034.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for name, default in (("subject", ""), ("genre", ""), ("validity", "in_force")):
        op.add_column("search_document", sa.Column(name, sa.Text(), server_default=default, nullable=False))
    types = sa.Column("file_types", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("search_document", types)


def downgrade() -> None:
    """Undo."""
    for name in ("subject", "genre", "validity", "file_types"):
        op.drop_column("search_document", name)
