"""The old and the new structure after a merger and a division, and the time of grace of a unit that took over."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from gongkai.core.calendar.periods import Period, period_range
from gongkai.run.cli import main
from gongkai.supervision.models import Finding, Notice
from gongkai.supervision.standings import Standing
from gongkai.supervision.structures import NOW, THEN, structured
from gongkai.supervision.tasks import evaluate_all, remind
from gongkai.tenancy.models import TenantSuccession
from gongkai.tenancy.services import abolish_tenant
from gongkai.tenancy.succession import give_grace, grace_end, heirs
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.months import publish_months
from tests.supervision.test_dashboard import words

BASIS = "云编发〔2026〕7号"


def end(world: World, code: str, *receivers: str, on: date = date(2026, 3, 20)) -> None:
    """A body passes to one unit, or is divided among several."""
    with world.services.database.system_scope("test") as uow:
        first, *others = (world.units[receiver] for receiver in receivers)
        abolish_tenant(uow, tenant_id=world.units[code], successor_id=first, effective_date=on, basis=BASIS)
        for other in others:
            uow.session.add(
                TenantSuccession(tenant_id=world.units[code], successor_id=other, effective_date=on, basis=BASIS)
            )


def grace(world: World, code: str, on: date, months: int) -> None:
    with world.services.database.system_scope("test") as uow:
        give_grace(uow, tenant_id=world.units[code], effective_date=on, months=months, basis=BASIS)


def seen(world: World, office: str, month: str, structure: str) -> dict[str, Standing]:
    """Code → standing."""
    with world.services.database.system_scope("test") as uow:
        shown = structured(uow, office_id=world.units[office], period=Period.parse(month), structure=structure).found
        return {row.code: row for row in (*shown.rows, *shown.untasked)}


def counted(rows: dict[str, Standing]) -> dict[str, int]:
    return {code: row.counts.counted for code, row in rows.items()}


def test_a_merger_adds_up_in_todays_structure_only(world: World, owner_engine: Engine) -> None:
    months = {"2026-01": 5, "2026-02": 7}
    publish_months(owner_engine, world, {"hx-mzj": months, "qs-mzj": {"2026-02": 30}, "hx-qsz": {"2026-02": 21}})
    end(world, "hx-mzj", "qs-mzj")
    then, now = (seen(world, "yl", "2026-02", structure) for structure in (THEN, NOW))
    assert (counted(then)["hx-mzj"], counted(then)["qs-mzj"]) == (7, 30)
    assert "hx-mzj" not in now
    assert counted(now)["qs-mzj"] == 37
    assert sum(counted(now).values()) == sum(counted(then).values())
    merged = now["qs-mzj"]
    assert (merged.attained, merged.blank, merged.last_counted) == (None, False, 5)
    assert "含原和溪县民政局的数据，不计考核" in merged.remark
    assert now["hx-qsz"] == then["hx-qsz"], "a unit that nothing went into stays as it was"
    assert counted(seen(world, "hx", "2026-02", NOW)).get("hx-mzj") is None
    assert counted(seen(world, "qs", "2026-02", NOW))["qs-mzj"] == 37


def test_what_went_into_a_divided_body_is_told_apart(world: World, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-02": 7}, "qs-mzj": {"2026-02": 3}, "yl-czj": {"2026-02": 1}})
    end(world, "hx-mzj", "qs-mzj", on=date(2026, 3, 2))
    end(world, "qs-mzj", "yl-czj", "hx-qsz", on=date(2026, 3, 10))
    now = seen(world, "yl", "2026-02", NOW)
    assert (counted(now)["qs-mzj"], counted(now)["yl-czj"], "hx-mzj" in now) == (10, 1, False)
    assert "已分设为州财政局、清水镇，数据无法分摊，按原单位列示" in now["qs-mzj"].remark
    assert now["qs-mzj"].attained is None
    assert sum(counted(now).values()) == sum(counted(seen(world, "yl", "2026-02", THEN)).values())
    assert "qs-mzj" not in seen(world, "yl", "2026-04", NOW)
    with world.services.database.unit_of_work() as uow:
        found = heirs(uow)
    number = world.units
    assert found.sole == {number["hx-mzj"]: number["qs-mzj"]}
    assert found.shared == {number["qs-mzj"]: {number["yl-czj"]: "州财政局", number["hx-qsz"]: "清水镇"}}


def test_the_pages_of_the_office_switch_between_both(world: World, client: FlaskClient, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-02": 7}, "qs-mzj": {"2026-02": 30}})
    end(world, "hx-mzj", "qs-mzj")
    world.sign_in(client, "yl-supervisor")
    page = words(client.get("/office/?period=2026-02&open=all"))
    assert "按现机构统计" not in page
    assert "和溪县民政局（7/20）" in page
    page = words(client.get("/office/?period=2026-02&open=all&structure=now"))
    assert "按现机构统计：合并、撤销前的数据已加到承接单位，仅供比较" in page
    assert "和溪县民政局（7/20）" not in page
    assert "青石县民政局2026年2月发布37条" in client.get("/office/?period=2026-02&open=all&structure=now").text
    page = words(client.get("/office/units/qs-mzj?period=2026-02&structure=now"))
    assert "已计入37条" in page
    assert "含原和溪县民政局的数据，不计考核" in page
    assert "已计入30条" in words(client.get("/office/units/qs-mzj?period=2026-02"))
    assert client.get("/office/export.xlsx?period=2026-02&structure=now").status_code == 200


def show(world: World, code: str, structure: str) -> dict[str, Any]:
    """What `counts show` says of a unit's February."""
    options = ("--tenant", code, "--period", "2026-02", "--structure", structure, "--json")
    result = CliRunner().invoke(main, ["counts", "show", *options], obj=world.services)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_the_command_shows_both_structures(world: World, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-02": 7}, "qs-mzj": {"2026-02": 30}, "hx-qsz": {"2026-02": 2}})
    end(world, "hx-mzj", "qs-mzj")
    end(world, "hx-qsz", "qs-mzj", "yl-czj")
    then, now = (show(world, "qs-mzj", structure) for structure in (THEN, NOW))
    assert (then["counted"], then["included"], then["apart"]) == (30, [], [])
    assert (now["counted"], now["included"], now["apart"]) == (37, ["hx-mzj"], ["hx-qsz"])
    assert now["columns"] == [{"code": "gsgg", "name": "公示公告", "total": 37, "counted": 37}]
    assert [show(world, "qs", structure)["subtree"]["counted"] for structure in (THEN, NOW)] == [30, 37]
    assert [show(world, "hx", structure)["subtree"]["counted"] for structure in (THEN, NOW)] == [9, 2]
    assert [show(world, "yl", structure)["subtree"]["counted"] for structure in (THEN, NOW)] == [39, 39]


def test_in_the_time_of_grace_nobody_is_blamed_or_reminded(
    world: World, client: FlaskClient, owner_engine: Engine, clock: AdjustableClock
) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2025-11": 25}, "qs-mzj": {"2025-11": 25}})
    grace(world, "hx-mzj", date(2026, 1, 16), 1)
    assert seen(world, "hx", "2025-12", THEN)["hx-mzj"].blank
    for month in ("2026-01", "2026-02"):
        row = seen(world, "hx", month, THEN)["hx-mzj"]
        assert (row.attained, row.blank, row.blank_months) == (None, False, 0)
        assert row.remark == "设立过渡期至2026年2月28日，不计考核"
    row = seen(world, "hx", "2026-03", THEN)["hx-mzj"]
    assert (row.blank, row.blank_months) == (True, 1), "months of grace are no part of the streak"
    assert seen(world, "qs", "2026-03", THEN)["qs-mzj"].blank_months == 4
    world.sign_in(client, "hx-supervisor")
    assert "设立过渡期至2026年2月28日，不计考核" in words(client.get("/office/units/hx-mzj?period=2026-02"))
    clock.now = datetime(2026, 2, 25, 2, tzinfo=UTC)
    remind(world.services)
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period(2026, 2))
        told = set(uow.session.scalars(select(Notice.tenant_id).where(Notice.kind == "blank_month")))
        found = set(uow.session.scalars(select(Finding.tenant_id)))
    assert world.units["hx-mzj"] not in told | found
    assert world.units["qs-mzj"] in told & found


@given(day=st.dates(date(2020, 1, 1), date(2030, 12, 31)), months=st.integers(1, 12))
def test_grace_holds_so_many_whole_months(day: date, months: int) -> None:
    until = grace_end(day, months)
    whole = [month for month in period_range(Period.of(day), Period.of(until)) if month.first_day >= day]
    assert (len(whole), until) == (months, Period.of(until).last_day)


@pytest.mark.parametrize("structure", ["", "yesterday", THEN])
def test_any_other_word_means_the_structure_of_the_time(world: World, structure: str, owner_engine: Engine) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-02": 7}})
    end(world, "hx-mzj", "qs-mzj")
    assert counted(seen(world, "hx", "2026-02", structure))["hx-mzj"] == 7
