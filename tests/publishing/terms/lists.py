"""Term lists for tests: entries as an office makes them, and its units' hits."""

from typing import Any

from sqlalchemy import select

from gongkai.publishing.terms.models import TermEntry, TermHit
from gongkai.publishing.terms.schemas import TermForm
from gongkai.publishing.terms.services import add_term
from tests.factories.items import work_off
from tests.factories.world import World

OFFICE, PREFECTURE = "hx-supervisor", "yl-supervisor"
WRITER, REVIEWER, APPROVER = "hx-mzj-contributor", "hx-mzj-confidentiality_reviewer", "hx-mzj-approver"
IDENTITY, BANK, MOBILE = "110101199003077432", "6222021234567890128", "13812345678"


def term(world: World, wrong: str, right: str = "", *, login: str = OFFICE, **more: Any) -> int:
    """An entry of an office's list; its id."""
    values = {"kind": "outdated", "level": "block", **more}
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, login)
        entry = add_term(uow, actor=actor, form=TermForm(wrong=wrong, right=right, **values), reason="依据通知")
        return entry.id


def entries(world: World) -> list[tuple[str, str, int, bool]]:
    """(kind, words, version, in the list) of every entry."""
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(TermEntry).order_by(TermEntry.id))
        return [(row.kind, row.wrong, row.version, row.removed_at is None) for row in rows]


def hits(world: World) -> list[tuple[int, str, str, str]]:
    """(item, place, excerpt, state) of every hit, after the events were worked off."""
    work_off(world.services)
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(select(TermHit).order_by(TermHit.item_id, TermHit.id))
        return [(row.item_id, row.place, row.excerpt, row.state) for row in rows]
