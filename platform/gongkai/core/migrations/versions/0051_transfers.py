"""Transfers to archives and libraries, with the post of who receives; spot checks; proceedings of offices.

Revision: 0051, after 0047. Downgrading takes the post of receiver from whoever holds it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

ROLES = (
    "'contributor', 'confidentiality_reviewer', 'approver', 'unit_admin', 'supervisor', 'prefecture_admin',"
    " 'section_head', 'legal_reviewer', 'duty_officer'"
)
OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
RECEIVED = "hall_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
# What a unit is still making up is nobody's but its own and its office's.
ARRIVED = RECEIVED + " AND state <> ''prepared''"
KIND = "kind IN ('archive', 'library', 'service_hall')"
WAITING = sa.text("state IN ('prepared', 'mismatch')")
TABLES = {
    "receiving_hall": ("SELECT, INSERT, UPDATE", [("a_read", "SELECT", "true"), ("b_own", "ALL", OWN)]),
    "transfer_list": (
        "SELECT, INSERT, UPDATE",
        [("b_own", "ALL", OWN), ("c_hall", "SELECT", ARRIVED), ("c_hall_takes", "UPDATE", ARRIVED),
         ("d_subtree", "SELECT", SUBTREE)],
    ),
    "transfer_row": (
        "SELECT, INSERT, UPDATE (problem, problem_note, answer, answer_note)",
        [("b_own", "ALL", OWN), ("c_hall", "SELECT", RECEIVED), ("c_hall_takes", "UPDATE", RECEIVED),
         ("d_subtree", "SELECT", SUBTREE)],
    ),
    "transfer_event": (
        "SELECT, INSERT",
        [("b_own", "ALL", OWN), ("c_hall", "ALL", RECEIVED), ("d_subtree", "SELECT", SUBTREE)],
    ),
    "spot_check": ("SELECT, INSERT", [("b_own", "ALL", OWN)]),
    "check_record": ("SELECT, INSERT, UPDATE", [("b_own", "ALL", OWN)]),
    "proceeding": ("SELECT, INSERT, UPDATE (voided_at, void_reason)", [("b_own", "ALL", OWN)]),
    "proceeding_unit": ("SELECT, INSERT", [("b_own", "ALL", OWN)]),
}  # fmt: skip


def _hall() -> None:
    op.create_table(
        "receiving_hall",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("hall_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_period", sa.Text(), nullable=False),
        sa.Column("appointed_by", sa.BigInteger(), nullable=True),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(KIND, name=op.f("ck_receiving_hall_kind")),
        sa.CheckConstraint("tenant_id <> hall_id", name=op.f("ck_receiving_hall_another")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_receiving_hall_tenant_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["tenant.id"], name=op.f("fk_receiving_hall_hall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiving_hall")),
    )
    op.create_index(
        "uq_receiving_hall_in_force", "receiving_hall", ["tenant_id", "hall_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip


def _list() -> None:
    op.create_table(
        "transfer_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("hall_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(KIND, name=op.f("ck_transfer_list_kind")),
        sa.CheckConstraint(
            "state IN ('prepared', 'sent', 'mismatch', 'confirmed', 'superseded')", name=op.f("ck_transfer_list_state")
        ),
        sa.CheckConstraint("medium IN ('', 'both', 'electronic', 'paper')", name=op.f("ck_transfer_list_medium")),
        sa.CheckConstraint("(state = 'prepared') = (sent_at IS NULL)", name=op.f("ck_transfer_list_sent")),
        sa.CheckConstraint("(sent_at IS NULL) = (items IS NULL)", name=op.f("ck_transfer_list_items_when_sent")),
        sa.CheckConstraint("(state = 'confirmed') = (received_at IS NOT NULL)", name=op.f("ck_transfer_list_received")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_transfer_list_tenant_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["tenant.id"], name=op.f("fk_transfer_list_hall_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_transfer_list_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_list")),
        sa.UniqueConstraint(
            "tenant_id", "hall_id", "period", "version",
            name=op.f("uq_transfer_list_tenant_id_hall_id_period_version"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_transfer_list_hall_id_period"), "transfer_list", ["hall_id", "period"])
    op.create_index(op.f("ix_transfer_list_office_id_period"), "transfer_list", ["office_id", "period"])
    op.create_index("ix_transfer_list_waiting", "transfer_list", ["tenant_id", "due_date"], postgresql_where=WAITING)
    op.create_index("ix_transfer_list_owed", "transfer_list", ["office_id", "due_date"], postgresql_where=WAITING)
    op.create_index(
        "ix_transfer_list_arrived", "transfer_list", ["hall_id"], postgresql_where=sa.text("state = 'sent'")
    )


def _row() -> None:
    op.create_table(
        "transfer_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("hall_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("index_number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("formed_date", sa.Date(), nullable=True),
        sa.Column("published_date", sa.Date(), nullable=False),
        sa.Column("attachments", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_note", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_note", sa.Text(), nullable=False),
        sa.CheckConstraint("problem IN ('', 'missing', 'damaged', 'wrong')", name=op.f("ck_transfer_row_problem")),
        sa.CheckConstraint("answer IN ('', 'resend', 'strike')", name=op.f("ck_transfer_row_answer")),
        sa.CheckConstraint("answer = '' OR problem <> ''", name=op.f("ck_transfer_row_answers_a_problem")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_transfer_row_tenant_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["tenant.id"], name=op.f("fk_transfer_row_hall_id")),
        sa.ForeignKeyConstraint(["list_id"], ["transfer_list.id"], name=op.f("fk_transfer_row_list_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_transfer_row_item_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_transfer_row_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_row")),
        sa.UniqueConstraint("list_id", "position", name=op.f("uq_transfer_row_list_id_position")),
    )


def _event() -> None:
    op.create_table(
        "transfer_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("hall_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "event IN ('send', 'confirm', 'dispute', 'correct')", name=op.f("ck_transfer_event_event")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_transfer_event_tenant_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["tenant.id"], name=op.f("fk_transfer_event_hall_id")),
        sa.ForeignKeyConstraint(["list_id"], ["transfer_list.id"], name=op.f("fk_transfer_event_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_event")),
    )  # fmt: skip
    op.create_index(op.f("ix_transfer_event_list_id_id"), "transfer_event", ["list_id", "id"])


def _spot_check() -> None:
    op.create_table(
        "spot_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("unit_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("column_names", ARRAY(sa.Text()), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("each_unit", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("population", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.BigInteger(), nullable=True),
        sa.Column("drawn_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("size > 0 AND first_date <= last_date", name=op.f("ck_spot_check_sound")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_spot_check_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
    )
    op.create_index(op.f("ix_spot_check_tenant_id_drawn_at"), "spot_check", ["tenant_id", "drawn_at"])


def _check_record() -> None:
    op.create_table(
        "check_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("published_date", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.Column("checked_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('', 'ok', 'problem', 'gone')", name=op.f("ck_check_record_result")),
        sa.CheckConstraint("(result = '') = (checked_at IS NULL)", name=op.f("ck_check_record_checked")),
        sa.CheckConstraint(
            "(result = 'problem') = (finding_id IS NOT NULL)", name=op.f("ck_check_record_problem_in_ledger")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_check_record_tenant_id")),
        sa.ForeignKeyConstraint(["check_id"], ["spot_check.id"], name=op.f("fk_check_record_check_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_check_record_unit_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_check_record_item_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_check_record_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_record")),
        sa.UniqueConstraint("check_id", "position", name=op.f("uq_check_record_check_id_position")),
    )
    op.create_index(op.f("ix_check_record_tenant_id_check_id"), "check_record", ["tenant_id", "check_id"])
    op.create_index(
        "ix_check_record_open", "check_record", ["tenant_id"], postgresql_where=sa.text("result = ''")
    )  # fmt: skip


def _proceeding() -> None:
    op.create_table(
        "proceeding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("held_date", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("led_by", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=True),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_by_name", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('meeting', 'commendation', 'talk', 'accountability')", name=op.f("ck_proceeding_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'accountability') = (persons IS NOT NULL)", name=op.f("ck_proceeding_persons_of_accountability")
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '')", name=op.f("ck_proceeding_voided_with_reason")
        ),
        sa.CheckConstraint("(file_digest = '') = (filename = '')", name=op.f("ck_proceeding_file_with_name")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_proceeding_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proceeding")),
    )  # fmt: skip
    op.create_index(op.f("ix_proceeding_tenant_id_held_date"), "proceeding", ["tenant_id", "held_date"])
    op.create_table(
        "proceeding_unit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("proceeding_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_proceeding_unit_tenant_id")),
        sa.ForeignKeyConstraint(["proceeding_id"], ["proceeding.id"], name=op.f("fk_proceeding_unit_proceeding_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_proceeding_unit_unit_id")),
        sa.PrimaryKeyConstraint("tenant_id", "proceeding_id", "unit_id", name=op.f("pk_proceeding_unit")),
    )


def _limit_roles(roles: str) -> None:
    op.drop_constraint(op.f("ck_membership_role"), "membership", type_="check")
    op.create_check_constraint(op.f("ck_membership_role"), "membership", f"role IN ({roles})")


def upgrade() -> None:
    """Apply."""
    _limit_roles(ROLES + ", 'receiver'")
    _hall()
    _list()
    _row()
    _event()
    _spot_check()
    _check_record()
    _proceeding()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    for table in (
        "proceeding_unit", "proceeding", "check_record", "spot_check", "transfer_event", "transfer_row",
        "transfer_list", "receiving_hall",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DELETE FROM membership WHERE role = 'receiver'")
    _limit_roles(ROLES)
