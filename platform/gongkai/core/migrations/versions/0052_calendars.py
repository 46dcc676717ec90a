"""Local festivals of a subtree; versions of the calendar with what each of them moved.

Revision: 0052, after 0051. Notices that waited for confirmation are entered again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
PROPOSED = sa.text("state = 'proposed'")
TABLES = {
    "local_holiday": [("a_read", "SELECT", "true"), ("b_own", "ALL", OWN)],
    "calendar_version": [("b_own", "ALL", OWN)],
}


def _local_holiday() -> None:
    op.create_table(
        "local_holiday",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("days_off", ARRAY(sa.Date()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_local_holiday_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "year", name=op.f("pk_local_holiday")),
    )


def _calendar_version() -> None:
    op.create_table(
        "calendar_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("days_off", ARRAY(sa.Date()), nullable=False),
        sa.Column("make_up_days", ARRAY(sa.Date()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", JSONB(), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_force_by", sa.BigInteger(), nullable=True),
        sa.Column("in_force_by_name", sa.Text(), nullable=False),
        sa.Column("replaced", JSONB(), nullable=True),
        sa.Column("applied", JSONB(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'in_force')", name=op.f("ck_calendar_version_state")),
        sa.CheckConstraint(
            "(state = 'in_force') = (in_force_at IS NOT NULL)", name=op.f("ck_calendar_version_in_force")
        ),
        sa.CheckConstraint("NOT local OR make_up_days = '{}'", name=op.f("ck_calendar_version_local_days_off")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_calendar_version_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_version")),
    )
    op.create_index(
        "uq_calendar_version_proposed", "calendar_version", ["tenant_id", "local", "year"], unique=True,
        postgresql_where=PROPOSED,
    )  # fmt: skip
    op.create_index(op.f("ix_calendar_version_tenant_id_in_force_at"), "calendar_version", ["tenant_id", "in_force_at"])


def upgrade() -> None:
    """Apply."""
    _local_holiday()
    _calendar_version()
    for table, policies in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', 'SELECT, INSERT, UPDATE')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")
    op.execute("DELETE FROM site_setting WHERE key LIKE 'calendar:%'")


def downgrade() -> None:
    """Undo."""
    op.drop_table("calendar_version")
    op.drop_table("local_holiday")
