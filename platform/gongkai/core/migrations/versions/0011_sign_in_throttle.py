"""Failed sign-ins counted by address, and by account names that nobody has.

Revision: 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
    )
    op.create_index(op.f("ix_sign_in_throttle_last_at"), "sign_in_throttle", ["last_at"])
    # Nobody is signed in when it is written, so no scope can narrow it.
    op.execute("CALL gongkai_protect('sign_in_throttle', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute("CALL gongkai_allow('sign_in_throttle', 'a_system', 'ALL', 'true')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("sign_in_throttle")
