"""The March case: a county-level city's units and items of three months, as a real circular states them.

The numbers are the document's (`data/march/units.csv`); the city is called 示范市 and every text is our own.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.text.pinyin import initials
from gongkai.run.demo.rows import ItemRow

CITY_CODE = "sf"
CITY_NAME = "示范市"
MARCH = Period(2023, 3)
MONTHS = (Period(2023, 1), Period(2023, 2), MARCH)
GROUP_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "key_platform": {"": "zfcg", "township": "jzxx", "subdistrict_office": "jzxx"},
    "key_fiscal": {"": "czys", "township": "snbt", "subdistrict_office": "snbt"},
    "key_enforcement": {"": "xzcf"},
    "key_other": {"": "yjgl"},
}
UTILITY_COLUMNS = ("fwxx", "tgxx", "jgsf")
AGENCY_COLUMNS = ("gsgg", "qtwj", "zcjd", "gsgg", "ghjh", "qtfw")
KIND_NAMES = {
    "township": "{}人民政府",
    "subdistrict_office": "{}办事处",
    "public_utility": "{}",
    "bureau": "{}",
    "development_zone": "{}",
}
SUBJECTS = {
    "zfcg": ("政府采购项目中标结果公告", "办公设备采购项目成交结果"),
    "jzxx": ("城乡低保审批结果公示", "临时救助资金发放情况公示"),
    "czys": ("部门预算公开说明", "专项资金分配情况公示"),
    "snbt": ("耕地地力保护补贴发放公示", "农机购置补贴资金兑付情况公示"),
    "xzcf": ("行政处罚决定信息公示", "行政执法检查结果公示"),
    "yjgl": ("应急值守工作安排", "突发事件应急预案修订情况"),
    "gsgg": ("政务服务事项办理公告", "公开征求意见结果公示", "窗口办理时间调整公告"),
    "qtwj": ("印发年度工作要点的通知", "做好春季重点工作的通知"),
    "zcjd": ("年度工作要点政策解读", "办事流程优化措施解读"),
    "ghjh": ("年度工作计划", "季度重点任务安排"),
    "qtfw": ("便民服务事项办理指南", "服务承诺事项更新说明"),
    "fwxx": ("服务网点和办理时限公示", "便民服务措施公告"),
    "tgxx": ("计划检修公告", "服务时间临时调整公告"),
    "jgsf": ("收费项目和标准公示", "价格执行情况公示"),
}


@dataclass(frozen=True, slots=True)
class MarchUnit:
    """One body of the city; `counts` are its items of January, February and March 2023, `groups` those of March."""

    code: str
    name: str
    official_name: str
    tenant_type: str
    task: int
    counts: tuple[int, int, int]
    groups: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MarchFact:
    """What the office records by hand for its circular."""

    kind: str
    unit: str
    held_on: date | None
    due_on: date | None
    note: str


@cache
def march_units() -> tuple[MarchUnit, ...]:
    """The bodies of the city in official order; codes are pinyin initials, numbered where two are the same."""
    taken: set[str] = set()
    found = []
    for row in _rows("units.csv"):
        code = stem = f"{CITY_CODE}-{initials(row['unit'])}"
        suffix = 2
        while code in taken:
            code, suffix = f"{stem}{suffix}", suffix + 1
        taken.add(code)
        found.append(
            MarchUnit(
                code=code,
                name=row["unit"],
                official_name=CITY_NAME + KIND_NAMES[row["tenant_type"]].format(row["unit"]),
                tenant_type=row["tenant_type"],
                task=int(row["monthly_quota"]),
                counts=(int(row["2023-01"]), int(row["2023-02"]), int(row["2023-03"])),
                groups={key: int(row[key]) for key in GROUP_COLUMNS},
            )
        )
    return tuple(found)


def march_facts() -> list[MarchFact]:
    """Absences, missing reports, false claims and commendations."""
    return [
        MarchFact(row["kind"], row["unit"], _day(row["held_on"]), _day(row["due_on"]), row["note"])
        for row in _rows("facts.csv")
    ]


def march_items() -> Iterator[ItemRow]:
    """Every item of the three months, as rows of the migration import."""
    for unit in march_units():
        number = 0
        for month, count in zip(MONTHS, unit.counts, strict=True):
            for position, column in enumerate(_columns(unit, month, count)):
                number += 1
                yield _item(unit, month, column, position, number)


def _columns(unit: MarchUnit, month: Period, count: int) -> list[str]:
    """The column of each item: the key-area groups first, the rest in turn."""
    chosen: list[str] = []
    if month == MARCH:
        for group, amount in unit.groups.items():
            by_type = GROUP_COLUMNS[group]
            chosen += [by_type.get(unit.tenant_type, by_type[""])] * amount
    rest = UTILITY_COLUMNS if unit.tenant_type == "public_utility" else AGENCY_COLUMNS
    return chosen + [rest[index % len(rest)] for index in range(count - len(chosen))]


def _item(unit: MarchUnit, month: Period, column: str, position: int, number: int) -> ItemRow:
    day = month.first_day + timedelta(days=(position * 7 + number) % month.last_day.day)
    subjects = SUBJECTS[column]
    title = f"{unit.official_name}{month.label}{subjects[position % len(subjects)]}（{number}）"
    body = (
        f"<p>现将{unit.official_name}{month.label}“{subjects[position % len(subjects)]}”有关情况予以公开。</p>"
        f"<p>本件为{month.year}年第{number}件，由{unit.name}办公室整理，经保密审查后公开。</p>"
        "<p>公众如有疑问，可在办公时间向本单位政府信息公开工作机构咨询。</p>"
    )
    return ItemRow(
        unit_code=unit.code,
        column_code=column,
        title=title,
        document_number="",
        index_number=f"{unit.code.upper()}/{month.year}-{number:05d}",
        issuing_agency=unit.official_name,
        formed_date=day,
        published_at=datetime(day.year, day.month, day.day, 9 + position % 8, number % 60, tzinfo=SHANGHAI),
        summary=f"公开{unit.name}{month.label}{subjects[position % len(subjects)]}有关情况。",
        body_html=body,
        subject_class="综合政务",
        genre_class="公示",
        disclosure_mode="proactive",
        validity="",
        source_url=f"http://www.example.gov.cn/{unit.code}/{month}/{number}.html",
        external_id=f"{unit.code}-{month}-{number}",
        responsible_unit="办公室",
        is_reprint=False,
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("gongkai.run.demo") / "data" / "march" / name).read_text("utf8")
    yield from csv.DictReader(text.splitlines())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
