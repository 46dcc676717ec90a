"""The standings as a spreadsheet: annex 1 of the circular and the summary by class (`supervision.md` 7.1)."""

from collections.abc import Iterator

from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.supervision.standings import Standings, Totals, ratio

ANNEX_1 = ("序号", "单位", "月度任务", "本月发布", "完成率", "重点领域", "上月发布", "连续空白月", "备注")
TABLE_1 = ("类别", "单位数", "发布数", "环比", "重点领域", "完成任务", "未完成", "空白月", "完成率")


def standings_workbook(found: Standings) -> bytes:
    """The workbook's bytes: one row a unit in official order, then the sums by class."""
    return write_xlsx(
        [
            Sheet(f"{found.period.label}发布情况", ANNEX_1, _units(found)),
            Sheet("分类汇总", TABLE_1, _classes(found)),
        ]
    )


def _units(found: Standings) -> Iterator[tuple[Value, ...]]:
    for number, row in enumerate(found.rows, 1):
        yield (
            number,
            row.unit.official_name,
            row.task.value,
            row.counts.counted,
            row.rate,
            row.key_total,
            row.last_counted,
            row.blank_months or None,
            row.remark,
        )


def _classes(found: Standings) -> Iterator[tuple[Value, ...]]:
    for heading, sums in (*found.classes(), ("合计", found.totals)):
        yield _summary(heading, sums)


def _summary(heading: str, sums: Totals) -> tuple[Value, ...]:
    rate = ratio(sums.attained, sums.assessed)
    return (
        heading, sums.units, sums.counted, sums.change, sums.key_total, sums.attained, sums.below, sums.blank, rate,
    )  # fmt: skip
