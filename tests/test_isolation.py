"""Isolation, generated from the URL map: each object route, called by everybody whom the object does not belong to.

A new route cannot escape: a parameter without an entry in OBJECTS fails `test_every_parameter_has_an_object`.
The objects belong to 和溪县 (its bureau `hx-mzj`, or the county office `hx`); the callers do not.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.routing import Rule

from gongkai.accounts.models import Deputy
from gongkai.accounts.permissions import RECEIVED_PERMISSIONS, ROLE_PERMISSIONS, Permission, Role
from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.core.models import CalendarVersion
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.emergency.models import EmergencyMeasure, EmergencyTakedown
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.imports.models import HeldRow, ImportBatch
from gongkai.publishing.intake.models import IntakeDocument, IntakeSender
from gongkai.publishing.lifecycle.models import ValidityList
from gongkai.publishing.linkcheck.models import LinkDomain
from gongkai.publishing.links.models import JointReprint
from gongkai.publishing.models import Attachment, ItemVersion
from gongkai.publishing.oldpages.models import OldPage
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.terms.models import MaskedCopy, TermEntry, TermHit
from gongkai.supervision.assignments.models import Assignment, AssignmentShare
from gongkai.supervision.external.models import ExternalFigure, ExternalSource
from gongkai.supervision.models import Circular, Exemption, Finding, OfficeFact
from gongkai.supervision.proceedings.models import Proceeding
from gongkai.supervision.reports_due.models import ReportDuty, ReportList
from gongkai.supervision.rounds.models import CircularReceipt, VerificationLine, VerificationRound, VerificationSheet
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery, SlipEvent
from gongkai.supervision.spotchecks.models import CheckRecord, SpotCheck
from gongkai.supervision.statements.models import BlankStatement
from gongkai.supervision.training.models import TrainingSession, TrainingUnit
from gongkai.supervision.transfers.models import ReceivingHall, TransferList, TransferRow
from gongkai.tenancy.services import abolish_tenant
from tests.factories.items import published, submitted
from tests.factories.world import World, add_person

MISSING = {"int": 987654321, "default": "no-such-thing", "path": "no-such-thing/2020-1", "string": "no-such-thing"}
Maker = Callable[[World, UnitOfWork], object]


def _insert(uow: UnitOfWork, table: type, **values: object) -> int:
    return int(uow.session.execute(insert(table).values(**values).returning(table.id)).scalar_one())  # type: ignore[attr-defined]


def _stored(world: World) -> str:
    """Digest of a file that is really there."""
    return world.services.files.put(BytesIO(b"%PDF-1.4 a file"), limit_bytes=100).digest_sha256


def _attachment(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Attachment, tenant_id=world.units["hx-mzj"], item_id=world.items["item"], digest=_stored(world),
        filename="附件.pdf", media_type="application/pdf", size_bytes=1, sort_order=0, uploaded_at=uow.now,
    )  # fmt: skip


def _batch(world: World, uow: UnitOfWork, kind: str = "drafts", **values: object) -> int:
    digest = _stored(world)
    return _insert(
        uow, ImportBatch, tenant_id=world.units["hx-mzj"], kind=kind, state="done", dry_run=True,
        filename="清单.xlsx", file_digest=digest, report_digest=digest, files_name="附件.zip", files_digest=digest,
        covers_subtree=False, created_at=uow.now,
        created_by=world.people["hx-mzj-contributor"], finished_at=uow.now, **values,
    )  # fmt: skip


def _old_page(world: World, uow: UnitOfWork) -> int:
    tenant_id = world.units["hx-mzj"]
    return _insert(
        uow, OldPage, tenant_id=tenant_id, batch_id=_batch(world, uow, "old_pages"), state="quarantined",
        column_id=world.column(uow, "hx-mzj", "gsgg"), filename="1.html", file_digest=_stored(world), source_url="",
        script="simplified", title="旧网页", given_title="", trail=[], labels=[], body_html="<p>正文</p>", findings=[],
        notes=["请核对"], problem="", created_at=uow.now,
    )  # fmt: skip


def _source(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, CollectionSource, tenant_id=world.units["hx-mzj"], covers_subtree=False, name="网站", kind="atom",
        address="https://a.example/", whole=False, hour=6, stale_hours=48, responsible_person="李四", state="allowed",
        active=True, unit_ids=[world.units["hx-mzj"]], office_id=world.units["hx"], created_at=uow.now,
        began_at=uow.now, decided_at=uow.now, last_success_at=uow.now,
    )  # fmt: skip


def _run(world: World, uow: UnitOfWork) -> int:
    return _batch(world, uow, "collection", source_id=uow.session.scalars(select(CollectionSource.id)).one())


def _circular(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Circular, tenant_id=world.units["hx"], period="2026-02", state="collecting", title="通报",
        created_at=uow.now, created_by=world.people["hx-supervisor"],
    )  # fmt: skip


def _fact(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, OfficeFact, tenant_id=world.units["hx"], unit_id=world.units["hx-mzj"], period="2026-02",
        kind="commended", detail={}, entered_at=uow.now,
    )  # fmt: skip


def _finding(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Finding, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], rule_code="SR-U5",
        problem_class="PB-BLANK", period="2026-02", lasting=True, object_type="column", object_id=1, object_url="",
        evidence={"column": "公示公告", "since": "2025-01-01"}, state="open", found_by="system", found_at=uow.now,
        responsible_person="", claim={}, reopened_count=0, false_claim=False,
    )  # fmt: skip


def _version(world: World, uow: UnitOfWork, *, local: bool) -> int:
    return _insert(
        uow, CalendarVersion, tenant_id=world.units["hx" if local else "yl"], local=local, year=2026,
        days_off=[date(2026, 7, 1)], make_up_days=[], source="和政发〔2026〕3号", state="in_force", proposed_by_name="",
        proposed_at=uow.now, in_force_at=uow.now, in_force_by_name="",
    )  # fmt: skip


def _exemption(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Exemption, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], rule_code="SR-U5",
        object_type="", object_id=0, from_date=date(2026, 3, 1), until_date=date(2026, 12, 31), reason="无此职能",
        decided_at=uow.now,
    )  # fmt: skip


def _external_source(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, ExternalSource, tenant_id=world.units["hx"], period="2026-02", kind="hotline", words="12345平台月报",
        digest=_stored(world), filename="月报.xlsx", entered_at=uow.now,
    )  # fmt: skip


def _figure(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, ExternalFigure, tenant_id=world.units["hx"], period="2026-02", kind="hotline",
        unit_id=world.units["hx-qsz"], version=1, figures={"received": 3, "closed": 2, "on_time": 1},
        source_id=_external_source(world, uow),
    )  # fmt: skip


def _report_duty(world: World, uow: UnitOfWork) -> int:
    list_id = _insert(
        uow, ReportList, tenant_id=world.units["hx"], report_year=2024, title="通知", document_number="",
        notice_date=date(2024, 12, 20), made_at=uow.now,
    )  # fmt: skip
    return _insert(
        uow, ReportDuty, tenant_id=world.units["hx"], list_id=list_id, unit_id=world.units["hx-mzj"],
        due_date=date(2025, 1, 31), changed_at=uow.now,
    )  # fmt: skip


def _slip(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, ReminderSlip, tenant_id=world.units["hx"], year=2026, sequence=1, number="提示〔2026〕1号",
        matter="栏目未更新", basis="条例第二十条", body="请核实。", about="", about_url="", working_days=5,
        issued_date=date(2026, 3, 23),
        due_date=date(2026, 3, 30), contact="王明", phone="1", issued_by_name="王明", issued_at=uow.now,
    )  # fmt: skip


def _delivery(world: World, uow: UnitOfWork) -> int:
    """What the bureau has of the slip that is another sample."""
    return _insert(
        uow, SlipDelivery, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"],
        slip_id=uow.session.scalars(select(ReminderSlip.id)).one(), state="replied", issued_date=date(2026, 3, 23),
        due_date=date(2026, 3, 30), replied_at=uow.now, returns=0, late=False, told="",
    )  # fmt: skip


def _answer(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, SlipEvent, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"],
        delivery_id=uow.session.scalars(select(SlipDelivery.id)).one(), event="reply", at=uow.now, actor_name="李四",
        text="已改正", link="", file_digest=_stored(world), filename="佐证.pdf",
    )  # fmt: skip


def _sheet(world: World, uow: UnitOfWork) -> int:
    """What the bureau was asked about the circular that is another sample."""
    circular_id = uow.session.scalars(select(Circular.id)).one()
    round_id = _insert(
        uow, VerificationRound, tenant_id=world.units["hx"], circular_id=circular_id, frozen_at=uow.now,
        due_date=date(2026, 3, 25), skip_reason="", started_at=uow.now, started_by_name="王明",
    )  # fmt: skip
    return _insert(
        uow, VerificationSheet, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], round_id=round_id,
        circular_id=circular_id, title="通报", state="sent", sent_date=date(2026, 3, 23), due_date=date(2026, 3, 25),
        contact="王明", phone="1", answered_by_name="",
    )  # fmt: skip


def _line(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, VerificationLine, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"],
        sheet_id=uow.session.scalars(select(VerificationSheet.id)).one(), problem_class="PB-QUOTA",
        problem_title="未完成月度任务", text="本月发布1条", basis="月度任务", finding_ids=[], answer="contest",
        note="已发布", link="", file_digest=_stored(world), filename="佐证.pdf", decision="", decision_reason="",
    )  # fmt: skip


def _receipt(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, CircularReceipt, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"],
        circular_id=uow.session.scalars(select(Circular.id)).one(), title="通报", document_number="", correction="",
        issued_date=date(2026, 3, 23), deadline=date(2026, 4, 10), contact="王明", phone="1", lines=[],
        withdrawn_reason="", confirmed_by_name="",
    )  # fmt: skip


def _assignment(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Assignment, tenant_id=world.units["hx"], kind="yearly", title="年度要点", source="工作要点", source_url="",
        body="", column_code="", column_name="", received_at=uow.now, due_at=uow.now, handed_out_at=uow.now,
        handed_out_by_name="王明", withdrawn_reason="",
    )  # fmt: skip


def _share(world: World, uow: UnitOfWork) -> int:
    """What the bureau has of the task that is another sample."""
    return _insert(
        uow, AssignmentShare, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"],
        assignment_id=uow.session.scalars(select(Assignment.id)).one(), handed_out_at=uow.now, due_at=uow.now,
        withdrawn=False, receipt_name="", link="", note="", done_by_name="", told="",
    )  # fmt: skip


def _statement(world: World, uow: UnitOfWork) -> int:
    """One of the bureau that waits for the county's office."""
    return _insert(
        uow, BlankStatement, tenant_id=world.units["hx-mzj"], office_id=world.units["hx"], period="2026-02",
        state="signed", reason="没有应公开的信息", filed_at=uow.now, filed_by=world.people["hx-mzj-contributor"],
        filed_by_name="李四", signed_at=uow.now, signed_by=world.people["hx-mzj-approver"], signed_by_name="王五",
        note="",
    )  # fmt: skip


def _hall(world: World, uow: UnitOfWork) -> int:
    """The bureau as the county's archive."""
    return _insert(
        uow, ReceivingHall, tenant_id=world.units["hx"], hall_id=world.units["hx-mzj"], kind="archive",
        from_period="2026-02", appointed_at=uow.now,
    )  # fmt: skip


def _transfer(world: World, uow: UnitOfWork, unit: str = "hx-mzj", hall: str = "hx-gs") -> int:
    return _insert(
        uow, TransferList, tenant_id=world.units[unit], hall_id=world.units[hall], office_id=world.units["hx"],
        kind="archive", period="2026-02", version=1, state="sent", made_at=uow.now, due_date=date(2026, 3, 5), items=1,
        medium="both", contact="李四", phone="1", late=False, sent_at=uow.now, sent_by_name="李四", received_by_name="",
    )  # fmt: skip


def _received_row(world: World, uow: UnitOfWork) -> int:
    """A row of the list of the town that the bureau received as archive."""
    list_id = uow.session.scalars(select(TransferList.id).where(TransferList.hall_id == world.units["hx-mzj"])).one()
    item_id = world.items["received"]
    version = uow.session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id)).one()
    return _insert(
        uow, TransferRow, tenant_id=world.units["hx-qsz"], hall_id=world.units["hx-mzj"], list_id=list_id, position=1,
        item_id=item_id, version_id=version.id, version=1, index_number="", title="通知", document_number="",
        published_date=date(2026, 2, 1), attachments=0, digest=version.hash, problem="", problem_note="", answer="",
        answer_note="",
    )  # fmt: skip


def _check(world: World, uow: UnitOfWork) -> int:
    """A draw of the county's office with one item of its town."""
    item_id = world.items["received"]
    check_id = _insert(
        uow, SpotCheck, tenant_id=world.units["hx"], title="抽查", first_date=date(2026, 3, 1),
        last_date=date(2026, 3, 23), unit_ids=[world.units["hx-qsz"]], column_names=[], size=1, each_unit=False,
        seed="0", population=[item_id], drawn_at=uow.now, drawn_by_name="王明",
    )  # fmt: skip
    _insert(
        uow, CheckRecord, tenant_id=world.units["hx"], check_id=check_id, position=1, unit_id=world.units["hx-qsz"],
        item_id=item_id, title="通知", column_name="公示公告", published_date=date(2026, 3, 23), result="",
        looked_at="", text="", rule_code="", checked_by_name="",
    )  # fmt: skip
    return check_id


def _proceeding(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Proceeding, tenant_id=world.units["hx"], kind="talk", held_date=date(2026, 3, 20), subject="未发布信息",
        led_by="王明", document_number="", outcome="请补充", file_digest=_stored(world), filename="约谈记录.pdf",
        entered_by_name="王明", entered_at=uow.now, void_reason="",
    )  # fmt: skip


def _session(world: World, uow: UnitOfWork) -> int:
    """A training of the county's office to which its bureau is invited."""
    session_id = _insert(
        uow, TrainingSession, tenant_id=world.units["hx"], period="2026-02", held_date=date(2026, 2, 12),
        topic="业务培训", organiser="和溪县人民政府", online=False, place="会议室", hours=3, times=1, source="",
        note="", created_at=uow.now,
    )  # fmt: skip
    _insert(
        uow, TrainingUnit, tenant_id=world.units["hx"], session_id=session_id, unit_id=world.units["hx-mzj"],
        invited=True, excuse="", added_at=uow.now,
    )  # fmt: skip
    return session_id


def _signature(world: World, uow: UnitOfWork) -> int:
    """A signature that the county office checks."""
    return _insert(
        uow, PaperSignature, tenant_id=world.units["hx-mzj"], item_id=world.items["item"],
        step="confidentiality_review", round=1, digest="0" * 64, title="通知", author_ids=[],
        signatory_id=world.people["hx-mzj-confidentiality_reviewer"], signatory_name="王五",
        signed_date=date(2026, 3, 23), decision="agree", opinion="", scan_digest=_stored(world),
        scan_filename="呈批单.pdf", scan_media_type="application/pdf", scan_size_bytes=15,
        registered_by=world.people["hx-mzj-contributor"], registered_at=uow.now, for_superior=True, state="registered",
        checked_by_name="", refusal_reason="", objection="",
    )  # fmt: skip


def _takedown(world: World, uow: UnitOfWork) -> int:
    case_id = _insert(
        uow, EmergencyTakedown, tenant_id=world.units["hx"], caller="网信办", basis="条例第十四条", wanted="",
        taken_at=uow.now, taken_by=world.people["hx-supervisor"], taken_by_name="值班员", paper_due_date=uow.now.date(),
        paper_digest=_stored(world), paper_name="函.pdf", paper_received_at=uow.now, paper_by_name="值班员",
    )  # fmt: skip
    _insert(
        uow, EmergencyMeasure, tenant_id=world.units["hx-mzj"], takedown_id=case_id, kind="item",
        item_id=world.items["item"], digest="", title="关于公示名单的公告", index_number="", items=1, counted=0,
        stopped=0, at=uow.now, outcome="", ended_by_name="", end_reason="",
    )  # fmt: skip
    return case_id


def _term(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, TermEntry, tenant_id=world.units["hx"], kind="typo", wrong="帐号", right="账号", level="warn", note="",
        version=1, changed_at=uow.now,
    )  # fmt: skip


def _hit(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, TermHit, tenant_id=world.units["hx-mzj"], item_id=world.items["item"], rule_key="term_1", place="正文",
        kind="typo", level="warn", problem="", remedy="", excerpt="", state="open", reason="", found_at=uow.now,
    )  # fmt: skip


def _copy(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, MaskedCopy, tenant_id=world.units["hx-mzj"], item_id=world.items["item"], copy_name="名单.xlsx",
        copy_digest=_stored(world), original_name="名单.xlsx", original_digest=_stored(world),
        original_media_type="application/pdf", original_size=15, counts={}, replaced=True, made_at=uow.now,
    )  # fmt: skip


def _reorganisation(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Reorganisation, tenant_id=world.units["yl"], kind="split", state="drafting",
        effective_date=date(2026, 4, 1), basis="和编发〔2026〕1号", source_ids=[world.units["hx-mzj"]],
        receiver_ids=[world.units["hx-qsz"], world.units["qs-mzj"]], allotments={}, passes_decided=False,
        level="", grace_months=0, planned_by=world.people["yl-prefecture_admin"], created_at=uow.now, outcome=[],
        failure="",
    )  # fmt: skip


def _deputy(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, Deputy, tenant_id=world.units["hx-mzj"], principal_id=world.people["hx-mzj-approver"],
        deputy_id=world.people["hx-mzj-contributor"], role=Role.APPROVER, valid_from=date(2026, 3, 23),
        valid_to=date(2026, 3, 27), reason="休假", named_by=world.people["hx-mzj-approver"], named_at=uow.now,
    )  # fmt: skip


def _handover(world: World, uow: UnitOfWork) -> int:
    items = {"drafts": [world.items["item"]], "under_way": [], "scheduled": []}
    lists: dict[str, object] = {name: [] for name in ("roles", "kept_roles", "columns", "batches", "deputies")}
    detail = lists | {"section": "", "items": items}
    return _insert(
        uow, Handover, tenant_id=world.units["hx-mzj"], leaver_id=world.people["hx-mzj-contributor"],
        successor_id=world.people["hx-mzj-approver"], detail=detail, done_by=world.people["hx-mzj-unit_admin"],
        done_at=uow.now,
    )  # fmt: skip


def _sender(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, IntakeSender, tenant_id=world.units["hx-mzj"], name="公文系统", key_id="oa-isolation", salt="0" * 32,
        covers_subtree=False, active=True, created_by=world.people["hx-mzj-unit_admin"], created_at=uow.now,
        secret_set_at=uow.now, last_refusal="",
    )  # fmt: skip


def _intake(world: World, uow: UnitOfWork) -> int:
    """A document that came in with its text, and became the draft of another sample."""
    sender = uow.session.execute(select(IntakeSender.id)).scalar_one()
    text = {"role": "text", "name": "通知.pdf", "digest": _stored(world), "media_type": "application/pdf", "size": 15}
    return _insert(
        uow, IntakeDocument, tenant_id=world.units["hx-mzj"], sender_id=sender, external_id="1", fingerprint="0" * 64,
        channel="folder", item_id=world.items["item"], document={"title": "通知", "disclosure_mode": "proactive"},
        files=[text], signatory="王五", signed_date=date(2026, 3, 23), signing_opinion="", notes=[],
        received_at=uow.now,
    )  # fmt: skip


def _reprint(world: World, uow: UnitOfWork) -> int:
    """A joint document of the prefecture's finance bureau, offered to the bureau."""
    return _insert(
        uow, JointReprint, tenant_id=world.units["hx-mzj"], source_tenant_id=world.units["yl-czj"],
        source_id=world.items["item"], declined_reason="", created_at=uow.now,
    )  # fmt: skip


def _domain(world: World, uow: UnitOfWork) -> int:
    return _insert(
        uow, LinkDomain, tenant_id=world.units["hx"], domain="news.cn", reason="转载来源", added_name="督查员",
        added_at=uow.now,
    )  # fmt: skip


def _list_of_units(world: World, _: UnitOfWork) -> str:
    stored = world.services.files.put(BytesIO("单位代码,单位全称,单位类型\n".encode()), limit_bytes=1000)
    return stored.digest_sha256


def _validity_list(world: World, uow: UnitOfWork) -> int:
    stored = world.services.files.put(BytesIO("文号,处理结果,决定文件,日期\n".encode()), limit_bytes=1000)
    return _insert(
        uow, ValidityList, tenant_id=world.units["hx-mzj"], filename="清理结果.csv", file_digest=stored.digest_sha256,
        created_at=uow.now, rows_total=1, rows_marked=0, rows_unchanged=0, rows_refused=1,
    )  # fmt: skip


def _held(world: World, uow: UnitOfWork) -> int:
    file = {"digest": _stored(world), "filename": "名单.pdf", "media_type": "application/pdf", "size": 15}
    return _insert(
        uow, HeldRow, tenant_id=world.units["hx-mzj"], batch_id=_batch(world, uow, "migration"), key="id:1",
        title="名单", row={}, files=[file, file], concerns=["附件《名单.pdf》不能读取"], state="waiting",
        created_at=uow.now, problem="", late_confirmed=False, reason="",
    )  # fmt: skip


OBJECTS: dict[str, Maker] = {
    "item_id": lambda world, _: world.items["item"],
    "attachment_id": _attachment,
    "batch_id": _batch,
    "migration_id": lambda world, uow: _batch(world, uow, "migration"),
    "old_page_id": _old_page,
    "held_id": _held,
    "source_id": _source,
    "run_id": _run,
    "circular_id": _circular,
    "signature_id": _signature,
    "sender_id": _sender,
    "intake_id": _intake,
    "reference": lambda world, _: str(world.items["item"]),
    "unknown": lambda _world, _uow: "nothing",
    "external_id": lambda _world, _uow: "no-such-document",
    "fact_id": _fact,
    "finding_id": _finding,
    "exemption_id": _exemption,
    "calendar_version_id": lambda world, uow: _version(world, uow, local=False),
    "local_version_id": lambda world, uow: _version(world, uow, local=True),
    "duty_id": _report_duty,
    "external_source_id": _external_source,
    "figure_id": _figure,
    "slip_id": _slip,
    "delivery_id": _delivery,
    "answer_id": _answer,
    "sheet_id": _sheet,
    "line_id": _line,
    "receipt_id": _receipt,
    "assignment_id": _assignment,
    "share_id": _share,
    "office_share_id": lambda _world, uow: uow.session.scalars(select(AssignmentShare.id)).one(),
    "statement_id": _statement,
    "proceeding_id": _proceeding,
    "check_id": _check,
    "record_id": lambda _world, uow: uow.session.scalars(select(CheckRecord.id)).one(),
    "appointment_id": _hall,
    "transfer_id": _transfer,
    "office_transfer_id": lambda _world, uow: uow.session.scalars(select(TransferList.id)).one(),
    "received_id": lambda world, uow: _transfer(world, uow, "hx-qsz", "hx-mzj"),
    "received_row_id": _received_row,
    "session_id": _session,
    "reprint_id": _reprint,
    "takedown_id": _takedown,
    "copy_id": _copy,
    "term_id": _term,
    "hit_id": _hit,
    "domain_id": _domain,
    "list_id": _validity_list,
    "reorganisation_id": _reorganisation,
    "naming_id": _deputy,
    "handover_id": _handover,
    "user_id": lambda world, _: world.people["hx-mzj-contributor"],
    "unit_id": lambda world, _: world.units["hx-mzj"],
    "column_id": lambda world, uow: world.column(uow, "hx-mzj", "gsgg"),
    "code": lambda _world, _uow: "hx-mzj",
    "column_code": lambda _world, _uow: "gsgg",
    "version": lambda _world, _uow: 1,
    "position": lambda _world, _uow: 1,
    "name": lambda _world, _uow: "附件.pdf",
    "number": lambda _world, _uow: "no-such-number/2020-1",
    "period": lambda _world, _uow: "2026-02",
    "kind": lambda _world, _uow: "drafts",
    "year": lambda _world, _uow: 2027,
    "digest": _list_of_units,
    "token": lambda _world, _uow: "no-such-token",
    "filename": lambda _world, _uow: "no-such-file",
    "page": lambda _world, _uow: 1,
    "step": lambda _world, _uow: "problems",
    "rule_code": lambda _world, _uow: "SR-U2",
}
SELECTORS = frozenset(
    {
        "version",
        "position",
        "name",
        "number",
        "period",
        "kind",
        "year",
        "token",
        "filename",
        "page",
        "step",
        "rule_code",
    }
)
"""Parameters that choose within an object or name nothing of a unit's."""
OPEN_TO_ALL = frozenset({"unit_id", "code", "column_code"})
"""Units and their catalogues are public; these identify an object only where the permission is about a subtree."""

FOREIGN = ("qs-mzj", "qs")
ANCESTORS = ("yl-contributor", "yl-confidentiality_reviewer", "yl-approver")


def rules(app: Flask) -> Iterator[tuple[Rule, Permission]]:
    """Every route but the static files, with its permission."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule, getattr(app.view_functions[rule.endpoint], "permission")  # noqa: B009


def object_rules(app: Flask) -> Iterator[tuple[Rule, Permission]]:
    """Routes that name an object which does not belong to everybody."""
    for rule, permission in rules(app):
        named = rule.arguments - SELECTORS
        if permission in (Permission.PUBLIC_READ, Permission.ACCOUNT_MANAGE):
            continue
        if named - (OPEN_TO_ALL if permission.startswith("tenant:") else frozenset()):
            yield rule, permission


def test_every_route_declares_a_permission(app: Flask) -> None:
    missing = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not isinstance(getattr(app.view_functions[rule.endpoint], "permission", None), Permission)
    ]
    assert not missing


def test_every_parameter_has_an_object(app: Flask) -> None:
    unknown = {argument for rule, _ in rules(app) for argument in rule.arguments} - set(OBJECTS)
    assert not unknown, f"add to OBJECTS: {sorted(unknown)}"


@pytest.fixture
def places(world: World) -> dict[str, object]:
    """Parameter → value that names an object of 和溪县."""
    world.items["item"] = submitted(world)
    world.items["received"] = published(world, "hx-qsz")
    with world.services.database.system_scope("test") as uow:
        for unit in ("hx-mzj", "qs-mzj"):
            add_person(uow, world, f"{unit}-{Role.RECEIVER}", unit, Role.RECEIVER)
        return {name: make(world, uow) for name, make in OBJECTS.items()}


def address(app: Flask, rule: Rule, values: dict[str, object]) -> str:
    """The path of a rule with these values."""
    chosen = {name: values[name] for name in rule.arguments}
    if rule.rule.startswith("/work/migrations/") and chosen.get("batch_id") != MISSING["int"]:
        chosen["batch_id"] = values["migration_id"]
    return app.url_map.bind("localhost").build(rule.endpoint, chosen, method=method(rule))


def missing_values(rule: Rule, values: dict[str, object]) -> dict[str, object]:
    """Values that name nothing, for the parameters that name objects."""
    replaced = dict(values)
    for name in rule.arguments - SELECTORS:
        converter = re.search(rf"<(?:(\w+)(?:\([^)]*\))?:)?{name}>", rule.rule)
        replaced[name] = MISSING[(converter and converter[1]) or "default"]
    return replaced


def method(rule: Rule) -> str:
    """The method to try: the one that reads, if there is one."""
    return "GET" if "GET" in (rule.methods or ()) else "POST"


def call(client: FlaskClient, rule: Rule, path: str, token: str) -> tuple[int, str]:
    """Status and page of a call, with what differs between any two pages taken out."""
    answer = client.open(path, method=method(rule), headers={"X-CSRFToken": token, "Referer": "http://localhost/"})
    page = answer.get_data().decode("utf8", "replace")
    answer.close()
    return answer.status_code, re.sub(
        r'csrf[^>]*content="[^"]*"|value="[^"]{40,}"|[0-9a-f]{16}|\d{4,}|no-such-thing', "", page
    )


def token_of(client: FlaskClient) -> str:
    """A CSRF token of the session."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account/password").get_data(as_text=True))
    assert found
    return found[1]


def holders(permission: Permission) -> list[Role]:
    """Roles that give a permission."""
    return [role for role in Role if permission in ROLE_PERMISSIONS[role]]


def strangers(world: World, permission: Permission) -> list[str]:
    """Logins of people of other units whose role gives the permission, as far as the world has them."""
    return [f"{unit}-{role}" for unit in FOREIGN for role in holders(permission) if f"{unit}-{role}" in world.people]


def test_a_stranger_with_the_same_role_gets_the_same_answer_as_for_a_missing_object(
    app: Flask, world: World, places: dict[str, object]
) -> None:
    wrong: list[str] = []
    signed_in: dict[str, tuple[FlaskClient, str]] = {}
    for rule, permission in object_rules(app):
        for login in strangers(world, permission):
            if login not in signed_in:
                client = world.sign_in(app.test_client(), login)
                signed_in[login] = client, token_of(client)
            client, token = signed_in[login]
            foreign = call(client, rule, address(app, rule, places), token)
            missing = call(client, rule, address(app, rule, missing_values(rule, places)), token)
            if foreign[0] != 404 or foreign != missing:
                wrong.append(f"{login} {method(rule)} {rule.rule}: {foreign[0]}, missing {missing[0]}")
    assert not wrong, "\n".join(wrong)


def test_an_ancestor_without_the_role_is_refused_on_every_object_route(
    app: Flask, world: World, places: dict[str, object]
) -> None:
    wrong: list[str] = []
    clients = {}
    for login in ANCESTORS:
        client = world.sign_in(app.test_client(), login)
        clients[login] = client, token_of(client)
    for rule, permission in object_rules(app):
        for login, (client, token) in clients.items():
            status, _ = call(client, rule, address(app, rule, places), token)
            role = Role(login.removeprefix("yl-"))
            expected = 404 if permission in ROLE_PERMISSIONS[role] else 403
            if status != expected:
                wrong.append(f"{login} {method(rule)} {rule.rule}: {status} instead of {expected}")
    assert not wrong, "\n".join(wrong)


RECEIVER, BODY = "hx-qsz", "hx-mzj"


def _abolish(world: World) -> None:
    """和溪县民政局 passes to 清水镇, of the same county."""
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units[BODY], successor_id=world.units[RECEIVER], effective_date=date(2026, 3, 20),
            basis="和编发〔2026〕1号",
        )  # fmt: skip


def test_a_former_bodys_objects_are_reached_by_its_receiver_alone_and_only_when_acting_for_it(
    app: Flask, world: World, places: dict[str, object]
) -> None:
    """What is not about its information, as people, columns and imports, is refused to the receiver too."""
    _abolish(world)
    wrong: list[str] = []
    for role in (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER, Role.UNIT_ADMIN):
        client = world.sign_in(app.test_client(), f"{RECEIVER}-{role}")
        token = token_of(client)
        for rule, _ in _own_rules(app, role):
            status, _page = call(client, rule, address(app, rule, places), token)
            if status != 404 and not rule.rule.startswith("/work/former-drafts/"):
                wrong.append(f"{role} at home {rule.rule}: {status}")
        client.post("/work/act", data={"unit": world.units[BODY], "csrf_token": token})
        for rule, permission in _own_rules(app, role):
            if method(rule) == "GET":
                status, _page = call(client, rule, address(app, rule, places), token)
                if permission not in RECEIVED_PERMISSIONS and status != 403:
                    wrong.append(f"{role} for the body {rule.rule}: {status}")
        seen = client.get(f"/work/items/{places['item_id']}").status_code
        wrong += [f"{role} for the body does not see its item: {seen}"] if seen != 200 else []
    assert not wrong, "\n".join(wrong)


def _own_rules(app: Flask, role: Role) -> Iterator[tuple[Rule, Permission]]:
    for rule, permission in object_rules(app):
        if permission in ROLE_PERMISSIONS[role] and permission.startswith("tenant:"):
            yield rule, permission


def test_a_stranger_to_a_former_body_cannot_act_for_it(app: Flask, world: World, places: dict[str, object]) -> None:
    _abolish(world)
    wrong: list[str] = []
    for role in (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER):
        client = world.sign_in(app.test_client(), f"qs-mzj-{role}")
        token = token_of(client)
        client.post("/work/act", data={"unit": world.units[BODY], "csrf_token": token})
        for rule, _ in _own_rules(app, role):
            foreign = call(client, rule, address(app, rule, places), token)
            missing = call(client, rule, address(app, rule, missing_values(rule, places)), token)
            if foreign[0] != 404 or foreign != missing:
                wrong.append(f"{role} {rule.rule}: {foreign[0]}, missing {missing[0]}")
    assert not wrong, "\n".join(wrong)


def test_a_visitor_is_sent_to_sign_in_on_every_closed_route(app: Flask, places: dict[str, object]) -> None:
    wrong: list[str] = []
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    for rule, permission in rules(app):
        if permission is Permission.PUBLIC_READ:
            continue
        status, page = call(client, rule, address(app, rule, places), token[1])
        if status not in (302, 401):
            wrong.append(f"{method(rule)} {rule.rule}: {status}")
    assert not wrong, "\n".join(wrong)


def test_a_draft_is_on_no_public_page(app: Flask, world: World, places: dict[str, object]) -> None:
    client = app.test_client()
    for rule, permission in rules(app):
        if permission is Permission.PUBLIC_READ and "item_id" in rule.arguments:
            status, _ = call(client, rule, address(app, rule, places), "")
            assert status == 404, rule.rule


def test_the_units_own_people_reach_their_objects(app: Flask, world: World, places: dict[str, object]) -> None:
    """The positive twin: what a stranger is refused, somebody of the unit gets."""
    unreached: list[str] = []
    signed_in: dict[str, FlaskClient] = {}
    for rule, permission in object_rules(app):
        if method(rule) != "GET":
            continue
        logins = [f"{unit}-{role}" for unit in ("hx-mzj", "hx", "yl") for role in holders(permission)]
        statuses = {}
        for login in (login for login in logins if login in world.people):
            if login not in signed_in:
                signed_in[login] = world.sign_in(app.test_client(), login)
            statuses[login], _ = call(signed_in[login], rule, address(app, rule, places), "")
        if not any(status in (200, 302, 409) for status in statuses.values()):
            unreached.append(f"{rule.rule}: {statuses}")
    assert not unreached, unreached
