"""The metadata table of an item: our fields in the order of the official page, or a migrated page's own as found."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from unicodedata import east_asian_width

from gongkai.core.calendar.instants import format_date
from gongkai.portal.addresses import outside
from gongkai.publishing.consultations import consultation_words
from gongkai.publishing.models import ENTRY_ROUTES, MODES, VALIDITIES

Row = tuple[str, str, str]
"""Label, value, address (empty for none)."""

WIDE_FROM = 40
"""Width of a value, in half-width characters, from which on it takes a whole line."""
_NUMBER_LABELS = frozenset({"索引号", "信息索引号", "信息索引", "索引"})
_PUBLISHED_LABELS = frozenset({"发布日期", "公开日期", "发布时间", "公开时间", "发文时间", "首次公开时间"})


def own_rows(content: Mapping[str, Any], *, published: str, agency: str, source: Row) -> list[Row]:
    """Our fields: the six of the official head always, the rest where there is something to say."""
    optional = content.get("optional") or {}
    head = [
        ("索引号", content["index_number"]),
        ("公开形式", optional.get("publication_channels")),
        ("文号", content.get("document_number")),
        ("公开时限", optional.get("disclosure_time_limit")),
        ("发布机构", agency),
        ("生成日期", content.get("formed_date")),
    ]
    rest = [
        ("联合发文机关", optional.get("co_issuers")),
        ("发布日期", published),
        ("主题分类", content.get("subject_class")),
        ("体裁分类", content.get("genre_class")),
        ("公开方式", MODES.get(content.get("disclosure_mode", ""))),
        ("有效性", VALIDITIES.get(content.get("validity", ""))),
        ("生效日期", content.get("effective_date")),
        ("废止日期", content.get("repealed_date")),
        ("有效期", _term(optional.get("validity_period"), content.get("valid_until"))),
        ("公示截止", _display(content.get("display_until"), optional.get("display_basis"))),
        ("征求意见", consultation_words(optional)),
        ("公开范围", optional.get("disclosure_scope")),
        ("关键词", optional.get("keywords")),
    ]
    rows = [(label, str(value or ""), "") for label, value in head]
    rows += [(label, str(value), "") for label, value in rest if value]
    rows.append(source)
    if content.get("summary"):
        rows.append(("内容概述", str(content["summary"]), ""))
    return rows


def _term(written: Any, until: Any) -> str:
    """The term as written, with its last day where that is not what is written."""
    if not until or not written:
        return str(written or "")
    last = f"至{format_date(date.fromisoformat(str(until)))}"
    return last if re.search(r"\d{4}", str(written)) else f"{written}（{last}）"


def _display(until: Any, basis: Any) -> str:
    return f"{until}（依据：{str(basis).rstrip('。')}）" if until and basis else str(until or "")


def labels_as_found(content: Mapping[str, Any]) -> list[Row]:
    """The labels and values of the page that a migrated item comes from, in its order, not a character changed."""
    pairs = content.get("original_labels") or []
    return [(str(pair[0]), str(pair[1]), "") for pair in pairs if len(pair) == 2]


def added_rows(content: Mapping[str, Any], found: Sequence[Row], *, published: str, source: Row) -> list[Row]:
    """What we add below a page's own labels: only what is missing there, and how the item came here."""
    labels = {label.strip().rstrip("：: ") for label, _, _ in found}
    rows: list[Row] = []
    if not labels & _NUMBER_LABELS:
        rows.append(("索引号", str(content["index_number"]), ""))
    if not labels & _PUBLISHED_LABELS:
        rows.append(("发布日期", published, ""))
    return [*rows, source, *migration_rows(content)]


def migration_rows(content: Mapping[str, Any]) -> list[Row]:
    """How a migrated item came here, and from where."""
    if content.get("entry_route") != "migrated":
        return []
    rows: list[Row] = [("录入方式", ENTRY_ROUTES["migrated"], "")]
    optional = content.get("optional") or {}
    if repairs := optional.get("old_page_repairs"):
        rows.append(("网页修复", f"本页由原网站迁移，已作{repairs}处修复", ""))
    if optional.get("old_page_script") == "traditional":
        rows.append(("文字", "繁体（按原网页保留）", ""))
    url = str(content.get("source_url") or "").strip()
    return [*rows, ("原网址", url, outside(url))] if url else rows


def wide_labels(rows: Iterable[Row]) -> list[str]:
    """Labels whose row takes a whole line, so that two-column tables of any values have no gaps."""
    wide: list[str] = []
    alone = ""
    for label, value, _ in rows:
        if _width(value) > WIDE_FROM:
            wide += [alone, label] if alone else [label]
            alone = ""
        else:
            alone = "" if alone else label
    return [*wide, alone] if alone else wide


def _width(value: str) -> int:
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in value)
