"""Asking for near-duplicates: which published item a draft is like, and those that stand as facts of SR-Q5."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.likeness.fingerprint import bands_of, pieces_of, signature
from gongkai.publishing.likeness.matching import MOST_SHARING, best_of, promising, texts_of
from gongkai.publishing.models import Item

# A draft has no row of its own: its bands are given.
_SHARING = text("""
SELECT o.item_id, o.signature FROM fingerprint_band AS b
JOIN item_fingerprint AS o ON o.tenant_id = :unit AND o.item_id = b.item_id
WHERE b.tenant_id = :unit AND b.band = ANY (CAST(:bands AS integer[])) AND o.published_at > :since
    AND o.item_id <> ALL (CAST(:own AS bigint[]))
GROUP BY o.tenant_id, o.item_id
ORDER BY count(*) DESC, o.published_at DESC, o.item_id DESC LIMIT :most
""")


def published_like(
    uow: UnitOfWork, *, tenant_id: int, words: str, since: datetime, own: Sequence[int] = ()
) -> str | None:
    """Title of the unit's public item since a time that a text is most like, if one is a near-duplicate.

    `own` are items that are not asked for: the text's own, and the one that it revises.
    """
    pieces = pieces_of(words)
    if not pieces:
        return None
    values = signature(pieces)
    asked = {
        "unit": tenant_id, "bands": bands_of(values), "since": since, "own": list(own), "most": MOST_SHARING,
    }  # fmt: skip
    near = promising(values, uow.session.execute(_SHARING, asked).all())
    found = best_of(pieces, texts_of(uow, unit_id=tenant_id, item_ids=near)) if near else None
    return uow.session.scalar(select(Item.title).where(Item.id == found.item_id)) if found else None
