"""Interpretations linked with their documents, plans for those that follow, reprints of joint documents.

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
LEAD = "source_tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
BOTH_PUBLIC = (
    "EXISTS (SELECT 1 FROM item WHERE item.id = item_id AND item.is_public)"
    " AND EXISTS (SELECT 1 FROM item WHERE item.id = target_id AND item.is_public)"
)
POLICIES = {
    "item_link": [("b_own", "ALL", OWN), ("c_public", "SELECT", BOTH_PUBLIC)],
    "interpretation_plan": [("b_own", "ALL", OWN)],
    "joint_reprint": [("b_own", "ALL", OWN), ("c_lead", "SELECT", LEAD)],
}


def _create_link() -> None:
    op.create_table(
        "item_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('interprets')", name=op.f("ck_item_link_kind")),
        sa.CheckConstraint("item_id <> target_id", name=op.f("ck_item_link_two_items")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_item_link_tenant_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_link_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["item.id"], name=op.f("fk_item_link_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_link")),
        sa.UniqueConstraint("tenant_id", "item_id", "target_id", name=op.f("uq_item_link_tenant_id_item_id_target_id")),
    )
    op.create_index(op.f("ix_item_link_tenant_id_target_id"), "item_link", ["tenant_id", "target_id"])


def _create_plan() -> None:
    op.create_table(
        "interpretation_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_date", sa.Date(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "told_at IS NULL OR due_date IS NOT NULL", name=op.f("ck_interpretation_plan_told_of_a_day")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_interpretation_plan_tenant_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_interpretation_plan_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interpretation_plan")),
        sa.UniqueConstraint("tenant_id", "item_id", name=op.f("uq_interpretation_plan_tenant_id_item_id")),
    )
    op.create_index(
        "ix_interpretation_plan_due", "interpretation_plan", ["tenant_id", "due_date"],
        postgresql_where="due_date IS NOT NULL",
    )  # fmt: skip


def _create_reprint() -> None:
    op.create_table(
        "joint_reprint",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("declined_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tenant_id <> source_tenant_id", name=op.f("ck_joint_reprint_two_units")),
        sa.CheckConstraint("item_id IS NULL OR declined_reason = ''", name=op.f("ck_joint_reprint_made_or_declined")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_joint_reprint_tenant_id")),
        sa.ForeignKeyConstraint(["source_tenant_id"], ["tenant.id"], name=op.f("fk_joint_reprint_source_tenant_id")),
        sa.ForeignKeyConstraint(["source_id"], ["item.id"], name=op.f("fk_joint_reprint_source_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_joint_reprint_item_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_reprint")),
        sa.UniqueConstraint("tenant_id", "source_id", name=op.f("uq_joint_reprint_tenant_id_source_id")),
    )
    op.create_index(
        op.f("ix_joint_reprint_source_tenant_id_source_id"), "joint_reprint", ["source_tenant_id", "source_id"]
    )
    op.create_index(
        "uq_joint_reprint_item", "joint_reprint", ["item_id"], unique=True, postgresql_where="item_id IS NOT NULL"
    )


def upgrade() -> None:
    """Apply."""
    _create_link()
    _create_plan()
    _create_reprint()
    for table, policies in POLICIES.items():
        op.execute(f"CALL gongkai_protect('{table}', 'SELECT, INSERT, UPDATE, DELETE')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    for table in ("joint_reprint", "interpretation_plan", "item_link"):
        op.drop_table(table)
