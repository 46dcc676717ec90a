"""What the public is told about information that is no longer shown."""

from datetime import datetime

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import DomainError


class Gone(DomainError):
    """It was public and is not any more."""


class FileGone(Gone):
    """A file that an office has taken down; neither its name nor what it was is told."""

    def __init__(self) -> None:
        super().__init__("这个附件曾在本平台公开，现已撤下。")


class ColumnGone(Gone):
    """A column that an office has taken down."""

    def __init__(self) -> None:
        super().__init__("这个栏目曾在本平台公开，现已撤下。")


class TakenDown(Gone):
    """An item that was public and is not any more; only its number and the day of its registration are told."""

    def __init__(self, number: str, given_at: datetime) -> None:
        self.number = number
        day = format_date(shanghai_date(given_at))
        super().__init__(f"索引号为“{number}”的信息于{day}登记公开，现已撤下。")
