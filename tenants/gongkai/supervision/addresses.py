"""Web addresses that people give as evidence: the corrected page, the page a matter is about."""

from gongkai.core.errors import Fault, Refused
from gongkai.core.text.typed import one_line
from gongkai.publishing.collection.fetching import split_address

LONGEST = 500


def read_address(text: str, *, field: str, label: str, faults: list[Fault]) -> str:
    """A web address as typed into a form, on one line; empty stays empty, anything else is a fault of the field."""
    found = one_line(text)
    if not found:
        return ""
    if len(found) > LONGEST:
        faults.append(Fault(field, f"{label}超过{LONGEST}字", "请核对网址"))
        return ""
    try:
        split_address(found)
    except Refused:
        faults.append(Fault(field, f"{label}不是有效的网址", "请填写以 https:// 或 http:// 开头的完整地址"))
        return ""
    return found
