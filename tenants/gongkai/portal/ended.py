"""Information whose display has ended （公示截止）: its page is a stub, and everything else of it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import DomainError
from gongkai.publishing.lifecycle.display import has_ended


@dataclass(frozen=True, slots=True)
class EndedPage:
    """All that is still told: what it was called, its number, from when to when it was shown, and by whom."""

    title: str
    index_number: str
    since: date
    until: date
    unit_code: str
    unit_name: str
    column_code: str
    column_name: str
    trail: Sequence[Sequence[str]]


class DisplayEnded(DomainError):
    """An item whose display has ended; it was not taken down, and is still in the counts and the archive."""

    def __init__(self, title: str, until: date, page: EndedPage | None = None) -> None:
        self.page = page
        super().__init__(f"《{title}》公示已结束（截止{format_date(until)}），不再提供正文、打印页面和附件。")


def expect_display(row: AnyRow, today: date) -> None:
    """Refuse the item of a row of `item_queries.shown_item` when its display has ended on `today`.

    Raises:
        DisplayEnded: with the page that is left of it.
    """
    if not has_ended(row.display_until, today):
        return
    title = str(row.content["title"])
    left = EndedPage(
        title=title,
        index_number=row.index_number,
        since=shanghai_date(row.published_at),
        until=row.display_until,
        unit_code=row.unit_code,
        unit_name=row.official_name,
        column_code=row.column_code,
        column_name=row.column_name,
        trail=row.trail,
    )
    raise DisplayEnded(title, row.display_until, left)
