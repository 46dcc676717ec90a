"""PDF copies of official documents, made by a job where a converter is configured; how far an adding up is.

Revision: 0054, after 0053.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
TABLES = {"pdf_copy": "SELECT, INSERT, UPDATE, DELETE", "circular_progress": "SELECT, INSERT, UPDATE"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pdf_copy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_pdf_copy_state")),
        sa.CheckConstraint("(state = 'done') = (content IS NOT NULL)", name=op.f("ck_pdf_copy_content")),
        sa.CheckConstraint("(state = 'waiting') = (source IS NOT NULL)", name=op.f("ck_pdf_copy_source")),
        sa.CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name=op.f("ck_pdf_copy_finished")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_pdf_copy_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pdf_copy")),
        sa.UniqueConstraint("tenant_id", "source_digest", name=op.f("uq_pdf_copy_source")),
    )
    op.create_index("ix_pdf_copy_requested_at", "pdf_copy", ["tenant_id", "requested_at"])
    op.create_table(
        "circular_progress",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("before", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_circular_progress_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_circular_progress_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_circular_progress")),
    )
    for table, privileges in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("circular_progress")
    op.drop_table("pdf_copy")
