"""The start of the loading: an interrupted one can be gone on with, and the tasks of past months hold."""

from datetime import date

from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.run.demo.loader import make_tasks, make_units
from gongkai.run.demo.march import CITY_CODE, march_units
from gongkai.supervision.queries import standings
from gongkai.tenancy.services import get_tenant


def test_tasks_of_past_months_are_set_once_however_often_it_is_started(services: Services) -> None:
    for _ in range(2):
        with services.database.system_scope("demonstration") as uow:
            make_units(uow)
        make_tasks(services, date(2026, 11, 23))
    with services.database.system_scope("demonstration") as uow:
        city = get_tenant(uow, code=CITY_CODE).id
        march = standings(uow, office_id=city, period=Period(2023, 3))
        april = standings(uow, office_id=city, period=Period(2023, 4))
    assert {row.code: row.task.value for row in march.rows} == {unit.code: unit.task for unit in march_units()}
    assert april.rows == []
