"""Which links public items have, kept in step with their current versions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.core.richtext.tokens import End, Start, Text, tokens
from gongkai.core.settings import Settings
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck.addresses import Malformed, Target, split_list, target_of
from gongkai.publishing.linkcheck.domains import domains_of
from gongkai.publishing.linkcheck.models import CheckedLink, LinkPlace
from gongkai.publishing.linkcheck.own import item_named, look_up
from gongkai.publishing.linkcheck.verdicts import result_of
from gongkai.publishing.models import Item, ItemVersion, VersionText

MOST_LINKS = 500
"""Links of one item that are kept; a page with more is a directory."""
BATCH = 200
_WORDS = 100
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('gongkai.linkcheck.places'))")
"""Two at once would be in each other's way, and one may forget an address that the other has just found."""
_IMAGE, _SOURCE = "图片", "来源网址"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in an item: kind, its words, the address as written."""

    kind: str
    words: str
    written: str


def links_in(html: str) -> list[Link]:
    """Links and images of a text, in their order."""
    found: list[Link] = []
    address, words = "", list[str]()
    for token in tokens(html):
        if isinstance(token, Text):
            words.append(token.text)
        elif isinstance(token, Start) and token.name == "a":
            address, words = token.attributes.get("href", ""), []
        elif isinstance(token, Start) and token.name == "img" and token.attributes.get("src"):
            said = token.attributes.get("alt", "").strip()[:_WORDS] or _IMAGE
            found.append(Link("image", said, token.attributes["src"]))
            words.append(said)
        elif isinstance(token, End) and token.name == "a":
            if address:
                found.append(Link("link", " ".join("".join(words).split())[:_WORDS], address))
            address = ""
    return found


def follow_items(services: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Handler of `item.changed`: the items' own links, and the links of others that lead to them."""
    refresh(uow, settings=services.settings, item_ids=item_ids)
    query = select(CheckedLink).where(CheckedLink.target_item_id.in_(item_ids)).order_by(CheckedLink.id)
    settle(uow, settings=services.settings, link_ids=look_up(uow, uow.session.scalars(query).all()))


def refresh(uow: UnitOfWork, *, settings: Settings, item_ids: Sequence[int]) -> int:
    """Bring the kept links of items in line with what the public reads; needs the system scope.

    Returns how many links the items have; none that are not public.
    """
    uow.session.execute(_ONE_AT_A_TIME)
    rows = _published(uow, item_ids)
    wanted = {row.id: _wanted(row, settings) for row in rows}
    places: dict[int, list[AnyRow]] = {item_id: [] for item_id in item_ids}
    kept = select(
        LinkPlace.item_id, LinkPlace.kind, LinkPlace.words, LinkPlace.written, LinkPlace.link_id, CheckedLink.address
    ).outerjoin(CheckedLink, CheckedLink.id == LinkPlace.link_id)
    for row in uow.session.execute(
        kept.where(LinkPlace.item_id.in_(item_ids)).order_by(LinkPlace.item_id, LinkPlace.position)
    ):
        places[row.item_id].append(row)
    changed = [
        item_id
        for item_id, known in places.items()
        if [(Link(row.kind, row.words, row.written), row.address) for row in known]
        != [(link, target.address if target else None) for link, target in wanted.get(item_id, [])]
    ]
    if changed:
        before = {row.link_id for item_id in changed for row in places[item_id] if row.link_id is not None}
        uow.session.execute(delete(LinkPlace).where(LinkPlace.item_id.in_(changed)))
        _write(uow, settings, {row.id: row.tenant_id for row in rows if row.id in changed}, wanted)
        _forget(uow, before)
    return sum(map(len, wanted.values()))


def settle(uow: UnitOfWork, *, settings: Settings, link_ids: Iterable[int]) -> None:
    """Bring what links are to their units in line with what is known of these addresses; needs the system scope."""
    ids = list(link_ids)
    if not ids:
        return
    query = (
        select(
            LinkPlace.tenant_id, LinkPlace.item_id, LinkPlace.position, LinkPlace.result, CheckedLink.verdict,
            CheckedLink.host, CheckedLink.final_host,
        )
        .join(CheckedLink, CheckedLink.id == LinkPlace.link_id)
        .where(LinkPlace.link_id.in_(ids))
        .order_by(LinkPlace.tenant_id, LinkPlace.item_id, LinkPlace.position)
    )  # fmt: skip
    rows = uow.session.execute(query).all()
    domains = domains_of(uow, {row.tenant_id for row in rows})
    inner = split_list(settings.linkcheck_inner_hosts)
    changes = []
    for row in rows:
        found = result_of(
            row.verdict, host=row.host, final_host=row.final_host, domains=domains[row.tenant_id] | inner
        )  # fmt: skip
        if found != row.result:
            changes.append({"t": row.tenant_id, "i": row.item_id, "p": row.position, "found": found})
    if changes:
        # The table itself: the keys of the rows are bound, not those of objects.
        table = LinkPlace.__table__
        here = (table.c.tenant_id == bindparam("t")) & (table.c.item_id == bindparam("i"))
        statement = update(LinkPlace).where(here, table.c.position == bindparam("p"))
        uow.session.connection().execute(statement.values(result=bindparam("found"), since=uow.now), changes)


def _published(uow: UnitOfWork, item_ids: Sequence[int]) -> Sequence[AnyRow]:
    query = (
        select(
            Item.id, Item.tenant_id, VersionText.body_html, Item.is_reprint,
            ItemVersion.content["source_url"].astext.label("source_url"),
        )
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(VersionText, VersionText.version_id == Item.current_version_id)
        .where(Item.id.in_(item_ids), Item.is_public)
        .order_by(Item.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _wanted(row: AnyRow, settings: Settings) -> list[tuple[Link, Target | None]]:
    """The links of an item with where they lead, None for those that are no addresses.

    Of a reprint the public reads where it comes from. The old address of a migrated item is a record, not a link to
    be kept alive: the old site has usually been shut down.
    """
    links = links_in(row.body_html or "")
    if row.is_reprint and row.source_url:
        links.append(Link("source", _SOURCE, row.source_url))
    found: list[tuple[Link, Target | None]] = []
    for link in links:
        try:
            target = target_of(link.written, base_url=settings.base_url, page=f"/items/{row.id}")
        except Malformed:
            found.append((link, None))
            continue
        if target is not None:
            found.append((link, target))
    return found[:MOST_LINKS]


def _write(
    uow: UnitOfWork,
    settings: Settings,
    units: Mapping[int, int],
    wanted: Mapping[int, Sequence[tuple[Link, Target | None]]],
) -> None:
    targets = {target.address: target for item_id in units for _, target in wanted[item_id] if target is not None}
    ids = _known(uow, targets)
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant_id, "item_id": item_id, "position": position, "kind": link.kind, "words": link.words,
            "written": link.written, "link_id": ids[target.address] if target else None,
            "result": "waiting" if target else "malformed", "since": uow.now,
        }
        for item_id, tenant_id in units.items()
        for position, (link, target) in enumerate(wanted[item_id])
    ]  # fmt: skip
    if rows:
        uow.add_rows(LinkPlace, rows)
        own = select(CheckedLink).where(CheckedLink.id.in_(ids.values()), CheckedLink.host == "")
        look_up(uow, uow.session.scalars(own.order_by(CheckedLink.id)).all())
        settle(uow, settings=settings, link_ids=ids.values())


def _known(uow: UnitOfWork, targets: Mapping[str, Target]) -> dict[str, int]:
    """Address → its row, made where there is none."""
    if not targets:
        return {}
    values = [
        {
            "address": address, "host": target.host, "verdict": "waiting", "words": "", "final_host": "",
            "failed_days": 0, "gone_days": 0, "due_at": uow.now if target.host else None,
            "target_item_id": None if target.host else item_named(address),
        }
        for address, target in sorted(targets.items())
    ]  # fmt: skip
    uow.session.execute(upsert(CheckedLink).on_conflict_do_nothing(), values)
    query = select(CheckedLink.address, CheckedLink.id).where(CheckedLink.address.in_(targets))
    return {row.address: row.id for row in uow.session.execute(query)}


def _forget(uow: UnitOfWork, link_ids: Iterable[int]) -> None:
    """Remove addresses that no item links to any more."""
    unused = ~exists().where(LinkPlace.link_id == CheckedLink.id)
    uow.session.execute(
        delete(CheckedLink)
        .where(CheckedLink.id.in_(list(link_ids)), unused)
        .execution_options(synchronize_session=False)
    )
