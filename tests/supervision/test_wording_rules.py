"""SR-T2: the open hits of the term lists are candidates with the wrong words and the right ones."""

from datetime import date

from sqlalchemy import select

from gongkai.publishing.publication import take_down
from gongkai.publishing.terms.hits import justify_hit
from gongkai.publishing.terms.models import TermHit
from gongkai.supervision.evaluation.wording import Hit, Wording, evaluate
from gongkai.supervision.models import Finding
from tests.factories.items import published, work_off
from tests.factories.world import World
from tests.publishing.terms.lists import WRITER, hits, term
from tests.supervision.judged import UNIT, evidence, judge, moment, said, standing, values


def found(*hits: Hit) -> str:
    """What is said of an item with these hits."""
    return said(list(evaluate(Wording(UNIT, 1, "通知", hits), values(), moment()))).get("SR-T2", "")


def test_the_words_say_what_is_wrong_and_what_is_right() -> None:
    typo = Hit("正文", "typo", "warn", "", "", "按装", "安装")
    forbidden = Hit("标题", "forbidden", "block", "", "", "某语")
    order = Hit("正文", "leader", "warn", "“甲”排在“乙”之前，与领导人名单排序不一致", "请按名单排序核对")
    assert found() == ""
    assert found(typo) == "《通知》正文“按装”应为“安装”"
    assert found(typo, forbidden) == "《通知》标题“某语”属禁用语；正文“按装”应为“安装”"
    assert found(order) == "《通知》正文“甲”排在“乙”之前，与领导人名单排序不一致，请按名单排序核对"
    assert found(*[typo] * 6).endswith("；正文“按装”应为“安装”等6处")
    assert found(*[typo] * 5).count("安装") == 5


def test_an_open_hit_is_a_candidate_until_it_is_explained(world: World) -> None:
    item_id = published(world, body_html="<p>落实旧提法，按装设备。</p>")
    term(world, "旧提法")
    term(world, "按装", "安装", kind="typo", level="warn")
    assert [hit[3] for hit in hits(world)] == ["open", "open"]
    assert judge(world, "wording") == (1, 0, 0)
    assert judge(world, "wording") == (0, 0, 0)
    title = "关于做好春季防火工作的通知"
    assert standing(world, "hx-mzj", "SR-T2") == {
        ("SR-T2", item_id): f"《{title}》正文“旧提法”属过时表述；正文“按装”应为“安装”"
    }
    assert evidence(world, "hx-mzj", "SR-T2")["words"] == [
        {"place": "正文", "level": "禁止", "wrong": "旧提法", "right": ""},
        {"place": "正文", "level": "提示", "wrong": "按装", "right": "安装"},
    ]
    with world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(Finding.state).where(Finding.rule_code == "SR-T2")).all() == ["candidate"]
        ids = uow.session.scalars(select(TermHit.id)).all()
    for hit_id, after in zip(ids, (0, 1), strict=True):
        with world.services.database.transaction() as uow:
            justify_hit(uow, actor=world.actor(uow, WRITER), hit_id=hit_id, reason="引用历史文件")
        assert judge(world, "wording") == (0, 0, after)


def test_what_was_taken_down_has_no_wrong_words(world: World) -> None:
    item_id = published(world, body_html="<p>和溪县原体改办印发。</p>", formed_date=date(2026, 3, 2))
    term(world, "体改办", kind="abolished")
    published(world, unit="qs-mzj", body_html="<p>体改办。</p>")
    hits(world)
    judge(world, "wording")
    assert standing(world, "hx-mzj", "SR-T2") == {}, "the text itself calls it a former one"
    term(world, "印发")
    hits(world)
    assert judge(world, "wording") == (1, 0, 0)
    with world.services.database.system_scope("test") as uow:
        take_down(uow, tenant_id=world.units["hx-mzj"], item_id=item_id, reason="内容有误")
        assert uow.session.scalars(select(TermHit.state)).all() == ["open"], "before its events are worked off"
    assert judge(world, "wording") == (0, 0, 1)
    work_off(world.services)
    assert judge(world, "wording") == (0, 0, 0)
