"""A batch of drafts as a whole: submitted, opened in part, agreed to, returned."""

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from gongkai.accounts.permissions import Role
from gongkai.publishing.batches.models import BatchDeed, BatchOpening
from gongkai.publishing.batches.services import SAMPLE, draw
from gongkai.publishing.batches.tasks import run_deed
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, ItemStep
from tests.factories.items import work_off
from tests.factories.world import World, add_person
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import gongkai, text_list
from tests.publishing.pages import Person

HEADER = ("栏目", "标题", "成文日期", "发布机构", "内容概述", "正文", "外部编号", "责任科室", "文号", "主题分类")
WRITER, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


def line(number: int, *, summary: str = "公布有关事项。", document_number: str = "") -> tuple[str, ...]:
    """A row of HEADER that can be submitted as it is."""
    return (
        "gsgg", f"关于第{number}号事项的公告", "2026-03-16", "和溪县民政局", summary, f"现将第{number}号事项公告如下。",
        f"B{number}", "办公室", document_number, "民政、扶贫、救灾",
    )  # fmt: skip


def brought(world: World, folder: Path, rows: list[tuple[str, ...]]) -> int:
    """A batch of drafts by the contributor; returns its id."""
    file = folder / "草稿.csv"
    file.write_bytes(text_list(rows, HEADER))
    answer = gongkai(world.services, "items", "import", str(file), "--by", WRITER)
    assert answer.exit_code == 0, answer.output
    with world.services.database.system_scope("test") as uow:
        return uow.session.execute(select(func.max(ImportBatch.id))).scalar_one()


def items(world: World, batch_id: int) -> list[Item]:
    """The rows of a batch, in the order of the list."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(Item).where(Item.batch_id == batch_id).order_by(Item.id)))


def states(world: World, batch_id: int) -> list[str]:
    """State and step of the rows."""
    return [item.step or item.state for item in items(world, batch_id)]


def submitted(world: World, folder: Path, sign_in: SignIn, count: int) -> int:
    """A batch that was submitted as a whole."""
    batch_id = brought(world, folder, [line(number) for number in range(count)])
    sign_in(WRITER).post(f"/work/imports/{batch_id}/submission", {"secrecy_cleared": "1"})
    work_off(world.services)
    return batch_id


def open_all(person: Person, address: str) -> list[int]:
    """Open the rows drawn; returns their ids."""
    person.get(address)
    table = person.page_source.split('id="drawn"')[1].split("</table>")[0]
    ids = [int(found) for found in re.findall(r'href="/work/items/(\d+)"', table)]
    for item_id in ids:
        person.get(f"/work/items/{item_id}")
    person.get(address)
    return ids


def decide(person: Person, address: str, decision: str = "agree", status: int = 200, **more: str) -> str:
    """Send the form of the batch page that is open."""
    seen = SEEN.search(person.page_source)
    assert seen is not None, person.words[:500]
    return person.post(address, {"seen": seen[1], "decision": decision, **more}, status)


def test_a_batch_goes_from_submission_to_publication(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = brought(world, tmp_path, [line(number) for number in range(25)])
    writer = sign_in(WRITER)
    assert "整批送审" in writer.get(f"/work/imports/{batch_id}")
    assert "这一批次有25条草稿可以整批送审" in writer.get(f"/work/imports/{batch_id}/submission")
    writer.post(f"/work/imports/{batch_id}/submission", {"secrecy_cleared": "1"})
    assert 'http-equiv="refresh"' in writer.page_source
    work_off(world.services)
    assert "已送审25条。" in writer.get(f"/work/imports/{batch_id}/submission")
    for login, queue, published in (
        (REVIEWER, "/work/review/", False),
        (APPROVER, "/work/approval/", True),
    ):
        person = sign_in(login)
        assert "今天有1件事要办：1个批次待您整批办理" in person.get("/work/")
        page = person.get(queue)
        assert ("草稿.csv" in page, "25条" in page, "勾选：关于第3号" in page) == (True, True, False)
        address = f"{queue}batches/{batch_id}"
        assert len(open_all(person, address)) == SAMPLE
        decide(person, address, opinion="同意")
        work_off(world.services)
        assert set(states(world, batch_id)) == ({"published"} if published else {"final_approval"})
        assert "没有待您" in person.get(address)
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"]) is None
        opinions = uow.session.scalars(select(ItemStep.opinion).where(ItemStep.opinion != "")).all()
    assert list(opinions) == ["同意"] * 50


def test_rows_with_findings_stay_behind_and_are_listed(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    rows = [line(1), line(2, summary=""), line(3, document_number="第三号文件")]
    batch_id = brought(world, tmp_path, rows)
    writer, at = sign_in(WRITER), f"/work/imports/{batch_id}/submission"
    assert "未确认“非涉密”" in writer.post(at, status=400)
    writer.post(at, {"secrecy_cleared": "1"})
    work_off(world.services)
    page = writer.get(at)
    assert "已送审1条，2条未送审，原因见下。" in page
    assert "缺少内容概述；请填写内容概述" in page
    assert states(world, batch_id) == ["confidentiality_review", "draft", "draft"]
    assert [item.secrecy_cleared for item in items(world, batch_id)] == [True, False, False]
    writer.post(at, {"secrecy_cleared": "1", "reason": "原件即无规范文号"})
    work_off(world.services)
    assert states(world, batch_id) == ["confidentiality_review", "draft", "confidentiality_review"]
    page = sign_in(REVIEWER).get(f"/work/review/batches/{batch_id}")
    assert "文号" in page
    assert "说明：原件即无规范文号" in page


def test_agreement_waits_until_the_rows_drawn_are_open(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = submitted(world, tmp_path, sign_in, 14)
    address, reviewer = f"/work/review/batches/{batch_id}", sign_in(REVIEWER)
    page = reviewer.get(address)
    assert ("抽查的10条中还有10条没有打开" in page, "同意整批</button>" in page) == (True, False)
    assert "还有10条没有打开" in decide(reviewer, address, status=409)
    drawn = open_all(reviewer, address)
    assert "可以整批办理" in reviewer.page
    assert open_all(sign_in(REVIEWER), address) == drawn
    # What somebody else has opened does not help.
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-mzj-other", "hx-mzj", Role.REVIEWER)
    other = sign_in("hx-mzj-other")
    other.get(address)
    assert "还有10条没有打开" in decide(other, address, status=409)
    returned = drawn[0]
    reviewer.get(f"/work/items/{returned}")
    version = re.search(r'name="version" value="(\d+)"', reviewer.page_source)
    assert version is not None
    reviewer.post(
        f"/work/items/{returned}/review",
        {"version": version[1], "decision": "return", "opinion": "请核对", "batch": str(batch_id)},
    )
    assert reviewer.location == address
    # One row has left, so the next one drawn is still to be opened.
    assert "还有1条没有打开" in reviewer.page
    open_all(reviewer, address)
    decide(reviewer, address)
    work_off(world.services)
    found = {item.id: item for item in items(world, batch_id)}
    assert (found[returned].state, found[returned].review_batch_id) == ("draft", None)
    assert sorted(states(world, batch_id)) == ["draft"] + ["final_approval"] * 13


def test_a_batch_that_has_changed_is_not_decided_on(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = submitted(world, tmp_path, sign_in, 3)
    address, reviewer = f"/work/review/batches/{batch_id}", sign_in(REVIEWER)
    open_all(reviewer, address)
    sign_in(WRITER).post(f"/work/items/{items(world, batch_id)[0].id}/recall")
    assert "又有变动" in decide(reviewer, address, status=409)
    reviewer.get(address)
    decide(reviewer, address)
    work_off(world.services)
    assert states(world, batch_id) == ["draft", "final_approval", "final_approval"]


def test_nobody_decides_on_a_batch_they_wrote_a_row_of(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = submitted(world, tmp_path, sign_in, 12)
    with world.services.database.system_scope("test") as uow:
        one = items(world, batch_id)[5]
        authors = [*one.author_ids, world.people[REVIEWER]]
        uow.session.execute(update(Item).where(Item.id == one.id).values(author_ids=authors))
    address, reviewer = f"/work/review/batches/{batch_id}", sign_in(REVIEWER)
    page = reviewer.get(address)
    assert ("不能由您办理整批" in page, 'name="seen"' in page) == (True, False)
    reviewer.post(address, {"seen": "0" * 64, "decision": "return", "opinion": "不行"}, 403)
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalar(select(func.count()).where(BatchDeed.deed != "submit")) == 0


def test_a_whole_batch_is_returned_with_an_opinion(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = submitted(world, tmp_path, sign_in, 11)
    address, reviewer = f"/work/review/batches/{batch_id}", sign_in(REVIEWER)
    reviewer.get(address)
    assert "未填写退回意见" in decide(reviewer, address, "return", 400)
    decide(reviewer, address, "return", opinion="发布机构有误")
    assert "正在办理“保密审查：退回整批”" in reviewer.page
    seen = hashlib.sha256(",".join(f"{i.id}.{i.lock_version}" for i in items(world, batch_id)).encode()).hexdigest()
    assert "正在办理上一次操作" in reviewer.post(address, {"seen": seen, "decision": "return", "opinion": "再退"}, 409)
    work_off(world.services)
    assert states(world, batch_id) == ["draft"] * 11
    assert all(item.review_batch_id is None for item in items(world, batch_id))
    # Submitted again, the rows have other versions, so they are opened again.
    sign_in(WRITER).post(f"/work/imports/{batch_id}/submission", {"secrecy_cleared": "1"})
    work_off(world.services)
    assert "抽查的10条中还有10条没有打开" in reviewer.get(address)


def test_only_the_post_of_the_step_decides(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = submitted(world, tmp_path, sign_in, 2)
    reviewer, approver = sign_in(REVIEWER), sign_in(APPROVER)
    reviewer.get(f"/work/approval/batches/{batch_id}", 403)
    assert "没有待您终审的信息" in approver.get(f"/work/approval/batches/{batch_id}")
    approver.get(f"/work/items/{items(world, batch_id)[0].id}")
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(BatchOpening)).all() == []
    reviewer.post(f"/work/review/batches/{batch_id}", {"seen": "0" * 64, "step": "legality_review"}, 403)


def test_a_deed_that_was_interrupted_goes_on(
    world: World, tmp_path: Path, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = brought(world, tmp_path, [line(number) for number in range(7)])
    sign_in(WRITER).post(f"/work/imports/{batch_id}/submission", {"secrecy_cleared": "1"})
    with world.services.database.system_scope("test") as uow:
        deed_id = uow.session.execute(select(BatchDeed.id)).scalar_one()
    from gongkai.publishing.batches import tasks

    monkeypatch.setattr(tasks, "CHUNK", 3)
    real, calls = tasks._carry_out, []

    def dies(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tasks, "_carry_out", dies)
    with pytest.raises(KeyboardInterrupt):
        run_deed(world.services, deed_id=deed_id)
    assert states(world, batch_id) == ["confidentiality_review"] * 3 + ["draft"] * 4
    work_off(world.services)
    assert states(world, batch_id) == ["confidentiality_review"] * 7
    with world.services.database.system_scope("test") as uow:
        deed = uow.session.get_one(BatchDeed, deed_id)
        assert (deed.state, deed.rows_done, deed.refused) == ("done", 7, [])


def test_a_deed_of_somebody_who_has_left_ends_in_words(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    batch_id = brought(world, tmp_path, [line(1)])
    writer = sign_in(WRITER)
    writer.post(f"/work/imports/{batch_id}/submission", {"secrecy_cleared": "1"})
    with world.services.database.system_scope("test") as uow:
        from gongkai.accounts.models import Membership

        uow.session.execute(update(Membership).where(Membership.user_id == world.people[WRITER]).values(active=False))
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        deed = uow.session.scalars(select(BatchDeed)).one()
    assert (deed.state, "已不在本单位任职" in deed.note, states(world, batch_id)) == ("failed", True, ["draft"])


def test_a_batch_of_several_pages_is_published_in_order(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    count = 120
    batch_id = submitted(world, tmp_path, sign_in, count)
    for login, queue in ((REVIEWER, "review"), (APPROVER, "approval")):
        person, address = sign_in(login), f"/work/{queue}/batches/{batch_id}"
        open_all(person, address)
        assert person.get(f"{address}?page=3").count("关于第") == SAMPLE + count % 50
        decide(person, address)
        work_off(world.services)
    assert set(states(world, batch_id)) == {"published"}
    with world.services.database.system_scope("test") as uow:
        numbers = uow.session.scalars(select(Item.index_number_seq).where(Item.batch_id == batch_id)).all()
    assert sorted(number or 0 for number in numbers) == list(range(1, count + 1))


@given(
    seed=st.integers(0, 2**62), ids=st.lists(st.integers(1, 10**9), min_size=1, max_size=60, unique=True),
    gone=st.integers(0, 59),
)  # fmt: skip
def test_the_rows_drawn_stay_the_same_but_for_one_that_follows(seed: int, ids: list[int], gone: int) -> None:
    drawn = draw(seed, ids)
    assert drawn == draw(seed, reversed(ids))
    assert len(drawn) == min(SAMPLE, len(ids)) == len(set(drawn))
    left = [item_id for item_id in ids if item_id != ids[gone % len(ids)]]
    again = draw(seed, left)
    assert [item_id for item_id in drawn if item_id in left] == again[: len([i for i in drawn if i in left])]
