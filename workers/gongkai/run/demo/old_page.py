"""A page as old sites have them, taken over from a body that has since been merged: its table is kept as found."""

from datetime import date, datetime

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.run.demo.units import UnitRow, units

MONTHS_BACK = 30
TITLE = "2013年度政府信息公开工作年度报告"


def merged_body() -> UnitRow:
    """The body of the demonstration whose functions passed to another."""
    return next(row for row in units() if row.abolished_date is not None)


def old_page(today: date) -> MigrationRow:
    """The annual report of the merged body, put on the old site again `MONTHS_BACK` months ago."""
    unit = merged_body()
    month = Period.of(today).minus(MONTHS_BACK)
    number = f"{unit.uscc}/{month.year}-90001"
    published = datetime(month.year, month.month, 12, 9, 30, tzinfo=SHANGHAI)
    return MigrationRow(
        unit_code=unit.code,
        column_code="gkxx",
        title=TITLE,
        index_number=number,
        issuing_agency=unit.official_name,
        formed_date=date(2014, 1, 20),
        published_at=published,
        summary="公布本单位2013年度政府信息公开工作情况。",
        body_html=(
            "<p>2013年，本单位按照《中华人民共和国政府信息公开条例》的要求开展政府信息公开工作，现将有关情况报告如下。</p>"
            "<p>一、主动公开情况。全年主动公开信息26条，主要为粮食流通管理、储备粮轮换和行业统计方面的信息。</p>"
            "<p>二、依申请公开情况。全年没有收到公开申请，没有收取费用，没有发生行政复议和行政诉讼。</p>"
            "<p>三、存在的问题和改进措施。部分栏目更新不够及时，将明确专人负责，按月检查。</p>"
        ),
        genre_class="年报",
        source_url=f"http://www.example.gov.cn/{unit.code}/2014/0120/1.html",
        external_id=f"{unit.code}-old-page",
        responsible_unit="办公室",
        original_labels=[
            ["索引号", number],
            ["公开形式", "主动公开"],
            ["文号", ""],
            ["公开时限", "长期公开"],
            ["发布机构", unit.short_name],
            ["生成日期", "2014-01-20"],
        ],
    )
