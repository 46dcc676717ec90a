"""How far the adding up of a longer period is: told month by month, and shown to who asks while it runs."""

import re

from flask import Flask
from sqlalchemy import Engine, event, select

from gongkai.core.calendar.spans import Span
from gongkai.core.uow import Scope
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.circulars.progress import Progress, progress_of
from gongkai.supervision.models import Circular
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.office import Office

PAGE = "/office/circulars/progress"
NOTHING = "现在没有正在汇总的通报。"


def progress(office: Office) -> str:
    """What the page says."""
    text = re.sub(r"<[^>]+>|\s", "", office.page(PAGE))
    found = re.search("(本期|上一统计期（用于对比）)已汇总[0-9]+个月，共[0-9]+个月", text)
    return found[0] if found else NOTHING if NOTHING in text else text


def circular_of(city: World) -> int:
    """The circular that is there."""
    with city.services.database.system_scope("test") as uow:
        return uow.session.scalars(select(Circular.id)).one()


def test_each_month_is_told_and_then_those_of_the_period_before(city: World) -> None:
    told: list[tuple[int, int, bool]] = []
    with city.services.database.system_scope("test") as uow:
        span = Span.parse("2023-Q2")
        collect(uow, office_id=city.units["hx"], span=span, tell=lambda *one: told.append(one))
    assert told == [*((done, 3, False) for done in range(4)), *((done, 3, True) for done in range(1, 4))]


def test_others_see_the_months_while_the_request_still_adds_them_up(city: World, app: Flask) -> None:
    office = Office(app, city, "hx-supervisor")
    office.send("/office/circulars/new", period="2023", coverage="all")
    tenant_id, user_id = city.units["hx"], city.people["hx-supervisor"]
    seen: list[Progress] = []
    looking = False

    def look(*_: object) -> None:
        nonlocal looking
        if looking:
            return
        looking = True
        with city.services.database.unit_of_work(Scope(tenant_ids=(tenant_id,))) as uow:
            found = progress_of(uow, tenant_id=tenant_id, user_id=user_id)
        if found is not None and found not in seen:
            seen.append(found)
        looking = False

    circular_id = circular_of(city)
    engine: Engine = city.services.database.engine
    event.listen(engine, "before_cursor_execute", look)
    try:
        office.send(f"/office/circulars/{circular_id}/lock")
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert seen == [Progress(done, 12, before=False) for done in range(13)]


def test_what_has_ended_is_shown_no_more(city: World, app: Flask, clock: AdjustableClock) -> None:
    office = Office(app, city, "hx-supervisor")
    office.send("/office/circulars/new", period="2023-Q1", coverage="all")
    office.page(f"/office/circulars/{circular_of(city)}/figures")
    assert progress(office) == "本期已汇总3个月，共3个月"
    clock.advance(minutes=2)
    assert progress(office) == NOTHING


def test_a_month_alone_and_other_people_see_nothing(city: World, app: Flask) -> None:
    office, other = Office(app, city, "hx-supervisor"), Office(app, city, "yl-supervisor")
    office.send("/office/circulars/new", period="2023-03", coverage="all")
    office.page(f"/office/circulars/{circular_of(city)}/figures")
    assert progress(office) == NOTHING
    office.send("/office/circulars/new", period="2023-Q1", coverage="all")
    assert progress(other) == NOTHING
