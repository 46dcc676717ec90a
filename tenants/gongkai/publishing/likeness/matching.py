"""The most similar of some items: by signatures first, the best of them piece by piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter

from sqlalchemy import select

from gongkai.core.db import AnyRow
from gongkai.core.richtext.plain import to_text
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.likeness.fingerprint import compared, estimate, pieces_of
from gongkai.publishing.models import Item, VersionText

ALIKE = Fraction(9, 10)
"""Similarity from which two texts are near-duplicates."""
MARGIN = 0.15
"""So far below it the estimate of two that are may lie."""
MOST_SHARING = 50
"""Candidates of an item, those that share most bands with it: the reports of one form can be very many."""
MOST_COMPARED = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another item, and the pieces shared with it of those of both together."""

    item_id: int
    shared: int
    total: int

    @property
    def rank(self) -> tuple[Fraction, int]:
        """The more similar one is the better match, of equal ones the newer."""
        return Fraction(self.shared, self.total), self.item_id


def promising(values: Sequence[int], others: Sequence[AnyRow]) -> list[int]:
    """Of others (rows: item_id, signature) those that may be near-duplicates by their signatures, the best first."""
    near = sorted(((estimate(values, row.signature), row.item_id) for row in others), reverse=True)
    return [item_id for near_by, item_id in near if near_by >= float(ALIKE) - MARGIN][:MOST_COMPARED]


def best_of(pieces: frozenset[bytes], texts: Mapping[int, str]) -> Likeness | None:
    """The most similar of texts （item → HTML）, if one is a near-duplicate; what is too short is like nothing."""
    measured = [Likeness(item_id, *compared(pieces, pieces_of(to_text(html)))) for item_id, html in texts.items()]
    alike = [one for one in measured if one.shared and one.shared >= ALIKE * one.total]
    return max(alike, key=attrgetter("rank"), default=None)


def texts_of(uow: UnitOfWork, *, unit_id: int, item_ids: Sequence[int]) -> dict[int, str]:
    """Item → HTML of what the public reads; public items of the unit only."""
    query = (
        select(Item.id, VersionText.body_html)
        .join(VersionText, VersionText.version_id == Item.current_version_id)
        .where(Item.tenant_id == unit_id, Item.id.in_(item_ids), Item.is_public)
    )
    return {row.id: row.body_html for row in uow.session.execute(query)}
