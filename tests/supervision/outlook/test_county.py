"""A county office has the same pages over its own subtree, and nothing of the rest of the prefecture on them."""

from flask import Flask

from gongkai.accounts.permissions import ROLE_PERMISSIONS, Role
from tests.factories.world import World
from tests.scene import OFFICE, set_scene
from tests.supervision.office import Office
from tests.test_isolation import rules

FOREIGN = ("青石县民政局", "州财政局")
GUESTS = {"/office/training/"}
"""Somebody of another county came to a session of this one."""
KIND_MISSING = {"/office/external/new", "/office/external/template.xlsx", "/office/facts/new"}
"""Pages that want to be told in their address what is to be written down."""


def test_every_page_of_the_office_opens_for_a_county_with_its_own_units_only(app: Flask, world: World) -> None:
    set_scene(app, world)
    client = Office(app, world, OFFICE).client
    may = ROLE_PERMISSIONS[Role.SUPERVISOR]
    paths = sorted(
        rule.rule
        for rule, permission in rules(app)
        if rule.rule.startswith("/office") and "GET" in (rule.methods or ()) and not rule.arguments
        and permission in may
    )  # fmt: skip
    assert len(paths) > 50
    wrong = []
    for path in paths:
        answer = client.get(path)
        if answer.status_code != (400 if path in KIND_MISSING else 200):
            wrong.append(f"{path}: {answer.status_code}")
        elif answer.mimetype == "text/html" and path not in GUESTS:
            wrong += [f"{path}: {name}" for name in FOREIGN if name in answer.get_data(as_text=True)]
    assert wrong == [], "\n".join(wrong)
