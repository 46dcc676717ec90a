"""Consultations: an item says what became of one, by a link of a second kind.

Revision: 0046, after 0045.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAME = "ck_item_link_kind"


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(op.f(NAME), "item_link")
    op.create_check_constraint(op.f(NAME), "item_link", "kind IN ('interprets', 'answers')")


def downgrade() -> None:
    """Undo; links of the second kind go with it."""
    op.execute("DELETE FROM item_link WHERE kind = 'answers'")
    op.drop_constraint(op.f(NAME), "item_link")
    op.create_check_constraint(op.f(NAME), "item_link", "kind IN ('interprets')")
