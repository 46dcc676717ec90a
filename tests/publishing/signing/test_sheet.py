"""Form D01: its fields read back out of the .docx, its code, its print view."""

import io
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide
from gongkai.publishing.drafts import override_warnings
from gongkai.publishing.signing.digest import read_code, sheet_code
from gongkai.publishing.signing.services import confirm
from gongkai.publishing.signing.views import WORD
from tests.factories.items import draft, submitted
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import Person
from tests.publishing.signing.paper import CLERK, HEAD, LAWYER, bring, code_of, printed_code, staffed

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

TEXTS = (f"{W}t", f"{W}br")


def tables_of(content: bytes) -> list[list[list[str]]]:
    """The tables of a .docx as rows of cells; line breaks are kept."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ET.fromstring(archive.read("word/document.xml"))
    return [
        [[_text(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")] for table in root.iter(f"{W}tbl")
    ]


def _text(cell: ET.Element) -> str:
    parts = (("\n" if node.tag == f"{W}br" else node.text or "") for node in cell.iter() if node.tag in TEXTS)
    return "".join(parts)


def words_of(content: bytes) -> str:
    """All text of a .docx."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(ET.fromstring(archive.read("word/document.xml")).itertext())


def test_the_sheet_holds_the_fields_of_d01(world: World, sign_in: SignIn) -> None:
    staffed(world)
    item_id = draft(
        world, title="关于低保名单的决定", document_number="和民发〔2026〕7号", disclosure_mode="withheld",
        withheld_reason="涉及个人隐私，依据《政府信息公开条例》第十五条", body_html="<p>联系人：13800001111。</p>",
    )  # fmt: skip
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, CLERK)
        for name in ("名单.csv", "说明.csv"):
            add_attachment(
                uow, actor=actor, item_id=item_id, files=world.services.files, filename=name,
                stream=io.BytesIO(f"{name},金额\n一,1\n".encode()), limit_bytes=10**6,
            )  # fmt: skip
        override_warnings(uow, actor=actor, item_id=item_id, reasons={"mobile": "系单位值班电话"})
    clerk = sign_in(CLERK)
    clerk.post(f"/work/items/{item_id}/submit", {"reason-mobile": "系单位值班电话"})
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, HEAD), item_id=item_id, opinion="内容属实。")
        signature = bring(world, uow, item_id, LAWYER, opinion="同意不予公开。")
        confirm(uow, actor=world.actor(uow, "hx-mzj-second"), signature_id=signature.id)
        code = code_of(uow, item_id)

    answer = clerk.client.get(f"/work/items/{item_id}/approval-sheet.docx")
    assert answer.mimetype == WORD
    facts, steps = tables_of(answer.data)
    found = {row[0]: row[1] for row in facts[1:]}
    assert found["标题"] == "关于低保名单的决定"
    assert found["文号"] == "和民发〔2026〕7号"
    assert found["起草人"] == CLERK
    assert found["承办科室"] == "办公室"
    assert found["拟公开方式"] == "不予公开"
    assert found["不主动公开的理由和依据"] == "涉及个人隐私，依据《政府信息公开条例》第十五条"
    assert "疑似手机号码" in found["自动检查"]
    assert "编写人说明：系单位值班电话" in found["自动检查"]
    assert found["附件目录"].split("\n")[0].startswith("1. 名单.csv（")
    assert "2. 说明.csv" in found["附件目录"]
    assert found["校验码"].startswith(f"{code}（第1次送审）\n内容改动")
    assert [row[0] for row in steps[1:]] == [
        "科室初审", "合法性审查", "保密审查", "个人隐私、商业秘密审查", "终审（领导签发）",
    ]  # fmt: skip
    assert steps[1][1:] == ["内容属实。", HEAD, "2026年3月23日"]
    assert steps[2][1:] == ["同意不予公开。", LAWYER, "2026年3月23日"]
    assert all(row[1] == "\n\n" and row[2] == "" and row[3] == "　年　月　日" for row in steps[3:])
    assert "拟公开信息全文：" in words_of(answer.data)
    assert "联系人：13800001111。" in words_of(answer.data)

    page = clerk.get(f"/work/items/{item_id}/approval-sheet")
    assert "政府信息公开审查呈批单" in page
    assert code in page
    assert "内容属实。" in page


def test_a_chain_without_legality_review_leaves_a_box_for_it(world: World, sign_in: SignIn) -> None:
    item_id = submitted(world)
    _, steps = tables_of(sign_in(CLERK).client.get(f"/work/items/{item_id}/approval-sheet.docx").data)
    assert [row[0] for row in steps[1:]][1:3] == ["个人隐私、商业秘密审查", "合法性审查（需要时填写）"]


def test_a_draft_has_no_sheet(world: World, sign_in: SignIn) -> None:
    item_id = draft(world)
    assert "呈批单在送审之后、发布之前打印" in sign_in(CLERK).get(f"/work/items/{item_id}/approval-sheet", 409)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "另一标题"},
        {"body_html": "<p>现就做好春季防火工作通知如下！</p>"},
        {"document_number": "和民发〔2026〕8号"},
        {"disclosure_mode": "on_request", "withheld_reason": "内部管理信息"},
        {"responsible_unit": "社会救助科"},
    ],
)
def test_the_code_changes_with_whatever_is_signed(world: World, changes: dict[str, Any]) -> None:
    item_id = draft(world)
    other = draft(world, **changes)
    same = draft(world)
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        codes = [code_of(uow, one) for one in (item_id, other, same)]
    assert codes[0] != codes[1]
    assert codes[0] == codes[2]


def test_the_code_stays_while_the_sheet_travels_and_changes_with_a_new_submission(
    world: World, sign_in: SignIn
) -> None:
    staffed(world)
    item_id = submitted(world)
    clerk: Person = sign_in(CLERK)
    first = printed_code(clerk, item_id)
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, HEAD), item_id=item_id)
    assert printed_code(clerk, item_id) == first
    assert first.endswith("-1")


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(1, 99))
def test_a_code_is_read_however_it_is_typed(digest: str, submission: int) -> None:
    code = sheet_code(digest, submission)
    wide = "".join(chr(ord(character) + 0xFEE0) for character in code.lower())
    for typed in (code, code.lower(), wide, f" {code[:4]} {code[4:]} ", code.replace("-", "—"), code.replace("-", "–")):
        assert read_code(typed) == code
