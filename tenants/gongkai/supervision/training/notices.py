"""Notices about trainings: a unit is told once that it is invited, and once that it was absent."""

from collections.abc import Mapping, Sequence

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.training.models import TrainingSession
from gongkai.supervision.training.queries import units_at
from gongkai.supervision.training.services import CLOSED, INVITED

INVITED_NOTICE = "training_invited"
ABSENT_NOTICE = "training_absent"
_PAGE = "/work/training/"


def tell_invited(_: Services, uow: UnitOfWork, session_ids: Sequence[int]) -> None:
    """Handler of `training.invited`: each invited unit that has not been told learns of a session still to come."""
    for session in _sessions(uow, session_ids):
        if session.held_date < shanghai_date(uow.now):
            continue
        where = "线上举办" if session.online else f"在{session.place}举办"
        for unit in units_at(uow, office_id=session.tenant_id, session_id=session.id):
            if unit.invited:
                notify(
                    uow,
                    tenant_id=unit.unit_id,
                    kind=INVITED_NOTICE,
                    key=f"training:{session.id}:invited",
                    subject="培训通知",
                    body=f"请派员参加“{session.topic}”，{format_date(session.held_date)}{where}，主办单位：{session.organiser}。"
                    "不能参加的，请事先向主办单位请假。",
                    link=_PAGE,
                )


def tell_absent(_: Services, uow: UnitOfWork, session_ids: Sequence[int]) -> None:
    """Handler of `training.closed`: each invited unit that neither came nor is excused learns that it is absent."""
    for session in _sessions(uow, session_ids):
        if session.closed_at is None:
            continue
        for unit in units_at(uow, office_id=session.tenant_id, session_id=session.id):
            if unit.state == "missing":
                notify(
                    uow,
                    tenant_id=unit.unit_id,
                    kind=ABSENT_NOTICE,
                    key=f"training:{session.id}:absent",
                    subject="未参加培训",
                    body=f"本单位未派员参加{format_date(session.held_date)}的“{session.topic}”。"
                    "登记有误的，请尽快与主办单位联系更正；未更正的，将写入当月通报。",
                    link=_PAGE,
                )


def _sessions(uow: UnitOfWork, session_ids: Sequence[int]) -> list[TrainingSession]:
    found = (uow.session.get(TrainingSession, session_id) for session_id in sorted(set(session_ids)))
    return [session for session in found if session is not None]


HANDLERS: Mapping[str, EventHandler] = {INVITED: tell_invited, CLOSED: tell_absent}
