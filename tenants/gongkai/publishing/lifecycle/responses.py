"""Answers that the views of this room share."""

from flask.typing import ResponseReturnValue

from gongkai.core.storage.names import content_disposition

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content: bytes, name: str) -> ResponseReturnValue:
    """A spreadsheet to keep under this name."""
    return content, 200, {"Content-Type": WORKBOOK, "Content-Disposition": content_disposition(name)}
