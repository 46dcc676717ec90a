"""Sessions of the training register, made through its services."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.training.attendance import record_attendance
from gongkai.supervision.training.schemas import Person, SessionForm
from gongkai.supervision.training.services import close_session, create_session
from tests.factories.world import World


def form(day: str, **changes: object) -> SessionForm:
    """A session on a day, three hours long."""
    values: dict[str, object] = {
        "held_date": date.fromisoformat(day), "topic": "政府信息公开业务培训", "organiser": "和溪县人民政府",
        "place": "县政府三楼会议室", "hours": Decimal(3), "source": "",
    }  # fmt: skip
    return SessionForm(**{**values, **changes})  # type: ignore[arg-type]


def held(
    uow: UnitOfWork,
    world: World,
    day: str,
    *,
    invited: Iterable[str],
    came: Mapping[str, Iterable[str]],
    office: str = "hx",
    closed: bool = True,
    **changes: object,
) -> int:
    """A session of an office: units by code, and the names of who came from each; returns its id."""
    office_id = world.units[office]
    session = create_session(
        uow, office_id=office_id, entered_by=None, form=form(day, **changes),
        unit_ids=[world.units[code] for code in invited],
    )  # fmt: skip
    lists = {world.units[code]: [Person(name) for name in names] for code, names in came.items()}
    record_attendance(uow, office_id=office_id, entered_by=None, session_id=session.id, lists=lists)
    if closed:
        close_session(uow, office_id=office_id, session_id=session.id)
    return session.id
