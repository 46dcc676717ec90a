"""The office's lists: entries are added, changed and removed with a reason, and each change is a version."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.terms.models import TermChange, TermEntry, TermSweep
from gongkai.publishing.terms.schemas import TermForm

SWEEP = "terms.sweep"
"""Event: a sweep waits; carries its id."""


def get_term(uow: UnitOfWork, *, tenant_id: int, term_id: int, lock: bool = False) -> TermEntry:
    """An entry of this office's list that is not removed.

    Raises:
        NotFound: when it is missing, removed, or another office's.
    """
    query = select(TermEntry).where(
        TermEntry.id == term_id, TermEntry.tenant_id == tenant_id, TermEntry.removed_at.is_(None)
    )
    return uow.one(query, lock=lock, missing="词条不存在。")


def form_of(entry: TermEntry) -> TermForm:
    """What an entry says."""
    return TermForm(**{name: getattr(entry, name) for name in TermForm.__dataclass_fields__})


def add_term(uow: UnitOfWork, *, actor: Actor, form: TermForm, reason: str) -> TermEntry:
    """Add an entry to the list of the actor's office, and let what is published be looked through.

    Raises:
        Invalid: when the list has it already.
    """
    entry = _add(uow, actor, form, reason)
    request_sweep(uow, tenant_id=actor.tenant_id)
    return entry


def change_term(uow: UnitOfWork, *, actor: Actor, term_id: int, form: TermForm, reason: str) -> TermEntry:
    """Change an entry; nothing happens when it says the same already.

    Raises:
        NotFound: as `get_term`.
        Invalid: when another entry has the same words.
    """
    entry = get_term(uow, tenant_id=actor.tenant_id, term_id=term_id, lock=True)
    if _change(uow, actor, entry, form, reason):
        request_sweep(uow, tenant_id=actor.tenant_id)
    return entry


def remove_term(uow: UnitOfWork, *, actor: Actor, term_id: int, reason: str) -> TermEntry:
    """Take an entry out of force; its history stays.

    Raises:
        NotFound: as `get_term`.
    """
    entry = get_term(uow, tenant_id=actor.tenant_id, term_id=term_id, lock=True)
    entry.removed_at = uow.now
    _keep_version(uow, actor, entry, "remove", reason)
    request_sweep(uow, tenant_id=actor.tenant_id)
    return entry


def put_terms(uow: UnitOfWork, *, actor: Actor, forms: Sequence[TermForm], reason: str) -> tuple[int, int]:
    """Add and change entries of an imported list; those that say the same stay, and nothing is removed.

    Returns:
        How many were added and how many changed.
    """
    known = {
        (entry.kind, entry.wrong): entry
        for entry in uow.session.scalars(
            select(TermEntry).where(TermEntry.tenant_id == actor.tenant_id, TermEntry.removed_at.is_(None))
        )
    }
    added = changed = 0
    for form in forms:
        entry = known.get((form.kind, form.wrong))
        if entry is None:
            _add(uow, actor, form, reason)
            added += 1
        else:
            changed += _change(uow, actor, entry, form, reason)
    if added or changed:
        request_sweep(uow, tenant_id=actor.tenant_id)
    return added, changed


def request_sweep(uow: UnitOfWork, *, tenant_id: int) -> None:
    """Have everything published below an office looked through; a sweep that is under way begins anew."""
    restarted = uow.session.scalar(
        update(TermSweep)
        .where(TermSweep.tenant_id == tenant_id, TermSweep.finished_at.is_(None))
        .values(last_item_id=0, items_done=0, requested_at=uow.now)
        .returning(TermSweep.id)
    )
    if restarted is None:
        values = {"tenant_id": tenant_id, "requested_at": uow.now, "last_item_id": 0, "items_done": 0}
        restarted = uow.session.execute(insert(TermSweep).values(values).returning(TermSweep.id)).scalar_one()
    uow.emit(SWEEP, restarted)


def _add(uow: UnitOfWork, actor: Actor, form: TermForm, reason: str) -> TermEntry:
    _expect_new(uow, actor.tenant_id, form)
    values = {name: getattr(form, name) for name in TermForm.__dataclass_fields__}
    entry = TermEntry(tenant_id=actor.tenant_id, version=0, changed_at=uow.now, **values)
    uow.session.add(entry)
    _keep_version(uow, actor, entry, "add", reason)
    return entry


def _change(uow: UnitOfWork, actor: Actor, entry: TermEntry, form: TermForm, reason: str) -> bool:
    if form == form_of(entry):
        return False
    if (form.kind, form.wrong) != (entry.kind, entry.wrong):
        _expect_new(uow, actor.tenant_id, form)
    for name in TermForm.__dataclass_fields__:
        setattr(entry, name, getattr(form, name))
    _keep_version(uow, actor, entry, "change", reason)
    return True


def _expect_new(uow: UnitOfWork, tenant_id: int, form: TermForm) -> None:
    same = select(TermEntry.id).where(
        TermEntry.tenant_id == tenant_id,
        TermEntry.kind == form.kind,
        TermEntry.wrong == form.wrong,
        TermEntry.removed_at.is_(None),
    )
    if uow.session.scalar(same) is not None:
        raise Invalid([Fault("wrong", f"词条“{form.wrong}”已在名单中", "请修改已有词条")])


def _keep_version(uow: UnitOfWork, actor: Actor, entry: TermEntry, action: str, reason: str) -> None:
    entry.version += 1
    entry.changed_at = uow.now
    uow.session.flush()
    uow.session.add(
        TermChange(
            tenant_id=entry.tenant_id,
            entry_id=entry.id,
            version=entry.version,
            action=action,
            content=form_of(entry).content(),
            reason=reason,
            changed_by=actor.user_id,
            changed_name=actor.name,
            changed_at=uow.now,
        )
    )
    uow.session.flush()
    uow.audit(
        f"term.{action}", tenant_id=entry.tenant_id, object_type="term_entry", object_id=entry.id,
        detail={"reason": reason, "version": entry.version},
    )  # fmt: skip
