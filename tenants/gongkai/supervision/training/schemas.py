"""What an office enters about a training session, and the persons of a list (form D17)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from gongkai.core.errors import Fault, Invalid

FIRST_DAY = date(2008, 5, 1)
"""The regulation came into force on this day; nothing was trained on it before."""
AHEAD = timedelta(days=366)
TEXT_LIMIT = 300
TOPIC_LIMIT = 100
NAME_LIMIT = 30
MOST_HOURS = Decimal(200)
_TIMES = re.compile(r"[1-9][0-9]?")
_HOURS = re.compile(r"[0-9]{1,3}(\.[0-9])?")
_PERSON = re.compile(
    r"(?P<name>[^（）()、，,；;\d]+)(?:[（(](?P<section>[^（）()]+)[）)])?\s*(?:(?P<hours>[\d.]+)\s*(?:学时)?)?"
)
_BETWEEN = re.compile(r"[\n\r、，,；;]+")
_CHINESE_SPACED = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class SessionForm:
    """A session as entered; `hours` are the class hours of one person, `times` how often it was held （场次）."""

    held_date: date
    topic: str
    organiser: str
    hours: Decimal
    online: bool = False
    place: str = ""
    times: int = 1
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who came; `hours` only where they differ from the session's."""

    name: str
    section: str = ""
    hours: Decimal | None = None


def read_session(values: Mapping[str, str], *, today: date) -> SessionForm:
    """A session from a form.

    Raises:
        Invalid: naming each field that is missing, unreadable, too long or impossible.
    """
    faults: list[Fault] = []
    held = _day(values.get("held_date", ""), today, faults)
    topic = read_line(values, "topic", "培训主题", faults, limit=TOPIC_LIMIT, required=True)
    organiser = read_line(values, "organiser", "主办单位", faults, limit=TOPIC_LIMIT, required=True)
    online = values.get("form", "") == "online"
    place = read_line(values, "place", "培训地点", faults, limit=TOPIC_LIMIT, required=not online)
    hours = read_hours(values.get("hours", ""))
    if hours is None:
        faults.append(Fault("hours", "学时没有填写或者无效", "请填写大于0、不超过200的数，最多一位小数，如3.5"))
    times = _times(values.get("times", ""), faults)
    source = read_line(values, "source", "依据", faults)
    note = read_line(values, "note", "说明", faults)
    if faults or held is None or hours is None:
        raise Invalid(faults)
    return SessionForm(held, topic, organiser, hours, online, place, times, source, note)


def read_line(
    values: Mapping[str, str],
    name: str,
    label: str,
    faults: list[Fault],
    *,
    limit: int = TEXT_LIMIT,
    required: bool = False,
) -> str:
    """A text of a form in one line; missing or too long is a fault."""
    text = " ".join(values.get(name, "").split())
    if required and not text:
        faults.append(Fault(name, f"{label}没有填写", f"请填写{label}"))
    if len(text) > limit:
        faults.append(Fault(name, f"{label}过长（{len(text)}字）", f"请控制在{limit}字以内"))
    return text


def read_hours(text: str) -> Decimal | None:
    """Class hours with at most one decimal, above 0 and at most 200; None for anything else."""
    plain = text.strip().removesuffix("学时").strip()
    if not _HOURS.fullmatch(plain):
        return None
    hours = Decimal(plain)
    return hours if 0 < hours <= MOST_HOURS else None


def read_persons(text: str) -> tuple[list[Person], list[str]]:
    """Persons written as 张三、李四（办公室）、王五2.5学时, and a sentence for each that cannot be read."""
    found: list[Person] = []
    problems: list[str] = []
    for part in filter(None, (part.strip() for part in _BETWEEN.split(text))):
        parts = _PERSON.fullmatch(part)
        hours = read_hours(parts["hours"]) if parts and parts["hours"] else None
        name = plain_name(parts["name"]) if parts else ""
        section = " ".join((parts["section"] or "").split()) if parts else ""
        if not name or len(name) > NAME_LIMIT or len(section) > NAME_LIMIT or (parts and parts["hours"] and not hours):
            problems.append(f"“{part[:30]}”无法识别")
        else:
            found.append(Person(name, section, hours))
    return found, problems


def hours_words(hours: Decimal) -> str:
    """Class hours as people write them, without a zero behind the point: 3, 2.5."""
    return f"{hours.normalize():f}"


def plain_name(text: str) -> str:
    """A person's name without the spaces that lists put between its characters （张　三）."""
    return _CHINESE_SPACED.sub("", " ".join(text.split()))


def namesakes(persons: Iterable[Person]) -> list[str]:
    """Names that a unit's list holds more than once without a section for each that tells them apart."""
    found: dict[str, list[str]] = {}
    for person in persons:
        found.setdefault(person.name, []).append(person.section)
    return [
        name
        for name, sections in found.items()
        if len(sections) > 1 and ("" in sections or len(set(sections)) < len(sections))
    ]


def _day(text: str, today: date, faults: list[Fault]) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        problem = f"培训日期“{text.strip()[:20]}”不是有效日期" if text.strip() else "培训日期没有填写"
        faults.append(Fault("held_date", problem, "请按2023-03-23的格式填写"))
        return None
    if not FIRST_DAY <= day <= today + AHEAD:
        faults.append(Fault("held_date", "培训日期过早，或者在一年以后", "请核对年份"))
    return day


def _times(text: str, faults: list[Fault]) -> int:
    plain = text.strip() or "1"
    if not _TIMES.fullmatch(plain):
        faults.append(Fault("times", f"场次“{plain[:20]}”无效", "请填写1至99的整数"))
        return 1
    return int(plain)
