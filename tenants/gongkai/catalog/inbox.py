"""The closed column where a unit's documents wait that came without a column; nothing is ever published in it."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.catalog.models import INBOX_CODE, ContentColumn
from gongkai.core.uow import UnitOfWork

NAME = "待归类"


def inbox_column(uow: UnitOfWork, *, tenant_id: int) -> int:
    """Id of the unit's inbox, made at first use. It is closed and takes no items, so that no page offers it."""
    values = {
        "tenant_id": tenant_id, "code": INBOX_CODE, "name": NAME, "level": 1, "part": "other", "statutory_item": "",
        "update_period": "event", "rule_type": "other", "key_area_group": "", "required": False,
        "owner_role": "contributor", "responsible_section": "", "description": "", "sort_order": 9990,
        "accepts_items": False, "active": False, "created_at": uow.now,
    }  # fmt: skip
    uow.session.execute(insert(ContentColumn).values(values).on_conflict_do_nothing())
    own = ContentColumn.tenant_id == tenant_id, ContentColumn.code == INBOX_CODE
    return uow.session.execute(select(ContentColumn.id).where(*own)).scalar_one()
