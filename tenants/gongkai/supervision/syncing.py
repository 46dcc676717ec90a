"""What supervision does when a collection from elsewhere goes stale, catches up, or brings items too late.

A unit that publishes elsewhere is chased for its collection before anybody calls it blank.
"""

from collections.abc import Sequence
from datetime import datetime

from gongkai.core.calendar.instants import format_datetime, shanghai_date
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.queries import successes_of
from gongkai.publishing.imports.late import late_of, words
from gongkai.publishing.imports.models import ImportBatch
from gongkai.supervision.alerts import notify
from gongkai.supervision.models import Circular
from gongkai.supervision.tasks import evaluate_all

STALE_NOTICE = "collection_stale"
LATE_NOTICE = "collection_late"
_OFFICE_PAGE, _UNIT_PAGE = "/office/collection/{}", "/work/collection/{}"
_LONGEST_GAP = 12


def tell_stale(_: Services, uow: UnitOfWork, source_ids: Sequence[int]) -> None:
    """Handler of `collection.stale`: the unit, the units that the source brings items for, and the office are told."""
    for source_id in source_ids:
        source = uow.session.get(CollectionSource, source_id)
        if source is None or source.stale_told_at is None:
            continue
        last = source.last_success_at or source.began_at or source.created_at
        since = f"自{format_datetime(last)}起" if source.last_success_at else "批准以来"
        body = (
            f"采集来源“{source.name}”{since}没有采集成功，有关单位显示“数据未同步”，暂不认定是否空白。"
            "请尽快核实来源和采集结果，恢复后自动统计。"
        )
        key = f"collection:{source.id}:stale:{last.isoformat()}"
        links = dict.fromkeys(source.unit_ids, "/work/")
        links[source.tenant_id] = (_OFFICE_PAGE if source.covers_subtree else _UNIT_PAGE).format(source.id)
        if source.office_id is not None and source.office_id not in links:
            links[source.office_id] = _OFFICE_PAGE.format(source.id)
        for tenant_id, link in sorted(links.items()):
            notify(
                uow, tenant_id=tenant_id, kind=STALE_NOTICE, key=key, subject=f"数据未同步：{source.name}", body=body,
                link=link,
            )  # fmt: skip


def judge_again(_: Services, uow: UnitOfWork, source_ids: Sequence[int]) -> None:
    """Handler of `collection.caught_up`: the months that ended while a source was out of step are judged now."""
    last = Period.of(shanghai_date(uow.now)).previous()
    first = last.next()
    for source_id in source_ids:
        source = uow.session.get(CollectionSource, source_id)
        if source is not None:
            first = min(first, _first_open(uow, source))
    for period in period_range(max(first, last.minus(_LONGEST_GAP - 1)), last):
        evaluate_all(uow, period=period)


def _first_open(uow: UnitOfWork, source: CollectionSource) -> Period:
    """The month of the success before the last one: it and those after it were incomplete until now."""
    moments = successes_of(uow, tenant_id=source.tenant_id, source_id=source.id)
    before: datetime | None = moments[1] if len(moments) > 1 else source.began_at
    return Period.of(shanghai_date(before or uow.now))


def tell_late(_: Services, uow: UnitOfWork, batch_ids: Sequence[int]) -> None:
    """Handler of `collection.came_late`: an office whose circular items come after is told, once a run."""
    for batch_id in batch_ids:
        batch = uow.session.get(ImportBatch, batch_id)
        if batch is None:
            continue
        for late in late_of(batch):
            circular = uow.session.get(Circular, late.id)
            if circular is not None:
                notify(
                    uow, tenant_id=circular.tenant_id, kind=LATE_NOTICE, key=f"collection:late:{batch.id}:{late.id}",
                    subject=f"采集的信息计入已印发通报的月份：{batch.filename}", body=words(late, done=True),
                    link=f"/office/circulars/{late.id}",
                )  # fmt: skip
