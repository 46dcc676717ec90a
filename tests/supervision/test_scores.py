"""Scores: the formula, what counts to which month, versions, and that nobody else's data changes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from gongkai.core.calendar.periods import Period
from gongkai.supervision.catalogue import FAMILIES, RULES, SCORES
from gongkai.supervision.ledger.services import decide_dispute, dispute
from gongkai.supervision.models import Finding, OfficeRule
from gongkai.supervision.rules import RuleBook
from gongkai.supervision.scores.formula import FULL, Line, counts_in, grade_of, mean, ranks, score
from gongkai.supervision.scores.models import UnitScore
from gongkai.supervision.scores.services import compute_scores
from gongkai.supervision.scores.views import points, signed_points
from gongkai.supervision.tasks import evaluate_all
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.months import publish_month

CAPS = {code: family.cap for code, family in FAMILIES.items()}
FEBRUARY = Period.parse("2026-02")
lines = st.lists(
    st.builds(
        Line, st.integers(1, 99), st.sampled_from(sorted(RULES)), st.integers(-100, 30).map(lambda n: Decimal(n) / 10),
        st.just(""),
    ),
    max_size=30,
)  # fmt: skip


@given(lines, st.randoms())
def test_a_score_is_bounded_capped_and_in_no_order(found: list[Line], chance: st.DataObject) -> None:
    first = score(found, CAPS)
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert score(mixed, CAPS).value == first.value
    assert 0 <= first.value <= FULL + sum(CAPS.values())
    for part in first.parts:
        assert abs(part.counted) <= CAPS[part.family]
        assert sum((line.points for line in part.lines), Decimal(0)) == part.sum
    assert first.vetoed is any(RULES[line.rule].severity == "veto" for line in found)
    assert first.grade == ("failed" if first.vetoed else grade_of(first.value))


@given(st.lists(st.integers(0, 5).map(Decimal), min_size=1))
def test_ranks_are_shared_and_leave_gaps(values: list[Decimal]) -> None:
    found = ranks(values)
    for value, place in zip(values, found, strict=True):
        assert place == 1 + sum(other > value for other in values)


def test_grades_begin_where_the_rule_says() -> None:
    found = [grade_of(Decimal(value)) for value in ("90", "89.9", "70", "69.9", "60", "59.9", "0")]
    assert found == ["excellent", "good", "good", "passed", "passed", "failed", "failed"]
    assert [points(Decimal(value)) for value in ("100", "97.50", "0")] == ["100", "97.5", "0"]
    assert [signed_points(value) for value in ("-2", "1.5", "0")] == ["−2", "+1.5", "0"]


def test_a_mean_of_months_by_weight() -> None:
    months = [Period.parse(f"2026-0{number}") for number in (1, 2, 3)]
    values = dict(zip(months, map(Decimal, (90, 80, 70)), strict=True))
    assert mean(values, dict.fromkeys(months, Decimal(1))) == Decimal("80.00")
    assert mean(values, dict(zip(months, map(Decimal, (2, 1, 1)), strict=True))) == Decimal("82.50")
    assert mean({}, {}) is None
    assert mean(values, dict.fromkeys(months, Decimal(0))) is None


def at(day: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "closed", "changes", "months"),
    [
        ("2026-02-10", None, {}, "234"),
        ("2026-02-10", "2026-02-12", {}, ""),
        ("2026-02-10", "2026-02-20", {}, "2"),
        ("2026-02-10", "2026-02-12", {"false_claim": True}, "2"),
        ("2026-02-10", "2026-03-02", {}, "2"),
        ("2026-02-10", None, {"state": "dismissed"}, ""),
        ("2026-02-10", None, {"state": "candidate"}, ""),
        ("2026-02-28", None, {"state": "noted", "rule_code": "SR-U6"}, ""),
        ("2026-03-02", None, {"lasting": False, "rule_code": "SR-Q1"}, "2"),
        ("2026-03-02", "2026-03-04", {"lasting": False, "rule_code": "SR-Q1"}, ""),
        ("2026-03-02", "2026-03-04", {"lasting": False, "rule_code": "SR-Q1", "recheck_at": at("2026-03-04")}, "2"),
        ("2026-03-02", None, {"lasting": False, "rule_code": "SR-B2", "state": "noted"}, "2"),
    ],
)
def test_what_counts_to_which_month(found: str, closed: str | None, changes: dict[str, object], months: str) -> None:
    row = SimpleNamespace(**{
        "rule_code": "SR-U2", "lasting": True, "period": "2026-02", "state": "closed" if closed else "open",
        "found_at": at(found), "closed_at": at(closed) if closed else None, "due_date": date(2026, 2, 15),
        "recheck_at": None, "false_claim": False, **changes,
    })  # fmt: skip
    counted = [number for number in range(1, 5) if counts_in(row, Period.parse(f"2026-0{number}"))]
    assert "".join(map(str, counted)) == months


@pytest.fixture
def judged(world: World, owner_engine: Engine) -> World:
    """February: hx-mzj published one item of twenty, hx-qsz met its task."""
    publish_month(owner_engine, world, "hx-mzj", "2026-02", 1)
    publish_month(owner_engine, world, "hx-qsz", "2026-02", 40)
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=FEBRUARY)
        compute_scores(uow, period=FEBRUARY)
    return world


def versions(world: World, unit: str) -> list[tuple[int, Decimal, str]]:
    """The versions of a unit's score of February."""
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(
            select(UnitScore).where(UnitScore.tenant_id == world.units[unit]).order_by(UnitScore.version)
        )
        return [(row.version, row.score, row.reason) for row in rows]


def test_a_unit_reads_why_its_score_is_what_it_is(judged: World, client: FlaskClient) -> None:
    assert versions(judged, "hx-mzj") == [(1, Decimal(98), "月度评分")]
    judged.sign_in(client, "hx-mzj-contributor")
    page = client.get("/work/score").get_data(as_text=True)
    assert "得98分，优秀" in page
    assert "月度任务20条，计入1条" in page
    assert "−2" in page


def test_a_second_computation_writes_nothing_and_an_appeal_a_version(judged: World, client: FlaskClient) -> None:
    services = judged.services
    with services.database.system_scope("test") as uow:
        assert compute_scores(uow, period=FEBRUARY) == 0
        finding = uow.session.scalars(select(Finding).where(Finding.tenant_id == judged.units["hx-mzj"])).one().id
    with services.database.transaction() as uow:
        actor = judged.actor(uow, "hx-mzj-contributor")
        dispute(uow, tenant_id=actor.tenant_id, finding_id=finding, reason="系统迁移期间数据不全")
    with services.database.transaction() as uow:
        judged.actor(uow, "hx-supervisor")
        decide_dispute(uow, finding_id=finding, sustained=True, reason="属实")
    work_off(services)
    assert versions(judged, "hx-mzj") == [(1, Decimal(98), "月度评分"), (2, Decimal(100), "异议成立后重新评分")]
    judged.sign_in(client, "hx-mzj-contributor")
    assert "得100分" in client.get("/work/score").get_data(as_text=True)


@pytest.mark.parametrize(("unit", "number"), [("hx-gs", 90), ("hx-qsz", 3), ("qs-mzj", 1)])
def test_another_units_data_changes_no_score(judged: World, owner_engine: Engine, unit: str, number: int) -> None:
    before = versions(judged, "hx-mzj")
    publish_month(owner_engine, judged, unit, "2026-02", number)
    with judged.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=FEBRUARY)
        compute_scores(uow, period=FEBRUARY)
    assert versions(judged, "hx-mzj") == before


def set_number(judged: World, parameter: str, value: int) -> None:
    """What the county's office sets for its scores from the year's beginning."""
    with judged.services.database.system_scope("test") as uow:
        uow.session.add(
            OfficeRule(
                tenant_id=judged.units["hx"], rule_code=SCORES, parameter=parameter, value=Decimal(value),
                valid_from="2026-01", reason="年度考核办法", set_at=uow.now - timedelta(days=1),
            )
        )  # fmt: skip


def test_the_office_sees_its_units_and_ranks_only_where_it_says_so(judged: World, client: FlaskClient) -> None:
    judged.sign_in(client, "hx-supervisor")
    page = client.get("/office/scores?period=2026-02").get_data(as_text=True)
    assert "和溪县民政局" in page
    assert "青石县民政局" not in page
    assert "位次" not in page
    set_number(judged, "ranked", 1)
    assert "位次" in client.get("/office/scores?period=2026-02").get_data(as_text=True)
    assert client.get("/office/scores.xlsx?period=2026-02").status_code == 200
    judged.sign_in(client.application.test_client(), "hx-mzj-contributor")
    assert RuleBook.of(()).set_number(SCORES, "ranked", chain=(1,), tenant_type="", period=FEBRUARY) is None


def add_january(judged: World, **differing: object) -> None:
    """A version of the score of hx-mzj in January: 80."""
    with judged.services.database.system_scope("test") as uow:
        values = {
            "tenant_id": judged.units["hx-mzj"], "period": "2026-01", "version": 1, "score": Decimal(80),
            "grade": "good", "detail": {"vetoed": False, "parts": []}, "reason": "月度评分", "computed_at": uow.now,
        }  # fmt: skip
        uow.session.add(UnitScore(**(values | differing)))


@pytest.fixture
def two_months(judged: World) -> World:
    """January besides."""
    add_january(judged)
    return judged


def test_a_quarter_and_a_year_weigh_their_months(two_months: World, client: FlaskClient) -> None:
    two_months.sign_in(client, "hx-mzj-contributor")
    assert "2026年第一季度得89分，良好" in client.get("/work/score?period=2026-Q1").get_data(as_text=True)
    set_number(two_months, "weight:01", 2)
    page = client.get("/work/score?period=2026").get_data(as_text=True)
    assert "2026年度得86分，良好" in page
    assert "已评分2个月" in page
    assert '<option value="2026-Q1"' in client.get("/work/score").get_data(as_text=True)
    set_number(two_months, "weight:02", 0)
    assert "得80分" in client.get("/work/score?period=2026-Q1").get_data(as_text=True)
    assert "还没有评分" in client.get("/work/score?period=2025").get_data(as_text=True)
    assert client.get("/work/score?period=2026-Q5").status_code == 400


def test_the_office_reads_quarters_of_its_units(two_months: World, client: FlaskClient) -> None:
    set_number(two_months, "ranked", 1)
    two_months.sign_in(client, "hx-supervisor")
    page = client.get("/office/scores?period=2026-Q1").get_data(as_text=True)
    row = page[page.index("和溪县民政局") :].split("</tr>")[0]
    assert [part in row for part in (">89<", "良好", ">2<")] == [True, True, True]
    assert "评分月数" in page
    assert "青石县民政局" not in page
    assert client.get("/office/scores.xlsx?period=2026").status_code == 200


def test_a_veto_in_a_month_that_weighs_decides_the_quarter(two_months: World, client: FlaskClient) -> None:
    add_january(two_months, version=2, grade="failed", detail={"vetoed": True, "parts": []})
    two_months.sign_in(client, "hx-mzj-contributor")
    assert "得89分，因单项否决为不合格" in client.get("/work/score?period=2026-Q1").get_data(as_text=True)
    set_number(two_months, "weight:01", 0)
    assert "得98分，优秀" in client.get("/work/score?period=2026-Q1").get_data(as_text=True)
