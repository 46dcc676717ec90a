"""Fingerprints of public items, by which near-duplicates within a unit are found.

Revision: 0053, after 0052. A job makes those of what is published already.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
TABLES = {
    "item_fingerprint": ("SELECT, INSERT, UPDATE, DELETE", [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
    "fingerprint_band": ("SELECT, INSERT, DELETE", [("b_own", "ALL", OWN)]),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "item_fingerprint",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", ARRAY(sa.Integer()), nullable=False),
        sa.Column("bands", ARRAY(sa.Integer()), nullable=False),
        sa.Column("like_id", sa.BigInteger(), nullable=True),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("(like_id IS NULL) = (total = 0)", name=op.f("ck_item_fingerprint_like_measured")),
        sa.CheckConstraint("shared BETWEEN 0 AND total", name=op.f("ck_item_fingerprint_shared")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_item_fingerprint_tenant_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_fingerprint_item_id")),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_item_fingerprint")),
    )
    op.create_index("ix_item_fingerprint_item_id", "item_fingerprint", ["item_id"])
    op.create_index(
        "ix_item_fingerprint_like", "item_fingerprint", ["tenant_id", "like_id"], postgresql_where="like_id IS NOT NULL"
    )
    op.create_table(
        "fingerprint_band",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_fingerprint_band_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "band", "item_id", name=op.f("pk_fingerprint_band")),
    )
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("fingerprint_band")
    op.drop_table("item_fingerprint")
