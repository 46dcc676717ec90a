"""Chains of four steps, signatures on paper, and a batch of drafts that waits for its approval."""

from datetime import timedelta
from io import BytesIO

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.batches.models import BatchDeed
from gongkai.publishing.batches.services import agree_to_batch, record_opening, share_of, submit_batch
from gongkai.publishing.batches.tasks import run_deed
from gongkai.publishing.imports.batches import ImportRequest, request_import
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.tasks import run_batch
from gongkai.publishing.models import Item
from gongkai.publishing.signing.digest import content_digest, sheet_code, submission_round
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.registration import Scan, register
from gongkai.publishing.signing.schemas import PaperForm
from gongkai.publishing.signing.services import confirm
from gongkai.publishing.steps import StepKind, set_template
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.papers import scan, table
from gongkai.run.demo.rooms.stage import FILE_LIMIT, INTERNAL, Stage, Text, column_of, item_id, person_id, unit_id

FOUR = (StepKind.SECTION, StepKind.LEGALITY, StepKind.CONFIDENTIALITY, StepKind.FINAL)
FINANCE, CIVIL, SMALL = "yl-czj", "yl-mzj", "yl-tyj"
SIGNED = "关于下达州级城乡居民养老保险补助资金的通知"
WAITING = "关于开展州级行政事业单位国有资产年度清查的通知"
ABOVE = "关于做好退役军人优待证申领服务工作的通告"
RULES = "云岭州州级预算单位银行账户管理办法"
LICENCES = 24
BATCH_FILE = "代理记账许可决定公告清单.csv"


def play(stage: Stage) -> None:
    """Templates first, then what waits in them."""
    stage.once("chains", stage.at(20, 9), _templates)
    _four_steps(stage)
    _paper(stage)
    _batch(stage)


def _templates(uow: UnitOfWork) -> None:
    """Civil affairs let four people look at everything, finance at normative documents."""
    for code, column in ((CIVIL, ""), (FINANCE, "gfxwj")):
        tenant_id = unit_id(uow, code)
        column_id = column_of(uow, tenant_id, column) if column else None
        set_template(uow, tenant_id=tenant_id, steps=FOUR, column_id=column_id, by=person_id(uow, f"{code}-gly"))


def _four_steps(stage: Stage) -> None:
    """One item has gone all the way; others wait for the head of the section, and for the legality review."""
    rows = (
        ("关于公布临时救助标准的公告", 9, ("jzkz", "fgk", "bms", "ld")),
        ("关于开展冬春救助需求摸底调查的通知", 2, ()),
        ("关于规范特困人员供养服务机构管理的通知", 3, ("jzkz",)),
    )
    for title, day, posts in rows:
        text = Text(
            "gsgg", title, f"{title.removeprefix('关于')}。".replace("的通知。", "。").replace("的公告。", "。"),
            ("各县（市）民政局：", "请按照属地管理、分级负责的原则组织实施，确保应保尽保、应救尽救。"),
            {"responsible_unit": "社会救助科", "subject_class": "民政、扶贫、救灾"},
        )  # fmt: skip
        logins = tuple(f"{CIVIL}-{post}" for post in posts)
        stage.once(
            f"four.{title}", stage.at(day, 9, 40),
            _sent, stage, f"{CIVIL}-xxy", text, logins,
        )  # fmt: skip
    rules = Text(
        "gfxwj", RULES, "规范州级预算单位银行账户的开立、变更和撤销。",
        ("第一条　为规范州级预算单位银行账户管理，制定本办法。", "第二条　本办法适用于州级各预算单位。"),
        {"genre_class": "办法", "responsible_unit": "预算科", "document_number": f"云财规〔{stage.today.year}〕12号"},
        INTERNAL,
    )  # fmt: skip
    stage.once("four.rules", stage.at(1, 15), _sent, stage, f"{FINANCE}-xxy", rules, ())


def _sent(uow: UnitOfWork, stage: Stage, writer: str, text: Text, logins: tuple[str, ...]) -> None:
    item = stage.write(uow, writer, text)
    stage.send(uow, writer, item)
    stage.agree(uow, item, *logins)


def _paper(stage: Stage) -> None:
    """Signed sheets: one confirmed, one to be checked by a second account, one by the office above."""
    rows = (
        (FINANCE, SIGNED, 7, (f"{FINANCE}-bms",)),
        (FINANCE, WAITING, 3, (f"{FINANCE}-bms",)),
        (SMALL, ABOVE, 3, ()),
    )
    for unit, title, day, logins in rows:
        text = Text(
            "qtwj" if unit == FINANCE else "gsgg", title, f"{title.removeprefix('关于')}，明确责任和时限。",
            ("各有关单位：", "请按要求组织实施，并于月底前报送落实情况。"),
            {"responsible_unit": "办公室"},
            INTERNAL if unit == FINANCE else None,
        )  # fmt: skip
        stage.once(
            f"paper.item.{title}", stage.at(day, 10),
            _sent, stage, f"{unit}-xxy", text, logins,
        )  # fmt: skip
    stage.once("paper.signed", stage.at(6, 9), _bring, stage, f"{FINANCE}-xxy2", SIGNED, f"{FINANCE}-ld")
    stage.once("paper.confirmed", stage.at(6, 15), _confirm, f"{FINANCE}-bms")
    for login, title, signatory in (
        (f"{FINANCE}-xxy2", WAITING, f"{FINANCE}-ld"),
        (f"{SMALL}-xxy", ABOVE, f"{SMALL}-bms"),
    ):
        stage.once(f"paper.{login}", stage.at(1, 16), _bring, stage, login, title, signatory)


def _bring(uow: UnitOfWork, stage: Stage, login: str, title: str, signatory: str) -> None:
    signatory_id = person_id(uow, signatory)
    found = item_id(uow, login.rpartition("-")[0], title)
    actor = actor_of(uow, login)
    item = uow.session.get_one(Item, found)
    form = PaperForm(
        signatory_id=signatory_id, signed_date=shanghai_date(uow.now), decision="agree", opinion="同意公开。",
        code=sheet_code(content_digest(uow, item=item), submission_round(uow, item=item)),
    )  # fmt: skip
    register(
        uow, actor=actor, item_id=item.id, form=form, scan=Scan("审查呈批单.pdf", BytesIO(scan())),
        files=stage.services.files, limit_bytes=FILE_LIMIT,
    )  # fmt: skip


def _confirm(uow: UnitOfWork, login: str) -> None:
    actor = actor_of(uow, login)
    query = select(PaperSignature.id).where(
        PaperSignature.tenant_id == actor.tenant_id, PaperSignature.state == "registered"
    )
    confirm(uow, actor=actor, signature_id=uow.session.scalars(query.order_by(PaperSignature.id)).first() or 0)


def _batch(stage: Stage) -> None:
    """A list of drafts, submitted and reviewed as a batch; the approver opens ten of them and agrees to all."""
    stage.once("batch.list", stage.at(2, 9), _list, stage)
    with stage.services.database.system_scope("demonstration") as uow:
        batch_id = _batch_id(uow)
    run_batch(stage.services, batch_id=batch_id)
    stage.once("batch.submit", stage.at(2, 11), _submit)
    _work_off_deeds(stage)
    stage.once("batch.review", stage.at(1, 10), _review)
    _work_off_deeds(stage)


def _list(uow: UnitOfWork, stage: Stage) -> None:
    actor = actor_of(uow, f"{FINANCE}-xxy2")
    day = shanghai_date(uow.now) - timedelta(days=1)
    header = ("栏目", "标题", "成文日期", "发布机构", "内容概述", "正文", "外部编号", "责任科室", "体裁分类")
    rows = [
        (
            "xzxk", f"云岭州财政局代理记账许可决定公告（{day.year}年第{number}号）", day.isoformat(), "云岭州财政局",
            f"公布{day.year}年第{number}号代理记账许可决定。",
            f"经审查，申请人提交的第{number}号申请符合《代理记账管理办法》规定的条件，准予代理记账许可。",
            f"dljz-{day.year}-{number:03d}", "会计科", "公告",
        )
        for number in range(1, LICENCES + 1)
    ]  # fmt: skip
    stored = stage.services.files.put(BytesIO(table(header, rows)), limit_bytes=FILE_LIMIT)
    request = ImportRequest("drafts", BATCH_FILE, stored.digest_sha256, dry_run=False)
    request_import(uow, actor=actor, request=request)


def _submit(uow: UnitOfWork) -> None:
    batch_id = _batch_id(uow)
    submit_batch(
        uow, actor=actor_of(uow, f"{FINANCE}-xxy2"), batch_id=batch_id, cleared=True,
        reason="同一事项的公告，内容由业务系统生成，已逐条核对。",
    )  # fmt: skip


def _batch_id(uow: UnitOfWork) -> int:
    query = select(ImportBatch.id).where(ImportBatch.kind == "drafts", ImportBatch.filename == BATCH_FILE)
    return uow.session.execute(query).scalar_one()


def _review(uow: UnitOfWork) -> None:
    batch_id = _batch_id(uow)
    actor = actor_of(uow, f"{FINANCE}-bms")
    share = share_of(uow, actor=actor, batch_id=batch_id, step=StepKind.CONFIDENTIALITY)
    for drawn in share.drawn:
        record_opening(uow, actor=actor, item=uow.session.get_one(Item, drawn))
    uow.session.flush()
    share = share_of(uow, actor=actor, batch_id=batch_id, step=StepKind.CONFIDENTIALITY)
    agree_to_batch(uow, actor=actor, batch_id=batch_id, step=StepKind.CONFIDENTIALITY, seen=share.seen)


def _work_off_deeds(stage: Stage) -> None:
    with stage.services.database.system_scope("demonstration") as uow:
        deeds = uow.session.scalars(select(BatchDeed.id).order_by(BatchDeed.id)).all()
    for deed_id in deeds:
        run_deed(stage.services, deed_id=deed_id)
