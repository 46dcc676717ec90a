"""Signatures on paper: the scan of the signed sheet, who registered it, who checked it, and the step it decides.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
STEPS = "'section_review', 'legality_review', 'confidentiality_review', 'final_approval'"

# Whatever moves an item on, nothing that waits for its old step may decide the next; no round trip of the chain.
LAPSE = """
CREATE FUNCTION gongkai_lapse_signatures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE paper_signature SET state = 'lapsed'
    WHERE tenant_id = OLD.tenant_id AND item_id = OLD.id AND state = 'registered';
    RETURN NULL;
END $$;
CREATE TRIGGER item_leaves_step AFTER UPDATE OF step ON item FOR EACH ROW
    WHEN (OLD.step <> '' AND NEW.step IS DISTINCT FROM OLD.step)
    EXECUTE FUNCTION gongkai_lapse_signatures();
"""


def _table() -> None:
    op.create_table(
        "paper_signature",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("signatory_id", sa.BigInteger(), nullable=False),
        sa.Column("signatory_name", sa.Text(), nullable=False),
        sa.Column("signed_date", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("scan_digest", sa.Text(), nullable=False),
        sa.Column("scan_filename", sa.Text(), nullable=False),
        sa.Column("scan_media_type", sa.Text(), nullable=False),
        sa.Column("scan_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("for_superior", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.Column("checked_by_name", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_reason", sa.Text(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"step IN ({STEPS})", name=op.f("ck_paper_signature_step")),
        sa.CheckConstraint("decision IN ('agree', 'return')", name=op.f("ck_paper_signature_decision")),
        sa.CheckConstraint(
            "state IN ('registered', 'confirmed', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_paper_signature_state"),
        ),
        sa.CheckConstraint(
            "NOT (signatory_id = ANY (author_ids))", name=op.f("ck_paper_signature_signatory_is_no_author")
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'refused')) = (checked_by IS NOT NULL AND checked_at IS NOT NULL)",
            name=op.f("ck_paper_signature_checked"),
        ),
        sa.CheckConstraint(
            "checked_by IS NULL OR (checked_by <> registered_by AND checked_by <> signatory_id"
            " AND NOT (checked_by = ANY (author_ids)))",
            name=op.f("ck_paper_signature_checker_is_second"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR refusal_reason <> ''", name=op.f("ck_paper_signature_refusal_reason")
        ),
        sa.CheckConstraint("decision = 'agree' OR opinion <> ''", name=op.f("ck_paper_signature_return_opinion")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_paper_signature_tenant_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_paper_signature_item_id")),
        sa.ForeignKeyConstraint(["signatory_id"], ["user_account.id"], name=op.f("fk_paper_signature_signatory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_signature")),
    )
    op.create_index("ix_paper_signature_tenant_id_item_id", "paper_signature", ["tenant_id", "item_id"])
    waiting = sa.text("state = 'registered'")
    op.create_index(
        "uq_paper_signature_waiting", "paper_signature", ["tenant_id", "item_id"], unique=True,
        postgresql_where=waiting,
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _table()
    op.execute("CALL gongkai_protect('paper_signature', 'SELECT, INSERT, UPDATE')")
    op.execute(f"CALL gongkai_allow('paper_signature', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('paper_signature', 'c_subtree', 'SELECT', 'for_superior AND {SUBTREE}')")
    for name in ("signature_id", "signatory_id"):
        op.add_column("item_step", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_item_step_signatory_is_no_author"),
        "item_step",
        "(signature_id IS NULL) = (signatory_id IS NULL)"
        " AND (signatory_id IS NULL OR NOT (signatory_id = ANY (author_ids)))",
    )
    op.execute(LAPSE)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP TRIGGER item_leaves_step ON item")
    op.execute("DROP FUNCTION gongkai_lapse_signatures")
    op.drop_constraint(op.f("ck_item_step_signatory_is_no_author"), "item_step", type_="check")
    op.drop_column("item_step", "signatory_id")
    op.drop_column("item_step", "signature_id")
    op.drop_table("paper_signature")
