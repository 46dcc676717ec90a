"""Jobs about accounts: reset links leave after commit; each day what has run out is closed."""

from collections.abc import Sequence

from gongkai.accounts.people import close_ended_posts
from gongkai.accounts.services import send_reset_links
from gongkai.accounts.sign_in import forget_old_failures
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork


def reset_requested(services: Services, uow: UnitOfWork, user_ids: Sequence[int]) -> None:
    """Handler of `account.reset_requested`."""
    send_reset_links(services, uow, user_ids)


def tidy(services: Services) -> None:
    """Switch off posts that have ended, and forget old failures at the door."""
    with services.database.system_scope("accounts: ended posts, old failures") as uow:
        close_ended_posts(uow)
        forget_old_failures(uow)
