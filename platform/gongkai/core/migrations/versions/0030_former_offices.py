"""Findings stay visible to the office that found them, wherever the unit stands today (architecture decision 6).

Revision: 0030, after 0029.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# The subtree is set for those who supervise; others of the same government see no findings.
FOUND_HERE = "(SELECT gongkai_subtree()) IS NOT NULL AND office_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"


def upgrade() -> None:
    """Apply."""
    op.execute(f"CALL gongkai_allow('finding', 'd_office', 'SELECT', '{FOUND_HERE}')")


def downgrade() -> None:
    """Undo."""
    op.execute("DROP POLICY d_office ON finding")
