"""Joint documents （条例 art. 10）: the lead publishes, the others reprint with one button, and reprints follow."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import form_of, save_draft, start_revision
from gongkai.publishing.emergency.models import EmergencyMeasure
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.links.models import JointReprint
from gongkai.publishing.models import Item
from gongkai.supervision.models import Notice
from tests.core.extraction.samples import pdf
from tests.factories.items import draft, work_off
from tests.factories.world import World
from tests.portal.pages import Seen, with_files
from tests.publishing.conftest import SignIn
from tests.publishing.emergencies import counts, removed, ruled
from tests.publishing.links.partners import UNIT, approve, item_of, remove, send
from tests.publishing.pages import Person, version_of

LEAD, TOWN, BUREAU = UNIT, "hx-qsz", "yl-czj"
LEAD_NAME, TOWN_NAME, OUTSIDE = "和溪县民政局", "和溪县清水镇人民政府", "和溪县慈善总会"
JOINT: dict[str, Any] = {
    "title": "关于开展联合救助的公告",
    "document_number": "和民发〔2026〕8号",
    "origin": "joint",
    "optional": {"co_issuers": f"{TOWN_NAME}、{OUTSIDE}、云岭州财政局"},
}


@pytest.fixture
def lead(world: World) -> int:
    """A joint document with a file that its lead has published."""
    item_id = with_files(world, [("名单.pdf", pdf("救助名单"))], **JOINT)
    work_off(world.services)
    return item_id


def offer_of(world: World, unit: str) -> JointReprint:
    """What a unit was offered."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.execute(select(JointReprint).where(JointReprint.tenant_id == world.units[unit])).scalar_one()


def reprinted(world: World, sign_in: SignIn, unit: str = TOWN) -> int:
    """Let a unit reprint with one button and one reviewer; returns the reprint."""
    person = sign_in(f"{unit}-contributor")
    person.post(f"/work/reprints/{offer_of(world, unit).id}/make")
    item_id = offer_of(world, unit).item_id
    assert item_id is not None, person.words
    review(world, sign_in(f"{unit}-confidentiality_reviewer"), item_id)
    return item_id


def review(world: World, reviewer: Person, item_id: int) -> None:
    """The one decision that a reprint needs."""
    version = version_of(reviewer.get(f"/work/items/{item_id}"))
    reviewer.post(f"/work/items/{item_id}/review", {"version": version, "decision": "agree"})
    work_off(world.services)


def notices(world: World, unit: str) -> list[str]:
    """Subjects of a unit's notices, oldest first."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject).where(Notice.tenant_id == world.units[unit], Notice.kind != "mail")
        return list(uow.session.scalars(query.order_by(Notice.id)))


def revised(world: World, item_id: int, **changes: Any) -> None:
    """The lead publishes a changed text."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{LEAD}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind="content", reason="补充内容")
        form = form_of(revision)
        save_draft(uow, actor=writer, item_id=revision.id, form=replace(form, **changes))
        submit(uow, actor=writer, item_id=revision.id)
        decide(uow, actor=world.actor(uow, f"{LEAD}-confidentiality_reviewer"), item_id=revision.id)
        decide(uow, actor=world.actor(uow, f"{LEAD}-approver"), item_id=revision.id)
    work_off(world.services)


def test_co_issuers_are_typed_or_chosen_and_must_be_there(world: World, sign_in: SignIn) -> None:
    writer = sign_in(f"{LEAD}-contributor")
    item_id = draft(world, **JOINT | {"optional": {}})
    assert "联合制作的信息没有联合发文机关" in writer.get(f"/work/items/{item_id}/submit")
    page = writer.get(f"/work/items/{item_id}/edit")
    assert f'<option value="{TOWN_NAME}">' in page
    assert f'<option value="{LEAD_NAME}">' not in page
    values = writer.edit(item_id, co_issuers=OUTSIDE, co_issuer_unit=TOWN_NAME)
    writer.post(f"/work/items/{item_id}/co-issuers", values)
    assert item_of(world, item_id).optional["co_issuers"] == f"{OUTSIDE}、{TOWN_NAME}"
    page = writer.get(f"/work/items/{item_id}")
    assert "平台单位，发布后会收到转载提示" in page
    assert "平台以外的机关" in page
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, co_issuers=LEAD_NAME))
    assert "联合发文机关中有发布机构自身" in writer.get(f"/work/items/{item_id}/submit")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, co_issuers=OUTSIDE, origin="produced"))
    assert "信息来源却不是共同制作" in writer.get(f"/work/items/{item_id}/submit")


def test_another_agency_s_document_is_published_by_that_agency(world: World, sign_in: SignIn) -> None:
    writer = sign_in(f"{TOWN}-contributor")
    item_id = draft(world, TOWN, issuing_agency=LEAD_NAME)
    page = writer.get(f"/work/items/{item_id}/submit")
    assert f"“{LEAD_NAME}”是另一公开主体" in page
    assert "转载其他机关的信息" in page
    writer.post(f"/work/items/{item_id}/submit", status=400)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, is_reprint="1"))
    writer.post(f"/work/items/{item_id}/submit")
    assert item_of(world, item_id).state == "in_review"
    own = draft(world, TOWN, issuing_agency="国务院办公厅")
    assert "另一公开主体" not in writer.get(f"/work/items/{own}/submit")


def test_one_button_and_one_reviewer_make_the_reprint(
    world: World, lead: int, sign_in: SignIn, client: FlaskClient
) -> None:
    assert notices(world, TOWN) == ["联合发文待转载"]
    assert notices(world, LEAD) == []
    writer = sign_in(f"{TOWN}-contributor")
    assert "1条联合发文待转载" in writer.get("/work/")
    assert "有1份联合发文待转载。" in writer.get("/work/links/")
    assert LEAD_NAME in writer.page
    writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make")
    assert "已按牵头机关公开的内容建立并送审" in writer.page
    item_id = offer_of(world, TOWN).item_id
    assert item_id is not None
    waiting = item_of(world, item_id)
    assert (waiting.state, waiting.chain_steps) == ("in_approval", ["confidentiality_review"])
    assert "没有待发布的解读" in writer.get("/work/links/")
    review(world, sign_in(f"{TOWN}-confidentiality_reviewer"), item_id)

    source, copy = item_of(world, lead), item_of(world, item_id)
    assert copy.state == "published"
    assert (copy.is_reprint, copy.origin, copy.counts_to_quota) == (True, "joint", False)
    for name in ("title", "document_number", "index_number", "issuing_agency", "formed_date", "text_digest"):
        assert getattr(copy, name) == getattr(source, name), name
    assert counts(world, TOWN) == (1, 0)
    seen = Seen(client, f"/items/{item_id}")
    assert f"本文为转载信息，原发布机构：{LEAD_NAME}" in seen.text
    assert f"http://localhost/items/{lead}" in seen.links
    assert "名单.pdf" in seen.text
    assert seen.value("信息来源") == TOWN_NAME
    assert seen.value("联合发文机关").startswith(TOWN_NAME)
    assert client.get(f"/index/{source.index_number}").location == f"/items/{lead}"
    page = sign_in(f"{LEAD}-contributor").get(f"/work/items/{lead}")
    assert "已转载" in page
    assert "已提示，尚未转载" in page
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units[TOWN]) is None
        own = uow.session.scalar(select(Item.index_number_seq).where(Item.id == item_id))
    assert own is None
    follow = draft(world, TOWN, title="另一条")
    send(world, follow, unit=TOWN)
    approve(world, follow, TOWN)
    assert item_of(world, follow).index_number_seq == 1


def test_a_changed_copy_goes_through_the_whole_chain(world: World, lead: int, sign_in: SignIn) -> None:
    writer = sign_in(f"{TOWN}-contributor")
    writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make")
    item_id = offer_of(world, TOWN).item_id
    assert item_id is not None
    writer.post(f"/work/items/{item_id}/recall")
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, body_html="<p>另外的话。</p>"))
    writer.post(f"/work/items/{item_id}/submit")
    assert item_of(world, item_id).chain_steps == ["confidentiality_review", "final_approval"]


def test_a_reprint_follows_its_source_down(world: World, lead: int, sign_in: SignIn, client: FlaskClient) -> None:
    first, second = reprinted(world, sign_in), reprinted(world, sign_in, BUREAU)
    remove(world, lead)
    for item_id, unit in ((first, TOWN), (second, BUREAU)):
        assert item_of(world, item_id).state == "taken_down"
        assert Seen(client, f"/items/{item_id}").status == 410
        assert notices(world, unit)[-1] == "转载的联合发文已撤下"
        assert counts(world, unit) == (0, 0)
    page = sign_in(f"{TOWN}-contributor").get(f"/work/items/{first}")
    assert "牵头机关已撤下原文，转载同步撤下。" in page
    assert "随牵头机关撤下" in page


def test_a_reprint_in_work_is_not_published_when_its_source_is_gone(world: World, lead: int, sign_in: SignIn) -> None:
    writer = sign_in(f"{TOWN}-contributor")
    writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make")
    item_id = offer_of(world, TOWN).item_id
    assert item_id is not None
    remove(world, lead)
    reviewer = sign_in(f"{TOWN}-confidentiality_reviewer")
    version = version_of(reviewer.get(f"/work/items/{item_id}"))
    page = reviewer.post(f"/work/items/{item_id}/review", {"version": version, "decision": "agree"}, 409)
    assert "牵头机关已撤下原文，这份转载不能发布" in page
    assert "没有联合发文" in writer.get("/work/links/")
    writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make", status=409)


def test_an_emergency_takes_the_reprint_along_and_brings_it_back(
    world: World, lead: int, sign_in: SignIn, client: FlaskClient
) -> None:
    item_id = reprinted(world, sign_in)
    office = sign_in("hx-supervisor")
    case_id = removed(office, str(lead))
    work_off(world.services)
    assert Seen(client, f"/items/{item_id}").status == 410
    ruled(office, world, case_id, "restored")
    work_off(world.services)
    assert (item_of(world, lead).state, item_of(world, item_id).state) == ("published", "published")
    assert Seen(client, f"/items/{item_id}").status == 200


def test_a_changed_source_asks_for_a_renewed_reprint(
    world: World, lead: int, sign_in: SignIn, client: FlaskClient
) -> None:
    item_id = reprinted(world, sign_in)
    revised(world, lead, body_html="<p>现行的规定。</p>")
    assert notices(world, TOWN)[-1] == "转载的联合发文待更新"
    writer = sign_in(f"{TOWN}-contributor")
    assert "原文已修改，待更新" in writer.get("/work/links/")
    assert "1条联合发文待转载" in writer.get("/work/")
    writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make")
    revision = int(writer.location.split("/")[3])
    assert item_of(world, revision).chain_steps == ["confidentiality_review"]
    assert "更新正在办理" in writer.get("/work/links/")
    review(world, sign_in(f"{TOWN}-confidentiality_reviewer"), revision)
    assert "现行的规定。" in Seen(client, f"/items/{item_id}").text
    assert "已转载" in writer.get("/work/links/")
    assert "没有待发布的解读和待转载的联合发文。" in writer.page
    again = writer.post(f"/work/reprints/{offer_of(world, TOWN).id}/make", status=409)
    assert "内容一致，无需更新" in again


def test_a_unit_may_decline_with_a_reason_and_think_again(world: World, lead: int, sign_in: SignIn) -> None:
    writer, offer_id = sign_in(f"{TOWN}-contributor"), offer_of(world, TOWN).id
    assert "未填写不转载的理由" in writer.post(f"/work/reprints/{offer_id}/decline", status=400)
    writer.post(f"/work/reprints/{offer_id}/decline", {"reason": "本镇网站不设该栏目"})
    assert "没有待发布的解读和待转载的联合发文。" in writer.page
    assert "不转载：本镇网站不设该栏目" in sign_in(f"{LEAD}-contributor").get(f"/work/items/{lead}")
    assert reprinted(world, sign_in)


def test_offers_are_of_one_unit_only(world: World, lead: int, sign_in: SignIn) -> None:
    stranger, offer_id = sign_in("qs-mzj-contributor"), offer_of(world, TOWN).id
    for path in (f"/work/reprints/{offer_id}/make", f"/work/reprints/{offer_id}/decline"):
        stranger.post(path, {"reason": "无关"}, status=404)
    assert "没有联合发文" in stranger.get("/work/links/")
    sign_in(f"{TOWN}-approver").post(f"/work/reprints/{offer_id}/make", status=403)


def files_of(client: FlaskClient, item_id: int) -> int:
    """Status of the one file of a public item."""
    assert client.get(f"/items/{item_id}").status_code == 200
    with client.get(f"/items/{item_id}/files/1/名单.pdf") as answer:
        return answer.status_code


@pytest.mark.parametrize("unit", [TOWN, BUREAU])
def test_a_file_that_is_taken_down_at_once_goes_from_the_reprints_too(
    world: World, sign_in: SignIn, client: FlaskClient, lead: int, unit: str
) -> None:
    """The town is of the office's county, the bureau of the prefecture above it."""
    copy = reprinted(world, sign_in, unit)
    assert (files_of(client, lead), files_of(client, copy)) == (200, 200)
    office = sign_in("hx-supervisor")
    case = removed(office, f"/items/{lead}/files/1/名单.pdf")
    work_off(world.services)
    assert (files_of(client, lead), files_of(client, copy)) == (410, 410)
    assert "名单.pdf" not in client.get(f"/items/{copy}").get_data(as_text=True)
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(EmergencyMeasure).order_by(EmergencyMeasure.id)).all()
        (own, following) = rows
        assert (following.tenant_id, following.takedown_id, following.item_id, following.follows_id) == (
            world.units[unit], case, copy, own.id,
        )  # fmt: skip
    # The reprint still says what its source says, so nobody is asked to update it.
    assert not [subject for subject in notices(world, unit) if "待更新" in subject]
    assert [subject for subject in notices(world, unit) if "紧急撤下" in subject]
    work_off(world.services)
    office.post(
        f"/office/emergency/{case}/release", {"measure": [own.id], "outcome": "restored", "reason": "经核实，无误。"}
    )
    work_off(world.services)
    assert (files_of(client, lead), files_of(client, copy)) == (200, 200)
    with world.services.database.system_scope("test") as uow:
        assert [
            (measure.outcome, measure.end_reason)
            for measure in uow.session.scalars(select(EmergencyMeasure).order_by(EmergencyMeasure.id))
        ] == [("restored", "经核实，无误。")] * 2


def test_what_the_reprints_own_office_has_hidden_stays_hidden(
    world: World, sign_in: SignIn, client: FlaskClient, lead: int
) -> None:
    copy = reprinted(world, sign_in, BUREAU)
    above, below = sign_in("yl-supervisor"), sign_in("hx-supervisor")
    removed(above, f"/items/{copy}/files/1/名单.pdf")
    work_off(world.services)
    assert (files_of(client, lead), files_of(client, copy)) == (200, 410)
    case = removed(below, f"/items/{lead}/files/1/名单.pdf")
    work_off(world.services)
    ruled(below, world, case, "restored")
    work_off(world.services)
    assert (files_of(client, lead), files_of(client, copy)) == (200, 410)


def test_what_the_lead_keeps_about_its_own_page_is_not_reprinted(world: World, sign_in: SignIn) -> None:
    """A page that came from an old site says how many places of it were repaired; its reprint does not."""
    lead = draft(world, **JOINT)
    with world.services.database.system_scope("test") as uow:
        item = uow.session.get_one(Item, lead)
        item.optional = item.optional | {"old_page_repairs": 3}
    send(world, lead)
    approve(world, lead)
    assert item_of(world, lead).optional["old_page_repairs"] == 3
    reprint = item_of(world, reprinted(world, sign_in))
    assert reprint.optional == JOINT["optional"]
    assert reprint.state == "published"
