"""What a unit has to do by which day, read for its agenda. Every list is bounded; the pages behind show all."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.store import load_calendar
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.queries import Sync, sources_of
from gongkai.publishing.desk import standing
from gongkai.publishing.links.queries import due_interpretations
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.supervision.agenda.plan import Agenda, Key, Kind, Matter, arrange, horizon
from gongkai.supervision.assignments.models import KINDS
from gongkai.supervision.assignments.queries import own_shares
from gongkai.supervision.catalogue import RULES, describe
from gongkai.supervision.evaluation import freshness, interpretation
from gongkai.supervision.evaluation.base import Asked, Moment, Problem, Subject, values_of
from gongkai.supervision.evaluation.engine import applied, exemptions, is_exempt
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import ALERT_DAY, TASK, RuleBook
from gongkai.supervision.slips.queries import own_slips
from gongkai.supervision.slips.states import WAITING
from gongkai.supervision.statements.effect import stated_months
from gongkai.tenancy.models import Tenant

UNPUBLISHED = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.IN_APPROVAL, ItemState.APPROVED, ItemState.SCHEDULED)
MOST = 200
"""So many of each kind are read."""
ASKS_UNIT = ("open", "in_progress", "reopened")
"""States of a finding in which the unit has to act."""
ANSWERED = ("disputed", "claimed_fixed", "dismissed")
"""States in which it has done so: what they are about is not asked for a second time."""
_WARN_SHARE = 70
_DAY = timedelta(days=1)


def agenda_of(uow: UnitOfWork, *, tenant_id: int) -> Agenda:
    """The agenda of a unit today."""
    calendar, today = load_calendar(uow, tenant_id=tenant_id), shanghai_date(uow.now)
    until = horizon(calendar, today)
    unit = uow.session.get_one(Tenant, tenant_id)
    book = rule_book(uow, path=unit.path, codes=(*RULES, TASK, ALERT_DAY))
    subject = subjects_of(uow, path=unit.path).get(tenant_id)
    findings, settled = _findings(uow, tenant_id)
    matters = [*findings, *_slips(uow, tenant_id), *_tasks(uow, tenant_id), *_items(uow, tenant_id, until)]
    matters += _interpretations(uow, tenant_id)
    matters += _sources(uow, tenant_id, today)
    if subject is not None:
        matters += _columns(uow, subject, book, Moment(today, Period.of(today), calendar), until)
        matters += _month(uow, unit, subject, book, today)
    return arrange(matters, today=today, calendar=calendar, settled=settled)


def _findings(uow: UnitOfWork, tenant_id: int) -> tuple[list[Matter], set[Key]]:
    """The findings that the unit has to put right, and what those are about that it has answered."""
    rows = uow.session.execute(
        select(
            Finding.id, Finding.rule_code, Finding.evidence, Finding.state, Finding.due_date, Finding.object_type,
            Finding.object_id, Finding.period, Finding.lasting,
        )
        .where(
            Finding.tenant_id == tenant_id, Finding.closed_at.is_(None), Finding.state.in_((*ASKS_UNIT, *ANSWERED))
        )
        .order_by(Finding.due_date.asc().nulls_last(), Finding.id)
        .limit(MOST)
    ).all()  # fmt: skip
    found: list[Matter] = []
    settled: set[Key] = set()
    for row in rows:
        about = _about(row)
        if row.state in ANSWERED:
            settled |= {about} if about else set()
        elif row.due_date is not None and row.object_type != "finding":
            month = "" if row.lasting else f"{Period.parse(row.period).label}："
            said = month + describe(row.rule_code, row.evidence)
            found.append(Matter(Kind.FINDING, row.id, said, row.due_date, f"/work/findings/{row.id}", about=about))
    return found, settled


def _about(row: AnyRow) -> Key | None:
    """What else of the agenda a finding deals with; that another finding is overdue is seen there."""
    if row.object_type == "column":
        return Kind.COLUMN, row.object_id
    return (Kind.INTERPRETATION, row.object_id) if row.rule_code == interpretation.LATE else None


def _slips(uow: UnitOfWork, tenant_id: int) -> Iterator[Matter]:
    for row in own_slips(uow, tenant_id=tenant_id, settled=False)[:MOST]:
        if row.state in WAITING:
            title = f"回复{row.office}工作提示单（{row.number}）：{row.matter}"
            yield Matter(Kind.SLIP, row.id, title, row.due_date, f"/work/slips/{row.id}")


def _tasks(uow: UnitOfWork, tenant_id: int) -> Iterator[Matter]:
    for row in own_shares(uow, tenant_id=tenant_id, settled=False)[:MOST]:
        title = f"办结{row.office}{KINDS[row.kind]}：{row.title}"
        yield Matter(Kind.TASK, row.id, title, shanghai_date(row.due_at), f"/work/assignments/{row.id}")


def _items(uow: UnitOfWork, tenant_id: int, until: date) -> Iterator[Matter]:
    """Items with a legal term that are not public yet."""
    query = (
        select(Item.id, Item.title, Item.publish_due_date)
        .where(Item.tenant_id == tenant_id, Item.state.in_(UNPUBLISHED), Item.publish_due_date <= until)
        .order_by(Item.publish_due_date, Item.id)
        .limit(MOST)
    )
    for row in uow.session.execute(query):
        title = f"《{row.title}》应当公开" if row.title else "未填写标题的草稿应当公开"
        yield Matter(Kind.ITEM, row.id, title, row.publish_due_date, f"/work/items/{row.id}")


def _interpretations(uow: UnitOfWork, tenant_id: int) -> Iterator[Matter]:
    for row in due_interpretations(uow, tenant_id=tenant_id):
        title = f"发布《{row.title}》的解读"
        yield Matter(Kind.INTERPRETATION, row.id, title, row.due_date, f"/work/items/{row.id}")


def _sources(uow: UnitOfWork, tenant_id: int, today: date) -> Iterator[Matter]:
    """Collections that went stale: to be put right before anybody calls the unit blank."""
    for row in sources_of(uow, tenant_id=tenant_id):
        if row.state != "allowed" or not row.active:
            continue
        if Sync(row.began_at, row.last_success_at, row.stale_hours).is_stale(uow.now):
            title = f"采集来源“{row.name}”数据未同步，请核实"
            yield Matter(Kind.SOURCE, row.id, title, today, f"/work/collection/{row.id}")


def _columns(uow: UnitOfWork, subject: Subject, book: RuleBook, moment: Moment, until: date) -> Iterator[Matter]:
    """The columns that are due, soon due, or that fall due up to a day."""
    asked = Asked({subject.id: subject}, moment)
    exempt, values = exemptions(uow, asked), values_of(subject, book, moment)
    blank_days = values.whole(freshness.EMPTY, "days")
    then = Moment(until + _DAY, moment.period, moment.calendar)
    for facts in freshness.read(uow, asked):
        now = list(freshness.evaluate(facts, values, moment))
        by_then = [
            one
            for one in freshness.evaluate(facts, values, then)
            if one.rule != freshness.SOON and "due" in one.evidence
        ]
        known: set[int] = set()
        for problem in applied((*now, *by_then), values):
            if problem.object_type == "column" and problem.object_id not in known and not is_exempt(problem, exempt):
                known.add(problem.object_id)
                yield _of_column(problem, blank_days)


def _of_column(problem: Problem, blank_days: int) -> Matter:
    evidence = problem.evidence
    since = date.fromisoformat(evidence["since"])
    link = f"/work/items/?state=published&column={problem.object_id}"
    if "due" not in evidence:
        title = f"栏目“{evidence['column']}”没有内容"
        return Matter(
            Kind.COLUMN, problem.object_id, title, since + blank_days * _DAY, link, "长期没有信息的栏目计为空白栏目"
        )
    title = f"更新栏目“{evidence['column']}”"
    note = f"上次更新{format_date(since)}"
    return Matter(Kind.COLUMN, problem.object_id, title, date.fromisoformat(evidence["due"]), link, note)


def _month(uow: UnitOfWork, unit: Tenant, subject: Subject, book: RuleBook, today: date) -> Iterator[Matter]:
    """The running month's task as long as it is not met, from 70 % of the month on."""
    period = Period.of(today)
    task = book.task(
        chain=subject.chain, tenant_type=unit.tenant_type, level=unit.level,
        vertically_managed=unit.vertically_managed, period=period,
    ).value  # fmt: skip
    passed = today.day * 100 >= period.last_day.day * _WARN_SHARE
    if not task or not passed or subject.in_grace(today) or subject.established > period.first_day:
        return
    month, _ = standing(uow, tenant_id=unit.id, today=today)
    if month.counted >= task or (not month.total and stated_months(
        uow, unit_ids=[unit.id], first=period, last=period
    )):  # fmt: skip
        return
    left = (period.last_day - today).days
    title = f"{period.month}月份月度任务{task}条，已计入{month.counted}条，还差{task - month.counted}条"
    note = f"距月底还有{left}天" if left else "今天是本月最后一天"
    if not month.total:
        note += "；确无应公开信息的，可以填报无应公开信息说明"
    yield Matter(Kind.MONTH, period.year * 12 + period.month, title, period.last_day, "/work/", note)
