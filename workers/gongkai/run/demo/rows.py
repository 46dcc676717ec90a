"""The row that the migration import reads, and that the demonstration's chain publishes."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item with the columns of the migration import.

    Text fields are empty where an item has none (`document_number`, `validity` of items that are no
    documents; `index_number`, `source_url` and `external_id` of items that go through the chain).
    `published_at` is an aware instant in Asia/Shanghai. Classes are written `一级/二级`.
    """

    unit_code: str
    column_code: str
    title: str
    document_number: str
    index_number: str
    issuing_agency: str
    formed_date: date
    published_at: datetime
    summary: str
    body_html: str
    subject_class: str
    genre_class: str
    disclosure_mode: str
    validity: str
    source_url: str
    external_id: str
    responsible_unit: str
    is_reprint: bool


def channels(row: ItemRow) -> dict[str, str]:
    """公开形式 and 公开时限 of an item: what bears a document number also goes into the gazette."""
    form = "网站、政府公报" if row.document_number and not row.is_reprint else "网站"
    return {"publication_channels": form, "disclosure_time_limit": "长期公开"}
