"""The invented items: counts, dates, numbers, columns, texts, repeatability."""

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from gongkai.run.demo.columns import COLUMNS_BY_TYPE, NEWS_COLUMN
from gongkai.run.demo.current import current_month
from gongkai.run.demo.days import is_workday, month_start, workdays, workdays_before
from gongkai.run.demo.documents import Occasion, document, title_words
from gongkai.run.demo.history import history
from gongkai.run.demo.kinds import Kind, kinds, kinds_of
from gongkai.run.demo.plan import instant
from gongkai.run.demo.rows import ItemRow
from gongkai.run.demo.units import UnitRow, monthly_task, units
from tests.run.demo.conftest import TODAY

UNITS = {unit.code: unit for unit in units()}
NUMBER = re.compile(r"^[\u4e00-\u9fff]{1,15}〔(19|20)\d{2}〕[1-9]\d{0,4}号$|^[\u4e00-\u9fff]{2,30}令第[1-9]\d{0,4}号$")
INDEX = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{18}/\d{4}-\d{5}$")
IDENTITY = re.compile(r"(?<![0-9A-Z])\d{17}[\dXx](?![0-9A-Z])")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
GENRES = {
    *("决定", "公报", "公告", "通告", "意见", "通知", "通报", "报告", "函", "纪要", "规章", "规范性文件", "规划"),
    *("计划", "总结", "统计数据", "预算决算", "名单", "公示", "解读", "年报", "办事指南", "其他"),
}


def text_of(row: ItemRow) -> str:
    return f"{row.title}\n{row.summary}\n{row.body_html}\n{row.document_number}\n{row.source_url}"


def counted(rows: list[ItemRow]) -> Counter[tuple[str, date]]:
    """Return items that count to the task by unit and month."""
    return Counter(
        (row.unit_code, month_start(row.published_at.date()))
        for row in rows
        if row.column_code != NEWS_COLUMN and not row.is_reprint
    )


def test_counts(past: list[ItemRow], present: list[ItemRow]) -> None:
    assert len(past) == 15_000
    assert len(present) == 500


def test_same_day_same_rows_other_day_other_rows() -> None:
    first = list(history(TODAY, units(), items=900))
    assert first == list(history(TODAY, tuple(reversed(units())), items=900))
    assert len(first) == 900
    assert first != list(history(TODAY - timedelta(days=1), units(), items=900))
    month = list(current_month(TODAY, units(), items=40, history_items=900))
    assert month == list(current_month(TODAY, units(), items=40, history_items=900))


def test_fifteen_thousand_rows_take_seconds() -> None:
    start = time.process_time()
    for _ in history(TODAY, units()):
        pass
    assert time.process_time() - start < 10


def test_published_in_the_months_before_today_in_working_hours(past: list[ItemRow]) -> None:
    first, end = month_start(TODAY, 36), month_start(TODAY)
    for row in past:
        moment = row.published_at
        assert moment.utcoffset() == timedelta(hours=8)
        assert first <= moment.date() < end
        assert is_workday(moment.date())
        assert clock(8, 30) <= moment.time() < clock(12) or clock(14, 30) <= moment.time() < clock(17, 30)
    assert {month_start(row.published_at.date()) for row in past} == {month_start(TODAY, i) for i in range(1, 37)}


def test_current_month_ends_now() -> None:
    rows = list(current_month(TODAY, units(), now=clock(9, 5), items=300, history_items=900))
    limit = datetime.combine(TODAY, clock(9, 5), ZoneInfo("Asia/Shanghai"))
    assert {row.published_at.date() >= TODAY.replace(day=1) for row in rows} == {True}
    assert max(row.published_at for row in rows) < limit
    assert any(row.published_at.date() == TODAY for row in rows)


@pytest.mark.parametrize(
    ("today", "now", "empty"),
    [
        (date(2026, 10, 1), clock(8, 0), True),
        (date(2026, 10, 1), clock(10, 0), False),
        (date(2026, 10, 3), clock(7, 0), False),
        (date(2031, 1, 2), clock(16, 0), False),
    ],
)
def test_first_days_of_a_month(today: date, now: clock, empty: bool) -> None:
    rows = list(current_month(today, units(), now=now, items=30, history_items=600))
    assert (rows == []) == empty
    zone = ZoneInfo("Asia/Shanghai")
    assert all(month_start(today) <= row.published_at.date() for row in rows)
    assert all(row.published_at < datetime.combine(today, now, zone) for row in rows)


def test_formed_before_published_and_late_only_at_lazy_units(past: list[ItemRow], present: list[ItemRow]) -> None:
    late: Counter[str] = Counter()
    for row in [*past, *present]:
        day = row.published_at.date()
        assert row.formed_date <= day, row.title
        if row.formed_date < workdays_before(day, 20):
            late[UNITS[row.unit_code].character] += 1
        elif not row.is_reprint:
            assert is_workday(row.formed_date)
    assert set(late) == {"lazy"}
    assert late["lazy"] >= 10


def test_columns_belong_to_the_type(past: list[ItemRow], present: list[ItemRow]) -> None:
    for row in [*past, *present]:
        assert row.column_code in COLUMNS_BY_TYPE[UNITS[row.unit_code].tenant_type], row.title
    used = {row.column_code for row in past}
    assert used == set().union(*COLUMNS_BY_TYPE.values())


def test_titles_repeat_only_on_purpose(past: list[ItemRow], present: list[ItemRow]) -> None:
    titles = Counter((row.unit_code, row.title) for row in [*past, *present])
    repeated = [key for key, count in titles.items() if count > 1]
    assert 2 <= len(repeated) <= 15
    for code, title in repeated:
        assert UNITS[code].character == "lazy"
        bodies = {row.body_html for row in past if (row.unit_code, row.title) == (code, title)}
        assert len(bodies) == 1


def test_index_numbers_are_original_unique_and_rising(past: list[ItemRow], present: list[ItemRow]) -> None:
    assert len({row.index_number for row in past}) == len(past)
    last: dict[tuple[str, int], str] = {}
    for row in past:
        assert INDEX.match(row.index_number)
        uscc, year = row.index_number[:18], row.published_at.year
        assert uscc == UNITS[row.unit_code].uscc
        assert row.index_number[19:23] == str(year)
        assert last.get((uscc, year), "") < row.index_number
        last[uscc, year] = row.index_number
    assert {(row.index_number, row.source_url, row.external_id) for row in present} == {("", "", "")}


def test_old_addresses_and_ids_are_unique(past: list[ItemRow]) -> None:
    assert len({row.source_url for row in past}) == len(past)
    assert len({row.external_id for row in past}) == len(past)
    assert all(row.source_url.startswith("http://www.example.gov.cn/") for row in past)


def test_document_numbers_are_well_formed_unique_and_rise(past: list[ItemRow], present: list[ItemRow]) -> None:
    own = [row for row in [*past, *present] if row.document_number and not row.is_reprint]
    assert len(own) > 3_000
    assert all(NUMBER.match(row.document_number) for row in own)
    assert len({row.document_number for row in own}) == len(own)
    series: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for row in past:
        if "〔" in row.document_number and not row.is_reprint:
            code, number = row.document_number[:-1].split("〕")
            assert code[-4:] == str(row.formed_date.year)
            series[code].append((row.formed_date, int(number)))
    for entries in series.values():
        assert [n for _, n in sorted(entries)] == sorted(n for _, n in entries)


def test_reprints_keep_the_original(past: list[ItemRow]) -> None:
    originals = {(row.title, row.document_number, row.formed_date): row for row in past if not row.is_reprint}
    reprints = [row for row in past if row.is_reprint]
    assert len(reprints) > 50
    for row in reprints:
        original = originals[row.title, row.document_number, row.formed_date]
        assert original.published_at < row.published_at
        assert original.issuing_agency == row.issuing_agency
        assert original.unit_code != row.unit_code


def test_no_identity_or_mobile_numbers(past: list[ItemRow], present: list[ItemRow]) -> None:
    for row in [*past, *present]:
        text = text_of(row)
        assert not IDENTITY.search(text), row.title
        assert not MOBILE.search(text), row.title


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_texts_are_complete(past: list[ItemRow], present: list[ItemRow]) -> None:
    parser = _Balance()
    for row in [*past, *present]:
        parser.feed(row.body_html)
        assert parser.open == [], row.title
        assert row.body_html.count("<p>") >= 2, row.title
        assert 0 < len(row.summary) <= 100
        assert row.summary.endswith("。")
        assert "{" not in text_of(row)
        assert not re.search(r"。。|，。|、、|None|服务服务|工作工作|管理管理", text_of(row)), row.title
        assert row.genre_class in GENRES
        assert "/" in row.subject_class
        assert row.disclosure_mode == "主动公开"
        assert row.validity in {"", "有效", "失效", "废止", "已修改"}
    assert parser.seen == {"p", "h2", "h3", "table", "thead", "tbody", "tr", "th", "td"}


def test_texts_are_varied(past: list[ItemRow]) -> None:
    assert len(kinds()) >= 60
    assert len({row.body_html for row in past}) > 14_000
    assert len({row.title for row in past}) > 14_000


@pytest.mark.parametrize("key", sorted(kinds()))
def test_every_template_of_a_kind_can_be_filled(key: str) -> None:
    kind = kinds()[key]
    publishers = {unit.body: unit for unit in units() if kind in kinds_of(unit)}
    assert publishers, "no unit publishes this kind"
    norm = "示范管理办法" if key == "zcjd" else ""
    for unit in publishers.values():
        for blocks in _alternatives(kind):
            for title in (*kind.titles, *kind.gov_titles):
                only = replace(kind, titles=(title,), gov_titles=(), blocks=blocks)
                when = Occasion(date(2025, 11, 3), norm=norm)
                column, words = title_words(only, unit, when, random.Random(key))
                written = document(only, column, words)
                assert column in COLUMNS_BY_TYPE[unit.tenant_type]
                assert "{" not in written.title + written.summary + written.body_html


def _alternatives(kind: Kind) -> Iterator[tuple[str, ...]]:
    """Yield the blocks of a kind with each alternative in turn, optional blocks included."""
    width = max(len(block) if isinstance(block, list) else 1 for block in kind.blocks)
    for i in range(width):
        chosen = (block[i % len(block)] if isinstance(block, list) else block for block in kind.blocks)
        yield tuple(block.removeprefix("?") for block in chosen)


def recent_months(back: int) -> list[date]:
    return [month_start(TODAY, i) for i in range(1, back + 1)]


def test_characters_show_in_the_last_year(past: list[ItemRow]) -> None:
    counts = counted(past)

    def share(character: str) -> float:
        chosen = [unit for unit in units() if unit.character == character and not unit.abolished_date]
        cells = [(unit, month) for unit in chosen for month in recent_months(12)]
        return sum(counts[unit.code, month] >= monthly_task(unit) for unit, month in cells) / len(cells)

    assert share("diligent") == 1
    assert share("ordinary") > 0.85
    assert share("lazy") < 0.5


def test_blank_units_have_been_silent_for_two_or_three_months(past: list[ItemRow], present: list[ItemRow]) -> None:
    blank = {unit.code for unit in units() if unit.character == "blank"}
    assert blank.isdisjoint(row.unit_code for row in present)
    silent = month_start(TODAY, 2)
    assert not [row for row in past if row.unit_code in blank and row.published_at.date() >= silent]
    assert blank <= {row.unit_code for row in past}


def test_lazy_units_have_blank_months(past: list[ItemRow]) -> None:
    counts = counted(past)
    for unit in units():
        if unit.character == "lazy":
            values = [counts[unit.code, month] for month in recent_months(12)]
            assert 0 in values
            assert any(values)


def test_the_abolished_body_falls_silent(past: list[ItemRow]) -> None:
    def last(unit: UnitRow) -> date:
        return max(row.published_at.date() for row in past if row.unit_code == unit.code)

    abolished = next(unit for unit in units() if unit.abolished_date)
    assert abolished.abolished_date is not None
    assert last(abolished) <= abolished.abolished_date


def test_interpretations_follow_their_documents(past: list[ItemRow]) -> None:
    for unit in units():
        own = [row for row in past if row.unit_code == unit.code]
        titles = "".join(row.title for row in own if row.column_code == "gfxwj")
        for row in own:
            if row.column_code == "zcjd":
                assert row.title[row.title.index("《") : row.title.index("》")].removeprefix("《") in titles


def test_sums_of_tables_hold(past: list[ItemRow]) -> None:
    checked = 0
    for row in past:
        cells = [re.findall(r"<td>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", row.body_html)]
        totals = [line for line in cells if line and line[0] == "合计"]
        if not totals:
            continue
        parts = [line for line in cells if line and line[0] != "合计"]
        for i, total in enumerate(totals[0][1:], 1):
            if re.fullmatch(r"\d+(\.\d+)?", total):
                assert sum(Decimal(line[i]) for line in parts) == Decimal(total), row.title
                checked += 1
    assert checked > 500


def test_most_interpretations_of_good_units_appear_together_with_the_document(past: list[ItemRow]) -> None:
    good = [row for row in past if UNITS[row.unit_code].character in ("diligent", "ordinary")]
    instants = {(row.unit_code, row.published_at) for row in good if row.column_code == "gfxwj"}
    readings = [row for row in good if row.column_code == "zcjd"]
    together = [row for row in readings if (row.unit_code, row.published_at) in instants]
    assert 0.3 < len(together) / len(readings) < 0.95


def test_instants_stay_in_working_hours_before_the_limit() -> None:
    rng = random.Random(5)
    for minute in range(1, 60, 7):
        limit = clock(14, minute) if minute < 30 else clock(15, minute)
        assert instant(TODAY, rng, limit).time() < limit


def test_working_days_count_both_ways() -> None:
    days = workdays(date(2025, 12, 1), date(2026, 3, 31))
    assert workdays_before(days[-1], 20) == days[-21]
    assert date(2026, 2, 17) not in days
    assert date(2026, 2, 14) in days
