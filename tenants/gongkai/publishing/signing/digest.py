"""What a sheet was printed of: a digest of all that the signatory decides on, and the code that stands on the sheet."""

import hashlib
import unicodedata
from datetime import date
from typing import Any

from sqlalchemy import func, select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing import queries
from gongkai.publishing.drafts import COPIED
from gongkai.publishing.ledger import canonical, text_hash
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.states import Action

CODE_DIGITS = 8


def content_digest(uow: UnitOfWork, *, item: Item) -> str:
    """SHA-256 (64 hexadecimal digits) over an item's text, metadata, attachments and the reasons for its warnings."""
    files = queries.attachments(uow, tenant_id=item.tenant_id, item_id=item.id)
    content: dict[str, Any] = {name: _plain(getattr(item, name)) for name in COPIED}
    content["text_sha256"] = text_hash(item.body_html)
    content["attachments"] = [[file.filename, file.digest] for file in files]
    content["reasons"] = item.check_overrides
    return hashlib.sha256(canonical(content)).hexdigest()


def submission_round(uow: UnitOfWork, *, item: Item) -> int:
    """How often an item was submitted: 1 for the first time, 0 for a draft that never was."""
    query = select(func.count()).where(
        ItemStep.tenant_id == item.tenant_id, ItemStep.item_id == item.id, ItemStep.action == Action.SUBMIT
    )
    return uow.session.scalar(query) or 0


def sheet_code(digest: str, submission: int) -> str:
    """The code （校验码） of a sheet: eight digits of the digest, a hyphen, the number of the submission."""
    return f"{digest[:CODE_DIGITS].upper()}-{submission}"


def read_code(typed: str) -> str:
    """A code as typed from the sheet, in the form of `sheet_code`: widths, case, blanks and hyphens unified."""
    folded = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    return "".join("-" if unicodedata.category(character) == "Pd" else character for character in folded)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
