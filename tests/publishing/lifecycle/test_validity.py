"""Lists of validity: every row matched and told, all marked in one run, the decision linked, the report kept."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from gongkai.core.models import AuditEvent
from gongkai.publishing.ledger import verify_chain
from gongkai.publishing.lifecycle.decisions import numbers_in, title_in
from gongkai.publishing.models import ItemVersion
from tests.factories.items import published
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.imports.lists import text_list
from tests.publishing.lifecycle.deeds import UNIT, stored
from tests.publishing.pages import Person, file

HOME = "/work/validity-lists/"
HEADER = ("索引号", "文号", "标题", "处理结果", "决定文件名称及文号", "日期", "新的有效期")
DECISION = "《关于公布文件清理结果的决定》（和民发〔2026〕9号）"


def bring(person: Person, rows: Sequence[Sequence[str]], status: int = 200) -> str:
    """Upload a list; the page that checks it."""
    return person.post(HOME, {"file": file(text_list(rows, HEADER), "清理结果.csv")}, status)


def row(*, index: str = "", number: str = "", title: str = "", result: str = "废止", day: str = "2026-03-20",
        decision: str = DECISION, term: str = "") -> tuple[str, ...]:  # fmt: skip
    """A row of HEADER."""
    return (index, number, title, result, decision, day, term)


@pytest.fixture
def documents(world: World) -> dict[str, int]:
    """Public documents of the bureau by what they are called here."""
    made = {
        name: published(world, title=f"关于{name}的通知", body_html=f"<p>{name}。</p>", document_number=number)
        for name, number in (("甲", "和民发〔2020〕1号"), ("乙", "和民发〔2020〕2号"), ("丙", ""), ("丁", ""))
    }
    made["丁二"] = published(world, title="关于丁的通知", body_html="<p>丁二。</p>")
    made["决定"] = published(
        world, title="关于公布文件清理结果的决定", body_html="<p>决定。</p>", document_number="和民发〔2026〕9号"
    )
    return made


def versions(world: World, item_id: int) -> int:
    """How many versions an item has."""
    with world.services.database.system_scope("test") as uow:
        return len(uow.session.scalars(select(ItemVersion.id).where(ItemVersion.item_id == item_id)).all())


def test_a_list_is_told_row_by_row_and_marked_in_one_run(
    world: World, client: FlaskClient, sign_in: SignIn, documents: dict[str, int]
) -> None:
    approver = sign_in(f"{UNIT}-approver")
    page = bring(
        approver,
        [
            row(number="和民发[2020]1号"),
            row(index=stored(world, documents["乙"]).index_number or "", result="失效"),
            row(title="《关于丙的通知》", result="继续有效", term="长期"),
            row(title="关于丁的通知"),
            row(number="和民发〔2019〕7号"),
            row(title="关于丙的通知", result="作废"),
            row(number="和民发〔2020〕1号", result="失效"),
            row(),
            row(number="和民发〔2020〕2号", day="2026-04-01"),
        ],
    )
    for words in (
        "可以标注3份文件，6行须改正",
        "有2条信息与之相符",
        "本单位已公开信息中没有文号为“和民发〔2019〕7号”的文件",
        "没有这种处理结果",
        "与第2行是同一份文件",
        "没有填写文号、标题或索引号",
        "决定日期晚于今天",
    ):
        assert words in page
    assert f"/items/{documents['决定']}" in page
    assert stored(world, documents["甲"]).validity == "in_force"
    page = approver.post(approver.location)
    assert "已标注3份文件，公众页面已同步显示，6行未标注" in page
    found = [stored(world, documents[name]).validity for name in ("甲", "乙", "丙", "丁", "丁二")]
    assert found == ["repealed", "lapsed", "in_force", "in_force", "in_force"]
    assert [versions(world, documents[name]) for name in ("甲", "乙", "丙", "丁")] == [2, 2, 2, 1]
    public = Seen(client, f"/items/{documents['甲']}")
    assert f"本文件已废止。自2026年3月20日起废止。依据：{DECISION}" in public.text
    assert f"/items/{documents['决定']}" in public.links
    assert "查看决定文件" in public.text
    assert "标注为继续有效" in Seen(client, f"/items/{documents['丙']}").text
    with world.services.database.system_scope("test") as uow:
        assert verify_chain(uow, tenant_id=world.units[UNIT]) is None
        actions = uow.session.scalars(select(AuditEvent.action).where(AuditEvent.tenant_id == world.units[UNIT])).all()
    assert actions.count("item.mark_validity") == 3
    assert actions.count("validity_list.mark") == 1
    sheets = load_workbook(BytesIO(approver.client.get(f"{approver.location}/report.xlsx").get_data()))
    lines = list(sheets.worksheets[0].iter_rows(values_only=True))
    assert (len(lines), lines[1][2], lines[1][4]) == (10, "关于甲的通知", "标注")
    assert sheets.worksheets[1].max_row == 9


def test_a_list_that_comes_again_marks_nothing_twice(world: World, sign_in: SignIn, documents: dict[str, int]) -> None:
    approver = sign_in(f"{UNIT}-approver")
    rows = [
        row(number="和民发〔2020〕1号"),
        row(number="和民发〔2020〕2号", result="修改"),
        row(title="关于丙的通知", result="有效"),
    ]
    bring(approver, rows)
    address = approver.location
    approver.post(address)
    assert "已经标注，无需重复办理" in approver.post(address)
    page = bring(approver, rows)
    assert "没有可以标注的文件，3份已是该状态" in page
    assert "没有可以标注的文件" in approver.post(approver.location)
    assert [versions(world, documents[name]) for name in ("甲", "乙", "丙")] == [2, 2, 2]


def test_what_goes_on_beyond_its_term_needs_a_new_one(world: World, sign_in: SignIn) -> None:
    item_id = published(world, document_number="和民发〔2026〕3号", optional={"validity_period": "1年"})
    approver = sign_in(f"{UNIT}-approver")
    page = bring(approver, [row(number="和民发〔2026〕3号", result="继续有效")])
    assert "原文件有效期至2027-03-15，没有填写新的有效期" in page
    bring(approver, [row(number="和民发〔2026〕3号", result="继续有效", term="3年")])
    approver.post(approver.location)
    assert str(stored(world, item_id).valid_until) == "2029-03-19"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "空文件"),
        ("甲,乙\n1,2\n".encode(), "a.csv", "没有找到表头"),
        (text_list([], HEADER), "a.csv", "表中没有内容"),
        (b"%PDF-1.4", "a.pdf", "不是表格"),
    ],
)
def test_what_is_no_list_is_refused(world: World, sign_in: SignIn, data: bytes, name: str, words: str) -> None:
    approver = sign_in(f"{UNIT}-approver")
    assert words in approver.post(HOME, {"file": file(data, name)}, 400)
    assert "未选择文件" in approver.post(HOME, {}, 400)


def test_an_office_marks_its_own_documents_and_no_others(world: World, sign_in: SignIn) -> None:
    foreign = published(world, document_number="和民发〔2020〕1号")
    own = published(world, "yl", document_number="云政发〔2020〕1号", title="关于州里的通知")
    office = sign_in("yl-supervisor")
    decision = "《关于公布清理结果的决定》（云政发〔2026〕1号）"
    page = bring(
        office,
        [row(number="和民发〔2020〕1号", decision=decision), row(number="云政发〔2020〕1号", decision=decision)],
    )
    assert "可以标注1份文件，1行须改正" in page
    address = office.location
    office.post(address)
    assert (stored(world, own).validity, stored(world, foreign).validity) == ("repealed", "in_force")
    stranger = sign_in("qs-mzj-approver")
    for path in (address, f"{address}/report.xlsx"):
        stranger.get(path, 404)
    stranger.post(address, status=404)
    sign_in(f"{UNIT}-contributor").get(HOME, 403)


def test_a_decision_of_the_government_above_is_linked(world: World, client: FlaskClient, sign_in: SignIn) -> None:
    decision = published(
        world,
        "yl",
        title="关于公布清理结果的决定",
        document_number="云政发〔2026〕1号",
        issuing_agency="云岭州人民政府",
    )
    item_id = published(world, document_number="和民发〔2020〕1号")
    approver = sign_in(f"{UNIT}-approver")
    form = {"validity": "repealed", "reason": "云岭州人民政府关于公布清理结果的决定（云政发〔2026〕1号）"}
    approver.post(f"/work/items/{item_id}/validity", form)
    assert f"/items/{decision}" in Seen(client, f"/items/{item_id}").links


def test_the_template_is_read_as_it_is_given(world: World, sign_in: SignIn) -> None:
    approver = sign_in(f"{UNIT}-approver")
    blank = approver.client.get(f"{HOME}template.xlsx").get_data()
    page = approver.post(HOME, {"file": file(blank, "模板.xlsx")})
    assert "没有可以标注的文件，2行须改正" in page
    assert page.count("本单位已公开信息中没有") >= 2


@pytest.mark.parametrize(
    ("words", "number", "title"),
    [
        (DECISION, "和民发〔2026〕9号", "关于公布文件清理结果的决定"),
        ("和溪县关于清理的决定 和民发[2026]9号", "和民发〔2026〕9号", "和溪县关于清理的决定 和民发[2026]9号"),
        ("县政府令第12号", "县政府令第12号", "县政府令第12号"),
        ("没有文号的决定", "", "没有文号的决定"),
    ],
)
def test_numbers_and_titles_in_what_is_written_of_a_decision(words: str, number: str, title: str) -> None:
    assert (number in numbers_in(words)) if number else not numbers_in(words)
    assert title_in(words) == title
