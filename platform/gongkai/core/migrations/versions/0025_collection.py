"""Batches decided as a whole, circulars that an import comes after, and collection from elsewhere.

Revision: 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
# Whoever answers for a unit sees whether its figures are in step, also where an office above collects for it.
COVERED = (
    "EXISTS (SELECT 1 FROM tenant WHERE tenant.id = ANY (unit_ids)"
    " AND (tenant.id = ANY ((SELECT gongkai_tenant_ids())::bigint[]) OR tenant.path <@ (SELECT gongkai_subtree())))"
)
KINDS = "'drafts', 'migration', 'tenants', 'old_pages'"
STATES = "'waiting', 'running', 'done', 'failed', 'refused'"
INSTANT = sa.DateTime(timezone=True)
TABLES = {
    "batch_deed": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN)]),
    "batch_sample": ("SELECT, INSERT", [("b_own", "ALL", OWN)]),
    "batch_opening": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN)]),
    "collection_source": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE), ("d_covered", "SELECT", COVERED)],
    ),
    "collected_entry": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
}


def _limit(column: str, values: str) -> None:
    op.drop_constraint(op.f(f"ck_import_batch_{column}"), "import_batch", type_="check")
    op.create_check_constraint(op.f(f"ck_import_batch_{column}"), "import_batch", f"{column} IN ({values})")


def _of(table: str, *columns: sa.Column, **references: str) -> None:  # type: ignore[type-arg]
    """A table of a unit's, with its own constraints among `columns`; `references` is column → table."""
    op.create_table(
        table,
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, target in {"tenant_id": "tenant", **references}.items()
        ),
    )


def _batches() -> None:
    _of(
        "batch_deed",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("deed IN ('submit', 'agree', 'return')", name=op.f("ck_batch_deed_deed")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_batch_deed_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_deed")),
        batch_id="import_batch",
    )
    op.create_index(op.f("ix_batch_deed_tenant_id_batch_id_id"), "batch_deed", ["tenant_id", "batch_id", "id"])
    op.create_index(
        "uq_batch_deed_open", "batch_deed", ["tenant_id", "batch_id"], unique=True,
        postgresql_where="state IN ('waiting', 'running')",
    )  # fmt: skip
    _of(
        "batch_sample",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", "step", name=op.f("pk_batch_sample")),
        batch_id="import_batch",
    )
    _of(
        "batch_opening",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", "step", "user_id", "item_id", name=op.f("pk_batch_opening")),
        batch_id="import_batch",
        user_id="user_account",
        item_id="item",
    )


def _collection() -> None:
    _of(
        "collection_source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("covers_subtree", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("column_code", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("stale_hours", sa.Integer(), nullable=False),
        sa.Column("responsible_person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("unit_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("began_at", INSTANT, nullable=True),
        sa.Column("last_run_at", INSTANT, nullable=True),
        sa.Column("last_success_at", INSTANT, nullable=True),
        sa.Column("stale_told_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('table', 'jsonl', 'atom')", name=op.f("ck_collection_source_kind")),
        sa.CheckConstraint("state IN ('proposed', 'allowed', 'refused')", name=op.f("ck_collection_source_state")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_collection_source_hour")),
        sa.CheckConstraint("stale_hours BETWEEN 25 AND 744", name=op.f("ck_collection_source_stale_hours")),
        sa.CheckConstraint(
            "state <> 'allowed' OR (office_id IS NOT NULL AND began_at IS NOT NULL AND responsible_person <> '')",
            name=op.f("ck_collection_source_allowed_is_complete"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_source")),
        office_id="tenant",
    )
    op.create_index(op.f("ix_collection_source_tenant_id_id"), "collection_source", ["tenant_id", "id"])
    _of(
        "collected_entry",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("missing_since", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_collected_entry")),
        item_id="item",
        source_id="collection_source",
    )
    op.create_index(
        op.f("ix_collected_entry_tenant_id_source_id_seen_at"), "collected_entry",
        ["tenant_id", "source_id", "seen_at"],
    )  # fmt: skip
    op.create_index(
        "ix_collected_entry_missing", "collected_entry", ["tenant_id", "source_id", "missing_since"],
        postgresql_where="missing_since IS NOT NULL",
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _limit("kind", KINDS + ", 'collection'")
    _limit("state", STATES + ", 'confirming'")
    _batches()
    _collection()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")
    op.add_column("import_batch", sa.Column("source_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_import_batch_source_id"), "import_batch", "collection_source", ["source_id"], ["id"])
    op.add_column("import_batch", sa.Column("rows_changed", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("import_batch", "rows_changed", server_default=None)
    op.add_column("import_batch", sa.Column("rows_missing", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("import_batch", "rows_missing", server_default=None)
    op.add_column("import_batch", sa.Column("late", postgresql.JSONB(), nullable=True))
    op.add_column("import_batch", sa.Column("late_confirmed_by", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_import_batch_listed", "import_batch", ["tenant_id", "id"], postgresql_where="kind <> 'collection'"
    )
    op.create_index("ix_import_batch_late", "import_batch", ["id"], postgresql_where="late <> '[]'::jsonb")
    op.create_index(
        "ix_import_batch_source", "import_batch", ["tenant_id", "source_id", "id"],
        postgresql_where="source_id IS NOT NULL",
    )  # fmt: skip
    op.add_column("item", sa.Column("review_batch_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_item_review_batch_id"), "item", "import_batch", ["review_batch_id"], ["id"])
    op.create_index(
        "ix_item_review_batch", "item", ["tenant_id", "review_batch_id", "step", "id"],
        postgresql_where="review_batch_id IS NOT NULL",
    )  # fmt: skip


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_item_review_batch", "item")
    op.drop_column("item", "review_batch_id")
    for name in ("ix_import_batch_source", "ix_import_batch_late", "ix_import_batch_listed"):
        op.drop_index(name, "import_batch")
    op.drop_constraint(op.f("fk_import_batch_source_id"), "import_batch", type_="foreignkey")
    for name in ("late_confirmed_by", "late", "rows_missing", "rows_changed", "source_id"):
        op.drop_column("import_batch", name)
    for table in ("collected_entry", "collection_source", "batch_opening", "batch_sample", "batch_deed"):
        op.drop_table(table)
    op.execute("UPDATE import_batch SET kind = 'migration' WHERE kind = 'collection'")
    op.execute("UPDATE import_batch SET state = 'failed' WHERE state = 'confirming'")
    _limit("state", STATES)
    _limit("kind", KINDS)
