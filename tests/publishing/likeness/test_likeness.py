"""Which published item is like which: found at publication, followed through changes, made up for what came before."""

from datetime import date

import pytest
from sqlalchemy import delete, select, text, update

from gongkai.catalog.models import ContentColumn
from gongkai.publishing.drafts import findings
from gongkai.publishing.likeness import tasks
from gongkai.publishing.likeness.models import FingerprintBand, ItemFingerprint
from gongkai.publishing.likeness.tasks import compare_backlog
from gongkai.publishing.models import Item
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import migration_row
from tests.publishing.imports.test_migration import bring
from tests.publishing.likeness.texts import banded, likes, long_text
from tests.supervision.publications import UNIT, change, publish, remove

SIMILAR = "similar"


def test_a_later_item_is_like_an_earlier_one_of_its_unit(world: World) -> None:
    first = publish(world, body_html=long_text())
    other = publish(world, title="另一件事的通知", body_html=long_text(replaced=15))
    copied = publish(world, SIMILAR, title="关于再次做好防火工作的通知", body_html=long_text(replaced=1))
    elsewhere = published(world, unit="qs-mzj", body_html=long_text())
    short = publish(world, title="短的通知")
    assert likes(world) == {first: None, other: None, copied: first, elsewhere: None, short: None}
    assert banded(world) == {first, other, copied, elsewhere}
    with world.services.database.system_scope("test") as uow:
        kept = uow.session.get_one(ItemFingerprint, (world.units[UNIT], copied))
        assert kept.version_id == uow.session.get_one(Item, copied).current_version_id
        assert 0.9 <= kept.shared / kept.total < 1


def test_what_is_like_follows_changes_takedowns_and_time(world: World, clock: AdjustableClock) -> None:
    first = publish(world, body_html=long_text())
    second = publish(world, SIMILAR, title="关于二季度防火工作的通知", body_html=long_text(replaced=1))
    third = publish(world, SIMILAR, title="关于三季度防火工作的通知", body_html=long_text(replaced=1, word="检查"))
    assert likes(world)[second] == first
    assert likes(world)[third] in (first, second)
    remove(world, first)
    assert likes(world) == {second: None, third: second}
    change(world, third, title="关于三季度防火工作的通知", body_html="<p>已完成。</p>")
    assert likes(world) == {second: None, third: None}
    assert banded(world) == {second}
    clock.advance(days=366)
    late = publish(world, SIMILAR, title="关于下一年防火工作的通知", body_html=long_text(replaced=1))
    assert likes(world)[late] is None, "more than twelve months lie between them"


def test_an_item_that_comes_later_with_an_earlier_time_is_the_earlier_one(world: World) -> None:
    rows = [migration_row(number, body_html=long_text(replaced=number)) for number in (1, 2)]
    bring(world, rows[1:])
    work_off(world.services)
    known = likes(world)
    assert list(known.values()) == [None]
    bring(world, rows[:1])
    work_off(world.services)
    late, early = sorted(likes(world))
    assert likes(world) == {late: early, early: None}


@pytest.mark.parametrize("how", ["group", "template"])
def test_papers_of_enforcement_are_never_compared(world: World, how: str) -> None:
    with world.services.database.system_scope("test") as uow:
        values = {"group": {"key_area_group": "enforcement_and_power"}, "template": {"template_code": "xzcf"}}[how]
        own = (ContentColumn.tenant_id == world.units[UNIT], ContentColumn.code == "gsgg")
        uow.session.execute(update(ContentColumn).where(*own).values(**values))
    first = publish(world, body_html=long_text())
    second = publish(world, title="第二份决定书", body_html=long_text(replaced=1))
    assert likes(world) == {first: None, second: None}
    assert banded(world) == set()


def test_the_checks_name_what_a_draft_is_like(world: World, sign_in: SignIn, clock: AdjustableClock) -> None:
    publish(world, title="关于一季度防火工作的通知", body_html=long_text())
    item_id = draft(world, title="关于二季度防火工作的通知", body_html=long_text(replaced=1))
    writer = sign_in(f"{UNIT}-contributor")
    said = "与本单位已发布的《关于一季度防火工作的通知》高度相似"
    assert said in writer.get(f"/work/items/{item_id}/edit")
    page = writer.post(f"/work/items/{item_id}/checks", writer.edit(item_id, body_html=long_text(replaced=20)))
    assert said not in page
    foreign = draft(world, unit="qs-mzj", body_html=long_text())
    assert said not in sign_in("qs-mzj-contributor").get(f"/work/items/{foreign}/edit")
    clock.advance(days=366)
    with world.services.database.system_scope("test") as uow:
        assert SIMILAR not in {one.code for one in findings(uow, uow.session.get_one(Item, item_id))}


def test_a_revision_is_not_like_the_item_that_it_revises(world: World) -> None:
    item_id = publish(world, body_html=long_text())
    change(world, item_id, body_html=long_text(replaced=1), formed_date=date(2026, 3, 16))
    assert likes(world) == {item_id: None}


def test_what_was_published_before_is_compared_by_and_by(
    world: World, monkeypatch: pytest.MonkeyPatch, clock: AdjustableClock
) -> None:
    numbers = [publish(world, SIMILAR, title="第一件", body_html=long_text())]
    for number in (1, 2):
        clock.advance(days=1)
        numbers.append(
            publish(world, SIMILAR, title=f"又{number}件", body_html=long_text(replaced=1, word=f"会{number}"))
        )
    complete = likes(world)
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(delete(FingerprintBand))
        uow.session.execute(delete(ItemFingerprint))
    monkeypatch.setattr(tasks, "ASKED_AT_ONCE", 2)
    compare_backlog(world.services)
    assert set(likes(world)) == set(numbers[:2])
    compare_backlog(world.services)
    assert likes(world) == complete
    with world.services.database.system_scope("test") as uow:
        before = uow.session.execute(text("SELECT xmin, item_id FROM item_fingerprint ORDER BY item_id")).all()
    compare_backlog(world.services)
    with world.services.database.system_scope("test") as uow:
        after = uow.session.execute(text("SELECT xmin, item_id FROM item_fingerprint ORDER BY item_id")).all()
        assert before == after, "nothing is left to be done"
        assert set(uow.session.scalars(select(ItemFingerprint.tenant_id))) == {world.units[UNIT]}
