"""The five real pages, where they lie beside the checkout: what is recognised in each, and that none is let through.

The numbers were counted on the pages by hand or by a plain search; each stands with its reason.
"""

import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.text.damage.detect import find_damage, repaired
from gongkai.core.text.damage.findings import Damage, Finding, Lexicon
from gongkai.core.text.damage.scripts import Script, script_of
from gongkai.core.text.folding import fold
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages.reading import ReadPage, read_page
from tests.core.text.test_damage import check_offsets
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.oldpages.pages import bring, old_pages

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"
LEXICON = Lexicon(names=("和溪县人民政府", "和溪县民政局"), areas=("和溪县", "云岭州"))
SPAM = re.compile("亚博[^县信:]{2,20}?网")


def seed(number: str) -> bytes:
    """A page, by the beginning of its name."""
    found = sorted(SEEDS.glob(f"{number}*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip("the seeds are not beside this checkout")
    return found[0].read_bytes()


def damage(number: str) -> tuple[str, list[Finding], Counter[Damage]]:
    """Text, findings, and how many of each kind."""
    text = seed(number).decode("utf8")
    findings = find_damage(text, LEXICON)
    check_offsets(text, findings)
    return text, findings, Counter(one.kind for one in findings)


def page(number: str) -> ReadPage:
    """The page as it is read."""
    return read_page(seed(number), f"{number}.txt")


def test_the_hijacked_page() -> None:
    """Gambling stands eight times in place of words, in six of them （each before 县） of the county's name."""
    text, findings, kinds = damage("001")
    assert kinds == {Damage.FOREIGN: len(SPAM.findall(text)), Damage.LEFTOVER: 1}
    assert kinds[Damage.FOREIGN] == 8
    spam = [one for one in findings if one.kind is Damage.FOREIGN]
    assert Counter(one.repair for one in spam) == {"和溪": 6, None: 1, "": 1}
    clean = repaired(text, [(one.start, one.end, one.repair or "") for one in findings])
    assert find_damage(clean, LEXICON) == []
    assert clean.count("和溪县") == 6
    read = page("001")
    assert read.title.endswith("县2011年政府信息公开工作年度报告")
    assert read.trail[0] == "政府信息公开"
    assert "1处广告类文字" in read.notes[0]
    assert read.published_at is None


def test_the_scraped_page() -> None:
    """Readings behind the characters, 政 taken out by a word filter, years and places masked, one byte lost."""
    text, findings, kinds = damage("002")
    assert script_of(text) is Script.TRADITIONAL
    brackets = len(re.findall(r"(?<=[一-鿿])\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}\)", text))
    # All brackets of Latin letters but the abbreviation （aqi）, and six readings whose opening bracket is broken.
    assert kinds[Damage.READING] == brackets - 1 + 6
    assert not [one for one in findings if "aqi" in one.excerpt]
    plain = fold(re.sub(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}\)", "", text))
    gaps = [one for one in findings if one.repair in ("政府", "政務", "政建", "政權", "政復")]
    missing = len(
        re.findall("(?<![政_])府(?:信息|职能)|(?<![政院财业服])务(?:公开|信息)|廉建设|范行权力|的行复议", plain)
    )
    assert len(gaps) == missing > 45
    # 《_府信息公開條例》 stands three times, and one phrase fits.
    assert [one.repair for one in findings if one.excerpt == "_" and one.repair] == ["中華人民共和國政"] * 3
    masks = [one for one in findings if re.fullmatch("20xx|201x|x{2,5}", one.excerpt)]
    assert len(masks) == 29
    assert [one.excerpt for one in findings if one.kind is Damage.ENCODING] == ["\ue0a6"]
    # Fifteen texts of fifteen units in one: the heading of each says so.
    assert kinds[Damage.LEFTOVER] == 16
    known = [one for one in findings if one.repair is not None]
    clean = repaired(text, [(one.start, one.end, one.repair or "") for one in known])
    again = Counter(one.kind for one in find_damage(clean, LEXICON) if one.repair is not None)
    assert again[Damage.READING] == 0
    assert again[Damage.DROPPED] == 0


def test_the_traditional_page() -> None:
    """Its script is no damage; that its years were taken out is, and what the essay site wrote above it."""
    text, findings, kinds = damage("003")
    assert script_of(text) is Script.TRADITIONAL
    assert kinds == {Damage.DROPPED: 18, Damage.LEFTOVER: 1}
    assert Counter(one.excerpt for one in findings if one.kind is Damage.DROPPED) == {"年": 16, "》": 2}
    assert all(one.repair is None for one in findings if one.kind is Damage.DROPPED)
    assert (page("003").title, page("003").published_at) == ("", None)


def test_the_page_with_a_table() -> None:
    """Nothing is damaged in it; it has neither title nor time of publication of its own."""
    _, findings, _ = damage("004")
    assert findings == []
    read = page("004")
    assert [label for label, _ in read.labels] == ["索引号", "公开形式", "文号", "公开时限", "发布机构", "生成日期"]
    assert read.trail[-1] == "政府信息公开年度报告"
    assert "索引号" not in read.body_html
    assert (read.title, read.published_at) == ("", None)


def test_the_collected_page() -> None:
    """Twelve texts of an essay site with masked names, one of them broken off, and the site's links below."""
    _, findings, kinds = damage("000")
    assert kinds == {Damage.LEFTOVER: 14, Damage.DROPPED: 12, Damage.CUT: 1}
    leftovers = [one for one in findings if one.kind is Damage.LEFTOVER]
    assert [one.repair for one in leftovers] == [None] * 13 + [""]
    assert page("000").published_at is not None


def test_none_of_them_becomes_public_by_itself(world: World, sign_in: SignIn, client: FlaskClient) -> None:
    files = [(BytesIO(seed(number)), f"{number}.txt") for number in ("000", "001", "002", "003", "004")]
    office = sign_in("hx-supervisor")
    assert "收到5个网页：0个完好，已转入迁移，5个需要核对。" in bring(office, *files)
    work_off(world.services)
    with world.services.database.unit_of_work() as uow:
        assert uow.session.scalars(select(Item)).all() == []
    for kept in old_pages(world).values():
        assert kept.state == "quarantined"
        assert f"发现{len(kept.findings)}处问题" in office.get(f"/work/migrations/pages/{kept.id}") or not kept.findings
    assert "亚博" not in client.get("/").get_data(as_text=True)
