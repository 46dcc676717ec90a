"""Circulars: whom they cover, who drafted and who signed, what they became; figures that stay once sent on.

Revision: 0014, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECKS = {
    "coverage": "coverage IN ('all', 'direct')",
    "locked_before_drafting": "state IN ('collecting', 'withdrawn') OR snapshot IS NOT NULL",
    "signed_is_complete": "state NOT IN ('signed', 'issued') OR (signatory <> '' AND signed_date IS NOT NULL)",
    "signatory_is_no_drafter": "signed_by IS NULL OR NOT (signed_by = ANY (drafter_ids))",
    "issued_is_complete": (
        "state <> 'issued' OR (issued_date IS NOT NULL AND issued_at IS NOT NULL AND ledger_digest IS NOT NULL)"
    ),
}
COLUMNS = (
    ("coverage", sa.Text(), "'all'"),
    ("drafter_ids", postgresql.ARRAY(sa.BigInteger()), "'{}'"),
    ("signatory", sa.Text(), "''"),
)
# Whoever reviews, signs or receives a circular must find the figures that it was drafted from.
KEEP_SNAPSHOT = """
CREATE FUNCTION gongkai_keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('in_review', 'signed', 'issued') AND NEW.snapshot IS DISTINCT FROM OLD.snapshot THEN
        RAISE EXCEPTION 'the figures of a circular that has been sent on cannot change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER circular_keep_snapshot BEFORE UPDATE ON circular
    FOR EACH ROW EXECUTE FUNCTION gongkai_keep_snapshot();
"""


def upgrade() -> None:
    """Apply."""
    for name, kind, default in COLUMNS:
        op.add_column("circular", sa.Column(name, kind, server_default=sa.text(default), nullable=False))
        op.alter_column("circular", name, server_default=None)
    op.add_column("circular", sa.Column("signed_by", sa.BigInteger(), nullable=True))
    op.add_column("circular", sa.Column("signed_date", sa.Date(), nullable=True))
    op.add_column("circular", sa.Column("item_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_circular_item_id"), "circular", "item", ["item_id"], ["id"])
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_circular_{name}"), "circular", condition)
    op.create_index(
        "uq_circular_open", "circular", ["tenant_id", "period", "coverage"], unique=True,
        postgresql_where="state <> 'withdrawn'",
    )  # fmt: skip
    op.create_index(
        "uq_circular_number", "circular", ["tenant_id", "document_number"], unique=True,
        postgresql_where="document_number <> ''",
    )  # fmt: skip
    op.execute(KEEP_SNAPSHOT)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP TRIGGER circular_keep_snapshot ON circular")
    op.execute("DROP FUNCTION gongkai_keep_snapshot")
    op.drop_index("uq_circular_number", "circular")
    op.drop_index("uq_circular_open", "circular")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_circular_{name}"), "circular", type_="check")
    for name in ("item_id", "signed_date", "signed_by", "signatory", "drafter_ids", "coverage"):
        op.drop_column("circular", name)
