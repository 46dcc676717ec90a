"""The registration of a signed sheet by one account; nothing moves until a second one has checked it."""

from dataclasses import dataclass
from typing import BinaryIO

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, Refused
from gongkai.core.storage.attachments import attachment_problem
from gongkai.core.storage.names import safe_filename
from gongkai.core.storage.sniff import FileKind, sniff
from gongkai.core.storage.store import FileStore
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.access import expect_state, get_item
from gongkai.publishing.models import Item
from gongkai.publishing.signing import queries
from gongkai.publishing.signing.access import audit, expect_clerk
from gongkai.publishing.signing.digest import content_digest, sheet_code, submission_round
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.schemas import PaperForm
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.tenancy.models import Tenant

FOR_OFFICE = "paper_signature.for_office"
"""Event: a signature waits for the check of the office above; carries its id."""
SCANS = frozenset({"pdf", "png", "jpg"})
"""Kinds of files that a scan can be: a browser shows them, and they run nothing."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The scan as it is uploaded: its name and its bytes."""

    filename: str
    stream: BinaryIO


def register(
    uow: UnitOfWork,
    *,
    actor: Actor,
    item_id: int,
    form: PaperForm,
    scan: Scan | None,
    files: FileStore,
    limit_bytes: int,
) -> PaperSignature:
    """Register the signed sheet of the step where an item waits; nothing moves until a second account has checked it.

    The day of the signature lies between the day on which the step before was decided (for the first step: the
    submission) and today, because the sheet is printed from the item as submitted.

    Raises:
        NotFound: when the item is not this unit's.
        Forbidden: when the person neither writes nor reviews.
        Conflict: when the item waits at no step, or a signature waits already.
        Refused: when nobody could check it: one account only, and no unit above.
        Invalid: naming each field that does not fit; `code` when the item is not what the sheet was printed of.
    """
    item = get_item(uow, tenant_id=actor.tenant_id, item_id=item_id, lock=True)
    expect_clerk(actor)
    expect_state(item, ItemState.IN_REVIEW, ItemState.IN_APPROVAL)
    if queries.waiting_of(uow, tenant_id=item.tenant_id, item_id=item_id) is not None:
        raise Conflict("这条信息已有一份线下签批等待核对，请先核对或撤回，再重新登记。")
    digest, submission = content_digest(uow, item=item), submission_round(uow, item=item)
    names = queries.signatories(uow, item=item)
    faults = _form_faults(uow, item, form, names, sheet_code(digest, submission))
    kind, problem = _scan_kind(scan, limit_bytes)
    if faults or problem or scan is None or kind is None:
        raise Invalid([*faults, *problem])
    for_superior = _needs_superior(uow, actor, item, form)
    stored = files.put(scan.stream, limit_bytes=limit_bytes)
    signature = PaperSignature(
        tenant_id=item.tenant_id, item_id=item_id, step=item.step, round=submission, digest=digest, title=item.title,
        author_ids=list(item.author_ids), signatory_id=form.signatory_id, signatory_name=names[form.signatory_id],
        signed_date=form.signed_date, decision=form.decision, opinion=form.opinion, scan_digest=stored.digest_sha256,
        scan_filename=safe_filename(scan.filename), scan_media_type=kind.media_type, scan_size_bytes=stored.size,
        registered_by=actor.user_id, registered_at=uow.now, for_superior=for_superior, state="registered",
    )  # fmt: skip
    uow.session.add(signature)
    uow.session.flush()
    audit(uow, "paper_signature.register", signature)
    if for_superior:
        uow.emit(FOR_OFFICE, signature.id)
    return signature


def _needs_superior(uow: UnitOfWork, actor: Actor, item: Item, form: PaperForm) -> bool:
    involved = {actor.user_id, form.signatory_id, *item.author_ids}
    if queries.checkers(uow, tenant_id=item.tenant_id, but=involved):
        return False
    if uow.session.get_one(Tenant, item.tenant_id).parent_id is None:
        raise Refused("本单位没有能够核对线下签批的第二个账号，请单位管理员先增设信息员或审查人员。")
    return True


def _form_faults(uow: UnitOfWork, item: Item, form: PaperForm, names: dict[int, str], code: str) -> list[Fault]:
    faults = []
    if form.signatory_id not in names:
        label = STEP_LABELS[StepKind(item.step)]
        faults.append(Fault("signatory_id", f"所选同志不能签批“{label}”环节", "请从列表中选择，编写人本人不能签批"))
    today, earliest = shanghai_date(uow.now), queries.earliest_day(uow, item=item)
    if form.signed_date > today:
        faults.append(Fault("signed_date", "签字日期不能晚于今天", "请按呈批单上的落款填写"))
    elif form.signed_date < earliest:
        problem = f"签字日期早于送审或上一环节办结的日期（{format_date(earliest)}）"
        faults.append(Fault("signed_date", problem, "呈批单送审后才能打印，请核对落款日期"))
    if form.code != code:
        problem = "校验码与现在的信息内容不符，呈批单打印之后文本有改动或已重新送审"
        faults.append(Fault("code", problem, "请核对校验码；确有改动的，重新打印呈批单送签"))
    return faults


def _scan_kind(scan: Scan | None, limit_bytes: int) -> tuple[FileKind | None, list[Fault]]:
    """What the scan is, and what is wrong with it; leaves the stream at its start."""
    if scan is None:
        return None, [Fault("scan", "未选择扫描件", "请上传签字后的呈批单扫描件")]
    name, size = safe_filename(scan.filename), scan.stream.seek(0, 2)
    kind = sniff(b"" if size > limit_bytes else scan.stream)
    problem = attachment_problem(name, kind, size, limit_bytes)
    if problem is None and kind.extension not in SCANS:
        problem = f"“{name}”是{kind.label_zh}，不能作为扫描件；请上传 PDF、JPG 或 PNG 格式。"
    scan.stream.seek(0)
    return kind, [Fault("scan", problem.removesuffix("。"))] if problem else []
