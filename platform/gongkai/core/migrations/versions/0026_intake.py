"""Intake from document systems: senders, what they sent, nonces; how items are counted by disclosure attribute.

Revision: 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
# A unit sees which system of a body above it may send to it.
COVERED = (
    "covers_subtree AND EXISTS (SELECT 1 FROM tenant AS above, tenant AS unit WHERE above.id = intake_sender.tenant_id"
    " AND unit.id = ANY ((SELECT gongkai_tenant_ids())::bigint[]) AND unit.path <@ above.path)"
)

# A request knows its key before it has a scope; the function answers for one key and lists nothing.
# The office may know how many documents of which attribute its units have, and not what they are.
FUNCTIONS = """
CREATE FUNCTION gongkai_intake_sender(wanted text) RETURNS TABLE (sender_id bigint, tenant_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT id, s.tenant_id FROM intake_sender AS s WHERE key_id = wanted $$;
CREATE FUNCTION gongkai_attribute_counts(first date, last date) RETURNS TABLE
    (tenant_id bigint, formed_month text, disclosure_mode text, reason text, decided boolean, taken_in boolean,
     total bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT i.tenant_id, to_char(i.formed_date, 'YYYY-MM'), i.disclosure_mode,
        CASE WHEN i.state IN ('withheld', 'on_request') THEN i.withheld_reason ELSE '' END,
        i.state IN ('published', 'taken_down', 'withheld', 'on_request'), i.entry_route = 'intake', count(*)
    FROM item AS i
    WHERE i.tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))
        AND i.revises_id IS NULL AND i.formed_date BETWEEN first AND last
    GROUP BY 1, 2, 3, 4, 5, 6 $$;
REVOKE ALL ON FUNCTION gongkai_intake_sender, gongkai_attribute_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gongkai_intake_sender, gongkai_attribute_counts TO gongkai_app;
"""


def _senders() -> None:
    op.create_table(
        "intake_sender",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("covers_subtree", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_refusal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_intake_sender_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_sender")),
        sa.UniqueConstraint("key_id", name=op.f("uq_intake_sender_key_id")),
    )
    op.create_index("ix_intake_sender_tenant_id", "intake_sender", ["tenant_id"])


def _documents() -> None:
    op.create_table(
        "intake_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("signed_date", sa.Date(), nullable=False),
        sa.Column("signing_opinion", sa.Text(), nullable=False),
        sa.Column("notes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('interface', 'folder')", name=op.f("ck_intake_document_channel")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_intake_document_tenant_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["intake_sender.id"], name=op.f("fk_intake_document_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_document")),
        sa.UniqueConstraint("sender_id", "external_id", name=op.f("uq_intake_document_sender_id_external_id")),
    )
    op.create_index("ix_intake_document_tenant_id_item_id", "intake_document", ["tenant_id", "item_id"])
    op.create_index(
        "ix_intake_document_tenant_id_received_at_id", "intake_document", ["tenant_id", "received_at", "id"]
    )


def _nonces() -> None:
    op.create_table(
        "intake_nonce",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_intake_nonce_tenant_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["intake_sender.id"], name=op.f("fk_intake_nonce_sender_id")),
        sa.PrimaryKeyConstraint("tenant_id", "sender_id", "nonce", name=op.f("pk_intake_nonce")),
    )
    op.create_index(
        "ix_intake_nonce_tenant_id_sender_id_seen_at", "intake_nonce", ["tenant_id", "sender_id", "seen_at"]
    )


def upgrade() -> None:
    """Apply."""
    _senders()
    _documents()
    _nonces()
    for table, privileges in (
        ("intake_sender", "SELECT, INSERT, UPDATE"),
        ("intake_document", "SELECT, INSERT"),
        ("intake_nonce", "SELECT, INSERT, DELETE"),
    ):
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('intake_sender', 'c_covered', 'SELECT', '{COVERED}')")
    op.create_index(
        "ix_item_formed", "item", ["tenant_id", "formed_date"], postgresql_where=sa.text("revises_id IS NULL")
    )
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP FUNCTION gongkai_attribute_counts, gongkai_intake_sender")
    op.drop_index("ix_item_formed", "item")
    op.drop_table("intake_nonce")
    op.drop_table("intake_document")
    op.drop_table("intake_sender")
