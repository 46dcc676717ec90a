"""People who come and go: deputies, hand-overs, former names of sections, who answers for a column.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
MANAGED = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_manages()))"
ROLES = "'section_head', 'legal_reviewer', 'confidentiality_reviewer', 'approver'"
NO_OVERLAP = """
ALTER TABLE deputy ADD CONSTRAINT ex_deputy_no_overlap EXCLUDE USING gist
    (tenant_id WITH =, principal_id WITH =, role WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
    WHERE (ended_at IS NULL)
"""


def _deputies() -> None:
    op.create_table(
        "deputy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("principal_id", sa.BigInteger(), nullable=False),
        sa.Column("deputy_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("named_by", sa.BigInteger(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_deputy_role")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_deputy_range")),
        sa.CheckConstraint("principal_id <> deputy_id", name=op.f("ck_deputy_another")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_deputy_tenant_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["user_account.id"], name=op.f("fk_deputy_principal_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["user_account.id"], name=op.f("fk_deputy_deputy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    op.create_index(op.f("ix_deputy_tenant_id_valid_to"), "deputy", ["tenant_id", "valid_to"])
    op.create_index("ix_deputy_person", "deputy", ["deputy_id", "valid_to"], postgresql_where="ended_at IS NULL")
    op.execute(NO_OVERLAP)
    op.execute("CALL gongkai_protect('deputy', 'SELECT, INSERT, UPDATE')")
    op.execute("CALL gongkai_allow('deputy', 'a_self', 'SELECT', 'deputy_id = (SELECT gongkai_user_id())')")
    op.execute(f"CALL gongkai_allow('deputy', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('deputy', 'd_manage', 'ALL', '{MANAGED}')")


def _handovers() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("leaver_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("done_by", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_handover_tenant_id")),
        sa.ForeignKeyConstraint(["leaver_id"], ["user_account.id"], name=op.f("fk_handover_leaver_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["user_account.id"], name=op.f("fk_handover_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_tenant_id_done_at"), "handover", ["tenant_id", "done_at"])
    op.execute("CALL gongkai_protect('handover', 'SELECT, INSERT')")
    op.execute(f"CALL gongkai_allow('handover', 'b_own', 'ALL', '{OWN}')")


def _sections() -> None:
    op.create_table(
        "former_section",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("former_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("renamed_by", sa.BigInteger(), nullable=False),
        sa.Column("renamed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("former_name <> name", name=op.f("ck_former_section_another")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_former_section_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "former_name", name=op.f("pk_former_section")),
    )
    op.execute("CALL gongkai_protect('former_section', 'SELECT, INSERT, UPDATE, DELETE')")
    op.execute(f"CALL gongkai_allow('former_section', 'b_own', 'ALL', '{OWN}')")


def upgrade() -> None:
    """Apply."""
    _deputies()
    _handovers()
    _sections()
    op.add_column("content_column", sa.Column("responsible_user_id", sa.BigInteger(), nullable=True))
    op.add_column("user_account", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE user_account SET disabled_at = coalesce((SELECT max(at) FROM audit_event"
        " WHERE object_type = 'user' AND object_id = user_account.id AND action = 'user.disable'), created_at)"
        " WHERE NOT active"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("user_account", "disabled_at")
    op.drop_column("content_column", "responsible_user_id")
    op.drop_table("former_section")
    op.drop_table("handover")
    op.drop_table("deputy")
