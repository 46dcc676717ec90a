"""Who came: lists of persons by unit, from ticks or from a spreadsheet （单位, 姓名, 科室/职务, 学时）."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from gongkai.core.db import AnyRow
from gongkai.core.errors import Fault, Invalid
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.columns import Column
from gongkai.core.tables.rows import Table, TableRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.facts.units import UnitList, explain
from gongkai.supervision.training.models import TrainingAttendance, TrainingSession, TrainingUnit
from gongkai.supervision.training.queries import members_of
from gongkai.supervision.training.schemas import (
    NAME_LIMIT,
    Person,
    hours_words,
    namesakes,
    plain_name,
    read_hours,
    read_persons,
)
from gongkai.supervision.training.services import CLOSED, audit, session_to_change

COLUMNS = (
    Column("unit", "单位", required=True, aliases=("单位名称", "单位代码", "工作单位"), help="简称、全称或代码"),
    Column("name", "姓名", required=True, aliases=("参训人员", "签到人", "参加人员")),
    Column("section", "科室/职务", aliases=("科室", "职务", "处室", "股室", "岗位"), help="同一单位有同名人员时必填"),
    Column("hours", "学时", aliases=("课时",), help="与本次培训学时不同的才填写"),
)
EXAMPLES: tuple[tuple[str, ...], ...] = (
    ("示例局", "张三", "办公室", ""),
    ("示例局", "李四", "法规科", "2.5"),
    ("示例镇", "王五", "", ""),
)
Lists = Mapping[int, Sequence[Person]]
"""Unit → its persons."""


def record_attendance(
    uow: UnitOfWork, *, office_id: int, entered_by: int | None, session_id: int, lists: Lists, reason: str = ""
) -> int:
    """Make these the persons who came for these units of the office; other units stay as they are.

    A unit that was not invited is recorded as having come by itself, and leaves the register with its last person.

    Returns:
        The number of units whose list changed.

    Raises:
        NotFound: when the session is missing or another office's.
        Invalid: when a unit has namesakes that no section tells apart, or the list is closed and no reason is given.
    """
    session = session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    wrong = [name for persons in lists.values() for name in namesakes(persons)]
    if wrong:
        problem = f"同一单位有同名人员（{'、'.join(wrong[:5])}），无法区分"
        raise Invalid([Fault("persons", problem, "请在姓名后用括号写明各自的科室")])
    present = persons_of(uow, session_id=session_id, unit_ids=list(lists))
    changed = {unit_id: list(after) for unit_id, after in lists.items() if _differs(present.get(unit_id, []), after)}
    if not changed:
        return 0
    _replace(uow, session, changed, entered_by)
    deed = {
        str(unit_id): [[person_words(p) for p in present.get(unit_id, [])], [person_words(p) for p in after]]
        for unit_id, after in changed.items()
    }
    audit(uow, "training.attend", session, reason=reason, units=sorted(changed), persons=deed)
    if session.closed_at is not None:
        uow.emit(CLOSED, session.id)
    return len(changed)


def persons_of(uow: UnitOfWork, *, session_id: int, unit_ids: Sequence[int]) -> dict[int, list[Person]]:
    """The persons on record for some units of a session, in the order in which they were entered."""
    who = TrainingAttendance
    query = select(who.unit_id, who.name, who.section, who.hours).where(
        who.session_id == session_id, who.unit_id.in_(unit_ids)
    )
    found: dict[int, list[Person]] = {}
    for row in uow.session.execute(query.order_by(who.id)):
        found.setdefault(row.unit_id, []).append(Person(row.name, row.section, row.hours))
    return found


def person_words(person: Person) -> str:
    """A person in one word: 张三（办公室）2.5学时."""
    section = f"（{person.section}）" if person.section else ""
    return f"{person.name}{section}{f'{hours_words(person.hours)}学时' if person.hours else ''}"


def import_attendance(
    uow: UnitOfWork,
    *,
    office_id: int,
    entered_by: int | None,
    session_id: int,
    units: UnitList,
    table: Table,
    reason: str = "",
) -> tuple[int, list[CellFault]]:
    """Add the persons of a list, all or none; a person there already is brought in line, so a second run is harmless.

    Returns:
        The number of persons in the list, and the faults; with faults nothing is recorded.

    Raises:
        NotFound: when the session is missing or another office's.
        Invalid: when the list is closed and no reason is given.
    """
    session_to_change(uow, office_id=office_id, session_id=session_id, reason=reason)
    wrong = list(table.faults)
    found: dict[int, list[tuple[TableRow, Person]]] = {}
    for row in table.rows:
        read = _read(row, units)
        if read is None:
            wrong.extend(row.faults)
        else:
            found.setdefault(read[0], []).append((row, read[1]))
    present = persons_of(uow, session_id=session_id, unit_ids=list(found))
    lists = {unit_id: _merged(present.get(unit_id, []), rows) for unit_id, rows in found.items()}
    wrong += [fault for rows in found.values() for row, _ in rows for fault in row.faults]
    if wrong:
        return 0, sorted(wrong, key=lambda fault: fault.row)
    record_attendance(
        uow, office_id=office_id, entered_by=entered_by, session_id=session_id, lists=lists, reason=reason
    )
    return sum(len(rows) for rows in found.values()), []


def _read(row: TableRow, units: UnitList) -> tuple[int, Person] | None:
    meant = units.find(row.text("unit"))
    if len(meant) != 1 and "unit" in row.values:
        row.fault("unit", explain(row.text("unit"), meant), "请填写单位代码，或核对单位名称")
    section = " ".join(row.text("section").split())
    if len(section) > NAME_LIMIT:
        row.fault("section", f"科室/职务过长（{len(section)}字）", f"请控制在{NAME_LIMIT}字以内")
    persons, unread = read_persons(row.text("name"))
    if "name" in row.values and (unread or len(persons) != 1 or persons[0].hours):
        row.fault("name", "不是一个姓名", "请每行只填写一人的姓名，科室、学时写在各自的列中")
    hours: Decimal | None = None
    if row.text("hours"):
        hours = read_hours(row.text("hours"))
        if hours is None:
            row.fault("hours", "不是有效的学时", "请填写大于0、不超过200的数，最多一位小数，或者留空")
    if row.faults:
        return None
    return meant[0].id, Person(persons[0].name, section or persons[0].section, hours)


def _merged(present: Sequence[Person], rows: Sequence[tuple[TableRow, Person]]) -> list[Person]:
    """A unit's list with the persons of a table; faults go to the rows that repeat somebody or tell nobody apart."""
    known = {(person.name, person.section): person for person in present}
    seen: set[tuple[str, str]] = set()
    for row, person in rows:
        key = (person.name, person.section)
        if key in seen:
            row.fault("name", "同一单位的同一人员出现了两次", "请只保留一行；确为同名的，请分别填写科室")
        seen.add(key)
        known[key] = replace(person, hours=person.hours or (known[key].hours if key in known else None))
    again = set(namesakes(known.values()))
    for row, person in rows:
        if person.name in again and not row.faults:
            row.fault("name", "同一单位有同名人员，无法区分", "请分别填写科室；是同一人的，科室应与已登记的一致")
    return list(known.values())


def _differs(before: Sequence[Person], after: Sequence[Person]) -> bool:
    return sorted(map(person_words, before)) != sorted(map(person_words, after))


def _replace(
    uow: UnitOfWork, session: TrainingSession, lists: Mapping[int, list[Person]], entered_by: int | None
) -> None:
    who, unit = TrainingAttendance, TrainingUnit
    uow.session.execute(delete(who).where(who.session_id == session.id, who.unit_id.in_(lists)))
    base = {"tenant_id": session.tenant_id, "session_id": session.id}
    came = [unit_id for unit_id, persons in lists.items() if persons]
    gone = [unit_id for unit_id, persons in lists.items() if not persons]
    if came:
        rows = [
            {**base, "unit_id": unit_id, "invited": False, "excuse": "", "added_at": uow.now} for unit_id in came
        ]  # fmt: skip
        uow.session.execute(insert_or_skip(unit).values(rows).on_conflict_do_nothing())
    uow.session.execute(delete(unit).where(unit.session_id == session.id, unit.unit_id.in_(gone), ~unit.invited))
    members = members_of(uow, unit_ids=came)
    values = [
        {
            **base, "unit_id": unit_id, "name": person.name, "section": person.section, "hours": person.hours,
            "user_id": _account(members.get(unit_id, []), person), "recorded_by": entered_by, "recorded_at": uow.now,
        }
        for unit_id, persons in lists.items()
        for person in persons
    ]  # fmt: skip
    if values:
        uow.session.execute(insert(who), values)


def _account(members: Sequence[AnyRow], person: Person) -> int | None:
    """The account of the one member who bears this name; of several, of the one in this section."""
    same = [member for member in members if plain_name(member.name) == person.name]
    if len(same) > 1:
        same = [member for member in same if member.section == person.section]
    return same[0].user_id if len(same) == 1 else None
