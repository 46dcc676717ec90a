"""The March case as a snapshot made by hand from the case files: what the drafting is tested on."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.snapshot import FactRow, Office, Snapshot, UnitFigures, add_up

DATA = Path(__file__).parents[1] / "data"
GROUPS = {
    "key_platform": "platform_key_area",
    "key_fiscal": "fiscal_funds",
    "key_enforcement": "enforcement_and_power",
    "key_other": "other_key_area",
}
HEADINGS = {
    "bureau": "市直部门",
    "development_zone": "市直部门",
    "township": "乡镇（街道）",
    "subdistrict_office": "乡镇（街道）",
    "public_utility": "公共企事业单位",
}
DETAILS = Details(
    addressees="各乡镇人民政府、街道办事处，市政府各部门、各直属机构，有关公共企事业单位",
    banner="示范市人民政府办公室文件",
    signature="示范市人民政府办公室",
    deadline="2023-04-28",
    recheck_date="2023-05-05",
    contact="王明",
    phone="0550-1234567",
)


def case() -> dict[str, Any]:
    """The facts of the document."""
    found: dict[str, Any] = json.loads((DATA / "circular-march.json").read_text(encoding="utf8"))
    return found


def units() -> tuple[UnitFigures, ...]:
    """The 72 units with their figures of March; a unit's code is its name."""
    with (DATA / "march-units.csv").open(encoding="utf-8-sig") as source:
        return tuple(_unit(row) for row in csv.DictReader(source))


def _unit(row: dict[str, str]) -> UnitFigures:
    task, counted, last = int(row["monthly_quota"]), int(row["2023-03"]), int(row["2023-02"])
    months = 2 if counted == last == 0 else 1
    return UnitFigures(
        code=row["unit"],
        name=row["unit"],
        official_name=f"示范市{row['unit']}",
        heading=HEADINGS[row["tenant_type"]],
        task=task,
        counted=counted,
        total=counted,
        key_areas={group: int(row[column]) for column, group in GROUPS.items()},
        last_counted=last,
        attained=counted >= task,
        last_attained=last >= task,
        blank=counted == 0,
        blank_months=months if counted == 0 else 0,
    )


def facts() -> tuple[FactRow, ...]:
    """What the office records by hand."""
    found = case()
    training, reports = found["training"], found["annual_report_missing"]
    held = {
        "held_on": training["held_on"],
        "sessions": training["sessions"],
        "invited": training["departments_invited"],
    }
    rows: list[tuple[str, str, dict[str, Any]]] = []
    rows += [("training_absent", unit, held) for unit in training["absent"]]
    rows += [("report_missing", unit, {"due_date": reports["due"]}) for unit in reports["units"]]
    rows += [
        (
            "false_rectification",
            row["unit"],
            {"manner": "listed_only" if row["unit"] == "统计局" else "still_wrong"},
        )
        for row in found["false_rectification"]
    ]
    good = found["commended"]
    rows += [("commended", unit, {}) for unit in (*good["departments"], *good["townships"])]
    return tuple(FactRow(number, kind, unit, unit, detail) for number, (kind, unit, detail) in enumerate(rows, 1))


def march(**changes: Any) -> Snapshot:
    """The snapshot of March 2023; `changes` replace fields, the sums follow the units."""
    rows = changes.pop("units", units())
    snapshot = Snapshot(
        office=Office("sf", "示范市", "示范市人民政府", "市", is_prefecture=False),
        period="2023-03",
        coverage="all",
        first_day="2023-03-01",
        last_day="2023-03-31",
        locked_at="2023-04-01T09:00:00+08:00",
        taken_at="2023-04-01T09:00:00+08:00",
        figures=add_up(rows),
        units=rows,
        facts=facts(),
    )
    return replace(snapshot, **changes)
