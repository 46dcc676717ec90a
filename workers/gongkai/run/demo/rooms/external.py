"""External data of the last month: the hotline from a table that was corrected once, the others typed or brought."""

from io import BytesIO

from gongkai.core.calendar.periods import Period
from gongkai.core.tables.reading import read_table
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import FILE_LIMIT, Stage
from gongkai.supervision.external.importing import columns_of, read_entries
from gongkai.supervision.external.kinds import KINDS
from gongkai.supervision.external.services import Source, enter

OFFICE = "yl-zf-zwgk"
HOTLINE = (("yl-czj", 31, 31, 31), ("yl-rsj", 214, 211, 208), ("yl-mzj", 96, 95, 95), ("yl-zjj", 402, 398, 391))
TABLES: tuple[tuple[str, str, str, tuple[tuple[str | int, ...], ...]], ...] = (
    ("hotline", "州12345政务服务便民热线办公室月报", "12345转办情况.xlsx", HOTLINE),
    (
        "hotline", "州12345政务服务便民热线办公室更正函", "12345转办情况（更正）.xlsx",
        (*HOTLINE[:3], ("yl-zjj", 402, 400, 393)),
    ),
    (
        "media_check", "第三方检测机构月度检测报告", "政务新媒体检测.xlsx",
        (
            ("yl-wjj", 3, 0, ""), ("yl-tyj", 2, 1, "“云岭体育”账号超过两周未更新"), ("yl-rsj", 2, 0, ""),
        ),
    ),
    (
        "mailbox", "州长信箱后台统计", "州长信箱.xlsx",
        (("yl-rsj", 18, 17, 1), ("yl-ybj", 9, 9, 0), ("yl-zjj", 35, 30, 3)),
    ),
    (
        "message", "州政府门户网站留言统计", "网民留言.xlsx",
        (("yl-rsj", 12, 12, 0, 0), ("yl-mzj", 7, 6, 1, 0), ("yl-zjj", 20, 15, 4, 1)),
    ),
)  # fmt: skip


def play(stage: Stage) -> None:
    """The tables of the last month, one after another."""
    period = Period.of(stage.today).previous()
    for number, (kind, words, filename, rows) in enumerate(TABLES):
        moment = stage.on(stage.today, 9, number)
        stage.once(f"external.{filename}", moment, _bring, stage, period, kind, words, filename, rows)


def _bring(
    uow: UnitOfWork, stage: Stage, period: Period, kind: str, words: str, filename: str,
    rows: tuple[tuple[str | int, ...], ...],
) -> None:  # fmt: skip
    actor = actor_of(uow, OFFICE)
    data = write_xlsx([Sheet(KINDS[kind].label, [column.title for column in columns_of(kind)], rows)])
    stored = stage.services.files.put(BytesIO(data), limit_bytes=FILE_LIMIT)
    table = read_table(data, filename, columns=columns_of(kind))
    entries, faults = read_entries(uow, office_id=actor.tenant_id, period=period, kind=kind, table=table)
    if faults:
        raise ValueError("；".join(fault.message for fault in faults))
    enter(
        uow, office_id=actor.tenant_id, entered_by=actor.user_id, period=period, kind=kind, entries=entries,
        source=Source(words, stored.digest_sha256, filename, stored.size), replace=True,
    )  # fmt: skip
