"""Evaluating rules: idempotent, in any order, and what a person decided is not undone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.periods import Period, UpdatePeriod
from gongkai.core.calendar.workdays import national_calendar
from gongkai.publishing.linkcheck.queries import LinkFact
from gongkai.supervision.catalogue import FAMILIES, PROBLEM_CLASSES, RULES, describe
from gongkai.supervision.evaluation.base import Moment, Problem, Subject, Values
from gongkai.supervision.evaluation.engine import evaluate
from gongkai.supervision.evaluation.families import FAMILIES as FAMILIES_OF_RULES
from gongkai.supervision.evaluation.freshness import Column, Columns
from gongkai.supervision.evaluation.freshness import evaluate as evaluate_columns
from gongkai.supervision.evaluation.linked import Links
from gongkai.supervision.evaluation.linked import evaluate as evaluate_links
from gongkai.supervision.evaluation.quantity import steps_above
from gongkai.supervision.evaluation.reconcile import Key, Record, moves
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.ledger.states import OPEN_STATES, STATE_LABELS, WAYS
from gongkai.supervision.models import Exemption, Finding, OfficeRule
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import ALL, Rule, RuleBook
from gongkai.supervision.tasks import evaluate_today
from tests.factories.world import World
from tests.supervision.months import publish_month

TODAY = date(2026, 3, 23)
UNIT = Subject(7, "mzj", "民政局", (1, 3, 7), "bureau", 3, date(2020, 1, 1))


def values(*rules: Rule) -> Values:
    """The numbers of a unit under these rules."""
    return Values(RuleBook.of(rules), UNIT.chain, UNIT.tenant_type, Period.of(TODAY))


def moment(day: date = TODAY) -> Moment:
    """A day."""
    return Moment(day, Period.of(day), national_calendar())


def column(number: int, kind: str = "news", updated: int | None = 0, period: str = "monthly") -> Column:
    """A column that was updated so many days before."""
    last = None if updated is None else TODAY - timedelta(days=updated)
    return Column(number, f"栏目{number}", kind, UpdatePeriod(period), date(2025, 1, 1), last)


def found(*columns: Column, rules: tuple[Rule, ...] = (), unit: Subject = UNIT) -> dict[int, str]:
    """Column → rule that it breaks; 0 for the unit."""
    problems = evaluate_columns(Columns(unit, columns), values(*rules), moment())
    return {problem.object_id: problem.rule for problem in problems}


def test_the_catalogue_is_complete() -> None:
    assert len(RULES) >= 35
    for code, rule in RULES.items():
        assert rule.family in FAMILIES, code
        assert rule.problem_class in PROBLEM_CLASSES or rule.severity == "bonus" or rule.entered, code
        assert (rule.points > 0) is (rule.severity == "bonus"), code
        assert rule.points == 0 or rule.severity not in ("veto", "info"), code
        for parameter in rule.parameters.values():
            assert parameter.lowest <= parameter.value <= parameter.highest, code
    assert describe("SR-Q1", {"task": 9, "counted": 5}) == "月度任务9条，计入5条"


def test_columns_are_stale_blank_or_soon_due_by_their_kind() -> None:
    assert found(column(1, updated=14), column(2, updated=15)) == {1: "SR-U6", 2: "SR-U2"}
    assert found(column(1, "notice", updated=170), column(2, "notice", updated=190)) == {1: "SR-U6", 2: "SR-U3"}
    assert found(column(1, "other", updated=40), column(2, "static", updated=9_000, period="event")) == {1: "SR-U4"}
    assert found(column(1, "static", None, "event")) == {1: "SR-U5"}
    assert found(column(1, updated=9)) == {}, "nine of fourteen days are less than seventy per cent"
    assert found(column(1, updated=10)) == {1: "SR-U6"}


def test_many_stale_columns_are_a_veto_and_a_blank_one_is_not_counted_twice() -> None:
    stale = [column(number, "news" if number % 2 else "notice", 400) for number in range(1, 6)]
    assert found(*stale[:4]).get(0) is None
    assert found(*stale)[0] == "SR-V41"
    blank = [column(number, "news", None) for number in range(1, 6)]
    assert found(*blank) == dict.fromkeys(range(1, 6), "SR-U5") | {0: "SR-V43"}


def test_the_nearest_office_says_and_for_the_unit_before_its_kind() -> None:
    def rule(office: int, target: str | int, days: int, until: str | None = None) -> Rule:
        return Rule(office, "SR-U2", target, Decimal(days), "2026-01", until, "days")

    above, kind, name = rule(1, ALL, 10), rule(3, "bureau", 20), rule(3, 7, 30)
    ages = [column(number, updated=number) for number in (11, 15, 21, 31)]

    def stale(*rules: Rule) -> set[int]:
        return {number for number, code in found(*ages, rules=rules).items() if code == "SR-U2"}

    assert stale() == {15, 21, 31}
    assert stale(above) == {11, 15, 21, 31}
    assert stale(above, kind) == {21, 31}
    assert stale(above, kind, name) == {31}
    assert stale(rule(3, ALL, 30, "2026-03")) == {15, 21, 31}, "it held until February"
    grace = (date(2026, 1, 1), date(2026, 6, 30))
    assert found(*ages, unit=Subject(7, "", "", UNIT.chain, "bureau", 3, date(2026, 1, 1), (grace,))) == {}


def test_points_above_the_task() -> None:
    def points(counted: int) -> int:
        return steps_above(counted, 100, values())

    assert [points(number) for number in (100, 110, 111, 129, 130, 149, 150, 1000)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert steps_above(5, 0, values()) == 0


keys = st.tuples(
    st.integers(1, 2), st.sampled_from(("SR-U2", "SR-U4")), st.just(""), st.just("column"), st.integers(1, 3)
)
events = st.tuples(
    st.integers(1, 2), st.just("SR-Q1"), st.sampled_from(("2026-01", "2026-02")), st.just(""), st.just(0)
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[Key, Record], dict[Key, Problem]]:
    """Findings in any state, and problems."""
    wanted = {
        key: Problem(key[1], key[0], {"n": draw(st.integers(0, 1))}, key[3], key[4], key[2])
        for key in draw(st.sets(keys | events))
    }
    known = {}
    for number, key in enumerate(sorted(draw(st.sets(keys | events)))):
        lasting = not key[2]
        states = [state for state in STATE_LABELS if not (lasting and state == "closed")]
        state = draw(st.sampled_from(states))
        known[key] = Record(
            number, key, state, {"n": draw(st.integers(0, 1))}, state == "closed", draw(st.booleans()),
            draw(st.booleans()), draw(st.booleans()),
        )  # fmt: skip
    return known, wanted


def carried_out(known: Mapping[Key, Record], wanted: Mapping[Key, Problem]) -> dict[Key, Record]:
    """What the records are afterwards, as `ledger.records` writes them."""
    after = dict(known)
    for move, key in moves(known, wanted):
        old = known.get(key)
        evidence: Any = dict(wanted[key].evidence) if key in wanted else old.evidence if old else {}
        if move in ("found", "found_again"):
            after[key] = Record(99, key, "open", evidence)
        elif old is not None and move == "changed":
            after[key] = Record(old.id, key, old.state, evidence, old.closed, old.rechecked, old.whole_unit)
        elif old is not None and move == "fail":
            after[key] = Record(old.id, key, "reopened", old.evidence, False, True, old.whole_unit, old.circulated)
        elif old is not None and old.key[2]:
            state = old.state if old.state == "dismissed" else "closed"
            after[key] = Record(old.id, key, state, old.evidence, True, move == "pass", old.whole_unit)
        else:
            after.pop(key)
    return after


@given(worlds())
def test_evaluating_twice_changes_nothing(given_: tuple[dict[Key, Record], dict[Key, Problem]]) -> None:
    known, wanted = given_
    after = carried_out(known, wanted)
    # What failed a recheck waits for its unit: the second evaluation finds it reopened.
    assert [move for move, _ in moves(after, wanted) if move != "lapse"] == []
    again = carried_out(after, wanted)
    assert list(moves(again, wanted)) == []


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_findings_and_problems_does_not_matter(
    given_: tuple[dict[Key, Record], dict[Key, Problem]], chance: Random
) -> None:
    known, wanted = given_
    records = dict(chance.sample(list(known.items()), len(known)))
    problems = dict(chance.sample(list(wanted.items()), len(wanted)))
    assert sorted(moves(records, problems)) == sorted(moves(known, wanted))


@given(worlds())
def test_no_decision_of_a_person_is_undone(given_: tuple[dict[Key, Record], dict[Key, Problem]]) -> None:
    known, wanted = given_
    for move, key in moves(known, wanted):
        record = known.get(key)
        if record is None:
            continue
        assert record.state != "dismissed" or move == "lapse"
        assert not (record.rechecked and record.state == "closed")


def test_no_state_of_the_ledger_is_a_trap() -> None:
    final = {"closed", "dismissed"}
    for state in STATE_LABELS.keys() - final:
        reached = {state}
        while True:
            more = {way.target for way in WAYS.values() if set(way.sources) & reached} | reached
            if more == reached:
                break
            reached = more
        assert "closed" in reached, state
        assert state in OPEN_STATES or state in ("noted", "candidate")


def findings_in(world: World, unit: str) -> dict[tuple[str, int], Finding]:
    """(rule, object) → the standing finding of a unit."""
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(
            select(Finding).where(Finding.tenant_id == world.units[unit], Finding.closed_at.is_(None))
        )
        return {(row.rule_code, row.object_id): row for row in rows}


def evaluated(world: World) -> dict[str, int]:
    """Evaluate; how many findings were opened, changed and closed."""
    with world.services.database.system_scope("test") as uow:
        done = evaluate_today(uow)["freshness"]
        return {"opened": done.opened, "changed": done.changed, "closed": done.closed}


def test_a_column_is_found_stale_and_closed_when_it_is_updated(world: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as owner:
        early = func.now() - timedelta(days=4_000)
        owner.execute(update(ContentColumn).values(created_at=early, rule_type="news"))
    publish_month(owner_engine, world, "hx-mzj", "2026-02", 1, column="gsgg")
    first = evaluated(world)
    assert first["opened"] > 0
    assert evaluated(world) == {"opened": 0, "changed": 0, "closed": 0}
    before = findings_in(world, "hx-mzj")
    stale = next(row for (code, _), row in before.items() if code == "SR-U2")
    assert (stale.state, stale.lasting, stale.office_id) == ("open", True, world.units["hx"])
    assert describe(stale.rule_code, stale.evidence).startswith("栏目“")
    publish_month(owner_engine, world, "hx-mzj", "2026-03", 1, column="gsgg", published_at="2026-03-22T09:00:00+08:00")
    assert evaluated(world)["closed"] >= 1
    after = findings_in(world, "hx-mzj")
    assert ("SR-U2", stale.object_id) not in after
    with owner_engine.begin() as owner:
        owner.execute(update(ContentColumn).where(ContentColumn.id == stale.object_id).values(update_period="monthly"))
        query = "DELETE FROM item WHERE published_at > '2026-03-20'"
        owner.exec_driver_sql(query)
    evaluated(world)
    again = findings_in(world, "hx-mzj")["SR-U2", stale.object_id]
    assert again.recurrence_of == stale.id


def test_units_and_families_are_evaluated_in_any_order(world: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as owner:
        early = func.now() - timedelta(days=4_000)
        owner.execute(update(ContentColumn).values(created_at=early, rule_type="news"))
    for unit, number in (("hx-mzj", 1), ("hx-qsz", 3), ("qs-mzj", 2)):
        publish_month(owner_engine, world, unit, "2026-02", number)
    orders = [in_order(world, Random(seed)) for seed in range(4)]
    assert len(orders[0]) > 10
    assert len({code for _, code, *_ in orders[0]}) > 2
    assert all(one == orders[0] for one in orders)


def in_order(world: World, chance: Random) -> set[tuple[object, ...]]:
    """What is found with families and units in some order; nothing of it is kept.

    The family about what the others found stays the last.
    """
    *families, about_the_others = FAMILIES_OF_RULES
    with world.services.database.system_scope("test") as uow:
        listed, book, now = subjects_of(uow), rule_book(uow, codes=RULES), Moment.now(uow)
        subjects = dict(chance.sample(list(listed.items()), len(listed)))
        for family in (*chance.sample(families, len(families)), about_the_others):
            evaluate(uow, family, subjects=subjects, book=book, moment=now)
        query = select(Finding.tenant_id, Finding.rule_code, Finding.object_type, Finding.object_id, Finding.evidence)
        found = {(*row[:4], str(row.evidence)) for row in uow.session.execute(query)}
        uow.session.rollback()
    return found


def test_an_exemption_closes_what_stands_and_holds_until_its_day(world: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as owner:
        owner.execute(update(ContentColumn).values(created_at=func.now() - timedelta(days=4_000)))
    evaluated(world)
    blank = next(row for (code, _), row in findings_in(world, "hx-mzj").items() if code == "SR-U5")
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            Exemption(
                tenant_id=blank.tenant_id, office_id=blank.office_id, rule_code="SR-U5", object_type="column",
                object_id=blank.object_id, from_date=TODAY, until_date=TODAY, reason="本单位无此职能",
                decided_at=uow.now,
            )
        )  # fmt: skip
    assert evaluated(world) == {"opened": 0, "changed": 0, "closed": 1}
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Exemption).values(until_date=TODAY - timedelta(days=1), from_date=date(2026, 3, 1)))
    assert evaluated(world)["opened"] == 1


def test_a_rule_that_an_office_does_not_apply_finds_nothing_under_it(world: World, owner_engine: Engine) -> None:
    with owner_engine.begin() as owner:
        owner.execute(update(ContentColumn).values(created_at=func.now() - timedelta(days=4_000)))
    with world.services.database.system_scope("test") as uow:
        uow.session.add(
            OfficeRule(
                tenant_id=world.units["hx"], rule_code="SR-U5", parameter="enabled", value=Decimal(0),
                valid_from="2026-03", reason="试点期间", set_at=uow.now,
            )
        )  # fmt: skip
    evaluated(world)
    assert not any(code == "SR-U5" for code, _ in findings_in(world, "hx-mzj"))
    assert any(code == "SR-U5" for code, _ in findings_in(world, "qs-mzj"))


def test_wrong_links_are_one_problem_of_their_item() -> None:
    def link(item: int, address: str, result: str = "dead") -> LinkFact:
        return LinkFact(item, UNIT.id, address, "附件", result, datetime(2026, 3, 1, tzinfo=UTC), 3)

    wrong = (link(1, "https://b/"), link(1, "https://a/", "outside"), link(2, "https://c/", "malformed"))
    found = {one.object_id: one for one in evaluate_links(Links(UNIT, wrong, {1: "通知"}), values(), moment())}
    assert {item: one.evidence["links"] for item, one in found.items()} == {1: 2, 2: 1}
    assert describe("SR-T3", found[1].evidence) == "《通知》中的链接“附件”指向允许范围以外的网站等2处链接错误"
