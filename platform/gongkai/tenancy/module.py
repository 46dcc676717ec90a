"""What units add to the product."""

from gongkai.core.module import Module
from gongkai.tenancy.cli import COMMANDS

MODULE = Module(name="tenancy", commands=COMMANDS)
