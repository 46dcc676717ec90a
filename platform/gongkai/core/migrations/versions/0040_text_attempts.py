"""Attempts at reading a file: how many there were, and when the next one is due.

Revision: 0040, after 0039.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# Kinds that have a reader now; what was found of them before is read again by the job.
READ_NOW = (
    "PowerPoint 演示文稿",
    "Word 97-2003 文档",
    "Excel 97-2003 工作簿",
    "OFD 版式文档",
)


def upgrade() -> None:
    """Apply."""
    op.add_column("extracted_text", sa.Column("tries", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("extracted_text", "tries", server_default=None)
    op.add_column("extracted_text", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    reasons = ", ".join(f"'暂不支持读取此类文件（{kind}）'" for kind in READ_NOW)
    op.execute(
        "UPDATE extracted_text SET retry_at = read_at, tries = 0 WHERE EXISTS ("
        f"SELECT 1 FROM jsonb_array_elements(unread) AS one WHERE one ->> 'reason' IN ({reasons}))"
    )
    # A reason is shown in the words of today.
    old, new = '"reason": "扫描件，没有文字层"', '"reason": "扫描件，未识别文字"'
    op.execute(
        f"UPDATE extracted_text SET unread = replace(unread::text, '{old}', '{new}')::jsonb"
        f" WHERE unread @> '[{{{old}}}]'"
    )
    op.create_index(
        "ix_extracted_text_retry_at", "extracted_text", ["tenant_id", "retry_at"],
        postgresql_where=sa.text("retry_at IS NOT NULL"),
    )  # fmt: skip
    op.execute("GRANT UPDATE ON extracted_text TO gongkai_app")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE UPDATE ON extracted_text FROM gongkai_app")
    op.drop_index("ix_extracted_text_retry_at", "extracted_text")
    op.drop_column("extracted_text", "retry_at")
    op.drop_column("extracted_text", "tries")
