"""The decision that settles whether a document holds: its own item in the platform, found by number or name."""

import re
from collections.abc import Collection, Mapping, Sequence

from gongkai.core.db import AnyRow
from gongkai.core.text.document_numbers import normalise
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.lifecycle import queries
from gongkai.publishing.lifecycle.queries import Marks
from gongkai.tenancy.models import Tenant

_NUMBER = re.compile(r"([\u4e00-\u9fff]{2,30})[〔\[［（(【]((?:19|20)\d{2})[〕\]］）)】]\s*第?0*(\d{1,5})号")
_TITLE = re.compile(r"《([^》]+(?:《[^》]*》[^》]*)*)》")
_ORDERS = re.compile(r"([\u4e00-\u9fff]{2,30}令)第?(\d{1,5})号")
_LONGEST_CODE = 15


def numbers_in(words: str) -> list[str]:
    """Document numbers that may stand in a text; what runs into the code from before is tried shorter and shorter."""
    found: list[str] = []
    for code, year, sequence in _NUMBER.findall(words):
        cut = code[-_LONGEST_CODE:]
        tried = (normalise(f"{cut[start:]}〔{year}〕{sequence}号") for start in range(len(cut) - 1))
        found += [number for number in tried if number]
    for code, sequence in _ORDERS.findall(words):
        found += [number for number in [normalise(f"{code}第{sequence}号")] if number]
    return list(dict.fromkeys(found))


def title_in(words: str) -> str:
    """The title that a text names between its marks, else the text before its number."""
    marked = _TITLE.search(words)
    if marked:
        return marked[1].strip()
    numbered = re.search(r"[（(]", words)
    return (words[: numbered.start()] if numbered else words).strip()


def find_decisions(uow: UnitOfWork, *, tenant_id: int, written: Collection[str]) -> Mapping[str, int]:
    """What is written of decisions → id of the one public item of the unit, or of those above it, that it names."""
    wanted = {words: (numbers_in(words), title_in(words)) for words in written if words.strip()}
    if not wanted:
        return {}
    unit = uow.session.get_one(Tenant, tenant_id)
    marks = Marks(
        document_numbers={number for numbers, _ in wanted.values() for number in numbers},
        titles={title for _, title in wanted.values() if title},
    )
    rows = queries.documents(uow, tenant_ids=[int(part) for part in str(unit.path).split(".")], marks=marks)
    found = {words: _one(rows, numbers, title) for words, (numbers, title) in wanted.items()}
    return {words: item_id for words, item_id in found.items() if item_id is not None}


def _one(rows: Sequence[AnyRow], numbers: Sequence[str], title: str) -> int | None:
    by_number = [row.id for row in rows if row.document_number and row.document_number in numbers]
    same = by_number or [row.id for row in rows if row.title == title]
    return same[0] if len(same) == 1 else None
