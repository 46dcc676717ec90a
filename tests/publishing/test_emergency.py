"""Emergency takedown by number, file, column and word: gone at once, locked, told, and on nobody else's order."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from gongkai.accounts.permissions import Role
from gongkai.core.errors import Refused
from gongkai.core.models import AuditEvent
from gongkai.publishing.chain import decide, schedule, submit
from gongkai.publishing.drafts import override_warnings, start_revision
from gongkai.publishing.emergency.tasks import remind_papers
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.publishing.models import Item, ItemStep
from gongkai.search import window
from tests.conftest import AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, work_off
from tests.factories.world import World, add_person
from tests.portal.pages import Seen, through_the_chain, with_files
from tests.publishing.conftest import SignIn
from tests.publishing.emergencies import CALL, PDF, counts, found, removed, ruled
from tests.publishing.imports.lists import migration_row
from tests.publishing.pages import Person, file

OTHER = PDF + b"%other\n"


@pytest.fixture
def duty(world: World, sign_in: SignIn) -> Person:
    """The officer on duty of 和溪县."""
    return on_duty(world, sign_in)


def on_duty(world: World, sign_in: SignIn) -> Person:
    """Somebody of 和溪县 signs in as its officer on duty."""
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-duty_officer", "hx", Role.DUTY_OFFICER)
    return sign_in("hx-duty_officer")


def number_of(world: World, item_id: int) -> str:
    """An item's index number."""
    with world.services.database.system_scope("test") as uow:
        return str(uow.session.get_one(Item, item_id).index_number)


def state_of(world: World, item_id: int) -> str:
    """An item's state."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id).state


def copy_of(world: World, *, title: str) -> int:
    """An item that waits for approval, whatever its checks say of duplicates."""
    item_id = draft(world, title=title)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        override_warnings(uow, actor=writer, item_id=item_id, reasons={"duplicate": "重新发布"})
        submit(uow, actor=writer, item_id=item_id)
        decide(uow, actor=world.actor(uow, "hx-mzj-confidentiality_reviewer"), item_id=item_id)
    return item_id


@pytest.mark.parametrize("form", ["number", "id", "address", "full address", "index address"])
def test_one_step_by_its_number_and_it_is_gone_before_any_job_runs(
    world: World, duty: Person, client: FlaskClient, form: str
) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)], title="关于公示救助名单的公告")
    number = number_of(world, item_id)
    pages = [f"/items/{item_id}", f"/items/{item_id}/print", f"/items/{item_id}/versions/1", f"/index/{number}"]
    pages.append(f"/items/{item_id}/files/1/{quote('名单.pdf')}")
    lists = ["/", "/items/", "/units/hx-mzj/", "/units/hx-mzj/feed.atom", "/units/hx-mzj/columns/gsgg/"]
    lists += ["/units/hx-mzj/columns/gsgg/feed.atom", "/search?q=救助名单", "/search.atom?q=救助名单"]
    tags = {}
    for path in (*pages, *lists):
        answer = client.get(path, buffered=True, follow_redirects=True)
        assert answer.status_code == 200, path
        assert path in pages or "救助名单的公告" in re.sub("</?mark>", "", answer.get_data(as_text=True)), path
        tags[path] = answer.headers.get("ETag", "")
        assert answer.headers["Cache-Control"] in ("public, no-cache", "no-cache"), path
    wanted = {
        "number": number, "id": str(item_id), "address": f"/items/{item_id}",
        "full address": f"https://www.example.gov.cn/items/{item_id}?from=app", "index address": f"/index/{number}",
    }[form]  # fmt: skip
    removed(duty, wanted)
    assert "2026年3月24日下班前补齐书面手续" in duty.words
    for path in (*pages, *lists):
        answer = client.get(path, headers={"If-None-Match": tags[path]}, buffered=True)
        shown = re.sub("</?mark>", "", answer.get_data(as_text=True))
        assert answer.status_code == (410 if path in pages else 200), path
        assert "救助名单的公告" not in shown, path
        assert "名单.pdf" not in shown, path
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        assert world.services.search.verify(uow).is_sound
        assert uow.session.scalar(text("SELECT count(*) FROM search_document")) == 0


def test_the_office_is_named_in_the_steps_the_audit_and_the_notice(world: World, duty: Person, sign_in: SignIn) -> None:
    item_id = published(world, title="关于公示救助名单的公告")
    removed(duty, str(item_id))
    with world.services.database.system_scope("test") as uow:
        step = uow.session.scalars(select(ItemStep).order_by(ItemStep.id.desc())).first()
        assert step is not None
        assert (step.action, step.from_state, step.to_state) == ("take_down", "published", "taken_down")
        assert (step.actor_id, step.actor_name) == (
            world.people["hx-duty_officer"],
            "hx-duty_officer（和溪县紧急撤下）",
        )
        event = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "emergency.take_down")).one()
        assert (event.tenant_id, event.acting_tenant_id) == (world.units["hx-mzj"], world.units["hx"])
        assert event.detail["basis"] == CALL["basis"]
        scope = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "scope.acting_for")).one()
        assert "和溪县人民政府" in scope.detail["reason"]
    work_off(world.services)
    contributor = sign_in("hx-mzj-contributor")
    contributor.get("/work/notices/")
    assert "和溪县人民政府紧急撤下本单位“关于公示救助名单的公告”" in contributor.words
    contributor.get(f"/work/items/{item_id}")
    assert "紧急撤下（和溪县）：《政府信息公开条例》第十四条" in contributor.words
    assert contributor.words.count("（和溪县紧急撤下）") == 1


@pytest.mark.parametrize(
    ("left_out", "said"),
    [("caller", "未填写来电人或来电单位"), ("basis", "未填写撤下依据"), ("q", "没有选择要撤下的内容")],
)
def test_caller_and_basis_are_required_at_once(world: World, duty: Person, left_out: str, said: str) -> None:
    item_id = published(world)
    data = {"q": str(item_id), "deed": "take", **CALL, left_out: " "}
    duty.post("/office/emergency/", data, 400)
    assert said in duty.words
    assert state_of(world, item_id) == "published"
    kept = {"caller", "basis"} - {left_out}
    assert all(CALL[name] in duty.page for name in kept)


def test_a_word_shows_a_preview_first_and_takes_what_is_ticked(world: World, duty: Person, client: FlaskClient) -> None:
    body = "<p>救助对象张三丰，家住清水镇。</p>"
    first = published(world, title="关于第一批救助的公告", body_html=body)
    second = published(world, title="关于第二批救助的公告", body_html=body.replace("清水", "明水"))
    other = published(world, title="关于张三的公告", body_html="<p>与上面的人无关，他叫张三。</p>")
    foreign = published(world, "qs-mzj", title="关于外县救助的公告", body_html=body)
    lines = found(duty, "張三丰")
    assert lines == {f"item-{first}": True, f"item-{second}": True}
    assert "救助对象张三丰，家住清水镇" in duty.words
    duty.post("/office/emergency/", {"q": "张三丰", "deed": "take", **CALL}, 400)
    assert "请核对下面找到的内容" in duty.words
    assert state_of(world, first) == "published"
    removed(duty, "张三丰", pick=[f"item-{second}"])
    assert [state_of(world, item_id) for item_id in (first, second, other, foreign)] == [
        "published", "taken_down", "published", "published",
    ]  # fmt: skip
    assert Seen(client, f"/items/{second}").status == 410


def test_a_word_is_found_before_the_index_has_it_and_within_one_unit(world: World, duty: Person) -> None:
    there = published(world, title="关于低保名单的公告")
    with world.services.database.transaction() as uow:
        uow.session.execute(text("DELETE FROM search_document"))
        uow.session.execute(text("DELETE FROM search_gram"))
    assert found(duty, "低保名单") == {f"item-{there}": True}
    elsewhere = published(world, "hx-qsz", title="关于低保名单的通知")
    lines = found(duty, "低保名单", unit=world.units["hx-qsz"])
    assert lines == {f"item-{elsewhere}": True}


def test_a_word_of_very_many_documents_is_also_found_in_the_old_ones(
    world: World, sign_in: SignIn, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "VISITED", 3)
    monkeypatch.setattr(window, "TRIED", 2)
    expected = set()
    for day in range(10):
        expected.add(f"item-{published(world, title=f'第{day + 1}期防火简报')}")
        clock.advance(days=1)
    assert set(found(on_duty(world, sign_in), "防火")) == expected


def test_one_file_goes_everywhere_and_its_item_stays(world: World, duty: Person, client: FlaskClient) -> None:
    both = [("张三身份证.pdf", PDF), ("说明.pdf", OTHER)]
    item_id = with_files(world, both, title="关于公示救助名单的公告")
    again = with_files(world, [("名单副本.pdf", PDF)], title="关于再次公示的公告", body_html="<p>再次公示。</p>")
    path = f"/items/{item_id}/files/1/{quote('张三身份证.pdf')}"
    tag = client.get(path, buffered=True).headers["ETag"]
    shown = client.get("/search?q=张三身份证").get_data(as_text=True)
    assert "张三身份证" in re.sub("</?mark>", "", shown)
    lines = found(duty, path)
    assert [checked for value, checked in lines.items() if value.startswith("file-")] == [True, False]
    assert lines[f"item-{item_id}"] is False
    removed(duty, f"http://localhost{path}")
    for client_headers in ({}, {"If-None-Match": tag}, {"Range": "bytes=0-3"}):
        answer = client.get(path, headers=client_headers, buffered=True)
        assert (answer.status_code, b"PDF" in answer.data) == (410, False)
    assert client.get(f"/items/{again}/files/1/{quote('名单副本.pdf')}").status_code == 410
    assert client.get(f"/items/{item_id}/files/2/{quote('说明.pdf')}", buffered=True).status_code == 200
    page = Seen(client, f"/items/{item_id}")
    assert (page.status, "张三身份证" in page.text, "说明.pdf" in page.text) == (200, False, True)
    assert "张三身份证" not in Seen(client, f"/items/{item_id}/versions/1").text
    for _ in ("before the jobs", "after them"):
        hits = client.get("/search?q=救助名单").get_data(as_text=True)
        assert f"/items/{item_id}" in hits
        assert "身份证" not in re.sub("</?mark>", "", hits)
        work_off(world.services)
    assert counts(world) == (2, 2)


def test_a_column_goes_with_everything_in_and_below_it(world: World, duty: Person, client: FlaskClient) -> None:
    inside = [published(world, column=column, title=f"关于{column}的通知") for column in ("gsgg", "qtwj")]
    kept = published(world, "hx-qsz", title="关于镇上的通知")
    assert "/columns/gsgg/" in "".join(Seen(client, "/units/hx-mzj/").links)
    removed(duty, "/units/hx-mzj/columns/fd/")
    assert "栏目1个（含信息2条）" in duty.words
    for code in ("fd", "gsgg", "qtwj"):
        for path in (f"/units/hx-mzj/columns/{code}/", f"/units/hx-mzj/columns/{code}/feed.atom"):
            answer = Seen(client, path)
            assert (answer.status, "现已撤下" in answer.text) == (410, True)
    links = "".join(Seen(client, "/units/hx-mzj/").links)
    assert "/columns/gsgg/" not in links
    assert "/columns/fd/" not in links
    assert Seen(client, "/units/hx-qsz/columns/fd/").status == 200
    assert [Seen(client, f"/items/{item_id}").status for item_id in (*inside, kept)] == [410, 410, 200]
    assert counts(world) == (0, 2)
    newcomer = reviewed(world, title="关于另一件事的通知", body_html="<p>另一件事。</p>")
    with (
        world.services.database.unit_of_work() as uow,
        pytest.raises(Refused, match="所在栏目已被紧急撤下，在政务公开办作出恢复发布的决定之前不能发布"),
    ):
        decide(uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=newcomer)


def test_what_was_taken_down_cannot_be_published_again(world: World, duty: Person, sign_in: SignIn) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)], title="关于公示救助名单的公告")
    other = with_files(world, [("方案.pdf", OTHER)], title="关于另一件事的公告", body_html="<p>另一件事。</p>")
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, "hx-mzj-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="删去名单")
    removed(duty, str(item_id))
    same = copy_of(world, title="关于公示救助名单的公告")
    approver = sign_in("hx-mzj-approver")
    approver.post(f"/work/items/{same}/approve", {"version": version(world, same), "decision": "agree"}, 409)
    assert "正文与已紧急撤下的信息相同" in approver.words
    assert state_of(world, same) == "in_approval"
    with pytest.raises(Refused, match="附件与已紧急撤下的信息的附件相同"):
        with_files(world, [("改名.pdf", PDF)], title="关于换个标题的公告", body_html="<p>换个说法。</p>")
    with world.services.database.unit_of_work() as uow, pytest.raises(Exception, match="已撤下"):
        through_the_chain(world, revision.id, "hx-mzj")
    neighbour = published(world, "hx-qsz", title="关于公示救助名单的公告")
    assert state_of(world, neighbour) == "published"
    assert state_of(world, other) == "published"


def version(world: World, item_id: int) -> int:
    """The lock version that a page would show."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Item, item_id).lock_version


def test_an_import_does_not_bring_it_back(world: World, duty: Person) -> None:
    row = migration_row(1)
    arguments = {"unit_code": "yl", "responsible": "李四", "allowed_by": "yl-supervisor"}
    cutoff = row.published_at.date() + timedelta(days=30)  # type: ignore[union-attr]
    migrate_rows(world.services, rows=[row], cutoff=cutoff, **arguments)  # type: ignore[arg-type]
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        item_id = uow.session.scalars(select(Item.id)).one()
    removed(duty, str(item_id))
    second = migration_row(1, external_id="another", index_number="")
    result = migrate_rows(world.services, rows=[second], cutoff=cutoff, **arguments)  # type: ignore[arg-type]
    assert (result.created, [fault.problem for fault in result.faults]) == (0, ["内容或所在栏目已被紧急撤下"])


def test_scheduled_publications_of_the_same_are_stopped(world: World, duty: Person, clock: AdjustableClock) -> None:
    item_id = published(world, title="关于公示救助名单的公告")
    same = copy_of(world, title="关于公示救助名单的公告")
    other = reviewed(world, title="关于另一件事的公告", body_html="<p>另一件事。</p>")
    with world.services.database.transaction() as uow:
        approver = world.actor(uow, "hx-mzj-approver")
        for scheduled in (same, other):
            decide(uow, actor=approver, item_id=scheduled, publish_at=clock.now + timedelta(hours=1))
    removed(duty, str(item_id))
    assert "停止定时发布1项" in duty.words
    assert (state_of(world, same), state_of(world, other)) == ("approved", "scheduled")
    with world.services.database.unit_of_work() as uow, pytest.raises(Refused, match="正文与已紧急撤下"):
        schedule(
            uow, actor=world.actor(uow, "hx-mzj-approver"), item_id=same, publish_at=clock.now + timedelta(hours=1)
        )


def test_paper_within_one_working_day(world: World, duty: Person, sign_in: SignIn, clock: AdjustableClock) -> None:
    case_id = removed(duty, str(published(world)))
    duty.get("/office/emergency/")
    assert "待补书面手续（最迟2026-03-24）" in duty.words
    for days, subject in ((1, "书面手续今日到期"), (1, "逾期未补书面手续")):
        clock.advance(days=days)
        for _ in range(2):
            remind_papers(world.services)
            work_off(world.services)
        supervisor = sign_in("hx-supervisor")
        supervisor.get("/work/notices/")
        assert supervisor.words.count(subject) == 1
    supervisor.get("/office/emergency/")
    assert "有1件逾期未补书面手续" in supervisor.words
    path = f"/office/emergency/{case_id}"
    duty = sign_in("hx-duty_officer")
    duty.post(f"{path}/paper", {"paper": file(b"MZ\x90", "手续.pdf")}, 400)
    duty.post(f"{path}/paper", {}, 400)
    assert "没有选择文件" in duty.words
    duty.post(f"{path}/paper", {"paper": file(PDF, "网信办函.pdf")})
    assert "书面手续已补（逾期）" in duty.words
    assert duty.client.get(f"{path}/paper", buffered=True).data == PDF
    duty.post(f"{path}/paper", {"paper": file(PDF, "网信办函.pdf")}, 409)


@pytest.mark.parametrize("login", ["qs-supervisor", "hx-mzj-unit_admin", "hx-mzj-approver"])
def test_only_the_office_above_takes_down(world: World, sign_in: SignIn, login: str) -> None:
    item_id = published(world)
    with world.services.database.system_scope("test") as uow:
        column_id = world.column(uow, "hx-mzj", "gsgg")
    person = sign_in(login)
    status = 404 if login == "qs-supervisor" else 403
    for pick in (f"item-{item_id}", f"file-{item_id}-{'0' * 64}", f"column-{column_id}"):
        person.post("/office/emergency/", {"q": "x", "deed": "take", "pick": pick, **CALL}, status)
    if login == "qs-supervisor":
        person.post("/office/emergency/", {"q": str(item_id), "deed": "take", **CALL}, 400)
        assert found(person, "春季防火") == {}
    assert state_of(world, item_id) == "published"


def test_an_officer_on_duty_does_not_release_and_the_prefecture_sees_its_counties(
    world: World, duty: Person, sign_in: SignIn
) -> None:
    case_id = removed(duty, str(published(world)))
    ruled(duty, world, case_id, "restored", status=403)
    foreign, above = sign_in("qs-supervisor"), sign_in("yl-supervisor")
    for path in ("", "/report", "/report.docx", "/paper"):
        foreign.get(f"/office/emergency/{case_id}{path}", 404)
    ruled(foreign, world, case_id, "restored", status=404)
    above.get(f"/office/emergency/{case_id}")
    ruled(above, world, case_id, "restored")
    above.post(f"/office/emergency/{case_id}/paper", {"paper": file(PDF, "函.pdf")}, 404)


def test_a_new_text_in_the_same_place_is_not_locked(world: World, duty: Person) -> None:
    removed(duty, str(published(world)))
    with world.services.database.unit_of_work() as uow:
        form = item_form(world, uow, "hx-mzj", "gsgg")
    fresh = published(world, title=f"{form.title}（修订）")
    assert state_of(world, fresh) == "published"
