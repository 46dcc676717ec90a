"""What the public is told about information that is no longer shown."""

from datetime import datetime

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import DomainError


class TakenDown(DomainError):
    """An item that was public and is not any more; only its number and the day of its registration are told."""

    def __init__(self, number: str, given_at: datetime) -> None:
        self.number = number
        day = format_date(shanghai_date(given_at))
        super().__init__(f"索引号为“{number}”的信息于{day}登记公开，现已由发布单位撤下。")
