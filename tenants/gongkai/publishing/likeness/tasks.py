"""Jobs of the near-duplicates: items that change are compared, and what was published before has its turn by and by."""

import time
from collections.abc import Sequence

from sqlalchemy import exists, select

from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.likeness.models import ItemFingerprint
from gongkai.publishing.likeness.services import compare_items
from gongkai.publishing.models import Item

WANTED = "item.comparison_wanted"
BATCH = 100
ASKED_AT_ONCE = 5_000
RUN_SECONDS = 120.0


def want_comparison(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.changed`: comparing takes its time, and what was published shall be found meanwhile."""
    for item_id in item_ids:
        uow.emit(WANTED, item_id)


def compare_wanted(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.comparison_wanted`: the fingerprint of an item follows its current version."""
    for first in range(0, len(item_ids), BATCH):
        compare_items(uow, item_ids=item_ids[first : first + BATCH])


def compare_backlog(services: Services) -> None:
    """Compare public items that have no fingerprint yet; each batch is kept, and the next run goes on."""
    with services.database.system_scope("fingerprints to be made") as uow:
        known = exists().where(ItemFingerprint.item_id == Item.id)
        query = select(Item.id).where(Item.is_public, ~known).order_by(Item.tenant_id, Item.published_at, Item.id)
        waiting = uow.session.scalars(query.limit(ASKED_AT_ONCE)).all()
    until = time.monotonic() + RUN_SECONDS
    for first in range(0, len(waiting), BATCH):
        if time.monotonic() > until:
            return
        with services.database.system_scope("fingerprints of published items") as uow:
            compare_items(uow, item_ids=waiting[first : first + BATCH])
