"""What happens to items after publication: three kinds of change, notices and terms that end, what is not public."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.drafts import form_of, save_draft, start_revision
from gongkai.publishing.lifecycle.lists import bring, mark
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.papers import table
from gongkai.run.demo.rooms.stage import INTERNAL, Stage, Text, item_id

UNIT = "yl-czj"
BID = "州级机关会议定点场所政府采购项目中标结果公告"
LOANS = "关于做好创业担保贷款贴息资金申报工作的通知"
DUTIES = "云岭州财政局领导班子成员工作分工"
SUBSIDY = "惠民惠农财政补贴资金社会保障卡发放对象公示"
TEMPORARY = "云岭州州级机关差旅费临时管理办法"
PILOT = "云岭州财政资金绩效评价试行办法"
OLD_FEES = "云岭州州级会议费管理暂行办法"
OLD_CARS = "云岭州州级公务用车费用核算暂行办法"
DECISION = "云岭州财政局关于公布财政规范性文件清理结果的决定"
DOCUMENT = {"genre_class": "办法", "subject_class": "财政、金融、审计", "responsible_unit": "税政法规科"}


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a public item: its kind, why, and which words become which."""

    title: str
    kind: str
    reason: str
    old: str
    new: str


def play(stage: Stage) -> None:
    """Everything that follows publication, the earliest first."""
    _withheld(stage)
    _documents(stage)
    _notice(stage)
    _changes(stage)
    stage.once("validity.decision", stage.at(7, 15), _decide, stage)
    stage.once("validity.lists", stage.at(4, 16), _lists, stage)


def _withheld(stage: Stage) -> None:
    """One not public item is overdue for its yearly assessment, one due within weeks, one due in half a year."""
    rows = (
        ("withheld", 400, "州级预算执行分析内部会商纪要", "属于讨论记录、过程稿等过程性信息，依据条例第十六条第二款。"),
        ("withheld", 355, "州财政局内设机构岗位风险内部评估表", "属于内部管理方面的内部事务信息，依据条例第十六条。"),
        ("on_request", 170, "关于个别企业财政贴息申请的复函", "涉及第三方商业秘密，依据条例第十五条，可依申请公开。"),
    )  # fmt: skip
    for mode, days, title, reason in rows:
        text = Text(
            "qtwj", title, f"{title}。", ("有关内容见原件。",),
            {"disclosure_mode": mode, "withheld_reason": reason, "responsible_unit": "办公室", "genre_class": "其他"},
            INTERNAL,
        )  # fmt: skip
        moment = stage.on(stage.today - timedelta(days=days))
        stage.once(f"withheld.{title}", moment, stage.publish, UNIT, text)


def _documents(stage: Stage) -> None:
    """Documents with a term: one ends in days, one in weeks; and two that a list has to mark."""
    rows = (
        (TEMPORARY, 7, 175, "6个月"),
        (PILOT, 8, 340, "1年"),
        (OLD_FEES, 2, 600, "长期"),
        (OLD_CARS, 3, 590, "长期"),
    )
    for title, number, days, term in rows:
        day = stage.today - timedelta(days=days)
        text = Text(
            "gfxwj", title, f"规定{title.removeprefix('云岭州')}的适用范围、标准和程序。",
            (
                "第一条　为规范财政资金管理，根据《中华人民共和国预算法》及其实施条例，制定本办法。",
                "第二条　本办法适用于州级各预算单位。",
                "第三条　各预算单位应当按照批准的预算执行，不得超标准列支。",
                f"第四条　本办法自{day.year}年{day.month}月{day.day}日起施行，有效期{term}。"
                if term != "长期" else "第四条　本办法自印发之日起施行。",
            ),
            {**DOCUMENT, "document_number": f"云财规〔{day.year}〕{number}号", "effective_date": day,
             "optional": {"publication_channels": "网站、政府公报", "disclosure_time_limit": "长期公开",
                          "validity_period": term}},
            INTERNAL,
        )  # fmt: skip
        stage.once(f"document.{title}", stage.on(day), stage.publish, UNIT, text)


def _notice(stage: Stage) -> None:
    """A public notice whose display has ended: only that it did is shown."""
    until = shanghai_date(stage.at(3))
    text = Text(
        "gsgg", SUBSIDY, "公示通过社会保障卡发放的惠民惠农财政补贴对象。",
        ("现将拟通过社会保障卡发放的惠民惠农财政补贴对象予以公示。", "公示期内如有异议，请向州财政局反映。"),
        {"genre_class": "公示", "display_until": until, "responsible_unit": "国库科",
         "optional": {"publication_channels": "网站", "disclosure_time_limit": "短期公开",
                      "display_basis": f"公示期为7个工作日，至{format_date(until)}止"}},
    )  # fmt: skip
    stage.once("notice", stage.at(13), stage.publish, UNIT, text)


def _changes(stage: Stage) -> None:
    """An erratum, a change of content, an update of static information; a second erratum is still a draft."""
    texts = (
        Text("zfcg", BID, "公布会议定点场所采购项目中标结果。",
             ("项目编号：云财采2026—018。", "中标供应商三家，名单见下。评审日期：2月30日。", "公告期限为1个工作日。"),
             {"genre_class": "公告", "responsible_unit": "政府采购监督管理科"}),
        Text("gsgg", LOANS, "明确创业担保贷款贴息资金的申报条件和时限。",
             ("各县（市）财政局：", "请于每季度终了后10日内报送贴息资金申请。", "联系电话：0840-6700000。"),
             {"responsible_unit": "国库科"}),
        Text("ldxx", DUTIES, "公布局领导班子成员的工作分工。",
             ("局长：主持全面工作。", "副局长：分管预算、国库工作。", "总会计师：分管会计管理工作。"),
             {"genre_class": "其他", "responsible_unit": "办公室"}),
    )  # fmt: skip
    for day, text in zip((30, 28, 60), texts, strict=True):
        stage.once(f"change.before.{text.title}", stage.at(day), stage.publish, UNIT, text)
    changes = (
        (BID, "erratum", "更正评审日期", "2月30日", "2月28日", 5),
        (LOANS, "content", "申报时限由10日调整为15日，增加线上申报方式",
         "请于每季度终了后10日内报送贴息资金申请。",
         "请于每季度终了后15日内，通过线上或者线下方式报送贴息资金申请，逾期未报送的转入下一季度办理。", 3),
        (DUTIES, "static", "副局长分工调整", "分管预算、国库工作", "分管预算、国库和政府采购监管工作", 2),
    )  # fmt: skip
    for title, kind, reason, old, new, day in changes:
        change = _Change(title, kind, reason, old, new)
        stage.once(f"change.{kind}", stage.at(day, 11), _make, stage, change)


def _make(uow: UnitOfWork, stage: Stage, change: _Change) -> None:
    """Start a revision, change its words, and take it through the steps that its kind needs."""
    original = item_id(uow, UNIT, change.title)
    actor = actor_of(uow, f"{UNIT}-xxy")
    day = shanghai_date(uow.now) - timedelta(days=1)
    revision = start_revision(
        uow, actor=actor, item_id=original, change_kind=change.kind, reason=change.reason,
        change_date=None if change.kind == "erratum" else day,
    )  # fmt: skip
    form = replace(form_of(revision), body_html=revision.body_html.replace(change.old, change.new))
    save_draft(uow, actor=actor, item_id=revision.id, form=form)
    stage.send(uow, f"{UNIT}-xxy", revision)
    for login in (f"{UNIT}-bms", f"{UNIT}-ld"):
        if revision.step:
            stage.agree(uow, revision, login)


def _decide(uow: UnitOfWork, stage: Stage) -> None:
    """The decision that the lists of validity rest on."""
    day = shanghai_date(uow.now)
    text = Text(
        "qtwj", DECISION, "公布财政规范性文件清理结果，明确废止和失效的文件。",
        ("经清理，决定废止、宣布失效部分财政规范性文件。", "本决定自公布之日起施行。"),
        {"document_number": f"云财发〔{day.year}〕96号", "genre_class": "决定", "responsible_unit": "税政法规科"},
        INTERNAL,
    )  # fmt: skip
    stage.publish(uow, UNIT, text)


def _lists(uow: UnitOfWork, stage: Stage) -> None:
    """One list that was carried out, and one with a document that nobody can find."""
    actor = actor_of(uow, f"{UNIT}-ld")
    day = shanghai_date(stage.at(7))
    decision = f"《{DECISION}》（云财发〔{day.year}〕96号）"
    header = ("标题", "处理结果", "决定文件", "日期")
    done = table(header, [(OLD_FEES, "废止", decision, day.isoformat())])
    open_rows = [
        (OLD_CARS, "失效", decision, day.isoformat()),
        ("云岭州州级机关办公用品采购暂行规定", "废止", decision, day.isoformat()),
    ]
    files = stage.services.files
    first = bring(uow, actor=actor, files=files, data=done, filename="清理结果（第一批）.csv")
    mark(uow, actor=actor, list_id=first.id, files=files)
    bring(uow, actor=actor, files=files, data=table(header, open_rows), filename="清理结果（第二批）.csv")
