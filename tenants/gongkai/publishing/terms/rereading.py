"""How the reading of an item's files went, in words for its unit, and another attempt at one that failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Conflict
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import get_attachment
from gongkai.publishing.models import Attachment
from gongkai.publishing.terms.models import ExtractedText
from gongkai.publishing.terms.texts import PASSING

ASKED = "attachment.reading_asked"
"""Event: a person asked for another attempt at a file; carries the attachment's id."""
MOST_NAMED = 3
"""So many files of an archive are named; the rest is counted."""
UNREAD_YET = "文字尚未读取"


@dataclass(frozen=True, slots=True)
class Reading:
    """Why the text of a file is not （all） there, in words; `failed` when another attempt may help."""

    words: str
    failed: bool = False


def readings(uow: UnitOfWork, *, tenant_id: int, item_id: int) -> Mapping[int, Reading]:
    """Attachment id → how its reading went; files that were read without any loss are absent."""
    read = (ExtractedText.tenant_id == Attachment.tenant_id) & (ExtractedText.digest == Attachment.digest)
    query = (
        select(Attachment.id, ExtractedText.unread, ExtractedText.tries, ExtractedText.retry_at)
        .outerjoin(ExtractedText, read)
        .where(Attachment.tenant_id == tenant_id, Attachment.item_id == item_id)
    )
    found: dict[int, Reading] = {}
    for row in uow.session.execute(query):
        if row.unread is None:
            found[row.id] = Reading(UNREAD_YET)
        elif row.unread:
            failed = _failed(row.unread)
            plan = _plan(row.tries, row.retry_at, uow.now) if failed else ""
            found[row.id] = Reading(_reasons(row.unread) + plan, failed)
    return found


def ask_again(uow: UnitOfWork, *, actor: Actor, item_id: int, attachment_id: int) -> str:
    """Have a file read once more, with as many attempts as at first; returns its name.

    Raises:
        NotFound: when the item is missing or another unit's, or the file not the item's.
        Conflict: when nothing about the file speaks for another attempt.
    """
    attachment = get_attachment(uow, tenant_id=actor.tenant_id, item_id=item_id, attachment_id=attachment_id)
    known = uow.session.get(ExtractedText, (attachment.tenant_id, attachment.digest))
    if known is None or not _failed(known.unread):
        raise Conflict("这个附件不需要再次读取。")
    known.tries, known.retry_at = 0, uow.now
    uow.session.flush()
    uow.emit(ASKED, attachment.id)
    return attachment.filename


def _failed(unread: Sequence[Mapping[str, str]]) -> bool:
    return any(one["reason"] in PASSING for one in unread)


def _reasons(unread: Sequence[Mapping[str, str]]) -> str:
    named = [f"其中的“{one['file']}”{one['reason']}" if one["file"] else one["reason"] for one in unread[:MOST_NAMED]]
    return "；".join(named) + (f"；共{len(unread)}个文件未能读取" if len(unread) > MOST_NAMED else "")


def _plan(tries: int, retry_at: datetime | None, now: datetime) -> str:
    if retry_at is None:
        return f"。已读取{tries}次，不再自动读取"
    if retry_at <= now:
        return "。正在再次读取"
    return f"。将于{format_datetime(retry_at)}再次读取"
