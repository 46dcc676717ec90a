"""Before and after naming: verification rounds with their sheets, receipts of circulars, errata.

Revision: 0048, after 0047.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
# The subtree is set for those who supervise; others of the same government see nothing of what its office asks.
HERE = "(SELECT gongkai_subtree()) IS NOT NULL AND office_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
OF_UNITS = [("b_own", "SELECT", OWN), ("b_own_answer", "UPDATE", OWN), ("c_office", "ALL", HERE)]
TABLES = {
    "verification_round": ("SELECT, INSERT", [("b_own", "ALL", OWN)]),
    "verification_sheet": ("SELECT, INSERT, UPDATE", OF_UNITS),
    "verification_line": ("SELECT, INSERT, UPDATE", OF_UNITS),
    "circular_receipt": ("SELECT, INSERT, UPDATE", OF_UNITS),
}
WITHDRAWN = """
UPDATE circular AS c SET withdrawn_at = e.at, withdrawn_reason = coalesce(e.detail->>'reason', '')
FROM (SELECT DISTINCT ON (object_id) object_id, at, detail FROM audit_event
    WHERE action = 'circular.withdraw' AND object_type = 'circular' ORDER BY object_id, id DESC) AS e
WHERE e.object_id = c.id AND c.state = 'withdrawn'
"""


def _circular() -> None:
    op.add_column("circular", sa.Column("replaces_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_circular_replaces_id"), "circular", "circular", ["replaces_id"], ["id"])
    for name in ("correction", "withdrawn_reason"):
        op.add_column("circular", sa.Column(name, sa.Text(), server_default="", nullable=False))
        op.alter_column("circular", name, server_default=None)
    op.add_column("circular", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_circular_correction_of_another"), "circular", "(replaces_id IS NULL) = (correction = '')"
    )
    op.create_index(
        "uq_circular_replaces", "circular", ["replaces_id"], unique=True,
        postgresql_where=sa.text("replaces_id IS NOT NULL AND state <> 'withdrawn'"),
    )  # fmt: skip
    op.execute(WITHDRAWN)


def _round() -> None:
    op.create_table(
        "verification_round",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("circular_id", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("skip_reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("started_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(due_date IS NULL) = (skip_reason <> '')", name=op.f("ck_verification_round_sent_or_skipped")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_verification_round_tenant_id")),
        sa.ForeignKeyConstraint(["circular_id"], ["circular.id"], name=op.f("fk_verification_round_circular_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_round")),
    )
    op.create_index(
        op.f("ix_verification_round_tenant_id_circular_id"), "verification_round", ["tenant_id", "circular_id"]
    )


def _sheet() -> None:
    op.create_table(
        "verification_sheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("circular_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'answered', 'silent', 'recalled')", name=op.f("ck_verification_sheet_state")
        ),
        sa.CheckConstraint(
            "(state IN ('answered', 'silent')) = (answered_at IS NOT NULL)",
            name=op.f("ck_verification_sheet_answered"),
        ),
        sa.CheckConstraint("due_date > sent_date", name=op.f("ck_verification_sheet_time_to_answer")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_verification_sheet_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_verification_sheet_office_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["verification_round.id"], name=op.f("fk_verification_sheet_round_id")
        ),
        sa.ForeignKeyConstraint(["circular_id"], ["circular.id"], name=op.f("fk_verification_sheet_circular_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_sheet")),
        sa.UniqueConstraint("round_id", "tenant_id", name=op.f("uq_verification_sheet_round_id_tenant_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_verification_sheet_tenant_id_sent_date"), "verification_sheet", ["tenant_id", "sent_date"])
    op.create_index(
        op.f("ix_verification_sheet_office_id_circular_id"), "verification_sheet", ["office_id", "circular_id"]
    )
    waiting = sa.text("state = 'sent'")
    op.create_index("ix_verification_sheet_due", "verification_sheet", ["due_date"], postgresql_where=waiting)
    op.create_index("ix_verification_sheet_waiting", "verification_sheet", ["tenant_id"], postgresql_where=waiting)


def _line() -> None:
    op.create_table(
        "verification_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("problem_class", sa.Text(), nullable=False),
        sa.Column("problem_title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("finding_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "answer IN ('', 'agree', 'contest', 'silent')", name=op.f("ck_verification_line_answer")
        ),
        sa.CheckConstraint("decision IN ('', 'keep', 'correct')", name=op.f("ck_verification_line_decision")),
        sa.CheckConstraint(
            "answer <> 'contest' OR note <> ''", name=op.f("ck_verification_line_contested_with_reason")
        ),
        sa.CheckConstraint(
            "decision = '' OR (answer = 'contest' AND decided_at IS NOT NULL)",
            name=op.f("ck_verification_line_decided"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_verification_line_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_verification_line_office_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["verification_sheet.id"], name=op.f("fk_verification_line_sheet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_line")),
    )  # fmt: skip
    op.create_index(op.f("ix_verification_line_sheet_id_id"), "verification_line", ["sheet_id", "id"])
    op.create_index(
        "ix_verification_line_open", "verification_line", ["office_id"],
        postgresql_where=sa.text("answer = 'contest' AND decision = ''"),
    )  # fmt: skip


def _receipt() -> None:
    op.create_table(
        "circular_receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("circular_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("issued_date", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("lines", JSONB(), nullable=False),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_name = '')", name=op.f("ck_circular_receipt_confirmed")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_circular_receipt_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_circular_receipt_office_id")),
        sa.ForeignKeyConstraint(["circular_id"], ["circular.id"], name=op.f("fk_circular_receipt_circular_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular_receipt")),
        sa.UniqueConstraint("circular_id", "tenant_id", name=op.f("uq_circular_receipt_circular_id_tenant_id")),
    )
    op.create_index(op.f("ix_circular_receipt_tenant_id_issued_date"), "circular_receipt", ["tenant_id", "issued_date"])
    op.create_index(
        "ix_circular_receipt_open", "circular_receipt", ["tenant_id"],
        postgresql_where=sa.text("confirmed_at IS NULL AND withdrawn_reason = ''"),
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _circular()
    _round()
    _sheet()
    _line()
    _receipt()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    for table in ("circular_receipt", "verification_line", "verification_sheet", "verification_round"):
        op.drop_table(table)
    op.drop_index("uq_circular_replaces", "circular")
    op.drop_constraint(op.f("ck_circular_correction_of_another"), "circular", type_="check")
    for name in ("withdrawn_at", "withdrawn_reason", "correction", "replaces_id"):
        op.drop_column("circular", name)
