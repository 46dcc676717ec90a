"""External data: tables with faults by cell, a preview, versions; rates with their base; a unit's own figures."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gongkai.core.calendar.periods import Period
from gongkai.core.tables.writing import Sheet, write_csv, write_xlsx
from gongkai.supervision.external.kinds import KINDS, Rate
from gongkai.supervision.external.models import ExternalFigure, ExternalSource
from gongkai.supervision.external.queries import ExternalFact, facts_of
from gongkai.supervision.external.services import Entry, read_entry
from tests.factories.world import World

FEBRUARY = Period.parse("2026-02")
HOTLINE = ("承办单位", "转办件数", "办结数", "按期办结")
WORDS = "县信访局12345平台2月月报"


def token(client: FlaskClient) -> str:
    page = client.get("/office/external/import").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form with its token."""
    return client.post(path, data={"csrf_token": token(client), "period": "2026-02", **fields})


def upload(
    client: FlaskClient, rows: Sequence[tuple[Any, ...]], header: Sequence[str] = HOTLINE, kind: str = "hotline"
) -> Any:
    """Send a table to be looked at."""
    file = BytesIO(write_xlsx([Sheet("表", header, rows)]))
    return post(client, "/office/external/import", kind=kind, words=WORDS, file=(file, "热线 2月.xlsx"))


def apply(client: FlaskClient, preview: str, *, replace: bool = False) -> Any:
    """Confirm what a preview shows."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', preview))
    fields.pop("csrf_token", None)
    return post(client, "/office/external/import/apply", **fields, replace="1" if replace else "0")


def facts(world: World, login: str = "hx-supervisor", office: str = "hx") -> dict[tuple[str, str], ExternalFact]:
    """What holds of February by kind and unit code."""
    with world.services.database.transaction() as uow:
        world.actor(uow, login)
        found = facts_of(uow, office_id=world.units[office], period=FEBRUARY)
        return {(fact.kind, fact.code): fact for fact in found}


def test_a_table_is_looked_at_first_and_entered_when_confirmed(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    rows = [("和溪县民政局", 1484, 1475, 1474), ("清水镇", 0, 0, 0), ("合 计", 1484, 1475, 1474)]
    preview = upload(client, rows)
    shown = preview.get_data(as_text=True)
    assert preview.status_code == 200
    assert "新登记2家，相同0家，与已有数据不同0家。尚未导入。" in shown
    assert facts(world) == {}
    assert apply(client, shown).status_code == 302
    page = client.get("/office/external/?period=2026-02").get_data(as_text=True)
    assert "99.9%（1474/1475）" in page, "of the closed ones, not of those received (陇县23Q2)"
    assert "以办结数为基数" in page
    assert "99.4%（1475/1484）" in page
    found = facts(world)["hotline", "hx-mzj"]
    assert (found.source, found.late, found.over_three_months, found.version) == (WORDS, 1, 0, 1)
    assert [rate.words for rate in facts(world)["hotline", "hx-qsz"].rates] == ["—", "—"]
    file = re.search(r'href="(/office/external/sources/\d+)"', page)
    assert file is not None
    brought = client.get(file[1])
    assert brought.data[:2] == b"PK"
    assert "%E7%83%AD%E7%BA%BF" in brought.headers["Content-Disposition"]
    export = client.get("/office/external/month.xlsx?period=2026-02")
    assert export.data[:2] == b"PK"


def test_a_second_table_replaces_only_when_asked_and_nothing_is_overwritten(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    apply(client, upload(client, [("和溪县民政局", 10, 8, 8), ("清水镇", 5, 5, 5)]).get_data(as_text=True))
    again = upload(client, [("和溪县民政局", 10, 8, 8), ("清水镇", 5, 5, 5)]).get_data(as_text=True)
    assert "新登记0家，相同2家，与已有数据不同0家" in again
    apply(client, again)
    with world.services.database.system_scope("test") as uow:
        assert len(uow.session.scalars(select(ExternalSource)).all()) == 1, "nothing new, so nothing is written"
    other = upload(client, [("和溪县民政局", 10, 9, 8), ("和溪供水公司", 1, 1, 1)]).get_data(as_text=True)
    assert "与已有数据不同1家" in other
    assert re.search(r"和溪县民政局</th>\s*<td[^>]*>办结</td><td[^>]*>8</td><td[^>]*>9</td>", other), other
    apply(client, other)
    assert facts(world)["hotline", "hx-mzj"].figures["closed"] == 8, "kept"
    assert facts(world)["hotline", "hx-gs"].figures["closed"] == 1
    other = upload(client, [("和溪县民政局", 10, 9, 8), ("和溪供水公司", 1, 1, 1)]).get_data(as_text=True)
    apply(client, other, replace=True)
    changed = facts(world)["hotline", "hx-mzj"]
    assert (changed.figures["closed"], changed.version) == (9, 2)
    history = client.get(changed.evidence).get_data(as_text=True)
    assert "第2版（现用）" in history
    assert re.search(r"第1版</th><td[^>]*>10</td><td[^>]*>8</td>", history), history
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, "hx-supervisor")
        with pytest.raises(DBAPIError, match="permission denied"):
            uow.session.execute(text("UPDATE external_figure SET figures = '{}'"))


@pytest.mark.parametrize(
    ("kind", "header", "row", "problem"),
    [
        ("hotline", HOTLINE, ("清水镇", 5, 6, 5), "“办结”6，大于“转办”5"),
        ("hotline", HOTLINE, ("清水镇", 5, 4, 5), "“按期办结”5，大于“办结”4"),
        ("hotline", HOTLINE, ("清水镇", 5, "", 5), "必填项没有填写"),
        ("hotline", HOTLINE, ("清水镇", 5, "四", 4), "不是整数"),
        ("hotline", HOTLINE, ("清水镇", 5, -1, 0), "不是有效的数量"),
        ("hotline", HOTLINE, ("某某局", 5, 4, 4), "“某某局”不是本机关督查范围内的单位"),
        ("hotline", HOTLINE, ("和溪县民政局", 1, 1, 1), "同一单位出现了两次"),
        ("hotline", HOTLINE[:3], ("清水镇", 5, 4), "缺少必填的列"),
        ("mailbox", ("单位", "来信", "按期", "超期"), ("清水镇", 62, 57, 6), "“按期办理”与“超期”之和63，大于“收到”62"),
        ("correction", ("单位", "收到", "3个工作日内答复", "超期"), ("清水镇", 1, 1, 1), "之和2，大于“收到”1"),
        ("site_check", ("单位", "检测次数", "问题数", "已整改"), ("清水镇", 4, 1, 2), "“已整改”2，大于“发现问题”1"),
        ("media_check", ("单位", "账号", "不合格", "原因"), ("清水镇", 3, 1, ""), "“不合格原因”没有填写"),
        (
            "message", ("单位", "收到", "已答复", "超期", "超过3个月未答复"), ("清水镇", 3, 1, 1, 2),
            "“超过三个月未答复”2，大于“超期”1",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_cell_and_nothing_is_entered(
    world: World, client: FlaskClient, kind: str, header: tuple[str, ...], row: tuple[Any, ...], problem: str
) -> None:
    world.sign_in(client, "hx-supervisor")
    first = {"hotline": [("和溪县民政局", 1, 1, 1)][: len(header) - 3]}.get(kind, [])
    answer = upload(client, [*first, row], header, kind)
    assert answer.status_code == 400
    assert problem in answer.get_data(as_text=True)
    assert facts(world) == {}


def test_a_wrong_form_names_the_field(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    table = write_csv(Sheet("", HOTLINE, [("清水镇", 1, 1, 1)]))
    for fields, problem in (
        ({"kind": "", "words": WORDS, "file": (BytesIO(table), "1.csv")}, "未选择数据种类"),
        ({"kind": "hotline", "words": "", "file": (BytesIO(table), "1.csv")}, "数据来源没有填写"),
        ({"kind": "hotline", "words": WORDS}, "未选择文件"),
        ({"kind": "hotline", "words": WORDS, "file": (BytesIO(b"%PDF-1.4 x"), "1.pdf")}, "不是表格"),
        ({"kind": "hotline", "words": WORDS, "file": (BytesIO(table), "1.csv"), "period": "2027-01"}, "尚未开始"),
    ):
        answer = post(client, "/office/external/import", **fields)
        assert answer.status_code == 400
        assert problem in answer.get_data(as_text=True), problem
    kept = {"kind": "hotline", "words": WORDS, "filename": "1.csv"}
    assert post(client, "/office/external/import/apply", **kept, digest="0" * 64).status_code == 404
    assert post(client, "/office/external/import/apply", **kept, digest="../etc/passwd").status_code == 404


def test_one_unit_is_typed_corrected_and_withdrawn(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    new = {"kind": "message", "unit": "清水镇", "words": "网站后台统计", "received": "6", "replied": "3", "late": "2"}
    for changes, problem in (
        ({}, "“超过三个月未答复”没有填写；没有发生的填0"),
        ({"over_three_months": "一"}, "“超过三个月未答复”应为整数"),
        ({"over_three_months": "1", "unit": ""}, "未填写单位"),
        ({"over_three_months": "1", "unit": "青石县民政局"}, "不是本机关督查范围内的单位"),
        ({"over_three_months": "1", "words": ""}, "数据来源没有填写"),
        ({"over_three_months": "1", "replied": "7"}, "“答复”7，大于“收到”6"),
    ):
        answer = post(client, "/office/external/new", **new | changes)
        assert answer.status_code == 400
        assert problem in answer.get_data(as_text=True)
    new["over_three_months"] = "1"
    assert post(client, "/office/external/new", **new).status_code == 302
    assert "本月已有数据" in post(client, "/office/external/new", **new).get_data(as_text=True)
    fact = facts(world)["message", "hx-qsz"]
    assert (fact.late, fact.over_three_months) == (2, 1)
    corrected = new | {"late": "3", "words": "更正通知"}
    assert post(client, f"{fact.evidence}/correct", **corrected).status_code == 302
    fact = facts(world)["message", "hx-qsz"]
    assert (fact.late, fact.version, fact.source) == (3, 2, "更正通知")
    for login in ("qs-supervisor", "yl-supervisor"):
        other = world.sign_in(client.application.test_client(), login)
        assert other.get(fact.evidence).status_code == 404
        assert facts(world, login) == {}
    assert post(client, f"{fact.evidence}/withdraw").status_code == 302
    assert facts(world) == {}
    assert post(client, f"{fact.evidence}/withdraw").status_code == 409
    assert "这组数据已撤销" in client.get(fact.evidence).get_data(as_text=True)
    assert post(client, "/office/external/new", **new).status_code == 302
    assert facts(world)["message", "hx-qsz"].version == 3


def test_a_unit_sees_its_own_figures_and_nothing_else(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    apply(client, upload(client, [("和溪县民政局", 10, 8, 7), ("清水镇", 55, 54, 53)]).get_data(as_text=True))
    unit = world.sign_in(client.application.test_client(), "hx-mzj-contributor")
    page = unit.get("/work/external/").get_data(as_text=True)
    assert "转办10，办结8，按期办结7" in page
    assert f"和溪县：{WORDS}" in page
    assert "55" not in re.sub(r'value="[^"]*"', "", page[page.index("<main") : page.index("</main")])
    assert unit.get("/office/external/").status_code == 403
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-contributor")
        seen = uow.session.scalars(select(ExternalFigure.unit_id)).all()
        assert seen == [world.units["hx-mzj"]]
    other = world.sign_in(client.application.test_client(), "qs-mzj-contributor")
    assert "还没有登记" in other.get("/work/external/").get_data(as_text=True)


def test_the_template_of_each_kind_can_be_sent_back(world: World, client: FlaskClient) -> None:
    world.sign_in(client, "hx-supervisor")
    for kind in KINDS:
        template = client.get(f"/office/external/template.xlsx?kind={kind}").data
        answer = post(
            client, "/office/external/import", kind=kind, words=WORDS, file=(BytesIO(template), "模板.xlsx")
        )  # fmt: skip
        shown = answer.get_data(as_text=True)
        assert "文件中有1处需要修改" in shown, (kind, re.findall(r"文件中有\d+处", shown))
        assert "示例局" in shown


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_rate_is_said_to_one_decimal_and_never_rounds_to_all_or_none(one: int, two: int) -> None:
    part, whole = sorted((one, two))
    words = Rate("率", part, whole, "").words
    if not whole:
        assert words == "—"
        return
    percent = float(words.partition("%")[0])
    assert words.endswith(f"（{part}/{whole}）")
    assert abs(percent - 100 * part / whole) <= 0.1
    assert (percent == 100) == (part == whole)
    assert (percent == 0) == (part == 0)


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.integers(0, 3), st.integers(0, 50), min_size=4))
def test_what_is_accepted_gives_rates_between_none_and_all(kind: str, numbers: Mapping[int, int]) -> None:
    figures = {figure.key: numbers[place] for place, figure in enumerate(KINDS[kind].figures)}
    if KINDS[kind].faults(figures, "原因"):
        return
    assert read_entry(kind, {key: str(number) for key, number in figures.items()} | {"note": "原因"}) == Entry(
        figures, "原因" if KINDS[kind].note else ""
    )
    for rate in KINDS[kind].rates_of(figures):
        assert 0 <= rate.numerator <= rate.denominator
    late = KINDS[kind].late
    assert late is None or late.of(figures) >= 0
