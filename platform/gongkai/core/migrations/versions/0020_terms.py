"""Term lists of the offices with their history, texts and masked copies of attachments, hits of sweeps.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
# A unit reads the lists of the offices above it, and its own.
ABOVE = (
    "tenant_id IN (SELECT office.id FROM tenant unit JOIN tenant office ON unit.path <@ office.path"
    " WHERE unit.id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
KINDS = "kind IN ('leader', 'forbidden', 'outdated', 'abolished', 'typo')"
LEVELS = "level IN ('block', 'warn')"


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _key(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id"))


def _lists() -> None:
    op.create_table(
        "term_entry",
        _id(),
        _key("tenant_id"),
        _text("kind"),
        _text("wrong"),
        _text("right"),
        _text("level"),
        _number("rank", nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _text("note"),
        _number("version"),
        _instant("changed_at"),
        _instant("removed_at", nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_term_entry_kind")),
        sa.CheckConstraint(LEVELS, name=op.f("ck_term_entry_level")),
        sa.CheckConstraint("wrong <> ''", name=op.f("ck_term_entry_wrong")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_term_entry_valid_range")),
        _of_tenant("term_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_entry")),
    )
    op.create_index(
        "uq_term_entry_wrong", "term_entry", ["tenant_id", "kind", "wrong"], unique=True,
        postgresql_where="removed_at IS NULL",
    )  # fmt: skip
    op.create_table(
        "term_change",
        _id(),
        _key("tenant_id"),
        _key("entry_id"),
        _number("version"),
        _text("action"),
        _json("content"),
        _text("reason"),
        _key("changed_by", nullable=True),
        _text("changed_name"),
        _instant("changed_at"),
        sa.CheckConstraint("action IN ('add', 'change', 'remove')", name=op.f("ck_term_change_action")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_term_change_reason")),
        _of_tenant("term_change"),
        sa.ForeignKeyConstraint(["entry_id"], ["term_entry.id"], name=op.f("fk_term_change_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_change")),
        sa.UniqueConstraint(
            "tenant_id", "entry_id", "version", name=op.f("uq_term_change_tenant_id_entry_id_version")
        ),
    )  # fmt: skip


def _texts() -> None:
    op.create_table(
        "extracted_text",
        _key("tenant_id"),
        _text("digest"),
        _json("parts"),
        _json("unread"),
        _instant("read_at"),
        _of_tenant("extracted_text"),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_extracted_text")),
    )


def _hits() -> None:
    op.create_table(
        "term_hit",
        _id(),
        _key("tenant_id"),
        _key("item_id"),
        *map(_text, ("rule_key", "place", "kind", "level", "problem", "remedy", "excerpt", "state", "reason")),
        _instant("found_at"),
        _instant("settled_at", nullable=True),
        _key("settled_by", nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_term_hit_kind")),
        sa.CheckConstraint(LEVELS, name=op.f("ck_term_hit_level")),
        sa.CheckConstraint(
            "state IN ('open', 'corrected', 'justified', 'withdrawn')", name=op.f("ck_term_hit_state")
        ),
        sa.CheckConstraint("state <> 'justified' OR reason <> ''", name=op.f("ck_term_hit_justified")),
        _of_tenant("term_hit"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_term_hit_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_hit")),
        sa.UniqueConstraint(
            "tenant_id", "item_id", "rule_key", "place", name=op.f("uq_term_hit_tenant_id_item_id_rule_key_place")
        ),
    )  # fmt: skip
    op.create_index(
        "ix_term_hit_open", "term_hit", ["tenant_id", "level", "id"], postgresql_where="state = 'open'"
    )  # fmt: skip
    op.create_table(
        "term_sweep",
        _id(),
        _key("tenant_id"),
        _instant("requested_at"),
        _key("last_item_id"),
        _number("items_done"),
        _instant("finished_at", nullable=True),
        _of_tenant("term_sweep"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_sweep")),
    )
    op.create_index(
        "uq_term_sweep_waiting", "term_sweep", ["tenant_id"], unique=True, postgresql_where="finished_at IS NULL"
    )
    op.create_index("ix_term_sweep_tenant_id_requested_at", "term_sweep", ["tenant_id", "requested_at"])


def _copies() -> None:
    op.create_table(
        "masked_copy",
        _id(),
        _key("tenant_id"),
        _key("item_id"),
        *map(_text, ("copy_name", "copy_digest", "original_name", "original_digest", "original_media_type")),
        _key("original_size"),
        _json("counts"),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        _key("made_by", nullable=True),
        _instant("made_at"),
        _of_tenant("masked_copy"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_masked_copy_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_masked_copy")),
    )  # fmt: skip
    op.create_index("ix_masked_copy_tenant_id_item_id_id", "masked_copy", ["tenant_id", "item_id", "id"])


def upgrade() -> None:
    """Apply."""
    _lists()
    _texts()
    _hits()
    _copies()
    for table, privileges in (
        ("term_entry", "SELECT, INSERT, UPDATE"),
        ("term_change", "SELECT, INSERT"),
        ("extracted_text", "SELECT, INSERT, DELETE"),
        ("term_hit", "SELECT, INSERT, UPDATE"),
        ("term_sweep", "SELECT, INSERT, UPDATE"),
        ("masked_copy", "SELECT, INSERT"),
    ):
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        op.execute(f"CALL gongkai_allow('{table}', 'b_own', 'ALL', '{OWN}')")
    op.execute(f"CALL gongkai_allow('term_entry', 'c_above', 'SELECT', '{ABOVE}')")
    op.execute(f"CALL gongkai_allow('term_hit', 'c_subtree', 'SELECT', '{SUBTREE}')")


def downgrade() -> None:
    """Undo."""
    for table in ("masked_copy", "term_sweep", "term_hit", "extracted_text", "term_change", "term_entry"):
        op.drop_table(table)
