"""What the families over single items share: which items are read, their page, words without personal numbers."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from gongkai.core.db import AnyRow
from gongkai.core.text.masking import mask_text
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.evaluation.base import Asked

_PUBLIC = "i.tenant_id = ANY (CAST(:units AS bigint[])) AND i.is_public"
_ASKED = " AND i.id = ANY (CAST(:items AS bigint[]))"


def read_items(uow: UnitOfWork, asked: Asked, sql: str, **values: Any) -> Iterator[AnyRow]:
    """Rows of a query over `item AS i`; its `{scope}` is that of the public items that are asked for."""
    parameters = {"units": asked.unit_ids, **values}
    if asked.items is not None:
        parameters["items"] = list(asked.items)
    yield from uow.session.execute(_query(sql, some=asked.items is not None), parameters)


@cache
def _query(sql: str, *, some: bool) -> TextClause:
    return text(sql.replace("{scope}", _PUBLIC + (_ASKED if some else "")))


def page_of(item_id: int) -> str:
    """The public page of an item."""
    return f"/items/{item_id}"


def masked(words: str) -> str:
    """A title or the name of a file as evidence says it: a finding never repeats a personal number."""
    return mask_text(words, Counter())
