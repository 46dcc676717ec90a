"""Repairs: what a person decides about each finding, kept with what stood there before and what stands there now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.text.damage.findings import Certainty, Damage, Finding, Lexicon
from gongkai.core.text.damage.foreign import find_foreign
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.columns import leaves
from gongkai.publishing.oldpages.arrival import RELEASED, find_column
from gongkai.publishing.oldpages.document import Document, Edit, Parts, document
from gongkai.publishing.oldpages.models import OldPage, OldPageRepair
from gongkai.publishing.schemas import LENGTHS
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

Choice = Literal["accept", "own", "leave"]
REASON = "核对原网站网页"
_LONGEST_REPAIR = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants of one finding; `words` are their own where the choice is `own`."""

    choice: Choice
    words: str = ""


def supervised_page(uow: UnitOfWork, *, actor: Actor, page_id: int, lock: bool = False) -> OldPage:
    """A page of a unit in the office's subtree.

    Raises:
        NotFound: when it is missing or outside.
    """
    inside = select(Tenant.id).where(below(actor.tenant_path))
    query = select(OldPage).where(OldPage.id == page_id, OldPage.tenant_id.in_(inside))
    return uow.one(query, lock=lock, missing="网页不存在。")


def findings_of(page: OldPage) -> list[Finding]:
    """The findings of a page, in the order of its text; a finding's number is its place here."""
    return [
        Finding(**found | {"kind": Damage(found["kind"]), "certainty": Certainty(found["certainty"])})
        for found in page.findings
    ]


def document_of(page: OldPage) -> Document:
    """The page as it was found."""
    return document(page.title, page.labels, page.body_html)


def repairs_of(uow: UnitOfWork, *, page: OldPage) -> dict[int, OldPageRepair]:
    """Finding's number → the last decision about it."""
    query = select(OldPageRepair).where(OldPageRepair.tenant_id == page.tenant_id, OldPageRepair.page_id == page.id)
    return {repair.finding: repair for repair in uow.session.scalars(query.order_by(OldPageRepair.id))}


def repaired_parts(page: OldPage, repairs: Mapping[int, OldPageRepair]) -> Parts:
    """The page's parts with the repairs that people have decided on, and nothing else."""
    return document_of(page).edited(_edits(findings_of(page), repairs))


def count_changes(repairs: Mapping[int, OldPageRepair]) -> int:
    """Places that read differently from the page as it was found."""
    return sum(1 for repair in repairs.values() if repair.before != repair.after)


def missing_of(page: OldPage, title: str) -> dict[str, str]:
    """Field → words for what the migration needs and the page does not have."""
    wanted = {"title": (title or page.given_title, "标题"), "published_at": (page.published_at, "发布时间")}
    return {name: words for name, (value, words) in wanted.items() if not value}


def decide(uow: UnitOfWork, *, actor: Actor, page_id: int, decisions: Mapping[int, Decision]) -> int:
    """Record decisions about findings; returns how many are new. What is decided again takes the earlier's place.

    Raises:
        NotFound, Conflict: when the page is missing, or no longer to be repaired.
        Invalid: naming `own-<number>` or `choice-<number>`.
    """
    page = _open_page(uow, actor, page_id)
    findings, known = findings_of(page), repairs_of(uow, page=page)
    faults, fresh = list[Fault](), list[OldPageRepair]()
    for number, decision in sorted(decisions.items()):
        if not 0 <= number < len(findings):
            raise NotFound("网页中没有这一处。")
        fault = _fault(number, findings[number], decision)
        if fault:
            faults.append(fault)
            continue
        before, after = findings[number].excerpt, _words(findings[number], decision)
        last = known.get(number)
        if last is None or (last.choice, last.after) != (decision.choice, after):
            fresh.append(
                OldPageRepair(
                    tenant_id=page.tenant_id, page_id=page.id, finding=number, choice=decision.choice, before=before,
                    after=after, decided_by=actor.user_id, decided_by_name=actor.name, decided_at=uow.now,
                )
            )  # fmt: skip
    if faults:
        raise Invalid(faults)
    if fresh:
        with uow.acting_for(page.tenant_id, reason=REASON):
            uow.session.add_all(fresh)
            _note(uow, actor, page, "old_page.repair", {"decisions": len(fresh)})
    return len(fresh)


def accept_kind(uow: UnitOfWork, *, actor: Actor, page_id: int, kind: str) -> int:
    """Take the proposals of one kind wherever nothing was decided yet, at the person's word; returns how many.

    Raises:
        NotFound, Conflict: as `decide`.
    """
    page = supervised_page(uow, actor=actor, page_id=page_id)
    decided = repairs_of(uow, page=page)
    chosen = {
        number: Decision("accept")
        for number, found in enumerate(findings_of(page))
        if found.kind == kind and found.repair is not None and number not in decided
    }
    return decide(uow, actor=actor, page_id=page_id, decisions=chosen)


def complete(
    uow: UnitOfWork, *, actor: Actor, page_id: int, title: str, published_at: datetime | None, column: str
) -> None:
    """Fill in what the page does not say itself: title, time of publication, column.

    Raises:
        NotFound, Conflict: as `decide`.
        Invalid: naming what is wrong.
    """
    page = _open_page(uow, actor, page_id)
    columns = leaves(uow, tenant_id=page.tenant_id)
    faults = []
    given = " ".join(title.split())
    if not page.title and not given:
        faults.append(Fault("title", "未填写标题", "请按原网页填写完整标题"))
    if len(given) > LENGTHS["title"]:
        faults.append(Fault("title", "标题过长", f"请控制在{LENGTHS['title']}字以内"))
    if any(found.certainty is Certainty.CERTAIN for found in find_foreign(given, Lexicon())):
        faults.append(Fault("title", "标题中有广告类文字", "请改为原信息的标题"))
    if published_at is None:
        faults.append(Fault("published_at", "未填写发布时间", "请填写在原网站首次公开的日期和时间"))
    elif shanghai_date(published_at) > shanghai_date(uow.now):
        faults.append(Fault("published_at", "发布时间不能晚于今天", "请核对原网页"))
    if faults:
        raise Invalid(faults)
    column_id = find_column(uow, tenant_id=page.tenant_id, columns=columns, written=column)
    with uow.acting_for(page.tenant_id, reason=REASON):
        page.given_title = "" if page.title else given
        page.published_at, page.column_id = published_at, column_id
        _note(uow, actor, page, "old_page.complete", {})


def release(uow: UnitOfWork, *, actor: Actor, page_id: int) -> None:
    """Hand a page to the migration once everything about it is decided.

    Raises:
        NotFound, Conflict: as `decide`.
        Invalid: when findings are undecided, something is missing, or advertising would remain.
    """
    page = _open_page(uow, actor, page_id)
    repairs = repairs_of(uow, page=page)
    parts = repaired_parts(page, repairs)
    open_findings = len(page.findings) - len(repairs)
    faults = []
    if open_findings:
        faults.append(Fault("findings", f"还有{open_findings}处没有决定", "请逐处采纳建议、另行改正或保留原文"))
    faults += [
        Fault(name, f"没有{words}", "请在“补充信息”中填写") for name, words in missing_of(page, parts.title).items()
    ]
    if not open_findings and _advertising(parts):
        faults.append(Fault("findings", "修复后的内容仍有广告类文字", "请改正后再迁移，或不予迁移"))
    if faults:
        raise Invalid(faults)
    with uow.acting_for(page.tenant_id, reason=REASON):
        changes = count_changes(repairs)
        page.state, page.problem = ("repaired" if changes else "clean"), ""
        _note(uow, actor, page, "old_page.release", {"repairs": changes})
        uow.emit(RELEASED, page.id)


def reject(uow: UnitOfWork, *, actor: Actor, page_id: int, reason: str) -> None:
    """Keep a page out for good, with the reason.

    Raises:
        NotFound, Conflict: as `decide`.
        Invalid: when the reason is missing.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写不予迁移的原因", "请写明原因，供以后查考")])
    page = _open_page(uow, actor, page_id)
    with uow.acting_for(page.tenant_id, reason=REASON):
        page.state, page.problem = "rejected", reason.strip()[:500]
        _note(uow, actor, page, "old_page.reject", {})


def is_open(page: OldPage) -> bool:
    """Whether a person still has to work on it: it was never handed on, or the migration has refused it."""
    return page.state == "quarantined" or (page.state in ("clean", "repaired") and bool(page.problem))


def _open_page(uow: UnitOfWork, actor: Actor, page_id: int) -> OldPage:
    page = supervised_page(uow, actor=actor, page_id=page_id)
    with uow.acting_for(page.tenant_id, reason=REASON):
        page = supervised_page(uow, actor=actor, page_id=page_id, lock=True)
    if not is_open(page):
        raise Conflict("这个网页已经办理，不能再修改。请刷新页面查看最新状态。")
    return page


def _note(uow: UnitOfWork, actor: Actor, page: OldPage, action: str, detail: dict[str, Any]) -> None:
    """Who did what, in numbers: the words of a page stand in its own rows only."""
    page.decided_by, page.decided_at = actor.user_id, uow.now
    uow.audit(action, tenant_id=page.tenant_id, object_type="old_page", object_id=page.id, detail=detail)


def _edits(findings: Sequence[Finding], repairs: Mapping[int, OldPageRepair]) -> list[Edit]:
    return [
        (findings[number].start, findings[number].end, repair.after)
        for number, repair in repairs.items()
        if repair.before != repair.after
    ]


def _words(found: Finding, decision: Decision) -> str:
    if decision.choice == "leave":
        return found.excerpt
    return decision.words if decision.choice == "own" else found.repair or ""


def _fault(number: int, found: Finding, decision: Decision) -> Fault | None:
    advertising = found.kind is Damage.FOREIGN and found.certainty is Certainty.CERTAIN
    if decision.choice == "accept" and found.repair is None:
        return Fault(f"choice-{number}", f"第{number + 1}处没有修复建议", "请选择“另行改正”或“保留原文”")
    if decision.choice == "leave" and advertising:
        return Fault(f"choice-{number}", f"第{number + 1}处是广告类文字，不能保留", "请改正，或对整页不予迁移")
    if decision.choice != "own":
        return None
    if len(decision.words) > _LONGEST_REPAIR or "\n" in decision.words:
        return Fault(f"own-{number}", f"第{number + 1}处的改正内容过长或有换行", f"请控制在一行{_LONGEST_REPAIR}字以内")
    if any(one.certainty is Certainty.CERTAIN for one in find_foreign(decision.words, Lexicon())):
        return Fault(f"own-{number}", f"第{number + 1}处的改正内容中有广告类文字", "请填写原来的文字")
    return None


def _advertising(parts: Parts) -> bool:
    text = document(parts.title, parts.labels, parts.body_html).text
    found = (one for line in text.split("\n") for one in find_foreign(line, Lexicon()))
    return any(one.certainty is Certainty.CERTAIN for one in found)
