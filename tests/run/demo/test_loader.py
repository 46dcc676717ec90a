"""The loading: an interrupted one can be gone on with, tasks of past months hold, ended months become findings."""

from collections import Counter
from datetime import date

from sqlalchemy import select

from gongkai.catalog.guide import current_guide
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.run.demo.guides import publish_guides
from gongkai.run.demo.loader import make_tasks, make_units
from gongkai.run.demo.march import CITY_CODE, march_units
from gongkai.run.demo.months import close_months
from gongkai.run.demo.units import units
from gongkai.supervision.alerts import CLOSED_NOTICE
from gongkai.supervision.models import Finding, Notice
from gongkai.supervision.queries import standings
from gongkai.supervision.scores.models import UnitScore
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

TODAY = date(2026, 11, 23)


def findings(services: Services) -> list[tuple[str, str, str, date]]:
    """Findings: code of the office, month, rule, day on which they were found."""
    with services.database.system_scope("test") as uow:
        query = (
            select(Tenant.code, Finding.period, Finding.rule_code, Finding.found_at)
            .join(Tenant, Tenant.id == Finding.office_id)
            .order_by(Finding.id)
        )
        return [(row.code, row.period, row.rule_code, row.found_at.date()) for row in uow.session.execute(query)]


def test_ended_months_become_findings_dated_when_they_ended(services: Services) -> None:
    with services.database.system_scope("demonstration") as uow:
        make_units(uow)
    make_tasks(services, TODAY)
    months = [Period(2026, 9), Period(2026, 10)]
    close_months(services, months)
    found = findings(services)
    assert {(month, day) for _, month, _, day in found} == {
        ("2026-09", date(2026, 10, 1)),
        ("2026-10", date(2026, 11, 1)),
    }
    everywhere = Counter((month, rule) for _, month, rule, _ in found)
    assert everywhere["2026-10", "SR-Q1"] == everywhere["2026-10", "SR-Q2"] > 250
    assert len({office for office, _, _, _ in found}) == 1 + len({unit.place for unit in units()} - {units()[0].place})
    with services.database.system_scope("test") as uow:
        scores = Counter(uow.session.scalars(select(UnitScore.period)))
    assert scores["2026-09"] == scores["2026-10"] > 250
    close_months(services, months)
    assert findings(services) == found
    with services.database.system_scope("test") as uow:
        told = uow.session.scalars(select(Notice.key).where(Notice.kind == CLOSED_NOTICE)).all()
    assert told
    assert {"2026-10" in key for key in told} == {True}


def test_each_unit_in_use_gets_a_guide_once(services: Services) -> None:
    with services.database.system_scope("demonstration") as uow:
        make_units(uow)
        given = publish_guides(uow)
        assert publish_guides(uow) == 0
    in_use = [unit for unit in units() if unit.abolished_date is None]
    assert given == len(in_use)
    with services.database.unit_of_work() as uow:
        for unit in (in_use[0], in_use[1], in_use[-1]):
            guide = current_guide(uow, tenant_id=get_tenant(uow, code=unit.code).id)
            assert guide is not None
            assert (guide.content.phone, guide.content.hours) == (unit.phone, (unit.hours,))


def test_tasks_of_past_months_are_set_once_however_often_it_is_started(services: Services) -> None:
    for _ in range(2):
        with services.database.system_scope("demonstration") as uow:
            make_units(uow)
        make_tasks(services, TODAY)
    with services.database.system_scope("demonstration") as uow:
        city = get_tenant(uow, code=CITY_CODE).id
        march = standings(uow, office_id=city, period=Period(2023, 3))
        april = standings(uow, office_id=city, period=Period(2023, 4))
    assert {row.code: row.task.value for row in march.rows} == {unit.code: unit.task for unit in march_units()}
    assert april.rows == []
