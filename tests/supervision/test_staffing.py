"""Units without a valid 信息员, as the office sees them: since when, for how many working days, and no longer."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Role
from gongkai.accounts.services import add_membership
from gongkai.supervision.staffing import unstaffed_units
from tests.accounts.browsing import at, send
from tests.conftest import AdjustableClock
from tests.factories.world import World, add_person
from tests.supervision.office import Office

ADMIN, WRITER = "hx-mzj-unit_admin", "hx-mzj-contributor"
WORDS = "自2026年3月24日起无信息员（已{}个工作日）"


def listed(world: World, code: str = "hx-mzj", office: str = "hx-supervisor") -> str:
    """What the office is shown of a unit; empty when it is not listed."""
    with world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, office)
        return next((unit.words for unit in unstaffed_units(uow, path=actor.tenant_path) if unit.code == code), "")


def leave(world: World, day: date, login: str = WRITER) -> None:
    """End a person's posts on a day."""
    with world.services.database.system_scope("test") as uow:
        for post in uow.session.scalars(select(Membership).where(Membership.user_id == world.people[login])):
            post.ended_date = day


def test_a_unit_is_shown_after_five_working_days_and_not_before(
    world: World, app: Flask, clock: AdjustableClock
) -> None:
    leave(world, date(2026, 3, 24))
    for day in ("2026-03-23", "2026-03-24", "2026-03-30"):
        clock.now = at(f"{day}T09:00")
        assert listed(world) == ""
    # Tuesday the 24th does not count; the fifth working day after it is the next Tuesday.
    clock.now = at("2026-03-31T09:00")
    assert listed(world) == WORDS.format(5)
    office = Office(app, world, "hx-supervisor")
    page = office.page("/office/")
    # The county's own office of the test world never had one.
    assert "无信息员 2家" in page
    assert f'/office/units/hx-mzj">和溪县民政局</a><span>（{WORDS.format(5)}）' in page
    assert WORDS.format(5) in office.page("/office/units/hx-mzj")
    assert "无信息员（已" not in office.page("/office/units/hx-qsz")
    # 清明 of 2026 is Monday the 6th of April: no working day.
    clock.now = at("2026-04-07T09:00")
    assert listed(world) == WORDS.format(9)


def test_another_office_is_not_told(world: World, clock: AdjustableClock) -> None:
    leave(world, date(2026, 3, 24))
    clock.now = at("2026-04-01T09:00")
    assert listed(world, office="qs-supervisor") == ""
    assert listed(world, office="yl-supervisor") == WORDS.format(6)


def test_a_closed_account_is_no_valid_one_from_the_day_it_was_closed(
    world: World, app: Flask, clock: AdjustableClock
) -> None:
    clock.now = at("2026-03-24T09:00")
    admin = world.sign_in(app.test_client(), ADMIN)
    base = f"/work/people/{world.people[WRITER]}"
    send(admin, f"{base}/active", {"active": "0"}, page=base)
    clock.now = at("2026-03-31T09:00")
    assert listed(world) == WORDS.format(5)
    admin = world.sign_in(app.test_client(), ADMIN)
    send(admin, f"{base}/active", {"active": "1"}, page=base)
    assert listed(world) == ""
    with world.services.database.system_scope("test") as uow:
        assert uow.session.get_one(User, world.people[WRITER]).disabled_at is None


def test_a_new_contributor_takes_the_unit_off_the_list_and_the_last_one_to_go_counts(
    world: World, clock: AdjustableClock
) -> None:
    leave(world, date(2026, 3, 2))
    assert listed(world) == "自2026年3月2日起无信息员（已15个工作日）"
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-mzj-second", "hx-mzj", Role.CONTRIBUTOR)
    assert listed(world) == ""
    leave(world, date(2026, 3, 24), "hx-mzj-second")
    clock.now = at("2026-03-31T09:00")
    assert listed(world) == WORDS.format(5)
    with world.services.database.system_scope("test") as uow:
        add_membership(uow, user_id=world.people[WRITER], tenant_id=world.units["hx-mzj"], roles=[Role.CONTRIBUTOR])
    assert listed(world) == ""


@pytest.mark.parametrize(
    ("day", "words"), [("2026-03-27", ""), ("2026-03-30", "自2026年3月23日起无信息员（已5个工作日）")]
)
def test_a_unit_that_never_had_one_is_without_since_it_was_entered(
    world: World, clock: AdjustableClock, superuser: Any, day: str, words: str
) -> None:
    with superuser.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM membership WHERE role = 'contributor' AND user_id = %(user)s", {"user": world.people[WRITER]}
        )
    clock.now = at(f"{day}T09:00")
    assert listed(world) == words


def test_the_list_is_one_statement_beside_the_calendar(world: World) -> None:
    from tests.plans import watching

    with watching(world.services.database.engine) as seen, world.services.database.unit_of_work() as uow:
        actor = world.actor(uow, "yl-supervisor")
        seen.statements.clear()
        unstaffed_units(uow, path=actor.tenant_path)
    assert len([one for one in seen.statements if "membership" in one.sql]) == 1
    assert len(seen.statements) <= 2
