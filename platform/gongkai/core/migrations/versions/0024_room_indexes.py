"""Indexes of lists of signatures on paper, emergency measures, old pages, hits of terms, and versions of a month.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

IS_WAITING = sa.text("(state = 'registered')")
INDEXES = (
    ("ix_item_version_tenant_id_published_at", "item_version", ["tenant_id", "published_at"], None),
    ("ix_paper_signature_listed", "paper_signature", ["tenant_id", IS_WAITING, "registered_at", "id"], None),
    (
        "ix_paper_signature_superior", "paper_signature", ["tenant_id", IS_WAITING, "registered_at", "id"],
        "for_superior",
    ),
    ("ix_emergency_block_tenant_id_kind_digest", "emergency_block", ["tenant_id", "kind", "digest"], None),
    ("ix_old_page_waiting", "old_page", ["tenant_id"], "state = 'quarantined'"),
    ("ix_term_hit_tenant_id_state_level_id", "term_hit", ["tenant_id", "state", "level", "id"], None),
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_emergency_block_tenant_id_digest", "emergency_block")
    op.drop_index("ix_term_hit_open", "term_hit")
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=where)


def downgrade() -> None:
    """Undo."""
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.create_index("ix_term_hit_open", "term_hit", ["tenant_id", "level", "id"], postgresql_where="state = 'open'")
    op.create_index("ix_emergency_block_tenant_id_digest", "emergency_block", ["tenant_id", "digest"])
