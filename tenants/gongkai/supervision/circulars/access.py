"""Loading circulars: the only way a service or page gets one, and the lists of them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from gongkai.accounts.models import User
from gongkai.core.calendar.spans import Span
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict
from gongkai.core.models import AuditEvent
from gongkai.core.text.document_numbers import parse
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.circulars.collect import Tell, collect
from gongkai.supervision.circulars.details import Details, details_from_json
from gongkai.supervision.circulars.document import Circulate, Issue
from gongkai.supervision.circulars.notes import notes_of
from gongkai.supervision.circulars.prose import Prose, prose_from_json
from gongkai.supervision.circulars.snapshot import Snapshot, from_json
from gongkai.supervision.models import CIRCULAR_STATES, Circular

ACTIONS = {
    "circular.create": "新建通报",
    "circular.lock": "锁定本期数据",
    "circular.relock": "重新锁定本期数据",
    "circular.problems": "确定点名单位",
    "circular.commend": "确定工作较好的单位",
    "circular.requirements": "填写要求和联系方式",
    "circular.draft": "生成通报",
    "circular.text": "修改文字",
    "circular.verify": "发送问题核实反馈表",
    "circular.skip_verification": "说明不核实的理由",
    "circular.submit": "送审",
    "circular.recall": "撤回送审",
    "circular.return": "退回修改",
    "circular.sign": "审核签发",
    "circular.sign_on_paper": "登记线下签发",
    "circular.issue": "印发",
    "circular.withdraw": "撤回通报",
    "circular.reissue": "更正后重新编制",
    "circular.to_publish": "报送公开审查",
}


def get_circular(uow: UnitOfWork, *, tenant_id: int, circular_id: int, lock: bool = False) -> Circular:
    """A circular of this office, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(Circular).where(Circular.id == circular_id, Circular.tenant_id == tenant_id)
    return uow.one(query, lock=lock)


def expect(circular: Circular, *states: str) -> None:
    """Refuse what the circular's state does not allow.

    Raises:
        Conflict: naming the state it is in.
    """
    if circular.state not in states:
        label = CIRCULAR_STATES[circular.state]
        raise Conflict(f"这份通报现在是“{label}”状态，不能进行这项操作。请刷新页面查看最新状态。")


def details_of(circular: Circular) -> Details:
    """The office's part."""
    return details_from_json(circular.details)


def prose_of(circular: Circular) -> Prose:
    """The official's changes to the text."""
    return prose_from_json(circular.prose)


def snapshot_of(circular: Circular) -> Snapshot | None:
    """The locked figures; None while they are not locked."""
    return None if circular.snapshot is None else from_json(circular.snapshot)


def live(uow: UnitOfWork, circular: Circular, *, tell: Tell | None = None) -> Snapshot:
    """The circular's period as the data are now."""
    span = Span.parse(circular.period)
    return collect(uow, office_id=circular.tenant_id, span=span, coverage=circular.coverage, tell=tell)


def circulate(
    uow: UnitOfWork, circular: Circular, *, base_url: str = "", public: bool = False, tell: Tell | None = None
) -> Circulate:
    """All that the circular consists of; before its figures are locked, the live ones."""
    note = {"proactive": "此件公开发布", "on_request": "此件依申请公开"}.get(circular.disclosure_mode, "")
    issued = circular.state == "issued"
    return Circulate(
        snapshot=snapshot_of(circular) or live(uow, circular, tell=tell),
        details=details_of(circular),
        prose=prose_of(circular),
        issue=Issue(
            document_number=circular.document_number,
            formed_date=circular.issued_date,
            printed_date=circular.issued_date if issued else None,
            disclosure_note=note if issued else "",
        ),
        base_url=base_url,
        public=public,
        notes=notes_of(uow, circular, public=public),
    )


def circulars_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """An office's circulars, newest period first; of those that end together the longest first.

    Rows: id, period, coverage, state, title, document_number, issued_date, disclosure_mode, frozen_at.
    """
    query = (
        select(
            Circular.id, Circular.period, Circular.coverage, Circular.state, Circular.title, Circular.document_number,
            Circular.issued_date, Circular.disclosure_mode, Circular.frozen_at,
        )
        .where(Circular.tenant_id == tenant_id)
        .order_by(Circular.state == "withdrawn", Circular.id.desc())
    )  # fmt: skip

    def key(row: AnyRow) -> tuple[date, int]:
        span = Span.parse(row.period)
        return span.last_day, span.length

    return sorted(uow.session.execute(query).all(), key=key, reverse=True)


def circular_for(uow: UnitOfWork, *, tenant_id: int, span: Span, coverage: str | None = None) -> Circular | None:
    """The office's circular for a period that is not withdrawn; one on all units before one on the direct ones."""
    query = select(Circular).where(
        Circular.tenant_id == tenant_id, Circular.period == str(span), Circular.state != "withdrawn"
    )
    if coverage is not None:
        query = query.where(Circular.coverage == coverage)
    return uow.session.scalar(query.order_by(Circular.coverage, Circular.id).limit(1))


def history_of(uow: UnitOfWork, circular: Circular) -> Sequence[AnyRow]:
    """What was done with a circular, latest first: at, action, detail, who."""
    query = (
        select(AuditEvent.at, AuditEvent.action, AuditEvent.detail, User.name.label("who"))
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.tenant_id == circular.tenant_id,
            AuditEvent.object_type == "circular",
            AuditEvent.object_id == circular.id,
        )
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    return uow.session.execute(query).all()


def next_number(uow: UnitOfWork, *, tenant_id: int, year: int) -> str:
    """The next number of the office's register for a year, in the form of its last one; empty where there is none."""
    query = select(Circular.document_number).where(Circular.tenant_id == tenant_id, Circular.document_number != "")
    known = [parse(number) for number in uow.session.scalars(query.order_by(Circular.id.desc()))]
    numbered = [number for number in known if number is not None and number.year is not None]
    if not numbered:
        return ""
    word = numbered[0].code_word
    used = [number.sequence for number in numbered if number.code_word == word and number.year == year]
    return f"{word}〔{year}〕{max(used, default=0) + 1}号"


def names_of(uow: UnitOfWork, user_ids: Sequence[int]) -> dict[int, str]:
    """People's names by id."""
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}
