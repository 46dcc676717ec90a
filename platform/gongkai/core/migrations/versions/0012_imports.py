"""Imports: batches that an office brings for its subtree, batches it does not allow, and ids drawn in advance.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = "'waiting', 'running', 'done', 'failed'"


def _limit_states(states: str) -> None:
    op.drop_constraint(op.f("ck_import_batch_state"), "import_batch", type_="check")
    op.create_check_constraint(op.f("ck_import_batch_state"), "import_batch", f"state IN ({states})")


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "import_batch", sa.Column("covers_subtree", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.alter_column("import_batch", "covers_subtree", server_default=None)
    _limit_states(STATES + ", 'refused'")
    op.create_index("ix_import_batch_waiting", "import_batch", ["created_at"], postgresql_where="state = 'waiting'")
    # An item and its version name each other, so a bulk insert needs both ids before either row is written.
    op.execute("GRANT USAGE ON SEQUENCE item_id_seq, item_version_id_seq TO gongkai_app")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE ALL ON SEQUENCE item_id_seq, item_version_id_seq FROM gongkai_app")
    op.drop_index("ix_import_batch_waiting", "import_batch")
    op.execute("UPDATE import_batch SET state = 'failed' WHERE state = 'refused'")
    _limit_states(STATES)
    op.drop_column("import_batch", "covers_subtree")
