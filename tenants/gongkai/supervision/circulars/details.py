"""What the office adds to the figures: whom it names, by when, who answers the telephone, how it is issued."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from gongkai.core.calendar.workdays import WorkingDayCalendar
from gongkai.supervision.circulars.snapshot import Office

RECTIFY_WORKING_DAYS = 10
RECHECK_WORKING_DAYS = 2


@dataclass(frozen=True)
class Details:
    """The office's part of a circular; dates in ISO form, empty while open.

    Attributes:
        left_out: problem class → unit code → why it is not named.
        commended: codes of the commended units; None means those of the facts.
        public_version: whether a published circular names no unit and carries no annex.
        disclosure_reason: the office's note on publishing it, kept with the item's checks.
    """

    addressees: str = ""
    banner: str = ""
    signature: str = ""
    copied_to: str = ""
    deadline: str = ""
    recheck_date: str = ""
    contact: str = ""
    phone: str = ""
    left_out: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    commended: tuple[str, ...] | None = None
    public_version: bool = True
    disclosure_reason: str = ""


_ADAPTER = TypeAdapter(Details)


def details_to_json(details: Details) -> dict[str, Any]:
    """The details with JSON types only."""
    plain: dict[str, Any] = _ADAPTER.dump_python(details, mode="json")
    return plain


def details_from_json(stored: Mapping[str, Any]) -> Details:
    """Stored details; unknown keys are an error of ours and raise `pydantic.ValidationError`."""
    return _ADAPTER.validate_python(stored)


def first_details(office: Office, *, calendar: WorkingDayCalendar, today: date, contact: Mapping[str, Any]) -> Details:
    """What a new circular begins with: usual addressees, ten working days to rectify, the office's telephone."""
    deadline = calendar.add_working_days(today, RECTIFY_WORKING_DAYS).date
    agency = f"{office.official_name.removesuffix('办公室')}办公室"
    return Details(
        addressees=usual_addressees(office),
        banner=f"{agency}文件",
        signature=agency,
        deadline=deadline.isoformat(),
        recheck_date=calendar.add_working_days(deadline, RECHECK_WORKING_DAYS).date.isoformat(),
        contact=str(contact.get("person") or contact.get("name") or ""),
        phone=str(contact.get("phone") or ""),
    )


def usual_addressees(office: Office) -> str:
    """The addressees of an office's circulars (`supervision.md` 7.1), without the closing colon."""
    below = "各县（市、区）人民政府" if office.is_prefecture else "各乡镇人民政府、街道办事处"
    own = office.place or ("市" if office.is_prefecture else "县")
    return f"{below}，{own}政府各部门、各直属机构，有关公共企事业单位"
