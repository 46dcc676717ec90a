"""What offices ask of units: reminder slips with their register and replies, tasks from above with units' shares.

Revision: 0045, after 0044.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
# The subtree is set for those who supervise; others of the same government see nothing of what its office asks.
HERE = "(SELECT gongkai_subtree()) IS NOT NULL AND office_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SLIP_RECEIVED = (
    "EXISTS (SELECT 1 FROM slip_delivery AS d WHERE d.slip_id = reminder_slip.id"
    " AND d.tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
TASK_RECEIVED = (
    "EXISTS (SELECT 1 FROM assignment_share AS s WHERE s.assignment_id = assignment.id"
    " AND s.tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
TABLES = {
    "slip_counter": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN)]),
    "reminder_slip": (
        "SELECT, INSERT",
        [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE), ("d_received", "SELECT", SLIP_RECEIVED)],
    ),
    "slip_delivery": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "SELECT", OWN), ("b_own_answer", "UPDATE", OWN), ("c_office", "ALL", HERE),
         ("d_subtree", "SELECT", SUBTREE)],
    ),
    "slip_event": (
        "SELECT, INSERT",
        [("b_own", "ALL", OWN), ("c_office", "ALL", HERE), ("d_subtree", "SELECT", SUBTREE)],
    ),
    "assignment": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE), ("d_received", "SELECT", TASK_RECEIVED)],
    ),
    "assignment_share": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "SELECT", OWN), ("b_own_answer", "UPDATE", OWN), ("c_office", "ALL", HERE),
         ("d_subtree", "SELECT", SUBTREE)],
    ),
}  # fmt: skip


def _counter_and_slip() -> None:
    op.create_table(
        "slip_counter",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_slip_counter_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "year", name=op.f("pk_slip_counter")),
    )
    op.create_table(
        "reminder_slip",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_url", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("issued_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.BigInteger(), nullable=True),
        sa.Column("issued_by_name", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("matter <> '' AND basis <> '' AND body <> ''", name=op.f("ck_reminder_slip_complete")),
        sa.CheckConstraint("due_date > issued_date", name=op.f("ck_reminder_slip_time_to_reply")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_slip_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_slip")),
        sa.UniqueConstraint("tenant_id", "year", "sequence", name=op.f("uq_reminder_slip_tenant_id_year_sequence")),
    )


def _delivery() -> None:
    op.create_table(
        "slip_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("slip_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('issued', 'read', 'replied', 'returned', 'closed', 'withdrawn')",
            name=op.f("ck_slip_delivery_state"),
        ),
        sa.CheckConstraint("told IN ('', 'due', 'overdue')", name=op.f("ck_slip_delivery_told")),
        sa.CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)", name=op.f("ck_slip_delivery_ended")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_slip_delivery_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_slip_delivery_office_id")),
        sa.ForeignKeyConstraint(["slip_id"], ["reminder_slip.id"], name=op.f("fk_slip_delivery_slip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_delivery")),
        sa.UniqueConstraint("slip_id", "tenant_id", name=op.f("uq_slip_delivery_slip_id_tenant_id")),
    )
    waiting = "state IN ('issued', 'read', 'returned')"
    op.create_index(op.f("ix_slip_delivery_tenant_id_issued_date"), "slip_delivery", ["tenant_id", "issued_date"])
    op.create_index(op.f("ix_slip_delivery_office_id_issued_date"), "slip_delivery", ["office_id", "issued_date"])
    op.create_index(
        "ix_slip_delivery_open", "slip_delivery", ["tenant_id", "due_date"],
        postgresql_where=sa.text("state IN ('issued', 'read', 'returned', 'replied')"),
    )  # fmt: skip
    op.create_index(
        "ix_slip_delivery_replied", "slip_delivery", ["office_id"], postgresql_where=sa.text("state = 'replied'")
    )
    op.create_index(
        "ix_slip_delivery_due", "slip_delivery", ["due_date"],
        postgresql_where=sa.text(f"told <> 'overdue' AND {waiting}"),
    )  # fmt: skip


def _event() -> None:
    op.create_table(
        "slip_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "event IN ('read', 'reply', 'return', 'close', 'withdraw')", name=op.f("ck_slip_event_event")
        ),
        sa.CheckConstraint(
            "event NOT IN ('reply', 'return', 'withdraw') OR text <> ''", name=op.f("ck_slip_event_said_what")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_slip_event_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_slip_event_office_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["slip_delivery.id"], name=op.f("fk_slip_event_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_event")),
    )
    op.create_index(op.f("ix_slip_event_delivery_id_id"), "slip_event", ["delivery_id", "id"])


def _assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("column_code", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_out_by", sa.BigInteger(), nullable=True),
        sa.Column("handed_out_by_name", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('repost', 'yearly', 'special')", name=op.f("ck_assignment_kind")),
        sa.CheckConstraint("title <> '' AND source <> ''", name=op.f("ck_assignment_complete")),
        sa.CheckConstraint("(kind = 'repost') = (hours IS NOT NULL)", name=op.f("ck_assignment_hours_of_reposts")),
        sa.CheckConstraint(
            "kind <> 'repost' OR source_url <> ''", name=op.f("ck_assignment_original_of_reposts")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason = '')", name=op.f("ck_assignment_withdrawn_with_reason")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_assignment_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )  # fmt: skip
    op.create_index(op.f("ix_assignment_tenant_id_handed_out_at"), "assignment", ["tenant_id", "handed_out_at"])


def _share() -> None:
    op.create_table(
        "assignment_share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_name", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_name", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.CheckConstraint("told IN ('', 'due', 'overdue')", name=op.f("ck_assignment_share_told")),
        sa.CheckConstraint(
            "(done_at IS NULL) = (link = '') AND (item_id IS NULL OR link <> '')",
            name=op.f("ck_assignment_share_done_with_link"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_assignment_share_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_assignment_share_office_id")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_share_assignment_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_assignment_share_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_share")),
        sa.UniqueConstraint(
            "assignment_id", "tenant_id", name=op.f("uq_assignment_share_assignment_id_tenant_id")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_assignment_share_tenant_id_due_at"), "assignment_share", ["tenant_id", "due_at"])
    op.create_index(op.f("ix_assignment_share_office_id_due_at"), "assignment_share", ["office_id", "due_at"])
    op.create_index(
        op.f("ix_assignment_share_office_id_handed_out_at"), "assignment_share", ["office_id", "handed_out_at"]
    )
    op.create_index(
        "ix_assignment_share_due", "assignment_share", ["due_at"],
        postgresql_where=sa.text("told <> 'overdue' AND NOT withdrawn"),
    )  # fmt: skip
    op.create_index(
        "ix_assignment_share_open", "assignment_share", ["tenant_id"],
        postgresql_where=sa.text("done_at IS NULL AND NOT withdrawn"),
    )  # fmt: skip
    op.create_index(
        "ix_assignment_share_item", "assignment_share", ["item_id"], postgresql_where=sa.text("item_id IS NOT NULL")
    )


def upgrade() -> None:
    """Apply."""
    _counter_and_slip()
    _delivery()
    _event()
    _assignment()
    _share()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    # The policies of what is handed out read the tables of those who received it.
    op.execute("DROP POLICY d_received ON assignment")
    op.execute("DROP POLICY d_received ON reminder_slip")
    for table in ("assignment_share", "assignment", "slip_event", "slip_delivery", "reminder_slip", "slip_counter"):
        op.drop_table(table)
