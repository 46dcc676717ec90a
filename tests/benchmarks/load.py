"""Bulk load by COPY as the owner role, with row-level security lifted for it and forced again afterwards."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from multiprocessing import get_context
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url

from gongkai.catalog.column_templates import template_for
from gongkai.core.db import Base
from tests.benchmarks.plan import ESTABLISHED, MONTHS, NOW, Unit, publishing_units
from tests.benchmarks.rows import Place, Row, Tables, add_items, prepared
from tests.factories.world import password_hash

ITEMS_A_BATCH = 2_500
CONTACT = {"phone": "0999-8123456", "address": "和溪县人民路1号", "office_name": "政务公开办公室"}
NOTE = "按照《中华人民共和国政府信息公开条例》的规定，本机关依法、及时、准确地公开政府信息。"
GUIDE = CONTACT | {
    "postcode": "650000", "fax": "0999-8123457", "email": "gongkai@example.cn",
    "hours": ["周一至周五 9:00—12:00，14:00—17:30"], "online_url": "",
    "reading_places": [{"name": "县档案馆", "address": "人民路2号", "hours": "工作日"}],
    "request_channels": [{"kind": "mail", "detail": "信封注明“政府信息公开申请”。"}],
    "classification_note": NOTE, "arrangement_note": NOTE, "access_note": NOTE, "proactive_scope": NOTE * 3,
    "request_note": NOTE * 4, "fee_note": NOTE, "supervision_note": NOTE, "remedies_note": NOTE * 2,
}  # fmt: skip
SITE = {
    "name": "云岭州政府信息公开平台", "short_name": "云岭公开", "sponsor": "云岭州人民政府办公室",
    "operator": "云岭州政务公开办公室", "phone": "0999-8120000", "site_code": "5300000001", "domain": "yl.example.cn",
}  # fmt: skip
SUPERVISOR = "supervisor"
ROLES = ("contributor", "confidentiality_reviewer", "approver")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item that waits for approval, and who may approve it."""

    item_id: int
    tenant_id: int
    approver_id: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that are loaded together, with their columns and the id of the first item of each."""

    url: str
    units: Sequence[tuple[Unit, Sequence[Place], int]]


_REVIEWS = """
INSERT INTO item_step (
    tenant_id, item_id, action, step, from_state, to_state, actor_id, actor_name, author_ids, opinion, at)
SELECT i.tenant_id, i.id, 'pass_review', 'confidentiality_review', 'in_review', 'in_approval',
    i.tenant_id * 10 + %(reviewer)s, '审查员', '{}', '同意', i.published_at
FROM item AS i
WHERE i.state = 'published' AND NOT EXISTS (SELECT FROM item_step AS s WHERE s.item_id = i.id)
"""
"""What has been published was reviewed: without a record of that, each item would be a finding of its own."""


def connect(url: str, **options: Any) -> psycopg.Connection[Any]:
    """A bare connection for an SQLAlchemy address."""
    found = make_url(url)
    return psycopg.connect(
        host=str(found.query["host"]), port=5432, user=found.username, password=found.password,
        dbname=found.database, options="-c timezone=Asia/Shanghai", prepare_threshold=None, **options,
    )  # fmt: skip


def load(url: str, units: Sequence[Unit], *, prepare: int, jobs: int, filled: bool = False) -> list[Prepared]:
    """Fill the empty database at `url` (owner role); returns `prepare` items that wait for approval.

    `jobs` processes write the items, each unit's in one of them, so that hash chains are whole. One that is `filled`
    gets only items that wait.
    """
    columns, rows = _columns(units)
    with connect(url, autocommit=True) as connection, _lifted(connection):
        if not filled:
            for table, listed in (_bodies(units) | {"content_column": rows}).items():
                copy(connection, table, listed)
            with _without_index(connection, "ix_search_document_grams"):
                terms = _load_items(url, units, columns, jobs)
            copy(connection, "search_gram", [{"gram": term, "documents": number} for term, number in terms.items()])
        connection.execute(_REVIEWS, {"reviewer": ROLES.index("approver")})
        waiting = _prepare(connection, units, columns, prepare)
        _advance_sequences(connection)
        connection.execute("VACUUM ANALYZE")
    return waiting


def copy(connection: psycopg.Connection[Any], table: str, rows: Sequence[Row]) -> None:
    """Write rows that all have the same columns."""
    if not rows:
        return
    names = list(rows[0])
    packed = [name for name in names if isinstance(Base.metadata.tables[table].columns[name].type, JSONB)]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor().copy(statement) as target:
        for row in rows:
            shown = row | {name: Jsonb(row[name]) for name in packed if row[name] is not None}
            target.write_row([shown[name] for name in names])


def forced(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables whose owner is under row-level security too."""
    query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity ORDER BY relname"
    return [name for (name,) in connection.execute(query)]


@contextmanager
def _lifted(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """COPY is refused where row-level security holds for its role: lift it, force it again, and see that it holds."""
    tables = forced(connection)
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    try:
        yield
    finally:
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    if forced(connection) != tables:
        raise RuntimeError("row-level security is not forced again on every table")


@contextmanager
def _without_index(connection: psycopg.Connection[Any], index: str) -> Iterator[None]:
    """Build one index at the end instead of row by row."""
    made = connection.execute("SELECT pg_get_indexdef(%s::regclass)", [index]).fetchall()[0][0]
    connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute(made)


def _bodies(units: Sequence[Unit]) -> dict[str, list[Row]]:
    """Units, their periods and guides, people and their posts, findings, the site."""
    tables = Tables()
    for unit in units:
        _add_unit(tables, unit)
        for place, role in enumerate(ROLES):
            _add_person(tables, unit.id * 10 + place, f"{unit.code}-{role}", unit.id, role)
    _add_person(tables, 1, SUPERVISOR, 1, SUPERVISOR)
    site = {"key": "site", "value": SITE, "changed_by": None, "changed_at": NOW, "reason": ""}
    tables.add("site_setting", site)
    return tables.rows


def _add_unit(tables: Tables, unit: Unit) -> None:
    shared = {
        "parent_id": unit.parent_id, "tenant_type": unit.tenant_type.value, "level": unit.level,
        "official_name": unit.official_name, "short_name": unit.short_name, "sort_order": unit.id * 10,
    }  # fmt: skip
    today = {
        "id": unit.id, "code": unit.code, "path": unit.path, "sector": None, "aliases": [],
        "pinyin_key": f"unit {unit.id:05d}", "initials": "dw", "uscc": unit.uscc, "area_code": "539900",
        "index_pattern": "USCC_YEAR_SEQ", "vertically_managed": False, "status": "active", "abolished_date": None,
        "contact": CONTACT, "created_at": NOW,
    }  # fmt: skip
    tables.add("tenant", shared | today)
    tables.add(
        "tenant_period", shared | {"tenant_id": unit.id, "valid_from": ESTABLISHED, "valid_to": None, "basis": ""}
    )
    guide = {
        "tenant_id": unit.id, "version": 1, "effective_date": date(2024, 1, 1), "content": GUIDE,
        "published_at": NOW, "published_by": None,
    }  # fmt: skip
    tables.add("disclosure_guide", guide)
    for month in MONTHS[-3:-1]:
        finding = {
            "tenant_id": unit.id, "office_id": 1, "rule_code": "SR-Q1", "problem_class": "PB-QUOTA",
            "period": str(month), "object_type": "", "object_id": 0, "evidence": {}, "state": "open",
            "found_at": NOW, "closed_at": None, "lasting": False, "object_url": "", "found_by": "system",
            "responsible_person": "", "claim": {}, "reopened_count": 0, "false_claim": False,
        }  # fmt: skip
        tables.add("finding", finding)


def _add_person(tables: Tables, number: int, login: str, tenant_id: int, role: str) -> None:
    person = {
        "id": number, "username": login, "name": login, "password": password_hash(), "active": True,
        "fs_uniquifier": login, "must_change_password": False, "failed_logins": 0, "created_at": NOW,
    }  # fmt: skip
    post = {
        "tenant_id": tenant_id, "user_id": number, "role": role, "section": "办公室", "active": True,
        "started_date": ESTABLISHED, "ended_date": None,
    }  # fmt: skip
    tables.add("user_account", person)
    tables.add("membership", post)


def _columns(units: Sequence[Unit]) -> tuple[dict[int, list[Place]], list[Row]]:
    """The columns of each unit that take items, and the rows of all columns."""
    places: dict[int, list[Place]] = {}
    rows: list[Row] = []
    for unit in units:
        known: dict[str, int] = {}
        for position, column in enumerate(template_for(unit.tenant_type)):
            known[column.code] = len(rows) + 1
            above = known.get(column.parent)
            rows.append({
                "id": len(rows) + 1, "tenant_id": unit.id, "parent_id": above, "code": column.code,
                "name": column.name, "level": 1 if above is None else rows[above - 1]["level"] + 1,
                "part": column.part, "statutory_item": column.statutory_item, "update_period": column.update_period,
                "rule_type": column.rule_type, "key_area_group": column.key_area_group, "required": column.required,
                "owner_role": column.owner_role, "responsible_section": "", "description": column.description,
                "sort_order": position * 10, "accepts_items": column.accepts_items, "active": True,
                "template_code": column.code, "created_at": NOW,
            })  # fmt: skip
            if column.accepts_items:
                places.setdefault(unit.id, []).append(Place(len(rows), column))
    return {unit: _used(unit, listed) for unit, listed in places.items()}, rows


def _used(unit_id: int, places: Sequence[Place]) -> list[Place]:
    """A unit's columns by how much it publishes there: some hold most of it, many next to nothing."""
    rng = random.Random(unit_id)
    shuffled = rng.sample(places, len(places))
    return [place for turn, place in enumerate(shuffled) for _ in range(max(1, 12 // (turn + 1)))]


def _load_items(url: str, units: Sequence[Unit], columns: dict[int, list[Place]], jobs: int) -> Counter[str]:
    batches = list(_batches(url, units, columns))
    terms: Counter[str] = Counter()
    if jobs == 1:
        for found in map(_load_batch, batches):
            terms.update(found)
        return terms
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for found in pool.map(_load_batch, batches):
            terms.update(found)
    return terms


def _batches(url: str, units: Sequence[Unit], columns: dict[int, list[Place]]) -> Iterator[Batch]:
    batch: list[tuple[Unit, Sequence[Place], int]] = []
    following, size = 1, 0
    for unit in units:
        batch.append((unit, columns[unit.id], following))
        following, size = following + unit.items, size + unit.items
        if size >= ITEMS_A_BATCH:
            yield Batch(url, batch)
            batch, size = [], 0
    yield Batch(url, batch)


def _load_batch(batch: Batch) -> Counter[str]:
    tables = Tables()
    for unit, columns, first_id in batch.units:
        add_items(tables, unit, columns, first_id)
    with connect(batch.url) as connection:
        for table, rows in tables.rows.items():
            copy(connection, table, rows)
    return tables.terms


def _prepare(
    connection: psycopg.Connection[Any], units: Sequence[Unit], columns: dict[int, list[Place]], count: int
) -> list[Prepared]:
    chosen = publishing_units(units)
    following = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM item").fetchall()[0][0]
    each = -(-count // len(chosen))
    waiting: list[list[Prepared]] = []
    for unit in chosen:
        ids = range(following, following + each)
        author, approver = (unit.id * 10 + ROLES.index(role) for role in ("contributor", "approver"))
        copy(connection, "item", list(prepared(unit, columns[unit.id], ids, author)))
        waiting.append([Prepared(number, unit.id, approver) for number in ids])
        following += each
    return [one for turn in zip(*waiting, strict=True) for one in turn]


def _advance_sequences(connection: psycopg.Connection[Any]) -> None:
    for table in _numbered():
        name = sql.Identifier(table)
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 1)) FROM {}").format(
                sql.Literal(table), name
            )
        )


@cache
def _numbered() -> list[str]:
    """Tables whose ids the database gives."""
    return [
        name for name, table in Base.metadata.tables.items() if "id" in table.columns and table.columns["id"].identity
    ]
