"""SR-I1 to SR-I3: documents without interpretation, interpretations without document, and how many have one."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, text, update

from gongkai.core.calendar.periods import Period
from gongkai.publishing.links.models import InterpretationPlan, ItemLink
from gongkai.publishing.models import Item
from gongkai.supervision.evaluation.interpretation import Parted, Ratio, evaluate, evaluate_ratio, moving
from gongkai.supervision.models import Finding
from gongkai.supervision.rules import ALL, Rule
from gongkai.supervision.tasks import evaluate_month
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.judged import UNIT, evidence, judge, judge_items, moment, said, standing, values
from tests.supervision.months import publish_month

NAME = "hx-mzj"
TITLE = "临时救助办法"
RULES = ("SR-I1", "SR-I2")


def late(published: date, day: date, *rules: Rule) -> str:
    """What is said of a document without interpretation."""
    facts = Parted(UNIT, 1, TITLE, published, document=True)
    return said(list(evaluate(facts, values(*rules), moment(day)))).get("SR-I1", "")


def test_a_document_is_late_after_three_working_days_and_missing_after_twenty() -> None:
    friday = date(2026, 3, 6)
    assert late(friday, date(2026, 3, 11)) == "", "Wednesday is the third working day"
    assert late(friday, date(2026, 3, 12)) == (
        "《临时救助办法》2026-03-06发布，解读应于2026-03-11前发布，逾期未发布，2026-04-03后仍未发布的为缺少解读"
    )
    assert "缺少解读" in late(friday, date(2026, 4, 3))
    assert late(friday, date(2026, 4, 4)).endswith("解读应于2026-03-11前发布，至2026-04-03仍未发布，缺少解读")
    at_once = Rule(3, "SR-I1", ALL, Decimal(0), "2026-01", None, "late")
    assert late(friday, friday, at_once) == ""
    assert late(friday, date(2026, 3, 7), at_once) != ""


@pytest.mark.parametrize(
    ("partner", "state", "words"),
    [
        ("", "", "《临时救助办法》没有关联被解读的文件"),
        ("某办法", "taken_down", "《临时救助办法》所解读的文件《某办法》已撤下"),
        ("某办法", "in_review", "《临时救助办法》所解读的文件《某办法》尚未公开"),
    ],
)
def test_an_interpretation_lacks_a_document_that_can_be_read(partner: str, state: str, words: str) -> None:
    facts = Parted(UNIT, 1, TITLE, date(2026, 3, 1), False, partner, state)
    assert said(list(evaluate(facts, values(), moment()))) == {"SR-I2": words}


def ratio(done: int, without: Sequence[date], *rules: Rule) -> tuple[str, int]:
    """What is said of a unit in March, and how many points it costs."""
    month = moment(date(2026, 3, 31))
    problems = list(evaluate_ratio(Ratio(UNIT, done, without), values(*rules), month))
    assert all(problem.period == "2026-03" for problem in problems)
    return said(problems).get("SR-I3", ""), sum(problem.evidence["tenths"] for problem in problems)


def test_the_ratio_counts_what_was_due_and_each_ten_per_cent_that_lack() -> None:
    early = [date(2026, 1, 5)]
    assert ratio(0, []) == ("", 0)
    assert ratio(5, []) == ("", 0)
    assert ratio(0, [date(2026, 3, 27)]) == ("", 0), "still in time when the month ends"
    assert ratio(0, [date(2026, 3, 26)])[1] == 10
    assert ratio(3, early) == ("近一年应解读4件，已解读3件（75.0%）", 3)
    assert ratio(9, early) == ("近一年应解读10件，已解读9件（90.0%）", 1)
    seven = Rule(3, "SR-I3", ALL, Decimal(70), "2026-01", None, "share")
    assert ratio(3, early, seven) == ("", 0)


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_points_of_a_ratio_never_exceed_ten_and_more_interpretations_cost_less(done: int, lacking: int) -> None:
    without = [date(2026, 1, 5)] * lacking
    words, tenths = ratio(done, without)
    assert (tenths > 0) == (lacking > 0) == bool(words)
    assert tenths <= 10
    assert ratio(done + 1, without[1:])[1] <= tenths


def written(owner: Engine, world: World, column: str, title: str, day: str, **values: object) -> int:
    """A published item, as the database holds it; its id."""
    publish_month(
        owner, world, NAME, day[:7], 1, column=column, title=title, published_at=f"{day}T09:00:00+08:00",
        index_number=title, **values,
    )  # fmt: skip
    with owner.connect() as connection:
        return connection.execute(select(Item.id).where(Item.title == title)).scalar_one()


def linked(owner: Engine, world: World, interpretation: int, document: int) -> None:
    """A link between two items."""
    with owner.begin() as connection:
        row = {"tenant_id": world.units[NAME], "item_id": interpretation, "target_id": document, "kind": "interprets"}
        connection.execute(insert(ItemLink).values(linked_by=0, linked_at=func.now(), **row))


def test_documents_are_found_by_what_was_arranged_and_close_with_their_interpretation(
    world: World, owner_engine: Engine
) -> None:
    bare = written(owner_engine, world, "gfxwj", "办法甲", "2026-03-16")
    excused = written(owner_engine, world, "gfxwj", "办法乙", "2026-03-16")
    gone: dict[str, object] = {"state": "taken_down", "taken_down_reason": "内容有误"}
    others: tuple[dict[str, object], ...] = ({"is_reprint": True}, {"validity": "repealed"}, gone)
    for number, more in enumerate(others):
        written(owner_engine, world, "gfxwj", f"办法{number}", "2026-03-01", **more)
    written(owner_engine, world, "qtwj", "通知", "2026-03-01")
    written(owner_engine, world, "gfxwj", "办法丙", "2026-03-19")
    with owner_engine.begin() as connection:
        plan = {"tenant_id": world.units[NAME], "item_id": excused, "reason": "仅转发", "set_at": func.now()}
        connection.execute(insert(InterpretationPlan).values(form="", person="", **plan))
    assert judge(world, "interpretation") == (1, 0, 0)
    assert judge(world, "interpretation") == (0, 0, 0)
    found = standing(world, NAME, *RULES)
    assert list(found) == [("SR-I1", bare)]
    assert found["SR-I1", bare].startswith("《办法甲》2026-03-16发布，解读应于2026-03-19前发布，逾期未发布")
    reading = written(owner_engine, world, "zcjd", "办法甲解读", "2026-03-23")
    assert judge(world, "interpretation") == (1, 0, 0), "an interpretation without its document"
    assert standing(world, NAME, "SR-I2") == {("SR-I2", reading): "《办法甲解读》没有关联被解读的文件"}
    linked(owner_engine, world, reading, bare)
    assert judge(world, "interpretation") == (0, 0, 2)
    assert standing(world, NAME, *RULES) == {}


def moved(world: World) -> set[int]:
    """Items that are looked at without having changed."""
    with world.services.database.system_scope("test") as uow:
        return set(moving(uow, moment()))


def test_an_interpretation_stays_behind_when_its_document_goes(world: World, owner_engine: Engine) -> None:
    document = written(owner_engine, world, "gfxwj", "办法甲", "2026-03-01")
    reading = written(owner_engine, world, "zcjd", "办法甲解读", "2026-03-02")
    linked(owner_engine, world, reading, document)
    assert judge(world, "interpretation") == (0, 0, 0)
    gone = {"state": "taken_down", "taken_down_reason": "内容有误"}
    with owner_engine.begin() as connection:
        connection.execute(update(Item).where(Item.id == document).values(**gone))
    assert judge_items(world, "interpretation", [document]) == (1, 0, 0), "the link's other end is looked at too"
    assert evidence(world, NAME, "SR-I2")["problem"] == "所解读的文件《办法甲》已撤下"
    assert moved(world) == set(), "what stands as it should need not be looked at again"
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Finding).values(state="claimed_fixed"))
    assert moved(world) == {reading}, "a claim is looked into"


def test_the_ratio_of_a_month_is_an_event_that_follows_it_until_it_is_settled(
    world: World, owner_engine: Engine, clock: AdjustableClock
) -> None:
    documents = [written(owner_engine, world, "gfxwj", f"办法{day}", f"2026-02-{day:02}") for day in (3, 4)]
    written(owner_engine, world, "gfxwj", "办法旧", "2025-02-28")
    linked(owner_engine, world, written(owner_engine, world, "zcjd", "解读", "2026-02-05"), documents[0])
    linked(owner_engine, world, written(owner_engine, world, "zcjd", "解读二", "2026-03-05"), documents[1])

    def ratios(month: str) -> int:
        with world.services.database.system_scope("test") as uow:
            return evaluate_month(uow, period=Period.parse(month))["ratios"].opened

    clock.now = datetime(2026, 4, 2, 1, tzinfo=UTC)
    assert (ratios("2026-02"), ratios("2026-03"), ratios("2026-02")) == (1, 0, 0)
    assert evidence(world, NAME, "SR-I3") == {"due": 2, "done": 1, "share": "50.0%", "tenths": 5}
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Finding.period).where(Finding.rule_code == "SR-I3")).all() == ["2026-02"]


def _play(owner: Engine, action: str, number: int, clock: AdjustableClock) -> list[int]:
    """Something happens to the items of the world; the ids of those that a handler would be told of."""
    pick = {"n": number}
    statements = {
        "link": "INSERT INTO item_link (tenant_id, item_id, target_id, kind, linked_by, linked_at)"
        " SELECT i.tenant_id, i.id, d.id, 'interprets', 0, now() FROM item i JOIN item d ON d.title LIKE '办法%'"
        " WHERE i.title LIKE '解读%' AND (i.id + d.id) % 3 = :n % 3 ON CONFLICT DO NOTHING",
        "unlink": "DELETE FROM item_link WHERE (item_id + target_id) % 2 = :n % 2",
        "excuse": "INSERT INTO interpretation_plan (tenant_id, item_id, form, person, reason, set_at)"
        " SELECT tenant_id, id, '', '', '仅转发', now() FROM item WHERE id % 5 = :n % 5 ON CONFLICT DO NOTHING",
        "take_down": "UPDATE item SET state = 'taken_down', taken_down_reason = '误'"
        " WHERE id % 4 = :n % 4 RETURNING id",
        "restore": "UPDATE item SET state = 'published' WHERE id % 3 = :n % 3 RETURNING id",
    }
    if action == "wait":
        clock.advance(days=1 + number % 4)
        return []
    with owner.begin() as connection:
        done = connection.execute(text(statements[action]), pick)
        return list(done.scalars()) if done.returns_rows else []


@pytest.mark.parametrize("seed", range(6))
def test_incremental_equals_full_on_random_histories(
    world: World, owner_engine: Engine, clock: AdjustableClock, seed: int
) -> None:
    draw = random.Random(seed)
    for number in range(3):
        written(owner_engine, world, "gfxwj", f"办法{number}", f"2026-03-{9 + 4 * number:02}")
        written(owner_engine, world, "zcjd", f"解读{number}", "2026-03-20")
    for _ in range(12):
        action = draw.choice(("link", "unlink", "excuse", "take_down", "restore", "wait"))
        changed = _play(owner_engine, action, draw.randrange(12), clock)
        judge_items(world, "interpretation", changed)
        nightly = standing(world, NAME, *RULES)
        assert judge(world, "interpretation") == (0, 0, 0), (seed, action)
        assert standing(world, NAME, *RULES) == nightly
