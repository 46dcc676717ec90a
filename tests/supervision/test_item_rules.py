"""Rules over items on the database: found, closed when put right, and the same whether all or the changed are read."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, text, update

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.extraction.reasons import DAMAGED
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.models import Item
from gongkai.publishing.publication import mark_validity
from gongkai.publishing.terms.models import ExtractedText
from gongkai.publishing.terms.tasks import retry_failed
from gongkai.run.cli import main
from gongkai.supervision.catalogue import describe
from gongkai.supervision.evaluation.due import MOST
from gongkai.supervision.models import EvaluationDue, Finding
from gongkai.supervision.tasks import evaluate_day, evaluate_everything
from tests.conftest import AdjustableClock
from tests.factories.items import draft, work_off
from tests.factories.world import World
from tests.publishing.imports.lists import migration_row
from tests.publishing.imports.test_migration import bring
from tests.publishing.terms.lists import IDENTITY, MOBILE
from tests.supervision.months import publish_month
from tests.supervision.publications import (
    UNIT,
    change,
    evaluated,
    moved,
    publish,
    publish_draft,
    remove,
    standing,
)


def due(world: World) -> set[int]:
    """The items that wait for the next evaluation."""
    with world.services.database.system_scope("test") as uow:
        return set(uow.session.scalars(select(EvaluationDue.item_id)))


def test_an_item_in_order_is_not_found(world: World) -> None:
    item_id = publish(world)
    assert due(world) == {item_id}
    assert moved(evaluated(world, whole=False)) == 0
    assert due(world) == set()
    assert moved(evaluated(world)) == 0


def test_what_is_wrong_is_found_and_closes_when_it_is_put_right(world: World, clock: AdjustableClock) -> None:
    first = publish(world, document_number="和民发〔2026〕5号")
    late = publish(
        world, title="关于防汛的通知", formed_date=date(2026, 1, 5), document_number="和民发〔2026〕5号",
        optional={"validity_period": "2026-03-25"},
    )  # fmt: skip
    done = evaluated(world, whole=False)
    assert done["documents"].opened == 2
    assert standing(world, first) == {}, "the earlier of two with the same number is right"
    found = standing(world, late)
    assert set(found) == {"SR-D1", "SR-D5"}
    assert (found["SR-D1"].state, found["SR-D1"].lasting, found["SR-D1"].period) == ("open", False, "2026-03")
    assert describe("SR-D1", found["SR-D1"].evidence).startswith("《关于防汛的通知》2026-01-05形成，应于2026-02-")
    assert found["SR-D1"].object_url == f"/items/{late}"
    assert len(found["SR-D5"].evidence["digest"]) == 64
    clock.advance(days=3)
    assert moved(evaluated(world, whole=False)) == 1
    assert describe("SR-D6", standing(world, late)["SR-D6"].evidence).endswith("有效期至2026-03-25，已届满，原文未标注")
    with world.services.database.system_scope("test") as uow:
        mark_validity(
            uow, tenant_id=world.units[UNIT], item_id=late, validity="lapsed", reason="到期失效", changed_by=None
        )
    remove(world, first)
    assert due(world) == {first, late}
    done = evaluated(world, whole=False)
    assert done["documents"].closed == 2
    assert set(standing(world, late)) == {"SR-D1"}, "the day on which it was published stays what it is"
    remove(world, late)
    assert evaluated(world, whole=False)["documents"].closed == 1
    assert moved(evaluated(world)) == 0


def test_an_earlier_item_that_takes_another_number_frees_the_later_one(world: World) -> None:
    first = publish(world, document_number="和民发〔2026〕5号")
    second = publish(world, title="关于防汛的通知", document_number="和民发〔2026〕5号")
    third = publish(world, title="关于抗旱的通知", document_number="和民发〔2026〕5号")
    evaluated(world, whole=False)
    assert [set(standing(world, one)) for one in (first, second, third)] == [set(), {"SR-D5"}, {"SR-D5"}]
    change(world, first, document_number="和民发〔2026〕6号")
    evaluated(world, whole=False)
    assert [set(standing(world, one)) for one in (first, second, third)] == [set(), set(), {"SR-D5"}]
    change(world, second, title="关于防汛的通知", document_number="和民发〔2026〕7号")
    evaluated(world, whole=False)
    assert standing(world, third) == {}
    assert moved(evaluated(world)) == 0


def test_what_came_by_a_migration_has_its_batch_for_a_record(world: World) -> None:
    rows = [migration_row(1, formed_date=date(2015, 1, 5), summary=""), migration_row(2, document_number="2026年第5号")]
    bring(world, rows)
    work_off(world.services)
    evaluated(world, whole=False)
    with world.services.database.system_scope("test") as uow:
        assert set(uow.session.scalars(select(Finding.rule_code).where(Finding.object_type == "item"))) == {"SR-D5"}


def test_back_dated_incomplete_and_without_a_review(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "qs-mzj", "2026-03", 1, recorded_at="2026-03-20T09:00:00+08:00")
    done = evaluated(world)
    assert done["documents"].standing == {"SR-D3": 1, "SR-D4": 1}
    assert done["safety"].standing == {"SR-S1": 1}
    with world.services.database.system_scope("test") as uow:
        found = {row.rule_code: row for row in uow.session.scalars(select(Finding)) if row.object_type == "item"}
    words = "《qs-mzj2026-03第0条》显示发布日期2026-03-01，系统记录的首次发布时间为2026-03-20"
    assert describe("SR-D3", found["SR-D3"].evidence) == words
    assert found["SR-D4"].evidence["missing"] == "发布机构、成文日期、内容概述、责任科室"
    assert {row.office_id for row in found.values()} == {world.units["qs"]}


def test_files_are_judged_when_they_have_been_tried_for_the_last_time(
    world: World, owner_engine: Engine, clock: AdjustableClock
) -> None:
    item_id = draft(world, UNIT)
    with world.services.database.transaction() as uow:
        add_attachment(
            uow, actor=world.actor(uow, f"{UNIT}-contributor"), item_id=item_id, files=world.services.files,
            filename="附表.txt", stream=BytesIO("附表。".encode()), limit_bytes=10**6,
        )  # fmt: skip
    work_off(world.services)
    publish_draft(world, item_id)
    assert moved(evaluated(world, whole=False)) == 0

    def read_again(**values: Any) -> None:
        unread = [{"file": "", "reason": DAMAGED}]
        with world.services.database.system_scope("test") as uow:
            uow.session.execute(update(ExtractedText).values(parts=[], unread=unread, **values))

    read_again(retry_at=clock.now)
    evaluated(world)
    assert standing(world, item_id) == {}
    read_again(retry_at=None)
    evaluated(world)
    (found,) = standing(world, item_id).values()
    words = "《关于做好春季防火工作的通知》附件《附表.txt》不能打开（文件损坏，无法打开）"
    assert describe(found.rule_code, found.evidence) == words
    read_again(retry_at=clock.now)
    evaluated(world)
    assert due(world) == set()
    retry_failed(world.services)
    work_off(world.services)
    assert due(world) == {item_id}, "a file that was read again is news"


def test_an_empty_text_is_found(world: World, owner_engine: Engine) -> None:
    item_id = publish(world)
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE version_text DISABLE TRIGGER USER"))
        owner.execute(text("UPDATE version_text SET body_html = '<p> </p><p><br></p>'"))
        owner.execute(text("ALTER TABLE version_text ENABLE TRIGGER USER"))
    evaluated(world)
    assert set(standing(world, item_id)) == {"SR-D8"}


def test_personal_numbers_are_candidates_unless_they_were_explained(world: World, owner_engine: Engine) -> None:
    body = f"<p>联系人张三，{MOBILE[:3]}<strong>{MOBILE[3:7]}</strong>{MOBILE[7:]}。</p>"
    explained = publish(world, "mobile", body_html=body)
    assert moved(evaluated(world, whole=False)) == 0
    with owner_engine.begin() as owner:
        owner.execute(
            update(Item).where(Item.id == explained).values(check_overrides={}, summary=f"身份证号{IDENTITY}")
        )
    evaluated(world)
    found = standing(world, explained)["SR-P1"]
    assert found.state == "candidate"
    what = "身份证号码1处（内容概述：1101************32）、手机号码1处（正文：138****5678）"
    assert found.evidence["what"] == what
    change(world, explained)
    assert evaluated(world, whole=False)["safety"].closed == 1


def test_an_evaluation_of_many_changes_reads_everything(world: World, owner_engine: Engine) -> None:
    item_id = publish(world, formed_date=date(2026, 1, 5))
    with world.services.database.system_scope("test") as uow:
        many = range(item_id + 1, item_id + 2 + MOST)
        rows = [{"item_id": number, "tenant_id": world.units[UNIT]} for number in many]
        uow.session.execute(insert(EvaluationDue), rows)
    assert evaluated(world, whole=False)["documents"].standing == {"SR-D1": 1}
    assert due(world) == set()


def test_the_jobs_and_the_command(world: World) -> None:
    publish(world, formed_date=date(2026, 1, 5))
    evaluate_day(world.services)
    publish(world, title="关于防汛的通知", formed_date=date(2026, 1, 5))

    def said(*options: str) -> Any:
        answer = CliRunner().invoke(main, ["supervision", "evaluate", *options], obj=world.services)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    assert "公开规范：文件公开超过法定时限1项（新增1，变化0，消除0）\n" in said("--changed")
    assert json.loads(said("--json"))["families"]["documents"]["standing"] == {"SR-D1": 2}
    evaluate_everything(world.services)
    assert "安全保密：没有问题（新增0，变化0，消除0）\n" in said()
    both = ["supervision", "evaluate", "--changed", "--period", "2026-02"]
    assert CliRunner().invoke(main, both, obj=world.services).exit_code == 2


deeds = st.lists(
    st.tuples(
        st.sampled_from(("publish", "change", "erratum", "remove", "mark", "day")),
        st.integers(0, 2),
        st.sampled_from((0, 0, 0, 1, 2)),
        st.sampled_from((date(2025, 12, 1), date(2026, 3, 16))),
        st.booleans(),
    ),
    min_size=6,
    max_size=10,
)


@given(history=deeds)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reading_what_changed_finds_what_reading_everything_finds(
    world: World, clock: AdjustableClock, history: list[tuple[str, int, int, date, bool]]
) -> None:
    public: list[int] = []
    with world.services.database.system_scope("test") as uow:
        # What an earlier example left must hold none of the numbers.
        used = uow.session.scalar(select(func.count()).select_from(Item)) or 0
    numbers = (f"和民发〔2026〕{used + 1}号", f"和民发〔2025〕{used + 1}号", "2026年第5号")
    for place, (deed, which, number, formed, ends) in enumerate(history):
        term = shanghai_date(clock.now) + timedelta(days=2)
        content = {
            "title": f"关于第{place}号事项的通知", "document_number": numbers[number], "formed_date": formed,
            "optional": {"validity_period": term.isoformat() if ends else "长期"},
        }  # fmt: skip
        item_id = public[which % len(public)] if public else None
        # Three at first, so that what follows moves others too.
        if deed == "publish" or item_id is None or place < 3:
            public.append(publish(world, **content))
        elif deed in ("change", "erratum"):
            change(world, item_id, "content" if deed == "change" else "erratum", **content)
        elif deed == "remove":
            remove(world, item_id)
            public.remove(item_id)
        elif deed == "mark":
            with world.services.database.system_scope("test") as uow:
                state = ("lapsed", "repealed", "in_force")[place % 3]
                mark_validity(
                    uow, tenant_id=world.units[UNIT], item_id=item_id, validity=state, reason="清理", changed_by=None
                )
            work_off(world.services)
        else:
            clock.advance(days=1 + which)
        evaluated(world, whole=False)
    assert moved(evaluated(world)) == 0
    assert moved(evaluated(world, whole=False)) == 0
