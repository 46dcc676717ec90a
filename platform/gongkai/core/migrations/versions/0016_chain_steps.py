"""The chain of two to four steps: a template per unit or column, the step where an item waits, who carries it on.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
ROLES = "'contributor', 'confidentiality_reviewer', 'approver', 'unit_admin', 'supervisor', 'prefecture_admin'"
NEW_ROLES = ", 'section_head', 'legal_reviewer', 'duty_officer'"
STEPS = "ARRAY['confidentiality_review', 'final_approval']"


def _limit_roles(roles: str) -> None:
    op.drop_constraint(op.f("ck_membership_role"), "membership", type_="check")
    op.create_check_constraint(op.f("ck_membership_role"), "membership", f"role IN ({roles})")


def upgrade() -> None:
    """Apply."""
    _limit_roles(ROLES + NEW_ROLES)
    op.create_table(
        "chain_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=True),
        sa.Column("steps", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(steps) BETWEEN 2 AND 4 AND 'confidentiality_review' = ANY (steps)"
            " AND steps[cardinality(steps)] = 'final_approval'",
            name=op.f("ck_chain_template_complete"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_chain_template_tenant_id")),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_chain_template_column_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_template")),
        sa.UniqueConstraint(
            "tenant_id", "column_id", name=op.f("uq_chain_template_tenant_id_column_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    op.execute("CALL gongkai_protect('chain_template', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute(f"CALL gongkai_allow('chain_template', 'b_own', 'ALL', '{OWN}')")
    for name, kind, default in (
        ("chain_steps", postgresql.ARRAY(sa.Text()), "'{}'"),
        ("step", sa.Text(), "''"),
    ):
        op.add_column("item", sa.Column(name, kind, server_default=sa.text(default), nullable=False))
        op.alter_column("item", name, server_default=None)
    op.add_column("item", sa.Column("handler_id", sa.BigInteger(), nullable=True))
    op.add_column("item_step", sa.Column("step", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.alter_column("item_step", "step", server_default=None)
    # What is under way goes on with the two steps that it was submitted with.
    op.execute(
        f"UPDATE item SET chain_steps = {STEPS}, step = CASE state WHEN 'in_review' THEN 'confidentiality_review'"
        " WHEN 'in_approval' THEN 'final_approval' ELSE '' END"
        " WHERE state IN ('in_review', 'in_approval', 'approved', 'scheduled')"
    )
    op.create_check_constraint(
        op.f("ck_item_step_in_chain"), "item", "(state IN ('in_review', 'in_approval')) = (step <> '')"
    )
    op.create_index("ix_item_step", "item", ["tenant_id", "step", "updated_at"], postgresql_where="step <> ''")


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_item_step", "item")
    op.drop_constraint(op.f("ck_item_step_in_chain"), "item", type_="check")
    op.drop_column("item_step", "step")
    for name in ("handler_id", "step", "chain_steps"):
        op.drop_column("item", name)
    op.drop_table("chain_template")
    op.execute("DELETE FROM membership WHERE role IN ('section_head', 'legal_reviewer', 'duty_officer')")
    _limit_roles(ROLES)
