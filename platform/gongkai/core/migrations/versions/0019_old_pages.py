"""Pages of old sites that wait for a person: what was read, what is damaged, and each repair that somebody decided on.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
KINDS = "'drafts', 'migration', 'tenants'"
NEW_KIND = ", 'old_pages'"


def _limit_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_import_batch_kind"), "import_batch", type_="check")
    op.create_check_constraint(op.f("ck_import_batch_kind"), "import_batch", f"kind IN ({kinds})")


def _pages() -> None:
    jsonb = postgresql.JSONB()
    op.create_table(
        "old_page",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("given_title", sa.Text(), nullable=False),
        sa.Column("trail", jsonb, nullable=False),
        sa.Column("labels", jsonb, nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("findings", jsonb, nullable=False),
        sa.Column("notes", jsonb, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('quarantined', 'clean', 'repaired', 'rejected', 'migrated')", name=op.f("ck_old_page_state")
        ),
        sa.CheckConstraint("script IN ('simplified', 'traditional', 'mixed')", name=op.f("ck_old_page_script")),
        sa.CheckConstraint("state <> 'rejected' OR problem <> ''", name=op.f("ck_old_page_rejected_why")),
        sa.CheckConstraint("(state = 'migrated') = (item_id IS NOT NULL)", name=op.f("ck_old_page_migrated_item")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_old_page_tenant_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_old_page_batch_id")),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_old_page_column_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_old_page_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_page")),
        sa.UniqueConstraint("tenant_id", "file_digest", name=op.f("uq_old_page_tenant_id_file_digest")),
    )
    op.create_index("ix_old_page_state", "old_page", ["tenant_id", "state", "id"])
    op.create_index("ix_old_page_item", "old_page", ["item_id"], postgresql_where="item_id IS NOT NULL")


def _repairs() -> None:
    op.create_table(
        "old_page_repair",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("finding", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choice IN ('accept', 'own', 'leave')", name=op.f("ck_old_page_repair_choice")),
        sa.CheckConstraint("choice <> 'leave' OR before = after", name=op.f("ck_old_page_repair_left_as_found")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_old_page_repair_tenant_id")),
        sa.ForeignKeyConstraint(["page_id"], ["old_page.id"], name=op.f("fk_old_page_repair_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_page_repair")),
    )
    op.create_index(op.f("ix_old_page_repair_tenant_id_page_id_id"), "old_page_repair", ["tenant_id", "page_id", "id"])


def upgrade() -> None:
    """Apply."""
    _limit_kinds(KINDS + NEW_KIND)
    _pages()
    _repairs()
    for table, privileges in (("old_page", "SELECT, INSERT, UPDATE"), ("old_page_repair", "SELECT, INSERT")):
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")
        op.execute(f"CALL gongkai_allow('{table}', 'c_subtree', 'SELECT', '{SUBTREE}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("old_page_repair")
    op.drop_table("old_page")
    op.execute(
        "DELETE FROM import_batch AS b WHERE kind = 'old_pages' AND NOT EXISTS (SELECT FROM item WHERE batch_id = b.id)"
    )
    op.execute("UPDATE import_batch SET kind = 'migration' WHERE kind = 'old_pages'")
    _limit_kinds(KINDS)
