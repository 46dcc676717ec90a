"""What stands before the text of a circular: that it is withdrawn and by what it was replaced, or what it corrects."""

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.models import Circular


def predecessor_of(uow: UnitOfWork, circular: Circular) -> Circular | None:
    """The withdrawn circular that this one corrects, if it does."""
    return None if circular.replaces_id is None else uow.session.get(Circular, circular.replaces_id)


def successor_of(uow: UnitOfWork, circular: Circular) -> Circular | None:
    """The circular that corrects this withdrawn one, if there is one that stands or is in the making."""
    query = select(Circular).where(
        Circular.tenant_id == circular.tenant_id, Circular.replaces_id == circular.id, Circular.state != "withdrawn"
    )
    return uow.session.scalar(query)


def notes_of(uow: UnitOfWork, circular: Circular, *, public: bool = False) -> tuple[str, ...]:
    """What stands before the text: that it is withdrawn, what it corrects. A public version gives no reasons, which
    may name units."""
    found = []
    if circular.state == "withdrawn":
        found.append(_withdrawn(uow, circular, public=public))
    old = predecessor_of(uow, circular)
    if old is not None:
        words = f"{cited(old)}已撤回，现更正后重新印发。"
        found.append(words if public else f"{words}更正说明：{circular.correction.rstrip('。')}。")
    return tuple(found)


def cited(circular: Circular) -> str:
    """A circular as another document cites it: title and number."""
    return f"《{circular.title}》{f'（{circular.document_number}）' if circular.document_number else ''}"


def _withdrawn(uow: UnitOfWork, circular: Circular, *, public: bool) -> str:
    day = f"已于{format_date(shanghai_date(circular.withdrawn_at))}撤回" if circular.withdrawn_at else "已撤回"
    reason = f"，原因：{circular.withdrawn_reason.rstrip('。')}" if circular.withdrawn_reason and not public else ""
    found = f"本通报{day}{reason}。" if circular.issued_at else f"本通报稿{day}，没有印发{reason}。"
    new = successor_of(uow, circular)
    if new is not None and new.state == "issued":
        found += f"更正后重新印发的通报为{cited(new)}。"
    return found
