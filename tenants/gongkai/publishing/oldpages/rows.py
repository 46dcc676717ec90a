"""A page as a row of the migration import: the same labels are understood, the same faults are found."""

import csv
from dataclasses import replace
from io import StringIO

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.text.damage.scripts import Script
from gongkai.publishing.imports.columns import TITLES
from gongkai.publishing.imports.rows import NumberedRow, open_list, read_rows
from gongkai.publishing.oldpages.document import Parts
from gongkai.publishing.oldpages.labels import known_column
from gongkai.publishing.oldpages.models import OldPage

REPAIRS_KEY, SCRIPT_KEY = "old_page_repairs", "old_page_script"
"""Under `optional` of the item: how many places were repaired; the script, where it is not simplified."""


def external_id(page: OldPage) -> str:
    """The key under which the migration knows a page again."""
    return f"old-page:{page.file_digest}"


def migration_row(page: OldPage, parts: Parts, *, column: str, repairs: int, number: int) -> NumberedRow:
    """The row of a page with its repaired parts; labels stay as found, the known ones fill the fields of their name."""
    fields = {
        TITLES["column"]: column,
        TITLES["title"]: parts.title or page.given_title,
        TITLES["published_at"]: _written(page),
        TITLES["external_id"]: external_id(page),
        TITLES["source_url"]: page.source_url,
    }
    taken = {"title", "published_at"}
    for label, value in parts.labels:
        found = known_column(label)
        if found and found.key not in taken:
            taken.add(found.key)
            fields[found.title] = value
    sheet = StringIO(newline="")
    csv.writer(sheet).writerows([[*fields], [*fields.values()]])
    (row,) = read_rows(open_list(sheet.getvalue().encode(), "page.csv", kind="migration"))
    optional = row.row.optional
    if repairs:
        optional = optional | {REPAIRS_KEY: repairs}
    if page.script != Script.SIMPLIFIED:
        optional = optional | {SCRIPT_KEY: page.script}
    labels = parts.labels or None
    row.row = replace(row.row, body_html=parts.body_html, original_labels=labels, optional=optional)
    row.number = number
    return row


def _written(page: OldPage) -> str:
    return page.published_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if page.published_at else ""
