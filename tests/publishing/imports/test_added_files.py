"""Files of a second run for items that came without them, and files that a person looks at before they are public."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from gongkai.core.models import AuditEvent
from gongkai.publishing.drafts import override_warnings
from gongkai.publishing.imports import inspection
from gongkai.publishing.imports.models import HeldRow
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.models import Item, ItemVersion, PeriodCount
from gongkai.publishing.publication import mark_validity
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import gongkai, issue, migrate, text_list
from tests.publishing.imports.test_files import HEADER, PDF, TEXT, attachments_of, bring, line, packed, titles
from tests.publishing.terms.lists import IDENTITY, term

DRAFTS = ("栏目", "标题", "外部编号", "正文", "附件")
LEAK = f"张三，身份证号码{IDENTITY}。".encode()
TITLE = "关于第1号事项的公告"


def without(world: World, folder: Path, rows: list[tuple[str, ...]]) -> dict[str, Any]:
    """A migration of a list whose files stayed behind."""
    answer = migrate(world.services, folder, text_list(rows, HEADER), "--tenant", "hx-mzj", "--json")
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def figures(world: World) -> list[tuple[str, int, int]]:
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(PeriodCount).order_by(PeriodCount.period))
        return [(row.period, row.total, row.counted) for row in rows]


def held(world: World) -> list[tuple[str, str]]:
    """(title, state) of the rows that were held back."""
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        return [(row.title, row.state) for row in uow.session.scalars(select(HeldRow).order_by(HeldRow.id))]


def public_item(world: World) -> Item:
    with world.services.database.system_scope("test") as uow:
        return uow.session.scalars(select(Item).where(Item.is_public)).one()


def test_a_public_item_gets_its_files_in_a_version_that_says_so(
    world: World, tmp_path: Path, client: FlaskClient
) -> None:
    assert without(world, tmp_path, [line(1, "名单.txt")])["created"] == 1
    issue(world, "hx", "2023-03")
    before, counted = public_item(world), figures(world)
    tried = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": TEXT}), "--dry-run")
    assert (tried["changed"], attachments_of(world)) == (1, [])
    found = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": TEXT}))
    assert (found["created"], found["changed"], found["refused"]) == (0, 1, 0), found
    after = public_item(world)
    assert (after.id, after.index_number, after.published_at, after.period, after.refreshed_at) == (
        before.id, before.index_number, before.published_at, before.period, None,
    )  # fmt: skip
    assert (after.change_kind, after.change_reason) == ("erratum", "补入历史信息迁移时缺少的附件")
    assert figures(world) == counted
    assert attachments_of(world) == [(TITLE, "名单.txt", len(TEXT))]
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"], files=world.services.files) is None
        versions = uow.session.scalars(select(ItemVersion).order_by(ItemVersion.version)).all()
        assert [[file["name"] for file in version.content["attachments"]] for version in versions] == [[], ["名单.txt"]]
        changes = select(func.count()).where(AuditEvent.action == "item.change", AuditEvent.object_id == after.id)
        assert uow.session.scalar(changes) == 1
    page = client.get(f"/items/{after.id}").get_data(as_text=True)
    assert "名单.txt" in page
    assert "补入历史信息迁移时缺少的附件" in page
    assert bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": TEXT}))["unchanged"] == 1


def test_what_people_changed_since_is_told_and_not_touched(world: World, tmp_path: Path) -> None:
    without(world, tmp_path, [line(1, "名单.txt")])
    item_id = public_item(world).id
    with world.services.database.system_scope("test") as uow:
        mark_validity(
            uow, tenant_id=world.units["hx-mzj"], item_id=item_id, validity="lapsed", reason="清理结果", changed_by=None
        )
        uow.session.execute(update(Item).values(validity="in_force"))
    found = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": TEXT}))
    assert found["faults"][0]["problem"] == "已存在（已发布），内容不同：附件"
    assert attachments_of(world) == []


def drafted(world: World, folder: Path, files: Path | None = None) -> dict[str, Any]:
    """A list of one draft, with or without its file."""
    file = folder / "drafts.csv"
    file.write_bytes(text_list([("gsgg", "关于名单的公告", "B1", "名单如下。", "名单.txt")], DRAFTS))
    given = ["--files", str(files)] if files else []
    answer = gongkai(world.services, "items", "import", str(file), "--by", "hx-mzj-contributor", *given, "--json")
    assert answer.exit_code in (0, 1), answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("touched", [False, True])
def test_a_draft_gets_its_files_unless_somebody_has_worked_on_it(
    world: World, tmp_path: Path, *, touched: bool
) -> None:
    assert drafted(world, tmp_path)["created"] == 1
    with world.services.database.system_scope("test") as uow:
        item_id = uow.session.scalars(select(Item.id)).one()
    if touched:
        with world.services.database.transaction() as uow:
            actor = world.actor(uow, "hx-mzj-contributor")
            override_warnings(uow, actor=actor, item_id=item_id, reasons={"mobile": "办公电话"})
    found = drafted(world, tmp_path, packed(tmp_path, {"名单.txt": TEXT}))
    if touched:
        assert found["faults"][0]["problem"] == "已存在（草稿），内容不同：附件"
        assert attachments_of(world) == []
    else:
        assert (found["changed"], found["refused"]) == (1, 0)
        assert attachments_of(world) == [("关于名单的公告", "名单.txt", len(TEXT))]


def test_a_file_with_personal_data_keeps_its_item_back_until_a_person_has_looked(
    world: World, tmp_path: Path, sign_in: SignIn
) -> None:
    files = packed(tmp_path, {"名单.txt": LEAK, "好.txt": TEXT})
    found = bring(world, tmp_path, [line(1, "名单.txt"), line(2, "好.txt")], files)
    assert (found["created"], titles(world)) == (1, ["关于第2号事项的公告"])
    assert "有1条的附件须由政务公开办核对，核对前不公开" in "".join(found["notes"])
    assert held(world) == [(TITLE, "waiting")]
    again = bring(world, tmp_path, [line(1, "名单.txt")], files)
    assert (again["created"], held(world)) == (0, [(TITLE, "waiting")])
    office = sign_in("hx-supervisor")
    office.get("/work/held-files/")
    assert "1条历史信息的附件待核对" in office.words
    assert "附件《名单.txt》中有1处疑似身份证号码" in office.words
    with world.services.database.system_scope("test") as uow:
        held_id = uow.session.scalars(select(HeldRow.id)).one()
    with office.client.get(f"/work/held-files/{held_id}/0") as download:
        assert download.data == LEAK
    office.get("/work/held-files/")
    office.post("/work/held-files/", {"decision": "release"}, status=400)
    office.post("/work/held-files/", {"decision": "reject", "held": str(held_id), "reason": ""}, status=400)
    assert "没有填写核对情况" in office.page
    office.post("/work/held-files/", {"decision": "reject", "held": str(held_id), "reason": "含个人信息，不应公开"})
    assert (held(world), titles(world)) == ([(TITLE, "rejected")], ["关于第2号事项的公告"])
    refused = bring(world, tmp_path, [line(1, "名单.txt")], files)
    assert refused["faults"][0]["problem"] == "附件核对后决定不予发布：含个人信息，不应公开"
    office.post("/work/held-files/", {"decision": "release", "held": str(held_id), "reason": "重复"}, status=409)


def test_what_the_office_releases_is_published_as_it_came(
    world: World, tmp_path: Path, sign_in: SignIn, client: FlaskClient
) -> None:
    bring(world, tmp_path, [line(1, "扫描件.pdf")], packed(tmp_path, {"扫描件.pdf": PDF[:200] + b"\n%%EOF"}))
    assert (held(world), titles(world)) == ([(TITLE, "waiting")], [])
    issue(world, "hx", "2023-03")
    office = sign_in("hx-supervisor")
    office.get("/work/held-files/")
    assert "不能读取" in office.words
    number = office.page.partition('name="held" value="')[2].partition('"')[0]
    chosen = {"decision": "release", "held": number, "reason": "已核对扫描件，可以公开"}
    office.post("/work/held-files/", chosen)
    assert held(world) == [(TITLE, "waiting")], "its month was issued meanwhile, and nobody has confirmed that"
    office.get("/work/held-files/")
    assert "2023年3月的通报已由和溪县印发" in office.page
    office.post("/work/held-files/", chosen | {"late_confirmed": "1"})
    assert (held(world), titles(world)) == ([(TITLE, "brought")], [TITLE])
    item = public_item(world)
    assert (item.period, item.entry_route, item.external_key) == ("2023-03", "migrated", "id:A1")
    assert "扫描件.pdf" in client.get(f"/items/{item.id}").get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units["hx-mzj"], files=world.services.files) is None
        decided = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "held_row.decide")).first()
        assert decided is not None
        assert (decided.user_id, decided.tenant_id) == (world.people["hx-supervisor"], world.units["hx-mzj"])


def test_files_that_a_public_item_lacks_are_looked_at_too(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    term(world, "禁用的说法", "规范的说法", kind="forbidden", login="yl-supervisor")
    without(world, tmp_path, [line(1, "名单.txt")])
    found = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": "禁用的说法。".encode()}))
    assert (found["changed"], attachments_of(world), held(world)) == (0, [], [(TITLE, "waiting")])
    office = sign_in("hx-supervisor")
    office.get("/work/held-files/")
    assert "补入附件" in office.words
    number = office.page.partition('name="held" value="')[2].partition('"')[0]
    office.post("/work/held-files/", {"decision": "release", "held": number, "reason": "引用历史文件"})
    assert held(world) == [(TITLE, "brought")]
    assert [name for _, name, _ in attachments_of(world)] == ["名单.txt"]
    assert public_item(world).change_kind == "erratum"


@pytest.mark.parametrize(("content", "ends"), [(TEXT, "brought"), (LEAK, "waiting")])
def test_what_cannot_be_read_in_time_waits_and_is_read_behind_the_run(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, ends: str
) -> None:
    monkeypatch.setattr(inspection, "PATIENCE", -1.0)
    found = bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": content}))
    assert (found["created"], titles(world)) == (0, [])
    assert held(world) == [(TITLE, ends)]
    assert titles(world) == ([TITLE] if ends == "brought" else [])


def test_another_county_sees_nothing_of_what_waits(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    bring(world, tmp_path, [line(1, "名单.txt")], packed(tmp_path, {"名单.txt": LEAK}))
    held(world)
    with world.services.database.system_scope("test") as uow:
        held_id = uow.session.scalars(select(HeldRow.id)).one()
    stranger = sign_in("qs-supervisor")
    stranger.get("/work/held-files/")
    assert "没有待核对的迁移附件" in stranger.words
    stranger.get(f"/work/held-files/{held_id}/0", status=404)
    stranger.get("/work/held-files/")
    stranger.post("/work/held-files/", {"decision": "release", "held": str(held_id), "reason": "核对"}, status=409)
    assert titles(world) == []
