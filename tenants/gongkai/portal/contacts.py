"""How to reach a unit's disclosure office, and how to hand in a request without the internet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongkai.catalog.guide_content import CHANNELS

LABELS = {
    "office_name": "工作机构",
    "address": "办公地址",
    "postcode": "邮政编码",
    "hours": "办公时间",
    "phone": "联系电话",
    "fax": "传真",
    "email": "电子邮箱",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """A disclosure office.

    Attributes:
        rows: (label, value) of what is known.
        channels: (name, how) of the ways to hand in a request that need no form of ours.
    """

    rows: Sequence[tuple[str, str]]
    phone: str
    email: str
    address: str
    office: str
    channels: Sequence[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.rows)


def contact(guide: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> Contact:
    """The office as the unit's guide in force names it; what the guide leaves out comes from the unit's record."""
    guide, kept = guide or {}, kept or {}
    found = {key: words for key in LABELS if (words := _words(guide.get(key)) or _words(kept.get(key)))}
    channels = [(CHANNELS.get(entry["kind"], ""), entry["detail"]) for entry in guide.get("request_channels", ())]
    return Contact(
        rows=[(label, found[key]) for key, label in LABELS.items() if key in found],
        phone=found.get("phone", ""),
        email=found.get("email", ""),
        address=found.get("address", ""),
        office=found.get("office_name", ""),
        channels=[(name, how) for name, how in channels if name and name != CHANNELS["online"]],
    )


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return "；".join(str(line) for line in value)
    return str(value or "").strip()
