"""Statements of units that had nothing to publish last month: one accepted, one that waits for the office."""

from collections.abc import Iterator

from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.days import month_start, workdays_after
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.run.demo.units import units
from gongkai.supervision.statements.services import accept, file, months_to_state, sign
from gongkai.tenancy.kinds import TenantType

OFFICE = "yl-zf-zwgk"
UNSTAFFED = "yl-lcj"
REASON = "本月主要开展内部业务培训和档案整理，未制作或者获取应主动公开的政府信息。"
FILED = 2


def play(stage: Stage) -> None:
    """On the second working day of this month, while last month's statements can still be filed."""
    day = workdays_after(month_start(stage.today), 1)
    stage.once("statements", stage.on(day), _file, Period.of(stage.today).previous())


def _file(uow: UnitOfWork, period: Period) -> None:
    """The first units that really published nothing; months in which everybody did have no statement."""
    for place, code in enumerate(_blank(uow, period)):
        statement = file(uow, actor=actor_of(uow, f"{code}-xxy"), period=period, reason=REASON)
        sign(uow, actor=actor_of(uow, f"{code}-ld"), statement_id=statement.id)
        if place == 0:
            accept(uow, actor=actor_of(uow, OFFICE), statement_id=statement.id)
        if place + 1 == FILED:
            return


def _blank(uow: UnitOfWork, period: Period) -> Iterator[str]:
    departments = [unit for unit in units() if (unit.tenant_type, unit.level) == (TenantType.BUREAU, "prefecture")]
    for code in (unit.code for unit in departments if unit.code != UNSTAFFED and not unit.abolished_date):
        if period in {choice.period for choice in months_to_state(uow, tenant_id=unit_id(uow, code))}:
            yield code
