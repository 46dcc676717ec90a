"""Emergency takedowns through the office's pages."""

import re
from typing import Any

from sqlalchemy import select

from gongkai.publishing.counts import differences
from gongkai.publishing.emergency.models import EmergencyMeasure
from gongkai.publishing.models import PeriodCount
from tests.factories.world import World
from tests.publishing.pages import Person

CALL = {"caller": "州委网信办 李某", "basis": "《政府信息公开条例》第十四条，网信办电话通知"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PICK = re.compile(r'name="pick" value="([^"]+)"[^>]*?( checked)?(?= aria-label| ?>|>)')


def removed(person: Person, wanted: str, **fields: Any) -> int:
    """Take down at once; returns the id of the case."""
    person.post("/office/emergency/", {"q": wanted, "deed": "take", **CALL, **fields})
    found = re.search(r"/office/emergency/(\d+)$", person.location)
    assert found, person.words
    return int(found[1])


def found(person: Person, wanted: str, **fields: Any) -> dict[str, bool]:
    """Look for something: the lines that could be ticked, and whether each is."""
    person.post("/office/emergency/", {"q": wanted, "deed": "preview", **fields})
    return {value: bool(checked) for value, checked in PICK.findall(person.page_source)}


def ruled(person: Person, world: World, case_id: int, outcome: str, *, status: int = 200, **fields: Any) -> None:
    """Rule on everything of a case."""
    with world.services.database.system_scope("test") as uow:
        ids = uow.session.scalars(select(EmergencyMeasure.id).where(EmergencyMeasure.takedown_id == case_id)).all()
    data = {"measure": ids, "outcome": outcome, "reason": "经核实，内容无误。", **fields}
    person.post(f"/office/emergency/{case_id}/release", data, status)


def counts(world: World, unit: str = "hx-mzj") -> tuple[int, int]:
    """Total and counted of a unit's items; the kept counts agree with the items."""
    with world.services.database.system_scope("test") as uow:
        assert differences(uow) == []
        rows = uow.session.scalars(select(PeriodCount).where(PeriodCount.tenant_id == world.units[unit])).all()
        return sum(row.total for row in rows), sum(row.counted for row in rows)
