"""The training register; what offices recorded as facts of absent units becomes sessions of it.

Revision: 0042, after 0041.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
NAMED = "unit_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
AT_SESSION = (
    "EXISTS (SELECT 1 FROM training_unit AS u WHERE u.session_id = training_session.id"
    " AND u.unit_id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
POLICIES = {
    "training_session": [("b_own", "ALL", OWN), ("c_named", "SELECT", AT_SESSION)],
    "training_unit": [("b_own", "ALL", OWN), ("c_named", "SELECT", NAMED)],
    "training_attendance": [("b_own", "ALL", OWN), ("c_named", "SELECT", NAMED)],
}
KINDS = "'report_missing', 'false_rectification', 'commended'"

# One session for the units that shared a day, a number of sessions and of invited units, and a ground.
CARRY_OVER = """
CREATE TEMPORARY TABLE carried AS
SELECT id, tenant_id, unit_id, period, source, entered_by, entered_at, coalesce(detail ->> 'note', '') AS note,
    coalesce(nullif(detail ->> 'held_on', '')::date, (period || '-01')::date) AS held_date,
    least(greatest(coalesce(nullif(detail ->> 'sessions', '')::integer, 1), 1), 99) AS times,
    coalesce(nullif(detail ->> 'invited', '')::integer, 0) AS stated
FROM office_fact WHERE kind = 'training_absent';
CREATE TEMPORARY TABLE lot AS
SELECT nextval(pg_get_serial_sequence('training_session', 'id')) AS id, found.*
FROM (SELECT DISTINCT tenant_id, period, held_date, times, stated, source FROM carried) AS found;
INSERT INTO training_session (id, tenant_id, period, held_date, topic, organiser, online, place, hours, times,
    stated_invited, source, note, closed_at, created_by, created_at)
SELECT lot.id, tenant_id, period, held_date, '（由登记事项转入）', max(office.official_name), false, '', NULL, times,
    greatest(stated, count(*)), source,
    coalesce(string_agg(unit.short_name || '：' || note, '；' ORDER BY c.id) FILTER (WHERE note <> ''), ''),
    max(entered_at), max(entered_by), max(entered_at)
FROM lot JOIN carried AS c USING (tenant_id, period, held_date, times, stated, source)
JOIN tenant AS office ON office.id = tenant_id JOIN tenant AS unit ON unit.id = c.unit_id
GROUP BY lot.id, tenant_id, period, held_date, times, stated, source;
INSERT INTO training_unit (tenant_id, session_id, unit_id, invited, excuse, added_at)
SELECT tenant_id, lot.id, unit_id, true, '', entered_at
FROM lot JOIN carried AS c USING (tenant_id, period, held_date, times, stated, source);
DELETE FROM office_fact WHERE kind = 'training_absent';
DROP TABLE lot, carried;
"""
CARRY_BACK = """
INSERT INTO office_fact (tenant_id, unit_id, period, kind, detail, source, entered_by, entered_at)
SELECT s.tenant_id, u.unit_id, s.period, 'training_absent',
    jsonb_strip_nulls(jsonb_build_object('held_on', min(s.held_date), 'sessions', least(sum(s.times), 99),
        'invited', max(coalesce(s.stated_invited, (
            SELECT count(*) FROM training_unit AS o WHERE o.session_id = s.id AND o.invited))))),
    max(s.source), max(s.created_by), max(s.closed_at)
FROM training_session AS s JOIN training_unit AS u ON u.session_id = s.id
WHERE s.closed_at IS NOT NULL AND u.invited AND u.excuse = ''
    AND NOT EXISTS (
        SELECT 1 FROM training_attendance AS a WHERE a.session_id = s.id AND a.unit_id = u.unit_id)
GROUP BY s.tenant_id, u.unit_id, s.period;
"""


def _create_session() -> None:
    op.create_table(
        "training_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("held_date", sa.Date(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("hours", sa.Numeric(4, 1), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("stated_invited", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_training_session_hours")),
        sa.CheckConstraint("times BETWEEN 1 AND 99", name=op.f("ck_training_session_times")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_training_session_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
    )
    op.create_index(op.f("ix_training_session_tenant_id_period"), "training_session", ["tenant_id", "period"])


def _create_unit() -> None:
    op.create_table(
        "training_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("invited", sa.Boolean(), nullable=False),
        sa.Column("excuse", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("invited OR excuse = ''", name=op.f("ck_training_unit_excused_from_an_invitation")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_training_unit_tenant_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_training_unit_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_training_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_unit")),
        sa.UniqueConstraint(
            "tenant_id", "session_id", "unit_id", name=op.f("uq_training_unit_tenant_id_session_id_unit_id")
        ),
    )
    op.create_index(op.f("ix_training_unit_session_id_unit_id"), "training_unit", ["session_id", "unit_id"])
    op.create_index(op.f("ix_training_unit_unit_id_session_id"), "training_unit", ["unit_id", "session_id"])


def _create_attendance() -> None:
    op.create_table(
        "training_attendance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("hours", sa.Numeric(4, 1), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_training_attendance_hours")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_training_attendance_tenant_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_training_attendance_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_training_attendance_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_training_attendance_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attendance")),
        sa.UniqueConstraint(
            "tenant_id", "session_id", "unit_id", "name", "section", name="uq_training_attendance_person"
        ),
    )
    op.create_index(op.f("ix_training_attendance_session_id_unit_id"), "training_attendance", ["session_id", "unit_id"])
    op.create_index(op.f("ix_training_attendance_unit_id_session_id"), "training_attendance", ["unit_id", "session_id"])


def _allow_facts(kinds: str) -> None:
    op.drop_constraint(op.f("ck_office_fact_kind"), "office_fact")
    op.create_check_constraint(op.f("ck_office_fact_kind"), "office_fact", f"kind IN ({kinds})")


def upgrade() -> None:
    """Apply."""
    _create_session()
    _create_unit()
    _create_attendance()
    op.execute(CARRY_OVER)
    _allow_facts(KINDS)
    for table, policies in POLICIES.items():
        op.execute(f"CALL gongkai_protect('{table}', 'SELECT, INSERT, UPDATE, DELETE')")
        for policy, command, condition in policies:
            quoted = condition.replace("'", "''")
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{quoted}')")


def downgrade() -> None:
    """Undo: absent units become facts again; who came cannot be kept."""
    _allow_facts(f"'training_absent', {KINDS}")
    op.execute(CARRY_BACK)
    op.execute("DROP POLICY c_named ON training_session")
    for table in ("training_attendance", "training_unit", "training_session"):
        op.drop_table(table)
