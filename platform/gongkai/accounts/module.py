"""What accounts add to the product."""

from datetime import timedelta

from gongkai.accounts.cli import COMMANDS
from gongkai.accounts.tasks import reset_requested, tidy
from gongkai.core.module import Module, Periodic

MODULE = Module(
    name="accounts",
    commands=COMMANDS,
    handlers={"account.reset_requested": reset_requested},
    schedule=(Periodic("accounts.tidy", timedelta(hours=24), tidy),),
)
