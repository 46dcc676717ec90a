"""The rows of one unit's items: published ones with number, version, text and search document, and prepared ones."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from gongkai.catalog.column_templates import TemplateColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.richtext.digest import text_digest
from gongkai.publishing.ledger import GENESIS, link_hash, version_content
from gongkai.publishing.models import Item
from gongkai.search import document
from gongkai.search.store import ALL_DOCUMENTS
from gongkai.search.suggestions.starts import keys_of_title
from tests.benchmarks.plan import MONTHS, NOW, Unit
from tests.benchmarks.texts import KINDS, body_of, title_of

Row = dict[str, Any]
NUMBERED_SHARE = 0.3


@dataclass
class Tables:
    """Rows by table, in the order in which they are loaded, and in how many documents each term occurs."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    terms: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, row: Row) -> None:
        """One more row of a table."""
        self.rows.setdefault(table, []).append(row)


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a unit."""

    id: int
    template: TemplateColumn


def add_items(tables: Tables, unit: Unit, columns: Sequence[Place], first_id: int) -> None:
    """Add all published items of a unit, the oldest first, and its ledger and counters."""
    rng = random.Random(unit.id)
    head, sequences = GENESIS, Counter[int]()
    for position, at in enumerate(_moments(rng, unit.items), start=1):
        year = shanghai_date(at).year
        sequences[year] += 1
        values = _item(rng, unit, rng.choice(columns), first_id + position - 1, at)
        values |= _published(values, unit, at, year, sequences[year])
        content = version_content(Item(**values), 1, values["body_html"], at.isoformat(), [])
        link = link_hash(head, content)
        _add_version(tables, values, content, position, head, link)
        _add_number(tables, values, year)
        _add_document(tables, values, columns)
        head = link
    tables.add("tenant_ledger", {"tenant_id": unit.id, "head": head, "length": unit.items})
    for year, last in sequences.items():
        tables.add("index_counter", {"tenant_id": unit.id, "year": year, "last_sequence": last})


def prepared(unit: Unit, columns: Sequence[Place], ids: Sequence[int], author: int) -> Iterator[Row]:
    """Items of a unit that have passed the review and wait for the approver."""
    rng = random.Random(-unit.id)
    for number in ids:
        row = _item(rng, unit, rng.choice(columns), number, NOW - timedelta(hours=2))
        waits = {"state": "in_approval", "step": "final_approval", "lock_version": 3}
        yield row | waits | {"author_ids": [author], "created_by": author}


def _moments(rng: random.Random, count: int) -> list[datetime]:
    first = datetime.combine(MONTHS[0].first_day, datetime.min.time(), tzinfo=UTC)
    seconds = int((NOW - first).total_seconds()) - 3600
    return sorted(first + timedelta(seconds=rng.randrange(seconds)) for _ in range(count))


def _item(rng: random.Random, unit: Unit, place: Place, number: int, at: datetime) -> Row:
    kind = rng.choice(KINDS)
    title, body = title_of(rng) + kind, body_of(rng)
    day = shanghai_date(at)
    written = f"云政发〔{day.year}〕{rng.randrange(1, 200)}号" if rng.random() < NUMBERED_SHARE else ""
    return {
        "id": number, "tenant_id": unit.id, "column_id": place.id, "revises_id": None, "state": "draft",
        "entry_route": "chain", "lock_version": 1, "title": title, "summary": title.removeprefix("关于")[:60],
        "body_html": body, "document_number": written, "document_number_original": written,
        "issuing_agency": unit.official_name, "formed_date": day, "effective_date": None, "validity": "in_force",
        "repealed_date": None, "disclosure_mode": "proactive", "withheld_reason": "",
        "subject_class": "民政、扶贫、救灾", "genre_class": kind, "origin": "produced", "is_reprint": False,
        "secrecy_cleared": True, "responsible_unit": "办公室",
        "optional": {"keywords": title[2:6], "publication_channels": "政府网站"}, "original_labels": None,
        "author_ids": [], "chain_steps": ["confidentiality_review", "final_approval"], "step": "",
        "check_overrides": {}, "change_kind": None, "change_reason": "",
        "taken_down_reason": "", "counts_to_quota": False, "counted_out_reason": "",
        "is_news": place.template.rule_type == "news", "key_area_group": place.template.key_area_group,
        "text_digest": text_digest(title, body), "source_url": "", "created_by": None, "created_at": at,
        "updated_at": at, "published_at": None, "recorded_at": None, "period": None, "index_number": None,
        "index_number_seq": None, "current_version_id": None,
    }  # fmt: skip


def _published(values: Row, unit: Unit, at: datetime, year: int, sequence: int) -> Row:
    return {
        "state": "published",
        "published_at": at,
        "recorded_at": at,
        "period": str(Period.of(shanghai_date(at))),
        "index_number": f"{unit.uscc}/{year:04d}-{sequence:05d}",
        "index_number_seq": sequence,
        "current_version_id": values["id"],
        "counts_to_quota": not values["is_news"],
        "counted_out_reason": "工作动态类信息" if values["is_news"] else "",
    }


def _add_version(tables: Tables, item: Row, content: Row, position: int, previous: str, link: str) -> None:
    owner = {"tenant_id": item["tenant_id"], "item_id": item["id"]}
    version = {
        "id": item["id"], "version": 1, "position": position, "content": content, "previous_hash": previous,
        "hash": link, "published_at": item["published_at"], "published_by": None,
    }  # fmt: skip
    tables.add("item", item)
    tables.add("item_version", owner | version)
    tables.add("version_text", owner | {"version_id": item["id"], "body_html": item["body_html"], "erased_at": None})


def _add_number(tables: Tables, item: Row, year: int) -> None:
    row = {
        "tenant_id": item["tenant_id"], "item_id": item["id"], "number": item["index_number"], "generated": True,
        "year": year, "sequence": item["index_number_seq"], "given_at": item["published_at"],
    }  # fmt: skip
    tables.add("index_number", row)


def _add_document(tables: Tables, item: Row, columns: Sequence[Place]) -> None:
    """As the indexer would write it: the same builder, from the rows at hand instead of the database's."""
    template = next(place.template for place in columns if place.id == item["column_id"])
    names = {"code": template.code, "name": template.name, "official_name": item["issuing_agency"]}
    shown: Mapping[str, Any] = item | names | {"attachments": []}
    made = document._document(SimpleNamespace(**shown), (item["index_number"],))
    tables.terms.update((ALL_DOCUMENTS, *made["grams"]))
    # Terms are letters and digits: as the text of an array they need no escapes, and take a tenth of the time.
    grams = "{" + ",".join(f'"{term}"' for term in made["grams"]) + "}"
    tables.add("search_document", dict(made) | {"grams": grams})
    for key in sorted(keys_of_title(made["title"])):
        tables.add("search_start", {"key": key, "item_id": made["item_id"]})
