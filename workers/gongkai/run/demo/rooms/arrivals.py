"""What comes from elsewhere: collection from two sites, documents of the office-automation system, old pages."""

import json
from dataclasses import dataclass
from datetime import datetime, time
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from sqlalchemy import delete, exists, select

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.models import OutboxEvent
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.schemas import SourceForm
from gongkai.publishing.collection.services import REQUESTED, allow, propose
from gongkai.publishing.collection.tasks import run_source
from gongkai.publishing.intake.models import IntakeSender
from gongkai.publishing.intake.schemas import read_document
from gongkai.publishing.intake.senders import register_sender
from gongkai.publishing.intake.services import Package, SentFile, digest_of
from gongkai.publishing.intake.services import receive as take_in
from gongkai.publishing.models import Item
from gongkai.publishing.oldpages.arrival import Terms, receive
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.oldpages.repairs import Decision, decide
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.days import month_start, workdays
from gongkai.run.demo.rooms.papers import table, word
from gongkai.run.demo.rooms.stage import FILE_LIMIT, Stage, person_id
from gongkai.run.demo.units import units
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

OFFICE = "yl-zf-zwgk"
FRESH = "yl-gdj"
LISTED = 6
"""How many days the list of a source covers."""
OA_UNIT = "yl-czj"
PAGES_UNIT = "hx-mzj"


@dataclass(frozen=True, slots=True)
class _Site:
    """A site of a unit: the source's name, the column, and title and words of what stands there every day."""

    unit: str
    name: str
    column: str
    title: str
    words: str


def play(stage: Stage) -> None:
    """Collection, intake, old pages."""
    _collect(stage)
    stage.once("intake.sender", stage.at(40, 9), _register, stage)
    for number, (day, fields, paragraphs) in enumerate(_documents(stage), start=1):
        stage.once(f"intake.{number}", stage.at(day, 11, 20), _send, stage, fields, paragraphs)
    stage.once("old_pages", stage.at(6, 15), _pages, stage)
    stage.once("old_pages.work", stage.at(5, 10), _work)


def _collect(stage: Stage) -> None:
    """Two bodies publish on sites of their own: one is in step, from the other nothing has come since last month."""
    behind = len(workdays(month_start(stage.today), stage.today)) + 2
    words = "因10千伏线路检修，部分区域计划停电，请提前做好准备。"
    power = _Site(FRESH, "供电局门户网站公告", "tgxx", "计划停电公告", words)
    words = "对外服务时间和办理方式有调整，请按公告办理。"
    silent = _Site(_silent(stage), "单位门户网站公告", "fwxx", "对外服务安排公告", words)
    for site, days in ((power, (LISTED, 0)), (silent, (behind,))):
        stage.once(f"source.{site.unit}", stage.at(days[0] + LISTED), _propose, site)
        for day in days:
            _deliver(stage, site, days=range(day + 1, day + 1 + LISTED))
            stage.clock.now = stage.at(day, 6, 10)
            _run(stage, site.unit)
    # What is not there any more cannot be collected: the second source stays behind from here on.
    _export_of(stage, silent.unit).unlink(missing_ok=True)


def _silent(stage: Stage) -> str:
    """The utility with the second source: of those that have published nothing this month the first."""
    begun = datetime.combine(month_start(stage.today), time(), SHANGHAI)
    published = exists().where(Item.tenant_id == Tenant.id, Item.is_public, Item.published_at >= begun)
    source = exists().where(CollectionSource.tenant_id == Tenant.id)
    utilities = select(Tenant.code).where(
        Tenant.tenant_type == TenantType.PUBLIC_UTILITY, Tenant.status == "active", Tenant.code != FRESH
    )
    first = utilities.order_by(source.desc(), published, Tenant.sort_order, Tenant.id).limit(1)
    with stage.services.database.system_scope("demonstration") as uow:
        return uow.session.scalars(first).one()


def _propose(uow: UnitOfWork, site: _Site) -> None:
    """Set up and permitted; its first run is not left to the jobs, because its time has passed."""
    form = SourceForm(
        name=site.name, kind="table", address="inbox/export.csv", responsible_person="办公室网站管理员",
        column_code=site.column,
    )  # fmt: skip
    source = propose(uow, actor=actor_of(uow, f"{site.unit}-gly"), form=form)
    allow(uow, actor=actor_of(uow, OFFICE), source_id=source.id)
    uow.session.flush()
    asked = OutboxEvent.kind == REQUESTED, OutboxEvent.object_id == source.id
    uow.session.execute(delete(OutboxEvent).where(*asked))


def _deliver(stage: Stage, site: _Site, *, days: range) -> None:
    """Put the export of a site into the unit's inbox."""
    issuer = next(row.official_name for row in units() if row.code == site.unit)
    rows = [
        (
            f"{site.title}（{day:%Y年}{day.month}月{day.day}日）", f"{day.isoformat()} 16:00", site.words, site.words,
            f"https://www.example.com/{site.unit}/{day:%Y%m%d}.html", day.isoformat(),
            issuer, "办公室",
        )
        for day in (shanghai_date(stage.at(back)) for back in days)
    ]  # fmt: skip
    file = _export_of(stage, site.unit)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(table(("标题", "发布时间", "内容概述", "正文", "网址", "成文日期", "发布机构", "责任科室"), rows))


def _export_of(stage: Stage, unit: str) -> Path:
    """Where the other site puts what it exports."""
    settings = stage.services.settings
    return (settings.collection_inbox or settings.data_directory / "inbox") / unit / "export.csv"


def _run(stage: Stage, unit: str) -> None:
    with stage.services.database.system_scope("demonstration") as uow:
        query = select(CollectionSource).where(CollectionSource.tenant_id == get_tenant(uow, code=unit).id)
        source = uow.session.execute(query).scalar_one()
        source_id, done = source.id, source.last_success_at
    if done is None or done < stage.clock.now:
        run_source(stage.services, source_id=source_id)


def _register(uow: UnitOfWork, stage: Stage) -> None:
    actor = actor_of(uow, f"{OA_UNIT}-gly")
    register_sender(
        uow, actor=actor, settings=stage.services.settings, name="州财政局公文处理系统", covers_subtree=False
    )  # fmt: skip


def _documents(stage: Stage) -> list[tuple[int, dict[str, str], tuple[str, ...]]]:
    """One for a column, one that is still to be filed, one that is not for the public."""
    year = stage.today.year
    common = {"signatory": "州财政局分管领导", "text": "正文.docx", "responsible_unit": "办公室"}
    rows = (
        (4, "关于做好年终决算编报工作的通知", f"云财办〔{year}〕51号", "部署年终决算编报工作。",
         {"column": "qtwj", "disclosure_mode": "proactive", "signing_opinion": "同意印发。"},
         ("州级各预算单位：", "为做好年终决算编报工作，现将有关事项通知如下。", "一、全面清理收支项目，做到账实相符。",
          "二、按照规定时限报送决算报表和编报说明。")),
        (2, "关于组织开展财会监督专项检查的通知", f"云财监〔{year}〕9号", "组织开展财会监督专项检查。",
         {"disclosure_mode": "proactive", "signing_opinion": "同意，请监督科抓好落实。"},
         ("各县（市）财政局：", "根据年度工作安排，决定组织开展财会监督专项检查。",
          "检查时间为两个月，采取自查和重点检查相结合的方式。")),
        (2, "关于报送财政暂付款清理情况的请示", f"云财库〔{year}〕18号", "请示财政暂付款清理有关事项。",
         {"disclosure_mode": "withheld", "withheld_reason": "属于请示报告等过程性信息，依据条例第十六条第二款。"},
         ("州人民政府：", "现将财政暂付款清理情况请示如下。")),
    )  # fmt: skip
    found = []
    for number, (day, title, code, summary, more, paragraphs) in enumerate(rows, start=1):
        signed = shanghai_date(stage.at(day + 1)).isoformat()
        fields = {
            **common, **more, "id": f"CZOA-{year}-{number:04d}", "title": title, "document_number": code,
            "summary": summary, "formed_date": signed, "signed_date": signed,
        }  # fmt: skip
        found.append((day, fields, paragraphs))
    return found


def _send(uow: UnitOfWork, stage: Stage, fields: dict[str, str], paragraphs: tuple[str, ...]) -> None:
    """A document as the system would send it, taken in for the unit."""
    actor = actor_of(uow, f"{OA_UNIT}-gly")
    sender = uow.session.execute(select(IntakeSender).where(IntakeSender.tenant_id == actor.tenant_id)).scalar_one()
    stream = BytesIO(word(*paragraphs))
    text = SentFile(fields["text"], stream, digest_of(stream))
    sent = read_document(json.dumps(fields).encode(), today=shanghai_date(uow.now))
    take_in(
        uow, sender=sender, package=Package(sent, text, ()), channel="interface", files=stage.services.files,
        limit_bytes=FILE_LIMIT,
    )  # fmt: skip


def _pages(uow: UnitOfWork, stage: Stage) -> None:
    """Saved pages of an old site: overwritten by gambling words, damaged by its scraper, in traditional script."""
    folder = files("gongkai.run.demo") / "data" / "oldpages"
    pages = sorted((file.name, file.read_bytes()) for file in folder.iterdir())
    terms = Terms("gsgg", shanghai_date(uow.now), "县政务公开办")
    allowed_by = person_id(uow, OFFICE)
    unit = get_tenant(uow, code=PAGES_UNIT)
    receive(uow, files=stage.services.files, unit=unit, pages=pages, terms=terms, allowed_by=allowed_by)


def _work(uow: UnitOfWork) -> None:
    """The first repairs of the damaged page are decided on."""
    actor = actor_of(uow, OFFICE)
    page = uow.session.execute(select(OldPage.id).where(OldPage.filename == "2012-1220.html")).scalar_one()
    decide(uow, actor=actor, page_id=page, decisions={0: Decision("accept"), 1: Decision("leave")})
