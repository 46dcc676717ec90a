"""Term lists of the prefecture's office, what they hit, and a masked copy of a list of persons."""

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.masked import make_masked_copy
from gongkai.publishing.terms.schemas import TermForm
from gongkai.publishing.terms.services import put_terms
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.papers import table
from gongkai.run.demo.rooms.stage import FILE_LIMIT, Stage, Text

OFFICE = "yl-zf-zwgk"
TERMS = (
    TermForm("leader", "林某某", "州委副书记、州长", "warn", 1, note="州政府领导，按任职顺序排列"),
    TermForm("leader", "周某某", "州委常委、常务副州长", "warn", 2, note="州政府领导，按任职顺序排列"),
    TermForm("leader", "吴某某", "副州长", "warn", 3, note="州政府领导，按任职顺序排列"),
    TermForm("abolished", "云岭州粮食局", "云岭州发展和改革委员会", "block", note="2025年3月机构改革后职能划入"),
    TermForm("abolished", "州招商局", "州商务局", "warn", note="已合并，引用历史文件名称的除外"),
    TermForm("outdated", "建档立卡贫困户", "脱贫户", "warn", note="引用历史文件原文的除外"),
    TermForm("outdated", "特困户", "特困人员", "warn", note="按《社会救助暂行办法》的表述"),
    TermForm("typo", "帐户", "账户", "warn"),
    TermForm("typo", "按装", "安装", "warn"),
    TermForm("typo", "布署", "部署", "block"),
    TermForm("forbidden", "国家级最高标准", "", "block", note="属绝对化用语"),
)
NOTICES = (
    (
        "yl-czj",
        "关于州级预算单位开立资金帐户有关事项的通知",
        "请各预算单位核对资金帐户信息，不再使用的帐户应当及时撤销。",
    ),
    (
        "yl-ybj",
        "关于做好困难群众参加城乡居民基本医疗保险资助工作的通知",
        "资助对象包括特困户、低保对象和防止返贫监测对象。",
    ),
    ("yl-swuj", "关于承接招商引资项目管理职能的公告", "原州招商局承担的招商引资项目管理职能，由州商务局承担。"),
    ("yl-zjj", "关于老旧小区加装电梯补贴申领的公告", "电梯按装完成并经验收合格后，可以申领补贴。"),
)
LIST_DRAFT = "冬春临时生活困难补助资金发放情况公示"
PERSONS = ("姓名", "身份证号", "银行卡号", "金额（元）")
ROWS = (
    ("张某甲", "110101199003077432", "6222021234567890128", "600"),
    ("李某乙", "11010119900307803X", "6222021234567890128", "600"),
    ("王某丙", "110101199003079331", "6222021234567890128", "800"),
)


def play(stage: Stage) -> None:
    """What was published before the lists, the lists, and a draft with a list of persons."""
    for unit, title, words in NOTICES:
        text = Text(
            "gsgg", title, f"{title.removeprefix('关于').removesuffix('的通知').removesuffix('的公告')}。",
            ("各有关单位：", words, "特此公告。"), {"genre_class": "公告"},
        )  # fmt: skip
        stage.once(f"terms.{title}", stage.at(12, 15), stage.publish, unit, text)
    stage.once("terms", stage.at(5, 9), _enter)
    stage.once("terms.masked", stage.at(1, 14), _mask, stage)


def _enter(uow: UnitOfWork) -> None:
    put_terms(uow, actor=actor_of(uow, OFFICE), forms=TERMS, reason="州政务公开办统一公布的规范表述（第一批）")


def _mask(uow: UnitOfWork, stage: Stage) -> None:
    text = Text(
        "gsgg", LIST_DRAFT, "公示冬春临时生活困难补助资金发放情况。",
        ("现将冬春临时生活困难补助资金发放情况予以公示，名单见附件。",), {"genre_class": "公示"},
    )  # fmt: skip
    item = stage.write(uow, "yl-czj-xxy", text)
    actor = actor_of(uow, "yl-czj-xxy")
    attached = stage.attach(uow, actor, item, "补助资金发放名单.csv", table(PERSONS, ROWS))
    make_masked_copy(
        uow, actor=actor, item_id=item.id, attachment_id=attached, files=stage.services.files, names=True,
        replace=False, limit_bytes=FILE_LIMIT,
    )  # fmt: skip
