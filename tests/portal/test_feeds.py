"""Feeds, sitemaps, robots."""

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.portal import sitemaps
from gongkai.portal.feeds import ATOM
from gongkai.portal.sitemaps import NAMESPACE
from tests.conftest import AdjustableClock
from tests.factories.items import published
from tests.factories.world import World
from tests.portal.pages import TITLE, Seen, bring, remove, revise
from tests.publishing.imports.lists import migration_row

A, S = f"{{{ATOM}}}", f"{{{NAMESPACE}}}"
FEEDS = ["/units/hx-mzj/feed.atom", "/units/hx-mzj/columns/gsgg/feed.atom"]


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_what_atom_requires(world: World, client: FlaskClient, clock: AdjustableClock, path: str) -> None:
    item_id = published(world)
    clock.advance(days=2)
    revise(world, item_id, reason="更正内容", body_html="<p>改正。</p>")
    page = Seen(client, path)
    assert page.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(page.html)
    assert feed.findtext(f"{A}id") == f"http://localhost{path}"
    assert feed.findtext(f"{A}updated") == "2026-03-25T09:30:00+08:00"
    assert feed.findtext(f"{A}author/{A}name") == "和溪县民政局"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{A}link")}
    assert links == {
        "self": f"http://localhost{path}",
        "alternate": f"http://localhost{path.removesuffix('feed.atom')}",
    }
    (entry,) = feed.findall(f"{A}entry")
    assert entry.findtext(f"{A}id") == f"http://localhost/items/{item_id}"
    assert entry.findtext(f"{A}title") == TITLE
    assert entry.findtext(f"{A}published") == "2026-03-23T09:30:00+08:00"
    assert entry.findtext(f"{A}updated") == "2026-03-25T09:30:00+08:00"


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_revalidated_and_forgets_what_was_taken_down(world: World, client: FlaskClient, path: str) -> None:
    empty = Seen(client, path)
    assert ET.fromstring(empty.html).findall(f"{A}entry") == []
    item_id = published(world)
    full = Seen(client, path)
    assert Seen(client, path, **{"If-None-Match": full.headers["ETag"]}).status == 304
    remove(world, item_id)
    again = Seen(client, path, **{"If-None-Match": full.headers["ETag"]})
    assert (again.status, again.html) == (200, empty.html)


def test_a_feed_holds_fifty_and_survives_any_text(world: World, client: FlaskClient) -> None:
    hostile = 'A & B <c> "d" \ufffe ]]>'
    bring(world, [migration_row(number, title=f"{hostile}第{number}号") for number in range(1, 53)])
    feed = ET.fromstring(Seen(client, FEEDS[0]).html)
    titles = [entry.findtext(f"{A}title") or "" for entry in feed.findall(f"{A}entry")]
    assert len(titles) == 50
    assert titles[0].startswith('A & B <c> "d"')
    assert titles[0].endswith("第52号")


@pytest.mark.parametrize("path", ["/units/no-such/feed.atom", "/units/hx-mzj/columns/no-such/feed.atom"])
def test_no_feed_of_what_is_not_there(world: World, client: FlaskClient, path: str) -> None:
    assert Seen(client, path).status == 404


def addresses(client: FlaskClient, path: str) -> dict[str, str]:
    """Address → last change, of a sitemap or of the index."""
    root = ET.fromstring(Seen(client, path).html)
    return {entry.findtext(f"{S}loc") or "": entry.findtext(f"{S}lastmod") or "" for entry in root}


def test_the_sitemap_reaches_every_public_item_once(
    world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, clock: AdjustableClock
) -> None:
    monkeypatch.setattr(sitemaps, "SIZE", 2)
    rows = [migration_row(number) for number in range(1, 6)]
    rows.append(migration_row(9, published_at=datetime(2023, 4, 1, 0, 0, tzinfo=SHANGHAI)))
    bring(world, rows)
    kept, removed = published(world), published(world, title="关于第二件事的公告", body_html="<p>二。</p>")
    remove(world, removed)
    clock.advance(days=3)
    revise(world, kept, reason="更正内容", body_html="<p>改正。</p>")
    maps = addresses(client, "/sitemap.xml")
    assert list(maps) == [
        f"http://localhost/sitemaps/{name}.xml"
        for name in ("units", "2026-03-1", "2023-04-1", "2023-03-1", "2023-03-2", "2023-03-3")
    ]
    found: dict[str, str] = {}
    for address in list(maps)[1:]:
        page = addresses(client, address.removeprefix("http://localhost"))
        assert 1 <= len(page) <= 2
        assert not set(page) & set(found)
        found |= page
    assert len(found) == 7
    assert found[f"http://localhost/items/{kept}"] == "2026-03-26"
    assert set(found.values()) == {"2026-03-26", "2026-03-23"}
    assert f"http://localhost/items/{removed}" not in found


def test_the_map_of_units(world: World, client: FlaskClient) -> None:
    found = addresses(client, "/sitemaps/units.xml")
    assert {"http://localhost/", "http://localhost/units/hx-mzj/", "http://localhost/units/hx-mzj/guide/"} <= set(found)
    assert "http://localhost/units/hx-gs/guide/" not in found


@pytest.mark.parametrize("path", ["/sitemaps/2023-13-1.xml", "/sitemaps/2023-03-9.xml", "/sitemaps/x-1.xml"])
def test_no_map_of_nothing(world: World, client: FlaskClient, path: str) -> None:
    assert Seen(client, path).status == 404


def test_crawlers_stay_out_of_the_workspace(world: World, client: FlaskClient) -> None:
    text = Seen(client, "/robots.txt").html
    assert "Disallow: /work/" in text
    assert "Sitemap: http://localhost/sitemap.xml" in text
