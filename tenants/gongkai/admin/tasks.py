"""Jobs of administration: what a notice of holidays moves in units that no person sees into."""

from collections.abc import Sequence

from gongkai.admin.calendar_versions import apply, count_effects
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def calendar_proposed(_: Services, uow: UnitOfWork, version_ids: Sequence[int]) -> None:
    """Handler of `calendar.proposed`."""
    count_effects(uow, version_ids)


def calendar_changed(_: Services, uow: UnitOfWork, version_ids: Sequence[int]) -> None:
    """Handler of `calendar.changed`, in the order in which the versions came into force."""
    for version_id in sorted(version_ids):
        apply(uow, version_id)
