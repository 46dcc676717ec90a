"""How far a person's adding up of a longer period is: written as it goes, beside the transaction that adds up."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.models import CircularProgress

STALE = timedelta(minutes=1)
"""Nothing takes that long between two months; an older entry is of something that has ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """So many months of so many; `before`: of the period before, which the figures are compared with."""

    done: int
    total: int
    before: bool


def save(uow: UnitOfWork, *, tenant_id: int, user_id: int, progress: Progress) -> None:
    """Keep how far it is for this person, in the place of what was there."""
    values = {**asdict(progress), "changed_at": uow.now}
    stored = insert(CircularProgress).values(tenant_id=tenant_id, user_id=user_id, **values)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=values))


def progress_of(uow: UnitOfWork, *, tenant_id: int, user_id: int) -> Progress | None:
    """How far it is for this person; None when nothing is being added up."""
    found = uow.session.get(CircularProgress, (tenant_id, user_id))
    if found is None or found.changed_at <= uow.now - STALE:
        return None
    return Progress(found.done, found.total, found.before)
