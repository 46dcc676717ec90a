"""SR-M1, SR-M2 and SR-E2: what the registers of external data and of tasks say of a unit."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gongkai.supervision.assignments.standing import ShareFact, Stand
from gongkai.supervision.evaluation import assigned, messages
from gongkai.supervision.evaluation.assigned import Assigned
from gongkai.supervision.evaluation.messages import Messages
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World
from tests.supervision.assignments.desk import YEARLY, handed_out, removed, share
from tests.supervision.judged import TODAY, UNIT, judge, moment, said, standing, values
from tests.supervision.slips.desk import Desk
from tests.supervision.test_external import facts, post

LATE, THREE_MONTHS, TASK = "SR-M1", "SR-M2", "SR-E2"


def test_late_messages_are_added_up_over_the_kinds() -> None:
    facts = Messages(UNIT, "2026-02", {"mailbox": 1, "message": 3}, over_three_months=2)
    found = list(messages.evaluate(facts, values(), moment(TODAY)))
    assert said(found) == {
        LATE: "当月超期4件：领导信箱1件、网民留言3件",
        THREE_MONTHS: "2件有效留言超过三个月未答复",
    }
    assert {problem.period for problem in found} == {"2026-02"}
    assert list(messages.evaluate(Messages(UNIT, "2026-02", {}), values(), moment(TODAY))) == []


@pytest.mark.parametrize(
    ("completed", "words"),
    [
        (None, "任务“公开重点领域工作进展”应于2026-02-28前完成，至今未完成"),
        (
            datetime(2026, 3, 2, 1, tzinfo=UTC),
            "任务“公开重点领域工作进展”应于2026-02-28前完成，2026-03-02才完成",
        ),
    ],
)
def test_a_task_not_done_in_time_belongs_to_the_month_of_its_day(completed: datetime | None, words: str) -> None:
    due = datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)
    fact = ShareFact(7, 3, UNIT.id, UNIT.name, "yearly", YEARLY["title"], due, completed, False, Stand.OVERDUE)
    [problem] = assigned.evaluate(Assigned(UNIT, fact), values(), moment(date(2026, 4, 1)))
    assert said([problem]) == {TASK: words}
    assert (problem.period, problem.object_id) == ("2026-02", 7)


def test_figures_of_the_month_become_findings_and_a_correction_closes_them(world: World, client: FlaskClient) -> None:
    entered = {
        "kind": "message", "unit": "清水镇", "words": "网站后台统计", "received": "6", "replied": "3", "late": "2",
        "over_three_months": "1",
    }  # fmt: skip
    world.sign_in(client, "hx-supervisor")
    assert post(client, "/office/external/new", **entered).status_code == 302
    judge(world, "messages")
    assert standing(world, "hx-qsz", LATE, THREE_MONTHS) == {
        (LATE, 0): "当月超期2件：网民留言2件",
        (THREE_MONTHS, 0): "1件有效留言超过三个月未答复",
    }
    fact = facts(world)["message", "hx-qsz"]
    corrected = entered | {"late": "1", "over_three_months": "0", "words": "更正通知"}
    assert post(client, f"{fact.evidence}/correct", **corrected).status_code == 302
    judge(world, "messages")
    assert standing(world, "hx-qsz", LATE, THREE_MONTHS) == {(LATE, 0): "当月超期1件：网民留言1件"}


def test_of_several_offices_the_nearest_one_is_believed(world: World, client: FlaskClient, app: Flask) -> None:
    def entered(login: str, late: int) -> None:
        one = world.sign_in(app.test_client(), login)
        fields = {"kind": "mailbox", "unit": "和溪县民政局", "words": "信箱台账", "received": "9", "on_time": "0"}
        assert post(one, "/office/external/new", **fields, late=str(late)).status_code == 302

    entered("yl-supervisor", 5)
    judge(world, "messages")
    assert standing(world, "hx-mzj", LATE) == {(LATE, 0): "当月超期5件：领导信箱5件"}
    entered("hx-supervisor", 1)
    judge(world, "messages")
    assert standing(world, "hx-mzj", LATE) == {(LATE, 0): "当月超期1件：领导信箱1件"}


def test_an_overdue_task_is_found_and_stays_when_it_is_done_late(
    app: Flask, world: World, clock: AdjustableClock
) -> None:
    office = Desk(app, world, "hx-supervisor")
    made = (handed_out(office, world, YEARLY, "hx-mzj", title=title) for title in ("甲", "乙", "丙"))
    done, overdue, withdrawn = made
    in_time = published(world, title="按时发布")
    link = {"link": f"/items/{in_time}"}
    Desk(app, world, "hx-mzj-contributor").send(f"/work/assignments/{share(world, done, 'hx-mzj').id}", **link)
    judge(world, "tasks")
    assert standing(world, "hx-mzj", TASK) == {}
    clock.advance(days=10)
    office = Desk(app, world, "hx-supervisor")
    office.send(f"/office/assignments/{withdrawn}/withdraw", reason="任务取消")
    judge(world, "tasks")
    words, own = "任务“乙”应于2026-03-31前完成，", share(world, overdue, "hx-mzj").id
    assert standing(world, "hx-mzj", TASK) == {(TASK, own): f"{words}至今未完成"}
    late = published(world, title="逾期发布")
    Desk(app, world, "hx-mzj-contributor").send(f"/work/assignments/{own}", link=f"/items/{late}")
    judge(world, "tasks")
    [shown] = standing(world, "hx-mzj", TASK).values()
    assert shown.startswith(words)
    assert shown.endswith("才完成")
    removed(world, late)
    judge(world, "tasks")
    assert standing(world, "hx-mzj", TASK) == {(TASK, own): f"{words}至今未完成"}
