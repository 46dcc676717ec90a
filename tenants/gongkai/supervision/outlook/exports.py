"""The tables of the look at everything as spreadsheets."""

from collections.abc import Iterator, Sequence

from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.supervision.outlook.columns import STATES, Column, UnitColumns
from gongkai.supervision.outlook.trend import Month
from gongkai.supervision.standings import ratio

TREND = (
    "月份", "考核单位数", "完成任务", "完成率", "未发布", "计入任务条数", "环比", "重点领域条数", "重点领域占比",
    "发现问题", "已销号", "销号率", "目前逾期", "整改不实",
)  # fmt: skip
UNITS = ("单位", "栏目数", "逾期未更新", "空白栏目", "有问题栏目占比")
COLUMNS = ("栏目", "更新周期", "最近更新", "应更新时限", "状态", "未销号问题数")


def trend_workbook(months: Sequence[Month]) -> bytes:
    """One row a month, the newest first."""
    return write_xlsx([Sheet("各月情况", TREND, _months(months))])


def _months(months: Sequence[Month]) -> Iterator[tuple[Value, ...]]:
    for month in months:
        sums, problems = month.sums, month.problems
        yield (
            month.period.label, sums.assessed, sums.attained, sums.attainment, sums.blank, sums.counted, sums.change,
            sums.key_total, sums.key_share, problems.found, problems.closed, problems.settled, problems.overdue,
            problems.false,
        )  # fmt: skip


def units_workbook(rows: Sequence[UnitColumns]) -> bytes:
    """One row a unit, those with the most problems first."""
    lines = [(row.official_name, row.columns, row.stale, row.blank, ratio(row.faulty, row.columns)) for row in rows]
    return write_xlsx([Sheet("各单位栏目", UNITS, lines)])


def columns_workbook(columns: Sequence[Column]) -> bytes:
    """One row a column, the worst first."""
    lines = [(one.name, one.period, one.updated, one.due, STATES[one.state][0], len(one.findings)) for one in columns]
    return write_xlsx([Sheet("栏目更新", COLUMNS, lines)])
