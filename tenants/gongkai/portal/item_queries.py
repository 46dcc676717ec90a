"""What the public reads of items: the current version, earlier ones, files, numbers. Always in the public scope."""

from collections.abc import Sequence
from typing import NoReturn

from sqlalchemy import select, text

from gongkai.catalog.models import IndexNumber
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.portal.ended import DisplayEnded
from gongkai.portal.errors import TakenDown
from gongkai.portal.unit_queries import SUCCESSORS, TRAIL
from gongkai.publishing.emergency.locks import hidden_files
from gongkai.publishing.lifecycle.display import has_ended
from gongkai.publishing.models import Item, ItemVersion
from gongkai.tenancy.models import Tenant

RELATED = """(SELECT jsonb_agg(jsonb_build_array(o.id, o.title, o.published_at, l.item_id = o.id, l.kind)
        ORDER BY o.published_at DESC, o.id DESC)
        FROM (SELECT k.item_id, k.item_id AS other, k.kind FROM item_link AS k
                WHERE k.tenant_id = i.tenant_id AND k.target_id = i.id
            UNION ALL SELECT k.item_id, k.target_id, k.kind FROM item_link AS k
                WHERE k.tenant_id = i.tenant_id AND k.item_id = i.id) AS l
        JOIN item AS o ON o.id = l.other AND o.is_public)"""
# One statement a page: the version shown, its unit with the name of the document's day, and the list of versions.
_ITEM = """
SELECT i.id, i.tenant_id, i.published_at, i.recorded_at, i.current_version_id, i.index_number,
    i.display_until, i.valid_until, i.validity AS validity_now,
    (SELECT d.id FROM item AS d WHERE d.id = i.decision_item_id AND d.is_public) AS decision_id,
    v.id AS version_id, v.version, v.content, v.published_at AS version_at, x.body_html, x.erased_at,
    t.code AS unit_code, t.official_name, t.short_name, t.aliases, t.status, t.abolished_date, t.contact,
    c.code AS column_code, c.name AS column_name, c.part, c.description AS column_description,
    (SELECT p.official_name FROM tenant_period AS p WHERE p.tenant_id = i.tenant_id
        AND (p.valid_to IS NULL OR p.valid_to > coalesce(i.formed_date, CAST(i.published_at AS date)))
        ORDER BY p.valid_from LIMIT 1) AS name_then,
    (SELECT jsonb_agg(jsonb_build_array(o.version, o.published_at, o.content -> 'change_kind',
        o.content -> 'change_reason', o.content -> 'validity') ORDER BY o.version)
        FROM item_version AS o WHERE o.item_id = i.id) AS versions,
    (SELECT g.content FROM disclosure_guide AS g WHERE g.tenant_id = i.tenant_id AND g.effective_date <= :today
        ORDER BY g.version DESC LIMIT 1) AS guide,
    {related} AS related, {trail} AS trail, {successors} AS successors,
    (SELECT jsonb_agg(e.digest) FROM emergency_block AS e
        WHERE e.tenant_id = i.tenant_id AND e.kind = 'hidden_file') AS hidden_files
FROM item AS i
JOIN item_version AS v ON v.item_id = i.id AND {which}
LEFT JOIN version_text AS x ON x.version_id = v.id
JOIN tenant AS t ON t.id = i.tenant_id
JOIN content_column AS c ON c.id = i.column_id
WHERE i.id = :item_id AND i.is_public
"""
_CURRENT = text(_ITEM.format(related=RELATED, trail=TRAIL, successors=SUCCESSORS, which="v.id = i.current_version_id"))
_VERSION = text(_ITEM.format(related=RELATED, trail=TRAIL, successors=SUCCESSORS, which="v.version = :version"))
_RELATED_TO = text(
    f"SELECT i.id, {RELATED} AS related FROM item AS i"  # noqa: S608 - put together from constants of this module
    " WHERE i.id = ANY (CAST(:item_ids AS bigint[])) AND i.is_public"
)


def shown_item(uow: UnitOfWork, *, item_id: int, version: int | None = None) -> AnyRow:
    """A public item with its current version, or with an earlier one. Columns as `_ITEM`.

    Raises:
        NotFound: when there is no such item or version, or it was never public.
        TakenDown: when it was public.
    """
    values = {"item_id": item_id, "version": version, "today": shanghai_date(uow.now)}
    found = uow.session.execute(_CURRENT if version is None else _VERSION, values).one_or_none()
    if found is None:
        _refuse(uow, item_id)
    return found


def related_to(uow: UnitOfWork, *, item_ids: Sequence[int]) -> dict[int, list[int]]:
    """Public item → the public items that it interprets or that interpret it, for those of the items that have any."""
    rows = uow.session.execute(_RELATED_TO, {"item_ids": list(item_ids)})
    return {row.id: [entry[0] for entry in row.related] for row in rows if row.related}


def files_of(uow: UnitOfWork, *, item_id: int) -> Sequence[dict[str, object]]:
    """The files of a public item's current version in their order: name, sha256, size, media_type, hidden.

    Raises:
        NotFound, TakenDown: as `shown_item`.
        DisplayEnded: when its display has ended.
    """
    query = (
        select(Item.tenant_id, ItemVersion.content["attachments"].label("files"), Item.title, Item.display_until)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.id == item_id, Item.is_public)
    )
    found = uow.session.execute(query).one_or_none()
    if found is None:
        _refuse(uow, item_id)
    if has_ended(found.display_until, shanghai_date(uow.now)):
        raise DisplayEnded(found.title, found.display_until)
    hidden = hidden_files(uow, tenant_ids=[found.tenant_id])
    return [{**file, "hidden": (found.tenant_id, file["sha256"]) in hidden} for file in found.files]


def numbered(uow: UnitOfWork, *, number: str) -> Sequence[AnyRow]:
    """Every item that has or had this index number; title and published_at are None for one taken down.

    Rows: item_id, number, given_at, unit_code, unit_name, title, published_at, is_reprint.
    """
    written = number.strip()
    query = (
        select(
            IndexNumber.item_id, IndexNumber.number, IndexNumber.given_at, Tenant.code.label("unit_code"),
            Tenant.official_name.label("unit_name"), Item.title, Item.published_at, Item.is_reprint,
        )
        .join(Tenant, Tenant.id == IndexNumber.tenant_id)
        .outerjoin(Item, (Item.id == IndexNumber.item_id) & Item.is_public)
        .where(IndexNumber.number.in_({written, written.upper()}))
        .order_by(Tenant.sort_order, IndexNumber.item_id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def _refuse(uow: UnitOfWork, item_id: int) -> NoReturn:
    """Tell apart what was public once; the register of numbers is open to everybody, the item is not."""
    given = uow.session.execute(
        select(IndexNumber.number, IndexNumber.given_at).where(IndexNumber.item_id == item_id).limit(1)
    ).one_or_none()
    visible = uow.session.scalar(select(Item.id).where(Item.id == item_id, Item.is_public))
    if given is None or visible is not None:
        raise NotFound
    raise TakenDown(given.number, given.given_at)
