"""Files of public items."""

from dataclasses import dataclass

from gongkai.core.errors import NotFound
from gongkai.core.storage.sniff import KINDS
from gongkai.core.uow import UnitOfWork
from gongkai.portal.errors import FileGone
from gongkai.portal.item_queries import files_of

_INLINE = {kind.media_type for kind in KINDS.values() if kind.allowed_inline}
_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file of the current version at its position (from 1)."""

    position: int
    name: str
    digest: str
    size: int
    media_type: str
    hidden: bool = False

    @property
    def inline(self) -> bool:
        """Whether a browser may show it in place of saving it."""
        return self.media_type in _INLINE

    @property
    def policy(self) -> str:
        """The Content-Security-Policy under which it is shown: no script, no origin of ours."""
        return _POLICY


def public_file(uow: UnitOfWork, *, item_id: int, position: int, name: str) -> PublicFile:
    """The file called `name` of a public item, at `position` if it is there.

    Raises:
        NotFound: when the current version has no file of this name, or the item was never public.
        TakenDown: when the item was public once.
        FileGone: when an office has taken the file down.
    """
    files = [
        PublicFile(
            at,
            str(file["name"]),
            str(file["sha256"]),
            int(str(file["size"])),
            str(file["media_type"]),
            hidden=bool(file["hidden"]),
        )
        for at, file in enumerate(files_of(uow, item_id=item_id), start=1)
        if file["name"] == name
    ]
    if not files:
        raise NotFound
    found = next((file for file in files if file.position == position), files[0])
    if found.hidden:
        raise FileGone
    return found
