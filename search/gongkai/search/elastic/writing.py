"""Sends documents to the indexes, so that an older change never overwrites a newer one.

Each change of a document has an outbox event of its own, committed with it. Its handler draws a version from a sequence
*before* it reads the document: whoever holds a higher version has read later, and so has seen every change whose
handler holds a lower one. The cluster keeps the highest version, of deletions too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gongkai.core.db import AnyRow
from gongkai.core.errors import OutOfReach
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.search.elastic.definition import vector_field
from gongkai.search.elastic.engine import PING_SECONDS, TOO_MANY, WRITE_SECONDS, Busy, Engine
from gongkai.search.elastic.indexes import door, written
from gongkai.search.meaning.models import SearchVector
from gongkai.search.models import REVISION, SearchDocument
from gongkai.search.terms import terms_of, without_quotes
from gongkai.tenancy.models import Tenant

Action = tuple[dict[str, Any], dict[str, Any] | None]
"""Header and source of what is written; without a source it is a deletion."""
MOST_BYTES = 4 * 1024 * 1024
"""Size of a request beyond which the next one begins."""
_ANSWER = "errors,items.*.status,items.*.error,items.*._id"
_CONFLICT = 409
_LONGEST_REASON = 300
_LATER = {403, 404, 408, 502, 503, 504}
"""Answers of an index that is full, missing, overloaded or incomplete: the same document is taken another time."""


class DocumentRefused(Exception):
    """The cluster will never take this document as it is."""


def mirror(uow: UnitOfWork, engine: Engine, item_ids: Sequence[int]) -> None:
    """Bring these items in line with their documents, in every index that is in use or being built.

    Raises:
        OutOfReach: when the cluster does not take them now.
        DocumentRefused: when it will not take one of them.
    """
    names = written(uow)
    if not names:
        return
    with engine.answering():
        # A frozen cluster is found out sooner than by a large request.
        engine.within(PING_SECONDS).info()
    send(engine, list(map(door, names)), actions(uow, item_ids))


def actions(uow: UnitOfWork, item_ids: Sequence[int]) -> list[Action]:
    """What to write for these items."""
    version = uow.session.scalar(REVISION)
    query = select(
        SearchDocument.item_id, SearchDocument.revision, SearchDocument.tenant_id, SearchDocument.column_code,
        SearchDocument.year, SearchDocument.subject, SearchDocument.genre, SearchDocument.validity,
        SearchDocument.file_types, SearchDocument.published_at, SearchDocument.grams, SearchDocument.number_keys,
        SearchDocument.title_folded, SearchDocument.shown, Tenant.official_name,
    ).join(Tenant, Tenant.id == SearchDocument.tenant_id).where(SearchDocument.item_id.in_(item_ids))  # fmt: skip
    rows = {row.item_id: row for row in uow.session.execute(query)}
    vectors = _vectors(uow, item_ids)
    made: list[Action] = []
    for item_id in sorted(set(item_ids)):
        target = {"_id": str(item_id), "version": version, "version_type": "external"}
        if item_id in rows:
            made.append(({"index": target}, _source(rows[item_id]) | vectors.get(item_id, {})))
        else:
            made.append(({"delete": target}, None))
    return made


def send(engine: Engine, targets: Sequence[str], made: Sequence[Action]) -> None:
    """Write to each of the targets, request by request.

    Raises:
        OutOfReach, DocumentRefused: see `mirror`.
    """
    for body in _requests(made):
        for target in targets:
            with engine.answering():
                answer = engine.within(WRITE_SECONDS).bulk(
                    index=target, operations=body, require_alias=True, filter_path=_ANSWER
                )
            if answer.get("errors"):
                _judge(answer["items"])


def _vectors(uow: UnitOfWork, item_ids: Sequence[int]) -> dict[int, dict[str, list[float]]]:
    """Item id → fields with its vectors, by every embedding model that has some."""
    query = select(SearchVector.item_id, SearchVector.model_id, SearchVector.vector)
    found: dict[int, dict[str, list[float]]] = {}
    for row in uow.session.execute(query.where(SearchVector.item_id.in_(item_ids))):
        found.setdefault(row.item_id, {})[vector_field(row.model_id)] = row.vector
    return found


def _source(row: AnyRow) -> dict[str, Any]:
    names = fold(f"{row.shown.get('agency', '')} {row.official_name} {row.shown['document_number']}")
    return {
        "item_id": row.item_id,
        "revision": row.revision,
        "tenant_id": str(row.tenant_id),
        "column_code": row.column_code,
        "year": str(row.year),
        "subject": row.subject,
        "genre": row.genre,
        "validity": row.validity,
        "file_types": row.file_types,
        "published_at": row.published_at.isoformat(),
        "terms": row.grams,
        "names": sorted(set(terms_of(names))),
        "number_keys": row.number_keys,
        "title": without_quotes(row.title_folded),
    }


def _requests(made: Sequence[Action]) -> Iterator[Any]:
    """Bodies of bulk requests in bytes, none much larger than the limit."""
    body = bytearray()
    for header, source in made:
        lines = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (header, source) if line)
        if body and len(body) + len(lines) > MOST_BYTES:
            yield bytes(body)
            body.clear()
        body += lines
    if body:
        yield bytes(body)


def _judge(items: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Refusals among the answers to single documents; that a newer one is there already is none."""
    for item in items:
        [result] = item.values()
        error = result.get("error")
        if error is None or result["status"] == _CONFLICT:
            continue
        reason = f"document {result.get('_id')}: {error.get('type')}: {error.get('reason')}"[:_LONGEST_REASON]
        if result["status"] == TOO_MANY:
            raise Busy(reason)
        raise OutOfReach(reason) if result["status"] in _LATER else DocumentRefused(reason)
