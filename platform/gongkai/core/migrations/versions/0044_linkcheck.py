"""Links of public items, what was found at their addresses, and the offices' lists of domains.

Revision: 0044, after 0043. `gongkai links refresh` finds the links of what is published already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
MANAGER = "(SELECT gongkai_manages()) IS NOT NULL"
# A unit reads the lists of the offices above it, and its own.
ABOVE = (
    "tenant_id IN (SELECT office.id FROM tenant unit JOIN tenant office ON unit.path <@ office.path"
    " WHERE unit.id = ANY ((SELECT gongkai_tenant_ids())::bigint[]))"
)
VERDICTS = "'waiting', 'fine', 'failing', 'unsure', 'dead', 'certificate', 'inner'"
PROBLEM = "result IN ('dead', 'outside', 'inner', 'malformed', 'certificate')"
INSTANT = sa.DateTime(timezone=True)
ALL = "SELECT, INSERT, UPDATE, DELETE"
TABLES = {
    # Whatever is in it stands in public pages; jobs alone write it.
    "checked_link": (ALL, [("a_read", "SELECT", "true"), ("d_manage", "ALL", MANAGER)]),
    "link_place": (ALL, [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
    "link_domain": ("SELECT, INSERT, DELETE", [("b_own", "ALL", OWN), ("c_above", "SELECT", ABOVE)]),
}


def _addresses() -> None:
    op.create_table(
        "checked_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("target_item_id", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("final_host", sa.Text(), nullable=False),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.Column("failed_days", sa.Integer(), nullable=False),
        sa.Column("gone_days", sa.Integer(), nullable=False),
        sa.Column("last_failed_date", sa.Date(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.CheckConstraint(f"verdict IN ({VERDICTS})", name=op.f("ck_checked_link_verdict")),
        sa.CheckConstraint("(failed_days > 0) = (failed_at IS NOT NULL)", name=op.f("ck_checked_link_failed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checked_link")),
        sa.UniqueConstraint("address", name=op.f("uq_checked_link_address")),
    )
    op.create_index(op.f("ix_checked_link_host_due_at"), "checked_link", ["host", "due_at"])
    op.create_index("ix_checked_link_due_at", "checked_link", ["due_at"], postgresql_where="due_at IS NOT NULL")
    op.create_index("ix_checked_link_asked", "checked_link", ["due_at"], postgresql_where="asked_at IS NOT NULL")
    op.create_index(
        "ix_checked_link_checked_at", "checked_link", ["checked_at"], postgresql_where="checked_at IS NOT NULL"
    )
    op.create_index(
        "ix_checked_link_target", "checked_link", ["target_item_id"], postgresql_where="target_item_id IS NOT NULL"
    )


def _places() -> None:
    op.create_table(
        "link_place",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('link', 'image', 'source')", name=op.f("ck_link_place_kind")),
        sa.CheckConstraint(f"result IN ({VERDICTS}, 'malformed', 'outside')", name=op.f("ck_link_place_result")),
        sa.CheckConstraint("(result = 'malformed') = (link_id IS NULL)", name=op.f("ck_link_place_malformed")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_link_place_tenant_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_link_place_item_id")),
        sa.ForeignKeyConstraint(["link_id"], ["checked_link.id"], name=op.f("fk_link_place_link_id")),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "position", name=op.f("pk_link_place")),
    )
    op.create_index(op.f("ix_link_place_item_id"), "link_place", ["item_id"])
    op.create_index(op.f("ix_link_place_link_id"), "link_place", ["link_id"])
    op.create_index(
        "ix_link_place_problem", "link_place", ["tenant_id", "item_id", "position"], postgresql_where=PROBLEM
    )


def _domains() -> None:
    op.create_table(
        "link_domain",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("added_name", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_link_domain_reason")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_link_domain_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_domain")),
        sa.UniqueConstraint("tenant_id", "domain", name=op.f("uq_link_domain_tenant_id_domain")),
    )


def upgrade() -> None:
    """Apply."""
    _addresses()
    _places()
    _domains()
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{condition}')")


def downgrade() -> None:
    """Undo."""
    for table in ("link_domain", "link_place", "checked_link"):
        op.drop_table(table)
