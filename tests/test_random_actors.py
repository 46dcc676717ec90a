"""Two hundred people act at random, and nobody sees or changes what the rules forbid (`tests.random_actors`)."""

import pytest
from flask import Flask

from gongkai.core.ports import Services
from tests.factories.items import work_off
from tests.random_actors import make_town, states
from tests.test_reliability import assert_sound


def act(app: Flask, services: Services, *, seed: int, steps: int) -> dict[str, int]:
    """Let the town live for so many steps; how many items are in each state afterwards."""
    town = make_town(app, services, seed=seed)
    for _ in range(steps):
        town.step()
    work_off(services)
    assert_sound(town.world)
    return states(town.items())


def test_nobody_sees_or_changes_what_is_forbidden(app: Flask, services: Services) -> None:
    found = act(app, services, seed=20260323, steps=500)
    assert found["published"] > 10, "the town did not come to life"


@pytest.mark.prove
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_does_in_ten_thousand_steps(app: Flask, services: Services, seed: int) -> None:
    found = act(app, services, seed=seed, steps=5_000)
    assert found["published"] > 100
