"""What a unit names as the result of a task: an item on this platform is checked, a page elsewhere kept as said."""

import re
from html import escape
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from gongkai.catalog.models import ContentColumn, IndexNumber
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.supervision.addresses import read_address
from gongkai.supervision.assignments.models import Assignment

_ITEM = re.compile(r"/items/(\d{1,18})/?")
_NUMBER = re.compile(r"/index/(.+)")
_DEEPEST = 4


def own_item(uow: UnitOfWork, *, task: Assignment, tenant_id: int, link: str, base_url: str) -> Item | None:
    """The public item of a unit that an index number or an address names; None for an address elsewhere.

    Raises:
        Invalid: on `link`, when it is no address and no number of this unit, or the item is another's, not public, not
            in the column that the task names, or, for a repost, neither marked as a reprint that
            names the original nor under its title.
    """
    path = _path_here(link, base_url)
    if path is None:
        faults: list[Fault] = []
        read_address(link, field="link", label="办结信息", faults=faults)
        if faults:
            raise Invalid([_fault("办结信息不是有效的索引号或者网址", "请填写本单位已公开信息的索引号或者网址")])
        return None
    item = _named(uow, tenant_id, path)
    if item is None or item.revises_id is not None or not item.is_public:
        raise Invalid([_fault("没有找到这条已公开的信息", "请核对索引号或者网址，信息发布后再填写")])
    if item.tenant_id != tenant_id:
        raise Invalid([_fault("这条信息不是本单位公开的", "请填写本单位已公开信息的索引号或者网址")])
    _expect_column(uow, task, item)
    if task.kind == "repost" and not _is_repost(task, item):
        raise Invalid(
            [_fault("这条信息的标题与转载任务不同，也没有标明转载并附原文网址", "请核对是否为转载的信息，或者更正标题")]
        )
    return item


def _path_here(link: str, base_url: str) -> str | None:
    """A path of this platform, `/items/5` or `/index/<number>`; a bare number is one of these; None for elsewhere."""
    if _ITEM.fullmatch(link):
        return link
    if "://" not in link:
        return f"/index/{link}"
    try:
        parts, own = urlsplit(link), urlsplit(base_url)
    except ValueError:
        return None
    return parts.path if parts.netloc.casefold() == own.netloc.casefold() else None


def _named(uow: UnitOfWork, tenant_id: int, path: str) -> Item | None:
    if found := _ITEM.fullmatch(path):
        return uow.session.get(Item, int(found[1]))
    if (found := _NUMBER.fullmatch(path)) is None:
        return None
    number = unquote(found[1]).strip()
    query = select(IndexNumber.item_id).where(IndexNumber.number == number)
    # The same number can be an older body's too; the unit's own goes first.
    query = query.order_by((IndexNumber.tenant_id == tenant_id).desc(), IndexNumber.id).limit(1)
    item_id = uow.session.scalar(query)
    return None if item_id is None else uow.session.get(Item, item_id)


def _expect_column(uow: UnitOfWork, task: Assignment, item: Item) -> None:
    column = uow.session.get(ContentColumn, item.column_id)
    for _ in range(_DEEPEST):
        if not task.column_code or (column is not None and column.code == task.column_code):
            return
        column = uow.session.get(ContentColumn, column.parent_id) if column and column.parent_id else None
    raise Invalid([_fault(f"这条信息不在“{task.column_name}”栏目", "请将信息发布到任务要求的栏目后再填写")])


def _is_repost(task: Assignment, item: Item) -> bool:
    marked = item.is_reprint and _names(item, task.source_url)
    return marked or _bare(item.title) == _bare(task.title)


def _names(item: Item, original: str) -> bool:
    """Whether an item came from a page, or its text has the page's address, whatever scheme it is written with."""
    address = original.partition("://")[2].rstrip("/")
    source = item.source_url.partition("://")[2].rstrip("/")
    return bool(address) and (source == address or escape(address) in item.body_html)


def _bare(title: str) -> str:
    return re.sub(r"[\W_]+", "", fold(title))


def _fault(problem: str, remedy: str) -> Fault:
    return Fault("link", problem, remedy)
