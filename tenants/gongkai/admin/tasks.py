"""Jobs of administration: what a year's holiday notice moves in units that no person sees into."""

from collections.abc import Sequence

from gongkai.admin.holidays import count_effects, move_limits
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def calendar_proposed(_: Services, uow: UnitOfWork, years: Sequence[int]) -> None:
    """Handler of `calendar.proposed`."""
    count_effects(uow, years)


def calendar_changed(_: Services, uow: UnitOfWork, _years: Sequence[int]) -> None:
    """Handler of `calendar.changed`; one pass serves all years."""
    move_limits(uow)
