"""Registers of offices: annual reports due （what was typed by hand moves there）, external data of the month.

Revision: 0043, after 0042. Downgrading drops what they hold.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
UNITS_OWN = "unit_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
# A unit reads where its own figures come from; the file itself holds other units' too and stays with the office.
SOURCE_OF_OWN = (
    "EXISTS (SELECT 1 FROM external_figure AS f WHERE f.source_id = external_source.id"
    " AND f.unit_id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
EXTERNAL = "kind IN ('site_check', 'media_check', 'hotline', 'mailbox', 'correction', 'message')"
KINDS = ("false_rectification", "commended")
TITLE = "年度报告编制发布工作安排"
# One body may have been recorded for several months; the earliest date that was asked of it is the duty's.
CARRY_OVER = f"""
INSERT INTO report_list (tenant_id, report_year, title, document_number, notice_date, made_at)
SELECT tenant_id, left(detail ->> 'due_date', 4)::integer - 1, '{TITLE}', '',
    (min(entered_at) AT TIME ZONE 'Asia/Shanghai')::date, min(entered_at)
FROM office_fact WHERE kind = 'report_missing' GROUP BY 1, 2;
INSERT INTO report_duty (tenant_id, list_id, unit_id, due_date, basis, exempt_reason, published_url, changed_by,
    changed_at)
SELECT DISTINCT ON (f.tenant_id, l.id, f.unit_id) f.tenant_id, l.id, f.unit_id, (f.detail ->> 'due_date')::date,
    f.source, '', '', f.entered_by, f.entered_at
FROM office_fact AS f JOIN report_list AS l ON l.tenant_id = f.tenant_id
    AND l.report_year = left(f.detail ->> 'due_date', 4)::integer - 1
WHERE f.kind = 'report_missing'
ORDER BY f.tenant_id, l.id, f.unit_id, f.detail ->> 'due_date', f.id;
DELETE FROM office_fact WHERE kind = 'report_missing';
"""


def _kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_office_fact_kind"), "office_fact", type_="check")
    op.create_check_constraint(op.f("ck_office_fact_kind"), "office_fact", f"kind IN ({listed})")


def _reports() -> None:
    op.create_table(
        "report_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("report_year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("notice_date", sa.Date(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_report_list_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_list")),
        sa.UniqueConstraint("tenant_id", "report_year", name=op.f("uq_report_list_tenant_id_report_year")),
    )
    op.create_table(
        "report_duty",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("exempt_reason", sa.Text(), nullable=False),
        sa.Column("published_date", sa.Date(), nullable=True),
        sa.Column("published_url", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(published_date IS NULL) = (published_url = '')", name=op.f("ck_report_duty_published_with_address")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_report_duty_tenant_id")),
        sa.ForeignKeyConstraint(["list_id"], ["report_list.id"], name=op.f("fk_report_duty_list_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_report_duty_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_duty")),
        sa.UniqueConstraint("tenant_id", "list_id", "unit_id", name=op.f("uq_report_duty_tenant_id_list_id_unit_id")),
    )
    for table in ("report_list", "report_duty"):
        op.execute(f"CALL gongkai_protect('{table}', 'SELECT, INSERT, UPDATE, DELETE')")
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")
    op.create_index(
        "ix_content_column_report", "content_column", ["tenant_id"], postgresql_where=sa.text("part = 'report'")
    )  # fmt: skip
    op.execute(CARRY_OVER)
    _kinds(*KINDS)


def _external() -> None:
    op.create_table(
        "external_source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(EXTERNAL, name=op.f("ck_external_source_kind")),
        sa.CheckConstraint("(digest = '') = (filename = '')", name=op.f("ck_external_source_file_with_name")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_external_source_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_source")),
    )
    op.create_index("ix_external_source_tenant_id_period", "external_source", ["tenant_id", "period"])
    op.create_table(
        "external_figure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(EXTERNAL, name=op.f("ck_external_figure_kind")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_external_figure_tenant_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_external_figure_unit_id")),
        sa.ForeignKeyConstraint(["source_id"], ["external_source.id"], name=op.f("fk_external_figure_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_figure")),
        sa.UniqueConstraint(
            "tenant_id", "period", "kind", "unit_id", "version",
            name=op.f("uq_external_figure_tenant_id_period_kind_unit_id_version"),
        ),
    )  # fmt: skip
    holds = sa.text("replaced_at IS NULL")
    op.create_index(
        "uq_external_figure_current", "external_figure", ["tenant_id", "period", "kind", "unit_id"], unique=True,
        postgresql_where=holds,
    )  # fmt: skip
    op.create_index("ix_external_figure_unit", "external_figure", ["unit_id", "period"], postgresql_where=holds)
    op.create_index("ix_external_figure_source_id", "external_figure", ["source_id"])
    # What was entered is never overwritten: a row can only be said to hold no more.
    op.execute("CALL gongkai_protect('external_source', 'SELECT, INSERT')")
    op.execute("CALL gongkai_protect('external_figure', 'SELECT, INSERT, UPDATE (replaced_at, replaced_by)')")
    for table, seen in (("external_source", SOURCE_OF_OWN), ("external_figure", UNITS_OWN)):
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")
        op.execute(f"CALL gongkai_allow('{table}', 'c_unit', 'SELECT', '{seen}')")


def upgrade() -> None:
    """Apply."""
    _reports()
    _external()


def downgrade() -> None:
    """Undo."""
    op.execute("DROP POLICY c_unit ON external_source")
    op.drop_table("external_figure")
    op.drop_table("external_source")
    _kinds("report_missing", *KINDS)
    op.drop_index("ix_content_column_report", "content_column")
    op.drop_table("report_duty")
    op.drop_table("report_list")
