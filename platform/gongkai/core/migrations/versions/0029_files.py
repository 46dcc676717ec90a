"""Files given with an imported list, the column of uploaded old pages, and measures on files that follow those of a lead agency.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COLUMNS = ("files_name", "files_digest")


def upgrade() -> None:
    """Apply."""
    for name in COLUMNS:
        op.add_column("import_batch", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("import_batch", name, server_default=None)
    op.add_column("import_batch", sa.Column("column_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_import_batch_column_id"), "import_batch", "content_column", ["column_id"], ["id"]
    )  # fmt: skip
    op.add_column("emergency_measure", sa.Column("follows_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_emergency_measure_follows_id"), "emergency_measure", "emergency_measure", ["follows_id"], ["id"]
    )
    op.create_index(
        "ix_emergency_measure_follows", "emergency_measure", ["tenant_id", "item_id"],
        postgresql_where="follows_id IS NOT NULL",
    )  # fmt: skip


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_emergency_measure_follows", "emergency_measure")
    op.drop_column("emergency_measure", "follows_id")
    for name in ("column_id", *COLUMNS):
        op.drop_column("import_batch", name)
