"""The prefecture of the year: its bodies, the columns that they keep, and somebody in every post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Engine, update

from gongkai.accounts.permissions import Role
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import provision_columns
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, create_tenant
from tests.conftest import AdjustableClock
from tests.factories.world import World, add_person

OFFICE = "yl"
OPENED = date(2025, 1, 1)
"""The day on which all columns were opened."""
MAIN, KEY, MONTHLY, NEWS = "main", "key", "monthly", "news"
KEY_GROUP = "fiscal_funds"
_AGENCY = {MAIN: "gsgg", KEY: "czys", MONTHLY: "tjxx", NEWS: "gzdt"}
_UTILITY = {MAIN: "tgxx", KEY: "jgsf", MONTHLY: "fwxx"}
_KEPT = {
    MAIN: {"rule_type": "other", "update_period": "event", "key_area_group": ""},
    KEY: {"rule_type": "other", "update_period": "event", "key_area_group": KEY_GROUP},
    MONTHLY: {"rule_type": "other", "update_period": "monthly", "key_area_group": ""},
    NEWS: {"rule_type": "news", "update_period": "event", "key_area_group": ""},
}
TASKS = {"county": 3, "bureau": 2, "township": 2, "utility": 1}
_NAMES = (
    "发改委", "教育局", "科技局", "工信局", "民政局", "财政局",
    "人社局", "住建局", "交通局", "水利局", "文旅局", "卫健委",
)  # fmt: skip
_POSTS = (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Body:
    """A body with a monthly task.

    Attributes:
        group: what kind of body it is, as in TASKS; `area`: code of its county, empty for the office's own.
    """

    code: str
    name: str
    group: str
    area: str = ""

    @property
    def task(self) -> int:
        """Items due each month."""
        return TASKS[self.group]

    @property
    def columns(self) -> dict[str, str]:
        """Purpose → code of the columns it keeps; a few bureaus report news."""
        if self.group == "utility":
            return _UTILITY
        news = self.group == "bureau" and int(self.code[1:]) % 8 == 4
        return {purpose: code for purpose, code in _AGENCY.items() if purpose != NEWS or news}


def bodies(number: int) -> tuple[Body, ...]:
    """So many bodies in official order: of twenty, twelve bureaus, a county with five townships, two companies."""
    scale = number // 20
    found = [Body(f"b{place}", f"{_NAMES[place % 12]}{place // 12 or ''}", "bureau") for place in range(12 * scale)]
    found += [Body(f"u{place}", f"供水公司{place}", "utility") for place in range(2 * scale)]
    for county in range(scale):
        found.append(Body(f"c{county}", f"清溪{county}县", "county"))
        found += [Body(f"t{county}x{place}", f"石坝{county}{place}镇", "township", f"c{county}") for place in range(5)]
    return tuple(found)


_KINDS = {
    "bureau": (TenantType.BUREAU, "prefecture"),
    "utility": (TenantType.PUBLIC_UTILITY, "prefecture"),
    "county": (TenantType.COUNTY_GOVERNMENT, "county"),
    "township": (TenantType.TOWNSHIP, "township"),
}


def make_prefecture(services: Services, owner: Engine, clock: AdjustableClock, found: Sequence[Body]) -> World:
    """Set it up on New Year's Day of 2025: bodies, columns, people."""
    clock.now = datetime(2025, 1, 1, 1, tzinfo=UTC)
    world = World(services)
    with services.database.system_scope("test prefecture") as uow:
        _unit(uow, world, OFFICE, "云岭州", TenantType.PREFECTURE_GOVERNMENT, "prefecture", None, 0)
        for role in (Role.SUPERVISOR, Role.PREFECTURE_ADMIN):
            add_person(uow, world, f"{OFFICE}-{role}", OFFICE, role)
        add_person(uow, world, f"{OFFICE}-leader", OFFICE, Role.SUPERVISOR)
        for order, body in enumerate(found, 1):
            _unit(uow, world, body.code, body.name, *_KINDS[body.group], body.area or OFFICE, order)
            for role in (*_POSTS, *([Role.SUPERVISOR] if body.group == "county" else [])):
                add_person(uow, world, f"{body.code}-{role}", body.code, role)
    with owner.begin() as connection:
        connection.execute(update(ContentColumn).values(active=False))
        for body in found:
            for purpose, code in body.columns.items():
                mine = (ContentColumn.tenant_id == world.units[body.code], ContentColumn.code == code)
                done = connection.execute(
                    update(ContentColumn).where(*mine).values(active=True, accepts_items=True, **_KEPT[purpose])
                )
                assert done.rowcount == 1, (body, code)
    return world


def _unit(
    uow: UnitOfWork, world: World, code: str, name: str, kind: TenantType, level: str, parent: str | None, order: int
) -> None:
    official = f"{name}人民政府" if "government" in kind.value or kind is TenantType.TOWNSHIP else f"云岭州{name}"
    new = NewTenant(
        code=code, official_name=official, short_name=name, tenant_type=kind, level=level, sort_order=order * 10,
        established_date=date(2015, 1, 1), parent_id=world.units[parent] if parent else None,
        area_code=f"5399{order:02d}",
    )  # fmt: skip
    world.units[code] = create_tenant(uow, new=new).id
    provision_columns(uow, tenant_id=world.units[code])
