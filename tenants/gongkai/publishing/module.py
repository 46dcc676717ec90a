"""What publishing adds to the product; its rooms have modules of their own."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.publishing.cli import COMMANDS
from gongkai.publishing.screens import BLUEPRINTS, NAVIGATION
from gongkai.publishing.tasks import publish_due

MODULE = Module(
    name="publishing",
    blueprints=BLUEPRINTS,
    commands=COMMANDS,
    navigation=NAVIGATION,
    schedule=(Periodic("publishing.publish_due", timedelta(seconds=30), publish_due),),
)
