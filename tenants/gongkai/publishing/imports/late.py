"""Items that come after the circular of their month was issued: said before the import and after it.

The figures of an issued circular are locked (`supervision.md` 7.2); what comes later is counted in its month and
shown beside the circular as a difference. A migration into such a month therefore waits until somebody confirms it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from gongkai.core.calendar.spans import MONTH, Span
from gongkai.core.errors import Conflict
from gongkai.core.ports import IssuedCircular
from gongkai.publishing.imports.models import ImportBatch


class NeedsConfirmation(Conflict):
    """The import comes after issued circulars that nobody has confirmed; nothing was written."""

    def __init__(self, late: Sequence[IssuedCircular]) -> None:
        super().__init__("".join(words(circular, done=False) for circular in late))
        self.late = late


def words(circular: IssuedCircular, *, done: bool) -> str:
    """What it means that items come after this circular, as one sentence; `done` when they have been brought."""
    span = Span.parse(circular.period)
    where = "该月" if span.length == MONTH else "该期"
    named = f"（{circular.number}）" if circular.number else ""
    come = "有" if done else "将有"
    return (
        f"{span.label}的通报已由{circular.office}印发{named}：本次导入{come}{circular.items}条计入{where}统计，"
        "已印发通报中的数字不变，差额在通报页面列出。"
    )


def to_json(late: Iterable[IssuedCircular]) -> list[dict[str, Any]]:
    """As it is kept with the batch."""
    return [asdict(circular) for circular in late]


def late_of(batch: ImportBatch) -> list[IssuedCircular]:
    """The issued circulars that were found for a batch; none where nobody has looked yet."""
    return [IssuedCircular(**stored) for stored in batch.late or ()]


def expect_confirmed(late: Sequence[IssuedCircular], confirmed: frozenset[int]) -> None:
    """Let an import into issued months go on only when each of their circulars was confirmed.

    Raises:
        NeedsConfirmation: with all of them, the confirmed ones too, as their numbers may be others now.
    """
    if any(circular.id not in confirmed for circular in late):
        raise NeedsConfirmation(late)
