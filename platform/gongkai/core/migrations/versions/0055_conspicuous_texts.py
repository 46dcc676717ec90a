"""Indexes of the few texts that say nothing or hold long numbers.

Revision: 0055, after 0054.
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

BLANK = (
    "erased_at IS NULL AND octet_length(body_html) < 2000 AND strpos(body_html, '<img') = 0"
    " AND body_html !~ '(^|>)([[:space:]\u00a0\u3000]|&nbsp;)*[^<>&[:space:]\u00a0\u3000]'"
)
NUMBERED = "body_html ~ '[1１]([-－—–‐ \u00a0\u3000]|</?[esu][a-z]*>)*[3-9３-９](([-－—–‐ \u00a0\u3000]|</?[esu][a-z]*>)*[0-9０-９]){9}|[0-9０-９](([-－—–‐ \u00a0\u3000]|</?[esu][a-z]*>)*[0-9０-９]){14}'"


def upgrade() -> None:
    """Apply."""
    for name, condition in (("ix_version_text_blank", BLANK), ("ix_version_text_numbered", NUMBERED)):
        op.create_index(name, "version_text", ["tenant_id", "item_id"], postgresql_where=condition)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_version_text_numbered")
    op.drop_index("ix_version_text_blank")
