"""What an office has to do today: each kind with its number, and the page on which it is done."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from gongkai.supervision.models import Finding
from gongkai.supervision.outlook.duties import KINDS, Duty, headline
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.scene import OFFICE, set_scene
from tests.supervision.office import Office
from tests.supervision.slips.desk import ANSWER, Desk, delivery, issued
from tests.supervision.test_dashboard import words
from tests.supervision.test_ledger import stale

__all__ = ["stale"]


def listed(page: str) -> dict[str, tuple[str, str]]:
    """What a page lists: label → number, address."""
    rows = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th>\s*<td class="num "[^>]*>([^<]+)</td>', page)
    return {label: (number, address.replace("&amp;", "&")) for address, label, number in rows}


def moved(world: World, finding_id: int, **values: object) -> None:
    """Bring a finding to a state."""
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(update(Finding).where(Finding.id == finding_id).values(**values))


def test_each_duty_leads_to_as_many_as_it_says(app: Flask, world: World) -> None:
    set_scene(app, world)
    office = Office(app, world, OFFICE)
    shown = listed(office.page("/office/today"))
    assert len(shown) == 11
    for label, (number, address) in shown.items():
        page = office.page(address)
        if address.startswith("/office/findings"):
            assert f"共{re.findall(r'[0-9]+', number)[0]}条" in words(office.client.get(address)), label
        assert "今日办理" in page
    assert shown["工作提示单逾期未回复"][1] == "/office/slips/?state=overdue&year=0"
    assert "待本机关办理，4类事项待单位办理，可以催办。" in words(office.client.get("/office/today"))


def test_the_dashboard_says_what_the_office_itself_must_decide(
    world: World, client: FlaskClient, stale: list[int]
) -> None:
    moved(world, stale[0], state="disputed")
    moved(world, stale[1], state="candidate")
    page = words(world.sign_in(client, "hx-supervisor").get("/office/"))
    assert "今日办理单位提出异议，待核实处理（1项）；系统提示的疑似问题，待核实（1项）" in page
    other = world.sign_in(client.application.test_client(), "yl-supervisor")
    assert "今日办理单位" not in words(other.get("/office/"))


def test_only_the_own_ledger_counts_and_what_is_decided_is_gone(app: Flask, world: World, stale: list[int]) -> None:
    moved(world, stale[0], state="claimed_fixed", claimed_at=func.now())
    county, prefecture = (Office(app, world, login) for login in ("hx-supervisor", "yl-supervisor"))
    assert listed(county.page("/office/today"))["单位已反馈整改，待复查"][0] == "1项"
    assert "单位已反馈整改" not in prefecture.page("/office/today")
    county.send(f"/office/findings/{stale[0]}/decide", decision="yes", note="已核实")
    assert "单位已反馈整改" not in county.page("/office/today")


def test_what_units_owe_is_listed_from_the_day_after(
    app: Flask, world: World, stale: list[int], clock: AdjustableClock
) -> None:
    with world.services.database.system_scope("test") as uow:
        own = (Finding.office_id == world.units["hx"], Finding.state == "open", Finding.due_date.is_not(None))
        number, due = uow.session.execute(select(func.count(), func.min(Finding.due_date)).where(*own)).one()
    assert due is not None
    office, unit = Desk(app, world, "hx-supervisor"), Desk(app, world, "hx-mzj-contributor")
    slip = issued(office, world, "hx-mzj")
    assert listed(office.page("/office/today")) == {}
    clock.advance(days=30)
    shown = listed(office.page("/office/today"))
    assert shown["问题整改逾期"] == (f"{number}项", "/office/findings?state=overdue&own=1")
    assert shown["工作提示单逾期未回复"][0] == "1份"
    found = words(office.client.get("/office/today"))
    assert f"问题整改逾期{number}项{due.isoformat()}" in found
    unit.send(f"/work/slips/{delivery(world, slip, 'hx-mzj').id}", **ANSWER)
    assert list(listed(office.page("/office/today"))) == ["工作提示单的回复，待审核", "问题整改逾期"]


def test_one_circular_is_opened_and_of_several_the_list(app: Flask, world: World) -> None:
    office = Office(app, world, "hx-supervisor")
    office.send("/office/circulars/new", period="2026-02", coverage="all")
    (label, (number, address)), *_ = listed(office.page("/office/today")).items()
    assert (label, number) == ("通报正在编制，待印发", "1份")
    assert re.fullmatch(r"/office/circulars/\d+", address)
    office.send("/office/circulars/new", period="2026-01", coverage="all")
    assert listed(office.page("/office/today"))[label] == ("2份", "/office/circulars/")


def test_the_sentence_says_whose_turn_it_is() -> None:
    own, owed = Duty(KINDS["disputed"], 3, None), Duty(KINDS["slips"], 2, None)
    assert headline([]) == ("今天没有需要办理和催办的事项。", "good")
    assert headline([own]) == ("有1类事项待本机关办理。", "warn")
    assert headline([owed]) == ("没有待本机关办理的事项，1类事项待单位办理，可以催办。", "warn")


def test_who_does_not_decide_has_no_such_page(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "yl-prefecture_admin")
    assert client.get("/office/today").status_code == 403
    assert "今日办理" not in words(client.get("/office/"))
