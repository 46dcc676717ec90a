"""Monthly scores of units, by version.

Revision: 0047, after 0046.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unit_score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "grade IN ('excellent', 'good', 'passed', 'failed')", name=op.f("ck_unit_score_grade")
        ),
        sa.CheckConstraint("score >= 0", name=op.f("ck_unit_score_floor")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_unit_score_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_score")),
        sa.UniqueConstraint(
            "tenant_id", "period", "version", name=op.f("uq_unit_score_tenant_id_period_version")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_unit_score_period"), "unit_score", ["period", "tenant_id"])
    op.execute("CALL gongkai_protect('unit_score', 'SELECT, INSERT')")
    op.execute(f"CALL gongkai_allow('unit_score', 'b_own', 'SELECT', '{OWN}')")
    op.execute(f"CALL gongkai_allow('unit_score', 'c_subtree', 'ALL', '{SUBTREE}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("unit_score")
