"""Files that are given with an imported list: which archive, by its digest and its name.

Revision: 0029, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = ("files_name", "files_digest")


def upgrade() -> None:
    """Apply."""
    for name in COLUMNS:
        op.add_column("import_batch", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("import_batch", name, server_default=None)


def downgrade() -> None:
    """Undo."""
    for name in COLUMNS:
        op.drop_column("import_batch", name)
