"""SR-Q5: an item nearly equal to an earlier one is a candidate; a person confirms or rejects it, nothing counts out."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, update

from gongkai.catalog.models import ContentColumn
from gongkai.publishing.models import Item
from gongkai.supervision.catalogue import describe
from gongkai.supervision.evaluation.due import take_due
from gongkai.supervision.evaluation.repeated import REPEATED, Repeated, evaluate
from gongkai.supervision.models import Finding
from gongkai.supervision.rules import ALL, Rule
from gongkai.supervision.tasks import evaluate_changed, evaluate_today
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.publishing.likeness.texts import long_text
from tests.supervision.judged import judge, moment, said, values
from tests.supervision.office import Office
from tests.supervision.publications import UNIT, change, publish, remove, standing


def facts(shared: int = 95, total: int = 100, reason: str = "") -> Repeated:
    """A counted item like another one."""
    return Repeated(2, 7, "新通知", 1, "旧通知", date(2026, 1, 5), shared, total, reason)


@pytest.fixture
def copied(world: World) -> int:
    """A published item that is nearly an earlier one."""
    publish(world, title="关于一季度防火工作的通知", body_html=long_text())
    return publish(world, "similar", title="关于二季度防火工作的通知", body_html=long_text(replaced=1))


def test_the_words_name_the_earlier_item_and_the_figures() -> None:
    words = "《新通知》与2026-01-05发布的《旧通知》正文相似度95.0%（95/100）"
    assert said(list(evaluate(facts(), values(), moment()))) == {REPEATED: words}
    explained = said(list(evaluate(facts(reason="每季度部署一次"), values(), moment())))
    assert explained == {REPEATED: f"{words}，单位说明：每季度部署一次"}


def test_an_office_can_ask_for_a_higher_similarity() -> None:
    stricter = Rule(1, REPEATED, ALL, 96, "2020-01", parameter="share")
    assert list(evaluate(facts(), values(stricter), moment())) == []
    assert len(list(evaluate(facts(96), values(stricter), moment()))) == 1


def test_a_near_duplicate_is_a_candidate_until_a_person_confirms_it(world: World, copied: int, app: Flask) -> None:
    assert judge(world, "repeated") == (1, 0, 0)
    assert judge(world, "repeated") == (0, 0, 0)
    found = standing(world, copied)[REPEATED]
    assert (found.state, found.lasting, found.problem_class, found.object_url) == (
        "candidate", True, "PB-META", f"/items/{copied}",
    )  # fmt: skip
    assert describe(REPEATED, found.evidence).endswith("），单位说明：已核实")
    assert len(found.evidence["digest"]) == 64
    with world.services.database.system_scope("test") as uow:
        assert uow.session.get_one(Item, copied).counts_to_quota, "nothing is counted out by a likeness"
    office = Office(app, world, "hx-supervisor")
    page = office.page(f"/office/findings/{found.id}")
    assert "待核实" in page
    assert "关于一季度防火工作的通知" in page
    Office(app, world, "qs-supervisor").page(f"/office/findings/{found.id}", 404)
    office.send(f"/office/findings/{found.id}/decide", decision="yes", note="内容一致，仅更换季度")
    assert standing(world, copied)[REPEATED].state == "open"
    assert judge(world, "repeated") == (0, 0, 0)
    change(world, copied, title="关于二季度防火工作的通知", body_html=long_text(replaced=12))
    with world.services.database.system_scope("test") as uow:
        assert evaluate_changed(uow)["repeated"].closed == 1
    assert REPEATED not in standing(world, copied)


def test_what_was_dismissed_stays_dismissed_while_it_holds(world: World, copied: int, app: Flask) -> None:
    judge(world, "repeated")
    found = standing(world, copied)[REPEATED]
    Office(app, world, "hx-supervisor").send(
        f"/office/findings/{found.id}/decide", decision="no", note="每季度例行部署"
    )  # fmt: skip
    assert judge(world, "repeated") == (0, 0, 0)
    assert standing(world, copied)[REPEATED].state == "dismissed"


def test_when_the_earlier_one_goes_the_later_is_looked_at_again(world: World, copied: int) -> None:
    with world.services.database.system_scope("test") as uow:
        assert evaluate_changed(uow)["repeated"].opened == 1
    first = standing(world, copied)[REPEATED].evidence["other_id"]
    remove(world, first)
    with world.services.database.system_scope("test") as uow:
        assert copied in take_due(uow)
        uow.session.rollback()
    with world.services.database.system_scope("test") as uow:
        assert evaluate_changed(uow)["repeated"].closed == 1
        assert evaluate_today(uow)["repeated"].opened == 0


def test_a_column_that_becomes_one_of_enforcement_is_left_alone(world: World, copied: int) -> None:
    assert judge(world, "repeated") == (1, 0, 0)
    with world.services.database.system_scope("test") as uow:
        own = (ContentColumn.tenant_id == world.units[UNIT], ContentColumn.code == "gsgg")
        uow.session.execute(update(ContentColumn).where(*own).values(key_area_group="enforcement_and_power"))
    assert judge(world, "repeated") == (0, 0, 1)
    assert REPEATED not in standing(world, copied)


def test_what_does_not_count_anyway_is_not_found(world: World, copied: int, clock: AdjustableClock) -> None:
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Item).where(Item.id == copied).values(counts_to_quota=False))
    clock.advance(days=1)
    assert judge(world, "repeated") == (0, 0, 0)
    with world.services.database.system_scope("test") as uow:
        own = select(Finding.id).where(Finding.tenant_id == world.units[UNIT], Finding.rule_code == REPEATED)
        assert uow.session.scalars(own).all() == []
