"""The March circular in miniature: a county-level city's units and their items of three months."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.factories.world import World

NUMBERS = {
    "fgw": (112, 101, 132),
    "cl": (4, 3, 1),
    "zjj": (3, 3, 5),
    "liuxiang": (20, 22, 25),
    "shiba": (7, 6, 5),
    "bogang": (6, 6, 2),
    "gongdian": (3, 0, 0),
}
"""Code → items of January, February, March 2023, as in the real circular."""


@pytest.fixture
def march(world: "World", owner_engine: "Engine") -> "World":
    """The county `hx` as the city of the case: tasks 9 for bureaus, 6 for townships, 1 for utilities, from 2023-01."""
    from gongkai.core.calendar.periods import Period
    from gongkai.supervision.rules import TASK
    from gongkai.supervision.services import Change, set_task
    from gongkai.tenancy.kinds import TenantType
    from tests.supervision.months import add_unit, publish_months

    kinds = {
        TenantType.BUREAU: 9,
        TenantType.TOWNSHIP: 6,
        TenantType.PUBLIC_UTILITY: 1,
        TenantType.COUNTY_GOVERNMENT: 0,
    }
    with world.services.database.system_scope("march case") as uow:
        for code, name, kind in (
            ("fgw", "发改委", TenantType.BUREAU),
            ("cl", "残联", TenantType.BUREAU),
            ("zjj", "宗教局", TenantType.BUREAU),
            ("liuxiang", "柳巷镇", TenantType.TOWNSHIP),
            ("shiba", "石坝镇", TenantType.TOWNSHIP),
            ("bogang", "泊岗乡", TenantType.TOWNSHIP),
            ("gongdian", "供电公司", TenantType.PUBLIC_UTILITY),
        ):
            add_unit(uow, world, code, name, kind)
        for kind, value in kinds.items():
            change = Change(TASK, value, Period.parse("2023-01"), "年度工作要点", tenant_type=kind.value)
            set_task(uow, office_id=world.units["hx"], change=change)
    months = ("2023-01", "2023-02", "2023-03")
    publish_months(
        owner_engine, world, {code: dict(zip(months, numbers, strict=True)) for code, numbers in NUMBERS.items()}
    )
    rest = {"hx-mzj": 9, "hx-qsz": 6, "hx-gs": 1}
    publish_months(owner_engine, world, {code: dict.fromkeys(months, number) for code, number in rest.items()})
    return world


@pytest.fixture
def city(march: "World") -> "World":
    """The city of the March case with its facts, a second member of the office, reviewer and approver."""
    from gongkai.accounts.permissions import Role
    from gongkai.core.calendar.periods import Period
    from gongkai.supervision.facts.records import record_facts
    from tests.factories.world import add_person
    from tests.supervision.reports import owe_reports
    from tests.supervision.trainings import held

    with march.services.database.system_scope("test people") as uow:
        add_person(uow, march, "hx-leader", "hx", Role.SUPERVISOR)
        add_person(uow, march, "hx-reviewer", "hx", Role.REVIEWER)
        add_person(uow, march, "hx-approver", "hx", Role.APPROVER)
        facts: tuple[tuple[str, list[str], dict[str, Any]], ...] = (
            ("false_rectification", ["zjj"], {"manner": "listed_only"}),
            ("commended", ["fgw", "liuxiang"], {}),
        )
        for kind, codes, detail in facts:
            record_facts(
                uow, office_id=march.units["hx"], entered_by=None, period=Period.parse("2023-03"), kind=kind,
                unit_ids=[march.units[code] for code in codes], detail=detail,
            )  # fmt: skip
        owe_reports(uow, march, "hx", 2022, date(2023, 2, 28), "cl", "gongdian")
        held(uow, march, "2023-03-23", invited=["fgw", "cl", "zjj"], came={"fgw": ["张三"], "zjj": ["李四"]}, times=3)
    return march
