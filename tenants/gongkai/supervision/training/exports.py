"""A year of the register as a spreadsheet (form D17): sessions, units, persons."""

from collections.abc import Sequence
from itertools import count

from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.supervision.training.figures import Session, UnitYear

SESSIONS = (
    "序号", "培训日期", "培训主题", "主办单位", "形式", "地点", "学时", "场次", "应参训单位", "已到", "请假", "未参加",
    "参训人次", "总学时", "依据", "名单",
)  # fmt: skip
UNITS = ("序号", "单位", "应参训", "已到", "请假", "未参加", "参训人次", "总学时")
PERSONS = ("序号", "单位", "姓名", "科室/职务", "参训次数", "学时")


def year_workbook(sessions: Sequence[Session], units: Sequence[UnitYear]) -> bytes:
    """The workbook's bytes; units and persons in official order, open lists in the first sheet only."""
    number = count(1)
    persons = [(unit.name, person) for unit in units for person in unit.people]
    return write_xlsx(
        [
            Sheet("培训登记", SESSIONS, [(next(number), *_session(row)) for row in reversed(sessions)]),
            Sheet(
                "各单位参训情况",
                UNITS,
                [
                    (place, row.name, row.invited, row.attended, row.excused, row.absent, row.person_times, row.hours)
                    for place, row in enumerate(units, 1)
                ],
            ),
            Sheet(
                "人员学时",
                PERSONS,
                [
                    (place, unit, person.name, person.section, person.times, person.hours)
                    for place, (unit, person) in enumerate(persons, 1)
                ],
            ),
        ]
    )


def _session(row: Session) -> tuple[Value, ...]:
    closed = row.closed_at is not None
    return (
        row.held_date, row.topic, row.organiser, "线上" if row.online else "现场", row.place, row.hours, row.times,
        row.invited, row.attended, row.excused, row.absent if closed else None, row.persons, row.person_hours,
        row.source, "已确认" if closed else "未确认",
    )  # fmt: skip
