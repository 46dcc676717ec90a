"""Counts of queries: what is counted, what never is, and the office's page of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from gongkai.core.ports import SearchQuery, Services
from gongkai.run.modules import MODULES
from gongkai.search.asked import counting
from gongkai.search.asked.counting import Count, kept_form, write
from gongkai.search.asked.models import SearchQueryCount
from gongkai.search.asked.views import KEY
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World

TODAY = date(2026, 3, 23)


@pytest.fixture(autouse=True)
def _nothing_waits(app: Flask) -> None:
    """What earlier tests searched for is forgotten."""
    app.extensions.pop(KEY, None)


def asked(client: FlaskClient, clock: AdjustableClock, *queries: str, **more: Any) -> None:
    """Search for each, and once more when what waits is due, with a query that is not counted itself."""
    for typed in queries:
        assert client.get("/search", query_string={"q": typed, **more}).status_code == 200
    clock.advance(seconds=counting.EVERY.seconds)
    client.get("/search", query_string={"q": "写入"}, buffered=True)


def rows(services: Services) -> dict[str, tuple[int, int]]:
    """Query → searches, without results; the query that writes is left out."""
    with services.database.unit_of_work() as uow:
        found = uow.session.scalars(select(SearchQueryCount).where(SearchQueryCount.query != "写入")).all()
    assert all(row.day == TODAY for row in found)
    return {row.query: (row.searches, row.without_results) for row in found}


def test_searches_are_counted_by_day_and_folded_query(
    client: FlaskClient, services: Services, clock: AdjustableClock, world: World
) -> None:
    published(world)
    asked(client, clock, "春季防火", "  春季防火 ", "春季防火", "ＡＢＣ 不存在的詞", "abc 不存在的词")
    assert rows(services) == {"春季防火": (3, 0), "abc 不存在的词": (2, 2)}
    asked(client, clock, "春季防火")
    assert rows(services)["春季防火"] == (4, 0)


def test_only_first_pages_without_filters_are_counted(
    client: FlaskClient, services: Services, clock: AdjustableClock, world: World
) -> None:
    for more in (
        {"page": 2},
        {"unit": "hx-mzj"},
        {"column": "gsgg"},
        {"year": 2026},
        {"order": "date"},
        {"verbatim": 1},
    ):
        asked(client, clock, "防火", **more)
    client.get("/search/suggest?q=防火")
    client.get("/api/v1/search?q=防火")
    client.get("/search.atom?q=防火")
    asked(client, clock)
    assert rows(services) == {}


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X 低保",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105194912310021",
        "13812345678",
        "138 1234 5678 的投诉",
        "一三八一二三四五六七八",
        "电话0539-8312345",
        "6222021234567890123",
        "zhang@example.cn",
        "长" * 61,
        "？？",
        "",
        " ",
    ],
)
def test_what_may_be_personal_is_never_counted(typed: str) -> None:
    assert kept_form(SearchQuery(typed)) == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("低保", "低保"),
        ("國辦發〔2019〕54號", "国办发(2019)54号"),
        ("统一征地  二〇二六年", "统一征地 二〇二六年"),
        ("2026年1月1日", "2026年1月1日"),
    ],
)
def test_the_form_that_is_kept_can_be_read(typed: str, kept: str) -> None:
    assert kept_form(SearchQuery(typed)) == kept


@given(st.text(max_size=80))
def test_any_query_has_a_short_form_or_none(typed: str) -> None:
    kept = kept_form(SearchQuery(typed))
    assert len(kept) <= counting.LONGEST
    assert kept == kept_form(SearchQuery(kept))


def test_nothing_about_the_visitor_is_written(
    client: FlaskClient, services: Services, clock: AdjustableClock, world: World
) -> None:
    asked(world.sign_in(client, "hx-mzj-contributor"), clock, "防火")
    with services.database.unit_of_work() as uow:
        columns = uow.session.scalars(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'search_query' ORDER BY 1")
        ).all()
    assert columns == ["day", "query", "searches", "without_results"]
    assert rows(services) == {"防火": (1, 1)}


def test_a_database_that_does_not_take_them_keeps_no_reader(
    client: FlaskClient, services: Services, clock: AdjustableClock, world: World, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE search_query RENAME TO away")
    try:
        asked(client, clock, "防火")
    finally:
        with owner_engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO search_query")
    asked(client, clock, "防汛")
    assert rows(services) == {"防汛": (1, 1)}


def test_a_day_has_room_for_so_many_different_queries(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_A_DAY", 2)
    for typed in ("甲", "乙", "丙", "甲"):
        write(services.database, [Count(TODAY, typed, 1, 0)])
    assert rows(services) == {"甲": (2, 0), "乙": (1, 0)}


def keep(services: Services, day: date, counted: Sequence[tuple[str, int, int]]) -> None:
    """Counts of a day."""
    write(services.database, [Count(day, *one) for one in sorted(counted)])


def test_the_office_sees_what_is_asked_and_what_to_do(client: FlaskClient, services: Services, world: World) -> None:
    keep(
        services,
        TODAY,
        [
            ("低保", 9, 0),
            ("最低生活保障", 4, 4),
            ("煤气本本", 5, 5),
            ("张三", 2, 2),
            ("和溪县 孩子转学", 3, 3),
            ("国办发(2019)54号", 3, 3),
        ],
    )
    keep(services, date(2026, 2, 3), [("防汛", 3, 0)])
    page = world.sign_in(client, "yl-prefecture_admin").get("/admin/search-queries/").get_data(as_text=True)
    assert "2026年3月公众共检索26次，其中17次没有结果。" in page
    unknown, rest = page.split('id="missing-title"')
    missing, frequent = rest.split('id="frequent-title"')
    assert "煤气本本" in unknown
    assert f"/admin/search-words/?word={quote('煤气本本')}" in unknown
    assert f"/admin/search-words/?word={quote('孩子转学')}" in unknown
    assert "煤气本本" not in missing
    assert all(words in missing for words in ("最低生活保障", "国办发(2019)54号"))
    assert frequent.index("低保") < frequent.index("煤气本本")
    assert "张三" not in page
    before = client.get("/admin/search-queries/?month=2026-02").get_data(as_text=True)
    assert "2026年2月公众共检索3次" in before
    for odd in ("2020-01", "x", "9999-12"):
        assert "2026年3月公众共检索" in client.get(f"/admin/search-queries/?month={odd}").get_data(as_text=True)


def test_a_proposed_word_stands_in_the_form(client: FlaskClient, world: World) -> None:
    page = world.sign_in(client, "yl-prefecture_admin").get("/admin/search-words/?word=煤气本本").get_data(as_text=True)
    assert "煤气本本 &gt; " in page


@pytest.mark.parametrize("login", ["hx-supervisor", "hx-mzj-unit_admin", "yl-supervisor"])
def test_nobody_but_the_prefecture_sees_it(client: FlaskClient, world: World, login: str) -> None:
    assert world.sign_in(client, login).get("/admin/search-queries/").status_code == 403


def test_counts_are_deleted_after_twelve_months(services: Services, world: World) -> None:
    for day in (date(2025, 3, 22), date(2025, 3, 23), TODAY):
        keep(services, day, [("防火", 1, 0)])
    task = next(one for module in MODULES for one in module.schedule if one.name == "search.queries")
    task.task(services)
    with services.database.unit_of_work() as uow:
        days = uow.session.scalars(select(SearchQueryCount.day).order_by(SearchQueryCount.day)).all()
    assert days == [date(2025, 3, 23), TODAY]
