"""Files of public items: under their own names, never run in our origin, gone with their item."""

from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient

from tests.factories.items import draft
from tests.factories.world import World
from tests.portal.pages import Seen, remove, revise, with_files

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n" + b"0" * 2000
PLAIN = "名单如下。\n".encode()
NAME = "附件1：2026年度 低保名单（公示稿）#终稿%.pdf"


def test_a_file_keeps_its_chinese_name_and_kind(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [(NAME, PDF), ("说明.txt", PLAIN)])
    page = Seen(client, f"/items/{item_id}")
    links = [href for href in page.links if "/files/" in href]
    assert [unquote(href) for href in links] == [
        f"/items/{item_id}/files/1/{NAME}",
        f"/items/{item_id}/files/2/说明.txt",
    ]
    assert "PDF 文档，2 KB" in page.text
    answer = client.get(links[0], buffered=True)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert (
        f"filename*=UTF-8''{quote('附件1：2026年度 低保名单（公示稿）', safe='')}"
        in answer.headers["Content-Disposition"]
    )
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(PDF))


def test_other_kinds_are_saved_and_not_shown(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [("说明.txt", PLAIN)])
    answer = client.get(f"/items/{item_id}/files/1/说明.txt", buffered=True)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")


def test_a_file_is_not_sent_twice_and_in_parts_where_asked(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    path = f"/items/{item_id}/files/1/名单.pdf"
    first = client.get(path, buffered=True)
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    part = client.get(path, headers={"Range": "bytes=0-7"}, buffered=True)
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, PDF[:8], f"bytes 0-7/{len(PDF)}")
    assert client.head(path, buffered=True).headers["Content-Length"] == str(len(PDF))


@pytest.mark.parametrize("place", ["1/其他.pdf", "0/其他.pdf", "9/..%2f..%2fetc%2fpasswd", "1/%00"])
def test_only_files_of_the_current_version_are_there(world: World, client: FlaskClient, place: str) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    assert client.get(f"/items/{item_id}/files/{place}").status_code == 404


def test_a_file_of_a_draft_or_of_a_removed_item_is_not_sent(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    path = f"/items/{item_id}/files/1/名单.pdf"
    assert client.get(path, buffered=True).status_code == 200
    remove(world, item_id)
    gone = client.get(path, buffered=True)
    assert gone.status_code == 410
    assert PDF not in gone.data
    other = draft(world, "qs-mzj")
    assert client.get(f"/items/{other}/files/1/名单.pdf").status_code == 404


def test_a_file_that_moved_is_redirected_to(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [("甲.pdf", PDF), ("乙.txt", PLAIN)])
    answer = client.get(f"/items/{item_id}/files/1/乙.txt")
    assert answer.status_code == 302
    assert unquote(answer.headers["Location"]) == f"/items/{item_id}/files/2/乙.txt"


def test_an_earlier_version_names_its_files_without_links(world: World, client: FlaskClient) -> None:
    item_id = with_files(world, [("名单.pdf", PDF)])
    revise(world, item_id, reason="更正内容", body_html="<p>改正后的正文。</p>")
    earlier = Seen(client, f"/items/{item_id}/versions/1")
    assert "名单.pdf" in earlier.text
    assert not [href for href in earlier.links if "/files/" in href]
