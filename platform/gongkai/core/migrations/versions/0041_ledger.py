"""The rectification ledger: one finding of a unit and problem, its steps, exemptions; numbers of every rule.

Several offices had each a finding of their own about the same; the nearest office's stays.

Revision: 0041, after 0040.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
STANDING = "closed_at IS NULL"
STATES = ("noted", "candidate", "open", "in_progress", "disputed", "dismissed", "claimed_fixed", "closed", "reopened")
FOUND_BY = ("system", "inspector", "third_party", "superior", "citizen")
OLD_UNIQUE = "uq_finding_tenant_id_office_id_rule_code_period_object_type_object_id"
NEAREST_STAYS = """
DELETE FROM finding AS f USING finding AS other, tenant AS far, tenant AS near
WHERE far.id = f.office_id AND near.id = other.office_id AND f.id <> other.id
    AND (f.tenant_id, f.rule_code, f.period, f.object_type, f.object_id)
        = (other.tenant_id, other.rule_code, other.period, other.object_type, other.object_id)
    AND nlevel(far.path) < nlevel(near.path)
"""
EVENTS = """
INSERT INTO finding_event (tenant_id, finding_id, event, at, note, detail)
SELECT f.tenant_id, f.id, CASE one.value->>'event' WHEN 'lapsed' THEN 'lapse' ELSE one.value->>'event' END,
    (one.value->>'at')::timestamp AT TIME ZONE 'Asia/Shanghai', '',
    CASE WHEN one.value->>'counted' IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('counted', one.value->'counted') END
FROM finding AS f, jsonb_array_elements(f.evidence->'history') WITH ORDINALITY AS one (value, place)
ORDER BY f.id, one.place
"""
WITHOUT_HISTORY = "UPDATE finding SET evidence = evidence - 'history'"
COLUMNS = (
    ("lasting", sa.Boolean(), sa.false()),
    ("object_url", sa.Text(), ""),
    ("found_by", sa.Text(), "system"),
    ("circular_id", sa.BigInteger(), None),
    ("due_date", sa.Date(), None),
    ("responsible_person", sa.Text(), ""),
    ("claimed_at", sa.DateTime(timezone=True), None),
    ("claimed_by", sa.BigInteger(), None),
    ("claim", JSONB(), "{}"),
    ("recheck_at", sa.DateTime(timezone=True), None),
    ("recheck_by", sa.BigInteger(), None),
    ("reopened_count", sa.Integer(), "0"),
    ("false_claim", sa.Boolean(), sa.false()),
    ("extension", JSONB(), None),
    ("recurrence_of", sa.BigInteger(), None),
)
"""Name, type, value in the rows that are there; None: no value."""
CHECKS = {
    "closed_when": "state <> 'closed' OR closed_at IS NOT NULL",
    "recheck_by_another": "recheck_by IS NULL OR recheck_by <> claimed_by",
    "found_by": f"found_by IN {FOUND_BY!r}",
}


def _finding() -> None:
    op.execute(NEAREST_STAYS)
    op.drop_constraint(op.f(OLD_UNIQUE), "finding")
    op.drop_constraint(op.f("ck_finding_state"), "finding")
    for name, kind, default in COLUMNS:
        op.add_column("finding", sa.Column(name, kind, server_default=default, nullable=default is None))
        op.alter_column("finding", name, server_default=None)
    op.create_foreign_key(op.f("fk_finding_circular_id"), "finding", "circular", ["circular_id"], ["id"])
    op.create_foreign_key(op.f("fk_finding_recurrence_of"), "finding", "finding", ["recurrence_of"], ["id"])
    op.create_check_constraint(op.f("ck_finding_state"), "finding", f"state IN {STATES!r}")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_finding_{name}"), "finding", condition)
    op.create_index(
        "uq_finding_event", "finding", ["tenant_id", "rule_code", "period", "object_type", "object_id"], unique=True,
        postgresql_where=sa.text("NOT lasting AND found_by = 'system'"),
    )  # fmt: skip
    op.create_index(
        "uq_finding_condition", "finding", ["tenant_id", "rule_code", "object_type", "object_id"], unique=True,
        postgresql_where=sa.text(f"lasting AND {STANDING} AND found_by = 'system'"),
    )  # fmt: skip
    op.create_index(op.f("ix_finding_tenant_id_period"), "finding", ["tenant_id", "period"])
    standing = sa.text(STANDING)
    op.create_index("ix_finding_standing", "finding", ["tenant_id", "rule_code"], postgresql_where=standing)
    due = sa.text(f"due_date IS NOT NULL AND {STANDING}")
    op.create_index("ix_finding_due", "finding", ["due_date"], postgresql_where=due)
    op.execute(f"CALL gongkai_allow('finding', 'b_own_change', 'UPDATE', '{OWN}')")


def _finding_event() -> None:
    op.create_table(
        "finding_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_finding_event_tenant_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_event_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_event")),
    )
    place = ["tenant_id", "finding_id", "id"]
    op.create_index(op.f("ix_finding_event_tenant_id_finding_id_id"), "finding_event", place)
    failed = sa.text("event = 'fail'")
    op.create_index("ix_finding_event_fail", "finding_event", ["tenant_id"], postgresql_where=failed)
    op.execute(EVENTS)
    op.execute(WITHOUT_HISTORY)
    op.execute("CALL gongkai_protect('finding_event', 'SELECT, INSERT')")
    op.execute(f"CALL gongkai_allow('finding_event', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('finding_event', 'c_subtree', 'ALL', '{SUBTREE}')")


def _exemption() -> None:
    op.create_table(
        "rule_exemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_date >= from_date", name=op.f("ck_rule_exemption_range")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rule_exemption_tenant_id")),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_rule_exemption_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_exemption")),
    )
    op.create_index(op.f("ix_rule_exemption_tenant_id_until_date"), "rule_exemption", ["tenant_id", "until_date"])
    op.execute("CALL gongkai_protect('rule_exemption', 'SELECT, INSERT, UPDATE')")
    op.execute(f"CALL gongkai_allow('rule_exemption', 'b_own', 'SELECT', '{OWN}')")
    op.execute(f"CALL gongkai_allow('rule_exemption', 'c_subtree', 'ALL', '{SUBTREE}')")


def _evaluation_due() -> None:
    op.create_table(
        "evaluation_due",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_evaluation_due_tenant_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_evaluation_due")),
    )
    op.create_index(op.f("ix_evaluation_due_tenant_id_item_id"), "evaluation_due", ["tenant_id", "item_id"])
    op.execute("CALL gongkai_protect('evaluation_due', 'SELECT, INSERT, DELETE')")
    op.execute("CALL gongkai_allow('evaluation_due', 'a_system', 'ALL', 'true')")


def upgrade() -> None:
    """Apply."""
    _finding()
    _finding_event()
    _exemption()
    _evaluation_due()
    op.add_column("office_rule", sa.Column("parameter", sa.Text(), server_default="value", nullable=False))
    op.alter_column("office_rule", "parameter", server_default=None)
    op.alter_column("office_rule", "value", type_=sa.Numeric())
    op.drop_constraint(op.f("ck_office_rule_one_target"), "office_rule")
    one = "tenant_type IS NULL OR unit_id IS NULL"
    op.create_check_constraint(op.f("ck_office_rule_one_target"), "office_rule", one)


def downgrade() -> None:
    """Undo; what the ledger recorded since is lost."""
    op.execute("DELETE FROM office_rule WHERE parameter <> 'value' OR (tenant_type IS NULL AND unit_id IS NULL)")
    op.drop_constraint(op.f("ck_office_rule_one_target"), "office_rule")
    one = "(tenant_type IS NULL) <> (unit_id IS NULL)"
    op.create_check_constraint(op.f("ck_office_rule_one_target"), "office_rule", one)
    op.alter_column("office_rule", "value", type_=sa.Integer())
    op.drop_column("office_rule", "parameter")
    for table in ("evaluation_due", "rule_exemption", "finding_event"):
        op.drop_table(table)
    op.execute("DROP POLICY b_own_change ON finding")
    op.execute("DELETE FROM finding WHERE rule_code NOT IN ('SR-Q1', 'SR-Q2', 'SR-Q3')")
    for index in ("uq_finding_event", "uq_finding_condition", "ix_finding_standing", "ix_finding_due"):
        op.drop_index(index, table_name="finding")
    op.drop_index(op.f("ix_finding_tenant_id_period"), table_name="finding")
    for name in (*CHECKS, "state"):
        op.drop_constraint(op.f(f"ck_finding_{name}"), "finding")
    old = tuple(state for state in STATES if state not in ("noted", "candidate"))
    op.create_check_constraint(op.f("ck_finding_state"), "finding", f"state IN {old!r}")
    for name, *_ in reversed(COLUMNS):
        op.drop_column("finding", name)
    unique = ["tenant_id", "office_id", "rule_code", "period", "object_type", "object_id"]
    op.create_unique_constraint(op.f(OLD_UNIQUE), "finding", unique)
