"""处置情况报告: what happened in a case, from the call to the ruling, as an official document."""

from collections.abc import Sequence
from datetime import datetime

from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.model import Block, Column, Heading, OfficialDocument, Table, paragraph
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import KINDS, OUTCOMES, EmergencyTakedown
from gongkai.publishing.emergency.queries import measures_of, paper_of
from gongkai.tenancy.models import Tenant

Event = tuple[str, str, str]
"""When, what, and by whom or why."""


def title_of(case: EmergencyTakedown) -> str:
    """The report's title, which is also its file's name."""
    return f"关于{format_date(shanghai_date(case.taken_at))}紧急撤下有关信息的处置情况报告"


def timeline(uow: UnitOfWork, case: EmergencyTakedown, measures: Sequence[AnyRow]) -> list[Event]:
    """The case in the order of time: call and takedown, paper, rulings."""
    events = [(case.taken_at, f"接{case.caller}通知", f"依据：{case.basis}")]
    stopped = sum(row.stopped for row in measures)
    also = f"，停止定时发布{stopped}项" if stopped else ""
    events.append((case.taken_at, f"撤下{_sum(measures)}{also}", case.taken_by_name))
    if case.paper_received_at is not None:
        late = "（逾期）" if paper_of(uow, case).late else ""
        events.append((case.paper_received_at, f"登记书面手续《{case.paper_name}》{late}", case.paper_by_name))
    ruled: dict[tuple[datetime, str, str, str], int] = {}
    for row in measures:
        if row.ended_at is not None:
            key = (row.ended_at, ruling_words(row), row.ended_by_name, row.end_reason)
            ruled[key] = ruled.get(key, 0) + 1
    events += [
        (at, f"{words}（{number}项）", f"{name}：{reason}") for (at, words, name, reason), number in ruled.items()
    ]
    return [(format_datetime(at), what, note) for at, what, note in sorted(events, key=lambda event: event[0])]


def ruling_words(row: AnyRow) -> str:
    """What was decided on a measure, with the count where it is about one."""
    if not row.outcome:
        return "尚未作出决定"
    count = {True: "，保留统计数", False: "，扣减统计数"}.get(row.count_kept, "") if row.counted else ""
    return f"{OUTCOMES[row.outcome]}{count}"


def build(uow: UnitOfWork, case: EmergencyTakedown) -> OfficialDocument:
    """The report as a document without a red head: it goes into the file with the paper."""
    office = uow.session.get_one(Tenant, case.tenant_id)
    measures = measures_of(uow, takedown_id=case.id)
    return OfficialDocument(
        agency_banner="", red_head=False, main_addressees=None,
        title=title_of(case).replace("紧急撤下", "\n紧急撤下", 1),
        blocks=tuple(_blocks(uow, case, office.official_name, measures)), signature_agency=office.official_name,
        formed_date=shanghai_date(uow.now),
    )  # fmt: skip


def _blocks(uow: UnitOfWork, case: EmergencyTakedown, office: str, measures: Sequence[AnyRow]) -> list[Block]:
    opened = sum(1 for row in measures if not row.outcome)
    units = list(dict.fromkeys(row.unit for row in measures))
    state = f"其中{opened}项尚未作出恢复发布或者不再公开的决定。" if opened else "均已作出决定。"
    return [
        Heading(1, "基本情况"),
        paragraph(
            f"{format_datetime(case.taken_at)}，{office}接{case.caller}通知，由{case.taken_by_name}撤下"
            f"{_sum(measures)}，涉及{'、'.join(units)}。依据：{case.basis.rstrip('。')}。{state}"
        ),
        Heading(1, "处置过程"),
        Table(
            None,
            (Column("时间", 28), Column("事项", 44), Column("经办人、依据和意见", 48)),
            tuple(timeline(uow, case, measures)),
        ),
        Heading(1, "撤下内容和处理结果"),
        Table(
            None,
            (
                Column("单位", 28), Column("类型", 12, "center"), Column("名称", 44), Column("索引号", 28),
                Column("处理结果", 24),
            ),
            tuple((row.unit, KINDS[row.kind], named(row), row.index_number, ruling_words(row)) for row in measures),
        ),
        Heading(1, "书面手续和统计"),
        paragraph(f"{_paper(uow, case)}{_counts(measures)}"),
    ]  # fmt: skip


def named(row: AnyRow) -> str:
    """What a measure took down, by name; a column with the number of its items."""
    return f"{row.title}（含信息{row.items}条）" if row.kind == "column" else str(row.title)


def _sum(measures: Sequence[AnyRow]) -> str:
    numbers = {kind: sum(1 for row in measures if row.kind == kind) for kind in KINDS}
    inside = sum(row.items for row in measures if row.kind == "column")
    words = {"item": f"信息{numbers['item']}条", "attachment": f"附件{numbers['attachment']}个"}
    words["column"] = f"栏目{numbers['column']}个（含信息{inside}条）"
    return "、".join(words[kind] for kind in KINDS if numbers[kind])


def _paper(uow: UnitOfWork, case: EmergencyTakedown) -> str:
    paper = paper_of(uow, case)
    due = format_date(case.paper_due_date)
    if case.paper_received_at is None:
        overdue = "，现已逾期" if paper.overdue else ""
        return f"书面手续应于{due}下班前补齐，尚未收到{overdue}。"
    late = "，超过规定时限" if paper.late else ""
    return f"书面手续《{case.paper_name}》已于{format_date(shanghai_date(case.paper_received_at))}登记{late}。"


def _counts(measures: Sequence[AnyRow]) -> str:
    counted = sum(row.counted for row in measures)
    if not counted:
        return "撤下内容不涉及月度发布任务统计。"
    subtracted = sum(row.counted for row in measures if row.count_kept is False)
    done = f"现已扣减{subtracted}条。" if subtracted else "目前没有扣减。"
    return f"撤下的信息中有{counted}条计入月度发布任务；按规定，作出决定前不扣减统计数，紧急撤下不影响考核得分。{done}"
