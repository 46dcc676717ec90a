"""An index of the public items whose repeal has a day.

Revision: 0056, after 0055.
"""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_item_repealed",
        "item",
        ["repealed_date"],
        postgresql_where="is_public AND repealed_date IS NOT NULL",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_item_repealed")
