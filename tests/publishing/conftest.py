"""People at the workspace."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories.world import World
from tests.publishing.pages import Person

SignIn = Callable[[str], Person]


@pytest.fixture
def sign_in(app: Flask, world: World) -> SignIn:
    """Signs a person in, each in a browser of their own."""
    return lambda login: Person(app, world, login)
