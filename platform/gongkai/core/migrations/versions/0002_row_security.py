"""Row-level security: what each scope may see and change, table by table.

Policies of one table are tried in the order of their names, so the cheap test comes first:
`a_` what everybody reads, `b_` the units acted for, `c_` the supervised subtree, `d_` the administered subtree.

Revision: 0002, after 0001.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE FUNCTION gongkai_user_id() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('gongkai.user_id', true), '')::bigint $$;
CREATE FUNCTION gongkai_tenant_ids() RETURNS bigint[] LANGUAGE sql STABLE
    AS $$ SELECT coalesce(nullif(current_setting('gongkai.tenant_ids', true), ''), '{}')::bigint[] $$;
CREATE FUNCTION gongkai_subtree() RETURNS ltree LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('gongkai.subtree', true), '')::ltree $$;
CREATE FUNCTION gongkai_manages() RETURNS ltree LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('gongkai.manages', true), '')::ltree $$;

CREATE PROCEDURE gongkai_protect(target regclass, privileges text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY owner ON %s TO CURRENT_USER USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT %s ON %s TO gongkai_app', privileges, target);
END $$;

CREATE PROCEDURE gongkai_allow(target regclass, policy text, command text, condition text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY %I ON %s FOR %s TO gongkai_app %s (%s)', policy, target, command,
        CASE WHEN command = 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, condition);
END $$;
"""

ALL = "SELECT, INSERT, UPDATE, DELETE"
ADD_ONLY = "SELECT, INSERT"
READ_ONLY = "SELECT"

EVERYBODY = "true"
OWN = "tenant_id = ANY ((SELECT gongkai_tenant_ids())::bigint[])"
SUBTREE = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_subtree()))"
MANAGED = "tenant_id IN (SELECT id FROM tenant WHERE path <@ (SELECT gongkai_manages()))"
MANAGER = "(SELECT gongkai_manages()) IS NOT NULL"
PUBLISHED = "state IN ('published', 'taken_down') AND " + SUBTREE
OF_PUBLIC_ITEM = "EXISTS (SELECT 1 FROM item WHERE item.id = item_id AND item.is_public)"

TABLES = {
    "outbox_event": (ALL, [("a_system", "ALL", EVERYBODY)]),
    "audit_event": (
        ADD_ONLY,
        [("a_add", "INSERT", EVERYBODY), ("b_own", "SELECT", OWN), ("c_subtree", "SELECT", SUBTREE)],
    ),
    "calendar_year": (ALL, [("a_read", "SELECT", EVERYBODY), ("d_manage", "ALL", MANAGER)]),
    "site_setting": (ALL, [("a_read", "SELECT", EVERYBODY), ("d_manage", "ALL", MANAGER)]),
    "tenant": (
        "SELECT, INSERT, UPDATE",
        [("a_read", "SELECT", EVERYBODY), ("d_manage", "ALL", "path <@ (SELECT gongkai_manages())")],
    ),
    "tenant_period": (ALL, [("a_read", "SELECT", EVERYBODY), ("d_manage", "ALL", MANAGED)]),
    "tenant_succession": (ALL, [("a_read", "SELECT", EVERYBODY), ("d_manage", "ALL", MANAGED)]),
    "membership": (
        ALL,
        [
            ("a_self", "SELECT", "user_id = (SELECT gongkai_user_id())"),
            ("b_own", "ALL", OWN),
            ("c_subtree", "SELECT", SUBTREE),
            ("d_manage", "ALL", MANAGED),
        ],
    ),
    "content_column": (ALL, [("a_read", "SELECT", EVERYBODY), ("b_own", "ALL", OWN), ("d_manage", "ALL", MANAGED)]),
    "index_counter": (ALL, [("b_own", "ALL", OWN)]),
    "index_number": (ADD_ONLY, [("a_read", "SELECT", EVERYBODY), ("b_own", "INSERT", OWN)]),
    "disclosure_guide": (
        ADD_ONLY,
        [("a_read", "SELECT", EVERYBODY), ("b_own", "INSERT", OWN), ("d_manage", "INSERT", MANAGED)],
    ),
    "item": (ALL, [("a_public", "SELECT", "is_public"), ("b_own", "ALL", OWN), ("c_subtree", "SELECT", PUBLISHED)]),
    "item_step": (ADD_ONLY, [("b_own", "ALL", OWN)]),
    "item_version": (
        ADD_ONLY,
        [("b_own", "ALL", OWN), ("c_public", "SELECT", OF_PUBLIC_ITEM), ("d_subtree", "SELECT", SUBTREE)],
    ),
    "version_text": (ADD_ONLY, [("b_own", "ALL", OWN), ("c_public", "SELECT", OF_PUBLIC_ITEM)]),
    "attachment": (ALL, [("b_own", "ALL", OWN)]),
    "tenant_ledger": (ALL, [("a_read", "SELECT", EVERYBODY), ("b_own", "ALL", OWN)]),
    "column_count": (READ_ONLY, [("a_read", "SELECT", EVERYBODY)]),
    "period_count": (READ_ONLY, [("a_read", "SELECT", EVERYBODY)]),
    "import_batch": (ALL, [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
    "office_rule": (ALL, [("a_read", "SELECT", EVERYBODY), ("b_own", "ALL", OWN)]),
    "finding": (ALL, [("b_own", "SELECT", OWN), ("c_subtree", "ALL", SUBTREE)]),
    "office_fact": (ALL, [("b_own", "ALL", OWN)]),
    "circular": (ALL, [("b_own", "ALL", OWN), ("c_subtree", "SELECT", SUBTREE)]),
    "notice": (ALL, [("b_own", "ALL", OWN), ("c_subtree", "ALL", SUBTREE)]),
    "search_document": (ALL, [("a_system", "ALL", EVERYBODY)]),
    "search_gram": (ALL, [("a_system", "ALL", EVERYBODY)]),
}

NO_OVERLAP = """
ALTER TABLE tenant_period ADD CONSTRAINT ex_tenant_period_no_overlap
    EXCLUDE USING gist (tenant_id WITH =, daterange(valid_from, valid_to) WITH &&)
"""


def upgrade() -> None:
    """Apply."""
    op.execute(FUNCTIONS)
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA public TO gongkai_app")
    for table, (privileges, policies) in TABLES.items():
        op.execute(f"CALL gongkai_protect('{table}', '{privileges}')")
        for policy, command, condition in policies:
            quoted = condition.replace("'", "''")
            op.execute(f"CALL gongkai_allow('{table}', '{policy}', '{command}', '{quoted}')")
    # A person belongs to no unit; what a unit sees of people is its memberships.
    op.execute("GRANT SELECT, INSERT, UPDATE ON user_account TO gongkai_app")
    op.execute("GRANT SELECT ON alembic_version TO gongkai_app")
    # A unit's path holds its own id, so the id is drawn before the row is written.
    op.execute("GRANT USAGE ON SEQUENCE tenant_id_seq TO gongkai_app")
    op.execute(NO_OVERLAP)


def downgrade() -> None:
    """Undo."""
    op.execute("ALTER TABLE tenant_period DROP CONSTRAINT ex_tenant_period_no_overlap")
    op.execute("REVOKE ALL ON SEQUENCE tenant_id_seq FROM gongkai_app")
    op.execute("REVOKE ALL ON user_account, alembic_version FROM gongkai_app")
    for table, (_, policies) in TABLES.items():
        for policy in [name for name, _, _ in policies] + ["owner"]:
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM gongkai_app")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("REVOKE USAGE ON SCHEMA public FROM gongkai_app")
    op.execute("DROP PROCEDURE gongkai_allow, gongkai_protect")
    op.execute("DROP FUNCTION gongkai_user_id, gongkai_tenant_ids, gongkai_subtree, gongkai_manages")
