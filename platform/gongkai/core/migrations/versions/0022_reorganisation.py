"""Reorganisation of units: the plans, the columns whose function passed to another unit, the time of grace.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
MANAGED = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_manages()))"
ALL = "SELECT, INSERT, UPDATE, DELETE"
TABLES = {
    "reorganisation": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN)]),
    "tenant_grace": (ALL, [("a_read", "SELECT", "true"), ("d_manage", "ALL", MANAGED)]),
    "column_succession": (ALL, [("a_read", "SELECT", "true"), ("d_manage", "ALL", MANAGED)]),
}


def upgrade() -> None:
    """Apply."""
    _plans()
    op.create_table(
        "tenant_grace",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("until_date >= from_date", name=op.f("ck_tenant_grace_range")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_grace_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_grace")),
    )
    op.create_index(op.f("ix_tenant_grace_tenant_id_from_date"), "tenant_grace", ["tenant_id", "from_date"])
    op.create_table(
        "column_succession",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        sa.Column("column_code", sa.Text(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("tenant_id <> successor_id", name=op.f("ck_column_succession_not_itself")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_column_succession_tenant_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["tenant.id"], name=op.f("fk_column_succession_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_succession")),
        sa.UniqueConstraint(
            "tenant_id", "column_code", "effective_date",
            name=op.f("uq_column_succession_tenant_id_column_code_effective_date"),
        ),
    )  # fmt: skip
    op.create_index(
        op.f("ix_column_succession_successor_id_column_code"), "column_succession", ["successor_id", "column_code"]
    )
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def _plans() -> None:
    op.create_table(
        "reorganisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("receiver_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("allotments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("passes_decided", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("grace_months", sa.Integer(), nullable=False),
        sa.Column("planned_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('merge', 'split', 'move', 'abolish', 'function')", name=op.f("ck_reorganisation_kind")
        ),
        sa.CheckConstraint(
            "state IN ('drafting', 'planned', 'done', 'cancelled')", name=op.f("ck_reorganisation_state")
        ),
        sa.CheckConstraint(
            "cardinality(source_ids) > 0 AND cardinality(receiver_ids) > 0", name=op.f("ck_reorganisation_units")
        ),
        sa.CheckConstraint("grace_months BETWEEN 0 AND 12", name=op.f("ck_reorganisation_grace_months")),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_reorganisation_ended")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reorganisation_tenant_id")),
        sa.ForeignKeyConstraint(["planned_by"], ["user_account.id"], name=op.f("fk_reorganisation_planned_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reorganisation")),
    )
    op.create_index(
        op.f("ix_reorganisation_tenant_id_effective_date"), "reorganisation", ["tenant_id", "effective_date"]
    )
    op.create_index(
        "ix_reorganisation_planned", "reorganisation", ["effective_date"], postgresql_where="state = 'planned'"
    )


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.drop_table(table)
