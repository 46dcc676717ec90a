"""From published items to what is known of their links: through the chain, the outbox, the job and a real server."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import save_draft, start_revision
from gongkai.publishing.linkcheck import checking
from gongkai.publishing.linkcheck.asking import Asker, Outcome
from gongkai.publishing.linkcheck.checking import check_links, run
from gongkai.publishing.linkcheck.models import CheckedLink, LinkPlace
from gongkai.publishing.linkcheck.places import refresh
from gongkai.publishing.linkcheck.queries import LinkFact, facts_of
from gongkai.publishing.linkcheck.services import refresh_all
from gongkai.publishing.models import Item
from gongkai.publishing.publication import take_down
from gongkai.run.cli import main
from tests.conftest import START, AdjustableClock
from tests.factories.items import draft, item_form, published, reviewed, work_off
from tests.factories.world import World
from tests.publishing.linkcheck.servers import Site

UNIT = "hx-mzj"


def linking(world: World, *addresses: str, unit: str = UNIT, **changes: Any) -> int:
    """A public item with links to these addresses; their words are their numbers."""
    links = "".join(f'<p>见<a href="{address}">第{n}个</a></p>' for n, address in enumerate(addresses, 1))
    return published(world, unit, body_html=links or "<p>无链接。</p>", **changes)


def facts(world: World, unit: str = UNIT) -> list[LinkFact]:
    """What rules are told of a unit."""
    with world.services.database.system_scope("test") as uow:
        return facts_of(uow, [world.units[unit]])


def results(world: World) -> Mapping[str, str]:
    """Address as written → what the link is to its unit."""
    with world.services.database.system_scope("test") as uow:
        return {row.written: row.result for row in uow.session.scalars(select(LinkPlace))}


def links(world: World) -> Mapping[str, CheckedLink]:
    """Address → its row."""
    with world.services.database.system_scope("test") as uow:
        return {row.address: row for row in uow.session.scalars(select(CheckedLink))}


def night(clock: AdjustableClock, nights: int = 0) -> None:
    """On to 23:00 in Shanghai, so many nights after the first."""
    clock.now = START + timedelta(hours=13.5, days=nights)


def test_a_page_that_is_gone_is_dead_on_the_second_night(on: World, site: Site, clock: AdjustableClock) -> None:
    gone, there = site.at("/gone"), site.put("/there")
    item_id = linking(on, gone, there)
    assert results(on) == {gone: "waiting", there: "waiting"}
    check_links(on.services)
    assert site.asked == []
    night(clock)
    check_links(on.services)
    assert results(on) == {gone: "failing", there: "fine"}
    assert facts(on) == []
    check_links(on.services)
    assert site.asked.count("GET /gone") == 1
    night(clock, 1)
    check_links(on.services)
    assert results(on) == {gone: "dead", there: "fine"}
    first = START + timedelta(hours=13.5)
    assert facts(on) == [LinkFact(item_id, on.units[UNIT], gone, "第1个", "dead", first, 2)]
    assert links(on)[gone].words == "网站返回404，页面不存在"
    assert links(on)[there].due_at is not None
    assert links(on)[there].due_at >= first + timedelta(days=30)  # type: ignore[operator]
    site.put("/gone")
    night(clock, 8)
    check_links(on.services)
    assert facts(on) == []


def test_a_host_that_is_out_of_reach_is_dead_on_the_third_night(on: World, clock: AdjustableClock) -> None:
    with Site() as short:
        address, port = short.at("/page"), short.port
    changed = on.services.settings.model_copy(update={"linkcheck_ports": str(port)})
    on.services = replace(on.services, settings=changed)
    linking(on, address)
    for number, expected in enumerate(("failing", "failing", "dead")):
        night(clock, number)
        check_links(on.services)
        assert results(on) == {address: expected}
    assert facts(on)[0].times == 3


def test_what_stays_open_is_never_dead(on: World, site: Site, clock: AdjustableClock) -> None:
    addresses = [site.put(f"/{status}", status) for status in (401, 403, 500)]
    linking(on, *addresses)
    for number in range(0, 60, 10):
        night(clock, number)
        check_links(on.services)
        assert set(results(on).values()) == {"unsure"}
    assert facts(on) == []


def test_links_to_this_platform_are_looked_up_without_a_request(on: World, clock: AdjustableClock) -> None:
    target = published(on, title="关于标准的通知")
    with on.services.database.system_scope("test") as uow:
        number = uow.session.get_one(Item, target).index_number
    own = [f"http://localhost/items/{target}", f"/items/{target}#top", f"/index/{number}", f"/units/{UNIT}/",
           f"/units/{UNIT}/columns/gsgg/", "/search?q=a"]  # fmt: skip
    wrong = ["/items/987654321", "/units/none/", f"/units/{UNIT}/columns/none/", "/index/none"]
    item_id = linking(on, *own, *wrong)
    assert results(on) == dict.fromkeys(own, "fine") | dict.fromkeys(wrong, "dead")
    clock.advance(hours=1)
    with on.services.database.system_scope("test") as uow:
        take_down(uow, tenant_id=on.units[UNIT], item_id=target, reason="含个人信息")
    work_off(on.services)
    assert [results(on)[address] for address in own] == ["dead", "dead", "fine", "fine", "fine", "fine"]
    found = {fact.address: fact for fact in facts(on)}
    assert found[f"/items/{target}#top"] == LinkFact(
        item_id, on.units[UNIT], f"/items/{target}#top", "第2个", "dead", clock.now, 1
    )


def test_a_draft_is_no_target(on: World) -> None:
    hidden = draft(on)
    linking(on, f"/items/{hidden}")
    assert results(on) == {f"/items/{hidden}": "dead"}


def test_links_follow_the_item(on: World, site: Site) -> None:
    first, second = site.at("/1"), site.at("/2")
    item_id = linking(on, first, second)
    assert set(links(on)) == {first, second}
    with on.services.database.transaction() as uow:
        actor = on.actor(uow, f"{UNIT}-contributor")
        revision = start_revision(uow, actor=actor, item_id=item_id, change_kind="content", reason="更正链接")
        body = f'<p><a href="{second}">第2个</a></p>'
        form = item_form(on, uow, UNIT, "gsgg", body_html=body)
        save_draft(uow, actor=actor, item_id=revision.id, form=form, lock_version=revision.lock_version)
        submit(uow, actor=actor, item_id=revision.id)
        for post in ("confidentiality_reviewer", "approver"):
            decide(uow, actor=on.actor(uow, f"{UNIT}-{post}"), item_id=revision.id)
    work_off(on.services)
    assert set(links(on)) == {second}
    with on.services.database.system_scope("test") as uow:
        take_down(uow, tenant_id=on.units[UNIT], item_id=item_id, reason="含个人信息")
    work_off(on.services)
    assert (links(on), results(on)) == ({}, {})


def test_what_is_no_address_and_what_leads_inside(on: World, site: Site, clock: AdjustableClock) -> None:
    inner = f"http://10.0.0.8:{site.port}/oa"
    linking(on, "http://user:secret@a.gov.cn/", "http://" + "a" * 1990, inner, "mailto:a@b.cn")
    night(clock)
    check_links(on.services)
    assert [fact.result for fact in facts(on)] == ["malformed", "malformed", "inner"]


def test_of_a_reprint_the_source_is_checked_of_a_migrated_item_it_is_a_record(on: World, site: Site) -> None:
    source, old = site.at("/source"), site.at("/old")
    for title, is_reprint in (("转载的通知", True), ("本单位的通知", False)):
        changes: dict[str, Any] = {"is_reprint": is_reprint}
        item_id = reviewed(on, title=title, **changes)
        with on.services.database.transaction() as uow:
            approver = on.actor(uow, f"{UNIT}-approver")
            uow.session.get_one(Item, item_id).source_url = source if is_reprint else old
            decide(uow, actor=approver, item_id=item_id)
    work_off(on.services)
    assert results(on) == {source: "waiting"}


def test_a_killed_run_goes_on_where_it_was(on: World, site: Site, clock: AdjustableClock) -> None:
    addresses = [site.put(f"/{number}") for number in range(5)]
    linking(on, *addresses)
    night(clock)

    class Killed(BaseException):
        """The process is gone."""

    class Dying(Asker):
        def ask(self, address: str) -> Outcome:
            if address.endswith(("/3", "/4")):
                raise Killed
            return super().ask(address)

    dying = Dying.of(on.services.settings, now=clock.now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "KEPT_TOGETHER", 1)
        patch.setattr(checking, "THREADS", 1)
        with pytest.raises(Killed):
            run(on.services, seconds=5, asker=dying)
        assert sorted(results(on).values()) == ["fine"] * 3 + ["waiting"] * 2
        asked = len(site.asked)
        assert run(on.services, seconds=5) == 0
        clock.advance(minutes=16)
        assert run(on.services, seconds=5) == 2
    assert set(results(on).values()) == {"fine"}
    assert len(site.asked) == asked + 2


def test_only_one_process_asks_at_a_time(on: World, site: Site, clock: AdjustableClock) -> None:
    linking(on, site.put("/"))
    night(clock)
    with on.services.database.unit_of_work() as other:
        other.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("gongkai.linkcheck"))))
        assert run(on.services, seconds=5) == 0
    assert run(on.services, seconds=5) == 1


def test_a_night_has_its_number(on: World, site: Site, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    linking(on, *(site.put(f"/{number}") for number in range(3)))
    monkeypatch.setattr(checking, "A_NIGHT", 2)
    monkeypatch.setattr(checking, "BATCH", 2)
    night(clock)
    assert run(on.services, seconds=5) == 2
    clock.advance(hours=6)
    assert run(on.services, seconds=5) == 0
    night(clock, 1)
    assert run(on.services, seconds=5) == 1


def test_without_a_way_out_nothing_is_held_against_anybody(
    on: World, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_h: str, _p: int) -> list[Any]:
        raise OSError("no route")

    linking(on, *(f"http://site{number}.gov.cn/" for number in range(12)))
    asker = replace(Asker.of(on.services.settings, now=clock.now), resolve=nobody)
    for number in range(4):
        night(clock, number)
        run(on.services, seconds=5, asker=asker)
    assert set(results(on).values()) == {"waiting"}
    monkeypatch.setattr(checking, "OUTAGE_FROM", 13)
    night(clock, 5)
    run(on.services, seconds=5, asker=asker)
    assert set(results(on).values()) == {"failing"}


def test_a_host_that_wants_a_pause_gets_it(on: World, site: Site, clock: AdjustableClock) -> None:
    busy = site.put("/busy", 429, Retry_After="7200")
    linking(on, busy, site.put("/other"))
    with on.services.database.system_scope("test") as uow:
        earlier = update(CheckedLink).where(CheckedLink.address == busy).values(due_at=uow.now - timedelta(days=1))
        uow.session.execute(earlier)
    night(clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "THREADS", 1)
        run(on.services, seconds=5)
        assert site.asked == ["HEAD /busy"]
        assert all(link.due_at and link.due_at >= clock.now + timedelta(hours=2) for link in links(on).values())
        clock.advance(hours=2.1)
        run(on.services, seconds=5)
    assert "HEAD /other" in site.asked


def test_switched_off_nobody_is_asked_and_what_needs_no_asking_is_known(
    world: World, site: Site, clock: AdjustableClock
) -> None:
    linking(world, site.put("/"), "http://shop.example.com/", "/items/987654321")
    night(clock)
    check_links(world.services)
    assert site.asked == []
    assert [fact.result for fact in facts(world)] == ["outside", "outside", "dead"]


def test_the_command_finds_the_links_of_what_is_there(on: World, site: Site, clock: AdjustableClock) -> None:
    linking(on, site.put("/"))
    linking(on, unit="qs-mzj", title="另一条")
    before = results(on)
    with on.services.database.system_scope("test") as uow:
        uow.session.execute(delete(LinkPlace))
    assert refresh_all(on.services, tenant_id=on.units["qs-mzj"]) == (1, 0)
    for _ in range(2):
        done = CliRunner().invoke(main, ["links", "refresh"], obj=on.services, catch_exceptions=False)
        assert (done.exit_code, done.output) == (0, "已核对2条信息，共有1个链接。\n")
        assert results(on) == before
    checked = CliRunner().invoke(main, ["links", "check"], obj=on.services, catch_exceptions=False)
    assert (checked.exit_code, checked.output) == (0, "已检测1个网址。\n")
    off = replace(on.services, settings=on.services.settings.model_copy(update={"linkcheck": False}))
    assert CliRunner().invoke(main, ["links", "check"], obj=off).exit_code == 1


def test_a_host_with_many_addresses_leaves_room_for_others(on: World, site: Site, clock: AdjustableClock) -> None:
    linking(on, *(f"http://old.example.gov.cn/{number}" for number in range(100)), "http://new.example.gov.cn/")
    with on.services.database.system_scope("test") as uow:
        first = uow.session.scalars(select(CheckedLink).where(CheckedLink.host == "new.example.gov.cn")).one()
        first.due_at = uow.now + timedelta(minutes=1)
    night(clock)
    with on.services.database.system_scope("test") as uow:
        batch = [row.address for row in checking._claim(uow, whole=False)]
    assert len(batch) == checking.OF_HOST + 1
    assert "http://new.example.gov.cn/" in batch[:2]


def test_the_same_items_gone_through_by_two_at_once_keep_their_links(on: World, site: Site) -> None:
    item_id = linking(on, site.at("/1"), site.at("/2"))
    before = results(on)
    with on.services.database.system_scope("test") as uow:
        uow.session.execute(delete(LinkPlace))

    def go(_: int) -> int:
        with on.services.database.system_scope("test") as uow:
            return refresh(uow, settings=on.services.settings, item_ids=[item_id])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(go, range(8))) == [2] * 8
    assert results(on) == before


def test_an_address_that_went_while_it_was_asked_for_is_passed_over(
    on: World, site: Site, clock: AdjustableClock
) -> None:
    linking(on, site.put("/"))
    night(clock)
    with on.services.database.system_scope("test") as uow:
        (row,) = checking._claim(uow, whole=False)
        uow.session.execute(delete(LinkPlace))
        uow.session.execute(delete(CheckedLink))
    with on.services.database.system_scope("test") as uow:
        checking.keep(on.services, uow, [(row.id, Outcome("fine"))])
    assert links(on) == {}
