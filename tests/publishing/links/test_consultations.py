"""Consultations of the public: their days are checked, told on the page, and their result is linked both ways."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from gongkai.publishing.checks import MUST_BE_INTERPRETED
from gongkai.publishing.consultations import COLUMNS
from tests.factories.items import draft, published
from tests.factories.world import World
from tests.portal.pages import Seen
from tests.publishing.conftest import SignIn
from tests.publishing.links.partners import UNIT, approve, document, send

WRITER = f"{UNIT}-contributor"
CALL, RESULT = "关于公开征求救助办法意见的公告", "救助办法征求意见采纳情况"
DAYS = {"consult_from": "2026-03-23", "consult_until": "2026-04-21"}


def call(world: World, **changes: Any) -> int:
    """A published consultation."""
    return published(world, **{"title": CALL, "optional": DAYS} | changes)


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ({}, "标题为征求意见，没有填写征求意见起止日期"),
        ({"consult_from": "2026-03-23"}, "未填写征求意见截止日期"),
        ({"consult_from": "2026-03-23", "consult_until": "四月底"}, "征求意见截止日期“四月底”不是有效日期"),
        ({"consult_from": "2026-03-23", "consult_until": "2026-03-22"}, "征求意见截止日期早于开始日期"),
        ({"consult_from": "2026-03-23", "consult_until": "2026-04-20"}, "征求意见29天，少于30天，未说明理由"),
        (DAYS, ""),
        ({"consult_from": "2026-03-23", "consult_until": "2026-04-01", "consult_reason": "情况紧急"}, ""),
    ],
)
def test_the_days_of_a_consultation_are_checked(
    world: World, sign_in: SignIn, days: dict[str, str], problem: str
) -> None:
    writer, item_id = sign_in(WRITER), draft(world, title=CALL)
    writer.post(f"/work/items/{item_id}/edit", writer.edit(item_id, **days))
    for name, written in days.items():
        assert writer.edit(item_id)[name] == written
    page = writer.get(f"/work/items/{item_id}/submit")
    assert (problem or "填写完整，可以送审") in page
    writer.post(f"/work/items/{item_id}/submit", status=400 if problem else 200)


def test_other_columns_and_the_result_itself_are_not_asked_for_days(world: World, sign_in: SignIn) -> None:
    writer = sign_in(WRITER)
    other, result = draft(world, column="rsrm", title=CALL), draft(world, title=RESULT)
    assert 'name="consult_from"' not in writer.get(f"/work/items/{other}/edit")
    assert 'name="consult_from"' in writer.get(f"/work/items/{result}/edit")
    for item_id in (other, result):
        assert "填写完整，可以送审" in writer.get(f"/work/items/{item_id}/submit")


def test_a_result_and_its_consultation_name_each_other_in_public(
    world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    asking = call(world, optional=DAYS | {"consult_until": "2026-04-01", "consult_reason": "情况紧急。"})
    seen = Seen(client, f"/items/{asking}")
    assert ("征求意见", "2026-03-23至2026-04-01（不足30日的理由：情况紧急）") in seen.pairs
    assert "征求意见结果" not in seen.text
    writer, result = sign_in(WRITER), draft(world, title=RESULT)
    assert CALL in writer.get(f"/work/items/{result}/edit")
    writer.post(f"/work/items/{result}/links/add", writer.edit(result, link=str(asking)))
    assert "没有公布采纳情况" not in writer.get(f"/work/items/{asking}")
    send(world, result)
    approve(world, result)
    for here, there, heading in ((asking, result, "征求意见结果"), (result, asking, "征求意见公告")):
        seen = Seen(client, f"/items/{here}")
        assert heading in seen.text
        assert f"/items/{there}" in seen.links
        assert "相关解读" not in seen.text
        assert "解读文件" not in seen.text
    assert "征求意见" not in dict(seen.pairs)
    assert Seen(client, f"/units/{UNIT}/feed.atom").html.count('rel="related"') == 2
    writer.post(f"/work/items/{asking}/links/remove", {"other": str(result)})
    assert "征求意见公告" not in Seen(client, f"/items/{result}").text


def test_only_a_public_consultation_and_what_announces_none_are_linked(world: World, sign_in: SignIn) -> None:
    writer, asking = sign_in(WRITER), call(world)
    unpublished, result = draft(world, title=CALL, optional=DAYS), draft(world, title=RESULT)
    for other, problem in (
        (unpublished, f"征求意见公告《{CALL}》没有公开"),
        (draft(world, title="另一条"), "两条信息不是征求意见公告和它的结果"),
        (document(world), "或者在征求意见公告和结果之间建立关联"),
    ):
        values = writer.edit(result, link=str(other))
        assert problem in writer.post(f"/work/items/{result}/links/add", values, 400)
    foreign = call(world, unit="qs-mzj")
    writer.post(f"/work/items/{result}/links/add", writer.edit(result, link=str(foreign)), 404)
    writer.post(f"/work/items/{asking}/links/add", {"link_reference": RESULT})
    assert f'href="/work/items/{result}"' in writer.get(f"/work/items/{asking}")


def test_no_column_holds_both_documents_and_consultations() -> None:
    assert not COLUMNS & MUST_BE_INTERPRETED
