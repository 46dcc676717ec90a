"""What belongs together: a document and its interpretation, a joint document and its reprint; archive packages."""

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.archive.bag import bag_name, write_bag
from gongkai.publishing.archive.queries import published_version
from gongkai.publishing.links.models import JointReprint
from gongkai.publishing.links.plans import PlanForm
from gongkai.publishing.links.reprints import make_reprint
from gongkai.publishing.links.services import link
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, Text, item_id

LEAD = "yl-rsj"
POLICY = "云岭州公益性岗位开发管理实施细则"
READING = "《云岭州公益性岗位开发管理实施细则》政策解读"
LATE = "云岭州职业技能培训补贴资金管理实施细则"
JOINT = "关于进一步做好高校毕业生基层医疗卫生机构就业工作的通知"
NAMES = "云岭州卫生健康委员会、云岭州财政局"
REPRINTER = "yl-wjj"


def play(stage: Stage) -> None:
    """Documents that the chain publishes; what follows from their events comes in `follow`."""
    stage.once("together", stage.at(6, 10), _together, stage)
    stage.once("together.late", stage.at(6, 11), _late, stage)
    stage.once("joint", stage.at(5, 10), _joint, stage)


def follow(stage: Stage) -> None:
    """After the events: one of the partners shows the joint document, and packages are exported."""
    stage.once("joint.reprint", stage.at(4, 10), _reprint, stage)
    stage.once("archive", stage.present, _archive, stage)


def _policy(title: str, number: int, year: int, plan: PlanForm | None) -> Text:
    return Text(
        "gfxwj", title, f"规定{title.removeprefix('云岭州').removesuffix('实施细则')}的条件、程序和监督。",
        ("第一条　为落实就业优先政策，结合本州实际，制定本细则。",
         "第二条　本细则适用于本州行政区域内的有关单位和个人。",
         "第三条　资金使用遵循公开、公平、规范的原则，接受社会监督。", "第四条　本细则自印发之日起施行，有效期5年。"),
        {"genre_class": "细则", "subject_class": "劳动、人事、监察", "responsible_unit": "就业促进科",
         "document_number": f"云人社规〔{year}〕{number}号",
         "optional": {"publication_channels": "网站、政府公报", "disclosure_time_limit": "长期公开",
                      "validity_period": "5年"}},
        plan,
    )  # fmt: skip


def _together(uow: UnitOfWork, stage: Stage) -> None:
    """Written together, linked, approved together: public in the same minute."""
    writer = f"{LEAD}-xxy"
    document = stage.write(uow, writer, _policy(POLICY, 6, stage.today.year, None))
    reading = stage.write(uow, writer, Text(
        "zcjd", READING, "解读公益性岗位开发管理实施细则的主要内容。",
        ("一、出台背景。为规范公益性岗位开发管理，制定本细则。",
         "二、适用对象。就业困难人员。", "三、如何申请。向户籍地人社部门申请。"),
        {"genre_class": "解读", "subject_class": "劳动、人事、监察", "responsible_unit": "就业促进科"},
    ))  # fmt: skip
    link(uow, actor=actor_of(uow, writer), item_id=reading.id, other_id=document.id)
    for item in (reading, document):
        stage.send(uow, writer, item)
        stage.agree(uow, item, f"{LEAD}-bms", f"{LEAD}-ld")


def _late(uow: UnitOfWork, stage: Stage) -> None:
    """A document whose interpretation was planned and has not come."""
    plan = PlanForm(shanghai_date(uow.now), "图解", "就业促进科科长", "")
    stage.publish(uow, LEAD, _policy(LATE, 7, stage.today.year, plan))


def _joint(uow: UnitOfWork, stage: Stage) -> None:
    text = Text(
        "gsgg", JOINT, "明确高校毕业生到基层医疗卫生机构就业的支持措施。",
        ("各县（市）人力资源和社会保障局、卫生健康局、财政局：",
         "现就进一步做好高校毕业生基层医疗卫生机构就业工作通知如下。",
         "一、统筹编制和岗位资源，优先招聘高校毕业生。", "二、落实学费补偿、社会保险补贴等支持政策。"),
        {"origin": "joint", "subject_class": "劳动、人事、监察", "responsible_unit": "就业促进科",
         "document_number": f"云人社发〔{stage.today.year}〕42号",
         "optional": {"publication_channels": "网站", "disclosure_time_limit": "长期公开", "co_issuers": NAMES}},
    )  # fmt: skip
    stage.publish(uow, LEAD, text)


def _reprint(uow: UnitOfWork, stage: Stage) -> None:
    actor = actor_of(uow, f"{REPRINTER}-xxy")
    offer = uow.session.scalars(select(JointReprint.id).where(JointReprint.tenant_id == actor.tenant_id)).one()
    item = make_reprint(uow, actor=actor, reprint_id=offer, base_url=stage.services.settings.base_url)
    stage.agree(uow, item, f"{REPRINTER}-bms")


def _archive(uow: UnitOfWork, stage: Stage) -> None:
    """The packages of the document and of its interpretation, as `gongkai items export` makes them."""
    folder = stage.services.settings.data_directory / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    for title in (POLICY, READING):
        row = published_version(uow, item_id=item_id(uow, LEAD, title), version=None)
        with (folder / f"{bag_name(row)}.zip").open("wb") as target:
            write_bag(row, files=stage.services.files, target=target, now=uow.now)
