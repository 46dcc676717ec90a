"""Jobs of intake: the watched folder is worked off, old nonces are forgotten."""

from pathlib import Path
from typing import Any

import structlog

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import DomainError
from gongkai.core.ports import Services
from gongkai.core.storage.store import StorageFull
from gongkai.publishing.intake.errors import NotAuthentic
from gongkai.publishing.intake.folder import DONE, REFUSED, opened, put_away, waiting
from gongkai.publishing.intake.problems import problem_of
from gongkai.publishing.intake.queries import folder_senders
from gongkai.publishing.intake.receipts import receipt
from gongkai.publishing.intake.senders import enter_sender, expect_active, forget_nonces
from gongkai.publishing.intake.services import noting_refusal, receive

log = structlog.get_logger()


def tidy_up(services: Services) -> None:
    """Forget the nonces that no request could use again."""
    with services.database.system_scope("intake nonces") as uow:
        forget_nonces(uow)


def read_folder(services: Services) -> None:
    """Work off the finished packages of each sender in use, one transaction a package.

    A run that ends between commit and move comes upon the package again and gives the same receipt.
    """
    if not services.settings.intake_folder:
        return
    root = Path(services.settings.intake_folder)
    with services.database.system_scope("intake folder") as uow:
        keys = folder_senders(uow)
    for key_id in keys:
        try:
            _work_off(services, key_id, root / key_id)
        except StorageFull as full:
            log.warning("intake.storage_full", key_id=key_id, reason=full.message)
            return
        except NotAuthentic as refusal:
            log.warning("intake.sender_stopped", key_id=key_id, reason=refusal.message)
        except OSError as error:
            # A folder that is not ours to read holds up no other.
            log.warning("intake.folder_unusable", key_id=key_id, error=type(error).__name__)


def _work_off(services: Services, key_id: str, folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        return
    limit = services.settings.upload_limit_bytes
    for path in waiting(folder, now=services.database.clock(), limit_bytes=limit):
        try:
            into, told = _handle(services, key_id, path)
            place = put_away(path, into=into, told=told)
        except OSError as error:
            log.warning("intake.package_unusable", key_id=key_id, package=path.name, error=type(error).__name__)
        else:
            log.info("intake.package", key_id=key_id, outcome=into, place=place.name)


def _handle(services: Services, key_id: str, path: Path) -> tuple[str, dict[str, Any]]:
    """Where a package goes and what is told about it; a refusal is also kept on the sender's page."""
    limit = services.settings.upload_limit_bytes
    with services.database.transaction() as uow:
        sender = enter_sender(uow, key_id=key_id)
        uow.session.refresh(sender, with_for_update=True)
        expect_active(sender)
        try:
            with noting_refusal(uow, sender), opened(path, today=shanghai_date(uow.now), limit_bytes=limit) as package:
                document, _ = receive(
                    uow, sender=sender, package=package, channel="folder", files=services.files, limit_bytes=limit
                )
        except StorageFull:
            raise
        except DomainError as refusal:
            return REFUSED, problem_of(refusal)
        return DONE, receipt(uow, document=document, base_url=services.settings.base_url)
