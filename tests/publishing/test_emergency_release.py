"""The ruling on an emergency takedown: back as it was, or public no more; what happens to the count; the report."""

import io
import itertools
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from gongkai.core.errors import Refused
from gongkai.publishing.chain import decide
from gongkai.publishing.emergency.models import EmergencyMeasure
from gongkai.publishing.emergency.release import Ruling, release
from gongkai.publishing.emergency.services import Call, Picks, take_down
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down as take_down_own
from tests.conftest import AdjustableClock
from tests.factories.items import published, reviewed, work_off
from tests.factories.world import World
from tests.portal.pages import Seen, with_files
from tests.publishing.conftest import SignIn
from tests.publishing.emergencies import PDF, counts, removed, ruled
from tests.publishing.pages import Person


@pytest.fixture
def office(world: World, sign_in: SignIn) -> Person:
    """A member of the office of 和溪县."""
    return sign_in("hx-supervisor")


def item_of(world: World, item_id: int) -> Item:
    """The row."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id)


def test_restored_under_the_same_number_and_address_without_a_new_count(
    world: World, office: Person, client: FlaskClient, clock: AdjustableClock
) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)], title="关于公示救助名单的公告")
    before = item_of(world, item_id)
    clock.advance(minutes=30)
    case_id = removed(office, str(item_id))
    assert counts(world) == (0, 1)
    ruled(office, world, case_id, "restored")
    assert "按原索引号和原地址恢复公开" in office.words
    after = item_of(world, item_id)
    same = ("state", "index_number", "published_at", "period", "current_version_id", "taken_down_at", "emergency_id")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert counts(world) == (1, 1)
    page = Seen(client, f"/items/{item_id}")
    assert (page.status, "名单.pdf" in page.text) == (200, True)
    work_off(world.services)
    assert f"/items/{item_id}" in client.get("/search?q=救助名单").get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"], files=world.services.files) is None
        actions = uow.session.scalars(
            text("SELECT action FROM item_step WHERE item_id = :id ORDER BY id"), {"id": item_id}
        )
        assert list(actions)[-2:] == ["take_down", "restore"]
        assert uow.session.scalar(text("SELECT count(*) FROM emergency_block")) == 0
    ruled(office, world, case_id, "restored", status=409)


@pytest.mark.parametrize(("choice", "counted"), [("keep", 1), ("subtract", 0)])
def test_public_no_more_and_the_office_rules_on_the_count(
    world: World, office: Person, sign_in: SignIn, client: FlaskClient, choice: str, counted: int
) -> None:
    item_id = published(world)
    case_id = removed(office, str(item_id))
    ruled(office, world, case_id, "withdrawn", status=400)
    assert "没有选择统计数如何处理" in office.words
    ruled(office, world, case_id, "withdrawn", status=400, count=choice, reason=" ")
    assert counts(world) == (0, 1)
    ruled(office, world, case_id, "withdrawn", count=choice)
    assert counts(world) == (0, counted)
    assert Seen(client, f"/items/{item_id}").status == 410
    assert item_of(world, item_id).state == "taken_down"
    work_off(world.services)
    contributor = sign_in("hx-mzj-contributor")
    contributor.get("/work/notices/")
    assert "作出“不再公开”的决定" in contributor.words


def test_each_thing_of_a_case_is_ruled_on_by_itself(world: World, office: Person, client: FlaskClient) -> None:
    first, second = published(world), published(world, "hx-qsz", title="关于镇上的通知")
    case_id = removed(office, "防火", pick=[f"item-{first}", f"item-{second}"])
    with world.services.database.system_scope("test") as uow:
        measures = {row.item_id: row.id for row in uow.session.scalars(select(EmergencyMeasure))}
    ruled(office, world, case_id, "restored", measure=[measures[second]])
    assert [Seen(client, f"/items/{item_id}").status for item_id in (first, second)] == [410, 200]
    assert "其中1项待作出决定" in office.words
    office.post(f"/office/emergency/{case_id}/release", {"outcome": "restored", "reason": "核实"}, 400)
    foreign = published(world, "qs-mzj", title="关于外县的通知")
    data = {"measure": [measures[first], foreign + 99], "outcome": "restored", "reason": "核实"}
    office.post(f"/office/emergency/{case_id}/release", data, 400)


def test_a_file_comes_back(world: World, office: Person, client: FlaskClient) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    path = f"/items/{item_id}/files/1/名单.pdf"
    case_id = removed(office, path)
    assert client.get(path).status_code == 410
    ruled(office, world, case_id, "restored")
    assert client.get(path, buffered=True).data == PDF
    assert "名单.pdf" in Seen(client, f"/items/{item_id}").text


def test_a_column_comes_back_with_its_items_and_not_before_an_item_of_it(
    world: World, office: Person, client: FlaskClient
) -> None:
    alone, other = published(world), published(world, title="关于另一件事的通知", body_html="<p>另一件事。</p>")
    item_case = removed(office, str(alone))
    column_case = removed(office, "/units/hx-mzj/columns/gsgg/")
    ruled(office, world, item_case, "restored", status=409)
    assert "所在栏目仍处于紧急撤下状态，请先恢复该栏目" in office.words
    ruled(office, world, column_case, "restored")
    assert [Seen(client, f"/items/{item_id}").status for item_id in (alone, other)] == [410, 200]
    assert Seen(client, "/units/hx-mzj/columns/gsgg/").status == 200
    ruled(office, world, item_case, "restored")
    assert Seen(client, f"/items/{alone}").status == 200
    assert counts(world) == (2, 2)


def test_what_is_public_no_more_stays_locked(world: World, office: Person) -> None:
    case_id = removed(office, str(published(world)))
    ruled(office, world, case_id, "withdrawn", count="keep")
    same = reviewed(world)
    with world.services.database.unit_of_work() as uow, pytest.raises(Refused, match="正文与已紧急撤下的信息相同"):
        decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=same)


def test_the_report_tells_the_case_from_the_call_to_the_ruling(world: World, office: Person) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)], title="关于公示救助名单的公告")
    case_id = removed(office, str(item_id))
    path = f"/office/emergency/{case_id}"
    office.get(f"{path}/report")
    assert "其中1项尚未作出恢复发布或者不再公开的决定" in office.words
    assert "书面手续应于2026年3月24日下班前补齐，尚未收到" in office.words
    office.get(path)
    office.post(f"{path}/paper", {"paper": (io.BytesIO(PDF), "网信办函.pdf")})
    ruled(office, world, case_id, "withdrawn", count="subtract", reason="含有个人信息，不应公开。")
    office.get(f"{path}/report")
    number = item_of(world, item_id).index_number
    for words in (
        "接州委网信办李某通知", "撤下信息1条", "登记书面手续《网信办函.pdf》", "不再公开，扣减统计数",
        "关于公示救助名单的公告", f"{number}", "现已扣减1条", "含有个人信息，不应公开", "和溪县人民政府",
    ):  # fmt: skip
        assert words in office.words, words
    answer = office.client.get(f"{path}/report.docx")
    assert "2026" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as document:
        said = document.read("word/document.xml").decode()
    assert "处置情况报告" in said
    assert "含有个人信息，不应公开" in said


NEW = itertools.count()
STEPS = st.lists(
    st.tuples(st.sampled_from(("take", "restore", "keep", "subtract", "own")), st.integers(0, 2)),
    max_size=7,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_counts_hold_whatever_is_done_in_whatever_order(world: World, steps: list[tuple[str, int]]) -> None:
    """Counted = public, or held by a measure without a ruling or kept; the kept counts always agree with the items."""
    items = [published(world, title=f"第{number}件", body_html=f"<p>第{next(NEW)}次。</p>") for number in range(3)]
    before = counts(world)
    state = dict.fromkeys(items, "public")
    for step, which in steps:
        item_id = items[which]
        if step == "take" and state[item_id] == "public":
            act(world, item_id)
            state[item_id] = "held"
        elif step == "own" and state[item_id] == "public":
            with world.services.database.transaction() as uow:
                world.actor(uow, "hx-mzj-approver")
                take_down_own(uow, tenant_id=world.units["hx-mzj"], item_id=item_id, reason="有误")
            state[item_id] = "gone"
        elif step in ("restore", "keep", "subtract") and state[item_id] == "held":
            rule(world, item_id, step)
            state[item_id] = {"restore": "public", "keep": "kept", "subtract": "gone"}[step]
        public = sum(found == "public" for found in state.values())
        counted = sum(found in ("public", "held", "kept") for found in state.values())
        assert counts(world) == (before[0] - 3 + public, before[1] - 3 + counted)


def act(world: World, item_id: int) -> None:
    """Take an item down at once."""
    with world.services.database.transaction() as uow:
        picks = Picks(items=frozenset({item_id}))
        take_down(uow, actor=world.actor(uow, "hx-supervisor"), picks=picks, call=Call("网信办", "条例第十四条"))


def rule(world: World, item_id: int, choice: str) -> None:
    """Rule on it."""
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, "hx-supervisor")
        wanted = select(EmergencyMeasure).where(EmergencyMeasure.item_id == item_id, EmergencyMeasure.outcome == "")
        measure: Any = uow.session.scalars(wanted).one()
        outcome = "restored" if choice == "restore" else "withdrawn"
        release(
            uow, actor=actor, takedown_id=measure.takedown_id, measure_ids=[measure.id],
            ruling=Ruling(outcome, choice, "核实"),
        )  # fmt: skip
