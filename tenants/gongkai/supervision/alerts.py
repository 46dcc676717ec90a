"""Reminders before the month ends, notices in the application, and the mails that follow them.

A notice's key keeps it from being sent twice; a person gets one mail a day at most, whatever happens (`digest`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.digest.records import RECORDS, Said, plan, told_on
from gongkai.supervision.digest.services import MORNING, lock_people, recipients, remember_notices
from gongkai.supervision.models import Notice
from gongkai.supervision.queries import people_of, standings
from gongkai.supervision.standings import Standing, Standings
from gongkai.supervision.statements.queries import units_waiting
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.succession import receivers_of

BLANK_NOTICE = "blank_month"
CLOSED_NOTICE = "period_closed"
NOTICE_CREATED = "notice.created"
AT_ONCE = frozenset({"emergency"})
"""Kinds of notices that do not wait for the morning."""
STALE_MATTER = "数据未同步：从其他平台采集信息没有成功，请先核实采集来源，暂不认定是否空白"
ADVICE = (
    "请及时公开应当主动公开的信息；确无应公开信息的，请在“无应公开信息说明”中填报，经负责人签署后报政务公开办审核。"
)
STATED = "；已报送无应公开信息说明，请先审核"


@dataclass(frozen=True, slots=True)
class Call:
    """A line of the call list: the unit, the people to call (user_id, name, mobile …), and the matter."""

    standing: Standing
    people: Sequence[Row[Any]]
    matter: str


def reminded(found: Standings, *, day: int) -> list[Standing]:
    """Blank units of the running month whose reminder day has come."""
    return [
        row
        for row in found.rows
        if row.blank and day >= found.book.alert_day(chain=row.unit.chain, period=found.period)
    ]


def matter(row: Standing, period: Period) -> str:
    """What there is to say to a blank unit, in one sentence."""
    text = f"{period.month}月份尚未发布计入任务的信息（月度任务{row.task.value}条）"
    return f"{text}，已连续{row.blank_months}个月空白" if row.blank_months > 1 else text


def call_list(uow: UnitOfWork, *, found: Standings) -> list[Call]:
    """Who has to be called today, in official order, with the people of each unit.

    A unit out of step with its source is asked to put that right on any day, before anybody calls it blank.
    """
    blank = reminded(found, day=shanghai_date(uow.now).day)
    rows = [row for row in found.rows if row.stale or row in blank]
    people = people_of(uow, tenant_ids=[row.id for row in rows])
    stated = units_waiting(uow, unit_ids=[row.id for row in blank], period=found.period)
    return [Call(row, people.get(row.id, []), _call_matter(row, found.period, stated=row.id in stated)) for row in rows]


def _call_matter(row: Standing, period: Period, *, stated: bool) -> str:
    if row.stale:
        return STALE_MATTER
    return matter(row, period) + STATED if stated else matter(row, period)


def remind_blank_units(uow: UnitOfWork, *, office_id: int) -> int:
    """Remind each unit under an office that has nothing counted in the running month; returns how many were new.

    Idempotent within the month. A reminder whose unit has published since is marked as read.
    """
    today = shanghai_date(uow.now)
    period = Period.of(today)
    found = standings(uow, office_id=office_id, period=period)
    key = f"blank:{period}"
    published = [row.id for row in found.rows if not row.blank]
    uow.session.execute(
        update(Notice)
        .where(Notice.key == key, Notice.tenant_id.in_(published), Notice.read_at.is_(None))
        .values(read_at=uow.now)
    )
    left = (period.last_day - today).days
    deadline = f"距月底还有{left}天" if left else "今天是本月最后一天"
    new = 0
    for row in reminded(found, day=today.day):
        body = f"{row.name}{matter(row, period)}，{deadline}。{ADVICE}"
        new += notify(
            uow,
            tenant_id=row.id,
            kind=BLANK_NOTICE,
            key=key,
            subject=f"{period.label}尚未发布信息",
            body=body,
            link="/work/",
        )
    return new


def tell_office(uow: UnitOfWork, *, office_id: int, found: Standings, now_standing: Mapping[str, int]) -> bool:
    """Tell an office, once, what a closed month looks like."""
    totals = found.totals
    stale = f"另有{totals.stale}家数据未同步，暂不认定，同步后再生成问题。" if totals.stale else ""
    body = (
        f"{found.period.label}统计结束：应考核{totals.assessed}家，完成月度任务{totals.attained}家，"
        f"未完成{totals.below}家，其中空白月{totals.blank}家。{stale}已生成问题{sum(now_standing.values())}项，请核实后编制通报。"
    )
    return notify(
        uow,
        tenant_id=office_id,
        kind=CLOSED_NOTICE,
        key=f"closed:{found.period}",
        subject=f"{found.period.label}督查结果",
        body=body,
        link=f"/office/findings?period={found.period}",
    )


def notify(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    kind: str,
    key: str,
    subject: str,
    body: str,
    link: str = "",
    user_id: int | None = None,
) -> bool:
    """Leave a notice for a unit, or one person of it, unless one with this key is there; the mail follows.

    What is for a former body goes to the units that received it, as nobody works there any more.
    """
    unit = uow.session.get(Tenant, tenant_id)
    if unit is not None and unit.status != "active":
        told = {
            "kind": kind,
            "key": f"{key}:{tenant_id}",
            "subject": f"原{unit.short_name}：{subject}",
            "link": "/work/",
        }
        body = f"{body}（在“我的待办”中切换到“原{unit.short_name}”办理。）"
        receivers = receivers_of(uow, tenant_id=tenant_id)
        return sum(notify(uow, tenant_id=one, body=body, user_id=user_id, **told) for one in receivers) > 0
    created = uow.session.scalar(
        insert(Notice)
        .values(
            tenant_id=tenant_id, user_id=user_id, kind=kind, key=key, subject=subject, body=body, link=link,
            created_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "key"])
        .returning(Notice.id)
    )  # fmt: skip
    if created is None:
        return False
    uow.emit(NOTICE_CREATED, created)
    return True


def plan_mails(services: Services, uow: UnitOfWork, notice_ids: Sequence[int]) -> None:
    """Handler of `notice.created`: the first news of a person's day is mailed at once, what follows with the mail of
    the next morning; so is what comes at night, but for what cannot wait.

    What is for a unit goes to those who get its mail, what is for one person to that person.
    """
    notices = uow.session.scalars(
        select(Notice).where(Notice.id.in_(notice_ids), Notice.kind.not_in(RECORDS)).order_by(Notice.id)
    ).all()
    if uow.now.astimezone(SHANGHAI).hour < MORNING:
        notices = [notice for notice in notices if notice.kind in AT_ONCE]
    people: dict[int, list[int]] = {}
    for row in recipients(uow, tenant_ids={notice.tenant_id for notice in notices}):
        people.setdefault(row.tenant_id, []).append(row.user_id)
    named = {notice.user_id for notice in notices if notice.user_id is not None}
    ids = named.union(*people.values())
    lock_people(uow, ids)
    done = told_on(uow, user_ids=ids, day=shanghai_date(uow.now))
    waiting: dict[int, list[Notice]] = {}
    for notice in notices:
        everybody = people.get(notice.tenant_id, []) if notice.user_id is None else [notice.user_id]
        for user_id in everybody:
            if user_id not in done:
                waiting.setdefault(user_id, []).append(notice)
    reached = plan(services, uow, said={user_id: _said(theirs) for user_id, theirs in waiting.items()})
    remember_notices(uow, told={user_id: waiting[user_id] for user_id in sorted(reached)})


def _said(notices: Sequence[Notice]) -> Said:
    subject = notices[0].subject if len(notices) == 1 else f"{notices[0].subject}等{len(notices)}项提醒"
    return Said(notices[0].tenant_id, subject, "\n\n".join(notice.body for notice in notices))


def _shown(uow: UnitOfWork, tenant_id: int | None) -> tuple[Any, ...]:
    """Conditions: the unit's notices, and those for the acting person alone."""
    for_me = or_(Notice.user_id.is_(None), Notice.user_id == uow.scope.user_id)
    return Notice.tenant_id == tenant_id, Notice.kind.not_in(RECORDS), for_me


def notices_of(uow: UnitOfWork, *, tenant_id: int, only_unread: bool = False, limit: int = 100) -> Sequence[Row[Any]]:
    """A unit's notices and the acting person's, newest first: id, kind, subject, body, link, created_at, read_at."""
    query: Any = (
        select(
            Notice.id, Notice.kind, Notice.subject, Notice.body, Notice.link, Notice.created_at, Notice.read_at
        )
        .where(*_shown(uow, tenant_id))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    )  # fmt: skip
    return uow.session.execute(query.where(Notice.read_at.is_(None)) if only_unread else query).all()


def unread_notices(uow: UnitOfWork, *, tenant_id: int | None) -> int:
    """Number of a unit's notices that nobody, and of the person's own that they have not marked as read."""
    query = select(func.count()).select_from(Notice)
    return uow.session.scalar(query.where(*_shown(uow, tenant_id), Notice.read_at.is_(None))) or 0


def mark_read(uow: UnitOfWork, *, tenant_id: int) -> int:
    """Mark a unit's notices and the person's own as read; returns how many there were."""
    marked = uow.session.scalars(
        update(Notice)
        .where(*_shown(uow, tenant_id), Notice.read_at.is_(None))
        .values(read_at=uow.now)
        .returning(Notice.id)
    ).all()
    return len(marked)
