"""What the relief of burdens adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.burdens import views

NAVIGATION = (NavigationLink("督查", "减负核查", "burdens.index", Permission.RULES_MANAGE, order=66),)
MODULE = Module(name="supervision.burdens", blueprints=(views.blueprint,), navigation=NAVIGATION)
