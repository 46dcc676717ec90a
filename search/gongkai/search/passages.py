"""Where in its attachments a document has the words that neither its title nor its text has."""

from collections.abc import Collection, Sequence

from sqlalchemy import text

from gongkai.core.uow import UnitOfWork
from gongkai.search.finding import Needle
from gongkai.search.ranking import InFile

MOST_NEEDLES = 8
_BEST = text("""
SELECT DISTINCT ON (item_id) item_id, file, place, text, text_folded
FROM search_passage,
LATERAL (SELECT sum(weight) AS value
    FROM unnest(CAST(:needles AS text[]), CAST(:weights AS float8[])) AS asked (needle, weight)
    WHERE strpos(text_folded, needle) > 0) AS found
WHERE item_id = ANY (CAST(:item_ids AS bigint[])) AND found.value > 0
ORDER BY item_id, found.value DESC, number
""")


def best_passages(uow: UnitOfWork, *, item_ids: Collection[int], needles: Sequence[Needle]) -> dict[int, InFile]:
    """Item → the passage that has most of these texts; items without any such passage are absent."""
    weightiest = sorted(needles, key=lambda needle: -needle.weight)[:MOST_NEEDLES]
    if not (item_ids and weightiest):
        return {}
    values = {
        "item_ids": sorted(item_ids),
        "needles": [needle.text for needle in weightiest],
        "weights": [needle.weight for needle in weightiest],
    }
    rows = uow.session.execute(_BEST, values)
    return {row.item_id: InFile(row.file, row.place, row.text, row.text_folded) for row in rows}
