"""First tables.

Revision: 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class LTree(UserDefinedType[str]):
    """PostgreSQL's `ltree`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "LTREE"


def upgrade() -> None:
    """Apply."""
    for name in ("ltree", "btree_gist"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("acting_tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        op.f("ix_audit_event_object_type_object_id"), "audit_event", ["object_type", "object_id"], unique=False
    )
    op.create_index(op.f("ix_audit_event_tenant_id_at"), "audit_event", ["tenant_id", "at"], unique=False)
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days_off", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("make_up_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    op.create_index(op.f("ix_outbox_event_not_before_id"), "outbox_event", ["not_before", "id"], unique=False)
    op.create_table(
        "search_document",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("column_code", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("text_folded", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("number_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_search_document")),
    )
    op.create_index(
        op.f("ix_search_document_grams"), "search_document", ["grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        op.f("ix_search_document_number_keys"), "search_document", ["number_keys"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        op.f("ix_search_document_published_at_item_id"), "search_document", ["published_at", "item_id"], unique=False
    )
    op.create_index(
        op.f("ix_search_document_tenant_id_published_at"),
        "search_document",
        ["tenant_id", "published_at"],
        unique=False,
    )
    op.create_table(
        "search_gram",
        sa.Column("gram", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gram", name=op.f("pk_search_gram")),
    )
    op.create_table(
        "site_setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_setting")),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", LTree(), nullable=False),
        sa.Column("tenant_type", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("pinyin_key", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("index_pattern", sa.Text(), nullable=False),
        sa.Column("vertically_managed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("abolished_date", sa.Date(), nullable=True),
        sa.Column("contact", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('prefecture', 'county', 'township', 'village')", name=op.f("ck_tenant_level")),
        sa.CheckConstraint("status IN ('active', 'abolished')", name=op.f("ck_tenant_status")),
        sa.CheckConstraint(
            "tenant_type IN ('prefecture_government', 'county_government', 'bureau', 'dispatched_agency', 'township', 'subdistrict_office', 'development_zone', 'authorized_organization', 'public_utility', 'village_committee')",
            name=op.f("ck_tenant_tenant_type"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["tenant.id"], name=op.f("fk_tenant_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("code", name=op.f("uq_tenant_code")),
    )
    op.create_index(op.f("ix_tenant_parent_id_sort_order"), "tenant", ["parent_id", "sort_order"], unique=False)
    op.create_index(op.f("ix_tenant_path"), "tenant", ["path"], unique=False, postgresql_using="gist")
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_account_fs_uniquifier")),
        sa.UniqueConstraint("mobile", name=op.f("uq_user_account_mobile")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "circular",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prose", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disclosure_mode", sa.Text(), nullable=False),
        sa.Column("issued_date", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ledger_digest", sa.Text(), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('collecting', 'frozen', 'draft', 'in_review', 'signed', 'issued', 'withdrawn')",
            name=op.f("ck_circular_state"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_circular_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular")),
    )
    op.create_index(op.f("ix_circular_tenant_id_period"), "circular", ["tenant_id", "period"], unique=False)
    op.create_table(
        "content_column",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("statutory_item", sa.Text(), nullable=False),
        sa.Column("update_period", sa.Text(), nullable=False),
        sa.Column("rule_type", sa.Text(), nullable=False),
        sa.Column("key_area_group", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column("responsible_section", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("accepts_items", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("template_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "key_area_group IN ('', 'platform_key_area', 'fiscal_funds', 'enforcement_and_power', 'other_key_area')",
            name=op.f("ck_content_column_key_area_group"),
        ),
        sa.CheckConstraint(
            "part IN ('guide', 'rules', 'statutory', 'report', 'other')", name=op.f("ck_content_column_part")
        ),
        sa.CheckConstraint(
            "rule_type IN ('news', 'notice', 'other', 'static')", name=op.f("ck_content_column_rule_type")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["content_column.id"], name=op.f("fk_content_column_parent_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_content_column_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_column")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_content_column_tenant_id_code")),
    )
    op.create_index(
        op.f("ix_content_column_tenant_id_parent_id_sort_order"),
        "content_column",
        ["tenant_id", "parent_id", "sort_order"],
        unique=False,
    )
    op.create_table(
        "disclosure_guide",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_disclosure_guide_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_guide")),
        sa.UniqueConstraint("tenant_id", "version", name=op.f("uq_disclosure_guide_tenant_id_version")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("problem_class", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'disputed', 'dismissed', 'claimed_fixed', 'closed', 'reopened')",
            name=op.f("ck_finding_state"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["tenant.id"], name=op.f("fk_finding_office_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_finding_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint(
            "tenant_id",
            "office_id",
            "rule_code",
            "period",
            "object_type",
            "object_id",
            name=op.f("uq_finding_tenant_id_office_id_rule_code_period_object_type_object_id"),
        ),
    )
    op.create_index(op.f("ix_finding_office_id_period"), "finding", ["office_id", "period"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("cutoff_date", sa.Date(), nullable=True),
        sa.Column("responsible_person", sa.Text(), nullable=False),
        sa.Column("allowed_by", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_created", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("report_digest", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('drafts', 'migration', 'tenants')", name=op.f("ck_import_batch_kind")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_import_batch_state")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_import_batch_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(
        op.f("ix_import_batch_tenant_id_created_at"), "import_batch", ["tenant_id", "created_at"], unique=False
    )
    op.create_table(
        "index_counter",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_index_counter_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "year", name=op.f("pk_index_counter")),
    )
    op.create_table(
        "index_number",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_index_number_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_number")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_index_number_tenant_id_number")),
    )
    op.create_index(op.f("ix_index_number_item_id"), "index_number", ["item_id"], unique=False)
    op.create_index(op.f("ix_index_number_number"), "index_number", ["number"], unique=False)
    op.create_index("uq_index_number_generated", "index_number", ["number"], unique=True, postgresql_where="generated")
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("started_date", sa.Date(), nullable=False),
        sa.Column("ended_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('contributor', 'confidentiality_reviewer', 'approver', 'unit_admin', 'supervisor', 'prefecture_admin')",
            name=op.f("ck_membership_role"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_membership_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("tenant_id", "user_id", "role", name=op.f("uq_membership_tenant_id_user_id_role")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_notice_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_notice_tenant_id_key")),
    )
    op.create_index(op.f("ix_notice_tenant_id_created_at"), "notice", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "office_fact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('training_absent', 'report_missing', 'false_rectification', 'commended')",
            name=op.f("ck_office_fact_kind"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_office_fact_tenant_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_office_fact_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_fact")),
        sa.UniqueConstraint(
            "tenant_id", "period", "kind", "unit_id", name=op.f("uq_office_fact_tenant_id_period_kind_unit_id")
        ),
    )
    op.create_table(
        "office_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("tenant_type", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(tenant_type IS NULL) <> (unit_id IS NULL)", name=op.f("ck_office_rule_one_target")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_office_rule_tenant_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["tenant.id"], name=op.f("fk_office_rule_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_rule")),
    )
    op.create_index(op.f("ix_office_rule_tenant_id_rule_code"), "office_rule", ["tenant_id", "rule_code"], unique=False)
    op.create_table(
        "period_count",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("key_area_group", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_period_count_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "period", "key_area_group", name=op.f("pk_period_count")),
    )
    op.create_index(op.f("ix_period_count_period_tenant_id"), "period_count", ["period", "tenant_id"], unique=False)
    op.create_table(
        "tenant_ledger",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_ledger_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_ledger")),
    )
    op.create_table(
        "tenant_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_type", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "tenant_type IN ('prefecture_government', 'county_government', 'bureau', 'dispatched_agency', 'township', 'subdistrict_office', 'development_zone', 'authorized_organization', 'public_utility', 'village_committee')",
            name=op.f("ck_tenant_period_tenant_type"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_tenant_period_valid_range")),
        sa.ForeignKeyConstraint(["parent_id"], ["tenant.id"], name=op.f("fk_tenant_period_parent_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_period_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_period")),
    )
    op.create_index(
        op.f("ix_tenant_period_tenant_id_valid_from"), "tenant_period", ["tenant_id", "valid_from"], unique=False
    )
    op.create_table(
        "tenant_succession",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("tenant_id <> successor_id", name=op.f("ck_tenant_succession_not_itself")),
        sa.ForeignKeyConstraint(["successor_id"], ["tenant.id"], name=op.f("fk_tenant_succession_successor_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_succession_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_succession")),
    )
    op.create_index(op.f("ix_tenant_succession_successor_id"), "tenant_succession", ["successor_id"], unique=False)
    op.create_index(
        op.f("ix_tenant_succession_tenant_id_successor_id"),
        "tenant_succession",
        ["tenant_id", "successor_id"],
        unique=True,
    )
    op.create_table(
        "column_count",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_column_count_column_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_column_count_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "column_id", "period", name=op.f("pk_column_count")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("column_id", sa.BigInteger(), nullable=False),
        sa.Column("revises_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry_route", sa.Text(), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("document_number_original", sa.Text(), nullable=False),
        sa.Column("issuing_agency", sa.Text(), nullable=False),
        sa.Column("formed_date", sa.Date(), nullable=True),
        sa.Column("effective_date", sa.Date(), nullable=True),
        sa.Column("validity", sa.Text(), nullable=False),
        sa.Column("repealed_date", sa.Date(), nullable=True),
        sa.Column("disclosure_mode", sa.Text(), nullable=False),
        sa.Column("withheld_reason", sa.Text(), nullable=False),
        sa.Column("subject_class", sa.Text(), nullable=False),
        sa.Column("genre_class", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("is_reprint", sa.Boolean(), nullable=False),
        sa.Column("secrecy_cleared", sa.Boolean(), nullable=False),
        sa.Column("responsible_unit", sa.Text(), nullable=False),
        sa.Column("optional", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("original_labels", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("author_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("check_overrides", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("change_kind", sa.Text(), nullable=True),
        sa.Column("change_reason", sa.Text(), nullable=False),
        sa.Column("publish_due_date", sa.Date(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("index_number", sa.Text(), nullable=True),
        sa.Column("index_number_seq", sa.Integer(), nullable=True),
        sa.Column("current_version_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_down_reason", sa.Text(), nullable=False),
        sa.Column("counts_to_quota", sa.Boolean(), nullable=False),
        sa.Column("counted_out_reason", sa.Text(), nullable=False),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("key_area_group", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "is_public",
            sa.Boolean(),
            sa.Computed("state = 'published' AND revises_id IS NULL", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "disclosure_mode = 'proactive' OR state <> 'published'", name=op.f("ck_item_only_proactive_published")
        ),
        sa.CheckConstraint(
            "disclosure_mode IN ('proactive', 'on_request', 'withheld')", name=op.f("ck_item_disclosure_mode")
        ),
        sa.CheckConstraint(
            "entry_route IN ('chain', 'migrated', 'collected', 'intake')", name=op.f("ck_item_entry_route")
        ),
        sa.CheckConstraint(
            "origin IN ('produced', 'obtained_from_public', 'obtained_from_agency', 'joint')",
            name=op.f("ck_item_origin"),
        ),
        sa.CheckConstraint("state <> 'taken_down' OR taken_down_reason <> ''", name=op.f("ck_item_takedown_reason")),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'in_approval', 'approved', 'scheduled', 'published', 'taken_down', 'withheld', 'on_request')",
            name=op.f("ck_item_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'taken_down') OR revises_id IS NOT NULL OR (published_at IS NOT NULL AND period IS NOT NULL AND index_number IS NOT NULL AND current_version_id IS NOT NULL)",
            name=op.f("ck_item_published_is_complete"),
        ),
        sa.CheckConstraint("validity IN ('in_force', 'amended', 'lapsed', 'repealed')", name=op.f("ck_item_validity")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_item_batch_id")),
        sa.ForeignKeyConstraint(["column_id"], ["content_column.id"], name=op.f("fk_item_column_id")),
        sa.ForeignKeyConstraint(["revises_id"], ["item.id"], name=op.f("fk_item_revises_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_item_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_index("ix_item_batch", "item", ["batch_id"], unique=False, postgresql_where="batch_id IS NOT NULL")
    op.create_index(
        "ix_item_column_public",
        "item",
        ["tenant_id", "column_id", "published_at", "id"],
        unique=False,
        postgresql_where="is_public",
    )
    op.create_index("ix_item_desk", "item", ["tenant_id", "state", "updated_at"], unique=False)
    op.create_index("ix_item_digest", "item", ["tenant_id", "text_digest"], unique=False)
    op.create_index(
        "ix_item_document_number",
        "item",
        ["tenant_id", "document_number"],
        unique=False,
        postgresql_where="document_number <> ''",
    )
    op.create_index(
        "ix_item_period", "item", ["tenant_id", "period", "published_at"], unique=False, postgresql_where="is_public"
    )
    op.create_index("ix_item_public", "item", ["published_at", "id"], unique=False, postgresql_where="is_public")
    op.create_index("ix_item_revises", "item", ["revises_id"], unique=False, postgresql_where="revises_id IS NOT NULL")
    op.create_index("ix_item_scheduled", "item", ["scheduled_at"], unique=False, postgresql_where="state = 'scheduled'")
    op.create_index(
        "ix_item_tenant_public", "item", ["tenant_id", "published_at", "id"], unique=False, postgresql_where="is_public"
    )
    op.create_index("uq_item_external_key", "item", ["tenant_id", "external_key"], unique=True)
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_attachment_item_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_attachment_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(
        op.f("ix_attachment_tenant_id_item_id_sort_order"),
        "attachment",
        ["tenant_id", "item_id", "sort_order"],
        unique=False,
    )
    op.create_table(
        "item_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("author_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'recall', 'pass_review', 'approve', 'return', 'schedule', 'unschedule', 'publish', 'take_down')",
            name=op.f("ck_item_step_action"),
        ),
        sa.CheckConstraint(
            "action NOT IN ('pass_review', 'approve', 'return') OR NOT (actor_id = ANY (author_ids))",
            name=op.f("ck_item_step_decider_is_no_author"),
        ),
        sa.CheckConstraint(
            "action NOT IN ('pass_review', 'approve', 'return') OR actor_id IS NOT NULL",
            name=op.f("ck_item_step_decider_known"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_step_item_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_item_step_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_step")),
    )
    op.create_index(
        op.f("ix_item_step_tenant_id_item_id_id"), "item_step", ["tenant_id", "item_id", "id"], unique=False
    )
    op.create_table(
        "item_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_item_version_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("item_id", "version", name=op.f("uq_item_version_item_id_version")),
        sa.UniqueConstraint("tenant_id", "position", name=op.f("uq_item_version_tenant_id_position")),
    )
    op.create_table(
        "version_text",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_version_text_item_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_version_text_tenant_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_version_text_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_version_text")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("version_text")
    op.drop_table("item_version")
    op.drop_index(op.f("ix_item_step_tenant_id_item_id_id"), table_name="item_step")
    op.drop_table("item_step")
    op.drop_index(op.f("ix_attachment_tenant_id_item_id_sort_order"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index("uq_item_external_key", table_name="item")
    op.drop_index("ix_item_tenant_public", table_name="item", postgresql_where="is_public")
    op.drop_index("ix_item_scheduled", table_name="item", postgresql_where="state = 'scheduled'")
    op.drop_index("ix_item_revises", table_name="item", postgresql_where="revises_id IS NOT NULL")
    op.drop_index("ix_item_public", table_name="item", postgresql_where="is_public")
    op.drop_index("ix_item_period", table_name="item", postgresql_where="is_public")
    op.drop_index("ix_item_document_number", table_name="item", postgresql_where="document_number <> ''")
    op.drop_index("ix_item_digest", table_name="item")
    op.drop_index("ix_item_desk", table_name="item")
    op.drop_index("ix_item_column_public", table_name="item", postgresql_where="is_public")
    op.drop_index("ix_item_batch", table_name="item", postgresql_where="batch_id IS NOT NULL")
    op.drop_table("item")
    op.drop_table("column_count")
    op.drop_index(op.f("ix_tenant_succession_tenant_id_successor_id"), table_name="tenant_succession")
    op.drop_index(op.f("ix_tenant_succession_successor_id"), table_name="tenant_succession")
    op.drop_table("tenant_succession")
    op.drop_index(op.f("ix_tenant_period_tenant_id_valid_from"), table_name="tenant_period")
    op.drop_table("tenant_period")
    op.drop_table("tenant_ledger")
    op.drop_index(op.f("ix_period_count_period_tenant_id"), table_name="period_count")
    op.drop_table("period_count")
    op.drop_index(op.f("ix_office_rule_tenant_id_rule_code"), table_name="office_rule")
    op.drop_table("office_rule")
    op.drop_table("office_fact")
    op.drop_index(op.f("ix_notice_tenant_id_created_at"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("uq_index_number_generated", table_name="index_number", postgresql_where="generated")
    op.drop_index(op.f("ix_index_number_number"), table_name="index_number")
    op.drop_index(op.f("ix_index_number_item_id"), table_name="index_number")
    op.drop_table("index_number")
    op.drop_table("index_counter")
    op.drop_index(op.f("ix_import_batch_tenant_id_created_at"), table_name="import_batch")
    op.drop_table("import_batch")
    op.drop_index(op.f("ix_finding_office_id_period"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("disclosure_guide")
    op.drop_index(op.f("ix_content_column_tenant_id_parent_id_sort_order"), table_name="content_column")
    op.drop_table("content_column")
    op.drop_index(op.f("ix_circular_tenant_id_period"), table_name="circular")
    op.drop_table("circular")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_tenant_path"), table_name="tenant", postgresql_using="gist")
    op.drop_index(op.f("ix_tenant_parent_id_sort_order"), table_name="tenant")
    op.drop_table("tenant")
    op.drop_table("site_setting")
    op.drop_table("search_gram")
    op.drop_index(op.f("ix_search_document_tenant_id_published_at"), table_name="search_document")
    op.drop_index(op.f("ix_search_document_published_at_item_id"), table_name="search_document")
    op.drop_index(op.f("ix_search_document_number_keys"), table_name="search_document", postgresql_using="gin")
    op.drop_index(op.f("ix_search_document_grams"), table_name="search_document", postgresql_using="gin")
    op.drop_table("search_document")
    op.drop_index(op.f("ix_outbox_event_not_before_id"), table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_table("calendar_year")
    op.drop_index(op.f("ix_audit_event_tenant_id_at"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_object_type_object_id"), table_name="audit_event")
    op.drop_table("audit_event")
