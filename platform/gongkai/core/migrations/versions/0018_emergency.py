"""Emergency takedown: cases, measures and what they block; a count stays until the office has ruled on it.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
TABLES = {
    "emergency_takedown": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
    "emergency_measure": ("SELECT, INSERT, UPDATE", [("b_own", "SELECT", OWN), ("c_subtree", "ALL", SUBTREE)]),
    "emergency_block": ("SELECT, INSERT, DELETE", [("a_read", "SELECT", "true"), ("c_subtree", "ALL", SUBTREE)]),
}
ACTIONS = "'submit', 'recall', 'pass_review', 'approve', 'return', 'schedule', 'unschedule', 'publish', 'take_down'"

APPLY = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO column_count AS c (tenant_id, column_id, period, total, counted)
    SELECT tenant_id, column_id, period, sum({total}), sum({counted})
    FROM ({changes}) AS change
    WHERE {counting}
    GROUP BY tenant_id, column_id, period
    HAVING sum({total}) <> 0 OR sum({counted}) <> 0
    ORDER BY tenant_id, column_id, period
    ON CONFLICT (tenant_id, column_id, period) DO UPDATE
        SET total = c.total + excluded.total, counted = c.counted + excluded.counted;

    INSERT INTO period_count AS c (tenant_id, period, key_area_group, total, counted, news)
    SELECT tenant_id, period, key_area_group, sum({total}), sum({counted}), sum({news})
    FROM ({changes}) AS change
    WHERE {counting}
    GROUP BY tenant_id, period, key_area_group
    HAVING sum({total}) <> 0 OR sum({counted}) <> 0 OR sum({news}) <> 0
    ORDER BY tenant_id, period, key_area_group
    ON CONFLICT (tenant_id, period, key_area_group) DO UPDATE
        SET total = c.total + excluded.total, counted = c.counted + excluded.counted, news = c.news + excluded.news;
    RETURN NULL;
END $$
"""
FIELDS = "tenant_id, column_id, period, key_area_group, is_public, counts_to_quota, is_news"
HELD = "(state = 'taken_down' AND emergency_id IS NOT NULL)"
# Totals are of what is public; what an office took down at once still counts to the task of its month.
HOLDING = {
    "fields": f"{FIELDS}, {HELD} AS is_held",
    "counting": "(is_public OR is_held)",
    "total": "delta * is_public::int",
    "counted": "delta * counts_to_quota::int",
    "news": "delta * (is_news AND is_public)::int",
}
PUBLIC_ONLY = {
    "fields": FIELDS,
    "counting": "is_public",
    "total": "delta",
    "counted": "delta * counts_to_quota::int",
    "news": "delta * is_news::int",
}


def _count(rule: dict[str, str]) -> None:
    added, removed = (
        f"SELECT 1 AS delta, {rule['fields']} FROM added",
        f"SELECT -1 AS delta, {rule['fields']} FROM removed",
    )
    for event, changes in (("insert", added), ("delete", removed), ("update", f"{added} UNION ALL {removed}")):
        values = {name: text for name, text in rule.items() if name != "fields"}
        op.execute(APPLY.format(name=f"gongkai_count_{event}", changes=changes, **values))


def _limit_actions(actions: str) -> None:
    op.drop_constraint(op.f("ck_item_step_action"), "item_step", type_="check")
    op.create_check_constraint(op.f("ck_item_step_action"), "item_step", f"action IN ({actions})")


def _create_takedown() -> None:
    op.create_table(
        "emergency_takedown",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.BigInteger(), nullable=False),
        sa.Column("taken_by_name", sa.Text(), nullable=False),
        sa.Column("paper_due_date", sa.Date(), nullable=False),
        sa.Column("paper_digest", sa.Text(), nullable=False),
        sa.Column("paper_name", sa.Text(), nullable=False),
        sa.Column("paper_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("caller <> '' AND basis <> ''", name=op.f("ck_emergency_takedown_said_why")),
        sa.CheckConstraint(
            "(paper_digest <> '') = (paper_received_at IS NOT NULL)", name=op.f("ck_emergency_takedown_paper")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_emergency_takedown_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_takedown")),
    )
    op.create_index(op.f("ix_emergency_takedown_tenant_id_taken_at"), "emergency_takedown", ["tenant_id", "taken_at"])
    op.create_index(
        "ix_emergency_takedown_paper", "emergency_takedown", ["paper_due_date"],
        postgresql_where="paper_received_at IS NULL",
    )  # fmt: skip


def _create_measure() -> None:
    op.create_table(
        "emergency_measure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("takedown_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("column_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("index_number", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("count_kept", sa.Boolean(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('item', 'attachment', 'column')", name=op.f("ck_emergency_measure_kind")),
        sa.CheckConstraint("outcome IN ('', 'restored', 'withdrawn')", name=op.f("ck_emergency_measure_outcome")),
        sa.CheckConstraint(
            "(kind = 'column') = (column_id IS NOT NULL) AND (kind = 'column') = (item_id IS NULL)"
            " AND (kind = 'attachment') = (digest <> '')",
            name=op.f("ck_emergency_measure_one_object"),
        ),
        sa.CheckConstraint(
            "(outcome <> '') = (ended_at IS NOT NULL) AND (outcome = '' OR end_reason <> '')"
            " AND (outcome = 'withdrawn' OR count_kept IS NULL)",
            name=op.f("ck_emergency_measure_ruling"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_emergency_measure_tenant_id")),
        sa.ForeignKeyConstraint(
            ["takedown_id"], ["emergency_takedown.id"], name=op.f("fk_emergency_measure_takedown_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_emergency_measure_item_id")),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_emergency_measure_column_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_measure")),
    )
    op.create_index(
        op.f("ix_emergency_measure_tenant_id_takedown_id"), "emergency_measure", ["tenant_id", "takedown_id"]
    )
    op.create_index(op.f("ix_emergency_measure_takedown_id"), "emergency_measure", ["takedown_id"])


def _create_block() -> None:
    op.create_table(
        "emergency_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('text', 'file', 'hidden_file', 'column')", name=op.f("ck_emergency_block_kind")),
        sa.CheckConstraint(
            "(kind = 'column') = (column_id IS NOT NULL) AND (kind = 'column') = (digest = '')",
            name=op.f("ck_emergency_block_key"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_emergency_block_tenant_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["emergency_measure.id"], name=op.f("fk_emergency_block_measure_id")),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_emergency_block_column_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_block")),
    )
    op.create_index(op.f("ix_emergency_block_tenant_id_digest"), "emergency_block", ["tenant_id", "digest"])
    op.create_index(op.f("ix_emergency_block_measure_id"), "emergency_block", ["measure_id"])
    op.create_index(
        op.f("ix_emergency_block_column_id"), "emergency_block", ["column_id"],
        postgresql_where="column_id IS NOT NULL",
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _create_takedown()
    _create_measure()
    _create_block()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")
    op.add_column("item", sa.Column("emergency_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_item_emergency", "item", ["tenant_id", "emergency_id"], postgresql_where="emergency_id IS NOT NULL"
    )
    _limit_actions(f"{ACTIONS}, 'restore'")
    _count(HOLDING)


def downgrade() -> None:
    """Undo; what is still waiting for a ruling is subtracted."""
    op.execute("UPDATE item SET emergency_id = NULL WHERE emergency_id IS NOT NULL")
    _count(PUBLIC_ONLY)
    op.execute("DELETE FROM item_step WHERE action = 'restore'")
    _limit_actions(ACTIONS)
    op.drop_index("ix_item_emergency", "item")
    op.drop_column("item", "emergency_id")
    for table in ("emergency_block", "emergency_measure", "emergency_takedown"):
        op.drop_table(table)
