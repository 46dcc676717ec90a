"""SR-G1 to SR-G3: the guide follows its unit and the year, what is withheld is assessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from gongkai.catalog.models import DisclosureGuide
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.base import Subject
from gongkai.supervision.evaluation.basics import ADDRESS, NAME, PHONE, Basics, Change, Guide, evaluate
from gongkai.tenancy.services import UnitCodes, change_codes, rename_tenant
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.judged import TODAY, UNIT, judge, moment, said, standing, values

CODE = "hx-mzj"
RULES = ("SR-G1", "SR-G2", "SR-G3")
GUIDE = Guide(date(2026, 1, 5), date(2026, 1, 5), "旧街1号", "0888-1")


def found(facts: Basics, day: date = TODAY) -> dict[str, str]:
    """What is said of a unit."""
    return said(list(evaluate(facts, values(), moment(day))))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([Change(date(2026, 1, 5), NAME)], None),
        ([Change(date(2026, 1, 6), NAME)], "2026-01-06变更机关名称，公开指南至今未更新"),
        ([Change(date(2026, 3, 2), NAME)], None),
        ([Change(date(2026, 1, 9), ADDRESS, "新街2号")], "2026-01-09变更办公地址，公开指南至今未更新"),
        ([Change(date(2026, 1, 9), ADDRESS, "旧街1号")], None),
        (
            [
                Change(date(2026, 2, 2), PHONE, "0888-2"),
                Change(date(2026, 1, 9), ADDRESS, "新街2号"),
                Change(date(2026, 1, 12), ADDRESS, "新街2号"),
            ],
            "2026-01-09变更办公地址、联系电话，公开指南至今未更新",
        ),
    ],
)
def test_a_guide_follows_what_changed_of_its_unit(changes: list[Change], words: str | None) -> None:
    assert found(Basics(UNIT, GUIDE, changes)).get("SR-G1") == words


def test_a_guide_made_beforehand_follows_from_the_day_of_its_effect() -> None:
    early = Guide(date(2026, 1, 5), date(2026, 1, 20))
    assert found(Basics(UNIT, early, [Change(date(2026, 1, 20), NAME)])) == {}
    assert "SR-G1" in found(Basics(UNIT, early, [Change(date(2026, 1, 21), NAME)]))


def test_twenty_working_days_are_left_for_a_change() -> None:
    facts = Basics(UNIT, GUIDE, [Change(date(2026, 3, 2), NAME)])
    assert found(facts, date(2026, 3, 30)) == {}
    assert "SR-G1" in found(facts, date(2026, 3, 31))


def test_a_guide_is_looked_over_each_year_and_agencies_have_one() -> None:
    assert found(Basics(UNIT, GUIDE), GUIDE.published + timedelta(days=365)) == {}
    assert found(Basics(UNIT, GUIDE), GUIDE.published + timedelta(days=366)) == {
        "SR-G2": "公开指南2026-01-05发布，超过365天没有核对更新"
    }
    assert found(Basics(UNIT)) == {"SR-G2": "没有发布政府信息公开指南"}
    utility = Subject(8, "gs", "供水公司", (1, 3, 8), "public_utility", 3, date(2020, 1, 1))
    assert found(Basics(utility)) == {}
    new = Subject(9, "x", "新局", (1, 3, 9), "bureau", 3, date(2026, 3, 2))
    assert found(Basics(new)) == {}
    assert "SR-G2" in found(Basics(new), date(2026, 3, 31))
    graced = Subject(9, "x", "新局", (1, 3, 9), "bureau", 3, date(2020, 1, 1), ((TODAY, TODAY),))
    assert found(Basics(graced, GUIDE, [Change(date(2026, 1, 9), NAME)], [date(2020, 1, 1)])) == {}


@given(st.lists(st.integers(-30, 30)))
def test_what_is_withheld_is_late_from_the_day_after(offsets: list[int]) -> None:
    days = [TODAY + timedelta(days=offset) for offset in offsets]
    late = [day for day in days if day < TODAY]
    problems = found(Basics(UNIT, GUIDE, (), days))
    words = f"有{len(late)}条不予公开信息应评估未评估，最早应于{min(late, default=TODAY)}前评估"
    assert problems == ({"SR-G3": words} if late else {})


def guide(owner: Engine, world: World, version: int, day: str, **content: str) -> None:
    """A published version of a unit's guide."""
    with owner.begin() as connection:
        connection.execute(
            insert(DisclosureGuide).values(
                tenant_id=world.units[CODE], version=version, effective_date=date.fromisoformat(day), content=content,
                published_at=f"{day}T09:00:00+08:00",
            )
        )  # fmt: skip


def test_a_rename_and_a_new_address_are_seen_until_the_guide_says_them(
    world: World, owner_engine: Engine, clock: AdjustableClock
) -> None:
    unit_id = world.units[CODE]
    guide(owner_engine, world, 1, "2026-03-01", address="旧街1号", phone="0888-1")
    clock.now = datetime(2026, 3, 10, 1, tzinfo=UTC)
    first, moved = UnitCodes(address="旧街1号", phone="0888-1"), UnitCodes(address="新街2号", phone="0888-1")
    for codes in (first, moved):
        with world.services.database.system_scope("test") as uow:
            change_codes(uow, tenant_id=unit_id, codes=codes)
    with world.services.database.system_scope("test") as uow:
        rename_tenant(
            uow, tenant_id=unit_id, official_name="和溪县民政和社会事务局", short_name="民政社会局",
            effective_date=date(2026, 3, 9), basis="和编发〔2026〕1号",
        )  # fmt: skip
    judge(world, "basics")
    assert standing(world, CODE, *RULES) == {}
    clock.now = datetime(2026, 4, 20, 1, tzinfo=UTC)
    judge(world, "basics")
    assert judge(world, "basics") == (0, 0, 0)
    assert standing(world, CODE, *RULES) == {("SR-G1", 0): "2026-03-09变更机关名称、办公地址，公开指南至今未更新"}
    guide(owner_engine, world, 2, "2026-04-20", address="新街2号", phone="0888-1")
    assert judge(world, "basics") == (0, 0, 1)


def test_units_without_guide_and_late_assessments_are_found(world: World, owner_engine: Engine) -> None:
    guide(owner_engine, world, 1, "2025-03-22", address="旧街1号")
    with world.services.database.system_scope("test") as uow:
        kept = {"state": "withheld", "disclosure_mode": "withheld", "withheld_reason": "内部", "title": "方案"}
        column_id = world.column(uow, CODE, "gsgg")
        for day in (date(2026, 3, 22), date(2026, 3, 23), date(2026, 1, 31)):
            at = {"created_at": uow.now, "updated_at": uow.now, "next_assessment_date": day}
            uow.session.add(Item(tenant_id=world.units[CODE], column_id=column_id, **kept, **at))
    judge(world, "basics")
    assert standing(world, CODE, *RULES) == {
        ("SR-G2", 0): "公开指南2025-03-22发布，超过365天没有核对更新",
        ("SR-G3", 0): "有2条不予公开信息应评估未评估，最早应于2026-01-31前评估",
    }
    assert standing(world, "qs-mzj", *RULES) == {("SR-G2", 0): "没有发布政府信息公开指南"}
    assert standing(world, "hx-gs", *RULES) == {}
    assert judge(world, "basics") == (0, 0, 0)
