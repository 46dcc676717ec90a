"""Loading what was received."""

from sqlalchemy import select

from gongkai.core.uow import UnitOfWork
from gongkai.publishing.intake.models import IntakeDocument


def get_document(uow: UnitOfWork, *, tenant_id: int, intake_id: int) -> IntakeDocument:
    """A document that this unit received.

    Raises:
        NotFound: when it is missing or another unit's.
    """
    own = IntakeDocument.id == intake_id, IntakeDocument.tenant_id == tenant_id
    return uow.one(select(IntakeDocument).where(*own), missing="公文不存在。")
