"""Taking a document on: it is filed in a column, and whoever files it becomes an author of the draft."""

from dataclasses import replace

from gongkai.accounts.actors import Actor
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import get_item
from gongkai.publishing.drafts import form_of, save_draft
from gongkai.publishing.intake.access import get_document
from gongkai.publishing.models import Item


def file_document(uow: UnitOfWork, *, actor: Actor, intake_id: int, column_id: int) -> Item:
    """File the draft of a received document in a column; its limit is that of the column.

    Raises:
        NotFound: when document or column is not this unit's, or the draft was thrown away.
        Conflict: when it is no draft any more.
        Invalid: when the column takes no items.
    """
    document = get_document(uow, tenant_id=actor.tenant_id, intake_id=intake_id)
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=document.item_id)
    return save_draft(uow, actor=actor, item_id=item.id, form=replace(form_of(item), column_id=column_id))
