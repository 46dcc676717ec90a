"""What happens to items afterwards: days of display and term, lists of validity, yearly assessments.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
COLUMNS = (
    ("display_until", sa.Date()),
    ("display_told_date", sa.Date()),
    ("valid_until", sa.Date()),
    ("term_told_date", sa.Date()),
    ("change_date", sa.Date()),
    ("refreshed_at", sa.DateTime(timezone=True)),
    ("decision_item_id", sa.BigInteger()),
    ("next_assessment_date", sa.Date()),
)


def _add_columns() -> None:
    for name, kind in COLUMNS:
        op.add_column("item", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE item SET refreshed_at = changed_at WHERE is_public AND change_kind IN ('content', 'static')")
    op.execute(
        "UPDATE item SET next_assessment_date = CAST((coalesce((SELECT max(s.at) FROM item_step AS s"
        " WHERE s.tenant_id = item.tenant_id AND s.item_id = item.id AND s.action = 'approve'), updated_at)"
        " AT TIME ZONE 'Asia/Shanghai') + interval '1 year' AS date)"
        " WHERE state IN ('withheld', 'on_request') AND revises_id IS NULL"
    )


def _add_indexes() -> None:
    op.drop_index("ix_item_column_changed", "item")
    op.create_index(
        "ix_item_column_refreshed", "item", ["tenant_id", "column_id", "refreshed_at"],
        postgresql_where="is_public AND refreshed_at IS NOT NULL",
    )  # fmt: skip
    op.create_index(
        "ix_item_display_due", "item", ["display_until"],
        postgresql_where="is_public AND display_until IS NOT NULL AND display_told_date IS DISTINCT FROM display_until",
    )  # fmt: skip
    op.create_index(
        "ix_item_term_due", "item", ["valid_until"],
        postgresql_where="is_public AND valid_until IS NOT NULL AND term_told_date IS DISTINCT FROM valid_until",
    )  # fmt: skip
    op.create_index(
        "ix_item_term", "item", ["tenant_id", "valid_until"],
        postgresql_where="is_public AND valid_until IS NOT NULL",
    )  # fmt: skip
    op.create_index(
        "ix_item_assessment", "item", ["tenant_id", "next_assessment_date"],
        postgresql_where="next_assessment_date IS NOT NULL",
    )  # fmt: skip


def _create_assessments() -> None:
    op.create_table(
        "withheld_assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("assessed_date", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=True),
        sa.Column("assessor_id", sa.BigInteger(), nullable=True),
        sa.Column("assessor_name", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('keep', 'publish')", name=op.f("ck_withheld_assessment_result")),
        sa.CheckConstraint(
            "draft_id IS NULL OR result = 'publish'", name=op.f("ck_withheld_assessment_draft_only_to_publish")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_withheld_assessment_tenant_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_withheld_assessment_item_id")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["item.id"], name=op.f("fk_withheld_assessment_draft_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withheld_assessment")),
    )
    op.create_index(
        op.f("ix_withheld_assessment_tenant_id_item_id_id"), "withheld_assessment", ["tenant_id", "item_id", "id"]
    )
    op.create_index("ix_withheld_assessment_date", "withheld_assessment", ["tenant_id", "assessed_date"])
    op.create_index(
        "ix_withheld_assessment_draft", "withheld_assessment", ["draft_id"], postgresql_where="draft_id IS NOT NULL"
    )
    op.execute("CALL gongkai_protect('withheld_assessment', 'SELECT, INSERT')")
    op.execute(f"CALL gongkai_allow('withheld_assessment', 'b_own', 'ALL', '{OWN}')")


def _create_lists() -> None:
    op.create_table(
        "validity_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_marked", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("report_digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_validity_list_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validity_list")),
    )
    op.create_index(op.f("ix_validity_list_tenant_id_id"), "validity_list", ["tenant_id", "id"])
    op.execute("CALL gongkai_protect('validity_list', 'SELECT, INSERT, UPDATE')")
    op.execute(f"CALL gongkai_allow('validity_list', 'b_own', 'ALL', '{OWN}')")


def upgrade() -> None:
    """Apply."""
    _add_columns()
    _add_indexes()
    _create_assessments()
    _create_lists()


def downgrade() -> None:
    """Undo."""
    op.drop_table("validity_list")
    op.drop_table("withheld_assessment")
    for name in ("assessment", "term", "term_due", "display_due", "column_refreshed"):
        op.drop_index(f"ix_item_{name}", "item")
    op.create_index(
        "ix_item_column_changed", "item", ["tenant_id", "column_id", "changed_at"],
        postgresql_where="is_public AND changed_at IS NOT NULL",
    )  # fmt: skip
    for name, _ in COLUMNS:
        op.drop_column("item", name)
