"""The approver's last step as a service call, and its floor: the same rows by bare psycopg in one transaction.

Both write the same things with the same durability. What happens after commit (asking the job store for a drain of
the outbox) belongs to neither.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Role, permissions_of
from gongkai.core.ports import Services
from gongkai.publishing.chain import decide
from tests.benchmarks.floor import Database
from tests.benchmarks.load import Prepared
from tests.benchmarks.plan import NOW, Unit

NAME = "分管领导"
PERIOD, YEAR = "2026-03", 2026
WINDOW = timedelta(days=365)
KEPT = (
    "title", "summary", "document_number", "issuing_agency", "formed_date", "effective_date", "validity",
    "repealed_date", "disclosure_mode", "subject_class", "genre_class", "origin", "is_reprint", "responsible_unit",
    "optional", "original_labels", "source_url", "entry_route", "column_id", "change_kind", "change_reason",
    "display_until", "valid_until", "decision_item_id",
)  # fmt: skip
DAYS = ("formed_date", "effective_date", "repealed_date", "display_until", "valid_until")
LOCK_TOGETHER = "SELECT gongkai_lock_together(%(tenant)s, ARRAY[%(item)s]::bigint[])"
PARTNERS = "SELECT kind, partner_id, partner_title FROM gongkai_partners(%(tenant)s, %(item)s, %(item)s)"
BLOCKED = """
SELECT kind FROM emergency_block WHERE tenant_id = %(tenant)s AND (column_id = %(column)s
    OR kind = 'text' AND digest = %(digest)s OR kind IN ('file', 'hidden_file') AND digest IN
        (SELECT digest FROM attachment WHERE tenant_id = %(tenant)s AND item_id = %(item)s)) LIMIT 1
"""
# The row's lock and what must be known of its unit and column, in one statement.
LOCK_ITEM = f"""
SELECT i.id, i.state, i.step, i.chain_steps, i.author_ids, i.body_html, i.text_digest, i.lock_version, c.rule_type,
    c.key_area_group AS area,
    t.uscc, {", ".join(f"i.{name}" for name in KEPT)}
FROM item AS i JOIN content_column AS c ON c.id = i.column_id JOIN tenant AS t ON t.id = i.tenant_id
WHERE i.id = %(item)s AND i.tenant_id = %(tenant)s FOR UPDATE OF i
"""
ATTACHMENTS = (
    "SELECT filename, digest, size_bytes, media_type FROM attachment WHERE item_id = %(item)s ORDER BY sort_order, id"
)
DUPLICATE = """
SELECT 1 FROM item WHERE tenant_id = %(tenant)s AND is_public AND id <> %(item)s
    AND published_at BETWEEN %(since)s AND %(now)s AND (text_digest = %(digest)s
        OR (document_number = %(number)s AND document_number <> '')) LIMIT 1
"""
LOCK_LEDGER = "SELECT head, length FROM tenant_ledger WHERE tenant_id = %(tenant)s FOR UPDATE"
COUNT = """
INSERT INTO index_counter AS c (tenant_id, year, last_sequence) VALUES (%(tenant)s, %(year)s, 1)
ON CONFLICT (tenant_id, year) DO UPDATE SET last_sequence = c.last_sequence + 1 RETURNING last_sequence
"""
NUMBER = """
INSERT INTO index_number (tenant_id, item_id, number, generated, year, sequence, given_at)
VALUES (%(tenant)s, %(item)s, %(index_number)s, true, %(year)s, %(sequence)s, %(now)s)
"""
VERSION = """
INSERT INTO item_version
    (tenant_id, item_id, version, position, content, previous_hash, hash, published_at, published_by)
VALUES (%(tenant)s, %(item)s, 1, %(position)s, %(content)s, %(head)s, %(hash)s, %(now)s, %(user)s) RETURNING id
"""
TEXT = """
INSERT INTO version_text (version_id, tenant_id, item_id, body_html)
VALUES (%(version)s, %(tenant)s, %(item)s, %(body)s)
"""
UPDATE = """
UPDATE item SET state = 'published', published_at = %(now)s, updated_at = %(now)s, period = %(period)s,
    index_number = %(index_number)s, index_number_seq = %(sequence)s, current_version_id = %(version)s,
    counts_to_quota = %(counts)s, counted_out_reason = %(reason)s, is_news = %(news)s, key_area_group = %(area)s,
    scheduled_at = NULL, step = '', lock_version = lock_version + 2
WHERE id = %(item)s
"""
LEDGER = "UPDATE tenant_ledger SET head = %(hash)s, length = %(position)s WHERE tenant_id = %(tenant)s"
STEPS = """
INSERT INTO item_step
    (tenant_id, item_id, action, step, from_state, to_state, actor_id, actor_name, author_ids, opinion, at)
VALUES (%(tenant)s, %(item)s, 'approve', 'final_approval', 'in_approval', 'approved', %(user)s, %(name)s, %(authors)s,
        '同意。', %(now)s),
    (%(tenant)s, %(item)s, 'publish', '', 'approved', 'published', %(user)s, %(name)s, %(authors)s, '', %(now)s)
"""
AUDIT = """
INSERT INTO audit_event (tenant_id, at, user_id, acting_tenant_id, action, object_type, object_id, detail)
VALUES (%(tenant)s, %(now)s, %(user)s, %(tenant)s, 'item.publish', 'item', %(item)s, '{}')
"""
OUTBOX = """
INSERT INTO outbox_event (kind, object_id, created_at, not_before, attempts)
VALUES ('item.changed', %(item)s, %(now)s, %(now)s, 0)
"""


def actor_for(waiting: Prepared, units: dict[int, Unit]) -> Actor:
    """The approver of the item's unit."""
    roles = frozenset({Role.APPROVER})
    path = units[waiting.tenant_id].path
    return Actor(waiting.approver_id, NAME, waiting.tenant_id, path, roles, permissions_of(roles))


def by_service(services: Services, actor: Actor, waiting: Prepared) -> Callable[[], None]:
    """The product's call."""
    database = replace(services.database, on_commit=())

    def publish() -> None:
        with database.transaction(actor.scope()) as uow:
            decide(uow, actor=actor, item_id=waiting.item_id)

    return publish


def by_hand(database: Database, actor: Actor, waiting: Prepared) -> Callable[[], None]:
    """The floor: every statement written by hand."""
    scope = actor.scope()

    def publish() -> None:
        values: dict[str, Any] = {
            "item": waiting.item_id, "tenant": waiting.tenant_id, "user": actor.user_id, "name": actor.name,
            "now": NOW, "since": NOW - WINDOW, "year": YEAR, "period": PERIOD,
        }  # fmt: skip
        with database.transaction(scope) as connection:
            execute = connection.execute
            execute(LOCK_TOGETHER, values)
            row: Any = execute(LOCK_ITEM, values).fetchone()
            if row.step != row.chain_steps[-1] or actor.user_id in row.author_ids:
                raise RuntimeError("the item does not wait for this approver")
            values |= {"authors": row.author_ids, "digest": row.text_digest, "number": row.document_number}
            values["column"] = row.column_id
            if execute(PARTNERS, values).fetchall():
                raise RuntimeError("the item is linked")
            files = execute(ATTACHMENTS, values).fetchall()
            reason = "工作动态类信息" if row.rule_type == "news" else "转载信息" if row.is_reprint else ""
            if not reason and execute(DUPLICATE, values).fetchone():
                reason = "与本单位十二个月内已发布信息重复"
            ledger: Any = execute(LOCK_LEDGER, values).fetchone()
            if execute(BLOCKED, values).fetchone():
                raise RuntimeError("the office has locked the item")
            sequence = execute(COUNT, values).fetchall()[0].last_sequence
            values |= {
                "sequence": sequence, "index_number": f"{row.uscc}/{YEAR:04d}-{sequence:05d}", "head": ledger.head,
                "position": ledger.length + 1, "reason": reason, "counts": not reason, "body": row.body_html,
                "news": row.rule_type == "news", "area": row.area,
            }  # fmt: skip
            execute(NUMBER, values)
            content = _content(row, values["index_number"], files)
            written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            values["hash"] = hashlib.sha256(ledger.head.encode() + written).hexdigest()
            values["content"] = Jsonb(content)
            values["version"] = execute(VERSION, values).fetchall()[0].id
            for statement in (TEXT, UPDATE, LEDGER, STEPS, AUDIT, OUTBOX):
                execute(statement, values)

    return publish


def _content(row: Any, number: str, files: list[Any]) -> dict[str, Any]:
    dates = {name: getattr(row, name) for name in DAYS}
    return {
        "format": 1, "item": row.id, "version": 1, "recorded_at": NOW.isoformat(), "published_at": NOW.isoformat(),
        "text_sha256": hashlib.sha256(row.body_html.encode()).hexdigest(), "index_number": number,
        "attachments": [
            {"name": file.filename, "sha256": file.digest, "size": file.size_bytes, "media_type": file.media_type}
            for file in files
        ],
        **{name: getattr(row, name) for name in KEPT},
        **{name: day and day.isoformat() for name, day in dates.items()},
    }  # fmt: skip
