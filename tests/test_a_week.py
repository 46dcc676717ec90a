"""A week of a county: old items on Monday, paper and screen on Tuesday, a merger on Wednesday, a night call, a recount.

Short with the suite; `make prove` moves 20,000 items in.
"""

import re
from collections.abc import Sequence
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from gongkai.accounts.permissions import Role
from gongkai.publishing.models import Item
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.steps import DEFAULT_STEPS
from gongkai.run.modules import MODULES
from gongkai.tenancy.models import Tenant
from gongkai.workers.outbox import drain
from tests.admin.reorganising import answer_page, begun, press
from tests.admin.test_reorganisation import run
from tests.conftest import AdjustableClock
from tests.drills import recount
from tests.factories.items import draft, reviewed, submitted, work_off
from tests.factories.world import World, add_person
from tests.publishing.emergencies import found, removed
from tests.publishing.imports.lists import row, text_list
from tests.publishing.pages import Person, version_of
from tests.publishing.signing.paper import APPROVER, CLERK, SECOND, printed_code, sheet_form, staffed
from tests.test_reliability import assert_sound

UNITS = ("hx-mzj", "hx-qsz", "qs-mzj")
LEAKED = "困难群众名单"
LEAKS = 4


def old_items(count: int) -> list[tuple[str, ...]]:
    """So many rows of an old site; a few of them are what should never have been published."""
    rows = [row(number, unit=UNITS[number % len(UNITS)]) for number in range(count - LEAKS)]
    for number in range(count - LEAKS, count):
        unit, column, title, *rest = row(number, unit="hx-mzj")
        rows.append((unit, column, f"{title}（{LEAKED}）", *rest))
    return rows


def numbers_of(world: World) -> dict[int, str]:
    """Index numbers of what the public may read."""
    with world.services.database.unit_of_work() as uow:
        rows = uow.session.execute(select(Item.id, Item.index_number).where(Item.is_public))
        return {item_id: number or "" for item_id, number in rows}


def monday(world: World, office: Person, rows: Sequence[Sequence[str]]) -> None:
    """The prefecture's office moves the old items in; the same list again brings nothing."""
    for brought in (f"新导入{len(rows)}条", "新导入0条"):
        terms = {"cutoff_date": "2025-12-31", "responsible_person": "李四"}
        office.get("/work/migrations/new")
        office.post("/work/migrations/new", {"file": (BytesIO(text_list(rows)), "旧网站.csv"), **terms})
        batch = office.location
        work_off(world.services)
        assert brought in office.get(batch).replace(",", "")
        assert len(numbers_of(world)) == len(rows)


def tuesday(world: World, app: Flask) -> None:
    """One item is decided on screen, the other signed on paper and checked by the second clerk."""
    on_screen, on_paper = (
        reviewed(world, title="关于发放春节慰问金的通知"),
        reviewed(world, title="关于临时救助标准的通知"),
    )
    approver, clerk, second = (Person(app, world, login) for login in (APPROVER, CLERK, SECOND))
    page = approver.get(f"/work/items/{on_screen}")
    approver.post(f"/work/items/{on_screen}/approve", {"version": version_of(page), "decision": "agree"})
    form = sheet_form(world, printed_code(clerk, on_paper), APPROVER, signed_date="2026-03-24")
    clerk.get(f"/work/items/{on_paper}/paper-signature")
    clerk.post(f"/work/items/{on_paper}/paper-signature", form)
    with world.services.database.unit_of_work() as uow:
        world.actor(uow, CLERK)
        signature = uow.session.scalars(select(PaperSignature.id)).one()
    page = second.get(f"/work/signatures/{signature}")
    second.post(f"/work/signatures/{signature}/confirm", {"version": version_of(page)} if "version" in page else {})
    work_off(world.services)
    assert {on_screen, on_paper} <= numbers_of(world).keys()


def wednesday(world: World, admin: FlaskClient) -> None:
    """Two bureaus become one; what waits in them goes along, what is public stays where it is."""
    draft(world, "qs-mzj", title="青石草稿")
    submitted(world, "hx-mzj", title="和溪送审")
    known = numbers_of(world)
    plan = begun(admin, "merge", "和溪县民政局\n青石县民政局", "州财政局", effective_date="2026-03-25")
    answer_page(admin, f"{plan}/work", {"passes_decided": "1"})
    assert "合并方案已执行" in press(admin, plan, "confirm")
    work_off(world.services)
    assert numbers_of(world) == known
    with world.services.database.system_scope("test") as uow:
        passed = uow.session.scalars(
            select(Item.title).where(Item.tenant_id == world.units["yl-czj"], Item.state == "draft")
        ).all()
        states = uow.session.scalars(select(Tenant.status).where(Tenant.code.in_(("hx-mzj", "qs-mzj")))).all()
    assert sorted(passed) == ["和溪送审", "青石草稿"]
    assert states == ["abolished", "abolished"]


def at_night(world: World, duty: Person, client: FlaskClient) -> None:
    """A leaked list is found by its words and gone before any job runs."""
    lines = found(duty, LEAKED)
    assert len(lines) == LEAKS
    removed(duty, LEAKED, pick=list(lines))
    page = client.get(f"/search?q={LEAKED}").get_data(as_text=True)
    assert not re.findall(r'href="/items/\d+"', page)
    work_off(world.services)


@pytest.mark.parametrize("count", [40, pytest.param(20_000, marks=pytest.mark.prove)])
def test_a_week_of_a_county(
    world: World, app: Flask, client: FlaskClient, clock: AdjustableClock, superuser: Engine, count: int
) -> None:
    staffed(world, DEFAULT_STEPS)
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "yl-duty_officer", "yl", Role.DUTY_OFFICER)
    rows = old_items(count)
    monday(world, Person(app, world, "yl-supervisor"), rows)
    clock.advance(days=1)
    tuesday(world, app)
    clock.advance(days=1)
    wednesday(world, world.sign_in(client, "yl-prefecture_admin"))
    clock.advance(hours=14)
    at_night(world, Person(app, world, "yl-duty_officer"), client)
    clock.advance(days=1, hours=10)

    while drain(world.services, MODULES):
        pass  # Comparing so many texts gives way to everything else, and outlasts one run of the worker.
    assert_sound(world)
    assert "统计数与信息一致" in run(world, "counts", "verify")
    assert "个单位的版本链完整" in run(world, "audit", "verify")
    with superuser.connect() as connection:
        assert recount(connection, world.services.settings.data_directory / "files") == []
    with world.services.database.system_scope("test") as uow:
        by_state = dict(
            uow.session.execute(
                select(Item.state, func.count()).where(Item.entry_route == "migrated").group_by(Item.state)
            ).all()
        )
    assert by_state == {"published": count - LEAKS, "taken_down": LEAKS}
    public = numbers_of(world)
    assert len(public) == count - LEAKS + 2
    for item_id, number in list(public.items())[:: max(len(public) // 20, 1)]:
        assert client.get(f"/items/{item_id}").status_code == 200
        assert client.get(f"/index/{number}").status_code == 302
