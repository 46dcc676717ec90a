"""Statements of having nothing to publish in a month, with what happened to them; who gets mail, and was told what.

Revision: 0050, after 0047.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0048"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
HERE = "(SELECT gongkai_subtree()) IS NOT NULL AND office_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SELF = "user_id = (SELECT gongkai_user_id())"
MANAGER = "(SELECT gongkai_manages()) IS NOT NULL"
STATES = "'filed', 'signed', 'accepted', 'returned', 'withdrawn', 'void'"
EVENTS = "'file', 'sign', 'decline', 'withdraw', 'accept', 'return', 'void'"
TABLES = {
    "blank_statement": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "ALL", OWN), ("c_office", "ALL", HERE), ("d_subtree", "SELECT", SUBTREE)],
    ),
    "blank_statement_event": (
        "SELECT, INSERT",
        [("b_own", "ALL", OWN), ("c_office", "ALL", HERE), ("d_subtree", "SELECT", SUBTREE)],
    ),
    "mail_choice": ("SELECT, INSERT, UPDATE", [("a_self", "ALL", SELF), ("d_manage", "ALL", MANAGER)]),
    "alert_told": ("SELECT, INSERT, DELETE", [("b_own", "ALL", OWN)]),
}


def _statement() -> None:
    table = "blank_statement"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.BigInteger(), nullable=False),
        sa.Column("filed_by_name", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.BigInteger(), nullable=True),
        sa.Column("signed_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_blank_statement_state")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_blank_statement_reason")),
        sa.CheckConstraint(
            "state NOT IN ('signed', 'accepted') OR signed_by IS NOT NULL", name=op.f("ck_blank_statement_signed")
        ),
        sa.CheckConstraint("signed_by <> filed_by", name=op.f("ck_blank_statement_second_person")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_blank_statement_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_blank_statement_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_statement")),
        sa.UniqueConstraint("tenant_id", "period", name=op.f("uq_blank_statement_tenant_id_period")),
    )
    op.create_index(op.f("ix_blank_statement_office_id_period"), table, ["office_id", "period"])
    op.create_index(
        "ix_blank_statement_accepted", table, ["tenant_id", "period"], postgresql_where=sa.text("state = 'accepted'")
    )
    op.create_index(
        "ix_blank_statement_signed", table, ["office_id"], postgresql_where=sa.text("state = 'signed'")
    )  # fmt: skip


def _event() -> None:
    table = "blank_statement_event"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(f"event IN ({EVENTS})", name=op.f("ck_blank_statement_event_event")),
        sa.CheckConstraint(
            "event NOT IN ('file', 'decline', 'return') OR text <> ''", name=op.f("ck_blank_statement_event_said_why")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_blank_statement_event_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_blank_statement_event_office_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["blank_statement.id"], name=op.f("fk_blank_statement_event_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_statement_event")),
    )
    op.create_index(op.f("ix_blank_statement_event_statement_id_id"), table, ["statement_id", "id"])


def _mail() -> None:
    op.create_table(
        "mail_choice",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=True),
        sa.Column("looked_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_mail_choice_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_choice")),
    )
    keys = ("user_id", "tenant_id", "kind", "object_id", "due_date")
    op.create_table(
        "alert_told",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_alert_told_user_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_alert_told_tenant_id")),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_alert_told")),
    )
    op.create_index(op.f("ix_alert_told_told_at"), "alert_told", ["told_at"])


def upgrade() -> None:
    """Apply."""
    _statement()
    _event()
    _mail()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    op.drop_table("alert_told")
    op.drop_table("mail_choice")
    op.drop_table("blank_statement_event")
    op.drop_table("blank_statement")
