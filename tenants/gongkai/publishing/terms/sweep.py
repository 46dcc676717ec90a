"""Looking through what is published: hits are found, stay while they are there, and close when they are gone."""

import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select, tuple_, update

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.core.richtext.plain import to_text
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, ItemVersion, VersionText
from gongkai.publishing.schemas import FIELD_LABELS
from gongkai.publishing.states import ItemState
from gongkai.publishing.terms.checks import Passage, find_in, passages_of
from gongkai.publishing.terms.models import ExtractedText, TermHit, TermSweep
from gongkai.publishing.terms.queries import TermSet, rules_for_units
from gongkai.publishing.terms.rules import Found, excerpt
from gongkai.publishing.terms.services import SWEEP
from gongkai.publishing.terms.texts import AttachmentText, stored_extraction
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

BATCH = 100
"""Items in one transaction."""
SLICE_SECONDS = 60.0
"""So long a sweep runs before it lets other events pass."""
_PAUSE = timedelta(seconds=1)
_GONE = "信息已撤下"
SWEPT = "terms.swept"
"""Event with the id of a sweep that has come to its end."""


def run_sweeps(services: Services, _: UnitOfWork, sweep_ids: Sequence[int]) -> None:
    """Handler of `terms.sweep`. Batches are kept in transactions of their own, so a sweep goes on where it was."""
    for sweep_id in sweep_ids:
        until = time.monotonic() + SLICE_SECONDS
        while _run_batch(services, sweep_id) and time.monotonic() < until:
            pass
        with services.database.system_scope("term sweep goes on") as uow:
            sweep = uow.session.get(TermSweep, sweep_id)
            if sweep is not None and sweep.finished_at is None:
                uow.emit(SWEEP, sweep_id, delay=_PAUSE)


def _run_batch(services: Services, sweep_id: int) -> bool:
    """The next items of a sweep; whether there may be more."""
    with services.database.system_scope(f"term sweep {sweep_id}") as uow:
        sweep = uow.session.get(TermSweep, sweep_id, with_for_update=True)
        if sweep is None or sweep.finished_at is not None:
            return False
        path = uow.session.execute(select(Tenant.path).where(Tenant.id == sweep.tenant_id)).scalar_one()
        units = select(Tenant.id).where(below(path))
        ids = uow.session.scalars(
            select(Item.id)
            .where(Item.is_public, Item.id > sweep.last_item_id, Item.tenant_id.in_(units))
            .order_by(Item.id)
            .limit(BATCH)
        ).all()
        if not ids:
            _close_unpublished(uow)
            sweep.finished_at = uow.now
            uow.emit(SWEPT, sweep.id)
            return False
        sweep_items(uow, item_ids=ids)
        sweep.last_item_id, sweep.items_done = ids[-1], sweep.items_done + len(ids)
        return True


def sweep_changed(_: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.changed`: hits of an item follow its newest version."""
    sweep_items(uow, item_ids=item_ids)
    _close_unpublished(uow, item_ids)


def sweep_items(uow: UnitOfWork, *, item_ids: Sequence[int]) -> None:
    """Bring the hits of public items in line with their current versions and the lists; needs the system scope."""
    today, rows = shanghai_date(uow.now), _published(uow, item_ids)
    texts = _attachment_texts(uow, rows)
    reasons = _reasons(uow, rows)
    hits: dict[int, dict[tuple[str, str], TermHit]] = {row.id: {} for row in rows}
    units = {row.tenant_id for row in rows}
    lists = rules_for_units(uow, tenant_ids=units)
    known = select(TermHit).where(TermHit.tenant_id.in_(units), TermHit.item_id.in_(list(hits)))
    for hit in uow.session.scalars(known):
        hits[hit.item_id][hit.rule_key, hit.place] = hit
    for row in rows:
        terms = lists[row.tenant_id]
        found = _findings(row, terms, texts, today)
        for key, (passage, one) in found.items():
            _found(uow, row, hits[row.id].get(key), passage, one, reasons.get(row.id, {}).get(one.code, ""))
        in_force = {rule.key for rule in terms.rules if rule.in_force(today)}
        for key, hit in hits[row.id].items():
            if key not in found and hit.state in ("open", "justified"):
                _settle(uow, hit, "corrected" if _rule_of(key[0]) in in_force else "withdrawn")
    uow.session.flush()


def _findings(
    row: AnyRow, terms: TermSet, texts: Mapping[tuple[int, str], AttachmentText], today: date
) -> dict[tuple[str, str], tuple[Passage, Found]]:
    """(code, place) → the first finding there. What was right when the document was formed need not be corrected."""
    if not terms.rules:
        return {}
    files = [
        AttachmentText(file["name"], texts[row.tenant_id, file["sha256"]].extraction)
        for file in row.attachments or ()
        if (row.tenant_id, file["sha256"]) in texts
    ]
    own = (("title", row.title), ("summary", row.summary), ("body_html", to_text(row.body_html or "")))
    found: dict[tuple[str, str], tuple[Passage, Found]] = {}
    for passage in (*(Passage(name, FIELD_LABELS[name], text) for name, text in own), *passages_of(files)):
        for one in find_in(terms, passage, today=today, formed=row.formed_date):
            if one.level == one.rule.level:
                found.setdefault((one.code, passage.place), (passage, one))
    return found


def _found(uow: UnitOfWork, row: AnyRow, hit: TermHit | None, passage: Passage, one: Found, explained: str) -> None:
    """A finding that is there: a new hit, or the known one, opened again if it was gone in between."""
    shown = {
        "level": one.level,
        "problem": one.problem,
        "remedy": one.remedy,
        "excerpt": excerpt(passage.text, one.start, one.end),
    }
    if hit is None:
        hit = TermHit(
            tenant_id=row.tenant_id, item_id=row.id, rule_key=one.code, place=passage.place, kind=one.rule.kind,
            found_at=uow.now, state="open", reason="", **shown,
        )  # fmt: skip
        uow.session.add(hit)
    for name, value in shown.items():
        if getattr(hit, name) != value:
            setattr(hit, name, value)
    if hit.state in ("corrected", "withdrawn"):
        hit.state, hit.reason, hit.found_at, hit.settled_at, hit.settled_by = "open", "", uow.now, None, None
    if hit.state == "open" and explained:
        hit.state, hit.reason, hit.settled_at = "justified", explained, uow.now


def _settle(uow: UnitOfWork, hit: TermHit, state: str) -> None:
    hit.state, hit.settled_at, hit.settled_by = state, uow.now, None


def _rule_of(code: str) -> str:
    """The key of the rule that a finding's code begins with."""
    return "_".join(code.split("_")[:2]) if code.startswith("term_") else code


def _close_unpublished(uow: UnitOfWork, item_ids: Sequence[int] | None = None) -> None:
    """What nobody can read any more is no longer to be worked off."""
    gone = select(Item.tenant_id, Item.id).where(Item.state != ItemState.PUBLISHED)
    if item_ids is not None:
        gone = gone.where(Item.id.in_(item_ids))
    uow.session.execute(
        update(TermHit)
        .where(TermHit.state == "open", tuple_(TermHit.tenant_id, TermHit.item_id).in_(gone))
        .values(state="corrected", reason=_GONE, settled_at=uow.now)
    )


def _published(uow: UnitOfWork, item_ids: Sequence[int]) -> Sequence[AnyRow]:
    query = (
        select(
            Item.id, Item.tenant_id, Item.title, Item.summary, Item.formed_date, Item.check_overrides,
            ItemVersion.content["attachments"].label("attachments"), VersionText.body_html,
        )
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(VersionText, VersionText.version_id == Item.current_version_id)
        .where(Item.id.in_(item_ids), Item.is_public)
        .order_by(Item.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _attachment_texts(uow: UnitOfWork, rows: Sequence[AnyRow]) -> dict[tuple[int, str], AttachmentText]:
    """(unit, digest) → what was read of the file; names are the versions' own."""
    digests = {file["sha256"] for row in rows for file in row.attachments or ()}
    units = {row.tenant_id for row in rows}
    query = select(ExtractedText.tenant_id, ExtractedText.digest, ExtractedText.parts, ExtractedText.unread).where(
        ExtractedText.tenant_id.in_(units), ExtractedText.digest.in_(digests)
    )
    return {
        (tenant_id, digest): AttachmentText("", stored_extraction(parts, unread))
        for tenant_id, digest, parts, unread in (uow.session.execute(query) if digests else ())
    }


def _reasons(uow: UnitOfWork, rows: Sequence[AnyRow]) -> dict[int, dict[str, str]]:
    """Item → code → the reason that was given when it, or its last revision, was submitted."""
    found = {row.id: dict(row.check_overrides) for row in rows}
    revisions = select(Item.revises_id, Item.check_overrides).where(
        Item.revises_id.in_(list(found)), Item.state == ItemState.PUBLISHED
    )
    for item_id, reasons in uow.session.execute(revisions.order_by(Item.id)):
        found[item_id] |= reasons
    return found
