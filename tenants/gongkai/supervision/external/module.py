"""What external data adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.external import import_views, views

NAVIGATION = (
    NavigationLink("督查", "外部数据", "external.index", Permission.FACTS_WRITE, order=53),
    NavigationLink("待办", "网站和热线数据", "external.own", Permission.FINDINGS_READ, order=60),
)
MODULE = Module(
    name="supervision.external", blueprints=(views.blueprint, import_views.blueprint), navigation=NAVIGATION
)  # fmt: skip
