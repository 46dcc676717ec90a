"""After issue: units confirm that they have read, findings fall due by the circular; withdrawal and erratum."""

import json
import re
from datetime import date

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from gongkai.run.cli import main
from gongkai.supervision.models import Circular, FindingEvent
from tests.core.officialdoc.measures import read_measures
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.office import Office, drafted, stored
from tests.supervision.rounds.desk import (
    NAMED,
    body,
    evaluated,
    finding_of,
    receipts,
    replied,
    started,
    subjects,
    with_people,
)
from tests.supervision.slips.desk import Desk

NUMBER = "示政办公开〔2026〕7号"


@pytest.fixture
def office(app: Flask, city: World) -> Desk:
    return Desk(app, city, "hx-supervisor")


@pytest.fixture
def circular_id(app: Flask, city: World) -> int:
    """A circular that waits for its issue; the findings behind it are in the ledger."""
    with_people(city)
    evaluated(city)
    return drafted(city, Office(app, city, "hx-supervisor"))


def issued(app: Flask, city: World, office: Desk, circular_id: int, number: str = NUMBER) -> None:
    """Send on, sign and issue."""
    base = f"/office/circulars/{circular_id}"
    details = {"deadline": "2026-04-10", "recheck_date": "2026-04-13", "contact": "王明", "phone": "0550-1234567"}
    heads = {"addressees": "各乡镇人民政府", "banner": "和溪县人民政府办公室文件", "signature": "和溪县人民政府办公室"}
    office.send(f"{base}/requirements", **details, **heads)
    office.send(f"{base}/submit")
    Desk(app, city, "hx-leader").send(f"{base}/sign")
    office.send(f"{base}/issue", issued_date="2026-03-23", document_number=number)
    work_off(city.services)


def test_each_named_unit_confirms_what_it_alone_sees(app: Flask, city: World, office: Desk, circular_id: int) -> None:
    issued(app, city, office, circular_id)
    assert receipts(city).keys() == NAMED
    assert subjects(city, "cl", "circular_receipt") == ["请阅知通报"]
    assert subjects(city, "fgw", "circular_receipt") == []
    base = f"/office/circulars/{circular_id}"
    assert "点名5家单位，还有5家没有确认阅知。" in office.page(f"{base}/receipts")
    unit, own = Desk(app, city, "cl-writer"), receipts(city)["cl"].id
    assert "有1份通报待阅知" in unit.page("/work/circulars/")
    page = body(unit.page(f"/work/circulars/{own}"))
    assert "列有本单位3项问题，请确认阅知，并于2026-04-10前完成整改" in page
    assert "本月发布1条，未完成月度任务" in page
    assert NUMBER in page
    assert not [name for name in ("宗教局", "供电公司", "泊岗乡", "石坝镇") if name in page], "an internal paper"
    Desk(app, city, "zjj-writer").page(f"/work/circulars/{own}", 404)
    Desk(app, city, "zjj-writer").send(f"/work/circulars/{own}", 404)
    unit.page(base, 403)
    unit.send(f"/work/circulars/{own}")
    assert "cl-writer已于" in unit.send(f"/work/circulars/{own}", 409), "only the first time counts"
    confirmed = receipts(city)["cl"]
    assert (confirmed.confirmed_by_name, confirmed.confirmed_by) == ("cl-writer", city.people["cl-writer"])
    shown = body(office.page(f"{base}/receipts"))
    assert "点名5家单位，还有4家没有确认阅知。" in shown
    assert "已阅知cl-writer2026年3月23日" in shown
    assert "阅知情况" in office.page(base)


def test_findings_fall_due_by_the_circular_and_keep_their_history(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    extended, usual = finding_of(city, "bogang", "SR-Q1"), finding_of(city, "cl", "SR-Q1")
    office.send(f"/office/findings/{extended.id}/extend", until="2026-04-20", reason="汛期")
    issued(app, city, office, circular_id)
    after = finding_of(city, "cl", "SR-Q1")
    assert (after.due_date, after.circular_id, after.state) == (date(2026, 4, 10), circular_id, "open")
    kept = finding_of(city, "bogang", "SR-Q1")
    assert (kept.due_date, kept.circular_id) == (date(2026, 4, 20), circular_id), "an extension is never cut short"
    with city.services.database.system_scope("test") as uow:
        events = uow.session.execute(
            select(FindingEvent.note, FindingEvent.detail).where(
                FindingEvent.finding_id == usual.id, FindingEvent.event == "circulated"
            )
        ).all()
    before = usual.due_date.isoformat() if usual.due_date else ""
    detail = {"circular_id": circular_id, "from": before, "until": "2026-04-10"}
    note = f"《关于2023年3月份全县政府信息公开工作情况的通报》（{NUMBER}）；整改时限由{before}改为2026-04-10"
    assert [(row.note, row.detail) for row in events] == [(note, detail)]
    page = body(Desk(app, city, "cl-writer").page(f"/work/findings/{usual.id}"))
    assert "2026-04-10前完成整改" in page
    assert "列入通报" in page


def test_a_withdrawn_circular_says_so_and_its_units_are_told(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    issued(app, city, office, circular_id)
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/withdraw", withdraw_reason="残联条数有误")
    work_off(city.services)
    note = "本通报已于2026年3月23日撤回，原因：残联条数有误。"
    assert note in body(office.page(base))
    assert note in body(office.page(f"{base}/print"))
    assert "本通报已于2026年3月23日撤回。" in body(office.page(f"{base}/print?version=public"))
    assert "残联条数有误" not in office.page(f"{base}/print?version=public")
    printed = read_measures(office.file(f"{base}/circular.docx")).paragraphs
    assert note in [paragraph.text.strip() for paragraph in printed]
    assert subjects(city, "cl", "circular_receipt") == ["请阅知通报", "通报已撤回"]
    unit, own = Desk(app, city, "cl-writer"), receipts(city)["cl"].id
    assert "这份通报已撤回：残联条数有误。" in unit.page(f"/work/circulars/{own}")
    assert "不用确认" in unit.send(f"/work/circulars/{own}", 409)
    assert "没有待反馈的核实事项，也没有待阅知的通报" in unit.page("/work/circulars/")


def test_an_erratum_cites_the_withdrawn_circular_under_its_own_number(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    issued(app, city, office, circular_id)
    base = f"/office/circulars/{circular_id}"
    assert "更正说明" not in office.page(base)
    assert "不能进行这项操作" in office.send(f"{base}/reissue", 409, correction="改")
    office.send(f"{base}/withdraw", withdraw_reason="残联条数有误")
    assert "未填写更正说明" in office.send(f"{base}/reissue", 400, correction=" ")
    place = office.send(f"{base}/reissue", correction="残联3月份发布数应为3条。")
    new_id = int(place.rsplit("/", 1)[1])
    made = stored(city, new_id)
    assert (made.replaces_id, made.state, made.document_number) == (circular_id, "frozen", "")
    assert made.snapshot == stored(city, circular_id).snapshot
    assert "已另有一份通报" in office.send(f"{base}/reissue", 409, correction="再改")
    office.page(f"/office/circulars/{new_id}/text")
    assert "尚未核实" in office.send(f"/office/circulars/{new_id}/submit", 400), "not asked about the first time either"
    office.send(f"/office/circulars/{new_id}/verification/skip", skip_reason="原通报已核实")
    used = office.send(f"{base}/withdraw", 409, withdraw_reason="再次")
    assert "不能进行这项操作" in used
    issued(app, city, office, new_id, "示政办公开〔2026〕8号")
    cited = f"《关于2023年3月份全县政府信息公开工作情况的通报》（{NUMBER}）已撤回，现更正后重新印发。"
    for path in (f"/office/circulars/{new_id}", f"/office/circulars/{new_id}/print"):
        assert f"{cited}更正说明：残联3月份发布数应为3条。" in body(office.page(path))
    shown = CliRunner().invoke(
        main, ["circulars", "show", "--tenant", "hx", "--period", "2023-03", "--json"], obj=city.services
    )
    assert json.loads(shown.output)["notes"] == [f"{cited}更正说明：残联3月份发布数应为3条。"]
    public = body(office.page(f"/office/circulars/{new_id}/print?version=public"))
    assert cited in public
    assert "残联" not in public
    old = body(office.page(base))
    assert "更正后重新印发的通报为" in old
    assert "示政办公开〔2026〕8号" in old
    assert f'href="/office/circulars/{new_id}"' in office.page(base)
    assert f'href="{base}"' in office.page(f"/office/circulars/{new_id}")
    assert receipts(city)["cl"].correction == "残联3月份发布数应为3条。"
    assert "更正说明" in Desk(app, city, "cl-writer").page(f"/work/circulars/{receipts(city)['cl'].id}")
    assert finding_of(city, "cl", "SR-Q1").circular_id == new_id


def test_what_was_never_issued_is_not_corrected(app: Flask, city: World, office: Desk, circular_id: int) -> None:
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/withdraw", withdraw_reason="选错范围")
    assert "没有印发过" in office.send(f"{base}/reissue", 409, correction="改")
    page = body(office.page(base))
    assert re.search(r"本通报稿已于2026年3月23日撤回，没有印发，原因：选错范围。", page)


def test_answers_to_the_withdrawn_circular_hold_for_the_same_facts_of_its_successor(
    app: Flask, city: World, office: Desk
) -> None:
    with_people(city)
    circular_id = drafted(city, Office(app, city, "hx-supervisor"), verified=False)
    started(office, circular_id)
    for unit in sorted(NAMED):
        replied(Desk(app, city, f"{unit}-writer"), city, unit)
    issued(app, city, office, circular_id)
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/withdraw", withdraw_reason="联系电话有误")
    office.send(f"{base}/reissue", correction="联系电话更正")
    with city.services.database.system_scope("test") as uow:
        new_id = uow.session.scalars(select(Circular.id).where(Circular.replaces_id == circular_id)).one()
    office.page(f"/office/circulars/{new_id}/text")
    assert "均已核实，可以送审" in office.page(f"/office/circulars/{new_id}/verification")
    office.send(f"/office/circulars/{new_id}/submit")
