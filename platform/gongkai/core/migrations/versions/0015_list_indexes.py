"""Indexes of lists that read a unit's or an office's rows from end to end, or those of all units.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "state IN ('open', 'in_progress', 'disputed', 'claimed_fixed', 'reopened')"
LISTED = sa.text("(CASE WHEN is_public THEN published_at ELSE updated_at END)")
INDEXES = (
    ("ix_item_listed", "item", ["tenant_id", LISTED, "id"], None),
    ("ix_item_period", "item", ["tenant_id", "period", "published_at"], "period IS NOT NULL"),
    ("ix_item_creator", "item", ["tenant_id", "created_by", "id"], "created_by IS NOT NULL"),
    (
        "ix_item_column_changed", "item", ["tenant_id", "column_id", "changed_at"],
        "is_public AND changed_at IS NOT NULL",
    ),
    ("ix_finding_open", "finding", ["office_id", "period"], OPEN),
    ("ix_notice_unread", "notice", ["tenant_id", "created_at"], "read_at IS NULL"),
    ("ix_notice_person", "notice", ["user_id", "key"], "user_id IS NOT NULL"),
    ("ix_audit_event_setting", "audit_event", ["tenant_id", "at"], "action = 'setting.change'"),
    ("ix_outbox_event_kind_not_before_id", "outbox_event", ["kind", "not_before", "id"], None),
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_item_period", "item")
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=where)


def downgrade() -> None:
    """Undo."""
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.create_index("ix_item_period", "item", ["tenant_id", "period", "published_at"], postgresql_where="is_public")
